"""Tests in SQL for values that a column of PostgreSQL would round, cut or read as others."""

from __future__ import annotations

import re

TEXTS = ("text", "character varying", "character", "name", "citext")
_FLOATS = ("double precision", "real")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", *_FLOATS)
_ANY_TEXT = ("text", "character varying", "citext")
_MODIFIER = re.compile(r"\([\d,]+\)")
_WIDE = {
    "character": "bpchar", "bit": "bit varying", "name": "text", "date": "timestamptz",
    "timestamp without time zone": "timestamptz", "timestamp with time zone": "timestamptz",
    "time without time zone": "timetz", "time with time zone": "timetz",
}  # fmt: skip
"""The type that keeps of a text all that another keeps a part of; else it is that without (n)."""


def loss_of(cell: str, old: str, new: str) -> str | None:
    """Return an SQL test: a value of one type of PostgreSQL would become another as another type.

    A value that is none of the new type makes the test itself fail.

    Parameters
    ----------
    cell : str
        SQL for the value.
    old, new : str
        As ``format_type`` tells them.

    Examples
    --------
    >>> loss_of('"price"', "text", "character varying(3)")
    '("price"::character varying(3) is distinct from "price"::character varying)'
    >>> loss_of('"price"', "bigint", "double precision")
    '"price"::double precision::bigint is distinct from "price"'
    """
    if old not in TEXTS:
        through = "::text" if old in _FLOATS and "numeric" in new else ""
        return f"{cell}{through}::{new}::{old} is distinct from {cell}"
    if new in _ANY_TEXT:
        return None
    plain = _MODIFIER.sub("", new)
    item, several, _ = plain.partition("[]")
    wide = _WIDE.get(item, item) + several
    tests = []
    if plain in _FLOATS:
        tests.append(f"{cell}::{new}::text::numeric is distinct from {cell}::numeric")
    elif wide != new:
        # In the zone of the session, which is UTC: another zone would be dropped unsaid.
        back = f"::{wide}" if wide.endswith("tz") else ""
        tests.append(f"{cell}::{new}{back} is distinct from {cell}::{wide}")
    else:
        tests.append(f"{cell} is not null and ({cell}::{new})::text is null")
    if plain in _NUMBERS:
        # A code, such as 00060, is no number.
        tests.append(rf"{cell} ~ '^\s*[-+]?0[0-9]'")
    if wide.endswith("tz"):
        tests.append(rf"{cell} ~ '[.][0-9]{{6}}[0-9]*[1-9]'")
        tests.append(rf"{cell} ~* '^\s*(now|today|tomorrow|yesterday)'")
    if plain == "money":
        tests.append(rf"{cell} ~ '[.][0-9]{{2}}[0-9]*[1-9]'")
    if plain == "jsonb":
        # Of two equal keys it keeps one. (Those of inner objects are not looked at.)
        tests.append(
            f"case when json_typeof({cell}::json) = 'object' then "
            f"(select count(*) > count(distinct k) from json_object_keys({cell}::json) k) end"
        )
    return " or ".join(f"({test})" for test in tests)
