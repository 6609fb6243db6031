"""The paths of inputs: what they name, whether they can be read, and the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from dataprep.errors import ReadError, did_you_mean

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".psv": "csv", ".data": "csv",
    ".parquet": "parquet", ".pq": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


def format_of(path: Path) -> str:
    """Return the format that a file's name implies; ``csv`` when it says nothing."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return FORMATS.get(suffixes[-1] if suffixes else "", "csv")


def checked_paths(given: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return paths that exist and are files."""
    listed = [given] if isinstance(given, str | Path) else list(given)
    paths = [Path(path) for path in listed]
    if not paths:
        raise ReadError("no input", remedy="Give the path of a file.")
    for path in paths:
        check_name(path)
        if path.is_dir():
            raise ReadError(
                "this is a folder", place=str(path), remedy="Give a file, or list the files in it."
            )
        if not path.exists():
            near = _nearest(path)
            raise ReadError("no such file", place=str(path), remedy=near or "Check the path.")
        if not path.is_file():
            raise ReadError(
                "this is a pipe or a device, which can be read only once",
                place=str(path),
                remedy="Write it to a file first.",
            )
    return paths


def check_name(path: Path) -> None:
    """Raise for a name that DuckDB could not be told."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise ReadError("the name is not UTF-8", place=shown, remedy="Rename it.") from None


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    known = [other.name for other in path.parent.iterdir() if other.is_file()]
    answer = did_you_mean(path.name, known)
    return answer if answer.startswith("Did you mean") else ""


def sha256_of(paths: Sequence[Path]) -> str:
    """Return the hash of files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def escaped(path: Path) -> str:
    """Return a path whose glob signs mean themselves."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
