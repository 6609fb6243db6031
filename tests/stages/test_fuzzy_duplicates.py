"""Near-duplicate records: what is found, what is not, which row stays, and what it takes over."""

from __future__ import annotations

import datetime as dt
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.errors import ConfigError
from dataprep.linkage import comparing
from dataprep.linkage.blocking import candidates
from dataprep.linkage.clusters import clusters
from dataprep.linkage.coded import code_column
from dataprep.linkage.comparing import similarity, spread_of
from dataprep.table import Table
from dataprep.testing.outcomes import columns_of

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from fuzzy import pair_scores, persons

FEBRL = Path(__file__).parents[2].parent / "shared/data/dedup/febrl1.csv"


def cluster_numbers(frame: pd.DataFrame, **parameters: Any) -> list[int]:
    """Return the cluster of each row."""
    stage = dp.FuzzyDuplicates(action="group", **parameters)
    found = dp.clean(frame, pipeline=dp.Pipeline([stage]))
    return [int(number) for number in found.data["copies"]]


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, np.ndarray]:
    """Return 1,500 made-up records, 300 of them damaged copies, and whom each speaks of."""
    return persons(1500, seed=7)


def test_copies_are_found_without_labels(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Damaged records find their originals, and nobody else."""
    frame, truth = people
    precision, recall, f1 = pair_scores(np.array(cluster_numbers(frame)), truth)
    assert (precision, recall, f1) > (0.97, 0.97, 0.97)


@pytest.mark.skipif(not FEBRL.exists(), reason="the real data lie beside the checkout only")
def test_febrl() -> None:
    """On FEBRL's first data set the pairwise F1 is at least 0.95, with default parameters."""
    frame = pd.read_csv(FEBRL, skipinitialspace=True, dtype=str)
    truth = frame.pop("rec_id").str.extract(r"rec-(\d+)-")[0].to_numpy()
    assert pair_scores(np.array(cluster_numbers(frame)), truth)[2] >= 0.95


def test_a_table_without_copies_loses_nothing() -> None:
    """Where no two records speak of the same, none is dropped."""
    frame, _ = persons(1500, seed=8, copies=0.0)
    assert cluster_numbers(frame) == list(range(1500))


def test_rows_of_a_group_are_no_copies() -> None:
    """A hospital's measures share its name, address and phone: each is a record of its own."""
    draw = np.random.default_rng(3)
    houses, measures = persons(60, seed=1, copies=0.0)[0], [f"measure {c} 1" for c in "abcdefgh"]
    frame = houses.loc[np.repeat(np.arange(60), 8)].reset_index(drop=True)
    frame["measure"] = measures * 60
    frame["score"] = draw.integers(0, 100, 480)
    stage = dp.FuzzyDuplicates()
    result = dp.clean(frame, pipeline=dp.Pipeline([stage]))
    assert len(result.data) == 480
    assert any("nothing sets copies apart" in n for n in result.summary["stages"][0]["notes"])


def test_rows_of_few_levels_are_no_copies() -> None:
    """In a table of a few categories many rows are alike by chance."""
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({f"c{i}": draw.choice(list("abcd"), 1000) for i in range(6)})
    frame["size"], frame["weight"] = draw.normal(100, 20, (2, 1000)).round(3)
    assert len(set(cluster_numbers(frame))) >= 990


def test_numbers_within_texts_tell_rows_apart() -> None:
    """Model X1 is not model X2, whatever else the two have in common."""
    draw = np.random.default_rng(0)
    names = [f"Model X{i} black" for i in range(1000)]
    frame = pd.DataFrame({"sku": names, "price": np.arange(1000) * 1.5})
    assert cluster_numbers(frame) == list(range(1000))
    assert cluster_numbers(frame.assign(qty=draw.integers(0, 50, 1000))) == list(range(1000))
    assert cluster_numbers(frame[["sku"]]) == list(range(1000))


def smooth(draw: np.random.Generator, start: float) -> np.ndarray:
    """Return 3,000 measurements, each near the one before."""
    return (start + np.cumsum(draw.normal(0, 0.1, 3000))).round(1)


@pytest.mark.parametrize("time", ["even", "uneven", "none"])
def test_rows_of_a_log_are_no_copies(time: str) -> None:
    """What was measured a moment later is nearly the same, but another row; a note says so."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"sensor": draw.choice(["s1", "s2", "s3"], 3000)})
    frame["time"] = pd.date_range("2024-01-01", periods=3000, freq="min")
    frame["temp"], frame["hum"] = smooth(draw, 20), smooth(draw, 50)
    if time == "uneven":
        gaps = draw.exponential(60, 3000).round().cumsum()
        frame["time"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(gaps, unit="s")
    if time == "none":
        frame = frame.drop(columns="time").assign(wind=smooth(draw, 9), pressure=smooth(draw, 99))
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.FuzzyDuplicates()]))
    assert len(result.data) >= len(frame.drop_duplicates())
    assert any("set threshold" in note for note in result.summary["stages"][0]["notes"])


def test_a_running_number_hides_no_copies(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Where texts tell who is meant, a number that differs in each row does not count."""
    frame, truth = people
    numbers = cluster_numbers(frame.assign(row=np.arange(len(frame)) + 1))
    assert pair_scores(np.array(numbers), truth)[2] > 0.97


@pytest.mark.filterwarnings("error")
def test_numbers_near_the_largest_are_compared_without_a_warning() -> None:
    """Their difference is too large for a float: they are far apart, that is all."""
    big = np.array([1.7e308, -1.7e308, 1e308, -1e308, 1.7e308, 0.0, 1.0])
    assert len(set(cluster_numbers(SMALL[["name", "city"]].assign(size=big)))) >= 6
    column = code_column("x", "float", big)
    pair = similarity(column, np.array([0, 0]), np.array([4, 1]), spread_of(column))
    assert pair.tolist() == [1.0, 0.0]


NAMES = ["Ann Miller", "Bob Stone", "Ann Miler", "Cy Young", "Dora Quist", "Eve Ash", "Fay Lund"]
SMALL = pd.DataFrame(
    {
        "name": NAMES,
        "city": ["Leeds", "York", "Leeds", "Bath", "Hull", "Wells", "Ely"],
        "born": [
            *pd.to_datetime(["1979-04-12", "1983-01-21", "1979-04-12", "1966-07-30"]),
            *pd.to_datetime(["1991-11-05", "1972-02-14", "1950-06-06"]),
        ],
        "phone": ["0113 1", None, "0113 22", None, "5", "6", "7"],
        "visits": [3, 1, 9, 4, 5, 6, 7],
        "seen": pd.to_datetime(["2024-01-01", None, "2024-03-01", None, None, None, None]),
    }
)
BY = {"columns": ["name", "city", "born"], "threshold": 0.9}


def cleaned(frame: Any = SMALL, **parameters: Any) -> Any:
    """Clean with the stage, compared by name, city and birthday."""
    return dp.clean(frame, pipeline=dp.Pipeline([dp.FuzzyDuplicates(**{**BY, **parameters})]))


def test_the_ledger_says_how_alike_and_which_row() -> None:
    """A dropped row's reason is its similarity and the number of the row that stays."""
    result = cleaned()
    assert result.rejected["_row"].tolist() == [2]
    assert result.rejected["_reason"].tolist() == ["0.98 like row 0"]
    assert result.undo().equals(SMALL)


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({"keep": "first"}, 0),
        ({"keep": "last"}, 2),
        ({"keep": "newest", "date": "seen"}, 2),
        ({"keep": "newest", "date": "visits"}, 2),
        ({"keep": "most_complete"}, 0),
    ],
)
def test_which_row_stays(parameters: dict[str, Any], kept: int) -> None:
    """The first, the last, the newest or the most complete row of a cluster stays."""
    rows = cleaned(**parameters).data.index.tolist()
    assert rows == [row for row in range(7) if row != 2 - kept]


def test_the_most_complete_row_stays() -> None:
    """All columns count, the compared ones and the others."""
    frame = SMALL.assign(phone=[None, None, "1", None, None, None, None])
    assert 0 not in cleaned(frame, keep="most_complete").data.index


@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("newest", "phone", "0113 22"),
        ("oldest", "phone", "0113 1"),
        ("longest", "phone", "0113 22"),
        ("longest", "name", "Ann Miller"),
        ("largest", "visits", 9),
        ("smallest", "visits", 3),
        ("largest", "seen", pd.Timestamp("2024-03-01")),
        ("fill", "phone", "0113 1"),
    ],
)
def test_merge_by_column(rule: str, column: str, value: Any) -> None:
    """The kept row takes its cell from its cluster, by a rule of the column's own."""
    result = cleaned(merge={column: rule}, date="seen")
    assert result.data[column].iloc[0] == value
    assert result.data[column].dtype == SMALL[column].dtype
    told = [(row.row, row.column) for row in result.ledger.itertuples() if row.action == "merge"]
    assert told == ([] if value == SMALL[column][0] else [(0, column)])
    assert result.undo().equals(SMALL)


def test_fill_takes_only_what_is_missing() -> None:
    """What the kept row has stays; what it lacks comes from its copies, in every feature."""
    for lacking in (None, " "):
        frame = SMALL.assign(phone=[lacking, None, "0113 22", None, "5", "6", "7"])
        result = cleaned(frame, merge="fill")
        assert result.data["phone"].iloc[0] == "0113 22"
    assert result.data.iloc[0][["name", "phone", "visits"]].tolist() == ["Ann Miller", "0113 22", 3]


def test_large_integers_keep_their_digits_in_a_merge() -> None:
    """Whole numbers past 2**53 are not taken through floats, in no row."""
    big = 2**53 + 1
    frame = SMALL.assign(visits=[big, big + 2, big + 4, 1, 2, 3, 4])
    result = cleaned(frame, merge={"visits": "largest"})
    assert result.data["visits"].tolist() == [big + 4, big + 2, 1, 2, 3, 4]


def test_the_target_is_changed_only_when_named() -> None:
    """``merge="fill"`` leaves the target alone; a rule of its own changes it."""
    frame = SMALL.assign(y=[0, 1, 1, 1, 0, 1, 0])
    for merge, expected in (("fill", 0), ({"y": "largest"}, 1)):
        stage = dp.FuzzyDuplicates(**BY, merge=merge)
        result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
        assert result.data["y"].iloc[0] == expected


def test_a_test_row_is_never_removed_in_favour_of_a_training_row() -> None:
    """The copy in training goes, though it comes first, and the test row is not changed."""
    frame = SMALL.assign(part=["train", "train", "test", "train", "test", "train", "train"])
    result = cleaned(frame, split="part", merge={"phone": "longest"}, keep="first")
    assert result.data.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert result.data.loc[2, "phone"] == "0113 22"
    assert result.summary["cells_changed"] == 0


def test_copies_within_the_test_part_stay() -> None:
    """Rows that are not for training are not touched; a note says that parts share copies."""
    frame = SMALL.assign(part=["validation", "train", "test", *["train"] * 4])
    result = cleaned(frame, split="part")
    assert len(result.data) == 7
    assert any(
        "1 clusters have several rows outside" in note
        for note in result.summary["stages"][0]["notes"]
    )


def test_nothing_is_learned_from_rows_outside_of_train(
    people: tuple[pd.DataFrame, np.ndarray],
) -> None:
    """Whatever stands in the test rows, and however many they are, the state is the same."""
    frame = people[0].iloc[:600].assign(part="train")
    others = people[0].iloc[600:900].assign(part="test", state="no words of this one column")

    def state(table: pd.DataFrame) -> Any:
        stage = dp.FuzzyDuplicates(split="part")
        return dp.clean(table, pipeline=dp.Pipeline([stage])).pipeline.states_

    assert state(pd.concat([frame, others], ignore_index=True)) == state(frame)


def test_a_row_of_no_part_is_not_dropped() -> None:
    """A row whose part is missing is not in train."""
    frame = SMALL.assign(part=["train", "train", None, *["train"] * 4])
    assert cleaned(frame, split="part").data.index.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_split_without_a_training_part_is_refused() -> None:
    """Where no row is in train, all would be protected: the name that is near is told."""
    frame = SMALL.assign(part=["training"] * 6 + ["test"])
    with pytest.raises(ConfigError, match=r"split: no row of 'part' .* mean 'training'"):
        cleaned(frame, split="part")


def test_a_given_threshold_decides() -> None:
    """Rows that are equal are copies at any threshold, however little their values tell."""
    frame = pd.DataFrame({"a": ["x y"] * 5, "b": ["q w"] * 5})
    stage = dp.FuzzyDuplicates(threshold=0.9)
    assert len(dp.clean(frame, pipeline=dp.Pipeline([stage])).data) == 1


def test_exchanged_names_are_recognised(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Given name and surname in each other's place speak for a copy, not against it."""
    frame = people[0].iloc[:600].reset_index(drop=True)
    both = frame["given_name"].notna() & frame["surname"].notna()
    again = frame[both].iloc[:20].copy()
    again[["given_name", "surname"]] = again[["surname", "given_name"]].to_numpy()
    again["soc_sec_id"], again["date_of_birth"] = None, None
    numbers = cluster_numbers(pd.concat([frame, again], ignore_index=True))
    assert sum(number < 600 for number in numbers[600:]) == 20


def test_labelled_pairs_move_the_threshold(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """With labels the cut lies where the fewest labelled pairs are on the wrong side."""
    frame, truth = people[0].iloc[:400], people[1][:400]
    same = [(i, j) for i, j in combinations(range(400), 2) if truth[i] == truth[j]]
    pairs = [[i, j, True] for i, j in same[:15]] + [[i, i + 1, False] for i in range(15)]
    pairs = [p for p in pairs if p[2] == (truth[p[0]] == truth[p[1]])]
    numbers = np.array(cluster_numbers(frame, pairs=pairs))
    assert pair_scores(numbers, truth)[2] >= 0.95


def test_labelled_pairs_by_id() -> None:
    """Where a column has the role id, pairs name rows by it; an unknown name is refused."""
    frame = SMALL.assign(key=list("abcdefg"))

    def run(pairs: list[Any]) -> Any:
        stage = dp.FuzzyDuplicates(**BY, pairs=pairs)
        return dp.clean(frame, pipeline=dp.Pipeline([stage], id="key"))

    assert len(run([["a", "c", True], ["a", "b", False]]).data) == 6
    with pytest.raises(ConfigError, match=r"pairs\[0\]: there is no row 'x'"):
        run([["x", "a", True]])


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_labelled_pairs_by_long_numbers(library: Any) -> None:
    """An id of 16 digits and more is found by its very digits."""
    keys = [9_007_199_254_740_993 + i for i in range(7)]
    frame = SMALL[["name", "city"]].assign(key=keys)
    pairs = [[keys[0], keys[2], True], [keys[0], keys[1], False]]
    stage = dp.FuzzyDuplicates(**{**BY, "columns": ["name", "city"]}, pairs=pairs)
    found = dp.clean(library(frame.to_dict("list")), pipeline=dp.Pipeline([stage], id="key"))
    assert list(found.data["key"]) == [key for key in keys if key != keys[2]]


def test_a_label_for_an_id_of_two_rows_is_refused() -> None:
    """It cannot be known which of them a pair speaks of; ids that no pair names may repeat."""
    frame = SMALL.assign(key=list("aabcdef"))
    for pairs, rejected in (([["b", "a", True]], True), ([["b", "c", False]], False)):
        pipeline = dp.Pipeline([dp.FuzzyDuplicates(**BY, pairs=pairs)], id="key")
        if rejected:
            with pytest.raises(ConfigError, match=r"pairs\[0\]: 2 rows have the id 'a'"):
                dp.clean(frame, pipeline=pipeline)
        else:
            dp.clean(frame, pipeline=pipeline)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"keep": "newest"}, "date: keep='newest' needs a date column"),
        ({"merge": {"phone": "newest"}}, "date: merge='newest' needs a date column"),
        ({"merge": {"fone": "fill"}}, "Did you mean 'phone'"),
        ({"merge": {"phone": "largest"}}, "'largest' cannot be told of 'phone'"),
        ({"merge": "biggest"}, "merge"),
        ({"date": "name"}, "'name' holds no dates"),
        ({"split": "parts"}, "split: no column named 'parts'"),
        ({"pairs": [[0, 99, True]]}, "there is no row 99"),
        ({"pairs": [[0, 1]]}, "is no labelled pair"),
        (
            {"pairs": [[1, 2, True], [0, 0, True]]},
            r"pairs\[1\]: \[0, 0, True\] is a row and itself",
        ),
        (
            {"pairs": [[0, 1, True], [1, 0, False]]},
            r"pairs\[1\]: \[1, 0, False\] says the opposite of pairs\[0\]",
        ),
        ({"columns": "nome"}, "Did you mean 'name'"),
        ({"max_pairs": 0}, "max_pairs"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    """What cannot be is refused with the parameter, its value and what to do."""
    with pytest.raises(ConfigError, match=message):
        cleaned(**parameters)


@pytest.mark.parametrize(
    "parameters", [{"keep": "newest"}, {"pairs": [[1, 2]]}, {"pairs": [[0, 0, True]]}]
)
def test_a_wrong_parameter_is_named_before_work_begins(
    parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No column is read for comparison when the parameters alone show that it is in vain."""
    monkeypatch.setattr(Table, "matrix", lambda *_: pytest.fail("a matrix was built"))
    with pytest.raises(ConfigError, match="fuzzy_duplicates"):
        cleaned(**parameters)


def test_the_bound_on_pairs_is_kept_and_told(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """No more pairs are compared than allowed, and a note says that there were more."""
    result = dp.clean(people[0], pipeline=dp.Pipeline([dp.FuzzyDuplicates(max_pairs=100)]))
    notes = result.summary["stages"][0]["notes"]
    assert notes[0].startswith("100 of ")
    assert "max_pairs=100" in notes[1]


def test_flag_and_group_are_for_training_only() -> None:
    """They mark training rows; a row served alone has no copies, and no such column."""
    for action, column, values in (
        ("group", "copies", [0, 1, 0, 3, 4, 5, 6]),
        ("flag", "near_copy", [False, False, True, False, False, False, False]),
    ):
        result = cleaned(action=action)
        assert result.data[column].tolist() == values
        assert result.pipeline.transform(SMALL.iloc[:1]).columns.tolist() == list(SMALL.columns)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_the_column_of_clusters_is_no_feature(library: Any) -> None:
    """The number of a cluster is a name: later stages do not scale it."""
    stages = [dp.FuzzyDuplicates(**BY, action="group"), dp.Scale(), dp.Impute()]
    frame = library(SMALL[["name", "city", "born", "visits"]].to_dict("list"))
    found = dp.clean(frame, pipeline=dp.Pipeline(stages))
    assert list(found.data["copies"]) == [0, 1, 0, 3, 4, 5, 6]


def test_polars_agrees(people: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Another library gives the same rows and reasons."""
    frame = people[0].iloc[:500].reset_index(drop=True)
    stage = dp.FuzzyDuplicates(keep="most_complete", merge="fill")
    one = dp.clean(frame, pipeline=dp.Pipeline([stage]))
    two = dp.clean(pl.from_pandas(frame), pipeline=dp.Pipeline([stage]))
    assert columns_of(one.ledger) == columns_of(two.ledger)
    assert one.pipeline.states_ == two.pipeline.states_


def test_missing_values_are_neutral() -> None:
    """Two records that share nothing but blanks are no copies; a blank does not speak against."""
    blank = pd.DataFrame({"a": [None] * 5 + ["x"], "b": [None] * 5 + ["y"]}, dtype=object)
    assert cluster_numbers(blank) == list(range(6))
    frame = SMALL.assign(city=["Leeds", *[None] * 6])
    assert 2 not in cleaned(frame).data.index


# ---- the parts


def text(values: list[str | None]) -> Any:
    """Return a text column as codes."""
    return code_column("x", "text", np.array([*values, None], dtype=object)[:-1])


def test_values_are_cleaned_once() -> None:
    """Case, accents, signs and blanks make no difference; what is empty is missing."""
    column = text(["José", "JOSE ", " ", None, "Ann-Lee", "ann lee"])
    assert column.codes.tolist() == [1, 1, -1, -1, 0, 0]


def test_texts_with_other_numbers_are_not_alike() -> None:
    """A number more or less is another thing than another number; one alone may be mistyped."""
    column = text(["canon eos 70", "canon eos 80", "canon eos", "0113 496", "0113 497"])
    pair = similarity(column, np.array([0, 0, 3]), np.array([1, 2, 4]), 0.0)
    assert pair[0] < 0.5
    assert pair[1:].min() > 0.8


def test_long_texts_differ_by_all_their_signs_and_are_compared_by_some() -> None:
    """What differs only in the middle of a long text is another value, and very close."""
    column = text(["a b " * 100 + middle + " a b" * 100 for middle in ("x", "y", "x")])
    assert column.codes.tolist() == [0, 1, 0]
    assert {len(value) for value in column.values} == {300}
    pair = similarity(column, np.array([0, 0]), np.array([1, 2]), 0.0)
    assert pair.tolist() == pytest.approx([0.999, 1.0])


def test_long_texts_are_compared_in_fewer_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signs that are compared while learning are bounded, whatever the texts."""
    draw, seen = np.random.default_rng(5), []
    compare = comparing._texts_alike

    def counted(how: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        seen.append(sum(map(len, a)))
        return compare(how, a, b)

    monkeypatch.setattr(comparing, "_texts_alike", counted)
    pool = draw.integers(10**4, 10**5, 2000).astype(str)
    frame = pd.DataFrame({"text": [" ".join(draw.choice(pool, 500)) for _ in range(300)]})
    assert cluster_numbers(frame) == list(range(300))
    assert sum(seen) < 30_000_000


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("text", ["smith", "smyth", "smith"], [0.89, 1.0]),
        ("integer", [1979, 1997, 1979], [0.75, 1.0]),
        ("float", [10.0, 10.5, np.nan], [0.0, np.nan]),
    ],
)
def test_similarities(kind: Any, values: list[Any], expected: list[float]) -> None:
    """Texts by spelling, numbers by digits and distance, missing values not at all."""
    made = np.array(values, dtype=object if kind == "text" else float)
    column = code_column("x", kind, made)
    found = similarity(column, np.array([0, 0]), np.array([1, 2]), spread_of(column))
    assert found == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_a_measurement_is_near_its_neighbour() -> None:
    """Quantities are compared by their distance, in a tenth of the column's spread."""
    column = code_column("x", "float", np.array([*np.linspace(0.5, 100.5, 101), 50.9]))
    pair = similarity(column, np.array([50]), np.array([101]), 50.0)
    assert pair == pytest.approx([1 - 0.4 / 5], abs=1e-5)


@tries(40)
@given(st.lists(st.sampled_from(["ann", "bob", "cy", "a b", "b c", None]), min_size=2, max_size=60))
def test_candidates_are_different_rows_once_each(values: list[str | None]) -> None:
    """Pairs are ordered, distinct, within the bound, and of the table's own rows."""
    found = candidates([text(values), text(values[::-1])], 50)
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert all(0 <= a < b < len(values) for a, b in pairs)
    assert len(set(pairs)) == len(pairs) <= 50


def test_a_row_that_is_like_one_member_only_does_not_join() -> None:
    """Three of a cluster were compared with a fourth, one is like it: it stays outside."""
    pairs = list(combinations(range(4), 2))
    left, right = np.array(pairs).T
    linked = np.array([j < 3 or (i, j) == (2, 3) for i, j in pairs])
    assert clusters(4, left, right, np.where(linked, 5.0, -5.0), linked).tolist() == [0, 0, 0, 3]


def test_dates_and_times_are_compared() -> None:
    """Dates in a frame are compared as dates: a day off is nearer than a year."""
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=37 * i) for i in range(300)]
    column = code_column("d", "date", np.array([*days, dt.date(2000, 1, 2)], "datetime64[us]"))
    near, far = similarity(column, np.array([0, 0]), np.array([300, 150]), spread_of(column))
    assert near > 0.85 > far
