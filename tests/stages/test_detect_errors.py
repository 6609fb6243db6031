"""Wrong cells: what is found and what is not, repairs, and what a single row is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.errors import ConfigError
from dataprep.suspects.combinations import conflicts_in, learn_combinations
from dataprep.suspects.dependencies import learn_dependencies
from dataprep.suspects.formats import judge_format, learn_formats, loose_shape
from dataprep.suspects.numbers import judge_ends, learn_ends
from dataprep.suspects.spelling import judge_spelling, learn_spelling
from dataprep.suspects.texts import levels_of, values_of
from dataprep.suspects.votes import votes_on
from dataprep.testing import check_stage

TOWNS = [
    ("35233", "birmingham", "al", 1),
    ("36301", "dothan", "al", 2),
    ("35957", "boaz", "al", 3),
    ("99504", "anchorage", "ak", 4),
    ("98101", "seattle", "wa", 5),
    ("97201", "portland", "or", 6),
]
HOSPITAL = Path(__file__).parents[3] / "shared/data/dirty_clean"


def visits(rows: int = 120) -> pd.DataFrame:
    """Return a clean table: a code gives town, state and district; the rest is free."""
    towns = [TOWNS[i * 7 % 6] for i in range(rows)]
    frame = pd.DataFrame(towns, columns=["zip", "city", "state", "district"])
    frame["age"] = [18 + i * 37 % 60 for i in range(rows)]
    frame["phone"] = [f"555-{1000 + 61 * i % 9000}" for i in range(rows)]
    frame["rural"] = [town[3] in (2, 3) for town in towns]
    frame["opened"] = [pd.Timestamp(2000 + town[3], 1, 1) for town in towns]
    frame["note"] = [f"{'abcdefgh'[i % 8] * (2 + i % 5)} {'xyzuvw'[i % 6]}" for i in range(rows)]
    return frame


WRONG: dict[tuple[int, str], Any] = {
    (6, "city"): "birminghxm",
    (10, "city"): "dothan",
    (25, "state"): "wa",
    (31, "phone"): "5551234",
    (40, "age"): 999,
    (58, "zip"): "3x233",
    (61, "district"): 5,
    (77, "city"): None,
    (90, "state"): "unknown",
    (101, "opened"): pd.Timestamp(1999, 5, 5),
}


def damaged() -> pd.DataFrame:
    """Return the table with the wrong cells of ``WRONG`` in it."""
    frame = visits()
    for (row, name), value in WRONG.items():
        assert frame.loc[row, name] != value
        frame.loc[row, name] = value
    return frame


def found(frame: pd.DataFrame, **parameters: Any) -> set[tuple[int, str]]:
    report = dp.DetectErrors(**parameters).fit(frame).report(frame)
    return set(zip(report["row"], report["column"], strict=True))


# ---- the stage


def test_wrong_cells_are_found_and_no_others() -> None:
    """A typo, swapped values, another format, a far number and a gap are all that is flagged."""
    assert found(damaged()) == set(WRONG)


def test_a_clean_table_has_no_suspicious_cell() -> None:
    """Nothing is flagged where nothing is wrong, and no column is added."""
    frame = visits()
    assert found(frame) == set()
    assert list(dp.DetectErrors().fit_transform(frame)) == list(frame)


def test_flag_leaves_the_cells_alone() -> None:
    """The default adds columns of true and false for those with suspicious cells in training."""
    frame = damaged()
    out = dp.DetectErrors().fit_transform(frame)
    pd.testing.assert_frame_equal(out[list(frame)], frame)
    flags = {
        (row, name)
        for name in frame
        if f"{name}_suspect" in out
        for row in np.flatnonzero(out[f"{name}_suspect"])
    }
    assert flags == set(WRONG)
    assert {c.removesuffix("_suspect") for c in out if c.endswith("_suspect")} == {
        name for _, name in WRONG
    }


def test_null_makes_missing() -> None:
    """Suspicious cells become missing, and the ledger has the reason and the score."""
    frame = damaged()
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.DetectErrors(action="null")]))
    for row, name in WRONG:
        assert pd.isna(result.data.loc[row, name])
    assert result.summary["cells_changed"] == len(WRONG) - 1, "one was missing already"
    ledger = result.ledger.set_index("row")
    assert "gives 'birmingham' in most rows; like 'birmingham'" in ledger.loc[6, "reason"]
    assert ledger.loc[6, "reason"].endswith("(score 1.00)")
    assert result.undo().fillna("-").equals(frame.fillna("-"))


def test_repair_writes_what_is_implied() -> None:
    """What other columns imply is written, in the column's type; the rest stays and is noted."""
    frame, clean = damaged(), visits()
    result = dp.clean(frame, pipeline=dp.Pipeline([dp.DetectErrors(action="repair")]))
    not_implied = {(31, "phone"), (40, "age")}
    for row, name in WRONG:
        told = result.data.loc[row, name]
        assert told == (frame if (row, name) in not_implied else clean).loc[row, name]
    assert result.data.dtypes.equals(clean.dtypes)
    notes = result.summary["stages"][0]["notes"]
    assert any(
        note.startswith("age: 1 suspicious of 120 training cells, e.g. far") for note in notes
    )
    assert result.undo().fillna("-").equals(frame.fillna("-"))


@pytest.mark.parametrize("action", ["flag", "null", "repair"])
def test_the_contract_holds_on_a_table_with_wrong_cells(action: str) -> None:
    """Every promise of stages is kept where there is something to find, on every engine."""
    table = pa.Table.from_pandas(damaged(), preserve_index=False)
    assert check_stage(dp.DetectErrors(action=action), table, partitions=[1, 3]) > 20


def test_a_new_row_is_judged_by_what_was_learned() -> None:
    """A row that was never seen is judged alone; nothing is learned from it."""
    stage = dp.DetectErrors(action="repair").fit(damaged())
    new = visits(2).assign(city=["birminghma", "nowhere"])
    out = stage.transform(new)
    assert out["city"].tolist() == ["birmingham", "dothan"]
    for row in (0, 1):
        assert (
            stage.transform(new.iloc[[row]])["city"].tolist() == out["city"].tolist()[row : row + 1]
        )


def test_the_target_is_neither_judged_nor_a_witness() -> None:
    """A column with a role has no part, unless it is named."""
    frame = damaged()
    pipe = dp.Pipeline([dp.DetectErrors()], target="city").fit(frame)
    assert "city" not in pipe.states_[0]["profiles"]["columns"]
    named = dp.Pipeline([dp.DetectErrors(columns="city")], target="city").fit(frame)
    assert named.states_[0]["columns"] == ["city"]
    assert list(named.states_[0]["found"]) == ["city"]


@pytest.mark.parametrize("action", ["flag", "null", "repair"])
def test_a_named_target_is_done_without_at_serving(action: Any) -> None:
    """What does not come to serving is neither judged nor a witness, and contradicts nobody."""
    frame = damaged()
    pipe = dp.Pipeline([dp.DetectErrors(columns="all", action=action)], target="city").fit(frame)
    served = pipe.transform(frame.drop(columns="city"))
    whole = pipe.transform(frame)
    assert served["phone"].tolist() == whole["phone"].tolist()


def test_other_columns_bear_witness_where_one_is_judged() -> None:
    """Choosing a column does not take the others' evidence away."""
    assert found(damaged(), columns=["city"]) == {cell for cell in WRONG if cell[1] == "city"}


def test_the_threshold_decides() -> None:
    """A higher threshold flags fewer cells, all of them among those of a lower one."""
    few, many = found(damaged(), threshold=0.95), found(damaged(), threshold=0.3)
    assert few < many
    assert (6, "city") in few


def test_the_state_is_bounded() -> None:
    """Many distinct values do not make a large state."""
    draw = np.random.default_rng(0)
    words = [f"{a}{b}" for a in "bcdfgh" for b in "aeiou"]
    names = ["".join(draw.choice(words, 4)) for _ in range(6000)]
    frame = pd.DataFrame({"name": names * 3, "code": [f"k{i}" for i in range(6000)] * 3})
    state = dp.DetectErrors(max_rows=10_000).fit(frame).states_[0]
    assert state["rows"] == pytest.approx(10_000, rel=0.05)
    assert len(json.dumps(state)) < 2_000_000


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"action": "drop"}, "action.*'drop'"),
        ({"threshold": 0.0}, "threshold"),
        ({"columns": ["citty"]}, "did you mean 'city'|Did you mean 'city'"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    """A wrong parameter is named with its value, a wrong column with the nearest one."""
    with pytest.raises(ConfigError, match=message):
        dp.DetectErrors(**parameters).fit(visits())


def test_whole_numbers_beyond_floats_are_left_alone() -> None:
    """A column whose numbers a float cannot tell apart is neither judged nor repaired."""
    frame = damaged().assign(key=[2**60 + i % 3 for i in range(120)])
    stage = dp.DetectErrors(action="repair").fit(frame)
    assert "key" not in stage.states_[0]["columns"]
    assert stage.transform(frame)["key"].tolist() == frame["key"].tolist()


@pytest.mark.skipif(not HOSPITAL.exists(), reason="the hospital table is not beside the checkout")
def test_hospital_detection_and_repair() -> None:
    """F1 is at least 0.85 for detection and 0.8 for repair, without a label."""
    dirty, clean = (
        pd.read_csv(HOSPITAL / f"hospital_{which}.csv", dtype=str, keep_default_na=False)
        for which in ("dirty", "clean")
    )
    clean.columns = dirty.columns
    report = dp.DetectErrors().fit(dirty).report(dirty)
    wrong = {(r, dirty.columns[c]) for r, c in zip(*np.nonzero(dirty != clean), strict=True)}
    flagged = set(zip(report["row"], report["column"], strict=True))
    right = {
        (row, name)
        for row, name, repair in report[["row", "column", "repair"]].itertuples(index=False)
        if (row, name) in wrong and repair == clean.loc[row, name]
    }
    assert 2 * len(flagged & wrong) / (len(flagged) + len(wrong)) >= 0.85
    assert 2 * len(right) / (report["repair"].notna().sum() + len(wrong)) >= 0.8


def test_numbers_of_many_digits_are_told_apart_and_rounding_is_not() -> None:
    """A repair writes all digits of what is implied, and a sum that is off by a last bit stays."""
    card, moment = 4111111111111522, 1700000000.123456
    frame = pd.DataFrame({"key": [f"k{i % 6}" for i in range(120)]})
    frame["card"] = [card + i % 6 for i in range(120)]
    frame["moment"] = [moment + i % 6 for i in range(120)]
    frame["sum"] = [0.3 + i % 6 for i in range(120)]
    wrong = frame.copy()
    wrong.loc[6, "card"], wrong.loc[12, "moment"], wrong.loc[18, "sum"] = 7, 9.5, 0.1 + 0.2
    out = dp.DetectErrors(action="repair").fit_transform(wrong)
    frame.loc[18, "sum"] = 0.1 + 0.2
    pd.testing.assert_frame_equal(out, frame, check_exact=True)


# ---- spelling


def spelled(tally: dict[str, int], text: str) -> tuple[float, str | None]:
    against = judge_spelling([text], learn_spelling(tally)).get(text)
    return (round(against.score, 2), against.repair) if against else (0.0, None)


def test_a_rare_neighbour_of_a_frequent_value_is_a_typo() -> None:
    """One edit from a value that is forty times as frequent, where values are far apart."""
    tally = {"birmingham": 40, "dothan": 30, "boaz": 30, "birminghxm": 1}
    score, repair = spelled(tally, "birminghxm")
    assert score > 0.9
    assert repair == "birmingham"
    assert spelled(tally, "montgomery") == (0.0, None)


def test_codes_that_are_all_alike_are_no_typos() -> None:
    """Where frequent values are one digit apart, a rare one that is so too says nothing."""
    tally = {f"A{i}": 50 for i in range(10, 20)} | {"A21": 1}
    assert spelled(tally, "A21") == (0.0, None)


def test_a_spelling_between_two_values_has_no_repair() -> None:
    """Two frequent values equally near leave open which one was meant."""
    tally = {"mats": 60, "maps": 60, "lion": 60, "zebu": 60, "maxs": 1}
    score, repair = spelled(tally, "maxs")
    assert repair is None
    assert score > 0.3


def test_a_value_beyond_those_that_are_kept_is_not_taken_for_a_rare_one() -> None:
    """Of thousands of equally frequent values, one that the profile does not hold is none less."""
    draw = np.random.default_rng(0)
    words = sorted({"".join(draw.choice([*"bdfklmnprstv"], 9)) for _ in range(4500)})
    learned = learn_spelling(dict.fromkeys([*words, f"zz{words[9]}"], 20))
    assert judge_spelling([f"zz{words[9]}"], learned) == {}


def test_capitals_and_blanks_are_a_matter_of_form() -> None:
    """A value that differs in capitals or blanks at its ends is the frequent one."""
    tally = {"New York": 80, "Boston": 60, "NEW YORK": 1, "Boston ": 1}
    assert spelled(tally, "NEW YORK")[1] == "New York"
    assert spelled(tally, "Boston ")[1] == "Boston"


# ---- formats


def test_shapes_forget_lengths() -> None:
    """A shape keeps what kind of signs follow each other."""
    assert loose_shape("al_scip-card-2") == "a_a-a-9"
    assert loose_shape("St. Vincent's East") == "A. A'a"


def formed(tally: dict[str, int], text: str) -> Any:
    return judge_format(text, learn_formats(tally))


def test_a_unit_among_plain_numbers_is_stripped() -> None:
    """However regular it is, a minority with a unit is not of the column's form."""
    tally = {"12.0": 60, "16.0": 25, "12.0 oz": 10, "16.0 oz.": 5}
    against = formed(tally, "12.0 oz")
    assert against.repair == "12.0"
    assert against.score >= 0.5
    assert formed(tally, "12.0") is None
    assert formed({"12": 50, "7": 30, "12b": 10, "7a": 10}, "12b") is None, "a house number"


def test_a_frequent_value_of_a_short_list_belongs_there() -> None:
    """Of codes and words from a list, one that many rows hold is right whatever its form."""
    tally = {"White": 900, "Black": 90, "Asian-Pacific": 10}
    assert formed(tally, "Asian-Pacific") is None


def test_words_for_missing_are_wrong_where_they_are_rare() -> None:
    """A word for missing that a tenth of the rows hold is one of the column's values."""
    tally = {f"name{chr(97 + i)}": 10 for i in range(20)}
    assert "missing" in formed(tally | {"unknown": 1}, "unknown").reason
    assert formed(tally | {"unknown": 20}, "unknown") is None


def test_a_value_of_the_column_is_no_word_for_missing() -> None:
    """Namibia's code, a level that is frequent in a short list, and people named Null stay."""
    lands = dict.fromkeys(("DE", "FR", "IT", "ES", "PT", "GB", "US", "CA", "MX", "BR"), 99)
    for count in (1, 12):
        assert formed(lands | {"NA": count}, "NA") is None
    assert "missing" in formed(lands | {"na": 1}, "na").reason
    garages = {"attached": 2000, "detached": 900, "none": 20}
    assert formed(garages, "none") is None
    names = {f"Na{chr(97 + i % 26)}{chr(97 + i // 26)}": 1 for i in range(600)}
    assert formed(names | {"Null": 5}, "Null") is None
    assert "missing" in formed(names | {"NULL": 5}, "NULL").reason


def test_free_text_has_no_format() -> None:
    """Where values have many shapes, none of them is wrong."""
    signs = "?!;:/&#%()"
    tally = {f"{signs[i % 10]}{i}{signs[i // 10]}{'ab'[i % 2]}": 1 for i in range(90)}
    assert formed(tally, "(something) else") is None


# ---- numbers


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([*range(17, 91)] * 3 + [999], [17.0, 90.0]),
        ([*range(17, 91)] * 3 + [-40], [17.0, 90.0]),
        ([0.0] * 1500 + [7.0, 90.0, 700.0, 5000.0, 99999.0], [0.0, 99999.0]),
        ([2.0**i for i in range(40)] * 4, [1.0, 2.0**39]),
        ([5.0] * 200, [None, None]),
        ([1.0, 2.0, 900.0], [None, None]),
        ([4e15 + i for i in range(1, 8)] * 20, [4e15 + 1, 4e15 + 7]),
    ],
    ids=["far", "negative", "mostly zero", "powers", "constant", "few", "many digits"],
)
def test_ends_of_numbers(values: list[float], ends: list[float | None]) -> None:
    """A gap wider than all before it ends a column; long tails and constants have no gap."""
    assert learn_ends(np.array(values)) == ends


def test_a_little_beyond_the_ends_is_nothing() -> None:
    """The oldest person yet is no error; a missing value is none either."""
    scores = judge_ends(np.array([91.0, np.nan, np.inf, 999.0]), [17.0, 90.0])
    assert scores.tolist()[:2] == [0.0, 0.0]
    assert min(scores.tolist()[2:]) >= 0.5


# ---- dependencies, votes, combinations


def levels(**columns: list[str | None]) -> dict[str, Any]:
    return {name: levels_of(np.array(v, object), "text") for name, v in columns.items()}


def test_a_dependency_is_found_through_its_errors() -> None:
    """Three wrong cells in a hundred hide no dependency; a column of chance has none."""
    town = [f"t{i % 10}" for i in range(300)]
    state = [f"s{i % 10 % 4}" for i in range(300)]
    state[7] = state[108] = state[209] = "s9"
    noise = [f"n{(i * 7919) % 97 % 5}" for i in range(300)]
    learned = learn_dependencies(levels(town=town, state=state, noise=noise), np.arange(300))
    assert [(one["by"], one["gives"]) for one in learned] == [(["town"], "state")]
    assert learned[0]["groups"]["t0"] == ["s0", 30, 30]


def test_two_columns_together_may_give_a_third() -> None:
    """A compound left side is found where no single column gives the value."""
    a = [f"a{i % 8}" for i in range(640)]
    b = [f"b{i // 8 % 8}" for i in range(640)]
    c = [f"c{(i % 8 * 3 + i // 8 % 8) % 11}" for i in range(640)]
    learned = learn_dependencies(levels(a=a, b=b, c=c), np.arange(640))
    assert ["a", "b"] in [one["by"] for one in learned if one["gives"] == "c"]


def test_repeated_rows_make_no_dependency() -> None:
    """A row that comes again says nothing about what its columns imply."""
    once = list(range(120))
    rows = [*once, *once[:50]]
    texts, other = [f"v{i}" for i in rows], [f"w{i * 7 % 120}" for i in rows]
    assert learn_dependencies(levels(a=texts, b=other), np.arange(170)) == []


def test_the_column_that_contradicts_all_is_the_wrong_one() -> None:
    """Where a code contradicts all that it gives, the code is not believed."""
    rows = [TOWNS[i * 7 % 6] for i in range(120)]
    zips, cities, states = ([row[k] for row in rows] for k in range(3))
    given = levels(zip=zips, city=cities, state=states)
    learned = learn_dependencies(given, np.arange(120))
    zips[0], row = "99504", levels(zip=["99504"], city=[cities[0]], state=[states[0]])
    votes = votes_on(row, learned)
    assert votes["city"].score[0] == 0
    assert votes["state"].score[0] == 0
    assert votes["zip"].score[0] > 0.5
    assert votes["zip"].implied(0) == "35233"


def test_two_cells_that_contradict_each_other_are_both_suspicious() -> None:
    """With no third column to tell which is wrong, both score a half and neither is repaired."""
    zips = [f"z{i % 6}" for i in range(120)]
    cities = [f"c{i % 6}" for i in range(120)]
    learned = learn_dependencies(levels(zip=zips, city=cities), np.arange(120))
    votes = votes_on(levels(zip=["z1"], city=["c2"]), learned)
    assert [votes[name].score[0] for name in ("zip", "city")] == [0.5, 0.5]
    assert [votes[name].implied(0) for name in ("zip", "city")] == [None, None]
    assert votes["zip"].reason(0) == "city gives 'z2' in most rows; city itself may be wrong"


def test_a_combination_that_never_occurs_is_implausible() -> None:
    """Both values are frequent, and together they are not; the one in two of them is to blame."""
    who = ["husband", "wife"] * 200
    sex = ["m", "f"] * 200
    title = ["mr", "mrs"] * 200
    learned = learn_combinations(levels(who=who, sex=sex, title=title))
    conflicts = conflicts_in(levels(who=["husband"], sex=["f"], title=["mr"]), learned)
    assert conflicts["sex"].score[0] == 0.7
    assert conflicts["who"].score[0] == 0.0
    assert conflicts["sex"].reason(0) == "hardly ever together with what title and who holds"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([1.0, 2.5, np.nan]), "float"),
        (np.array([1e300, 0.1 + 0.25, -np.inf, 1700000000.123457]), "float"),
        (np.array([4111111111111521.0, 4111111111111522.0]), "integer"),
        (np.array([3.0, np.nan, -4.0]), "integer"),
        (np.array([1.0, 0.0, np.nan]), "boolean"),
        (np.array(["2024-01-31", "NaT"], "datetime64[us]"), "date"),
        (np.array(["b", None, "a", "b"], object), "text"),
    ],
)
def test_texts_and_back(values: np.ndarray, kind: Any) -> None:
    """A column as levels and back is the same column."""
    given = levels_of(values, kind)
    texts = np.array([given.texts[c] if c >= 0 else None for c in given.codes], object)
    again = values_of(texts, kind)
    same = again == values if kind == "text" else (again == values) | (again != again)
    assert same.all()
