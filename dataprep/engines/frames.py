"""A caller's frame or array, opened as a Table and given back as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.arrays import check_frame_or_array, library_of, one_class_each, replaced, taken
from dataprep.engine import Frame
from dataprep.engines import likeness
from dataprep.engines.index import index_columns
from dataprep.engines.memory import Memory
from dataprep.engines.targets import with_classes
from dataprep.errors import DataError
from dataprep.kinds import LARGEST, NUMERIC, Kind, kind_of_dtype, most_levels, named_like_identifier
from dataprep.provenance import rows_of_source, with_added
from dataprep.roles import roles_of
from dataprep.table import ROW, Table

_TARGET = "target"


@dataclass
class Opened:
    """A caller's frame, with all that is needed to give a changed one back in its likeness."""

    table: Table
    given: Any
    """A native frame: the caller's own, or the one made of an array."""
    library: str
    """``pandas``, ``polars``, ``pyarrow`` or ``numpy``."""
    labels: dict[str, Any] = field(default_factory=dict)
    types: dict[str, Any] = field(default_factory=dict)
    """Types whose values the stages see in place of them: categories, sparse columns."""
    nans: dict[str, np.ndarray] = field(default_factory=dict)
    y_name: str | None = None
    y_given: Any = None

    def close(self, table: Table, columns: list[str] | None = None) -> Any:
        """Return the table's columns as the caller's kind of frame: index, order, types."""
        chosen = table.columns if columns is None else columns
        names = [name for name in chosen if name != self.y_name]
        rows = rows_of_source(table)
        frame = self._with_nans(table.frame, rows).select(*names)
        types = {name: kind for name, kind in self.types.items() if name not in table.retyped}
        native = likeness.restored(nw.to_native(frame), types, rows)
        if self.library == "pyarrow":
            return native.replace_schema_metadata(self.given.schema.metadata)
        if self.library == "polars":
            return native
        native = native.rename(columns=self.labels) if self.labels else native
        if self.library == "pandas":
            made = int((table.frame[ROW].to_numpy() >= len(self.given)).sum())
            native.index = labels_of(self.given.index, rows, made)
            native.columns.name = self.given.columns.name
        return native

    def given_as(self, arrow: Any) -> Any:
        """Return an Arrow table as a frame of the library that was given."""
        return in_library(arrow, self.library)

    def close_y(self, table: Table, *, relabelled: bool = False) -> Any:
        """Return the target of the rows that are left, as it came, or with other classes."""
        if self.y_name is None:
            return None
        rows = rows_of_source(table)
        at, others = self._with_class(table, rows) if relabelled else (rows, {})
        found = self._with_made(table, taken(self.y_given, at), rows)
        if others:
            found = with_classes(found, list(others), list(others.values()))
        if hasattr(found, "iloc"):
            made = int((table.frame[ROW].to_numpy() >= len(self.given)).sum())
            found.index = labels_of(self.y_given.index, rows, made)
        return found

    def _with_class(self, table: Table, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Any]]:
        """Return, for each row, itself or the first one that came with the class it has now.

        Beside them, by their places, the classes that no row came with.
        """
        name = str(self.y_name)
        before, now = self.table.frame[name].to_list(), table.frame[name].to_list()
        first: dict[Any, int] = {}
        for i, label in enumerate(before):
            first.setdefault(label, i)
        at, others = rows.copy(), {}
        for i in np.flatnonzero(~table.frame[name].is_null().to_numpy()).tolist():
            label = now[i]
            if before[rows[i]] == label:
                continue
            if label in first:
                at[i] = first[label]
            else:
                others[i] = label
        return at, others

    def _with_made(self, table: Table, found: Any, rows: np.ndarray) -> Any:
        """Give rows that were made the numbers to predict that were made for them."""
        name = str(self.y_name)
        if not table.made or table.kinds[name] not in NUMERIC:
            return found
        now = table.frame[name].to_numpy().astype("float64")
        were = np.asarray(one_class_each(self.y_given), dtype="float64")[rows]
        new = (table.frame[ROW].to_numpy() >= len(self.given)) & (now != were) & ~np.isnan(now)
        return replaced(found, np.flatnonzero(new), now[new]) if new.any() else found

    def _with_nans(self, frame: Frame, rows: np.ndarray) -> Frame:
        """Give untouched cells their NaN back: only what a stage filled has a value now."""
        restored = []
        for name, was_nan in self.nans.items():
            if name in frame.columns and was_nan[rows].any():
                series = frame[name]
                mask = nw.new_series(
                    name, was_nan[rows], nw.Boolean(), backend=frame.implementation
                )
                nan = nw.new_series(
                    name,
                    np.full(len(rows), np.nan),
                    nw.Float64(),
                    backend=frame.implementation,
                ).cast(series.dtype)
                restored.append(nan.zip_with(mask & series.is_null(), series).alias(name))
        return frame.with_columns(*restored) if restored else frame


def in_library(arrow: Any, library: str) -> Any:
    """Return an Arrow table as a frame of a library; of pandas, where arrays were given."""
    match library:
        case "polars":
            import polars as pl

            return pl.from_arrow(arrow)
        case "pyarrow":
            return arrow
        case _:
            return arrow.to_pandas()


def labels_of(index: Any, rows: np.ndarray, made: int) -> Any:
    """Return a pandas index: the labels that rows came with; after the last ones for those made.

    Parameters
    ----------
    index : Index
        That of the source.
    rows : array of int
        Positions there, of the rows that were made those whose cells they have.
    made : int
        How many of the last rows were made. They get whole numbers beyond the others where labels
        are whole numbers, and their donors' labels where not.
    """
    import pandas as pd

    if not made and len(rows) == len(index) and bool((rows == np.arange(len(rows))).all()):
        # A range, or a frequency, would be lost by taking.
        return index
    taken = index.take(rows)
    if not made or index.nlevels > 1 or not pd.api.types.is_integer_dtype(index.dtype):
        return taken
    first = max(int(index.max()) + 1, len(index))
    new = pd.Index(np.arange(first, first + made), dtype="int64")
    return taken[: len(rows) - made].append(new).rename(index.name)


def eager_of(given: Any) -> Frame:
    """Return a caller's frame, or an array as one, in narwhals' hands; its names as text."""
    if isinstance(given, nw.DataFrame):
        return given
    if library_of(given) is None:
        given = _frame_of(given, None)
    elif library_of(given) == "pandas" and not all(isinstance(n, str) for n in given.columns):
        given = given.set_axis([str(name) for name in given.columns], axis=1)
    given = given.collect() if type(given).__name__ == "LazyFrame" else given
    return nw.from_native(given, eager_only=True)


def kinds_in(frame: Frame) -> dict[str, Kind]:
    """Return the kinds of a frame's columns; those that are plain values are not copied."""
    schema = frame.schema
    plain = [
        name
        for name, dtype in schema.items()
        if dtype.is_numeric() or dtype in (nw.Boolean, nw.String, nw.Date) or dtype == nw.Datetime
    ]
    kinds = kinds_of(frame, plain, {})
    kinds |= {n: "category" for n, dtype in schema.items() if dtype in (nw.Categorical, nw.Enum)}
    others = [name for name in frame.columns if name not in kinds]
    if others:
        kinds |= open_frame(frame.select(*others)).table.kinds
    return {name: kinds[name] for name in frame.columns}


def open_frame(
    given: Any,
    y: Any = None,
    roles: dict[str, Any] | None = None,
    names: list[str] | None = None,
    y_name: str | None = None,
) -> Opened:
    """Open a pandas, Polars or PyArrow frame, or a two-dimensional array; nothing is copied.

    Parameters
    ----------
    given : frame or array of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,), optional
        The target, where it is not a column of the frame.
    roles : dict, optional
        ``{role: column or columns}``.
    names : list of str, optional
        Column names to go by; a frame's own, or ``x0``, ``x1``, ... of an array, by default.
    y_name : str, optional
        The target's name; its own by default.
    """
    if isinstance(given, nw.DataFrame):
        given = given.to_native()
    library = library_of(given)
    if library == "pandas":
        opened = _open_pandas(given, "pandas", names)
    elif library == "polars":
        given = given.collect() if type(given).__name__ == "LazyFrame" else given
        opened = _open_other(_named(given, names), "polars")
    elif library == "pyarrow":
        opened = _open_other(_named(given, names), "pyarrow")
    else:
        opened = _open_array(given, names)
    if y is not None:
        _attach(opened, y, y_name)
    frame = opened.table.frame
    columns = [name for name in frame.columns if name != ROW]
    frame = _without_nans(opened, frame, columns)
    chosen = roles_of(roles or {}, columns)
    if opened.y_name:
        chosen[opened.y_name] = "target"
    kinds = kinds_of(frame, columns, chosen)
    # What the caller declared a category is one, however many levels it has.
    declared = [name for name in likeness.categories(opened.types) if chosen.get(name) != "id"]
    kinds.update(dict.fromkeys(declared, "category"))
    index = index_columns(given.schema) if library == "pyarrow" else []
    report = {"index": index} if index else {}
    chosen = with_added(chosen, kinds)
    opened.table = Table(frame, kinds, opened.table.engine, chosen, report=report)
    return opened


def _named(given: Any, names: list[str] | None) -> Any:
    """Return a Polars or PyArrow frame with other column names."""
    if names is None:
        return given
    if hasattr(given, "rename_columns"):
        return given.rename_columns(names)
    return given.rename(dict(zip(given.columns, names, strict=True)))


def _numbered(native: Any) -> Frame:
    frame = nw.from_native(native, eager_only=True)
    return frame.with_row_index(ROW).with_columns(nw.col(ROW).cast(nw.Int64))


def _open_pandas(given: Any, library: str, names: list[str] | None = None) -> Opened:
    import pandas as pd

    labels = {}
    native = given if names is None else given.set_axis(names, axis=1)
    if isinstance(given.columns, pd.MultiIndex):
        raise DataError(
            "the columns have several levels", remedy="Join them: df.columns = ['_'.join(c) ...]."
        )
    twice = given.columns[given.columns.duplicated()].tolist()
    if twice:
        raise DataError(
            f"columns with the same name: {twice}", remedy="Rename them, so that each has its own."
        )
    if names is None and not all(isinstance(name, str) for name in given.columns):
        labels = {str(name): name for name in given.columns}
        if len(labels) != given.shape[1]:
            raise DataError(
                "column names that differ only as numbers and text", remedy="Rename the columns."
            )
        native = native.set_axis(list(labels), axis=1)
    native, types = likeness.of_pandas(native.reset_index(drop=True))
    return Opened(
        Table(_numbered(native), {}, Memory("pandas")),
        given,
        library,
        labels={name: label for name, label in labels.items() if name != label},
        types=types,
    )


def _open_other(given: Any, library: str) -> Opened:
    values_of = likeness.of_polars if library == "polars" else likeness.of_arrow
    native, types = values_of(given)
    return Opened(Table(_numbered(native), {}, Memory(library)), given, library, types=types)


def _open_array(given: Any, names: list[str] | None) -> Opened:
    return _open_pandas(_frame_of(given, names), "numpy")


def _frame_of(given: Any, names: list[str] | None) -> Any:
    import pandas as pd

    check_frame_or_array(given)
    array = np.asarray(given)
    if array.ndim != 2:
        raise DataError(
            f"Expected 2D array, got {array.ndim}D array instead",
            remedy="Reshape your data: one row for each sample, one column for each feature.",
        )
    columns = names or [f"x{i}" for i in range(array.shape[1])]
    native = pd.DataFrame(array, columns=columns)
    # Numbers among objects are numbers; text stays text, were it digits.
    return native.infer_objects() if array.dtype == object else native


def _attach(opened: Opened, y: Any, y_name: str | None) -> None:
    """Add the target as a column, so that it leaves with its row."""
    import pandas as pd

    frame = opened.table.frame
    values = one_class_each(y)
    if len(values) != len(frame):
        raise DataError(
            f"Found input variables with inconsistent numbers of samples: "
            f"{len(frame)} rows and {len(values)} targets",
            place="y",
            remedy="Pass one target for each row.",
        )
    name = y_name or str(getattr(y, "name", None) or _TARGET)
    while name in frame.columns:
        name += "_"
    listed = values.tolist() if values.dtype == object else values
    if values.dtype == object:
        missing = pd.isna(values)
        listed = [None if gap else str(v) for gap, v in zip(missing, listed, strict=True)]
    series = nw.new_series(name, listed, backend=frame.implementation)
    opened.table = Table(frame.with_columns(series.alias(name)), {}, opened.table.engine)
    opened.y_name, opened.y_given = name, y


def _without_nans(opened: Opened, frame: Frame, columns: list[str]) -> Frame:
    """Read NaN as missing where the library tells the two apart."""
    if frame.implementation.is_pandas():
        return frame
    floats = [name for name in columns if frame.schema[name].is_float()]
    for name in floats:
        series = frame[name]
        mask = series.is_nan().fill_null(False)
        if mask.any():
            opened.nans[name] = mask.to_numpy()
            column = nw.col(name)
            frame = frame.with_columns(nw.when(~column.is_nan()).then(column).alias(name))
    return frame


def kinds_of(frame: Frame, columns: list[str], roles: dict[str, str]) -> dict[str, Kind]:
    """Return the kinds of an in-memory frame's columns."""
    kinds: dict[str, Kind] = {}
    schema = frame.schema
    for name in columns:
        kind = kind_of_dtype(schema[name])
        if schema[name] == nw.UInt64 and (frame[name].max() or 0) > LARGEST:
            # Libraries compute with 64 bits that have a sign: such numbers are names or hashes.
            kind = "other"
        if roles.get(name) == "id" or (kind == "integer" and named_like_identifier(name)):
            kind = "identifier"
        elif kind == "text":
            kind = _kind_of_text(frame, name)
        kinds[name] = kind
    return kinds


def _kind_of_text(frame: Frame, name: str) -> Kind:
    present = len(frame) - int(frame[name].null_count())
    most = most_levels(present)
    # More distinct values among the first rows than a category may have at all settles it.
    if frame[name].head(4 * most + 100).n_unique() > most + 1:
        return "text"
    try:
        levels = frame[name].drop_nulls().n_unique()
    except TypeError:
        return "other"
    return "category" if 0 < levels <= most else "text"
