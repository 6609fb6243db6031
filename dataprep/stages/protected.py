"""Rows that are held out by a column of parts: they are never dropped for rows to train on."""

from __future__ import annotations

import numpy as np

from dataprep.columns import known
from dataprep.errors import ConfigError, did_you_mean
from dataprep.parts import split_column
from dataprep.table import ROW, Table


def part_column(table: Table, split: str | None, place: str) -> str | None:
    """Return the column that was named, or the one with the role ``split``."""
    return split_column(table) if split is None else known(split, table, place)


def protected_rows(table: Table, split: str | None, place: str) -> np.ndarray:
    """Return which rows, in their order, are not in ``train``.

    Parameters
    ----------
    table : Table
    split : str, optional
        The column of parts; without it no row is held out.
    place : str
        The parameter that names it.

    Raises
    ------
    ConfigError
        When no row at all is for training.
    """
    if split is None or split not in table.kinds:
        return np.zeros(table.height(), dtype=bool)
    arrays = table.matrix([split])
    parts = arrays[split][np.argsort(arrays[ROW], kind="stable")].tolist()
    found = np.array([str(part).casefold() != "train" for part in parts], dtype=bool)
    if len(found) and found.all():
        known_parts = {str(part) for part in parts if part is not None}
        raise ConfigError(
            f"no row of {split!r} is in 'train'",
            place=place,
            remedy=did_you_mean("train", sorted(known_parts))
            + " Call the part that is trained on 'train'.",
        )
    return found
