"""A person's answers to a queue of rows: what the CSV holds, and which of them can be taken."""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, ReadError, did_you_mean

ROW_NUMBER, KEY, LABEL, BY, AT, WAS = "_row", "_key", "_label", "_by", "_at", "_was"
REASON, SCORE, SUGGESTED = "_reason", "_score", "_suggested"
COLUMNS = (ROW_NUMBER, KEY, REASON, SCORE, WAS, SUGGESTED, LABEL, BY, AT)
"""Columns of a queue, before those of the input."""
_DELIMITERS = (",", ";", "\t", "|")
_NO_TEXT = (b"PK", b"PAR1", b"\xd0\xcf\x11\xe0")
"""How files of Excel, Parquet and old Excel begin."""


@dataclass(frozen=True)
class Answer:
    """A label that a person gave.

    Parameters
    ----------
    row : int
        The 0-based row of the input.
    label : str
    by, at : str, default=""
        Who, and when.
    key : str, default=""
        What the row held when the queue was written, as `key_text` has it; empty: not to be
        compared.
    was : str, optional
        The label that the row had then; empty for none, None: not to be compared.
    reason : str, default=""
        Why the row was in the queue.
    """

    row: int
    label: str
    by: str = ""
    at: str = ""
    key: str = ""
    was: str | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


def key_text(key: int) -> str:
    """Return the key of a row as a text that no spreadsheet takes for a number.

    Examples
    --------
    >>> key_text(255)
    'k00000000000000ff'
    """
    return f"k{key:016x}"


def read_answers(path: str | Path) -> list[Answer]:
    """Read a queue that was filled in; rows without a label are left out.

    Parameters
    ----------
    path : path
        CSV in UTF-8 or as spreadsheets write it: with a byte order mark, with semicolons or tabs,
        in UTF-16 or Windows-1252.

    Raises
    ------
    ReadError
        When it is not there, or is no queue.
    """
    given = Path(path)
    try:
        raw = given.read_bytes()
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror}",
            place=str(path),
            remedy="Give the CSV that label-queue wrote, filled in.",
        ) from None
    if raw.startswith(_NO_TEXT):
        raise ReadError(
            "is no CSV, as an Excel or a Parquet file is none",
            place=str(path),
            remedy="Save it as CSV, which keeps its columns.",
        )
    # Some spreadsheets say the delimiter in a line of its own.
    text = re.sub(r"^sep=.\r?\n", "", _decoded(raw))
    for delimiter in _DELIMITERS:
        # Only what ends a line of CSV: other breaks, such as U+2028, may be in a cell.
        lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
        try:
            names = [name.strip() for name in next(lines, [])]
            if ROW_NUMBER in names and LABEL in names:
                rows = (dict(zip(names, cells, strict=False)) for cells in lines if cells)
                return answers_of(rows, str(path))
        except csv.Error as error:
            raise ReadError(
                f"{error} (line {lines.line_num})",
                place=str(path),
                remedy="Give the CSV that label-queue wrote, filled in.",
            ) from None
    raise ReadError(
        f"the first line has no columns {ROW_NUMBER} and {LABEL}",
        place=str(path),
        remedy="Give the CSV that label-queue wrote, with its first line.",
    )


def _decoded(raw: bytes) -> str:
    """Return a text in UTF-8, in UTF-16 with its mark, or in Windows-1252."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel saves as plain CSV in the West.
        return raw.decode("windows-1252", errors="replace")


def answers_of(rows: Iterable[Mapping[str, Any]], place: str) -> list[Answer]:
    """Return the answers among rows of a queue, by the names of its columns.

    Examples
    --------
    >>> rows = [{"_row": 3, "_label": "yes", "_by": "ann"}, {"_row": "4", "_label": " "}]
    >>> answers_of(rows, "queue")[0].label, len(answers_of(rows, "queue"))
    ('yes', 1)
    """
    answers = []
    for i, row in enumerate(rows):
        label = _text(row.get(LABEL))
        if not label:
            continue
        number = _text(row.get(ROW_NUMBER)).removesuffix(".0")
        if not number.isdecimal():
            raise ReadError(
                f"{number!r} is no row number (line {i + 2})",
                place=f"{place}: {ROW_NUMBER}",
                remedy="Take it as label-queue wrote it; only the label is to be filled in.",
            )
        was = row.get(WAS)
        answers.append(
            Answer(
                int(number),
                label,
                _text(row.get(BY)),
                _text(row.get(AT)),
                _text(row.get(KEY)),
                None if WAS not in row else _text(was),
                _text(row.get(REASON)),
            )
        )
    return answers


def from_json(given: Sequence[Mapping[str, Any]], place: str) -> list[Answer]:
    """Return answers that JSON or YAML held: ``{row, label, by, at, key, was, reason}``.

    All but the row may be numbers, truth values or dates, and count as the texts of these.
    """
    known = list(Answer.__dataclass_fields__)
    answers = []
    for i, one in enumerate(given):
        for key in one:
            if key not in known:
                raise ConfigError(
                    f"unknown key {key!r}", place=f"{place}[{i}]", remedy=did_you_mean(key, known)
                )
        row = one.get("row")
        if not isinstance(row, int) or isinstance(row, bool) or row < 0 or "label" not in one:
            raise ConfigError(
                f"{dict(one)!r} is no answer",
                place=f"{place}[{i}]",
                remedy="Write {row: 3, label: yes}: the 0-based row, and its label.",
            )
        texts = {key: _text(value) for key, value in one.items() if key != "row"}
        if one.get("was") is None:
            texts.pop("was", None)
        answers.append(Answer(row=row, **texts))
    return answers


def _text(value: Any) -> str:
    """Return a cell as text; what is missing is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip()
