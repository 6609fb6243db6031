"""What a row held when a person was asked about it: a key that tells whether it changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataprep.keys import content_keys
from dataprep.labels.answers import key_text
from dataprep.table import ROW, Table, text_of

if TYPE_CHECKING:
    from dataprep.engine import Frame


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
