"""Where cells differ, a missing value equal to a missing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from dataprep.engine import Frame


def marked(frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
    """Add a boolean column for each pair: where two columns differ."""
    if not pairs:
        return frame
    schema = frame.collect_schema()
    return frame.with_columns(
        *[
            (differs if comparable(schema[a], schema[b]) else differ_as_missing)(
                nw.col(a), nw.col(b)
            ).alias(name)
            for name, (a, b) in pairs.items()
        ]
    )


def comparable(new: Any, old: Any) -> bool:
    """Tell whether values of two types can be equal: text and numbers cannot."""
    texts = (nw.String, nw.Categorical, nw.Enum)
    return old != nw.Unknown and (new in texts) == (old in texts)


def differ_as_missing(new: nw.Expr, old: nw.Expr) -> nw.Expr:
    """Return where one of two columns has a value, of types that have no common ones."""
    return ~(new.is_null() & old.is_null())


def differs(new: nw.Expr, old: nw.Expr) -> nw.Expr:
    """Return where two columns differ, a missing value equal to a missing one."""
    # pandas' NaN differs from itself: two missing cells are compared by being missing alone.
    return (new.is_null() != old.is_null()) | ((new != old).fill_null(False) & ~new.is_null())
