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
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".feather": "feather", ".arrow": "feather", ".ipc": "feather", ".orc": "orc",
    ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel", ".xlsb": "excel", ".ods": "excel",
}  # fmt: skip
COLUMNAR = ("parquet", "feather", "orc")
"""Formats that know the types of their columns."""
PACKED = (".gz", ".bz2", ".xz", ".zst")
"""What a name ends with when its file is packed, by what packs it."""


def format_of(path: Path) -> str:
    """Return the format that a file's name implies; ``csv`` when it says nothing."""
    return named_format(path) or "csv"


def named_format(path: Path) -> str | None:
    """Return the format that a file's name says; None when it says nothing.

    Examples
    --------
    >>> named_format(Path("data.jsonl.xz")), named_format(Path("data.backup"))
    ('jsonl', None)
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return FORMATS.get(suffixes[-1] if suffixes else "")


def split_name(path: Path) -> tuple[str, str]:
    """Return a file's stem and its suffixes, a second ``.gz`` or the like included.

    Examples
    --------
    >>> split_name(Path("in/data.v2.csv.gz")), split_name(Path("data.clean"))
    (('data.v2', '.csv.gz'), ('data.clean', ''))
    """
    suffix = _suffix(path)
    stem = path.name.removesuffix(suffix)
    if suffix.lower() in PACKED:
        inner = _suffix(Path(stem))
        return stem.removesuffix(inner), inner + suffix
    return stem, suffix


def _suffix(path: Path) -> str:
    # What a run adds to a name that has no suffix is not one.
    return path.suffix if path.suffix not in (".clean", ".restored") else ""


def without_packing(suffix: str) -> str:
    """Return a suffix in small letters, without what says how the file is packed."""
    plain = suffix.lower()
    for packed in PACKED:
        plain = plain.removesuffix(packed)
    return plain


def checked_path(given: str | Path) -> Path:
    """Return the path of a file that exists."""
    path = Path(given)
    check_name(path)
    if not str(given):
        raise ReadError("an empty name", remedy="Give the path of a file.")
    if path.is_dir():
        raise ReadError("this is a folder", place=str(path), remedy="Give a file.")
    if not path.exists():
        near = nearest(path)
        raise ReadError("no such file", place=str(path), remedy=near or "Check the path.")
    if not path.is_file():
        raise ReadError(
            "this is a device",
            place=str(path),
            remedy="Give a file, a pipe, or - for what is piped in.",
        )
    return path


def check_name(path: Path) -> None:
    """Raise for a name that DuckDB could not be told."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise ReadError("the name is not UTF-8", place=shown, remedy="Rename it.") from None


def nearest(path: Path) -> str:
    """Return a remedy that names files with a name much like that of one that is not there."""
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
