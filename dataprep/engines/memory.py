"""In-memory frames: pandas, Polars, PyArrow, NumPy; each is given back as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Arrays, Frame, Mapped
from dataprep.engines.differing import marked
from dataprep.engines.matrix import arrays_of, in_batches, joined, made_by
from dataprep.engines.registered import asked_in_sql, moved, plain_names, renamed, windows
from dataprep.engines.repeats import near_key, repeats
from dataprep.engines.statistics import between, ranks, sorted_quantiles
from dataprep.errors import DataError
from dataprep.kinds import Kind
from dataprep.styles import Style
from dataprep.table import ROW


class Memory:
    """The engine of frames that are in memory already."""

    name = "memory"
    lossless_text = False
    folds_names = False

    def __init__(self, backend: Any) -> None:
        self.backend = backend

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        """Bring a small frame into Python, with None for what is missing."""
        return [
            {name: None if value != value else value for name, value in row.items()}
            for row in frame.rows(named=True)
        ]

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Make a frame in the library of the caller's own."""
        types = {
            name: nw.Int64() if name == ROW else nw.String()
            for name, values in columns.items()
            if not len(values) or name == ROW
        }
        made = nw.from_dict(
            {name: _one_type(values) for name, values in columns.items()}, backend=self.backend
        )
        made = made.with_columns(*[nw.col(name).cast(kind) for name, kind in types.items()])
        return _nullable(made, [name for name in columns if name != ROW])

    def write_texts(self, frame: Frame, kinds: Mapping[str, Kind], changed: Set[str]) -> Frame:
        """Return the frame: here a cell's value is all there is."""
        return frame

    def arrays(self, frame: Frame, columns: Sequence[str]) -> Arrays:
        """Return `ROW` and columns as arrays."""
        return arrays_of(frame.select(ROW, *columns).to_arrow())

    def mapped(self, frame: Frame, mapped: Mapped) -> Frame:
        """Add the columns that a function computes, by batch."""
        given = frame.select(*dict.fromkeys([ROW, *mapped.columns])).to_arrow()
        made = nw.from_native(
            joined(made_by(mapped, part) for part in in_batches(given)), eager_only=True
        )
        return frame.with_columns(*[moved(made[name], frame) for name in mapped.makes])

    def listed(self, columns: Arrays) -> Frame:
        """Make a frame in the library of the caller's own."""
        return nw.from_dict({name: self._series(name, values) for name, values in columns.items()})

    def _series(self, name: str, values: np.ndarray) -> Any:
        if values.dtype == object:
            return nw.new_series(name, values.tolist(), nw.String(), backend=self.backend)
        series = nw.new_series(name, np.asarray(values), backend=self.backend)
        if isinstance(values, np.ma.MaskedArray):
            return _nulled(series, values)
        if values.dtype.kind == "f" and not series.implementation.is_pandas():
            # Elsewhere NaN is a value.
            present = nw.when(~nw.col(name).is_nan()).then(nw.col(name))
            series = series.to_frame().select(present.alias(name))[name]
        return series

    def born(self, frame: Frame, made: Arrays, parent: str) -> Frame:
        """Take the rows of the parents, and put the arrays beside them."""
        rows = frame[ROW].to_numpy()
        order = np.argsort(rows, kind="stable")
        places = order[np.searchsorted(rows, made[parent], sorter=order)]
        beside = self.listed(made)
        own = frame.select(*[name for name in frame.columns if name not in made])
        return nw.concat([_relabelled(own[places]), beside], how="horizontal")

    def stacked(self, frame: Frame, *others: Frame, in_order: bool = False) -> Frame:
        """Return the rows of all, in row order."""
        alike = []
        for other in others:
            lacking = [name for name in frame.columns if name not in other.columns]
            frame = _gapped(frame, lacking) if lacking else frame
            other = _with_gaps(other, frame, lacking) if lacking else other
            alike.append(_of_types(other.select(*frame.columns), frame))
        both = nw.concat([frame, *alike], how="vertical")
        return _relabelled(both if in_order else both.sort(ROW))

    def keep(self, frame: Frame, *, in_order: bool = False) -> Frame:
        """Return the frame: it is in memory."""
        return frame

    def rested(self, frame: Frame) -> Frame:
        """Return the frame: it is computed."""
        return frame

    def without(self, frame: Frame, rows: Frame) -> Frame:
        """Return the frame without the rows whose numbers ``rows`` holds."""
        gone = rows[ROW].to_numpy()
        if not len(gone):
            return frame
        present = ~np.isin(frame[ROW].to_numpy(), gone)
        return _masked(frame, present)

    def join(self, frame: Frame, other: Frame, on: str) -> Frame:
        """Join ``other`` to the left frame, in its order."""
        return frame.join(other, on=on, how="left").sort(ROW)

    def compute(
        self, frame: Frame, new: Sequence[nw.Expr], like: Mapping[str, str], *, whole: bool
    ) -> Frame:
        """Add columns of the types of those that they stand for."""
        if whole and frame.implementation.is_pyarrow():
            frame = windows(frame, new)
        else:
            olds = list(dict.fromkeys(like.values()))
            given, frame = frame, _nullable(frame, olds)
            came = [given[old] for old in olds] if frame is not given else []
            frame = frame.with_columns(*new)
            frame = frame.with_columns(*came) if came else frame
        settled = [
            _like(frame[name], frame[old]).alias(name) for name, old in _unlike(frame, like).items()
        ]
        return frame.with_columns(*settled) if settled else frame

    def mark(self, frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
        """Add a boolean column for each pair: where two columns differ."""
        if not pairs or frame.implementation.is_polars():
            # All columns at once, on all cores.
            return marked(frame, pairs)
        # As `differs` says; of columns that are computed already, without a plan for each.
        marks = []
        for name, (a, b) in pairs.items():
            new, old = frame[a], frame[b]
            gone = new.is_null()
            other = (new != old).fill_null(False) & ~gone
            marks.append(((gone != old.is_null()) | other).alias(name))
        return frame.with_columns(*marks)

    def quantiles(
        self, frame: Frame, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Return exact quantiles by selection, without a sort."""
        found: dict[str, list[float | None]] = {}
        for name in columns:
            values = _finite_values(frame[name])
            if not len(values):
                found[name] = [None] * len(probabilities)
                continue
            places = [ranks(len(values), probability) for probability in probabilities]
            split = np.partition(values, sorted({i for place in places for i in place[:2]}))
            found[name] = [between(split[a].item(), split[b].item(), f) for a, b, f in places]
        return found

    def group_quantiles(
        self, frame: Frame, key: str, columns: Sequence[str], probabilities: Sequence[float]
    ) -> dict[str, dict[str, list[float | None]]]:
        """Return exact quantiles for each group."""
        groups, codes = np.unique(np.asarray(frame[key].to_list(), dtype=str), return_inverse=True)
        found: dict[str, dict[str, list[float | None]]] = {str(group): {} for group in groups}
        for name in columns:
            present = ~frame[name].is_null().to_numpy().astype(bool)
            # Not as floats: large whole numbers would lose digits.
            values = _finite_values(frame[name])
            here = codes[present]
            if len(here) != len(values):
                here = here[np.isfinite(frame[name].drop_nulls().to_numpy())]
            order = np.lexsort((values, here))
            starts = np.searchsorted(here[order], np.arange(len(groups) + 1))
            for i, group in enumerate(groups):
                part = values[order[starts[i] : starts[i + 1]]].tolist()
                found[str(group)][name] = sorted_quantiles(part, probabilities)
        return found

    def duplicates(
        self, frame: Frame, subset: Sequence[str], keep: str, completeness: Sequence[str]
    ) -> Frame:
        """Return the rows to drop among those that agree in ``subset``."""
        frame = _comparable(frame, subset)
        try:
            key = near_key(self.sample(frame, subset, 4000))
            if key:
                frame = frame.filter(frame[key].is_duplicated())
            repeated = frame.select(*subset).is_duplicated()
        except TypeError as error:
            raise DataError(
                f"rows cannot be compared: {error}",
                place=", ".join(subset),
                remedy="Name comparable columns with subset=[...].",
            ) from None
        members = frame.filter(repeated).select(ROW, *dict.fromkeys([*subset, *completeness]))
        if not frame.implementation.is_pyarrow():
            return repeats(members, subset, keep, completeness)
        # narwhals' windows on Arrow are joins, which keep no order: rows would get others' values.
        plain = plain_names([name for name in members.columns if name != ROW])
        by, complete = [plain[n] for n in subset], [plain[n] for n in completeness]
        with asked_in_sql(renamed(members, plain)) as ask:
            found = repeats(nw.from_native(ask("from given")), by, keep, complete)
            table = found.sort(ROW).to_native().to_arrow_table()
        return nw.from_native(table, eager_only=True)

    def sample(self, frame: Frame, columns: Sequence[str], rows: int) -> dict[str, list[Any]]:
        """Return the values of rows at equal distances."""
        part = frame.select(*columns).gather_every(max(1, len(frame) // rows))
        return {
            name: [None if _is_nan(value) else value for value in part[name].to_list()]
            for name in columns
        }

    def parse_counts(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Sequence[str],
        sentinels: Sequence[str],
        styles: Mapping[str, Style] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Count as the file engine does: its SQL reads the columns where they lie."""
        from dataprep.engines.parsing import parse_counts

        plain = plain_names(columns)
        with asked_in_sql(renamed(frame, plain)) as ask:
            kinds = {plain[name]: kind for name, kind in columns.items()}
            plainly = {
                plain[name]: style for name, style in (styles or {}).items() if name in plain
            }
            counts = parse_counts(ask, kinds, missing, sentinels, styles=plainly)
        return {name: counts[plain[name]] for name in columns}

    def first_wrong(
        self,
        frame: Frame,
        column: str,
        kind: Kind,
        missing: Sequence[str],
        style: Style | None = None,
    ) -> tuple[int, str]:
        """Return the row number and the text of the first cell that is not of the kind."""
        from dataprep.engines.parsing import first_wrong

        with asked_in_sql(renamed(frame, {column: "c0"})) as ask:
            return first_wrong(ask, "c0", kind, missing, style)

    def parse(
        self,
        frame: Frame,
        columns: Mapping[str, Kind],
        missing: Mapping[str, Sequence[str]],
        styles: Mapping[str, Style] | None = None,
    ) -> Frame:
        """Read text columns as other kinds."""
        from dataprep.engines.parsing import parsed, spelled

        plain = plain_names(columns)
        kinds = {plain[name]: kind for name, kind in columns.items()}
        plainly = {plain[name]: style for name, style in (styles or {}).items() if name in plain}
        with asked_in_sql(renamed(frame, plain)) as ask:
            words = spelled(ask, kinds, {plain[n]: missing[n] for n in columns if n in missing})
            chosen = ", ".join(
                parsed(name, kind, words[name], plainly.get(name)) for name, kind in kinds.items()
            )
            table = ask(f"select {chosen} from given order by {ROW}").to_arrow_table()
        arrived = nw.from_native(table, eager_only=True)
        return frame.with_columns(
            *[moved(arrived[plain[name]].alias(name), frame) for name in columns]
        )


def _relabelled(frame: Frame) -> Frame:
    """Return the frame, in pandas with new labels: by these columns are put beside each other."""
    if not frame.implementation.is_pandas():
        return frame
    return nw.from_native(frame.to_native().reset_index(drop=True), eager_only=True)


def _of_types(frame: Frame, like: Frame) -> Frame:
    """Return a frame in the types of another, where its library would not put them together."""
    if frame.implementation.is_pyarrow():
        # Text of two lengths of offsets is one type to narwhals, two to Arrow.
        return nw.from_native(frame.to_native().cast(like.to_native().schema), eager_only=True)
    differing = [n for n, dtype in like.schema.items() if frame.schema[n] != dtype]
    return frame.with_columns(*[nw.col(n).cast(like.schema[n]) for n in differing])


def _gapped(frame: Frame, columns: Sequence[str]) -> Frame:
    """Let columns go missing: in pandas, whole numbers and booleans need types of their own."""
    if not frame.implementation.is_pandas():
        return frame
    native = _nullable(frame, columns).to_native()
    truths = [name for name in columns if native[name].dtype == "bool"]
    return nw.from_native(native.astype(dict.fromkeys(truths, "boolean")), eager_only=True)


def _with_gaps(frame: Frame, like: Frame, columns: Sequence[str]) -> Frame:
    """Add columns of the types that another frame has, of missing values."""
    if frame.implementation.is_pandas():
        native, labels = frame.to_native(), range(len(frame))
        empty = {
            name: _gapped(like, columns).to_native()[name].iloc[:0].reindex(labels)
            for name in columns
        }
        made = native.reset_index(drop=True).assign(**empty)
        return nw.from_native(made, eager_only=True)
    missing = [nw.lit(None, dtype=like.schema[name]).alias(name) for name in columns]
    return frame.with_columns(*missing)


def _nullable(frame: Frame, columns: Sequence[str]) -> Frame:
    """Let pandas' whole numbers go missing: as floats, large ones would lose digits."""
    if not frame.implementation.is_pandas():
        return frame
    native = nw.to_native(frame)
    wanted = {
        name: native[name].dtype.name.replace("int", "Int").replace("uI", "UI")
        for name in columns
        if isinstance(native[name].dtype, np.dtype) and native[name].dtype.kind in "iu"
    }
    return nw.from_native(native.astype(wanted), eager_only=True) if wanted else frame


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _one_type(values: Sequence[Any]) -> list[Any]:
    floats = any(isinstance(value, float) for value in values)
    return [float(v) if floats and isinstance(v, int) else v for v in values]


def _unlike(frame: Frame, like: Mapping[str, str]) -> dict[str, str]:
    """Return those of the columns that have not the type of what they stand for."""
    if not frame.implementation.is_pandas():
        return {new: old for new, old in like.items() if frame[new].dtype != frame[old].dtype}
    # pandas has several types for what is one to narwhals: str and object, int64 and Int64. And
    # among objects there may be anything.
    types = dict(nw.to_native(frame).dtypes)
    return {
        new: old
        for new, old in like.items()
        if types[new] != types[old]
        or (types[old] == "object" and frame[new].dtype != frame[old].dtype)
    }


def _masked(frame: Frame, mask: np.ndarray) -> Frame:
    chosen = nw.new_series("__mask__", mask, nw.Boolean(), backend=frame.implementation)
    return frame.filter(chosen)


def _finite_values(series: nw.Series[Any]) -> np.ndarray:
    values = series.drop_nulls().to_numpy()
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    elif values.dtype.kind not in "iu":
        values = values.astype("float64")
    return values


def _nulled(series: nw.Series[Any], values: np.ma.MaskedArray[Any, Any]) -> nw.Series[Any]:
    """Return whole numbers with those missing that a mask hides."""
    if not series.implementation.is_pandas():
        return nw.new_series(
            series.name, values.tolist(), series.dtype, backend=series.implementation
        )
    native = nw.to_native(series)
    nullable = native.astype(native.dtype.name.replace("int", "Int").replace("uInt", "UInt"))
    return nw.from_native(nullable.mask(np.ma.getmaskarray(values)), series_only=True)


def _like(new: nw.Series[Any], old: nw.Series[Any]) -> nw.Series[Any]:
    """Cast to the old column's type, whole numbers by rounding; pandas integers may go missing."""
    dtype = old.dtype
    if dtype.is_integer() and not new.dtype.is_integer():
        new = (new + 0.5).floor()
    if new.implementation.is_pandas():
        native = nw.to_native(new)
        wanted = nw.to_native(old).dtype
        if dtype.is_integer() and native.isna().any() and isinstance(wanted, np.dtype):
            wanted = wanted.name.replace("int", "Int").replace("uInt", "UInt")
        elif wanted == "bool" and native.isna().any():
            wanted = "boolean"
        native = native.astype(wanted)
        if wanted == "object":
            # Among objects what is missing may be None or NaN: it stays what it was.
            came = nw.to_native(old).set_axis(native.index)
            native = native.where(~(native.isna() & came.isna()), came)
        return nw.from_native(native, series_only=True)
    return new.cast(dtype)


def _comparable(frame: Frame, columns: Sequence[str]) -> Frame:
    """Return the frame with columns that its library can compare: zeros of one sign, no lists."""
    changed = []
    for name in columns:
        dtype = frame.schema[name]
        if dtype.is_float() and frame.implementation.is_pyarrow():
            # To Arrow -0.0 is not 0.0; the sum is 0.0 for both.
            changed.append(frame[name] + 0.0)
        elif dtype.is_nested() and not frame.implementation.is_polars():
            changed.append(_as_texts(frame[name]))
        elif dtype == nw.Object:
            first = next((v for v in frame[name].to_list() if v is not None), None)
            if isinstance(first, list | dict | set | np.ndarray):
                changed.append(_as_texts(frame[name]))
    return frame.with_columns(*changed) if changed else frame


def _as_texts(series: nw.Series[Any]) -> nw.Series[Any]:
    """Return lists and the like as texts, equal where they are."""
    texts = [
        None if value is None or _is_nan(value) else repr(_listed(value))
        for value in series.to_list()
    ]
    made = nw.new_series(series.name, texts, nw.String(), backend=series.implementation)
    if series.implementation.is_pandas():
        native = made.to_native()
        native.index = series.to_native().index
        return nw.from_native(native, series_only=True)
    return made


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
