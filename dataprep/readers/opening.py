"""Opening a file that holds text: plain or gzipped, and what it is when it holds none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from dataprep.errors import ReadError
from dataprep.images.references import is_picture

BOM = "\ufeff"
_PREVIEW = 256 * 1024
PICTURES = "Where pictures are the data: give the folder that they are in, or a list of them."
_UNTYPED = "Give a CSV, Parquet or JSON Lines file (UTF-8 text)."


_TEXTUAL = "\t\r\n\f\x01\x1e\x1f"
"""Control characters that stand in texts; the last three between cells."""


class Malformed(NamedTuple):
    """A line that is no row: its number (1-based), byte offset, why, its text, and its file."""

    line: int
    byte: int
    reason: str
    text: str
    file: str


def is_gzip(path: Path) -> bool:
    """Tell whether a file is compressed, by its first two bytes."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> IO[bytes]:
    """Open a plain or gzipped file."""
    if is_gzip(path):
        import gzip

        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Explain what the system, or the compression, says of a file."""
    try:
        yield
    except (EOFError, zlib.error):
        raise ReadError(
            "the compressed file is cut off or broken", place=str(path), remedy="Fetch it again."
        ) from None
    except ReadError:
        raise
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror or error}",
            place=str(path),
            remedy="Check the file and its permissions.",
        ) from None


class Preview(NamedTuple):
    """The beginning of a text, cut at a line end, and whether that is all of it."""

    text: str
    is_whole: bool


def preview(path: Path, shown: Path) -> Preview:
    """Return the beginning of a UTF-8 text.

    What is not UTF-8 shows as a replacement sign.

    Parameters
    ----------
    path : Path
    shown : Path
        As a person calls it.

    Raises
    ------
    ReadError
        When it is empty, cut off, or no text at all.
    """
    with readable(shown), open_bytes(path) as file:
        start = file.read(_PREVIEW)
    text = start.decode(errors="replace")
    if not text.lstrip(BOM).strip("\r\n"):
        raise ReadError("the file is empty", place=str(shown), remedy="Give a file with rows.")
    _refuse_binary(shown, text[:4096])
    whole = len(start) < _PREVIEW
    ends = "\n" if "\n" in text else "\r"
    if not whole and ends in text:
        text = text[: text.rindex(ends) + 1]
    return Preview(text, whole)


def _refuse_binary(path: Path, head: str) -> None:
    controls = sum(1 for sign in head if ord(sign) < 32 and sign not in _TEXTUAL)
    if controls > 0.1 * len(head) or head.count("\0") > 2:
        remedy = PICTURES if is_picture(path.name) else _UNTYPED
        raise ReadError("this is no text but binary data", place=str(path), remedy=remedy)
