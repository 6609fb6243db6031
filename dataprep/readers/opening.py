"""Opening a file that holds text: plain or gzipped, and what it is when it holds none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from dataprep.errors import ReadError

BOM = "\ufeff"
_PREVIEW = 256 * 1024
_UNTYPED = "Give a CSV, Parquet or JSON Lines file (UTF-8 text)."
_BEGINNINGS = {
    b"PAR1": ("this is a Parquet file by its first bytes", "Name it .parquet."),
    b"PK\x03\x04": ("this is an Excel or zip file", "Save the sheet as CSV, or unpack it."),
    b"\xd0\xcf\x11\xe0": ("this is an old Excel file", "Save the sheet as CSV."),
    b"BZh": ("this is compressed with bzip2", "Unpack it, or compress it with gzip."),
    b"\xfd7zXZ": ("this is compressed with xz", "Unpack it, or compress it with gzip."),
    b"\x28\xb5\x2f\xfd": ("this is compressed with zstd", "Unpack it, or compress it with gzip."),
    b"\xff\xfe": ("this is UTF-16 text", "Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW."),
    b"\xfe\xff": ("this is UTF-16 text", "Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW."),
}


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


def preview(path: Path) -> str:
    """Return the beginning of a text file, cut at a line end where the file is longer.

    What is not UTF-8 shows as a replacement sign.

    Raises
    ------
    ReadError
        When it is empty, cut off, or no text at all.
    """
    with readable(path), open_bytes(path) as file:
        start = file.read(_PREVIEW)
    for beginning, (message, remedy) in _BEGINNINGS.items():
        if start.startswith(beginning):
            raise ReadError(message, place=str(path), remedy=remedy)
    text = start.decode(errors="replace")
    if not text.lstrip(BOM).strip("\r\n"):
        raise ReadError("the file is empty", place=str(path), remedy="Give a file with rows.")
    _refuse_binary(path, text[:4096])
    if len(start) == _PREVIEW and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return text


def _refuse_binary(path: Path, head: str) -> None:
    controls = sum(1 for sign in head if ord(sign) < 32 and sign not in "\t\r\n\f")
    replaced = head.count("\ufffd")
    if "\0" in head or controls + replaced > 0.1 * len(head):
        if not controls:
            raise ReadError(
                "this is no UTF-8 text",
                place=str(path),
                remedy="Convert it, e.g.: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.",
            )
        raise ReadError("this is no text but binary data", place=str(path), remedy=_UNTYPED)
