"""How much memory columns take as arrays, and how much they may."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from dataprep.errors import DataError
from dataprep.kinds import Kind

LARGEST_MATRIX = 2 * 2**30
"""How many bytes a matrix may take."""
_BYTES: dict[Kind, int] = {"text": 96, "identifier": 96, "category": 16}
"""About how many a cell takes, where it is no number."""
log = logging.getLogger("dataprep")


def check_matrix(rows: int, kinds: Mapping[str, Kind]) -> None:
    """Say how much memory a matrix will take; raise where that is more than `LARGEST_MATRIX`."""
    size = rows * (8 + sum(_BYTES.get(kind, 8) for kind in kinds.values()))
    log.info("a matrix of %d columns: about %.0f MB", len(kinds), size / 2**20)
    if size > LARGEST_MATRIX:
        raise DataError(
            f"a matrix of {rows:,} rows and {len(kinds)} columns would take {size / 2**30:.1f} GB",
            place=", ".join(list(kinds)[:5]),
            remedy="Choose fewer columns, or let the stage learn from fewer rows.",
        )
