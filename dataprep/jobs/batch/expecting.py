"""Great Expectations before the first stage and after the last: one seam to `expectations`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dataprep.errors import OutputError
from dataprep.jobs.batch.bounds import NotMetError
from dataprep.jobs.batch.job import Job
from dataprep.ledger import Dropped, StageRecord
from dataprep.table import Table

When = Literal["before", "after"]


@dataclass
class Expecting:
    """The suites of a job, and what came of them.

    Parameters
    ----------
    job : Job
    progress, note : callable
    results : list of dict
        One for each time that a suite was run: ``when``, ``part`` and what the verdict says.
    """

    job: Job
    progress: Callable[[str], None]
    note: Callable[[str], None]
    results: list[dict[str, Any]] = field(default_factory=list)

    def look(self, when: When, named: str) -> Callable[[Table], tuple[Table, list[StageRecord]]]:
        """Return what looks at a table: it comes back without the rows that go to quarantine.

        Parameters
        ----------
        when : {"before", "after"}
        named : str
            What the table was read from.
        """
        return lambda table: self._looked(table, when, named)

    def _looked(self, table: Table, when: When, named: str) -> tuple[Table, list[StageRecord]]:
        path = getattr(self.job.expect, when)
        if path is None:
            return table, []
        # Great Expectations takes seconds to import: only when a suite is asked for.
        from dataprep.expectations.running import rows_failing, validate

        self.progress(f"validating {when}")
        suite = self._suite(path)
        verdict = validate(table, suite, place=when)
        records: list[StageRecord] = []
        if (rows := rows_failing(table, suite, verdict)) is not None:
            records = [StageRecord(f"{when}:expect", "expect", dropped=[Dropped(rows)])]
            table = replace(table, frame=table.engine.without(table.frame, rows))
        if self.job.expect.data_docs is not None:
            self._write_pages(verdict, self.job.expect.data_docs)
        self.results.append({"when": when, "part": named, **verdict.as_dict()})
        if failed := verdict.failed("critical", quarantined=False):
            told = "; ".join(str(one) for one in failed[:5])
            more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
            raise NotMetError(
                f"{len(failed)} critical expectations were not met {when} the stages: {told}{more}",
                place=f"{path}: {named}",
                remedy="Nothing was published. See the results: dataprep runs ID.",
            )
        return table, records

    def _write_pages(self, verdict: Any, folder: str) -> None:
        from dataprep.expectations.data_docs import write_data_docs

        try:
            write_data_docs(verdict, folder)
        except OutputError as error:
            # Pages are for who looks on: the verdict stands without them.
            self.note(f"the pages of the verdict were not written: {error}")

    def _suite(self, path: str) -> Any:
        """Return a suite; where the job says so, all that is about rows sets these aside."""
        from dataprep.expectations.suites import read_suite

        suite = read_suite(path)
        if self.job.expect.on_failure == "fail":
            return suite
        return replace(suite, expected=tuple(replace(one, quarantine=True) for one in suite))
