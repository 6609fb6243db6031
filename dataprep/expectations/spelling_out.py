"""Python's regular expressions, spelled out so that they mean the same to RE2 and to Java."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|\{\d*(?:,\d*)?\}|.", re.DOTALL)
_ESCAPE = re.compile(r"\\.|[^\\]", re.DOTALL)
_TIMES = re.compile(r"\{(\d*)(,?)(\d*)\}")
_QUANTIFIERS = "*+?"
_MEMBERS = {"d": r"\p{Nd}", "w": r"\p{L}\p{N}_", "s": r"\t-\r\x1c-\x20\x85\p{Z}"}
"""What is a digit, a letter or a blank to Python: of every script."""
_PLAIN = {"A": r"\A", "Z": r"\z", "v": r"\x0b", **{sign: f"\\{sign}" for sign in "afnrtx"}}
_END = r"\n?\z"
_NESTED = ("[", "&&", "--", "||", "~~")
"""What other dialects compute sets of signs with."""


def spelled_out(regex: str) -> str | None:
    r"""Return a pattern that RE2 and Java find where Python finds the given one.

    None where there is none: word boundaries, look-around, references back, flags, and what
    Python does not read.

    Examples
    --------
    >>> spelled_out("^[A-Z]{2}-[0-9]+")
    '^[A-Z]{2}-[0-9]+'
    >>> spelled_out(r"^\d+$")
    '^[\\p{Nd}]+\\n?\\z'
    >>> spelled_out(r"(?i)\bno\b")
    """
    try:
        re.compile(regex)
    except (re.error, OverflowError, RecursionError):
        return None
    pieces = _TOKEN.findall(regex)
    found: list[str] = []
    depth = 0
    for i, piece in enumerate(pieces):
        depth += piece.startswith("(") - (piece == ")")
        said = _said(piece, pieces[i + 1 :], depth)
        if said is None:
            return None
        found.append(said)
    return "".join(found)


def _said(piece: str, rest: Sequence[str], depth: int) -> str | None:
    """Return what one piece of a pattern is, or None."""
    if piece == "(?":
        return None
    if piece == ".":
        return r"[^\n]"
    if piece == "$":
        return _END if _ends(rest, depth) else None
    if piece.startswith("\\"):
        return _escaped(piece[1])
    if piece.startswith("[") and len(piece) > 1:
        return _of_signs(piece)
    times = _TIMES.fullmatch(piece)
    if times and times[0] not in ("{}", "{,}"):
        # From Python 3.11 on, a second + forbids to give back.
        least = times[1] or "0"
        return None if rest[:1] == ["+"] else f"{{{least}{times[2]}{times[3]}}}"
    if piece in _QUANTIFIERS:
        return None if rest[:1] == ["+"] else piece
    return piece.replace("{", r"\{").replace("}", r"\}")


def _ends(rest: Sequence[str], depth: int) -> bool:
    """Tell whether nothing is looked for after what comes here."""
    for piece in rest:
        if piece != ")":
            return piece == "|" and depth == 0
        depth -= 1
    return True


def _escaped(sign: str) -> str | None:
    """Return what an escape is outside of a set of signs."""
    if sign.lower() in _MEMBERS:
        return f"[{'^' if sign.isupper() else ''}{_MEMBERS[sign.lower()]}]"
    if sign.isalnum():
        return _PLAIN.get(sign)
    return f"\\{sign}" if sign.isascii() else sign


def _of_signs(piece: str) -> str | None:
    """Return what a set of signs is, or None."""
    no = "^" if piece.startswith("[^") else ""
    inside = piece[1 + len(no) : -1]
    if inside.startswith("]") or any(sign in inside for sign in _NESTED):
        return None
    found = []
    for piece in _ESCAPE.findall(inside):
        if not piece.startswith("\\"):
            found.append(piece)
            continue
        # A word boundary is a backspace here, and all but digits cannot be a member.
        said = _MEMBERS.get(piece[1]) or (None if piece[1] in "ADSWZ" else _escaped(piece[1]))
        if said is None:
            return None
        found.append(said)
    return f"[{no}{''.join(found)}]"
