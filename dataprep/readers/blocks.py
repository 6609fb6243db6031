"""Several tables in one text: the largest is read, the others are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dataprep.readers.head import head_of, looks_named
from dataprep.readers.records import Form, continued, sample_records
from dataprep.readers.sniffing import best_form

_LEAST_SHARE = 0.8


@dataclass(frozen=True)
class Block:
    """Lines between blank ones that are a table by themselves.

    Parameters
    ----------
    first, last : int
        Its lines (0-based), the last one excluded.
    form : Form
    width : int
    rows : int
    header : tuple of str
        Its first row.
    named : bool
        Whether the first row names the columns beyond doubt.
    """

    first: int
    last: int
    form: Form
    width: int
    rows: int
    header: tuple[str, ...]
    named: bool


@dataclass(frozen=True)
class Cut:
    """The lines of a text to read, and the tables that are passed over."""

    first: int
    last: int
    others: list[dict[str, Any]] = field(default_factory=list)


def largest_table(lines: Sequence[str], form: Form) -> Cut | None:
    """Return where the largest of several tables stands; None where there is one at most.

    ``form`` is that of the whole text, and tells which blank lines are parts of cells.
    """
    tables: list[Block] = []
    for first, last in between_blanks(lines, form):
        text = "".join(lines[first:last])
        block = _block(text, first, last)
        if block is None:
            # A row or two between blank lines.
            if tables and _are_rows(text, tables[-1]):
                rows = tables[-1].rows + last - first
                tables[-1] = replace(tables[-1], last=last, rows=rows)
            continue
        if tables and _goes_on(tables[-1], block):
            before = tables.pop()
            block = replace(before, last=last, rows=before.rows + block.rows)
        tables.append(block)
    if len(tables) < 2:
        return None
    largest = max(tables, key=lambda table: table.rows * table.width)
    others = [
        {"line": table.first + 1, "rows": table.rows - table.named, "columns": list(table.header)}
        for table in tables
        if table is not largest
    ]
    return Cut(largest.first, largest.last, others)


def between_blanks(lines: Sequence[str], form: Form) -> list[tuple[int, int]]:
    """Return where lines stand that blank ones enclose (0-based, the last one excluded)."""
    found, first, inside = [], None, continued(lines, form)
    for i, line in enumerate(lines):
        if line.strip() or i in inside:
            first = i if first is None else first
        elif first is not None:
            found.append((first, i))
            first = None
    if first is not None:
        found.append((first, len(lines)))
    return found


def _block(text: str, first: int, last: int) -> Block | None:
    """Return lines as a table, if they are one: at least a header and a row, cut alike."""
    form = best_form(text, None, None)
    records = sample_records(text, form, 10**9)
    if len(records) < 2:
        return None
    head = head_of(records, None, None, titled=True)
    rows = [record.cells for record in records[head.titles :] if len(record.cells) == head.width]
    table = records[head.titles :]
    if head.width < 2 or len(rows) < 2 or len(rows) < _LEAST_SHARE * len(table):
        return None
    start = first + table[0].line
    named = bool(head.names) and (looks_named(rows) or len(table[0].cells) != head.width)
    return Block(start, last, form, head.width, len(rows), tuple(table[0].cells), named)


def _are_rows(text: str, table: Block) -> bool:
    """Tell whether lines are rows of a table."""
    records = sample_records(text, table.form)
    return bool(records) and all(len(record.cells) == table.width for record in records)


def _goes_on(before: Block, block: Block) -> bool:
    """Tell whether a table goes on after a blank line: as wide, cut alike, no names of its own."""
    if before.width != block.width or before.form.delimiter != block.form.delimiter:
        return False
    return not block.named or block.header == before.header
