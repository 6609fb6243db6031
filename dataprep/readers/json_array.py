"""A JSON array of objects, element by element: never whole in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from dataprep.errors import ReadError
from dataprep.readers.opening import BOM, open_bytes, readable

_BLOCK = 1 << 20
_LONGEST = 64 << 20
"""Characters of one element; a longer one is an array that does not end."""
_BLANK = " \t\r\n"
decoder = JSONDecoder(parse_int=str, parse_float=str)
"""Finds the end of a value; its numbers stay text, which may have more digits than Python reads."""


def is_array(path: Path) -> bool:
    """Tell whether a file's first sign is that of a JSON array."""
    with readable(path), open_bytes(path) as file:
        start = file.read(4096).removeprefix(BOM.encode())
    return start.lstrip()[:1] == b"["


def elements(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Give the line number (1-based), the byte offset and the text of each element.

    Raises
    ------
    ReadError
        Where the file is no UTF-8, no JSON, or ends too early.
    """
    with readable(path), open_bytes(path) as file:
        text = _Text(iter(lambda: file.read(_BLOCK), b""), path)
        text.skip("[", "an array")
        if text.sign() == "]":
            text.skip("]", "its end")
        else:
            while True:
                yield text.element()
                if text.sign() == "]":
                    text.skip("]", "its end")
                    break
                text.skip(",", "a comma or the end of the array")
        if text.sign():
            raise text.wrong("something follows the array")


class _Text:
    """What is left of a text, with the place where it begins."""

    def __init__(self, blocks: Iterator[bytes], path: Path) -> None:
        self._blocks, self._path = blocks, path
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._rest, self._at, self._ended = "", 0, False
        self.line, self.byte = 1, 0

    def wrong(self, what: str) -> ReadError:
        return ReadError(
            f"this is no JSON array of objects: {what} in line {self.line}, byte {self.byte}",
            place=str(self._path),
            remedy="Mend it, or give JSON Lines: one object a line.",
        )

    def _more(self) -> bool:
        """Read another block; False at the end."""
        if self._ended:
            return False
        block = next(self._blocks, b"")
        self._ended = not block
        try:
            self._rest = self._rest[self._at :] + self._decode.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise self.wrong(f"invalid UTF-8 ({error.reason})") from None
        self._at = 0
        return True

    def _pass(self, end: int) -> str:
        """Move on to a place in the text that is there, and return what was passed."""
        passed = self._rest[self._at : end]
        self.line += passed.count("\n")
        self.byte += len(passed.encode())
        self._at = end
        return passed

    def sign(self) -> str:
        """Return the next sign that is not blank; an empty text at the end."""
        while True:
            end = self._at
            while end < len(self._rest) and self._rest[end] in _BLANK:
                end += 1
            self._pass(end)
            if end < len(self._rest):
                return self._rest[end]
            if not self._more():
                return ""

    def skip(self, wanted: str, called: str) -> None:
        if self.sign() != wanted:
            raise self.wrong(f"{called} is expected")
        self._pass(self._at + 1)

    def element(self) -> tuple[int, int, bytes]:
        if not self.sign():
            raise self.wrong("the end of the file comes too early")
        while True:
            try:
                _, end = decoder.raw_decode(self._rest, self._at)
            except JSONDecodeError as error:
                if len(self._rest) - self._at < _LONGEST and self._more():
                    continue
                raise self.wrong(error.msg.lower()) from None
            except RecursionError:
                raise self.wrong("nested too deeply") from None
            # A number may go on in the next block.
            if end == len(self._rest) and self._more():
                continue
            line, byte = self.line, self.byte
            return line, byte, self._pass(end).encode()
