"""Resampling of whole numbers: none wraps round, none is beyond its parents."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as csv
import pytest
from scipy import sparse

import dataprep as dp

pytestmark = pytest.mark.filterwarnings("ignore:.*are synthetic rows")
LIBRARIES = pytest.mark.parametrize("to", [pd.DataFrame, pl.DataFrame, pa.table])
Y = np.repeat([0, 1], [40, 10])


def shorts() -> np.ndarray:
    """Return 50 rows of two columns that use all of a byte."""
    return np.random.default_rng(0).integers(0, 256, (50, 2)).astype("uint8")


def longs() -> np.ndarray:
    """Return 50 numbers of which floats know no more than every 256th."""
    return 2**60 + np.random.default_rng(0).integers(0, 1001, (50, 1))


def test_noise_does_not_wrap_round():
    """The noise that is added to a byte is that added to floats, cut at 0 and at 255."""
    X, stage = shorts(), dp.RandomOverSampler(shrinkage=1.0)
    free, _ = stage.fit_resample(X.astype("float64"), Y)
    held, _ = stage.fit_resample(X, Y)
    assert (free.min(), free.max()) != (0, 255)
    assert held.dtype == "uint8"
    np.testing.assert_array_equal(held, np.clip(np.rint(free), 0, 255))


@LIBRARIES
def test_noise_in_frames_ends_at_the_type(to):
    """A number that a frame's column cannot hold is the last that it can; no engine's error."""
    given = {"a": shorts()[:, 0].astype("int8"), "b": np.arange(50, dtype="uint8")}
    stage = dp.RandomOverSampler(shrinkage=1.0)
    free, _ = stage.fit_resample(to({n: x.astype("float64") for n, x in given.items()}), Y)
    alone, _ = stage.fit_resample(to(given), Y)
    cleaned = dp.clean(to({**given, "y": Y}), pipeline=dp.Pipeline([stage], target="y")).data
    assert np.asarray(free["a"]).max() > 128
    for made in (alone, cleaned):
        held = np.asarray(made["a"])
        assert held.dtype == "int8"
        np.testing.assert_array_equal(held, np.clip(np.rint(np.asarray(free["a"])), -128, 127))


def assert_between(made: np.ndarray, given: np.ndarray, origin: pd.DataFrame) -> None:
    """Fail for a number that is not between those of its parents, or not where the step says."""
    a, b = (given[origin[f"parent_{which}"].to_numpy("int64")] for which in "ab")
    assert (np.minimum(a, b) <= made).all()
    assert (made <= np.maximum(a, b)).all()
    step = origin["step"].to_numpy("float64")
    np.testing.assert_allclose((made - a).astype(float), step * (b - a), atol=0.51)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, sparse.csc_array])
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_large_numbers_of_arrays_stay_between_their_parents(form, dtype):
    """Whole numbers beyond 2**53 are not taken through floats, dense or sparse."""
    X, stage = longs().astype(dtype), dp.SMOTE()
    made, _ = stage.fit_resample(form(X), Y)
    assert made.dtype == dtype
    new = made[50:].toarray() if sparse.issparse(made) else made[50:]
    assert_between(new[:, 0].astype("int64"), longs()[:, 0], stage.provenance_)


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, pl.DataFrame, pa.table])
def test_large_numbers_that_nothing_moves_keep_their_digits(form):
    """Noise on another column leaves a number beyond 2**53 as it is, in arrays and in frames."""
    big = 2**53 + 1 + 2 * np.arange(40)
    given = {"x0": big, "x1": np.arange(40)}
    X = form(given if form is not np.asarray else np.column_stack(list(given.values())))
    made, _ = dp.Jitter(share=1.0, scales={"x0": 0.0}).fit_resample(X)
    made = made[:, 0] if form is np.asarray else np.asarray(made["x0"])
    assert len(made) == 80
    assert set(made.tolist()) == set(big.tolist())


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow", "file"])
def test_a_missing_number_leaves_the_others_their_digits(library, tmp_path):
    """Among rows whose number is missing, the others are as they are without them."""
    numbers = [None] * 20 + [2**53 + 1 + 2 * i for i in range(20)]
    table = pa.table({"big": numbers, "x": np.arange(40.0)})
    given = {"pandas": lambda: table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)}
    given |= {"polars": lambda: pl.from_arrow(table), "arrow": lambda: table}
    if library == "file":
        csv.write_csv(table, tmp_path / "in.csv")
    source = tmp_path / "in.csv" if library == "file" else given[library]()
    for stage in (dp.Jitter(share=2.0, scales={"big": 0.0}), dp.MixUp(share=2.0, alpha=1e-7)):
        data = dp.clean(source, pipeline=dp.Pipeline([stage])).data
        made = nw.from_native(data.to_arrow() if library == "file" else data)["big"].to_list()[40:]
        here = [int(number) for number in made if not pd.isna(number)]
        assert 0 < len(here) < len(made)
        # So small an alpha gives steps that move no number.
        assert set(here) <= set(numbers[20:])


@LIBRARIES
def test_large_numbers_of_frames_stay_between_their_parents(to):
    """Neither are they in frames."""
    stage = dp.SMOTE()
    made, _ = stage.fit_resample(to({"a": longs()[:, 0]}), Y)
    assert_between(
        np.asarray(made["a"])[50:], longs()[:, 0], nw.from_native(stage.provenance_).to_pandas()
    )


def test_large_numbers_of_files_stay_between_their_parents(tmp_path):
    """Nor in files, by whatever engine reads them; a parent's gap is the other's number."""
    values = pd.array(longs()[:, 0], dtype="Int64")
    values[42] = None
    frame = pd.DataFrame({"a": values, "x": np.arange(50.0), "label": Y})
    frame.to_csv(tmp_path / "in.csv", index=False)
    pipe = dp.Pipeline([dp.SMOTE(columns=["a", "x"])], target="label")
    kinds = {"a": "integer", "x": "float", "label": "integer"}
    rows = dp.clean(tmp_path / "in.csv", pipeline=pipe, kinds=kinds).data.to_pandas()
    new, given = rows.iloc[50:], longs()[:, 0]
    assert new["a"].dtype == rows["a"].dtype
    assert new["a"].notna().all()
    a, b = (new[f"_parent_{which}"].to_numpy("int64") for which in "ab")
    first, second = (np.where(x == 42, given[y], given[x]) for x, y in ((a, b), (b, a)))
    made = new["a"].to_numpy("int64")
    assert (np.minimum(first, second) <= made).all()
    assert (made <= np.maximum(first, second)).all()
