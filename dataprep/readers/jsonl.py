"""JSON Lines, cell by cell as the very text that stands in the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from dataprep.readers.dialect import BOM, open_text, unique_names

_decoder = JSONDecoder()
_BLANK = " \t\r\n"


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def cells_of(line: str) -> dict[str, str]:
    """Return the members of one JSON object, each value as its text.

    Raises
    ------
    ValueError
        When the line is no JSON object.

    Examples
    --------
    >>> cells_of('{"a": 1.50, "b": "x", "c": [1, 2]}')
    {'a': '1.50', 'b': '"x"', 'c': '[1, 2]'}
    """
    at = _after_blanks(line, 0)
    if at >= len(line) or line[at] != "{":
        raise ValueError("no JSON object")
    cells: dict[str, str] = {}
    at = _after_blanks(line, at + 1)
    if line[at : at + 1] == "}":
        at += 1
    else:
        while True:
            key, at = _decoder.raw_decode(line, at)
            if not isinstance(key, str):
                raise ValueError("a key that is no text")
            if key in cells:
                raise ValueError(f"the key {key!r} occurs twice")
            at = _after_blanks(line, at)
            if line[at : at + 1] != ":":
                raise ValueError(f"no colon after {key!r}")
            start = _after_blanks(line, at + 1)
            _, end = _decoder.raw_decode(line, start)
            cells[key] = line[start:end]
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


def to_literals(
    paths: list[Path], draft: Path
) -> tuple[list[str], list[tuple[int, int, str, str]], int]:
    """Write the cells' texts as a CSV without a header; an absent member is an empty cell.

    Returns
    -------
    columns : list of str
        In the order of first appearance.
    malformed : list of (line, byte, reason, text)
    rows : int
    """
    columns: dict[str, int] = {}
    malformed: list[tuple[int, int, str, str]] = []
    rows = 0
    # Two passes: the columns of the last line are needed before the first can be written.
    for path in paths:
        for _, _, line in _lines(path):
            try:
                for key in cells_of(line):
                    columns.setdefault(key, len(columns))
            except (ValueError, JSONDecodeError):
                continue
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for path in paths:
            for number, byte, line in _lines(path):
                try:
                    cells = cells_of(line)
                except (ValueError, JSONDecodeError) as error:
                    malformed.append((number, byte, str(error), line.rstrip("\r\n")))
                    continue
                writer.writerow([cells.get(key, "") for key in columns])
                rows += 1
    return list(unique_names(list(columns))), malformed, rows


def _lines(path: Path) -> Iterator[tuple[int, int, str]]:
    """Give line numbers (1-based), byte offsets and lines that are not blank."""
    byte = 0
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(BOM) if number == 1 else line
            if text.strip():
                yield number, byte, text
            byte += len(line.encode())
