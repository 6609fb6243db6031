"""A run watched while it goes on: its columns against those before, and its trends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from dataprep.expectations.drift_of_schema import schema_drift
from dataprep.jobs.batch.bounds import NotMetError
from dataprep.jobs.batch.profile import profiled, together
from dataprep.jobs.batch.recording import Record
from dataprep.jobs.batch.trends import jumps, measured
from dataprep.jobs.clean import Looking
from dataprep.jobs.validate import recorded_in
from dataprep.table import Table


@dataclass
class Watching:
    """Looks at what a run reads, and compares it with what earlier runs read.

    Parameters
    ----------
    record : Record
        Of the run.
    progress : callable
    """

    record: Record
    progress: Callable[[str], None]
    _profile: dict[str, Any] | None = None
    _known: Mapping[str, str] | None = None
    _told: set[str] = field(default_factory=set)

    def first(self, then: Looking, named: str) -> Looking:
        """Return what looks at a table as it was read, and hands it on to who looks next.

        Parameters
        ----------
        then : callable
        named : str
            What the table was read from.
        """

        def look(table: Table) -> Any:
            self._see(table, named)
            return then(table)

        return look

    def _see(self, table: Table, named: str) -> None:
        kinds = {name: str(kind) for name, kind in table.kinds.items()}
        self.record.summary.setdefault("columns_in", kinds)
        self._compare_columns(table, kinds, named)
        if self.record.job.trends is not None:
            self.progress("counting missing values and categories")
            self._profile = together(self._profile, profiled(table))

    def _compare_columns(self, table: Table, kinds: Mapping[str, str], named: str) -> None:
        job = self.record.job
        keys = job.schema
        if keys is None or keys.drift == "ignore":
            return
        if self._known is None:
            self._known = self._recorded(kinds)
        drift = schema_drift(table, self._known)
        # What a column's values may still be is what it was: a file in which they are few, or
        # none, is no new record.
        lasting = {name: self._known[name] for name in kinds if name in self._known}
        lasting = {n: kind for n, kind in lasting.items() if n not in (drift.retyped or {})}
        self.record.summary["columns_in"] |= lasting
        if not drift:
            return
        self.record.summary.setdefault("schema", []).append({"part": named, **drift.as_dict()})
        if keys.drift == "fail":
            raise NotMetError(
                f"the columns are not as they were: {drift}",
                place=f"{job.document.place('schema.drift')}: {named}",
                remedy="Nothing was published. Where they are to stay so: --set schema.drift=warn.",
            )
        if str(drift) not in self._told:
            # Many files of one delivery drift in the same way.
            self._told.add(str(drift))
            self.record.note(f"{named}: the columns are not as they were: {drift}")

    def _recorded(self, kinds: Mapping[str, str]) -> Mapping[str, str]:
        """Return the columns to compare with; the first table's own where nothing is known."""
        keys, job = self.record.job.schema, self.record.job
        if keys is not None and keys.against is not None:
            return recorded_in(keys.against)
        known = self.record.history.recorded(job.name, "columns_in", 1)
        return known[0] if known else kinds

    def compare(self) -> None:
        """Compare what the run found with earlier runs, before anything is published.

        Raises
        ------
        NotMetError
            When something jumps, and the job is to fail then.
        """
        record, job = self.record, self.record.job
        if "columns" not in record.summary:
            # Only parts whose inputs are gone left: nothing was read.
            return
        now = measured(record.summary, self._profile, perf_counter() - record.started)
        record.summary["measures"] = now
        keys = job.trends
        if keys is None:
            return
        before = record.history.recorded(
            job.name,
            "measures",
            keys.runs,
            configuration=record.summary["configuration"],
            since=keys.since or 1,
        )
        found = jumps(keys, now, before)
        record.summary["trends"] = {"runs": len(before), "jumps": [one.as_dict() for one in found]}
        if len(before) < keys.min_runs:
            self.progress(
                f"trends: runs to compare with: {len(before)}; {keys.min_runs} are needed"
            )
        if found and keys.action == "fail":
            raise NotMetError(
                "a jump against earlier runs: " + "; ".join(map(str, found)),
                place=job.document.place("trends"),
                remedy="Nothing was published. Where it is to stay so: --set trends.action=warn, "
                f"and from then on trends.since={record.summary['run']}.",
            )
        for one in found:
            record.note(f"a jump against earlier runs: {one}")
