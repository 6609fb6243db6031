"""Looking at pictures: each is decoded once, by several threads, for all that is asked of it."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dataprep.images.hashes import COLOURS, SIDE, digest, thumbnail
from dataprep.images.loading import Picture, UnreadableImage, loaded
from dataprep.images.measures import Measures, measures_of, oddities
from dataprep.images.references import parsed

_AT_A_TIME = 8
_REMEMBERED = 50_000
"""Pictures of which is remembered what they looked like: some 2 KB each."""


@dataclass(frozen=True)
class View:
    """What was seen of a picture; where it cannot be read, why.

    Parameters
    ----------
    unreadable : str, optional
        The reason; all else is then empty.
    format, mode : str
    frames : int
    measures : Measures, optional
    odd : dict of str to str
        What is odd about how it is stored.
    grey : array of uint8, shape (32, 32), optional
    colours : array of uint8, shape (16, 16, 3), optional
    digest : str
        Of its pixels.
    """

    unreadable: str | None = None
    format: str | None = None
    mode: str | None = None
    frames: int = 0
    measures: Measures | None = None
    odd: dict[str, str] = field(default_factory=dict)
    grey: np.ndarray | None = None
    colours: np.ndarray | None = None
    digest: str = ""


def view_of(reference: str | None, root: str | Path = ".") -> View:
    """Read a picture whole, and return what is to be known of it; it raises nothing."""
    try:
        picture = loaded(reference, root)
    except UnreadableImage as error:
        return View(unreadable=error.message)
    return _seen(picture)


def _seen(picture: Picture) -> View:
    image = picture.image
    return View(
        None,
        picture.format,
        picture.mode,
        picture.frames,
        measures_of(image),
        oddities(picture),
        thumbnail(image, SIDE, "L"),
        thumbnail(image, COLOURS, "RGB"),
        digest(image),
    )


_Key = tuple[str, int, int, str]
_seen_before: dict[_Key, View] = {}
_lock = threading.Lock()


def viewed(references: Sequence[str | None], root: str | Path = ".") -> list[View]:
    """Look at many pictures in parallel; those that were not changed since are remembered.

    Parameters
    ----------
    references : sequence of str or None
    root : path, default="."
        The folder that relative references start from.

    Returns
    -------
    list of View, one for each reference, in order
    """
    # A task for each small picture would take as long as the picture.
    parts = [references[i : i + _AT_A_TIME] for i in range(0, len(references), _AT_A_TIME)]

    def part(some: Sequence[str | None]) -> list[View]:
        return [_remembered(reference, str(root)) for reference in some]

    with warnings.catch_warnings(), ThreadPoolExecutor(_threads()) as pool:
        # What Pillow warns of, large pictures and broken remarks, is no word to the user.
        warnings.simplefilter("ignore")
        return [view for views in pool.map(part, parts) for view in views]


def _remembered(reference: str | None, root: str) -> View:
    key = _key(reference, root)
    if key is None:
        return view_of(reference, root)
    found = _seen_before.get(key)
    if found is None:
        found = view_of(reference, root)
        with _lock:
            if len(_seen_before) >= _REMEMBERED:
                # The newest: a table that is gone through from the start again finds the others.
                _seen_before.popitem()
            _seen_before[key] = found
    return found


def _key(reference: str | None, root: str) -> _Key | None:
    """Return what tells a picture from others, and from what it was before; None for no file."""
    if not isinstance(reference, str):
        return None
    path = parsed(reference).under(root)
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return (os.path.abspath(path), state.st_mtime_ns, state.st_size, reference)  # noqa: PTH100 - much faster, for each picture


def _threads() -> int:
    """Return how many pictures are read at a time: decoding leaves Python's lock alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(32, (cores or 1) + 1)
