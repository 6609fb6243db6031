"""The decision threshold that is best for a metric or for costs, on validation data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.arrays import floats_of
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.measures import METRICS

Counts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""True and false positives, false and true negatives, for each threshold."""
_HAIR = 1e-9


@dataclass(frozen=True)
class Threshold:
    """The best threshold, and what each of the others would have come to.

    Parameters
    ----------
    threshold : float
        Rows with at least this probability are taken for positive.
    score : float
        Of the metric; the mean cost of a row, where costs were given.
    metric : str
    positive : object
        The label of the positive class.
    candidates : dict of str to array
        ``threshold``, ``tp``, ``fp``, ``fn``, ``tn`` and ``score`` of every choice that differs in
        the rows that are taken for positive, the highest threshold first.
    """

    threshold: float
    score: float
    metric: str
    positive: Any
    candidates: Mapping[str, np.ndarray]

    def __repr__(self) -> str:
        """Leave out the candidates, which may be many."""
        return (
            f"Threshold({self.threshold:.6g}, {self.metric}={self.score:.6g}, "
            f"{len(self.candidates['score'])} candidates)"
        )

    @property
    def table(self) -> Any:
        """The candidates as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(dict(self.candidates))


def best_threshold(
    y_true: Any,
    probabilities: Any,
    metric: str | Callable[[Any, Any], float] = "balanced_accuracy",
    *,
    cost: Mapping[str, float] | Sequence[Sequence[float]] | None = None,
    pos_label: Any = None,
    sample_weight: Any = None,
) -> Threshold:
    """Return the threshold with the best score, over all that differ, exactly.

    Choose it on validation data: on the rows that a model was trained on it comes out too good. No
    resampling is needed for it, and no retraining.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Two classes.
    probabilities : array-like of shape (n_rows,) or (n_rows, 2)
        Of the positive class; of two columns, the second is that of the class that sorts last.
    metric : str or callable, default="balanced_accuracy"
        ``accuracy``, ``balanced_accuracy``, ``f1``, ``f2``, ``precision``, ``recall``, ``g_mean``,
        ``matthews``, ``youden``; or a function of true and predicted labels, higher is better,
        which is called once for each threshold.
    cost : mapping or matrix of shape (2, 2), optional
        Instead of a metric, what a mistake costs: ``{"fp": 1, "fn": 10}`` (``tp`` and ``tn`` are 0
        unless given), or ``cost[i][j]`` for predicting class j where the truth is class i. The mean
        cost of a row is made as low as possible.
    pos_label : object, optional
        The positive class; by default that which sorts last.
    sample_weight : array-like of shape (n_rows,), optional

    Returns
    -------
    Threshold
        Of an interval of thresholds that are equally good, the middle; of several such intervals,
        the widest.

    Raises
    ------
    DataError
        When there is one class only, or more than two, a value is missing, or lengths differ.
    ConfigError
        When a metric has no value at any threshold, or a cost is no number.

    References
    ----------
    C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001.

    Examples
    --------
    >>> best_threshold(["no", "no", "yes", "yes"], [0.1, 0.3, 0.2, 0.4], cost={"fp": 1, "fn": 10})
    Threshold(0.15, cost=0.25, 5 candidates)
    >>> best_threshold([0, 0, 1, 1], [0.1, 0.2, 0.4, 0.9])
    Threshold(0.3, balanced_accuracy=1, 5 candidates)
    >>> best_threshold([1, 1], [0.1, 0.2])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: y_true: 1 class, two are needed. Choose a threshold on rows of both.
    """
    labels, positive, in_order = _labels(y_true, pos_label)
    scores = _scores(probabilities, len(positive), column=int(in_order))
    weight = _weights(sample_weight, len(positive))
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    # A candidate takes the rows down to a value for positive, or none of them.
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    tp, fp = (
        np.concatenate([[0.0], np.cumsum(weight[order] * side[order])[last]])
        for side in (positive, ~positive)
    )
    counts = (tp, fp, tp[-1] - tp, fp[-1] - fp)
    values = ranked[last]
    # Candidate i is chosen by thresholds above lower[i], up to upper[i].
    # To take no row at all, a threshold must be above all of them.
    above = 1.0 if values[0] < 1.0 else 1.0 + _HAIR
    upper, lower = np.concatenate([[above], values]), np.concatenate([values, [0.0]])
    if cost is not None:
        name, found = (
            "cost",
            _mean_cost(cost, counts, in_order=in_order),
        )
        goodness = -found
    else:
        name, found = _measured(metric, counts, labels, positive, scores, upper)
        goodness = found
    best = _widest(goodness, lower, upper)
    candidates = dict(zip(("tp", "fp", "fn", "tn"), counts, strict=True))
    return Threshold(
        threshold=best[0],
        score=float(found[best[1]]),
        metric=name,
        positive=labels[1].item() if hasattr(labels[1], "item") else labels[1],
        candidates={"threshold": _middle(lower, upper), **candidates, "score": found},
    )


def _widest(goodness: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[float, int]:
    """Return the middle of the widest interval of best candidates, and the first one of these."""
    top = np.nanmax(goodness)
    # Infinity less a hair would be no number.
    hair = 1e-12 * max(1.0, abs(float(top))) if np.isfinite(top) else 0.0
    good = goodness >= top - hair
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype("int8")))
    firsts, ends = edges[::2], edges[1::2] - 1
    widest = int(np.argmax(upper[firsts] - lower[ends]))
    first, end = firsts[widest], ends[widest]
    return float(_middle(lower[end], upper[first])), int(first)


def _middle(lower: Any, upper: Any) -> Any:
    """Return the middle of intervals that hold their upper end, and not their lower one."""
    middle = (lower + upper) / 2
    return np.where(middle > lower, middle, upper)


def _labels(y_true: Any, pos_label: Any) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the negative and the positive label, which rows are positive, and if it sorts last."""
    try:
        given = np.asarray(y_true)
        if given.dtype.kind == "U":
            # NaN among texts in a list would be the text "nan".
            given = np.asarray(y_true, dtype=object)
    except ValueError:
        raise DataError(
            "rows of different lengths", place="y_true", remedy="Give one label for each row."
        ) from None
    if given.ndim != 1:
        raise DataError(
            f"an array of shape {given.shape}",
            place="y_true",
            remedy="Give one label for each row.",
        )
    missing = _missing(given)
    if missing.any():
        raise DataError(
            f"row {int(np.argmax(missing))} has no class",
            place="y_true",
            remedy="Leave out the rows without a class.",
        )
    try:
        labels = np.unique(given)
    except TypeError:
        types = sorted({type(label).__name__ for label in given})
        raise DataError(
            f"labels of the types {', '.join(types)}, which have no order",
            place="y_true",
            remedy="Give labels of one type, such as text.",
        ) from None
    if len(labels) != 2:
        raise DataError(
            f"{len(labels)} class{'es' * (len(labels) != 1)}, two are needed",
            place="y_true",
            remedy="Choose a threshold on rows of both."
            if len(labels) < 2
            else "Choose a threshold for one class against the rest.",
        )
    if pos_label is not None:
        if np.ndim(pos_label) or pos_label not in labels.tolist():
            raise DataError(
                f"there is no class {pos_label!r}",
                place="pos_label",
                remedy=did_you_mean(str(pos_label), labels),
            )
        if labels[0] == pos_label:
            return labels[::-1], given == labels[0], False
    return labels, given == labels[1], True


def _missing(given: np.ndarray) -> np.ndarray:
    if given.dtype.kind != "O":
        return np.asarray(given != given)
    same = (None if value is None else value == value for value in given)
    # What pandas takes for missing equals nothing, or whether it does is missing too.
    return np.array([not (isinstance(one, bool | np.bool_) and one) for one in same], dtype=bool)


def _scores(probabilities: Any, height: int, column: int) -> np.ndarray:
    given = floats_of(probabilities, "probabilities", "Give what predict_proba returns.")
    if given.ndim == 2 and given.shape[1] == 2:
        given = given[:, column]
    if given.shape != (height,):
        raise DataError(
            f"an array of shape {given.shape} for {height} rows",
            place="probabilities",
            remedy="Give the probability of the positive class, one for each row.",
        )
    wrong = ~((given >= 0) & (given <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{given[row]} in row {row} is no probability",
            place="probabilities",
            remedy="Give what predict_proba returns.",
        )
    return given


def _weights(given: Any, height: int) -> np.ndarray:
    if given is None:
        return np.ones(height)
    weight = floats_of(given, "sample_weight", "Give one weight for each row, 0 or more.")
    if weight.shape != (height,) or not (weight >= 0).all() or not weight.sum() > 0:
        raise DataError(
            f"weights of shape {weight.shape} for {height} rows, or some below 0 or missing",
            place="sample_weight",
            remedy="Give one weight for each row, 0 or more.",
        )
    return weight


def _mean_cost(
    cost: Mapping[str, float] | Sequence[Sequence[float]], counts: Counts, *, in_order: bool
) -> np.ndarray:
    if isinstance(cost, Mapping):
        for name in cost:
            if name not in ("tp", "fp", "fn", "tn"):
                raise ConfigError(
                    f"unknown cost {name!r}", place="cost", remedy="There is: fp, fn, tp, tn."
                )
        priced = [cost.get(name, 0.0) for name in ("tp", "fp", "fn", "tn")]
        prices = floats_of(priced, "cost", "Give numbers: {'fp': 1, 'fn': 10}.", ConfigError)
    else:
        remedy = "Give numbers: two rows, of the true classes, and two columns, of the predicted."
        matrix = floats_of(cost, "cost", remedy, ConfigError)
        if matrix.shape != (2, 2):
            raise ConfigError(
                f"a cost matrix of shape {matrix.shape}",
                place="cost",
                remedy="Give two rows, of the true classes, and two columns, of the predicted.",
            )
        matrix = matrix if in_order else matrix[::-1, ::-1]
        prices = matrix[[1, 0, 1, 0], [1, 1, 0, 0]]
    if not np.isfinite(prices).all():
        told = f"{prices.tolist()} are no costs"
        raise ConfigError(told, place="cost", remedy="Give numbers.")
    total = sum(counts)
    return np.asarray(sum(p * n for p, n in zip(prices, counts, strict=True)) / total)


def _measured(
    metric: str | Callable[[Any, Any], float],
    counts: Counts,
    labels: np.ndarray,
    positive: np.ndarray,
    scores: np.ndarray,
    upper: np.ndarray,
) -> tuple[str, np.ndarray]:
    if callable(metric):
        truth = labels[positive.astype("int64")]
        none = np.zeros(len(scores), dtype="int64")
        asked = [none, *((scores >= bound).astype("int64") for bound in upper[1:])]
        name = getattr(metric, "__name__", "metric")
        remedy = "Give a function that returns a number, the higher the better."
        told = [metric(truth, labels[taken]) for taken in asked]
        found = floats_of(told, "metric", remedy, ConfigError)
        if found.ndim != 1 or np.isnan(found).all():
            what = "is no number for any threshold" if found.ndim == 1 else "returns several values"
            raise ConfigError(f"{name} {what}", place="metric", remedy=remedy)
        return name, found
    if not isinstance(metric, str) or metric not in METRICS:
        raise ConfigError(
            f"unknown metric {metric!r}", place="metric", remedy=did_you_mean(str(metric), METRICS)
        )
    values: np.ndarray = METRICS[metric](*counts)
    return metric, values
