"""Probabilities as they would be without resampling or weights: the shift of priors undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from dataprep.arrays import floats_of
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.parts import label_of

_MOST_STEPS, _CLOSE = 1000, 1e-9


def prior_correction(
    probabilities: Any,
    pipeline: Any,
    classes: Sequence[Any] | None = None,
    *,
    prior: Literal["recorded", "em"] | Mapping[Any, float] = "recorded",
) -> np.ndarray:
    """Return probabilities of a model that was trained on balanced classes, as if it had not been.

    Resampling and weights change how frequent a class is; a model learns that too, and takes the
    rare class for more likely than it is. Each probability is multiplied by the ratio of its class'
    priors, before to after, and the row is made to sum to 1 again. Ranks within a class stay, and
    with them ROC AUC of two classes; thresholds do not.

    Parameters
    ----------
    probabilities : array-like of shape (n_rows,) or (n_rows, n_classes)
        Of one dimension: of the second of two classes.
    pipeline : fitted Pipeline or stage, or mapping
        What balanced the classes: its ``class_counts_``, or a mapping of that form,
        ``{"before": {label: n}, "after": {label: n}}``.
    classes : sequence, optional
        The classes in the order of the columns, such as ``model.classes_``; by default those that
        were recorded, in order.
    prior : {"recorded", "em"} or mapping, default="recorded"
        The shares of the classes among the rows to be predicted: as before balancing; estimated
        from these rows (`estimated_priors`); or given as ``{label: share}``.

    Returns
    -------
    array of float64, of the shape that was given
        As it was given, where the pipeline balanced nothing.

    Raises
    ------
    DataError
        When values are no probabilities, or a class has no rows after balancing.

    References
    ----------
    C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001, theorem 2. M. Saerens,
    P. Latinne and C. Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities: A Simple Procedure", Neural Computation 14(1), 2002: several classes.

    Examples
    --------
    >>> counts = {"before": {"no": 90, "yes": 10}, "after": {"no": 90, "yes": 90}}
    >>> prior_correction([0.5, 0.9], counts).round(3).tolist()
    [0.1, 0.5]
    >>> prior_correction([[0.5, 0.5]], counts, classes=["yes", "no"]).round(3).tolist()
    [[0.1, 0.9]]
    >>> prior_correction([1.5], counts)
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: probabilities: 1.5 in row 0 is no probability. Give what \
predict_proba returns.
    """
    if not isinstance(prior, Mapping) and not (isinstance(prior, str) and prior in _CHOICES):
        raise ConfigError(
            f"unknown choice {prior!r}", place="prior", remedy=did_you_mean(str(prior), _CHOICES)
        )
    counts = _counts_of(pipeline)
    given = floats_of(probabilities, "probabilities", _REMEDY)
    if counts is None and prior == "recorded":
        return given.copy()
    if counts is None:
        raise DataError(
            "the pipeline balanced no classes, so that it has recorded no counts",
            place="pipeline",
            remedy="Give the counts: {'before': {label: n}, 'after': {label: n}}.",
        )
    after = _shares(counts, "after", classes)
    full = _checked(given, len(after))
    if isinstance(prior, Mapping):
        wanted = _shares({"prior": prior, "after": counts["after"]}, "prior", classes)
    elif prior == "em":
        wanted = _estimated(full, after)
    else:
        wanted = _shares(counts, "before", classes)
    corrected = _shifted(full, wanted / after)
    return corrected[:, 1] if given.ndim == 1 else corrected


_CHOICES = ("recorded", "em")
_REMEDY = "Give what predict_proba returns."


def estimated_priors(
    probabilities: Any, pipeline: Any, classes: Sequence[Any] | None = None
) -> dict[str, float]:
    """Return the shares of classes among rows, estimated from what a model says of them.

    By expectation maximisation: the mean of corrected probabilities corrects them anew, until
    neither changes. It assumes that classes look as they did in training, only more or less often.

    Parameters
    ----------
    probabilities : array-like of shape (n_rows,) or (n_rows, n_classes)
    pipeline : fitted Pipeline or stage, or mapping
        As for `prior_correction`; ``after`` counts are those that the model was trained on.
    classes : sequence, optional

    Returns
    -------
    dict of str to float

    References
    ----------
    M. Saerens, P. Latinne and C. Decaestecker, 2002; see `prior_correction`.

    Examples
    --------
    >>> counts = {"before": {"no": 5, "yes": 5}, "after": {"no": 5, "yes": 5}}
    >>> found = estimated_priors([0.05] * 80 + [0.95] * 20, counts)
    >>> {label: round(share, 3) for label, share in found.items()}
    {'no': 0.833, 'yes': 0.167}
    """
    counts = _counts_of(pipeline)
    if counts is None:
        raise DataError(
            "the pipeline balanced no classes, so that it has recorded no counts",
            place="pipeline",
            remedy="Give the counts: {'before': {label: n}, 'after': {label: n}}.",
        )
    after = _shares(counts, "after", classes)
    full = _checked(floats_of(probabilities, "probabilities", _REMEDY), len(after))
    names = _names(counts["after"] if classes is None else classes)
    return dict(zip(names, _estimated(full, after).tolist(), strict=True))


def _counts_of(pipeline: Any) -> Mapping[str, Mapping[Any, float]] | None:
    if isinstance(pipeline, Mapping):
        for name in ("before", "after"):
            if not isinstance(pipeline.get(name), Mapping):
                raise ConfigError(
                    f"there are no counts {name!r}",
                    place="pipeline",
                    remedy="Give {'before': {label: n}, 'after': {label: n}}.",
                )
        return pipeline
    if not hasattr(pipeline, "class_counts_"):
        raise ConfigError(
            f"{type(pipeline).__name__} has recorded no counts of classes",
            place="pipeline",
            remedy="Fit the pipeline first, or give the counts.",
        )
    counts: Mapping[str, Mapping[Any, float]] | None = pipeline.class_counts_
    return counts


def _shares(
    counts: Mapping[str, Mapping[Any, float]], which: str, classes: Sequence[Any] | None
) -> np.ndarray:
    """Return the shares of classes, in the order of the columns."""
    heights = floats_of(
        list(counts[which].values()), which, "Give a number of rows, or a share, for each class."
    )
    named = dict(zip(_names(counts[which]), heights.tolist(), strict=True))
    order = _names(counts["after"] if classes is None else classes)
    for i, label in enumerate(order):
        if label in order[:i]:
            raise DataError(
                f"the class {label!r} is there twice",
                place="classes",
                remedy="Name each class once, in the order of the columns: model.classes_.",
            )
    found = []
    for label in order:
        if label not in named:
            raise DataError(
                f"no count of the class {label!r} {which}",
                place="classes",
                remedy=did_you_mean(label, named),
            )
        if not 0 < named[label] < float("inf"):
            raise DataError(
                f"{named[label]:g} rows of the class {label!r} {which}",
                place="classes",
                remedy="A model cannot have learned a class of no rows; leave it out.",
            )
        found.append(named[label])
    if len(found) != len(named):
        missing = sorted(set(named) - set(order))
        raise DataError(
            f"the class {missing[0]!r} is not among the columns",
            place="classes",
            remedy="Name all classes, in the order of the columns: model.classes_.",
        )
    shares = np.array(found)
    total: float = shares.sum()
    return np.asarray(shares / total)


def _names(labels: Any) -> list[str]:
    """Return labels as they were recorded."""
    try:
        listed = list(labels)
    except TypeError:
        raise ConfigError(
            f"{labels!r} is no list of classes", place="classes", remedy="Give model.classes_."
        ) from None
    return [label_of(label.item() if hasattr(label, "item") else label) for label in listed]


def _checked(given: np.ndarray, count: int) -> np.ndarray:
    """Return probabilities with a column for each class."""
    if given.ndim == 1 and count == 2:
        full = np.column_stack([1.0 - given, given])
    elif given.ndim == 2 and given.shape[1] == count:
        full = given
    else:
        raise DataError(
            f"an array of shape {given.shape} for {count} classes",
            place="probabilities",
            remedy="Give what predict_proba returns, a column for each class.",
        )
    inside = (full >= 0) & (full <= 1)
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        value = given[row] if given.ndim == 1 else given[row, column]
        raise DataError(
            f"{value} in row {row} is no probability",
            place="probabilities",
            remedy="Give what predict_proba returns.",
        )
    sums = full.sum(axis=1)
    if len(sums) and np.abs(sums - 1).max() > 1e-3:
        row = int(np.argmax(np.abs(sums - 1)))
        raise DataError(
            f"row {row} sums to {sums[row]:g}",
            place="probabilities",
            remedy="Give the probabilities of all classes.",
        )
    return full


def _shifted(full: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    shifted = full * ratios
    corrected: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return corrected


def _estimated(full: np.ndarray, after: np.ndarray) -> np.ndarray:
    if not len(full):
        raise DataError("0 rows", place="probabilities", remedy="Give rows to estimate from.")
    prior = after
    for _ in range(_MOST_STEPS):
        better = np.asarray(_shifted(full, prior / after).mean(axis=0))
        if np.abs(better - prior).max() < _CLOSE:
            return better
        prior = better
    return prior
