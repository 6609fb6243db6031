"""Probabilities from elsewhere: which column is of which class."""

from __future__ import annotations

from typing import Any

import pytest

import dataprep as dp
from dataprep.errors import DataError
from dataprep.stages.labels.given_probabilities import by_name


@pytest.mark.parametrize(
    ("names", "labels", "kind", "classes", "at"),
    [
        (["True", "False"], [False, True], "boolean", [False, True], [1, 0]),
        (["true", "false"], [True], "boolean", [True, False], [0, 1]),
        (["2", "1", "total"], [1.0], "integer", [1.0, 2], [1, 0]),
        (["0.5", "2"], [2.0], "float", [2.0, 0.5], [1, 0]),
        (["b", "a"], ["a"], "text", ["a", "b"], [1, 0]),
    ],
)
def test_columns_are_named_as_classes_are_written(
    names: list[str], labels: list[Any], kind: Any, classes: list[Any], at: list[int]
) -> None:
    """Truth values in either way, numbers as numbers; what means none of them is no class."""
    columns = {name: i for i, name in enumerate(names)}
    assert by_name(columns, labels, kind, "probabilities") == (classes, at)


@pytest.mark.parametrize("words", [("no", "yes"), ("N", "Y"), ("false", "true")])
def test_columns_are_named_as_a_file_writes_truth_values(words: tuple[str, str], tmp_path) -> None:
    """A file's no and yes are truth values inside, and the columns are named as the file has it."""
    no, yes = words
    rows = [f"0.9,0.1,{no}\n0.2,0.8,{yes}\n"] * 20
    (tmp_path / "in.csv").write_text(f"p_{no},p_{yes},y\n" + "".join(rows) + f"0.1,0.9,{no}\n")
    stage = dp.LabelErrors(probabilities="p_", action="drop")
    result = dp.clean(tmp_path / "in.csv", pipeline=dp.Pipeline([stage], target="y"))
    assert result.summary["stages"][-1]["facts"]["acted_on"] == 1


def test_a_label_without_a_column_is_told_with_the_nearest_name() -> None:
    """The name that was looked for, and the one that may be meant."""
    with pytest.raises(DataError, match=r"no column 'p_yes', and 'yes' is a label. .*'p_yess'"):
        by_name({"yess": 0, "no": 1}, ["no", "yes"], "text", "probabilities", "p_")
