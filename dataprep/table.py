"""Table: a frame, the row numbers of its source, and what its columns hold and are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Protocol, TypeVar

import narwhals as nw

from dataprep.errors import DataError
from dataprep.kinds import FEW_LEVELS, Kind


def hidden(name: str) -> str:
    """Return a column name that no person's table has: it begins with a control character."""
    return f"\x1f{name}"


ROW = hidden("row")
"""The hidden column of 0-based source row numbers."""

T = TypeVar("T")
Frame = Any
"""A narwhals DataFrame or LazyFrame."""


GROUP = hidden("group")
"""The hidden column of group names, where statistics are taken by group."""
_COUNT = hidden("n")
ALL = ""
"""The group of all rows, where they are not."""
# A cell's own \x1f is escaped, so that no text is taken for one of these.
_SIGN, _ESCAPED, _BETWEEN, _NONE, _FRACTION = "\x1f", "\x1f1", "\x1f2", "\x1f3", "\x1f4"

Grouped = dict[str, dict[str, T]]
"""Statistics: ``{group: {column: value}}``."""


def text_of(column: str) -> str:
    """Return the name of the hidden column with a cell's very text, where a table has it."""
    return hidden(f"text {column}")


class Engine(Protocol):
    """Where a table lives. An engine knows nothing about any stage."""

    name: str
    lossless_text: bool

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        """Bring a small frame into Python."""

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Make a small frame of strings, numbers and booleans that joins with the engine's."""

    def join(self, frame: Frame, other: Frame, on: str) -> Frame:
        """Join ``other`` to the left frame, rows and their order kept."""

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame once, in row order, so that later queries do not repeat the work."""

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without the rows whose numbers ``rows`` holds, in order."""

    def compute(
        self, frame: Frame, new: Sequence[nw.Expr], like: Mapping[str, str], *, whole: bool
    ) -> Frame:
        """Add columns; those named in ``like`` get the type of the column that they stand for.

        A fraction becomes the nearest whole number in an integer column. ``whole`` says that an
        expression looks at other rows.
        """

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair: where they differ, missing equal to missing."""

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Write new text for the marked cells of ``changed`` columns, and for whole new columns."""

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return exact quantiles of the finite values, linearly interpolated."""

    def group_quantiles(
        self, frame: Frame, key: str, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, dict[str, list[float | None]]]:
        """Return the same for each group: ``{group: {column: quantiles}}``."""

    def duplicates(
        self, frame: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]
    ) -> Frame:
        """Return the row numbers of the rows to drop, and ``first``: the row each one repeats."""

    def parse_counts(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Sequence[str],
        sentinels: Sequence[str],
    ) -> dict[str, dict[str, Any]]:
        """Count, per text column, the cells that are missing, and those not of the given kind."""

    def first_wrong(
        self, frame: Frame, column: str, kind: Kind, missing: Sequence[str]
    ) -> tuple[int, str]:
        """Return the row number and the text of the first cell that is not of a kind."""

    def parse(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Mapping[str, Sequence[str]],
    ) -> Frame:
        """Replace text columns by typed ones; what cannot be read becomes null."""

    def sample(self, frame: Frame, columns: Sequence[str], rows: int) -> dict[str, list[Any]]:
        """Return the values of about ``rows`` rows spread over the table."""


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
    grouped : bool
        Whether statistics are taken by the hidden column `GROUP`.
    report : mapping
        What was decided while a file was read: dialect, encoding, malformed lines.
    """

    frame: Frame
    kinds: Mapping[str, Kind]
    engine: Engine
    roles: Mapping[str, str] = field(default_factory=dict)
    grouped: bool = False
    report: Mapping[str, Any] = field(default_factory=dict)

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
            here: dict[str, tuple[float | None, float | None]] = dict.fromkeys(
                columns, (None, None)
            )
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
            keys = [GROUP, name] if self.grouped else [name]
            counted = (
                self.frame.select(*keys)
                .filter(~nw.col(name).is_null())
                .group_by(*keys)
                .agg(nw.len().alias(_COUNT))
            )
            if self.grouped:
                ordered = counted.sort(GROUP, _COUNT, name, descending=[False, True, False])
            else:
                ordered = counted.sort(_COUNT, name, descending=[True, False]).head(1)
            for row in self.engine.rows(ordered):
                found.setdefault(row.get(GROUP, ALL), {}).setdefault(name, row[name])
        return found

    def _by_group(self, expressions: Mapping[str, nw.Expr]) -> dict[str, dict[str, Any]]:
        if not self.grouped:
            return {ALL: self.values(**expressions)}
        named = [expression.alias(name) for name, expression in expressions.items()]
        rows = self.engine.rows(self.frame.group_by(GROUP).agg(*named)) if named else []
        return {row[GROUP]: row for row in rows}

    def n_unique(self, columns: Sequence[str]) -> dict[str, int]:
        """Return the number of distinct present values of each column."""
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
        check_groups(self, by)
        keyed = self.frame.with_columns(group_key(self, by).alias(GROUP))
        return replace(self, frame=keyed, grouped=True)


def group_key(table: Table, by: Sequence[str]) -> nw.Expr:
    """Return an expression for the group of a row, the same text on every engine."""
    parts = []
    for name in by:
        column = nw.col(name)
        kind = table.kinds[name]
        if kind == "float":
            # A fraction names no group that could have been learned.
            whole = column.fill_null(0.0) % 1 == 0
            number = nw.when(whole).then(column).otherwise(0.0).fill_null(0.0).cast(nw.Int64)
            as_text = nw.when(whole).then(number.cast(nw.String)).otherwise(nw.lit(_FRACTION))
        elif kind == "boolean":
            as_text = nw.when(column).then(nw.lit("true")).otherwise(nw.lit("false"))
        elif kind == "timestamp":
            # Libraries write a time in as many ways as there are rows beside it.
            as_text = column.dt.timestamp("us").cast(nw.String)
        else:
            as_text = column.cast(nw.String).str.replace_all(_SIGN, _ESCAPED, literal=True)
        parts.append(nw.when(column.is_null()).then(nw.lit(_NONE)).otherwise(as_text))
    if len(parts) == 1:
        return parts[0]
    return nw.concat_str(parts, separator=_BETWEEN)


def check_groups(table: Table, by: Sequence[str]) -> None:
    """Raise where a column cannot name groups."""
    floats = [name for name in by if table.kinds[name] == "float"]
    whole = table.values(
        **{f"x{i}": (nw.col(n).fill_null(0.0) % 1 == 0).all() for i, n in enumerate(floats)}
    )
    for i, name in enumerate(floats):
        if not whole[f"x{i}"]:
            raise DataError(
                f"the column {name!r} has fractions and cannot name groups",
                place="by",
                remedy="Group by a category or whole numbers; bin this column first.",
            )


def split_group(key: str) -> list[str | None]:
    """Return the parts of a group's text, None for a missing one."""
    parts = key.split(_BETWEEN)
    return [None if part == _NONE else part.replace(_ESCAPED, _SIGN) for part in parts]


def join_group(parts: Sequence[str | None]) -> str:
    """Return the text of a group from its parts."""
    return _BETWEEN.join(_NONE if part is None else part.replace(_SIGN, _ESCAPED) for part in parts)


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


def marked(frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
    """Add a boolean column for each pair: where two columns differ."""
    if not pairs:
        return frame
    return frame.with_columns(
        *[differs(nw.col(a), nw.col(b)).alias(name) for name, (a, b) in pairs.items()]
    )


def differs(new: nw.Expr, old: nw.Expr) -> nw.Expr:
    """Return where two columns differ, a missing value equal to a missing one."""
    # pandas' NaN differs from itself: two missing cells are compared by being missing alone.
    both = ~new.is_null() & ~old.is_null()
    return (new.is_null() != old.is_null()) | ((new != old).fill_null(False) & both)
