"""What a person is shown of a row, and a key that tells whether it changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import narwhals as nw

from dataprep.keys import content_keys
from dataprep.labels.answers import key_text
from dataprep.parts import label_of
from dataprep.table import ROW, Table, hidden, text_of

if TYPE_CHECKING:
    from dataprep.engine import Frame
    from dataprep.stages.levels import Level

_COUNT, _WORD = hidden("n"), hidden("word")


def keys_of(table: Table, frame: Frame, target: str) -> dict[int, str]:
    """Return the keys of some rows, by their numbers, from all cells but the target.

    Of a file's rows the very text counts: what its columns are taken for does not.
    """
    names = [name for name in table.columns if name != target]
    held = [text_of(name) for name in names] if table.has_text else names
    arrays = table.engine.arrays(frame, held)
    keys = content_keys(arrays, held) if held else arrays[ROW]
    return dict(
        zip(arrays[ROW].astype("int64").tolist(), map(key_text, keys.tolist()), strict=True)
    )


def words_of(table: Table, target: str, labels: Sequence[Level]) -> list[str]:
    """Return how each label is written: the commonest way in a file, where it is yes, not true.

    A text is as it is, blanks and all: those may be what tells two classes apart.
    """
    words = {label: label_of(label) for label in labels}
    if table.has_text and not all(isinstance(label, str) for label in labels):
        pairs = table.frame.select(target, nw.col(text_of(target)).alias(_WORD))
        counted = pairs.filter(~nw.col(target).is_null()).group_by(target, _WORD)
        found = counted.agg(nw.len().alias(_COUNT)).sort(_COUNT, _WORD, descending=[False, True])
        words |= {row[target]: row[_WORD].strip() for row in table.engine.rows(found)}
    return [words[label] for label in labels]


def labels_there(table: Table, frame: Frame, target: str) -> dict[int, str]:
    """Return the labels that some rows have, by their numbers, as they are written; empty: none."""
    rows = table.engine.rows(
        frame.select(ROW, target, *([text_of(target)] if table.has_text else []))
    )
    return {
        int(row[ROW]): ""
        if row[target] is None or row[target] != row[target]
        else row[text_of(target)].strip()
        if table.has_text
        else label_of(row[target])
        for row in rows
    }
