"""How good predictions are on rows that were held out, beside what a constant guess gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.measures import METRICS
from dataprep.parts import label_of

_MOST_POINTS = 400
"""Of a curve; a picture shows no more."""
_TINY = 1e-15


def measured_classes(
    codes: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[Any],
    *,
    positive: int | None = None,
    threshold: float | None = None,
) -> dict[str, Any]:
    """Return the metrics of probabilities of classes.

    Parameters
    ----------
    codes : array of int of shape (n_rows,)
        The true classes, as places in ``classes``.
    probabilities : array of float of shape (n_rows, n_classes)
    classes : sequence
        The labels, in the order of the columns.
    positive : int, optional
        The place of the class that is looked for, where there are two; by default the rarer.
    threshold : float, optional
        Chosen on other rows: what deciding at it comes to is added.

    Returns
    -------
    dict
        ``rows``, ``classes`` (rows of each), ``metrics`` and ``constant`` (the same metrics of the
        best guess that is the same for all rows), ``per_class``, ``confusion`` (rows: true,
        columns: predicted), and where there are two classes ``positive`` and, with a threshold,
        ``at_threshold``. A metric that these rows cannot give is None.

    Notes
    -----
    PR AUC is average precision; of more than two classes, the mean over classes, as ROC AUC is
    (one against the rest). The Brier score of two classes is the mean squared error of the
    probability (0 to 1); of more, the sum over classes (0 to 2).

    Examples
    --------
    >>> codes, p = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.6, 0.7])
    >>> found = measured_classes(codes, np.column_stack([1 - p, p]), ["no", "yes"])
    >>> found["positive"], found["metrics"]["pr_auc"], found["constant"]["pr_auc"]
    ('yes', 1.0, 0.25)
    >>> round(found["metrics"]["balanced_accuracy"], 3), found["confusion"]
    (0.833, [[2, 1], [0, 1]])
    """
    names = [label_of(plain(label)) for label in classes]
    counts = np.bincount(codes, minlength=len(names))
    shares = counts / max(1, len(codes))
    truth = np.eye(len(names))[codes]
    if len(names) == 2 and positive is None:
        positive = int(counts[1] <= counts[0])
    taken = probabilities.argmax(axis=1)
    per_class = {
        name: _one_class(truth[:, i], probabilities[:, i], taken == i)
        for i, name in enumerate(names)
    }
    chosen = [names[positive]] if positive is not None else names
    confusion = np.zeros((len(names), len(names)), dtype="int64")
    np.add.at(confusion, (codes, taken), 1)
    log_p = np.log(np.clip(probabilities, _TINY, 1.0))
    squares = ((probabilities - truth) ** 2).sum(axis=1)
    half = 2 if len(names) == 2 else 1
    present = shares[shares > 0]
    result = {
        "rows": len(codes),
        "classes": dict(zip(names, counts.tolist(), strict=True)),
        "metrics": {
            "pr_auc": _mean([per_class[name]["pr_auc"] for name in chosen]),
            "roc_auc": _mean([per_class[name]["roc_auc"] for name in chosen]),
            "balanced_accuracy": _mean([told["recall"] for told in per_class.values()]),
            "matthews": _matthews(confusion),
            "accuracy": _mean([float((taken == codes).mean())] if len(codes) else []),
            "log_loss": float(-(truth * log_p).sum(axis=1).mean()),
            "brier": float(squares.mean() / half),
        },
        "constant": {
            "pr_auc": _mean([per_class[name]["prevalence"] for name in chosen]),
            "roc_auc": 0.5,
            "balanced_accuracy": 1 / len(present),
            "matthews": 0.0,
            "accuracy": float(shares.max()),
            "log_loss": float(-(present * np.log(present)).sum()),
            "brier": float((1 - (shares**2).sum()) / half),
        },
        "per_class": per_class,
        "confusion": confusion.tolist(),
    }
    if positive is not None:
        result["positive"] = names[positive]
        if threshold is not None:
            decided = probabilities[:, positive] >= threshold
            result["at_threshold"] = _decided(truth[:, positive] == 1, decided, threshold)
    return result


def measured_numbers(values: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """Return the metrics of predicted numbers.

    Parameters
    ----------
    values, predicted : array of float of shape (n_rows,)

    Returns
    -------
    dict
        ``rows``, ``metrics`` and ``constant``: those of the best constant guess (the mean; for the
        mean absolute error the median).

    Examples
    --------
    >>> found = measured_numbers(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0]))
    >>> {name: round(value, 3) for name, value in found["metrics"].items()}
    {'mae': 0.667, 'rmse': 1.155, 'r2': -1.0}
    """
    errors = predicted - values
    spread = float(((values - values.mean()) ** 2).mean())
    return {
        "rows": len(values),
        "metrics": {
            "mae": float(np.abs(errors).mean()),
            "rmse": float((errors**2).mean() ** 0.5),
            "r2": 1 - float((errors**2).mean()) / spread if spread else None,
        },
        "constant": {
            "mae": float(np.abs(values - np.median(values)).mean()),
            "rmse": spread**0.5,
            "r2": 0.0,
        },
    }


def precision_recall(positive: np.ndarray, scores: np.ndarray) -> dict[str, list[float]]:
    """Return the curve of precision over recall, thinned to some hundred points.

    Parameters
    ----------
    positive : array of bool of shape (n_rows,)
    scores : array of float of shape (n_rows,)

    Examples
    --------
    >>> precision_recall(np.array([False, True]), np.array([0.2, 0.8]))
    {'recall': [0.0, 1.0, 1.0], 'precision': [1.0, 1.0, 0.5]}
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, scores)
    step = max(1, len(recall) // _MOST_POINTS)
    places = [*range(0, len(recall) - 1, step), len(recall) - 1][::-1]
    return {"recall": recall[places].tolist(), "precision": precision[places].tolist()}


def plain(value: Any) -> Any:
    """Return a NumPy value as one of Python's own."""
    return value.item() if hasattr(value, "item") else value


def _one_class(truth: np.ndarray, scores: np.ndarray, taken: np.ndarray) -> dict[str, Any]:
    """Return what telling a class from the rest comes to; None where it has no rows."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    here = truth == 1
    both = here.any() and not here.all()
    told = _told(here, taken)
    return {
        "rows": int(here.sum()),
        "prevalence": _or_none(here.any(), here.mean()),
        "precision": told["precision"] if taken.any() else None,
        "recall": told["recall"] if here.any() else None,
        "f1": told["f1"] if here.any() else None,
        "pr_auc": float(average_precision_score(here, scores)) if here.any() else None,
        "roc_auc": float(roc_auc_score(here, scores)) if both else None,
    }


def _decided(here: np.ndarray, taken: np.ndarray, threshold: float) -> dict[str, Any]:
    names = ("precision", "recall", "f1", "balanced_accuracy", "matthews", "accuracy")
    told = _told(here, taken)
    counts = {name: int(told[name]) for name in ("tp", "fp", "fn", "tn")}
    return {"threshold": threshold, **{name: told[name] for name in names}, **counts}


def _told(here: np.ndarray, taken: np.ndarray) -> dict[str, float]:
    """Return the four counts and all metrics of `dataprep.measures`."""
    counts = {
        "tp": here & taken,
        "fp": ~here & taken,
        "fn": here & ~taken,
        "tn": ~here & ~taken,
    }
    numbers = [np.array([float(rows.sum())]) for rows in counts.values()]
    found = {name: float(metric(*numbers)[0]) for name, metric in METRICS.items()}
    return {**found, **{name: float(n[0]) for name, n in zip(counts, numbers, strict=True)}}


def _matthews(confusion: np.ndarray) -> float:
    """Return the correlation of true and predicted classes (Gorodkin 2004), 0 where undefined."""
    true, taken = confusion.sum(axis=1).astype(float), confusion.sum(axis=0).astype(float)
    rows = true.sum()
    both = (rows**2 - (true**2).sum()) * (rows**2 - (taken**2).sum())
    if not both > 0:
        return 0.0
    return float((rows * np.trace(confusion) - true @ taken) / both**0.5)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _or_none(known: Any, value: Any) -> float | None:
    return float(value) if known else None
