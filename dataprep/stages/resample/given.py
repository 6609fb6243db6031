"""Resampling of what a caller gives: a frame, an array of any rank, or a sparse matrix.

Rows are taken from where they are; only those that a plan is made for, and those that are made, are
looked at as values.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from dataprep.apply import apply
from dataprep.arrays import (
    as_array,
    check_classes,
    checked_array,
    column_names,
    library_of,
    one_class_each,
    taken,
)
from dataprep.checking import validated
from dataprep.errors import DataError
from dataprep.ledger import Made, StageRecord
from dataprep.parts import label_of
from dataprep.provenance import PARENT_A, numbered
from dataprep.registry import engine_functions
from dataprep.resampling.rows import Births, Rows
from dataprep.resampling.whole import EXACT, whole_between, whole_of, whole_or_same
from dataprep.sizes import check_made, check_matrix
from dataprep.stage import Change
from dataprep.stages.resample.features import codes_in, levels_in, row_keys

if TYPE_CHECKING:
    from dataprep.stages.resample.sampler import Sampler

_ROWS_AT_A_TIME = 20_000
"""New rows that are floats of 64 bits at a time, on their way into an array of another type."""


def fit(sampler: Sampler, X: Any, y: Any) -> None:
    """Learn the classes, and check the parameters against them."""
    rows, labels, codes = _opened(sampler, X, y)
    if sampler.studies:
        wanted = _wanted(sampler, labels)
        seen = rows.seen(np.arange(len(codes)), codes)
        sampler.states_[0]["learned"] = sampler.study(seen, wanted)


def _wanted(sampler: Sampler, labels: list[Any]) -> dict[int, int]:
    asked = sampler.sampling_strategy_
    return {code: asked[label] for code, label in enumerate(labels) if label in asked}


def resample(sampler: Sampler, X: Any, y: Any) -> tuple[Any, Any]:
    """Return rows and classes as they are to be: some gone, some made."""
    rows, labels, codes = _opened(sampler, X, y)
    asked, wanted = sampler.sampling_strategy_, _wanted(sampler, labels)
    sampler.check(dict(zip(labels, np.bincount(codes).tolist(), strict=True)), asked)
    here = np.arange(len(codes))
    if sampler.sees == "concerned":
        here = np.flatnonzero(np.isin(codes, list(wanted)))
    if sampler.sampling == "over":
        check_made(sum(wanted.values()), rows.width, sampler.name(), sampler.amount)
    seen = rows.seen(here, codes[here])
    if sampler.studies:
        sampler.states_[0]["learned"] = sampler.study(seen, wanted)
    plan = sampler.plan(seen, wanted)
    for note in (*sampler.states_[0]["notes"], *plan.notes):
        warnings.warn(f"{sampler.name()}: {note}", stacklevel=3)
    births = plan.births or Births(here[:0])
    stays = np.ones(len(codes), dtype=bool)
    stays[here[plan.drop]] = False
    kept, parents = np.flatnonzero(stays), here[births.parent_a]
    donors = np.concatenate([kept, parents])
    sampler.sample_indices_ = donors
    sampler._origins = ([_record(sampler, births, here, len(codes))], library_of(X) or "numpy")
    after = np.bincount(codes[donors], minlength=len(labels)).tolist()
    sampler.class_counts_ = {
        "before": dict(sampler.states_[0]["classes"]),
        "after": {label_of(label): count for label, count in zip(labels, after, strict=True)},
    }
    copies = births.parent_b is None and births.numbers is None and births.codes is None
    out = rows.taken(donors, len(kept)) if copies else rows.stacked(kept, here, births)
    return out, target_like(y, donors, len(parents))


def target_like(y: Any, donors: np.ndarray, made: int) -> Any:
    """Return the classes of rows, of the kind that was given, in pandas under the rows' labels."""
    found = taken(y, donors)
    if hasattr(found, "iloc"):
        found.index = engine_functions().labels_of(y.index, donors, made)
    return found


def _opened(sampler: Sampler, X: Any, y: Any) -> tuple[_Array | _Frame, list[Any], np.ndarray]:
    """Return rows, labels and class codes; what is wrong with them is told."""
    validated(sampler)
    check_classes(y, sampler.name(), sampler.classes_or)
    rows = _Array(sampler, X) if library_of(X) is None and not _has_texts(X) else _Frame(sampler, X)
    values = one_class_each(y)
    if len(values) != rows.height:
        raise DataError(
            "Found input variables with inconsistent numbers of samples: "
            f"{rows.height} rows and {len(values)} targets",
            place="y",
            remedy="Pass one target for each row.",
        )
    found, codes, heights = np.unique(values, return_inverse=True, return_counts=True)
    labels = found.tolist()
    counts = dict(zip(labels, heights.tolist(), strict=True))
    sampler.states_ = [sampler.state_of(counts, "y", values, {})]
    return rows, labels, codes


def _record(sampler: Sampler, births: Births, here: np.ndarray, height: int) -> StageRecord:
    record = StageRecord(f"0:{sampler.name()}", sampler.name())
    if len(births):
        b = births.parent_b if births.parent_b is not None else np.full(len(births), -1)
        step = births.step if births.step is not None else np.full(len(births), np.nan)
        rows = np.arange(height, height + len(births))
        record.made = Made(rows, here[births.parent_a], np.where(b < 0, -1, here[b]), step)
    return record


def _is_sparse(X: Any) -> bool:
    return type(X).__module__.startswith("scipy.sparse")


def _has_texts(X: Any) -> bool:
    """Tell whether an array, or lists, hold other things than numbers."""
    return not _is_sparse(X) and np.asarray(X).dtype.kind not in "fiub"


class _Array:
    """Rows of an array of numbers, dense or sparse; flattened, where it has more dimensions."""

    def __init__(self, sampler: Sampler, X: Any) -> None:
        array = X if _is_sparse(X) else np.asarray(X)
        self.as_list, self.shape = isinstance(X, list), array.shape[1:]
        flat = array.reshape(len(array), -1) if array.ndim > 2 else array
        self.flat = checked_array(flat, sampler, fitting=True)
        self.height, self.width = self.flat.shape
        self.draws = sampler.draws
        sampler.kinds_ = {f"x{i}": "float" for i in range(self.width)}
        coded = set(sampler.coded(list(sampler.kinds_)))
        self.coded = [i for i, name in enumerate(sampler.kinds_) if name in coded]
        self.numeric = np.setdiff1d(np.arange(self.width), self.coded)
        self.large = np.setdiff1d(_large(self.flat), self.coded)
        sampler.roles_, sampler.columns_out_ = {}, list(sampler.kinds_)

    def seen(self, here: np.ndarray, y: np.ndarray) -> Rows:
        """Return some rows, for a plan."""
        columns = [f"x{i}" for i in range(self.width)]
        check_matrix(len(here), columns, 0, 0.0)
        numbers = self._floats(here) if len(here) < self.height else _dense(self.flat)
        keys = np.zeros(len(here), dtype="int64")
        if self.draws:
            by_name = {name: numbers[:, i] for i, name in enumerate(columns)}
            keys = row_keys(by_name, columns)
        codes = np.empty((len(here), len(self.coded)), "int32")
        self.levels = [levels_in(numbers[:, i]) for i in self.coded]
        for place, (i, levels) in enumerate(zip(self.coded, self.levels, strict=True)):
            codes[:, place] = codes_in(numbers[:, i], levels)
        names = tuple(columns[i] for i in (*self.numeric, *self.coded))
        numbers = numbers[:, self.numeric] if self.coded else numbers
        return Rows(numbers, codes, y, keys, names=names)

    def taken(self, donors: np.ndarray, kept: int) -> Any:
        """Return rows as they are."""
        return self._restored(self.flat[donors])

    def stacked(self, kept: np.ndarray, here: np.ndarray, births: Births) -> Any:
        """Return kept rows above new ones, in the type of the given ones."""
        dtype, sparse = self.flat.dtype, _is_sparse(self.flat)
        first = 0 if sparse else len(kept)
        out = np.empty((first + len(births), self.width), dtype)
        if not sparse and len(kept) == self.height:
            out[:first] = self.flat
        elif not sparse:
            np.take(self.flat, kept, axis=0, out=out[:first])
        for start in range(0, len(births), _ROWS_AT_A_TIME):
            part = births.part(start, start + _ROWS_AT_A_TIME)
            floats = self._made(part, here)
            made = _of_type(floats, dtype)
            self._exactly(made, floats, part, here)
            out[first + start : first + start + len(made)] = made
        if sparse:
            from scipy import sparse as matrices

            # A matrix of SciPy's stays a matrix, an array an array: they multiply differently.
            matrix = isinstance(self.flat, matrices.spmatrix)
            made = matrices.csr_matrix(out) if matrix else matrices.csr_array(out)
            form = self.flat.format
            out = matrices.vstack([self.flat[kept], made], format=form, dtype=dtype)
        return self._restored(out)

    def _made(self, births: Births, here: np.ndarray) -> np.ndarray:
        """Return new rows as floats."""
        a, b = births.parents
        first, second = self._floats(here[a]), None if b is None else self._floats(here[b])
        if not self.coded:
            return births.numbers_between(first, second)
        second = None if second is None else second[:, self.numeric]
        made = first.copy()
        made[:, self.numeric] = births.numbers_between(first[:, self.numeric], second)
        if births.codes is not None:
            for place, (i, levels) in enumerate(zip(self.coded, self.levels, strict=True)):
                made[:, i] = np.append(levels, np.nan)[births.codes[:, place]]
        return made

    def _exactly(
        self, made: np.ndarray, floats: np.ndarray, births: Births, here: np.ndarray
    ) -> None:
        """Put numbers in place that floats have changed: parents' own, and those between them."""
        a, b = births.parents
        for i in self.large:
            column = self.flat[:, [i]]
            values = np.asarray(column.toarray() if _is_sparse(column) else column)[:, 0]
            first = values[here[a]]
            same = floats[:, i] == first.astype("float64")
            kept = births.kept is not None and births.kept[self.numeric == i].any()
            if b is None or births.step is None or kept:
                made[:, i] = whole_or_same(floats[:, i], first, same)
            else:
                made[:, i] = whole_between(first, values[here[b]], np.nan_to_num(births.step))

    def _floats(self, positions: np.ndarray) -> np.ndarray:
        return _dense(self.flat[positions])

    def _restored(self, flat: Any) -> Any:
        if len(self.shape) > 1:
            flat = flat.reshape(-1, *self.shape)
        return flat.tolist() if self.as_list else flat


def _dense(rows: Any) -> np.ndarray:
    return np.asarray(rows.toarray() if _is_sparse(rows) else rows, dtype="float64")


def _large(flat: Any) -> np.ndarray:
    """Return the columns with whole numbers that floats leave out."""
    if flat.dtype.kind not in "iu" or flat.dtype.itemsize < 8:
        return np.empty(0, "int64")
    ends = (flat.max(axis=0), flat.min(axis=0))
    most, least = (end.toarray().ravel() if _is_sparse(end) else end for end in ends)
    return np.flatnonzero((most >= EXACT) | (least <= -EXACT))


def _of_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return floats as another type can hold them: the nearest whole number, or true and false."""
    if dtype.kind == "b":
        return values >= 0.5
    return whole_of(values, dtype) if dtype.kind in "iu" else values


class _Frame:
    """Rows of a frame, or of an array of objects."""

    def __init__(self, sampler: Sampler, X: Any) -> None:
        self.sampler, self.as_list, self.is_array = sampler, isinstance(X, list), False
        self.functions = engine_functions()
        if library_of(X) is None:
            X, self.is_array = checked_array(X, sampler, fitting=True), True
        self.native = self.functions.eager_of(X)
        self.given = self.native.to_native() if self.is_array else X
        self.height, self.width = self.native.shape
        if self.height == 0:
            raise DataError(
                f"Found array with 0 sample(s) (shape={self.native.shape}) while a minimum of 1 "
                "is required",
                place=sampler.name(),
                remedy="Give training rows.",
            )
        self.kinds = self.functions.kinds_in(self.native)
        sampler._remember_names(None if self.is_array else column_names(X), list(self.kinds))
        sampler.kinds_, sampler.roles_ = dict(self.kinds), {}
        sampler.columns_out_ = list(self.kinds)

    def seen(self, here: np.ndarray, y: np.ndarray) -> Rows:
        """Return some rows, for a plan."""
        part = self.native[here] if len(here) < self.height else self.native
        self.opened = self.functions.open_frame(part.to_native(), y)
        # A few rows may look like another kind than all of them.
        kinds = {**self.opened.table.kinds, **self.kinds}
        self.table = numbered(replace(self.opened.table, kinds=kinds))
        target = self.opened.y_name
        self.features = self.sampler.features(self.table, target, np.unique(y))
        rows: Rows = self.features.rows
        return rows

    def taken(self, donors: np.ndarray, kept: int) -> Any:
        """Return rows as they are."""
        return self._restored(self.native[donors], donors, kept)

    def stacked(self, kept: np.ndarray, here: np.ndarray, births: Births) -> Any:
        """Return kept rows above new ones, in the types of the given ones."""
        name = self.sampler.name()
        change = Change(made=self.sampler.new_rows(self.features, births))
        after, _ = apply(self.table, name, self.sampler, change)
        made = replace(after, frame=after.frame.filter(nw.col(PARENT_A) >= 0))
        new = nw.from_native(self.opened.close(made), eager_only=True)
        both = nw.concat([self.native[kept], new], how="vertical")
        donors = np.concatenate([kept, here[births.parent_a]])
        return self._restored(both, donors, len(kept))

    def _restored(self, frame: Any, donors: np.ndarray, kept: int) -> Any:
        native = frame.to_native()
        if frame.implementation.is_pandas():
            index = self.given.index
            native.index = self.functions.labels_of(index, donors, len(donors) - kept)
            native.columns = self.given.columns
        if self.is_array:
            native = as_array(native)
        return native.tolist() if self.as_list else native
