"""The same text in UTF-8, as a stream."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from itertools import chain
from pathlib import Path
from typing import IO

from dataprep.readers.encodings import BLOCK, BOMS, bom_of, errors_for, is_utf8
from dataprep.readers.opening import open_bytes, readable

_TYPOGRAPHIC = frozenset("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026€°©®™«»\u00a0")
_TWICE = re.compile(rb"[\xc3-\xef][\x80-\xbf]")
"""What UTF-8 is full of, and text in an encoding of one byte a sign is not."""
_REPLACED = "\ufffd".encode()
_SEVERAL = ("utf", "gb", "big5", "cp93", "cp94", "cp95", "shift", "euc", "iso2022", "hz", "johab")
"""What the names of encodings begin with that take several bytes for a sign."""


def transcode(path: Path, encoding: str, copy: Path, *, guessed: bool) -> dict[int, str]:
    """Write a text file's content in UTF-8, as a stream.

    What the encoding does not know stays as bytes that are no UTF-8 either, so that its lines are
    told apart by whoever reads them.

    Parameters
    ----------
    path : Path
    encoding : str
    copy : Path
    guessed : bool
        Whether the encoding was detected. Then lines that are UTF-8, in a file of one byte a sign,
        stay so where they spell letters of the other lines' script.

    Returns
    -------
    dict of int to str
        The lines (numbers from 1) that were UTF-8.
    """
    with readable(path), open_bytes(path) as file, copy.open("wb") as out:
        start = file.read(BLOCK)
        mark = bom_of(encoding, start)
        if mark and encoding.startswith(("utf-16", "utf-32")):
            encoding = BOMS[mark]
        blocks = chain([start[len(mark) :]], iter(lambda: file.read(BLOCK), b""))
        if encoding.startswith(_SEVERAL) or not guessed:
            _write_all(blocks, encoding, out)
            return {}
        scripts = _scripts(start.decode(encoding, errors="ignore"))
        return _write_lines(blocks, encoding, scripts, out)


def _scripts(text: str) -> frozenset[str]:
    """Return the scripts of the letters beyond ASCII."""
    signs = {sign for sign in text if not sign.isascii()} - _TYPOGRAPHIC
    return frozenset(unicodedata.name(sign, "NONE").split(" ")[0] for sign in signs)


def _write_all(blocks: Iterable[bytes], encoding: str, out: IO[bytes]) -> None:
    errors = errors_for(encoding)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for block in blocks:
        try:
            text = decoder.decode(block).encode("utf-8", errors)
        except UnicodeDecodeError:
            # What is no sign at all becomes a byte that is none in UTF-8 either.
            decoder.errors = "replace"
            text = decoder.decode(block).encode("utf-8", errors).replace(_REPLACED, b"\xff")
            decoder.errors = errors
        out.write(text)
    try:
        out.write(decoder.decode(b"", final=True).encode("utf-8", errors))
    except UnicodeDecodeError:
        # Half a sign at the very end.
        out.write(b"\xff")


def _write_lines(
    blocks: Iterable[bytes], encoding: str, scripts: frozenset[str], out: IO[bytes]
) -> dict[int, str]:
    kept: dict[int, str] = {}
    number, rest = 0, b""
    for block in chain(blocks, [b""]):
        joined = rest + block
        # At the end of the file there is nothing left to wait for; a lone \r may be half an end.
        cut = max(joined.rfind(b"\n"), joined.rfind(b"\r", 0, -1)) + 1 if block else len(joined)
        lines, rest = joined[:cut], joined[cut:]
        if not _TWICE.search(lines):
            out.write(lines.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape"))
            number += len(lines.splitlines())
            continue
        for line in lines.splitlines(keepends=True):
            number += 1
            if _is_utf8_text(line) and scripts.issuperset(_scripts(line.decode())):
                kept[number] = line.decode().rstrip("\r\n")
                out.write(line)
            else:
                text = line.decode(encoding, "surrogateescape")
                out.write(text.encode("utf-8", "surrogateescape"))
    return kept


def _is_utf8_text(line: bytes) -> bool:
    """Tell whether a line has signs beyond ASCII, all of them in UTF-8."""
    if line.isascii():
        return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def lengths_of_lines(lines: Iterator[bytes], encoding: str, as_is: Set[int]) -> Iterator[int]:
    """Give how many bytes lines of UTF-8 take in the file's encoding.

    ``as_is`` has the numbers (1-based) of those that are UTF-8 in the file too.
    """
    if is_utf8(encoding):
        yield from map(len, lines)
        return
    errors = errors_for(encoding)
    for number, line in enumerate(lines, start=1):
        if number in as_is:
            yield len(line)
            continue
        try:
            yield len(line.decode("utf-8", errors).encode(encoding, errors))
        except UnicodeError:
            # A damaged sign: about as many bytes as it takes whole.
            yield len(line.decode("utf-8", "replace").encode(encoding, "replace"))
