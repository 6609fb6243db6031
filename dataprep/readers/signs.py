"""What a file is by its first bytes, and the refusal of those that hold no table."""

from __future__ import annotations

import re
from pathlib import Path

from dataprep.errors import ReadError
from dataprep.readers.opening import PICTURES, open_bytes, readable

_HEAD = 4096
_FORMATS = {
    "parquet": re.compile(rb"PAR1"),
    "feather": re.compile(rb"ARROW1|FEA1|\xff\xff\xff\xff[^\xff]"),
    "orc": re.compile(rb"ORC[\x00-\x20\x80-\xff]"),
    "excel": re.compile(rb"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "json": re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{\s*[\"}]"),
    "jsonl": re.compile(rb"(\xef\xbb\xbf)?\s*\{\s*\"[^\"\n]*\"\s*:[^\n]*\}\s*(\n|\Z)"),
}
_CALLED = {
    "parquet": "Parquet", "feather": "Feather (Arrow IPC)", "orc": "ORC", "excel": "Excel",
    "json": "JSON", "jsonl": "JSON Lines",
}  # fmt: skip
_NAMED = {"feather": "feather", "excel": "xlsx (or .xls, .xlsb, .ods)", "jsonl": "jsonl"}
_AS_CSV = "Save the table as CSV, and give that."
_UNPACK = "Unpack it, and give the file."
_STRANGERS = [
    (re.compile(rb"%PDF-"), "a PDF document", "Copy the table into a sheet, and save it as CSV."),
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<table|<meta)", re.IGNORECASE),
        "an HTML page",
        "Where it came from a download, it may be an error or a login page. Where it holds the "
        "table: open it in a spreadsheet program, and save it as CSV.",
    ),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml"), "an XML document", _AS_CSV),
    (
        re.compile(rb"SQLite format 3\x00"),
        "an SQLite database",
        "Give sqlite:///FILE with --table NAME.",
    ),
    (
        re.compile(
            rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\x00|MM\x00\*|BM.{4}\0{4}|RIFF....WEBP", re.DOTALL
        ),
        "an image",
        f"{_AS_CSV} {PICTURES}",
    ),
    (re.compile(rb"RIFF....(WAVE|AVI )", re.DOTALL), "a sound or film", _AS_CSV),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive", _UNPACK),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive", _UNPACK),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive", _UNPACK),
    (re.compile(rb"\x89HDF\r\n"), "an HDF5 file", _AS_CSV),
    (re.compile(rb"\x93NUMPY"), "a NumPy array", _AS_CSV),
    (re.compile(rb"\x80[\x02-\x05]"), "a Python pickle", _AS_CSV),
]


def format_by_bytes(path: Path) -> str | None:
    """Return the format of a file that has no name to tell it; None for delimited text."""
    head = _head(path)
    return next((name for name, sign in _FORMATS.items() if sign.match(head)), None)


def refuse_other(path: Path, format: str, shown: Path) -> None:
    """Raise where a file's first bytes contradict its format.

    Parameters
    ----------
    path : Path
        Whose bytes are looked at: not packed, or by gzip.
    format : str
        What it is taken for, by its name.
    shown : Path
        As a person calls it.

    Raises
    ------
    ReadError
        With what the file is, and what to do.
    """
    head = _head(path)
    for sign, called, remedy in _STRANGERS:
        if sign.match(head):
            remedy = remedy.replace("FILE", str(shown))
            raise ReadError(f"this is {called}", place=str(shown), remedy=remedy)
    by_bytes = next((name for name, sign in _FORMATS.items() if sign.match(head)), None)
    texts = ("json", "jsonl")
    if by_bytes == format or (format in texts and by_bytes in (*texts, None)):
        return
    if by_bytes is not None:
        raise ReadError(
            f"this is {_article(_CALLED[by_bytes])} file by its first bytes",
            place=str(shown),
            remedy=f"Name it .{_NAMED.get(by_bytes, by_bytes)}.",
        )
    if format not in ("csv", *texts):
        raise ReadError(
            f"cannot be read: this is no {_CALLED[format]} file by its first bytes",
            place=str(shown),
            remedy="Name it by what it holds, e.g. .csv.",
        )


def _head(path: Path) -> bytes:
    with readable(path), open_bytes(path) as file:
        return file.read(_HEAD)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "EO" else f"a {name}"
