"""Great Expectations before the first stage and after the last: one seam to `expectations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from dataprep.errors import OutputError
from dataprep.expectations.suites import Suite
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

        Raises
        ------
        ConfigError
            When a suite names no expectation, or wrong arguments: before anything is read.
        """
        suite = self._suites.get(when)
        if suite is None:
            return lambda table: (table, [])
        return lambda table: self._looked(table, suite, when, named)

    def sift(self, when: When) -> Callable[[Table], tuple[Table, list[StageRecord]]]:
        """Return what sets rows aside as `look` does, and judges nothing.

        It is for rows that are only learned from, and of which each part is judged by itself.
        """
        suite = self._suites.get(when)
        sifting = tuple(one for one in suite or () if one.quarantine)
        if suite is None or not sifting:
            return lambda table: (table, [])
        some = replace(suite, expected=sifting)
        return lambda table: self._sifted(table, some, when)

    def _sifted(self, table: Table, suite: Suite, when: When) -> tuple[Table, list[StageRecord]]:
        from dataprep.expectations.running import validate

        self.progress(f"validating {when}")
        return _without(table, suite, validate(table, suite, place=when), when)

    def _looked(
        self, table: Table, suite: Suite, when: When, named: str
    ) -> tuple[Table, list[StageRecord]]:
        # Great Expectations takes seconds to import: only when a suite is asked for.
        from dataprep.expectations.running import validate

        self.progress(f"validating {when}")
        verdict = validate(table, suite, place=when)
        table, records = _without(table, suite, verdict, when)
        if self.job.expect.data_docs is not None:
            self._write_pages(verdict, self.job.expect.data_docs)
        self.results.append({"when": when, "part": named, **verdict.as_dict()})
        if failed := verdict.failed("critical", quarantined=False):
            told = "; ".join(str(one) for one in failed[:5])
            more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
            raise NotMetError(
                f"{len(failed)} critical expectations were not met {when} the stages: {told}{more}",
                place=f"{suite.place}: {named}",
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

    @cached_property
    def _suites(self) -> Mapping[str, Suite]:
        """The suites, checked; what the job does on failure is for what they leave open."""
        found = dict(self.job.suites)
        if self.job.expect.on_failure == "quarantine":
            found = {when: _quarantining(suite) for when, suite in found.items()}
        for suite in found.values():
            suite.check()
        return found


def _quarantining(suite: Suite) -> Suite:
    """Return a suite whose critical expectations set rows aside, unless it says otherwise."""
    return replace(
        suite,
        expected=tuple(
            replace(one, on_failure="quarantine")
            if one.on_failure is None and one.severity == "critical"
            else one
            for one in suite
        ),
    )


def _without(
    table: Table, suite: Suite, verdict: Any, when: When
) -> tuple[Table, list[StageRecord]]:
    """Return a table without the rows that go to quarantine, and a record of these."""
    from dataprep.expectations.running import rows_failing

    rows = rows_failing(table, suite, verdict)
    if rows is None:
        return table, []
    records = [StageRecord(f"{when}:expect", "expect", dropped=[Dropped(rows)])]
    return replace(table, frame=table.engine.without(table.frame, rows)), records
