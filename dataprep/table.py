"""Table: a frame, the row numbers of its source, and what its columns hold and are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, TypeVar

import narwhals as nw

from dataprep.draw import uniform
from dataprep.engine import Arrays, Engine, Frame
from dataprep.groups import check_groups, group_key
from dataprep.kinds import FEW_LEVELS, Kind
from dataprep.sizes import check_matrix


def hidden(name: str) -> str:
    """Return a column name that no person's table has: it begins with a control character."""
    return f"\x1f{name}"


ROW = hidden("row")
"""The hidden column of 0-based source row numbers."""

_DISTINCT_AT_A_TIME = 40
T = TypeVar("T")
GROUP = hidden("group")
"""The hidden column of group names, where statistics are taken by group."""
_COUNT, _LEVEL = hidden("n"), hidden("level")
ALL = ""
"""The group of all rows, where they are not."""
Grouped = dict[str, dict[str, T]]
"""Statistics: ``{group: {column: value}}``."""


def text_of(column: str) -> str:
    """Return the name of the hidden column with a cell's very text, where a table has it."""
    return hidden(f"text {column}")


@dataclass(frozen=True, repr=False)
class Table:
    """A frame with its row numbers, and the kinds and roles of its columns.

    Parameters
    ----------
    frame : narwhals DataFrame or LazyFrame
        The columns, hidden ones included (see `ROW` and `text_of`).
    kinds : mapping of str to Kind
        What each visible column holds, in column order.
    engine : Engine
        Where the frame lives.
    roles : mapping of str to str
        What a column is for, where that is not a plain feature.
    retyped : frozenset of str
        Columns that a stage gave another type: they do not go back to the one that they came with.
    grouped : bool
        Whether statistics are taken by the hidden column `GROUP`.
    report : mapping
        What was decided while a file was read: dialect, encoding, malformed lines.
    next_row : int, default=0
        The number of the next row to be made, where one is.
    made : bool, default=False
        Whether there are rows that were made; where from, hidden columns say.
    """

    frame: Frame
    kinds: Mapping[str, Kind]
    engine: Engine
    roles: Mapping[str, str] = field(default_factory=dict)
    retyped: frozenset[str] = frozenset()
    grouped: bool = False
    report: Mapping[str, Any] = field(default_factory=dict)
    next_row: int = 0
    made: bool = False

    def __repr__(self) -> str:
        """Name the columns and their kinds; the rows stay where they are."""
        shown = ", ".join(f"{name}: {kind}" for name, kind in self.kinds.items())
        return f"Table({shown})"

    @property
    def columns(self) -> list[str]:
        """The names of the visible columns."""
        return list(self.kinds)

    @property
    def has_text(self) -> bool:
        """Whether each cell's very text travels along."""
        return self.engine.lossless_text

    def of_role(self, role: str) -> list[str]:
        """Return the columns that are for something, in column order."""
        return [name for name in self.kinds if self.roles.get(name) == role]

    def values(self, **expressions: nw.Expr) -> dict[str, Any]:
        """Return the values of aggregate expressions over all rows, in one query."""
        if not expressions:
            return {}
        named = [expression.alias(name) for name, expression in expressions.items()]
        return self.engine.rows(self.frame.select(*named))[0]

    def height(self) -> int:
        """Return the number of rows."""
        return int(self.values(n=nw.len())["n"])

    def counts(self, columns: Iterable[str]) -> dict[str, int]:
        """Return how many values of each column are present (not missing)."""
        names = list(columns)
        found = self.values(**{f"c{i}": nw.col(name).count() for i, name in enumerate(names)})
        return {name: int(found[f"c{i}"]) for i, name in enumerate(names)}

    def quantiles(
        self, columns: Sequence[str], probabilities: Sequence[float]
    ) -> Grouped[list[float | None]]:
        """Return exact, linearly interpolated quantiles; None where no value is present."""
        if not columns:
            return {} if self.grouped else {ALL: {}}
        if self.grouped:
            return self.engine.group_quantiles(self.frame, GROUP, columns, probabilities)
        return {ALL: self.engine.quantiles(self.frame, columns, probabilities)}

    def moments(self, columns: Sequence[str]) -> Grouped[tuple[float | None, float | None]]:
        """Return mean and standard deviation (population), to twelve significant digits.

        Sums of floats depend on their order in the last bits; a state must not.
        """
        finite = {name: finite_values(name, self.frame) for name in columns}
        # Around a value near them all, so that a large offset does not eat the digits.
        centres = self.values(**{f"c{i}": e.mean() for i, e in enumerate(finite.values())})
        around = {
            name: expression - float(centres[f"c{i}"])
            for i, (name, expression) in enumerate(finite.items())
            if _is_finite(centres[f"c{i}"])
        }
        centre = {name: float(centres[f"c{i}"]) for i, name in enumerate(columns) if name in around}
        away = [
            column.alias(hidden(f"{sign}{i}"))
            for i, expression in enumerate(around.values())
            for sign, column in (("m", expression), ("s", expression * expression))
        ]
        table = replace(self, frame=self.frame.with_columns(*away)) if away else self
        expressions = {
            f"{sign}{i}": nw.col(hidden(f"{sign}{i}")).mean()
            for i in range(len(around))
            for sign in "ms"
        }
        found: Grouped[tuple[float | None, float | None]] = {}
        for group, row in table._by_group(expressions).items():
            here: dict[str, Any] = dict.fromkeys(columns, (None, None))
            for i, name in enumerate(around):
                mean, square = row[f"m{i}"], row[f"s{i}"]
                if _is_finite(mean) and _is_finite(square):
                    spread = max(0.0, float(square) - float(mean) ** 2) ** 0.5
                    # What is left of a constant column is rounding, not spread.
                    if spread <= 1e-12 * abs(centre[name]):
                        spread = 0.0
                    here[name] = (steady(centre[name] + float(mean)), steady(spread))
            found[group] = here
        return found

    def around(self, centres: Grouped[list[float | None]]) -> Table:
        """Return the table with each column replaced by its distances from its group's centre."""
        frame = self.frame
        names = [
            name
            for name in next(iter(centres.values()), {})
            if any(found[name][0] is not None for found in centres.values())
        ]
        if self.grouped and names:
            values = {
                hidden(f"c{i}"): [found[name][0] for found in centres.values()]
                for i, name in enumerate(names)
            }
            small = self.engine.small({GROUP: list(centres), **values})
            frame = self.engine.join(frame, small, GROUP)
        away = []
        for i, name in enumerate(names):
            centre = nw.col(hidden(f"c{i}")) if self.grouped else centres[ALL][name][0]
            away.append((nw.col(name) - centre).abs().cast(nw.Float64).alias(name))
        return replace(self, frame=frame.with_columns(*away) if away else frame)

    def most_frequent(self, columns: Sequence[str]) -> Grouped[Any]:
        """Return the most frequent value of each column, the smallest among equals."""
        found: Grouped[Any] = {ALL: {}} if not self.grouped else {}
        for name in columns:
            groups = [GROUP] if self.grouped else []
            # By a name of our own: DuckDB's way to group loses a blank at the end of one.
            counted = (
                self.frame.select(*groups, nw.col(name).alias(_LEVEL))
                .filter(~nw.col(_LEVEL).is_null())
                .group_by(*groups, _LEVEL)
                .agg(nw.len().alias(_COUNT))
            )
            if self.grouped:
                ordered = counted.sort(GROUP, _COUNT, _LEVEL, descending=[False, True, False])
            else:
                ordered = counted.sort(_COUNT, _LEVEL, descending=[True, False]).head(1)
            for row in self.engine.rows(ordered):
                found.setdefault(row.get(GROUP, ALL), {}).setdefault(name, row[_LEVEL])
        return found

    def _by_group(self, expressions: Mapping[str, nw.Expr]) -> dict[str, dict[str, Any]]:
        if not self.grouped:
            return {ALL: self.values(**expressions)}
        named = [expression.alias(name) for name, expression in expressions.items()]
        rows = self.engine.rows(self.frame.group_by(GROUP).agg(*named)) if named else []
        return {row[GROUP]: row for row in rows}

    def n_unique(self, columns: Sequence[str]) -> dict[str, int]:
        """Return the number of distinct present values of each column."""
        if len(columns) > _DISTINCT_AT_A_TIME:
            # Each column's distinct values take megabytes, however few they are.
            counts: dict[str, int] = {}
            for i in range(0, len(columns), _DISTINCT_AT_A_TIME):
                counts |= self.n_unique(columns[i : i + _DISTINCT_AT_A_TIME])
            return counts
        found = self.values(**{f"u{i}": nw.col(name).n_unique() for i, name in enumerate(columns)})
        nulls = self.values(
            **{f"z{i}": nw.col(name).is_null().any() for i, name in enumerate(columns)}
        )
        return {
            name: int(found[f"u{i}"] or 0) - bool(nulls[f"z{i}"]) for i, name in enumerate(columns)
        }

    def many_levels(self, columns: Sequence[str], most: int = FEW_LEVELS) -> set[str]:
        """Return the columns with more than ``most`` distinct values."""
        if not columns:
            return set()
        seen = self.engine.sample(self.frame, columns, 1000)
        many = {name for name, values in seen.items() if len(set(values) - {None}) > most}
        unsure = [name for name in columns if name not in many]
        exact = self.n_unique(unsure) if unsure else {}
        return many | {name for name, count in exact.items() if count > most}

    def matrix(self, columns: Sequence[str], rows: int | None = None, seed: int = 0) -> Arrays:
        """Return columns as NumPy arrays, with the row numbers under `ROW`.

        Parameters
        ----------
        columns : sequence of str
        rows : int, optional
            About so many rows, drawn by their numbers: the same ones on every engine.
        seed : int, default=0

        Returns
        -------
        dict of str to array of shape (n_rows,)
            Numbers and booleans: float64, NaN where missing. Times: datetime64[us]. Others:
            objects, text or None.

        Raises
        ------
        DataError
            When it would take more than `LARGEST_MATRIX` bytes.
        """
        schema, frame = self.frame.collect_schema(), self.frame
        texts = [name for name in columns if schema[name] in (nw.String, nw.Categorical, nw.Enum)]
        signs = {
            f"t{i}": nw.col(name).cast(nw.String).str.len_chars().sum()
            for i, name in enumerate(texts)
        }
        found = self.values(n=nw.len(), **signs)
        height = int(found["n"])
        taken = min(height, rows or height)
        if taken < height:
            frame = frame.filter(uniform(nw.col(ROW), seed, "matrix") < taken / height)
        length = sum(int(found[t] or 0) for t in signs) / max(1, height)
        check_matrix(taken, columns, len(texts), length)
        return self.engine.arrays(frame, columns)

    def visible(self) -> Frame:
        """Return the frame without its hidden columns."""
        return self.frame.select(*self.columns)

    def to_arrow(self) -> Any:
        """Return the table as a ``pyarrow.Table``."""
        frame = self.visible()
        native = frame.to_native()
        return native.to_arrow_table() if hasattr(native, "to_arrow_table") else frame.to_arrow()

    def to_pandas(self) -> Any:
        """Return the table as a ``pandas.DataFrame``; whole numbers stay whole."""
        import pandas as pd

        arrow = self.to_arrow()
        whole = {
            name: pd.Int64Dtype() if self.kinds[name] == "integer" else pd.BooleanDtype()
            for name in self.columns
            if self.kinds[name] in ("integer", "boolean") and arrow.column(name).null_count
        }
        frame = arrow.select([n for n in arrow.column_names if n not in whole]).to_pandas()
        for name, dtype in whole.items():
            frame[name] = pd.array(arrow.column(name).to_pylist(), dtype=dtype)
        return frame[self.columns]

    def to_polars(self) -> Any:
        """Return the table as a ``polars.DataFrame``."""
        from dataprep.optional import require

        return require("polars", "polars").from_arrow(self.to_arrow())

    def groups(self, by: Sequence[str]) -> Table:
        """Return the table with its statistics taken within the groups that ``by`` names."""
        check_groups(self.kinds, by, self.values)
        keyed = self.frame.with_columns(group_key(self.kinds, by).alias(GROUP))
        return replace(self, frame=keyed, grouped=True)


def finite_values(name: str, frame: Frame) -> nw.Expr:
    """Return a numeric column with infinities and NaN as missing."""
    column = nw.col(name)
    if not frame.collect_schema()[name].is_float():
        return column
    return nw.when(column.is_finite()).then(column)


def _is_finite(value: Any) -> bool:
    return value is not None and isfinite(float(value))


def steady(value: float) -> float:
    """Round to twelve significant digits."""
    return float(f"{value:.12g}")


def as_steady(values: Any) -> Any:
    """Return an array as JSON holds it, in nested lists, and as it is the same everywhere."""
    if values.ndim > 1:
        return [as_steady(row) for row in values]
    # Large matrices are nearly all zeros.
    return [steady(round(value, 9)) if value else 0.0 for value in map(float, values.tolist())]
