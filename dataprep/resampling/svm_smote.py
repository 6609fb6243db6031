"""SVM-SMOTE: new rows around the support vectors of a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, DataError
from dataprep.resampling.between import drawn_between, drawn_parents, scaled, together
from dataprep.resampling.borderline import in_danger
from dataprep.resampling.draws import Draws, Maker
from dataprep.resampling.embedded import embedded
from dataprep.resampling.nearby import nearest_others, strangers_near
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.spaces import unlike_levels


def svm_smote(
    rows: Rows,
    wanted: Mapping[int, int],
    k: int,
    m: int,
    svm_estimator: Any,
    out_step: float,
    maker: Maker,
) -> Plan:
    """Make rows from a class's support vectors: towards neighbours, or away from them.

    Parameters
    ----------
    rows : Rows
    wanted : mapping of int to int
        How many rows to make, by class code.
    k : int
        Neighbours that a new row lies towards, or away from.
    m : int
        Neighbours that tell whether a support vector is noise, in danger or safe.
    svm_estimator : classifier or None
        With ``support_`` after ``fit``; None: ``SVC(gamma="scale")``.
    out_step : float
        How far a new row may lie beyond a safe support vector, as a share of the distance to the
        neighbour that lies the other way: its step is negative.
    maker : Maker

    Returns
    -------
    Plan

    Raises
    ------
    DataError
        Where all support vectors of a class are noise.
    ConfigError
        Where the estimator has no ``support_``.

    Notes
    -----
    Where a class has support vectors of one sort only, danger or safe, they get all new rows;
    imbalanced-learn then makes fewer than were asked for.

    References
    ----------
    H. M. Nguyen, E. W. Cooper, K. Kamei, "Borderline over-sampling for imbalanced data
    classification", International Journal of Knowledge Engineering and Soft Data Paradigms
    3(1), 2009.
    """
    everyone, made = rows.ordered(np.arange(len(rows))), []
    found: dict[float, np.ndarray] = {}
    for code, count in wanted.items():
        if not count:
            continue
        members = rows.of(code)
        unlike = unlike_levels(rows, members)
        if unlike not in found:
            # The levels' distance is the class's own; without levels, one model serves all.
            found[unlike] = _support(rows, everyone, unlike, svm_estimator, maker)
        support = members[np.isin(members, found[unlike])]
        strangers = strangers_near(rows, support, everyone, m, unlike)
        kept = strangers < m
        if not kept.any():
            raise DataError(
                f"all support vectors of {maker.named(code)} are noise: the {m} nearest rows of "
                "each are of other classes",
                place=maker.stage,
                remedy="Use SMOTE, or a larger m_neighbors.",
            )
        support, danger = support[kept], in_danger(strangers[kept], m)
        for sort, here, reach in (("danger", danger, 1.0), ("safe", ~danger, -out_step)):
            draws = maker.draws(code).part(sort)
            number = _number(sort, danger, count, maker.draws(code))
            if number:
                parents, who = drawn_parents(support[here], number, draws)
                near = nearest_others(rows, parents, members, k, unlike)
                made.append(scaled(drawn_between(rows, parents, near, who, draws), reach))
    return Plan(np.empty(0, dtype="int64"), together(made))


def _support(
    rows: Rows, everyone: np.ndarray, unlike: float, svm_estimator: Any, maker: Maker
) -> np.ndarray:
    """Return the positions of the support vectors."""
    from sklearn.base import clone
    from sklearn.svm import SVC

    model = (
        SVC(gamma="scale", random_state=maker.seed)
        if svm_estimator is None
        else clone(svm_estimator)
    )
    model.fit(embedded(rows, everyone, unlike), rows.y[everyone])
    if not hasattr(model, "support_"):
        raise ConfigError(
            f"{model!r} has no support_ after fit",
            place=f"{maker.stage}.svm_estimator",
            remedy="Use a support vector machine such as sklearn.svm.SVC.",
        )
    found: np.ndarray = everyone[model.support_]
    return found


def _number(sort: str, danger: np.ndarray, count: int, draws: Draws) -> int:
    """Return how many rows are made from support vectors in danger, or from safe ones."""
    from scipy.special import betaincinv

    if danger.all() or not danger.any():
        return count if (sort == "danger") == bool(danger.all()) else 0
    share = float(betaincinv(10, 10, draws.unit("share", 1)[0]))
    first = min(count, int(share * (count + 1)))
    return first if sort == "danger" else count - first
