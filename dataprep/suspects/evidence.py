"""Evidence against a text: how likely it is wrong, why, and what it may have been."""

from __future__ import annotations

from typing import Any, NamedTuple


class Evidence(NamedTuple):
    """What one detector has against one text of a column.

    Parameters
    ----------
    score : float
        From 0 to 1: how likely the text is wrong.
    reason : str
        In words.
    repair : str, optional
        What it should have been, where that is implied.
    """

    score: float
    reason: str
    repair: str | None = None


def either(scores: list[Any]) -> Any:
    """Return the chance that one of several independent causes holds (noisy-or).

    Parameters
    ----------
    scores : list of float, or of arrays of one shape

    Examples
    --------
    >>> either([0.5, 0.5])
    0.75
    """
    right: Any = 1.0
    for score in scores:
        right *= 1.0 - score
    return 1.0 - right
