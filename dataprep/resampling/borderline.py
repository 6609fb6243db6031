"""Borderline-SMOTE: new rows only where a class meets the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from dataprep.resampling.between import drawn_between, drawn_parents, scaled, together
from dataprep.resampling.draws import Maker
from dataprep.resampling.nearby import (
    nearest_others,
    strangers_near,
)
from dataprep.resampling.rows import Plan, Rows
from dataprep.resampling.spaces import unlike_levels

Kind = Literal["borderline-1", "borderline-2"]


def borderline_smote(
    rows: Rows, wanted: Mapping[int, int], k: int, m: int, kind: Kind, maker: Maker
) -> Plan:
    """Make rows between a row in danger and one of its k nearest.

    Parameters
    ----------
    rows : Rows
    wanted : mapping of int to int
        How many rows to make, by class code.
    k : int
        Neighbours that a new row lies towards.
    m : int
        Neighbours that tell whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}
        ``borderline-1``: neighbours are of the row's own class. ``borderline-2``: of any, and
        towards another class the step is at most a half.
    maker : Maker

    Returns
    -------
    Plan
        Without rows for a class that has none in danger; a note says so.

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, "Borderline-SMOTE: a new over-sampling method in imbalanced
    data sets learning", ICIC 2005.
    """
    everyone, made, notes = rows.ordered(np.arange(len(rows))), [], []
    for code, count in wanted.items():
        if not count:
            continue
        members = rows.of(code)
        unlike = unlike_levels(rows, members)
        danger = in_danger(strangers_near(rows, members, everyone, m, unlike), m)
        if not danger.any():
            notes.append(
                f"{maker.named(code)}: no row is in danger, none was made; SMOTE makes some"
            )
            continue
        draws = maker.draws(code)
        parents, who = drawn_parents(members[danger], count, draws)
        among = members if kind == "borderline-1" else everyone
        near = nearest_others(rows, parents, among, k, unlike)
        births = drawn_between(rows, parents, near, who, draws)
        away = rows.y[births.parent_b] != code
        made.append(scaled(births, np.where(away, draws.unit("half", count) / 2, 1.0)))
    return Plan(np.empty(0, dtype="int64"), together(made), tuple(notes))


def in_danger(strangers: np.ndarray, m: int) -> np.ndarray:
    """Tell which rows are in danger: at least half of the m nearest are strangers, but not all."""
    return (strangers >= m / 2) & (strangers < m)
