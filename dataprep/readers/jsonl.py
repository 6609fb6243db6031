"""JSON Lines, cell by cell as the very text that stands in the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import NoReturn

from dataprep.errors import ReadError
from dataprep.readers.json_array import decoder, elements, is_array
from dataprep.readers.opening import BOM, Malformed, open_bytes, readable

_BLANK = " \t\r\n"
_BREAKS = re.compile(r"\s*[\r\n]\s*")


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def cells_of(line: str) -> dict[str, str]:
    """Return the members of one JSON object, each value as its text.

    Raises
    ------
    ValueError
        When the line is no JSON object, or one too deeply nested.

    Examples
    --------
    >>> cells_of('{"a": 1.50, "b": "x", "c": [1, 2]}')
    {'a': '1.50', 'b': '"x"', 'c': '[1, 2]'}
    """
    try:
        return _members(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _members(line: str) -> dict[str, str]:
    at = _after_blanks(line, 0)
    if at >= len(line) or line[at] != "{":
        raise ValueError("no JSON object")
    cells: dict[str, str] = {}
    at = _after_blanks(line, at + 1)
    if line[at : at + 1] == "}":
        at += 1
    else:
        while True:
            key, at = decoder.raw_decode(line, at)
            if not isinstance(key, str):
                raise ValueError("a key that is no text")
            _check_text(key)
            if key in cells:
                raise ValueError(f"the key {key!r} occurs twice")
            at = _after_blanks(line, at)
            if line[at : at + 1] != ":":
                raise ValueError(f"no colon after {key!r}")
            start = _after_blanks(line, at + 1)
            value, end = decoder.raw_decode(line, start)
            _check_text(value)
            # A line end between the parts of a value is a blank; inside of a text there is none.
            cells[key] = _BREAKS.sub(" ", line[start:end])
            at = _after_blanks(line, end)
            sign = line[at : at + 1]
            at = _after_blanks(line, at + 1)
            if sign == "}":
                break
            if sign != ",":
                raise ValueError(f"no comma after {key!r}")
    if _after_blanks(line, at) != len(line):
        raise ValueError("something follows the object")
    return cells


def _check_text(value: object) -> None:
    """Raise for half of a surrogate pair, which no UTF-8 can hold."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair") from None


def to_literals(
    paths: list[Path], draft: Path, *, array: bool = False
) -> tuple[list[str], list[Malformed], list[Malformed], int]:
    """Write the cells' texts as a CSV without a header; an absent member is an empty cell.

    Parameters
    ----------
    paths : list of Path
    draft : Path
        Where the CSV goes.
    array : bool, default=False
        Whether a file may be one JSON array of objects.

    Returns
    -------
    keys : list of str
        In the order of first appearance.
    malformed : list of Malformed
    skipped : list of Malformed
        Blank lines between others.
    rows : int

    Raises
    ------
    ReadError
        When a file is empty, cut off or no JSON Lines at all.
    """
    columns: dict[str, int] = {}
    malformed: list[Malformed] = []
    skipped: list[Malformed] = []
    rows = 0
    # Two passes: the columns of the last line are needed before the first can be written.
    for path in paths:
        for _, _, line in _lines(path, array):
            if not line:
                continue
            try:
                for key in cells_of(line.decode()):
                    columns.setdefault(key, len(columns))
            except ValueError:
                continue
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for path in paths:
            blank: list[Malformed] = []
            for number, byte, line in _lines(path, array):
                if not line:
                    blank.append(Malformed(number, byte, "blank line", "", str(path)))
                    continue
                # Those after the last row only end the file.
                skipped += blank
                blank.clear()
                try:
                    cells = cells_of(line.decode())
                except ValueError as error:
                    text = line.rstrip(b"\r\n").decode(errors="backslashreplace")
                    malformed.append(Malformed(number, byte, _worded(error), text, str(path)))
                    continue
                writer.writerow([cells.get(key, "") for key in columns])
                rows += 1
    if not rows:
        _refuse(paths[0], malformed)
    return list(columns), malformed, skipped, rows


def _worded(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"invalid UTF-8 at byte {error.start}"
    if isinstance(error, JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return str(error)


def _refuse(path: Path, malformed: list[Malformed]) -> NoReturn:
    """Say why there are no rows."""
    if not malformed:
        raise ReadError("the file is empty", place=str(path), remedy="Give a file with rows.")
    first = malformed[0]
    raise ReadError(
        f"no line is a JSON object; line {first.line} ({first.reason}): {first.text[:80]!r}",
        place=first.file,
        remedy="JSON Lines hold one object a line; for another format, name the file so.",
    )


def _lines(path: Path, array: bool) -> Iterator[tuple[int, int, bytes]]:
    """Give line numbers (1-based), byte offsets and lines; a blank line as an empty one."""
    if array and is_array(path):
        yield from elements(path)
        return
    byte = 0
    with readable(path), open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(BOM.encode()) if number == 1 else line
            yield number, byte, text if text.strip() else b""
            byte += len(line)
