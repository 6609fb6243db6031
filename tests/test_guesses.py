"""A file whose beginning misleads: what was guessed from it costs time, never truth."""

import csv

import numpy as np
import pytest
from conftest import cells, summary_of

import dataprep as dp
from dataprep.engines import quantiles
from dataprep.engines.quantiles import bracket, bracketed_quantiles

# Past the quarter of a megabyte that is looked at before the file is loaded.
ROWS = 12_000
USUAL = {
    "n": lambda i: str(i % 900),
    "x": lambda i: f"{i % 700 / 4}",
    "day": lambda i: f"2024-01-{1 + i % 28:02}",
    "at": lambda i: f"2024-01-{1 + i % 28:02} 10:00:00",
    "level": lambda i: ["red", "green", "blue"][i % 3],
    "truth": lambda i: ["yes", "no"][i % 2],
}
ODD = [
    ("n", "3000000000", "integer"),
    ("n", "-9223372036854775808", "integer"),
    ("n", "9223372036854775808", "category"),
    ("n", "+7", "integer"),
    ("n", " 7", "integer"),
    ("n", "NA", "integer"),
    ("n", "007", "category"),
    ("n", "1_000", "category"),
    ("n", "7\n", "category"),
    ("n", "1.5", "float"),
    ("n", "", "integer"),
    ("x", "1.50", "float"),
    ("x", "1e3", "float"),
    ("x", "-0.5", "float"),
    ("x", "007", "category"),
    ("x", "inf", "category"),
    ("x", "nan", "float"),
    ("x", "1_0.5", "category"),
    ("x", "5.5\n", "category"),
    ("x", "12345678901234567890", "category"),
    ("x", "word", "category"),
    ("x", '""', "float"),
    ("day", "infinity", "category"),
    ("day", "12024-01-01", "category"),
    ("day", "2024-02-30", "category"),
    ("day", "2024-1-5", "category"),
    ("day", "?", "date"),
    ("at", "2024-01-05T10:00", "timestamp"),
    ("at", "infinity", "category"),
    ("at", "2024-01-05 10:00:00.5", "timestamp"),
    ("level", " red ", "category"),
    ("level", "N/A", "category"),
    ("level", 'say "hi", you', "category"),
    ("level", "", "category"),
    ("truth", "maybe", "category"),
    ("truth", "True", "boolean"),
]


def written(path, odd_column=None, odd_cell=None):
    """Write a table that begins as usual and ends with one odd cell, quoted where it must be."""
    with path.open("w", newline="") as file:
        file.write(",".join(USUAL) + "\n")
        for i in range(ROWS):
            row = {name: make(i) for name, make in USUAL.items()}
            if i == ROWS - 2 and odd_column:
                quotes = any(sign in odd_cell for sign in ',"\n') and odd_cell != '""'
                inner = odd_cell.replace('"', '""')
                row[odd_column] = f'"{inner}"' if quotes else odd_cell
            file.write(",".join(row.values()) + "\n")
    return path


@pytest.mark.parametrize(("column", "cell", "kind"), ODD)
def test_one_odd_cell_at_the_end_is_seen_and_kept(dataprep, tmp_path, column, cell, kind):
    """The kind is that of all rows, and every cell leaves as it came, quotes and all."""
    given = written(tmp_path / "in.csv", column, cell).read_bytes()
    (tmp_path / "nothing.yaml").write_text("stages: []\n")
    answer = dataprep(
        "clean", "in.csv", "--pipeline", "nothing.yaml", "-q", "--missing-value", "nan"
    )
    assert answer.code == 0, answer.err
    assert (tmp_path / "in.clean.csv").read_bytes() == given
    assert summary_of(tmp_path / "in.clean.csv")["columns"][column] == kind


@pytest.mark.parametrize(("column", "cell"), [("n", "3000000000"), ("level", "N/A"), ("x", "1.50")])
def test_an_odd_cell_is_treated_and_undone(dataprep, tmp_path, column, cell):
    """Stages see the odd cell's value, and undo brings its text."""
    given = written(tmp_path / "in.csv", column, cell)
    assert dataprep("clean", "in.csv", "-q", "--dedupe", "none").code == 0
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_bytes() == given.read_bytes()
    before, after = cells(given), cells(tmp_path / "in.clean.csv")
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == (column != "x")


def test_a_word_for_missing_that_is_a_value_is_missing(tmp_path):
    """A word that a person names is missing, were it a date or a truth value."""
    path = tmp_path / "in.csv"
    path.write_text("day,ok\n" + "2024-01-05,yes\n1900-01-01,n\n2024-01-07,no\n" * 9)
    table = dp.read(path, missing_values=["1900-01-01", "n"])
    assert table.kinds == {"day": "date", "ok": "boolean"}
    assert table.counts(["day", "ok"]) == {"day": 18, "ok": 18}


# ---- quantiles of long columns


@pytest.fixture
def small_sample(monkeypatch):
    """Let brackets be tried on tables that are quick to make."""
    monkeypatch.setattr(quantiles, "SAMPLE", 1000)


def columns_of(rows):
    random = np.random.default_rng(0)
    return {
        "even": random.random(rows),
        "tied": np.where(random.random(rows) < 0.6, 0.0, random.random(rows)),
        "few": random.integers(0, 4, rows),
        "whole": random.integers(-(2**62), 2**62, rows),
        "same": np.full(rows, 7.5),
        "ordered": np.arange(rows),
        # As often as the sample looks: it sees the zeros alone, or far too many of them.
        "periodic": np.where(np.arange(rows) % 20 == 0, 0, np.arange(rows)),
        "interleaved": np.where(np.arange(rows) % 5 == 0, 0, np.arange(rows)),
        "infinite": np.where(np.arange(rows) % 3 == 0, np.inf, random.random(rows))
        * np.where(np.arange(rows) % 2 == 0, 1, -1),
        "not numbers": np.where(np.arange(rows) % 3 == 0, np.nan, random.random(rows)),
        # The sample takes every n-th row and sees nothing of what lies between.
        "misleading": np.where(np.arange(rows) % 20 == 0, random.random(rows), 1e6),
    }


@pytest.mark.usefixtures("small_sample")
@pytest.mark.parametrize("name", columns_of(1))
def test_quantiles_by_brackets_are_exact(name):
    """Ties, few values, large numbers, a sample that misleads: the number is NumPy's."""
    import duckdb
    import pyarrow as pa

    values = columns_of(20_000)[name]
    row = pa.array(np.arange(len(values)))
    column = pa.array(values, mask=np.arange(len(values)) % 11 == 0)
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"\x1frow": row, "v": column}))
        probabilities = (0.0, 0.01, 0.25, 0.5, 0.75, 0.999, 1.0)
        floats = {"v"} if values.dtype.kind == "f" else set()
        ask = connection.execute
        found = bracketed_quantiles(ask, len(values), ["v"], floats, probabilities)["v"]
    present = values[np.arange(len(values)) % 11 != 0]
    if values.dtype.kind == "f":
        present = present[np.isfinite(present)]
    np.testing.assert_allclose(found, np.quantile(present, probabilities), rtol=1e-12)
    if name == "whole":
        assert found[0] == int(present.min())
        assert found[-1] == int(present.max())


@pytest.mark.usefixtures("small_sample")
def test_a_bracket_holds_its_quantile_and_little_else():
    """A bracket of a fair sample is narrow; ends that many share are told."""
    even = np.linspace(0, 1, 1001)
    made = bracket(even, 0.5)
    assert made.low < 0.5 < made.high
    assert made.share < 0.2
    assert not made.tied_low
    tied = np.sort(np.append(np.zeros(600), even[:400] + 0.001))
    assert bracket(tied, 0.3).tied_low
    assert bracket(tied, 0.3).share == 0


def test_quantiles_of_nothing_are_none(tmp_path):
    """A column without a value has no quantile."""
    path = tmp_path / "in.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b"], *([i / 2, ""] for i in range(50))])
    table = dp.read(path, kinds={"b": "float"})
    assert table.quantiles(["a", "b"], (0.5,))[""] == {"a": [12.25], "b": [None]}
