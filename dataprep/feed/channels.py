"""How many channels pictures are fed with: the same for all, whatever the first one has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dataprep.errors import ConfigError
from dataprep.images.loading import header_channels
from dataprep.table import Table

if TYPE_CHECKING:
    from dataprep.feed.rows import Rows

GREY, COLOURS = 1, 3
_LOOKED_AT = 1000
"""Of how many pictures the headers are looked at, evenly spread."""


class Channels(NamedTuple):
    """How many channels pictures get.

    Parameters
    ----------
    number : {1, 3}
    concluded : bool
        Whether grey was concluded from some pictures, so that one in colour is refused; what was
        asked for is what pictures are converted to.
    """

    number: int
    concluded: bool = False


def channels_of(rows: Rows, asked: int | None = None) -> Channels:
    """Return the channels of rows' pictures: those asked for, or 3 unless all looked at are grey.

    Parameters
    ----------
    rows : Rows
        With an image column.
    asked : {1, 3}, optional

    Raises
    ------
    ConfigError
        When there are no such pictures.
    """
    if asked is not None:
        if isinstance(asked, bool) or asked not in (GREY, COLOURS):
            raise ConfigError(
                f"{asked!r} is no number of channels",
                place="channels",
                remedy="Give 1 for grey values, 3 for red, green and blue, or None.",
            )
        return Channels(asked)
    if rows.channels is not None:
        return rows.channels
    return _looked_at(rows.take(_spread(rows.height))[str(rows.image)], rows.image_root)


def channels_in(table: Table, image: str, root: str) -> Channels:
    """Return the channels of the pictures of a table: those of training rows, for held-out ones.

    Parameters
    ----------
    table : Table
        In memory.
    image : str
        The column of pictures.
    root : str
        The folder that they are relative to.
    """
    height = len(table.frame)
    return measured(table) or _looked_at(table.frame[image].to_numpy()[_spread(height)], root)


def measured(table: Table) -> Channels | None:
    """Return the channels as `image_stats` measured them; None where it did not."""
    columns = [name for name in table.of_role("measure") if name.endswith("channels")]
    most = table.frame[columns[0]].max() if columns else None
    if most is None:
        return None
    return Channels(COLOURS) if int(most) > GREY else Channels(GREY, concluded=True)


def _spread(height: int) -> np.ndarray:
    """Return the places of rows that are evenly spread, up to a thousand."""
    return np.linspace(0, height - 1, min(height, _LOOKED_AT)).astype("int64")


def _looked_at(references: Sequence[Any] | np.ndarray, root: str) -> Channels:
    """Return 3 where one picture is in colour; what cannot be read is told when it is fed."""
    all_grey = False
    for given in references:
        text = given.decode() if isinstance(given, bytes) else str(given)
        found = header_channels(text, root)
        if found == COLOURS:
            return Channels(COLOURS)
        all_grey = all_grey or found == GREY
    return Channels(GREY, concluded=True) if all_grey else Channels(COLOURS)
