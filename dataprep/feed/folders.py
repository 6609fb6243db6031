"""Folders that are written over: only those that dataprep wrote, with nothing else in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError


def check_own(
    place: Path,
    what: str,
    name: str,
    key: str,
    listed: Callable[[Mapping[str, Any]], Iterable[str]],
) -> None:
    """Raise where a folder is not of dataprep, or holds what dataprep did not write.

    Parameters
    ----------
    place : Path
        The folder.
    what : str
        What it should be, for errors.
    name : str
        The file that tells what it is.
    key : str
        What that file has, if dataprep wrote it.
    listed : callable
        From that file's content to the names of all others in the folder.
    """
    content = _content(place / name)
    if content is None or key not in content:
        raise ConfigError(
            f"is no {what} of dataprep, and is not replaced",
            place=str(place),
            remedy="Name another folder.",
        )
    known = {name, *listed(content)}
    strange = sorted(path.name for path in place.iterdir() if path.name not in known)
    if strange:
        raise ConfigError(
            f"holds what dataprep did not write, and is not replaced: {', '.join(strange[:10])}",
            place=str(place),
            remedy="Move that away, or name another folder.",
        )


def _content(path: Path) -> Mapping[str, Any] | None:
    """Return what a file of JSON holds; None where it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
