"""What a resampling needs of the data, and how much of them it may make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, Literal

from annotated_types import Gt, Le

from dataprep.errors import DataError
from dataprep.resampling.classes import shown

Share = Annotated[float, Gt(0), Le(1)] | Literal["warn"]
"""What ``max_synthetic`` may be; see `budget`."""

_MUCH = 0.5
"""A larger share of made rows is worth a word."""


def neighbours_needed(
    counts: Mapping[Any, int], wanted: Mapping[Any, int], k: int, *, place: str
) -> None:
    """Raise where a class that rows are to be made of has no k neighbours within itself.

    Parameters
    ----------
    counts : mapping of label to int
        Rows of each class.
    wanted : mapping of label to int
        Rows to make of each class.
    k : int
        Neighbours of a row, itself not counted.
    place : str
        The parameter, such as ``smote.k_neighbors``.

    Raises
    ------
    DataError
        It names the class and the largest k that works, or random over-sampling where none does.

    Examples
    --------
    >>> neighbours_needed({0: 90, 1: 4}, {1: 86}, 3, place="smote.k_neighbors")
    >>> neighbours_needed({0: 90, 1: 4}, {1: 86}, 5, place="smote.k_neighbors")
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: smote.k_neighbors: 5 neighbours need 6 rows of a class, \
the class 1 has 4. Use at most 3, or RandomOverSampler.
    """
    small = {label: counts[label] for label, rows in wanted.items() if rows and counts[label] <= k}
    if not small:
        return
    told = ", ".join(f"the class {shown(label)} has {rows}" for label, rows in small.items())
    most = min(small.values()) - 1
    raise DataError(
        f"{k} neighbours need {k + 1} rows of a class, {told}",
        place=place,
        remedy=f"Use at most {most}, or RandomOverSampler."
        if most
        else "A row alone has no neighbour: use RandomOverSampler.",
    )


@dataclass(frozen=True)
class Budget:
    """How large a part of the rows was made.

    Parameters
    ----------
    shares : mapping of label to float
        Of each class that rows were made of.
    table : float
        Of all rows.
    note : str
        What a person should know; empty where no share is large.
    """

    shares: Mapping[Any, float]
    table: float
    note: str = ""


def budget(
    made: Mapping[Any, int],
    counts: Mapping[Any, int],
    max_synthetic: float | Literal["warn"] = "warn",
    *,
    place: str = "max_synthetic",
    by: str = "sampling_strategy",
) -> Budget:
    """Count synthetic rows against what is allowed of them.

    Parameters
    ----------
    made : mapping of label to int
        Synthetic rows of each class, those of earlier stages included. Rows that are of no class,
        but of the table alone, have the label None.
    counts : mapping of label to int
        The other rows of each class.
    max_synthetic : float in (0, 1] or "warn", default="warn"
        The largest share of synthetic rows in a class and in the table. ``"warn"``: any, with a
        note where they are more than half.
    place : str, default="max_synthetic"
        The parameter, for messages.
    by : str, default="sampling_strategy"
        The parameter that says how many rows are made, for messages.

    Returns
    -------
    Budget

    Raises
    ------
    DataError
        Where a share is above the number given.

    Notes
    -----
    Why there is a limit: in regression models, a share of synthetic rows that does not vanish
    keeps the error from falling, however many rows there are [1]_. What limits the finding: made
    rows that stand beside the real ones, and do not replace them, did no lasting harm over
    generations of models [2]_. So the default only tells.

    References
    ----------
    .. [1] E. Dohmatob, Y. Feng, A. Subramonian and J. Kempe, "Strong Model Collapse",
       arXiv:2410.04840, 2024.
    .. [2] M. Gerstgrasser et al., "Is Model Collapse Inevitable? Breaking the Curse of Recursion
       by Accumulating Real and Synthetic Data", arXiv:2404.01413, 2024.

    Examples
    --------
    >>> budget({"rare": 80}, {"common": 100, "rare": 20}).note
    "80.0 % of the class 'rare' are synthetic rows"
    >>> budget({"rare": 80}, {"common": 100, "rare": 20}, 0.5)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: max_synthetic: 80.0 % of the class 'rare' would be synthetic \
rows, 50.0 % are allowed. Make fewer rows (sampling_strategy), or allow 0.8.
    """
    shares = {label: rows / (rows + counts.get(label, 0)) for label, rows in made.items() if rows}
    total = sum(made.values())
    table = total / max(1, total + sum(counts.values()))
    allowed = _MUCH if max_synthetic == "warn" else max_synthetic
    beyond = {
        f"the class {shown(label)}": share
        for label, share in shares.items()
        if share > allowed and label is not None
    }
    if table > allowed:
        beyond["the training rows"] = table
    if not beyond:
        return Budget(shares, table)
    told = ", ".join(f"{_percent(share)} of {what}" for what, share in beyond.items())
    if max_synthetic == "warn":
        return Budget(shares, table, f"{told} are synthetic rows")
    enough = ceil(1000 * max(beyond.values())) / 1000
    raise DataError(
        f"{told} would be synthetic rows, {_percent(allowed)} are allowed",
        place=place,
        remedy=f"Make fewer rows ({by}), or allow {enough}.",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
