"""Classes and their labels: what may be one, and which one a person means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataprep.errors import DataError, did_you_mean
from dataprep.styles import truth_of


def check_class_counts(
    counts: Mapping[Any, int],
    target: str = "y",
    stage: str = "resampling",
    remedy: str = "Give a target of classes.",
) -> None:
    """Raise where the labels of a target are no classes, or there are not two of them.

    Parameters
    ----------
    counts : mapping of label to int
    target : str, default="y"
    stage : str, default="resampling"
        Who needs classes.
    remedy : str, optional
        What to do where the target is a number.

    Examples
    --------
    >>> check_class_counts({"yes": 5})
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: y: more than 1 class is needed, there is only 'yes'. \
Check which rows were selected, and the target.
    """
    check_labels(counts, target)
    for label in counts:
        value = plain(label)
        if isinstance(value, float) and not value.is_integer():
            raise DataError(
                f"Unknown label type: continuous; {value} is a number, and {stage} needs classes",
                place=target,
                remedy=remedy,
            )
    if len(counts) < 2:
        only = f"only {shown(next(iter(counts)))}" if counts else "none"
        raise DataError(
            f"more than 1 class is needed, there is {only}",
            place=target,
            remedy="Check which rows were selected, and the target.",
        )


def check_labels(counts: Mapping[Any, int], target: str = "y") -> None:
    """Raise where rows have no class."""
    for label, rows in counts.items():
        if _is_missing(label):
            raise DataError(
                f"{rows:,} rows have no class ({label})",
                place=target,
                remedy="Drop these rows first (DropMissing), or fill in their class.",
            )


def plain(label: Any) -> Any:
    """Return a label as Python shows it: a NumPy number as a number."""
    return label.item() if hasattr(label, "item") else label


def shown(label: Any) -> str:
    """Return a label as messages show it: truth values as YAML and reports write them.

    Examples
    --------
    >>> shown("yes"), shown(1), shown(True)
    ("'yes'", '1', "'true'")
    """
    return repr(_text(label) if isinstance(plain(label), bool) else plain(label))


def _is_missing(label: Any) -> bool:
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return bool(label != label)


def matched(key: Any, counts: Mapping[Any, int], place: str, target: str) -> Any:
    """Return the label that a key means: the same value, or the same text."""
    labels = {_text(label): label for label in counts}
    same = next((label for label in counts if type(label) is type(key) and label == key), None)
    if same is not None:
        return same
    if _text(key) in labels:
        return labels[_text(key)]
    # A file's yes and no, TRUE and FALSE, on and off are truth values in a table.
    meant = _text(truth_of(str(key)))
    if meant in labels and all(isinstance(plain(label), bool) for label in counts):
        return labels[meant]
    raise DataError(
        f"there is no class {shown(key)} in {target}",
        place=place,
        remedy=did_you_mean(_text(key), labels),
    )


def _text(label: Any) -> str:
    """Return a label as text: a whole float as a whole number, truth values as YAML writes them."""
    label = plain(label)
    if isinstance(label, bool):
        return str(label).lower()
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
