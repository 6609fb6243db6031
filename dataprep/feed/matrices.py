"""``dp.feed.arrays``: prepared rows as NumPy arrays, for what takes no tensors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from dataprep.errors import DataError
from dataprep.feed.asking import check_choices, check_form
from dataprep.feed.batches import Part, joined
from dataprep.feed.feeds import feed_of
from dataprep.feed.opening import opened_weighed
from dataprep.feed.rows import Rows
from dataprep.feed.weighing import Weigher
from dataprep.parts import TRAIN
from dataprep.sizes import check_matrix


def arrays(
    source: Any,
    target: str | None = None,
    *,
    weights: Any = None,
    features: Literal["dict", "matrix"] = "matrix",
    split: str = TRAIN,
    columns: Any = None,
    classes: Any = None,
) -> Any:
    """Return rows as NumPy arrays, in the order of the source.

    Parameters
    ----------
    source, target, weights, split, columns, classes
        As in `dataprep.feed.dataset`.
    features : {"matrix", "dict"}, default="matrix"
        One array of float32, or an array for each column: float32, or objects for text.

    Returns
    -------
    X : array of float32 of shape (n_rows, n_features), or dict of str to array of shape (n_rows,)
    y : array of shape (n_rows,)
        Codes of classes (int64) or numbers (float32); only where there is a target.
    sample_weight : array of float32 of shape (n_rows,)
        Only where weights were asked for.

    Raises
    ------
    DataError
        When values are missing, when text is to be in a matrix, when the source refers to pictures,
        or when the arrays would take more than 2 GB.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20, 40, 60], "sent": [True, False, True],
    ...                       "y": ["no", "no", "yes"]})
    >>> X, y, sample_weight = arrays(frame, "y", weights="class")
    >>> X.tolist(), y.tolist(), sample_weight.tolist()
    ([[20.0, 1.0], [40.0, 0.0], [60.0, 1.0]], [0, 0, 1], [0.75, 0.75, 1.5])
    >>> arrays(frame.assign(plan=["a", "b", "a"]), "y")
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: features: text in a matrix of numbers: plan. Encode it with the ...
    """
    check_choices(features, None, weights)
    rows, weigher = opened_weighed(
        source, weights, target=target, split=split, columns=columns, classes=classes
    )
    if rows.image is not None:
        raise DataError(
            "the rows refer to pictures, which are decoded by TensorFlow",
            place=rows.image,
            remedy="Take them from dp.feed.dataset(..., shuffle=False).",
        )
    check_form(rows, features, None)
    check_matrix(rows.height, [*rows.numbers, *rows.texts], len(rows.texts), 0.0)
    part = whole(rows, weigher)
    if rows is source:
        # What a caller changes in an array must not change what is fed later.
        part = part.taken(np.arange(rows.height))
    X = part.matrix if features == "matrix" else _named(rows, part)
    found = [X, part.y, part.w]
    return X if part.y is None else tuple(array for array in found if array is not None)


def whole(rows: Rows, weigher: Weigher) -> Part:
    """Return all rows in the order of the source."""
    feed = feed_of(rows, 0, shuffle=False, weigher=weigher)
    step = 2**20
    ends = range(0, feed.length, step)
    return joined([feed.part(0, start, min(start + step, feed.length)) for start in ends])


def _named(rows: Rows, part: Part) -> dict[str, np.ndarray]:
    columns = {name: part.matrix[:, i].copy() for i, name in enumerate(rows.numbers)}
    return {name: {**columns, **part.objects}[name] for name in rows.kinds}
