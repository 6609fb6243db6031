"""``dataprep label-queue``, ``dp.label_queue`` and ``dp.merge_labels``: out, filled in, back."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.cli import answer
from dataprep.errors import ConfigError, DataError, ReadError
from dataprep.labels.queueing import uncertainty, unlike, worth_asking

QUICK = ("--teacher", "logistic_regression")


def rows(n: int = 300, *, known: float = 0.5, wrong: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows of two classes, some labels missing and some wrong, and the true labels."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=n).round(3), rng.normal(size=n).round(3)
    truth = np.where(a + b > 0, "good", "bad").astype(object)
    y = truth.copy()
    y[rng.random(n) > known] = None
    sure = np.flatnonzero((np.abs(a + b) > 1.2) & (y != None))[:wrong]  # noqa: E711 - of an array
    y[sure] = np.where(truth[sure] == "good", "bad", "good")
    codes = [f"{i:04d}" for i in range(n)]
    return pd.DataFrame({"id": codes, "a": a, "b": b, "y": y}), truth


def ask(data: Any, **asked: Any) -> pd.DataFrame:
    """Return a queue that a quick classifier chooses."""
    return dp.label_queue(data, "y", **{"teacher": "logistic_regression", **asked})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    rows()[0].assign(day="2024-05-01").to_csv(path, index=False)
    return path


def filled(path: Path, truth: np.ndarray, **changed: str) -> pd.DataFrame:
    """Fill in a queue as a person would, and return it as text."""
    queue = pd.read_csv(path, dtype=str, keep_default_na=False)
    queue["_label"] = [truth[int(row)] for row in queue["_row"]]
    for name, value in changed.items():
        queue[name] = value
    queue.to_csv(path, index=False)
    return queue


def test_a_queue_goes_out_and_comes_back(file: Path, capsys: Any) -> None:
    """Command line: asked for, filled in, merged with provenance, undone byte by byte."""
    frame, truth = rows()
    assert answer(["label-queue", str(file), "--target", "y", "-n", "20", *QUICK]) == 0
    said = capsys.readouterr().out
    assert "20 rows" in said
    assert f"label-queue {file} --target y --merge {file.with_name('in.queue.csv')}" in said
    queue = filled(file.with_name("in.queue.csv"), truth, _by="ann", _at="2024-05-01")
    assert set(queue["_reason"].str.split(":").str[0]) == {"uncertain", "likely wrong"}
    assert (queue["id"].str.len() == 4).all()
    merge = [
        "label-queue",
        str(file),
        "--target",
        "y",
        "--merge",
        str(file.with_name("in.queue.csv")),
    ]
    assert answer([*merge, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["rows_in"] == summary["rows_out"] == 300
    out = file.with_name("in.labelled.csv")
    data = pd.read_csv(out, dtype=str)
    asked = queue["_row"].astype(int).tolist()
    assert data.loc[asked, "y"].tolist() == truth[asked].tolist()
    untouched = [row for row in range(300) if row not in asked]
    assert data.loc[untouched, "y"].equals(frame.loc[untouched, "y"])
    ledger = pd.read_parquet(file.with_name("in.labelled.dataprep") / "ledger.parquet")
    assert set(ledger["action"]) == {"relabel"}
    assert ledger["reason"].str.startswith("labelled by ann on 2024-05-01; asked for: ").all()
    assert answer(["undo", str(out), "-q"]) == 0
    assert file.with_name("in.labelled.restored.csv").read_bytes() == file.read_bytes()


def test_likely_wrong_rows_are_wrong() -> None:
    """Where every row has a label, the queue finds those that were made wrong."""
    frame, truth = rows(known=1.1)
    queue = ask(frame, n=6)
    assert queue["_reason"].str.startswith("likely wrong").all()
    wrong = [truth[row] != was for row, was in zip(queue["_row"], queue["_was"], strict=True)]
    assert np.mean(wrong) >= 0.5
    right = [
        truth[row] == told for row, told in zip(queue["_row"], queue["_suggested"], strict=True)
    ]
    assert np.mean(right) >= 0.5


def test_without_labels_representatives_are_asked_for() -> None:
    """Nothing labelled: one row of each group, no two alike."""
    frame = pd.DataFrame({"x": np.repeat([0.0, 10.0, 50.0], 30), "y": [None] * 90})
    queue = ask(frame, n=3)
    assert sorted(queue["x"]) == [0.0, 10.0, 50.0]
    assert queue["_reason"].tolist() == ["representative: of 30 rows like it"] * 3
    merged = dp.merge_labels(frame, queue.assign(_label=["p", "q", "r"]), "y")
    assert sorted(merged.data["y"].dropna()) == ["p", "q", "r"]


def test_copies_of_a_row_are_asked_for_once() -> None:
    """A hundred copies of the most uncertain row are one question."""
    frame, _ = rows()
    near = frame[frame["y"].isna()].assign(a=0.0, b=0.0)
    many = pd.concat([frame, near], ignore_index=True).drop(columns="id")
    queue = ask(many, n=30, strategy="uncertain")
    assert ((queue["a"] == 0.0) & (queue["b"] == 0.0)).sum() <= 1


def test_copies_leave_room_for_other_rows() -> None:
    """Eight kinds of rows, two hundred copies of each: eight questions."""
    frame = pd.DataFrame({"a": np.repeat(np.arange(8.0), 200)})
    drawn = np.random.default_rng(0).random((2, 1600))
    label = np.where(frame["a"] + 2 * drawn[0] > 4.5, "good", "bad").astype(object)
    frame["y"] = np.where(drawn[1] < 0.8, None, label)
    queue = ask(frame, n=8, strategy="uncertain")
    assert sorted(queue["a"]) == list(range(8))


def test_the_same_queue_from_frame_and_file(file: Path) -> None:
    """Same seed, same rows, whether they come from pandas, Polars or a file."""
    import polars as pl

    frame, _ = rows()
    expected = ask(frame, n=12)["_row"].tolist()
    assert ask(pl.from_pandas(frame), n=12)["_row"].tolist() == expected
    assert ask(str(file), n=12)["_row"].tolist() == expected


def test_a_class_of_one_group_is_not_taken_for_wrong() -> None:
    """Nobody of another group could know the class: it is told, and its rows are not asked for."""
    frame, _ = rows(known=1.0)
    frame["g"] = np.arange(300) % 20
    frame.loc[frame["a"] > 1, ["y", "g"]] = ["far", 99]
    queue = ask(frame, n=20, strategy="wrong", group="g", columns=["a", "b"])
    assert len(queue)
    assert set(frame.loc[queue["_row"], "y"]) == {"good", "bad"}


def test_rows_without_a_group_are_no_group() -> None:
    """Each is one for itself: a class of such rows is judged, in a queue and by LabelErrors."""
    frame, _ = rows(200, known=1.0)
    frame["who"] = np.where(frame["y"] == "good", None, [f"p{i % 40}" for i in range(200)])
    columns = ["a", "b"]
    queue = ask(frame, n=20, strategy="wrong", columns=columns, group="who")
    assert not queue.attrs["notes"]
    assert (queue["_was"] == "good").any()
    stage = dp.LabelErrors("logistic_regression", columns=columns, group="who")
    result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    assert len(stage.verdicts_.rows) == 200
    assert not any("not judged" in note for note in result.summary["stages"][0]["notes"])


def test_a_target_of_several_chunks_comes_back_as_one_of_chunks() -> None:
    """Whether a class is new or not, y is of the type that was given."""
    y = pa.chunked_array([["no", "no"], [None, "no"]])
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    stage = dp.MergeLabels([{"row": 2, "label": "yes"}], new_labels=True)
    found = stage.fit_resample(X, y)[1]
    assert isinstance(found, pa.ChunkedArray)
    assert found.to_pylist() == ["no", "no", "yes", "no"]


@pytest.mark.parametrize("kind", [list, tuple])
def test_nan_among_labels_of_a_list_is_no_class(kind: Any) -> None:
    """Series.tolist() gives such lists: NaN is missing there, and no text."""
    y = kind(["a", float("nan"), "b", "a"])
    stage = dp.MergeLabels([{"row": 1, "label": "b"}])
    found = stage.fit_resample(pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}), y)[1]
    assert list(found) == ["a", "b", "b", "a"]


def test_a_queue_weighs_rows_as_label_errors_does(tmp_path: Path) -> None:
    """Rows with the role weight teach by their weights: the same labels seem wrong."""
    frame, _ = rows(300, known=1.0)
    frame["w"] = np.where(frame["a"] > 0, 1.0, 0.01)
    frame[["a", "b", "w", "y"]].to_csv(tmp_path / "in.csv", index=False)
    table = dp.read(tmp_path / "in.csv")
    queue = ask(replace(table, roles={"w": "weight"}), n=300, strategy="wrong")
    stage = dp.LabelErrors("logistic_regression")
    dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline([stage], target="y", weight="w"))
    told = stage.verdicts_
    assert sorted(queue["_row"]) == told.rows[told.wrong].tolist()
    assert sorted(ask(table, n=300, strategy="wrong", columns=["a", "b"])["_row"]) != sorted(
        queue["_row"]
    )


def test_what_cannot_be_merged_is_told_and_nothing_is_lost() -> None:
    """Contradictions, changed rows, unknown labels and rows: each told; the rest is merged."""
    frame, truth = rows()
    queue = ask(frame, n=9)
    queue["_label"] = [truth[row] for row in queue["_row"]]
    first, second, third, fourth = queue["_row"].tolist()[:4]
    queue.loc[0, "_label"] = "god"
    queue.loc[9] = queue.loc[1]
    queue.loc[9, "_label"] = "good" if truth[second] == "bad" else "bad"
    changed = frame.copy()
    changed.loc[third, "a"] = 99.0
    queue.loc[3, "_row"] = 10**6
    result = dp.merge_labels(changed, queue, "y", by="ann")
    stage = result.pipeline.stages[0]
    assert stage.outcomes_["unknown_label"] == [first]
    assert stage.outcomes_["contradicted"] == [second]
    assert stage.outcomes_["changed"] == [third]
    assert stage.outcomes_["no_such_row"] == [10**6]
    assert len(stage.outcomes_["merged"]) + len(stage.outcomes_["confirmed"]) == 5
    left = [first, second, third, fourth]
    assert result.data.loc[left, "y"].equals(changed.loc[left, "y"])
    notes = " ".join(result.summary["stages"][0]["notes"])
    for told in (
        "people do not agree",
        "no class of that name",
        "no such row",
        "not what the queue",
    ):
        assert told in notes
    assert result.undo().equals(changed)
    allowed = dp.merge_labels(changed, queue, "y", new_labels=True).data
    assert allowed.loc[first, "y"] == "god"


def test_merging_twice_confirms() -> None:
    """A queue that was merged already changes nothing the second time."""
    frame, truth = rows()
    queue = ask(frame, n=9)
    queue["_label"] = [truth[row] for row in queue["_row"]]
    once = dp.merge_labels(frame, queue, "y").data
    again = dp.merge_labels(once, queue, "y")
    assert again.data.equals(once)
    assert len(again.pipeline.stages[0].outcomes_["confirmed"]) == 9


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16"), (";", "windows-1252")]
)
def test_a_queue_comes_back_as_a_spreadsheet_saves_it(
    file: Path, delimiter: str, encoding: str
) -> None:
    """Semicolons, tabs, a byte order mark, Windows-1252, UTF-16, a line that says which."""
    _, truth = rows()
    path = file.with_name("queue.csv")
    ask(str(file), n=6).to_csv(path, index=False)
    queue = filled(path, truth, _by="J\u00f6rg")
    queue.to_csv(path, index=False, sep=delimiter, encoding=encoding)
    if encoding == "windows-1252":
        path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    result = dp.merge_labels(str(file), path, "y")
    outcomes = result.pipeline.stages[0].outcomes_
    assert len(outcomes["merged"]) + len(outcomes["confirmed"]) == 6
    assert len(result.ledger) == len(outcomes["merged"]) > 0
    assert result.ledger["reason"].str.startswith("labelled by J\u00f6rg").all()


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_a_queue_that_is_no_text_is_told_so(file: Path, suffix: str) -> None:
    """An Excel or a Parquet file has the columns, but no first line of CSV."""
    path = file.with_name(f"queue.{suffix}")
    getattr(ask(str(file), n=6), {"xlsx": "to_excel", "parquet": "to_parquet"}[suffix])(path)
    with pytest.raises(ReadError, match="is no CSV, as an Excel or a Parquet file is none"):
        dp.merge_labels(str(file), path, "y")


def test_who_confirms_a_label_is_told(file: Path, capsys: Any) -> None:
    """A label that was right is no change for the ledger: a note says whose word it is."""
    queue = ask(str(file), n=6, strategy="wrong")
    queue["_label"] = queue["_was"]
    queue.loc[0, "_by"] = "bob"
    queue.to_csv(path := file.with_name("queue.csv"), index=False)
    words = ["label-queue", str(file), "--target", "y", "--merge", str(path), "--by", "ann"]
    assert answer(words) == 0
    said = capsys.readouterr().out
    assert f"{len(queue)} had that label already, as bob, ann confirmed" in said
    assert "The same on new rows" not in said


def test_labels_of_people_are_no_part_of_a_budget(file: Path) -> None:
    """In a pipeline before a split and resampling: a person's label is a row of the source."""
    frame, truth = rows()
    queue = ask(frame, n=30)
    answers = [{"row": int(row), "label": truth[row], "by": "ann"} for row in queue["_row"]]
    stages = [
        dp.MergeLabels(answers),
        dp.DropMissing(columns=["y"]),
        dp.Split(test=0.25),
        dp.RandomOverSampler(max_synthetic=0.5),
    ]
    result = dp.clean(frame, pipeline=dp.Pipeline(stages, target="y", id="id"))
    counts = result.train["y"].value_counts()
    assert counts["good"] == counts["bad"]
    assert result.summary["stages"][0]["facts"]["merged"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--target", "z"], "target: "),
        (["--target", "y", "--strategy", "wrng"], "Did you mean 'wrong'?"),
        (["--target", "y", "--teacher", "forest"], "unknown estimator 'forest'"),
        (["--target", "y", "-n", "0"], "n: 0"),
        (
            ["--target", "y", "-o", "queue.parquet"],
            "-o: a queue is a CSV, and 'queue.parquet' is not",
        ),
        (["--target", "day"], "'day' is of kind date, it names no classes"),
        (["--target", "y", "--by", "ann"], "--by: is for --merge"),
        (["--target", "y", "--merge", "absent.csv"], "absent.csv: cannot be read"),
        (["--target", "y", "--merge", "filled.csv", "--at", "31/31/2024"], "is no date"),
        (["--target", "y", "--merge", "absent.csv", "-n", "3"], "-n: has no say beside --merge"),
    ],
)
def test_wrong_usage_is_told_without_a_traceback(
    file: Path, capsys: Any, monkeypatch: Any, words: list[str], told: str
) -> None:
    """Each error names the flag or the file, and what to do."""
    file.with_name("filled.csv").write_text("_row,_label\n1,good\n")
    monkeypatch.chdir(file.parent)
    assert answer(["label-queue", str(file), *words]) in (2, 3)
    assert told in capsys.readouterr().err


def test_a_filled_queue_is_not_overwritten(file: Path, capsys: Any) -> None:
    """Hours of work are not lost to a second call; -f is the only way."""
    ask = ["label-queue", str(file), "--target", "y", "-n", "3", "-q", *QUICK]
    assert answer(ask) == 0
    assert answer(ask) == 2
    assert "is there already" in capsys.readouterr().err
    assert answer([*ask, "-f"]) == 0


def test_a_queue_that_somebody_filled_in_is_never_overwritten(file: Path, capsys: Any) -> None:
    """It is a person's work, which -f does not throw away; an empty one may go."""
    _, truth = rows()
    ask = ["label-queue", str(file), "--target", "y", "-n", "6", "-q", *QUICK]
    assert answer(ask) == answer([*ask, "-f"]) == 0
    queue = file.with_name("in.queue.csv")
    filled(queue, truth)
    held = queue.read_bytes()
    assert answer([*ask, "-f"]) == 2
    assert "somebody filled in 6 labels there" in capsys.readouterr().err
    assert queue.read_bytes() == held


def test_a_queue_is_no_part_of_what_is_read(tmp_path: Path, capsys: Any) -> None:
    """A pattern would find a queue, or what is merged, beside its files: a name is asked for."""
    for name in ("a", "b"):
        rows(200)[0].to_csv(tmp_path / f"{name}.csv", index=False)
    command = ["label-queue", str(tmp_path / "*.csv"), "--target", "y"]
    queue = tmp_path / "queue.csv"
    assert answer([*command, "-n", "4", *QUICK]) == 2
    assert "a.queue.csv would lie among the 2 files that are read" in capsys.readouterr().err
    queue.write_text("_row,_label\n2,good\n")
    assert answer([*command, "--merge", str(queue), "-o", str(tmp_path / "out.csv")]) == 2
    assert "queue.csv: is the queue, and among what is read" in capsys.readouterr().err


def test_the_next_command_reads_alike(tmp_path: Path, capsys: Any) -> None:
    """It has the flags by which the file was read: as it stands, it merges all answers."""
    frame, truth = rows()
    path = tmp_path / "in.csv"
    frame.fillna({"y": "?"}).to_csv(path, index=False, sep=";")
    flags = ["--missing-value", "?", "--missing-value", "a b", "--delimiter", ";", "--header"]
    words = ["label-queue", str(path), "--target", "y", "-n", "6", *QUICK, *flags]
    assert answer(words) == 0
    said = capsys.readouterr().out.strip().rpartition("then: dataprep ")[2]
    assert said.endswith("--delimiter ';' --header --missing-value '?' --missing-value 'a b'")
    filled(tmp_path / "in.queue.csv", truth)
    assert answer(shlex.split(said)) == 0
    assert "6 of 6 labelled rows were merged" in capsys.readouterr().out


def test_answers_without_a_key_are_told(file: Path) -> None:
    """Where the column was deleted, nobody can tell whether rows have moved: a note says so."""
    queue = [{"_row": row, "_label": "good"} for row in (1, 2, 3, 4)]
    result = dp.merge_labels(str(file), queue, "y", new_labels=True)
    merged = len(result.ledger)
    told = f"{merged} of them without a key: not checked whether the rows are the same"
    assert merged
    assert told in result.summary["stages"][0]["notes"]


def test_a_merge_behind_a_split_is_told_where_it_belongs() -> None:
    """Rows that are held out are not there any more, and others have a column more."""
    frame, truth = rows(120, known=1.0)
    given = [{"row": row, "label": str(truth[row])} for row in range(120)]
    steps = [dp.Split(test=0.3), dp.MergeLabels(given)]
    result = dp.clean(frame, pipeline=dp.Pipeline(steps, target="y"))
    told = "behind a split: rows that are held out get no label; put it before"
    assert told in result.summary["stages"][1]["notes"]


def test_no_cell_of_the_input_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    """A formula gets an apostrophe, a negative number does not; the merge is not troubled."""
    frame, truth = rows(60)
    frame["note"] = "=HYPERLINK(1)"
    path = tmp_path / "in.csv"
    frame.to_csv(path, index=False)
    assert answer(["label-queue", str(path), "--target", "y", "-n", "8", "-q", *QUICK]) == 0
    queue = filled(path.with_name("in.queue.csv"), truth)
    assert set(queue["note"]) == {"'=HYPERLINK(1)"}
    assert queue["a"].astype(float).lt(0).any()
    stage = dp.merge_labels(str(path), path.with_name("in.queue.csv"), "y").pipeline.stages[0]
    assert not stage.outcomes_["changed"]


def test_labels_that_are_formulas_go_out_and_come_back(tmp_path: Path) -> None:
    """They get an apostrophe in all columns of a queue, and are the same classes without it."""
    frame, _ = rows(300, known=1.0)
    formulas = {"good": "=HYPERLINK(1)", "bad": "@cmd"}
    path = tmp_path / "in.csv"
    frame.assign(y=frame["y"].map(formulas)).to_csv(path, index=False)
    assert answer(["label-queue", str(path), "--target", "y", "-n", "6", "-q", *QUICK]) == 0
    queue = pd.read_csv(tmp_path / "in.queue.csv", dtype=str, keep_default_na=False)
    assert len(queue)
    for name in ("_was", "_suggested", "y"):
        assert set(queue[name]) <= {"'=HYPERLINK(1)", "'@cmd"}
    queue.assign(_label=queue["_suggested"]).to_csv(tmp_path / "in.queue.csv", index=False)
    result = dp.merge_labels(str(path), tmp_path / "in.queue.csv", "y")
    numbers = queue["_row"].astype(int).tolist()
    assert result.pipeline.stages[0].outcomes_["merged"] == sorted(numbers)
    assert set(result.ledger["after"]) <= set(formulas.values())


def test_answers_of_any_plain_type_are_taken() -> None:
    """YAML makes numbers and dates of what people write: they count as texts."""
    day = dt.date(2024, 5, 1)
    given = [
        {"row": 0, "label": "bad", "by": 7, "at": day, "was": None},
        {"row": 0, "label": "bad", "by": "ann", "reason": 3},
    ]
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": ["good", "bad", "good"]})
    stage = dp.MergeLabels(given)
    result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    assert result.ledger["reason"].tolist() == ["labelled by 7, ann on 2024-05-01; asked for: 3"]
    numbers = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    stage = dp.MergeLabels([{"row": 0, "label": 1, "was": 0}, {"row": 1, "label": 0, "was": 0}])
    dp.clean(numbers, pipeline=dp.Pipeline([stage], target="y"))
    assert (stage.outcomes_["merged"], stage.outcomes_["changed"]) == ([0], [1])


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("on", "off"), ("wahr", "falsch")])
def test_truth_values_are_merged_as_written(words: tuple[str, str], tmp_path: Path) -> None:
    """The words of a file are names of its classes, and so are those of a spreadsheet."""
    path, queue = tmp_path / "in.csv", tmp_path / "queue.csv"
    labels = [*words, ""] * 20
    path.write_text("a,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(labels)))
    queue.write_text(f"_row,_label\n2,{words[0]}\n5,{words[1]}\n8,TRUE\n11,false\n")
    stage = dp.merge_labels(str(path), queue, "y").pipeline.stages[0]
    assert stage.outcomes_["merged"] == [2, 5, 8, 11]
    frame = pd.DataFrame({"a": range(4), "y": pd.array([True, False, None, None], "boolean")})
    given = [{"_row": 2, "_label": words[0]}, {"_row": 3, "_label": words[1]}]
    assert dp.merge_labels(frame, given, "y").data["y"].tolist() == [True, False, True, False]


@pytest.mark.parametrize(("text", "meant"), [("v2.0", None), ("2.0", "2"), ("2.", "2")])
def test_only_numbers_lose_a_point_and_naught(text: str, meant: str | None) -> None:
    """Among texts 2.0 may be the class 2 in a spreadsheet; v2.0 is another name than v2."""
    frame = pd.DataFrame({"x": range(4), "y": pd.Series(["v2", "2", "w", None], dtype=object)})
    stage = dp.MergeLabels([{"row": 3, "label": text}])
    merged = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y")).data["y"][3]
    assert merged == meant or (meant is None and pd.isna(merged))


def test_strategies_that_have_no_rows_say_so() -> None:
    """Everything labelled, or hardly anything: an error with the strategy that works."""
    frame, _ = rows(known=1.1)
    with pytest.raises(DataError, match="every row has a label"):
        ask(frame, strategy="uncertain")
    scarce = frame.assign(y=[*frame["y"][:3], *[None] * 297])
    with pytest.raises(DataError, match="strategy: fewer than two classes"):
        ask(scarce, strategy="wrong")
    assert ask(scarce, n=4)["_reason"].str.startswith("representative").all()
    with pytest.raises(DataError, match="strategy: fewer than two classes"):
        ask(frame.assign(y=[f"t{i}" for i in range(300)]))
    with pytest.raises(ConfigError, match="n: 0"):
        ask(frame, n=0)
    with pytest.raises(DataError, match="data: there is no row"):
        ask(frame[:0])


def test_measures_of_uncertainty() -> None:
    """Golden values of margin, entropy and least confidence; all agree on the extremes."""
    P = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3] * 3])
    assert uncertainty(P, "margin").tolist() == [0.0, 1.0, 1.0]
    assert uncertainty(P, "entropy").round(3).tolist() == [0.0, 0.631, 1.0]
    assert uncertainty(P, "least_confident").round(3).tolist() == [0.0, 0.5, 0.667]


def test_rows_far_apart_cover_all_within_twice_the_best_radius() -> None:
    """The greedy choice of centres is within a factor of two of the best one (Gonzalez 1985)."""
    X = np.random.default_rng(0).normal(size=(40, 2))
    centres = unlike(X, 3)
    radius = np.sqrt(((X[:, None] - X[centres]) ** 2).sum(axis=2)).min(axis=1).max()
    best = min(
        np.sqrt(((X[:, None] - X[[i, j, k]]) ** 2).sum(axis=2)).min(axis=1).max()
        for i in range(40)
        for j in range(i)
        for k in range(j)
    )
    assert radius <= 2 * best
    assert len(worth_asking(np.zeros(40), X, np.arange(40), 3)) == 3


NUMBERS = {
    "int64": pd.DataFrame({"x": range(6), "y": [1, 2, 1, 2, 2, 1]}),
    "uint8": pd.DataFrame({"x": range(6), "y": np.array([1, 2, 1, 2, 2, 1], "uint8")}),
    "float64": pd.DataFrame({"x": range(6), "y": [1, 2, 1, 2, 2, np.nan]}),
    "Int8 of Polars": pl.DataFrame(
        {"x": range(6), "y": [1, 2, 1, 2, 2, None]}, schema_overrides={"y": pl.Int8}
    ),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_no_number_is_merged_that_the_column_cannot_hold(kind: str) -> None:
    """Fractions among whole numbers, infinity, what is too large: told, never another number."""
    frame = NUMBERS[kind]
    labels = ["2.5", "inf", "9007199254740993", "1e400", "300", "1.0"]
    answers = [{"row": i, "label": label} for i, label in enumerate(labels)]
    stage = dp.MergeLabels(answers, new_labels=True)
    data = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y")).data
    was = {"int64": [1, 2, 9007199254740993, 2, 300, 1], "float64": [2.5, 2, 1, 2, 300, 1]}
    assert data["y"].to_list() == was.get(kind, [1, 2, 1, 2, 2, 1])
    assert data["y"].dtype == frame["y"].dtype
    assert {1, 3} < set(stage.outcomes_["unknown_label"])


def test_large_whole_numbers_are_merged_to_the_last_digit() -> None:
    """Classes beyond 2**53, which floats do not tell apart, in a column that looks like a name."""
    low, high = 2**53 + 1, 2**53 + 3
    frame = pl.DataFrame({"x": range(5), "class_id": [low, high, low, high, None]})
    answers = [{"row": 4, "label": str(low)}, {"row": 0, "label": str(high)}]
    pipeline = dp.Pipeline([dp.MergeLabels(answers)], target="class_id")
    assert dp.clean(frame, pipeline=pipeline).data["class_id"].to_list() == [
        high, high, low, high, low
    ]  # fmt: skip


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "list"])
def test_a_queue_comes_back_in_any_frame(library: str) -> None:
    """A queue of numbers that pandas wrote again (1 became 1.0) is merged from every library."""
    frame, truth = rows()
    frame["y"] = frame["y"].map({"good": 1, "bad": 0}).astype("Int64")
    queue = ask(frame, n=9)
    queue["_label"] = [float(truth[row] == "good") for row in queue["_row"]]
    queue["_was"] = pd.to_numeric(queue["_was"])
    given: Any = {
        "pandas": lambda: queue,
        "polars": lambda: pl.from_pandas(queue),
        "pyarrow": lambda: pa.Table.from_pandas(queue),
        "list": lambda: queue.to_dict("records"),
    }[library]()
    stage = dp.merge_labels(frame, given, "y").pipeline.stages[0]
    assert len(stage.outcomes_["merged"]) + len(stage.outcomes_["confirmed"]) == 9


@pytest.mark.parametrize("queue", [None, 5, [1], {"_row": 1}, pd.DataFrame({"row": [1]})])
def test_what_is_no_queue_is_refused_in_words(queue: Any) -> None:
    """A frame without the columns, or no frame at all."""
    with pytest.raises(ConfigError, match="queue: no rows with _row and _label"):
        dp.merge_labels(rows()[0], queue, "y")


def test_another_row_with_the_same_label_is_no_confirmation() -> None:
    """A row gone at the top: no answer is for the row that has its number now."""
    frame, truth = rows()
    queue = ask(frame, n=20)
    queue["_label"] = [truth[row] for row in queue["_row"]]
    result = dp.merge_labels(frame.iloc[1:], queue, "y")
    assert len(result.pipeline.stages[0].outcomes_["changed"]) == 20
    assert result.data["y"].equals(frame["y"].iloc[1:])


def test_who_disagrees_and_what_classes_there_are_is_told(file: Path, capsys: Any) -> None:
    """Two people in two lines, a slip of the pen, and a cell with a break that ends no line."""
    _, truth = rows()
    path = file.with_name("queue.csv")
    ask(str(file), n=6).to_csv(path, index=False)
    queue = filled(path, truth, _by="ann", b="one\u2028two")
    queue.loc[6] = queue.loc[0]
    other = "good" if queue.loc[0, "_label"] == "bad" else "bad"
    queue.loc[6, ["_label", "_by"]] = [other, "bob"]
    queue.loc[1, "_label"] = "god"
    queue.to_csv(path, index=False)
    assert answer(["label-queue", str(file), "--target", "y", "--merge", str(path)]) == 0
    said = capsys.readouterr().out
    assert f"({queue.loc[0, '_label']} by ann, {other} by bob)" in said
    assert "no class of that name among bad, good; --new-labels" in said
    assert "4 of 6 labelled rows were merged" in said or "had that label already" in said


def test_a_recipe_names_a_queue_beside_it(file: Path) -> None:
    """A relative path starts from the folder of the pipeline file, wherever one is."""
    _, truth = rows()
    folder = file.parent / "recipes"
    folder.mkdir()
    ask(str(file), n=6).to_csv(folder / "queue.csv", index=False)
    filled(folder / "queue.csv", truth)
    recipe = folder / "recipe.yaml"
    recipe.write_text("target: y\nstages: [{merge_labels: {answers: queue.csv, by: ann}}]\n")
    assert answer(["clean", str(file), "--pipeline", str(recipe), "-q"]) == 0
    ledger = pd.read_parquet(file.parent / "in.clean.dataprep" / "ledger.parquet")
    assert ledger["reason"].str.startswith("labelled by ann").all()
    assert len(ledger)
