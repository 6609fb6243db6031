"""Weights of classes from their numbers of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Method = Literal["balanced", "effective_number", "sqrt"]


def class_weights(
    counts: Mapping[Any, int], method: Method = "balanced", beta: float = 0.999
) -> dict[Any, float]:
    """Return a weight for each class; over rows, weights average 1.

    Parameters
    ----------
    counts : mapping of label to int
        At least one row each.
    method : {"balanced", "effective_number", "sqrt"}, default="balanced"
        ``balanced``: ``n / (n_classes * n_class)``, as scikit-learn's ``compute_class_weight``.
        ``sqrt``: proportional to ``1 / sqrt(n_class)``. ``effective_number``: proportional to
        ``(1 - beta) / (1 - beta ** n_class)``.
    beta : float, default=0.999
        In [0, 1): at 0 all classes weigh the same, near 1 it is ``balanced``.

    References
    ----------
    Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie, "Class-Balanced Loss Based on Effective
    Number of Samples", CVPR 2019. There weights add up to the number of classes; here they average
    1 over rows, so that a learning rate or a penalty means what it meant without weights.

    Examples
    --------
    >>> class_weights({"no": 90, "yes": 10})
    {'no': 0.5555555555555556, 'yes': 5.0}
    >>> {k: round(w, 3) for k, w in class_weights({"no": 90, "yes": 10}, "sqrt").items()}
    {'no': 0.833, 'yes': 2.5}
    """
    raw = {label: _raw(rows, method, beta) for label, rows in counts.items()}
    mean = sum(raw[label] * rows for label, rows in counts.items()) / sum(counts.values())
    return {label: weight / mean for label, weight in raw.items()}


def _raw(rows: int, method: Method, beta: float) -> float:
    if method == "balanced":
        return 1.0 / rows
    if method == "sqrt":
        return float(rows**-0.5)
    return float((1.0 - beta) / (1.0 - beta**rows))
