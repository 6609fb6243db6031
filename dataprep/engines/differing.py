"""Where cells differ, a missing value equal to a missing one."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from dataprep.engine import Frame


def marked(frame: Frame, pairs: Mapping[str, tuple[str, str]]) -> Frame:
    """Add a boolean column for each pair: where two columns differ."""
    if not pairs:
        return frame
    schema = frame.collect_schema()

    def either(name: str, other: str) -> nw.Expr:
        # Text is compared with text: some libraries refuse to compare it with numbers.
        text = schema[other] == nw.String and schema[name] != nw.String
        return nw.col(name).cast(nw.String) if text else nw.col(name)

    return frame.with_columns(
        *[differs(either(a, b), either(b, a)).alias(name) for name, (a, b) in pairs.items()]
    )


def differs(new: nw.Expr, old: nw.Expr) -> nw.Expr:
    """Return where two columns differ, a missing value equal to a missing one."""
    # pandas' NaN differs from itself: two missing cells are compared by being missing alone.
    both = ~new.is_null() & ~old.is_null()
    return (new.is_null() != old.is_null()) | ((new != old).fill_null(False) & both)
