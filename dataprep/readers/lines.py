"""What the bytes of text files tell that a parser of rows does not: blank lines, cells too many."""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from dataprep.readers.opening import Malformed, is_gzip, open_bytes, readable
from dataprep.readers.records import Form

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


def scanned(
    files: Sequence[tuple[Path, Path | None]], delimiter: str | None = None
) -> Future[Scan]:
    """Start to look through files' bytes beside the other work.

    Parameters
    ----------
    files : sequence of (Path, Path or None)
        The file whose bytes are hashed, and the text whose lines are looked through.
    delimiter : str, optional
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="scan")
    future = pool.submit(_scan, files, delimiter)
    pool.shutdown(wait=False)
    return future


def hashed(paths: Sequence[Path]) -> Future[Scan]:
    """Start to hash files' bytes beside the other work."""
    return scanned([(path, None) for path in paths])


def _scan(files: Sequence[tuple[Path, Path | None]], delimiter: str | None) -> Scan:
    digest, blank, ends = hashlib.sha256(), False, 0
    for path, text in files:
        together = text == path and not is_gzip(path)
        with path.open("rb") as file:
            for joined, block in _joined(file):
                digest.update(block)
                if delimiter and together:
                    some, more = _told(joined, delimiter)
                    blank, ends = blank or some, ends + more
        if delimiter and text is not None and not together:
            # One that is cut off is told by who reads its rows.
            with suppress(EOFError, OSError, zlib.error), open_bytes(text) as file:
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


def blank_lines(path: Path, first_row: int, quote: str) -> list[Malformed]:
    """Return the blank lines of a text that lie between its rows, outside of quotes."""
    found: list[Malformed] = []
    last = 0
    for number, byte, line, inside in _lines(path, quote):
        if not inside and not line.strip(b"\r\n"):
            found.append(Malformed(number, byte, "blank line", "", str(path)))
        else:
            last = number
    # Those after the last row only end the file.
    return [line for line in found if first_row < line.line < last]


def overlong_lines(path: Path, form: Form, width: int, first_row: int) -> list[Malformed]:
    """Return the lines whose only cell too many is an empty one at the end."""
    sign = form.delimiter.encode()
    found = []
    for number, byte, line, inside in _lines(path, form.quote):
        if number > first_row and not inside and line.rstrip(b"\r\n").endswith(sign):
            text = line.decode(errors="replace").rstrip("\r\n")
            cells = form.strict(text)
            if not isinstance(cells, bool) and len(cells) == width + 1:
                found.append(Malformed(number, byte, "", text, str(path)))
    return found


def _lines(path: Path, quote: str) -> Iterator[tuple[int, int, bytes, bool]]:
    """Give number (1-based), byte offset, line, and whether it begins inside of quotes."""
    byte, inside, sign = 0, False, quote.encode()
    with readable(path), open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            yield number, byte, line, inside
            inside ^= bool(sign) and bool(line.count(sign) & 1)
            byte += len(line)


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Give lines with their ends, of whatever kind."""
    rest = b""
    while block := file.read(_BLOCK):
        lines = (rest + block).splitlines(keepends=True)
        # A carriage return at the end of a block may be half of a line end.
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        yield from lines
    yield from rest.splitlines(keepends=True)


class Lines:
    """Lines to come, looked at before they are taken."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._held: deque[bytes] = deque()

    def raw(self, i: int) -> bytes | None:
        """Return the bytes of a line, by its number from the next one; None past the end."""
        while len(self._held) <= i:
            line = next(self._source, None)
            if line is None:
                return None
            self._held.append(line)
        return self._held[i]

    def text(self, i: int) -> str | None:
        """Return a line as text, with its end."""
        line = self.raw(i)
        return None if line is None else line.decode(errors="surrogateescape")

    def drop(self, count: int) -> int:
        """Take lines away, and return how many bytes they have."""
        return sum(len(self._held.popleft()) for _ in range(count))
