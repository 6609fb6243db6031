"""p-values corrected for how many of them there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Correction = Literal["holm", "bonferroni", "bh"]


def corrected(p_values: Sequence[float], method: Correction | None = "holm") -> np.ndarray:
    """Return p-values corrected for their number.

    Parameters
    ----------
    p_values : sequence of float
    method : {"holm", "bonferroni", "bh"}, optional
        ``holm`` and ``bonferroni`` bound the chance of a single false alarm, ``bh`` the share of
        false ones among the alarms. None corrects nothing.

    Returns
    -------
    array of float of shape (n,)

    References
    ----------
    S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    Statistics 6, 1979; Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate",
    Journal of the Royal Statistical Society B 57(1), 1995.

    Examples
    --------
    >>> corrected([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> corrected([0.01, 0.04, 0.03], "bh").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=float)
    count, order = len(p), np.argsort(p, kind="stable")
    if method is None or not count:
        return p
    found: np.ndarray = np.minimum(1.0, p * count)
    if method == "bonferroni":
        return found
    rank = np.arange(count)
    if method == "holm":
        steps = np.maximum.accumulate(p[order] * (count - rank))
    else:
        steps = np.minimum.accumulate((p[order] * count / (rank + 1))[::-1])[::-1]
    found[order] = np.minimum(1.0, steps)
    return found
