"""Resampling of arrays as they are: of any rank, dense or sparse, without a table in between."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.arrays import check_classes, checked_array, one_class_each, taken
from dataprep.errors import DataError
from dataprep.ledger import Made, StageRecord, provenance_table
from dataprep.parts import label_of
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.sizes import check_made, check_matrix
from dataprep.stages.resample.features import row_keys
from dataprep.validate import validated

if TYPE_CHECKING:
    from dataprep.stages.resample.sampler import Sampler

_ROWS_AT_A_TIME = 100_000
"""New rows that are floats of 64 bits at a time, on their way into an array of another type."""


def is_numeric(X: Any) -> bool:
    """Tell whether X is an array or a sparse matrix of numbers."""
    dtype = getattr(X, "dtype", None)
    array = isinstance(X, np.ndarray) or is_sparse(X)
    return array and getattr(dtype, "kind", "") in "fiub" and getattr(X, "ndim", 0) > 1


def is_sparse(X: Any) -> bool:
    """Tell whether X is a sparse matrix or array of SciPy's."""
    return type(X).__module__.startswith("scipy.sparse")


def fit(sampler: Sampler, X: Any, y: Any) -> None:
    """Learn the classes, and check the parameters against them."""
    _opened(sampler, X, y)


def resample(sampler: Sampler, X: Any, y: Any) -> tuple[Any, Any]:
    """Return rows and classes as they are to be: some gone, some made."""
    flat, labels, codes = _opened(sampler, X, y)
    asked = sampler.sampling_strategy_
    wanted = {code: asked[label] for code, label in enumerate(labels) if label in asked}
    here = np.arange(len(codes))
    if sampler.sees == "concerned":
        here = np.flatnonzero(np.isin(codes, list(wanted)))
    plan = sampler.plan(_rows(sampler, flat, codes, here), wanted)
    for note in sampler.states_[0]["notes"]:
        warnings.warn(f"{sampler.name()}: {note}", stacklevel=3)
    out, donors = _made(sampler, flat, plan, here)
    sampler.sample_indices_ = donors
    after = np.bincount(codes[donors], minlength=len(labels)).tolist()
    sampler.class_counts_ = {
        "before": dict(sampler.states_[0]["classes"]),
        "after": {label_of(label): rows for label, rows in zip(labels, after, strict=True)},
    }
    return out.reshape(-1, *X.shape[1:]) if X.ndim > 2 else out, taken(y, donors)


def _opened(sampler: Sampler, X: Any, y: Any) -> tuple[Any, list[Any], np.ndarray]:
    """Return rows of two dimensions, labels and class codes; what is wrong with them is told."""
    validated(sampler)
    check_classes(y)
    flat = X.reshape(len(X), -1) if X.ndim > 2 else X
    flat = checked_array(flat, sampler, fitting=True)
    values = one_class_each(y)
    if len(values) != flat.shape[0]:
        raise DataError(
            "Found input variables with inconsistent numbers of samples: "
            f"{flat.shape[0]} rows and {len(values)} targets",
            place="y",
            remedy="Pass one target for each row.",
        )
    found, codes, heights = np.unique(values, return_inverse=True, return_counts=True)
    labels = found.tolist()
    counts = dict(zip(labels, heights.tolist(), strict=True))
    sampler.states_ = [sampler.state_of(counts, "y", values, {})]
    sampler.kinds_ = {f"x{i}": "float" for i in range(flat.shape[1])}
    sampler.roles_, sampler.columns_out_ = {}, list(sampler.kinds_)
    return flat, labels, codes


def _rows(sampler: Sampler, flat: Any, codes: np.ndarray, here: np.ndarray) -> Rows:
    whole = len(here) == len(codes)
    check_matrix(len(here), list(sampler.kinds_), 0, 0.0)
    chosen = flat if whole else flat[here]
    numbers = np.asarray(chosen.toarray() if is_sparse(chosen) else chosen, dtype="float64")
    keys = np.zeros(len(here), dtype="int64")
    if sampler.draws:
        columns = {name: numbers[:, i] for i, name in enumerate(sampler.kinds_)}
        keys = row_keys(columns, list(columns))
    return Rows(numbers, np.empty((len(here), 0), "int32"), codes[here], keys)


def _made(sampler: Sampler, flat: Any, plan: Plan, here: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return the rows that stay and the new ones, and whose other cells each row has."""
    height = flat.shape[0]
    stays = np.ones(height, dtype=bool)
    stays[here[plan.drop]] = False
    kept, births = np.flatnonzero(stays), plan.births or Births(here[:0])
    check_made(len(births), flat.shape[1], sampler.name())
    record = StageRecord(f"0:{sampler.name()}", sampler.name())
    if plan.births:
        b = births.parent_b if births.parent_b is not None else np.full(len(births), -1)
        step = births.step if births.step is not None else np.full(len(births), np.nan)
        rows = np.arange(height, height + len(births))
        others = np.where(b < 0, -1, here[b])
        record.made = Made(rows, here[births.parent_a], others, step)
    sampler.provenance_ = provenance_table([record]).to_pandas()
    donors = np.concatenate([kept, here[births.parent_a]])
    if births.parent_b is None and births.numbers is None:
        return flat[donors], donors
    return _stacked(flat, kept, births, here), donors


def _stacked(flat: Any, kept: np.ndarray, births: Births, here: np.ndarray) -> Any:
    """Return kept rows above new ones, in the type of the given ones."""
    width, dtype = flat.shape[1], flat.dtype
    sparse = is_sparse(flat)
    out = np.empty((len(births) if sparse else len(kept) + len(births), width), dtype)
    first = 0 if sparse else len(kept)
    if not sparse:
        np.take(flat, kept, axis=0, out=out[:first])
    for start in range(0, len(births), _ROWS_AT_A_TIME):
        part = births.part(start, start + _ROWS_AT_A_TIME)
        a, b = part.parents
        between = None if b is None else _floats(flat, here, b)
        made = part.numbers_between(_floats(flat, here, a), between)
        target = out[first + start : first + start + len(part)]
        target[:] = _of_kind(made, dtype.kind)
    if not sparse:
        return out
    from scipy import sparse as matrices

    return matrices.vstack([flat[kept], matrices.csr_array(out)], format=flat.format, dtype=dtype)


def _of_kind(values: np.ndarray, kind: str) -> np.ndarray:
    """Return floats as another type can hold them: the nearest whole number, or true and false."""
    if kind == "b":
        return values >= 0.5
    return np.rint(values) if kind in "iu" else values


def _floats(flat: Any, here: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return rows by their positions in a plan, as floats."""
    rows = flat[here[positions]]
    return np.asarray(rows.toarray() if is_sparse(rows) else rows, dtype="float64")
