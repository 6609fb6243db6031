"""What over-sampling between neighbours has in common: classes large enough, columns that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from dataprep.errors import DataError
from dataprep.resampling.classes import plain
from dataprep.resampling.draws import Maker
from dataprep.resampling.limits import neighbours_needed
from dataprep.resampling.rows import Plan, Rows
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler


class NeighbourSampler(Sampler):
    """A stage that makes rows of a class between its rows. Subclasses say `made`."""

    sampling = "over"
    neighbours: ClassVar[str] = "k_neighbors"
    """The parameter with the number of neighbours within a class."""

    random_state: int | None

    def made(self, rows: Rows, wanted: Mapping[int, int], maker: Maker) -> Plan:
        """Return the rows to be made; see `Sampler.plan`."""
        raise NotImplementedError

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Make rows, and say how levels came about."""
        self.check_columns(rows.numbers.shape[1], rows.codes.shape[1])
        # The strategy was resolved class by class, in the order of their codes.
        labels = map(plain, getattr(self, "sampling_strategy_", wanted))
        maker = Maker(self.seed_name, self.seed, dict(zip(wanted, labels, strict=False)))
        plan = self.made(rows, wanted, maker)
        note = self.note_on_levels(rows.codes.shape[1])
        return replace(plan, notes=(*plan.notes, note)) if note and plan.births else plan

    def note_on_levels(self, columns: int) -> str:
        """Return what a person should know about columns of levels."""
        if not columns:
            return ""
        told = "1 column holds levels" if columns == 1 else f"{columns} columns hold levels"
        return f"{told}: new rows take the one that most neighbours have (SMOTENC's rule)"

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where a class, or the table, has too few rows for the neighbours asked for."""
        place = f"{self.name()}.{self.neighbours}"
        neighbours_needed(counts, wanted, getattr(self, self.neighbours), place=place)
        around, height = getattr(self, "m_neighbors", 0), sum(counts.values())
        if around >= height:
            raise DataError(
                f"{around} neighbours need {around + 1} rows, there are {height}",
                place=f"{self.name()}.m_neighbors",
                remedy=f"Use at most {height - 1}.",
            )

    def check_columns(self, numbers: int, levels: int) -> None:
        """Raise where so many columns of numbers and of levels do not suit the method."""
        if not (numbers or levels):
            raise DataError(
                "there is no column of numbers or levels, in which rows could be near each other",
                place=self.name(),
                remedy="Use RandomOverSampler: text and times have no part in distances.",
            )
