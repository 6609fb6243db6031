"""Probabilities from elsewhere: which column is of which class."""

from __future__ import annotations

from typing import Any

import pytest

from dataprep.errors import DataError
from dataprep.stages.labels.given import by_name


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


def test_a_label_without_a_column_is_told_with_the_nearest_name() -> None:
    """The name that was looked for, and the one that may be meant."""
    with pytest.raises(DataError, match=r"no column 'p_yes', and 'yes' is a label. .*'p_yess'"):
        by_name({"yess": 0, "no": 1}, ["no", "yes"], "text", "probabilities", "p_")
