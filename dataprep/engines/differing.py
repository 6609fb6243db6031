"""Where cells differ, a missing value equal to a missing one."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from dataprep.engine import Frame


def marked(frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
    """Add a boolean column for each pair: where two columns differ."""
    if not pairs:
        return frame
    return frame.with_columns(
        *[differs(nw.col(a), nw.col(b)).alias(name) for name, (a, b) in pairs.items()]
    )


def differs(new: nw.Expr, old: nw.Expr) -> nw.Expr:
    """Return where two columns differ, a missing value equal to a missing one."""
    # pandas' NaN differs from itself: two missing cells are compared by being missing alone.
    return (new.is_null() != old.is_null()) | ((new != old).fill_null(False) & ~new.is_null())
