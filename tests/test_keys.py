"""Keys of rows and values: the contents, the whole contents, and nothing else."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.engines.frames import open_frame
from dataprep.keys import content_keys, value_keys

GOLDEN_TABLE = [
    732008223572299926,
    3880584987775838634,
    1504253538072978264,
]

GOLDEN_ROWS = [
    3402735581515732240,
    3357339886240653287,
    1574332557489487759,
]

GOLDEN_NUMBERS = [
    4292563419128410890,
    2650853678541168386,
    3096216492896294633,
    1526091768624606361,
]

GOLDEN_TEXTS = [
    3008887562355236763,
    3572784894813048317,
    2645809016054481843,
    2206895448095251250,
    377711565204595702,
    2078840811800789058,
]


def test_golden_keys_stay_what_they_are_in_every_version():
    """Next month's keys are this month's."""
    words = np.array(["", "a", "12345678", "123456789", None, "ä" * 200], dtype=object)
    assert value_keys(words).tolist() == GOLDEN_TEXTS
    assert value_keys(np.array([1.5, -1.0, 1e300, np.inf])).tolist() == GOLDEN_NUMBERS
    arrays = {"n": np.array([1.0, 2.5, np.nan]), "t": np.array(["x", None, "yy"], dtype=object)}
    assert content_keys(arrays, ["n", "t"]).tolist() == GOLDEN_ROWS


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=300)), min_size=1, max_size=40))
def test_a_text_has_its_key_alone_as_among_others(texts):
    """A key does not depend on the texts around, and differs for other texts."""
    together = value_keys(np.array(texts, dtype=object)).tolist()
    alone = [value_keys(np.array([text], dtype=object))[0] for text in texts]
    assert together == alone
    assert len(set(together)) == len(set(texts))
    assert all(0 <= key < 2**62 for key in together)


def test_numbers_and_their_texts_have_one_key():
    """An identifier is the same, whether the file was read as numbers, fractions or texts."""
    whole = np.array([0, 5, -7, 2**60], dtype="int64")
    as_objects = np.array([0, 5, -7, 2**60], dtype=object)
    assert value_keys(whole).tolist() == value_keys(whole.astype(str)).tolist()
    assert value_keys(whole).tolist() == value_keys(as_objects).tolist()
    assert value_keys(whole[:3]).tolist() == value_keys(whole[:3].astype(float)).tolist()
    assert value_keys(np.array([-0.0])).tolist() == value_keys(np.array([0])).tolist()


def test_large_neighbours_have_keys_of_their_own():
    """Identifiers of eighteen digits are not rounded into one another."""
    ids = np.arange(2**60, 2**60 + 1000)
    assert len(set(value_keys(ids).tolist())) == 1000


def test_a_date_has_the_key_of_its_text():
    """Midnight is the day itself."""
    days = np.array(["2024-02-29", "NaT"], dtype="datetime64[us]")
    assert value_keys(days).tolist() == value_keys(["2024-02-29", None]).tolist()
    later = np.array(["2024-02-29T06:30"], dtype="datetime64[us]")
    assert value_keys(later)[0] != value_keys(days)[0]


def test_content_keys_follow_the_row_wherever_it_is():
    """Rows and columns in another order keep their keys, and equal rows share theirs."""
    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.integers(0, 5, 500).astype(float),
        "b": np.array(["x", "y", None], dtype=object)[rng.integers(0, 3, 500)],
        "c": np.array(["2024-01-01", "NaT"], dtype="datetime64[us]")[rng.integers(0, 2, 500)],
    }
    keys = content_keys(arrays, ["a", "b", "c"])
    order = rng.permutation(500)
    moved = {name: values[order] for name, values in arrays.items()}
    assert content_keys(moved, ["c", "a", "b"]).tolist() == keys[order].tolist()
    rows = list(zip(*(map(str, values.tolist()) for values in arrays.values()), strict=True))
    assert len(set(zip(rows, keys, strict=True))) == len(set(rows)) == len(set(keys))


def test_values_of_two_columns_may_not_be_exchanged():
    """Which column holds a value is part of the key."""
    arrays = {"a": np.array([1.0, 2.0]), "b": np.array([2.0, 1.0])}
    first, second = content_keys(arrays, ["a", "b"])
    assert first != second


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_every_engine_gives_the_same_keys(library):
    """The same table has the same keys in every library."""
    arrow = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int64()),
            "x": [0.5, None, -0.0],
            "s": ["a", None, "ö"],
            "b": [True, None, False],
            "d": [dt.date(2024, 1, 1), None, dt.date(1960, 5, 5)],
        }
    )
    frame = {"pandas": arrow.to_pandas(), "pyarrow": arrow}.get(library)
    if library == "polars":
        import polars as pl

        frame = pl.DataFrame(arrow)
    table = open_frame(frame).table
    keys = content_keys(table.matrix(table.columns), table.columns)
    assert keys.tolist() == GOLDEN_TABLE


def test_no_rows_have_no_keys():
    """Empty columns are no special case."""
    assert content_keys({"a": np.array([])}, ["a"]).tolist() == []
    assert value_keys(np.array([], dtype=object)).tolist() == []


def test_bits_are_even():
    """Each of the 62 bits is set in about half of the keys of consecutive numbers."""
    keys = value_keys(np.arange(20_000)).astype("uint64")
    shares = [float(((keys >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(62)]
    assert max(abs(share - 0.5) for share in shares) < 0.02
