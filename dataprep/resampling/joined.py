"""Rows and those that are to be made of them, looked at together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dataprep.resampling.rows import Births, Rows


def joined(rows: Rows, births: Births) -> Rows:
    """Return rows with the new ones after them; those have no keys of their own.

    Parameters
    ----------
    rows : Rows
    births : Births
        Of these rows.
    """
    codes = rows.codes[births.parent_a] if births.codes is None else births.codes
    return Rows(
        np.concatenate([rows.numbers, births.numbers_of(rows.numbers)]),
        np.concatenate([rows.codes, codes]),
        np.concatenate([rows.y, rows.y[births.parent_a]]),
        np.concatenate([rows.keys, rows.keys[births.parent_a]]),
    )


def chosen(births: Births, which: np.ndarray) -> Births:
    """Return some of the new rows.

    Parameters
    ----------
    births : Births
    which : array of int or bool
    """
    there = {
        name: values[which]
        for name in ("parent_a", "parent_b", "step", "numbers", "codes")
        if (values := getattr(births, name)) is not None
    }
    return replace(births, **there)
