"""What a resampling needs, and how much it may make up."""

from __future__ import annotations

import pytest

from dataprep.errors import DataError
from dataprep.resampling.limits import budget, neighbours_needed


def test_enough_neighbours() -> None:
    """A class needs one row more than neighbours; classes that do not grow do not count."""
    neighbours_needed({0: 90, 1: 6, 2: 1}, {1: 80, 2: 0}, 5, place="smote.k_neighbors")


def test_too_few_neighbours() -> None:
    """The message names each class, and the largest k that works for all."""
    with pytest.raises(DataError, match=r"the class 'b' has 4, the class 'c' has 3. .* most 2,"):
        neighbours_needed({"a": 9, "b": 4, "c": 3}, {"b": 5, "c": 6}, 5, place="smote.k_neighbors")


def test_a_row_alone() -> None:
    """No k works for a single row."""
    with pytest.raises(DataError, match="use RandomOverSampler"):
        neighbours_needed({"a": 9, "b": 1}, {"b": 5}, 5, place="smote.k_neighbors")


def test_shares() -> None:
    """Shares are of the class and of the table as they will be."""
    found = budget({1: 60, 2: 10}, {0: 100, 1: 20, 2: 10})
    assert found.shares == {1: 0.75, 2: 0.5}
    assert found.table == 70 / 200
    assert found.note == "75.0 % of the class 1 are synthetic rows"


def test_a_table_that_is_mostly_made() -> None:
    """The table's share is told beside those of its classes."""
    found = budget({0: 30, 1: 40}, {0: 10, 1: 10})
    assert found.note.endswith(
        "80.0 % of the class 1, 77.8 % of the training rows are synthetic rows"
    )


def test_a_limit() -> None:
    """At the limit is within it; beyond it is refused, with the number that would do."""
    counts = {0: 100, 1: 20}
    assert not budget({1: 60}, counts, 0.75).note
    with pytest.raises(
        DataError, match=r"^smote.max_synthetic: 75.3 % .* 75.0 % are.* allow 0.754"
    ):
        budget({1: 61}, counts, 0.75, place="smote.max_synthetic")
    with pytest.raises(DataError, match="of the training rows would be"):
        budget({0: 90, 1: 10}, {0: 80, 1: 10}, 0.525)


def test_nothing_made() -> None:
    """No rows, no share, no division."""
    assert budget({}, {}, 0.1).table == 0
    assert budget({1: 0}, {0: 3, 1: 2}, 0.1).shares == {}
