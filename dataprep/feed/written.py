"""Files that were written with a record of their bytes, held against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataprep.errors import ReadError
from dataprep.readers.paths import sha256_of

HASHED = 256 * 2**20
"""A hash of more bytes takes as long as to read the columns of them that are needed."""


def check_written(
    path: Path, told: Mapping[str, Any], *, missing: str, changed: str, hashed: bool = True
) -> None:
    """Raise where a file is not there, or not as it was written.

    Parameters
    ----------
    path : Path
    told : mapping
        ``bytes`` and ``sha256`` of what was written.
    missing, changed : str
        The remedies.
    hashed : bool, default=True
        Whether the content is compared, and not the size alone.

    Raises
    ------
    ReadError
    """
    if not path.is_file():
        raise ReadError("is not there any more", place=str(path), remedy=missing)
    same = path.stat().st_size == told["bytes"]
    if not same or (hashed and sha256_of([path]) != told["sha256"]):
        raise ReadError("was changed since it was written", place=str(path), remedy=changed)
