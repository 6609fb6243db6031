"""What the bytes of text files tell that a parser of rows does not: blank lines, cells too many."""

from __future__ import annotations

import csv
import hashlib
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from dataprep.readers.opening import Malformed, is_gzip, open_bytes, readable

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What files hold as bytes.

    Parameters
    ----------
    sha256 : str
        The hash of all their bytes.
    blank : bool
        Whether line ends follow each other.
    ends : int
        How many lines end with the delimiter, those inside of quotes included.
    """

    sha256: str
    blank: bool
    ends: int


def scanned(paths: list[Path], delimiter: str | None = None) -> Future[Scan]:
    """Start to look through files' bytes beside the other work."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="scan")
    future = pool.submit(_scan, paths, delimiter)
    pool.shutdown(wait=False)
    return future


def _scan(paths: list[Path], delimiter: str | None) -> Scan:
    digest, blank, ends = hashlib.sha256(), False, 0
    for path in paths:
        packed = is_gzip(path)
        with path.open("rb") as file:
            for joined, block in _joined(file):
                digest.update(block)
                if delimiter and not packed:
                    some, more = _told(joined, delimiter)
                    blank, ends = blank or some, ends + more
        if delimiter and packed:
            # One that is cut off is told by who reads its rows.
            with suppress(EOFError, OSError, zlib.error), open_bytes(path) as file:
                for joined, _ in _joined(file):
                    some, more = _told(joined, delimiter)
                    blank, ends = blank or some, ends + more
    return Scan(digest.hexdigest(), blank, ends)


def _joined(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Give a file in blocks, each with the line end before it, so that none is cut in two."""
    rest = b""
    while block := file.read(_BLOCK):
        joined = rest + block
        cut = joined.rfind(b"\n") + 1
        # Without a line end nothing can be told yet; nor is more kept than may decide.
        rest, told = (joined[cut - 1 :], joined[:cut]) if cut else (joined[-2:], b"")
        yield told, block
    if tail := rest.removeprefix(b"\n"):
        yield tail + b"\n", b""


def _told(block: bytes, delimiter: str) -> tuple[bool, int]:
    """Return whether line ends follow each other, and how many follow the delimiter.

    By NumPy: to search bytes for two signs in a row takes five times as long.
    """
    signs = np.frombuffer(block, np.uint8)
    if b"\r" in block:
        signs = signs[signs != ord("\r")]
    ends = signs == ord("\n")
    after_delimiter = signs[:-1] == delimiter.encode()[-1]
    return bool((ends[1:] & ends[:-1]).any()), int(np.count_nonzero(ends[1:] & after_delimiter))


def blank_lines(path: Path) -> list[Malformed]:
    """Return the blank lines of a file that lie between others, outside of quotes."""
    found: list[Malformed] = []
    last = 0
    for number, byte, line, inside in _lines(path):
        if not inside and not line.strip(b"\r\n"):
            found.append(Malformed(number, byte, "blank line", "", str(path)))
        else:
            last = number
    # Those after the last row only end the file.
    return [line for line in found if line.line < last]


def overlong_lines(path: Path, delimiter: str, width: int) -> list[int]:
    """Return the numbers of lines whose only cell too many is an empty one at the end."""
    sign = delimiter.encode()
    found = []
    for number, _, line, inside in _lines(path):
        if not inside and line.rstrip(b"\r\n").endswith(sign):
            text = line.decode(errors="replace").rstrip("\r\n")
            if len(next(csv.reader([text], delimiter=delimiter))) == width + 1:
                found.append(number)
    return found


@dataclass(frozen=True)
class OneLineEnd:
    """A copy of a text file whose rows all end with a line feed; what is in quotes is as it was.

    Parameters
    ----------
    original, path : Path
        The file and its copy.
    removed : array of int
        Where in the copy the carriage returns would stand that it has not.
    """

    original: Path
    path: Path
    removed: array[int]

    def came(self, line: Malformed) -> Malformed:
        """Return a malformed line of the copy as one of the original."""
        byte = line.byte + bisect_left(self.removed, line.byte)
        return line._replace(byte=byte, file=str(self.original))


def with_one_line_end(path: Path, copy: Path) -> OneLineEnd:
    """Write a copy of a file with line ends of two kinds, which no strict parser reads."""
    removed, written = array("q"), 0
    with copy.open("wb") as file:
        for _, _, line, inside in _lines(path):
            ends_inside = inside ^ bool(line.count(b'"') & 1)
            if line.endswith(b"\r\n") and not ends_inside:
                line = line[:-2] + b"\n"
                removed.append(written + len(line) - 1)
            written += file.write(line)
    return OneLineEnd(path, copy, removed)


def _lines(path: Path) -> Iterator[tuple[int, int, bytes, bool]]:
    """Give number (1-based), byte offset, line, and whether it begins inside of quotes."""
    byte, inside = 0, False
    with readable(path), open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            yield number, byte, line, inside
            inside ^= bool(line.count(b'"') & 1)
            byte += len(line)
