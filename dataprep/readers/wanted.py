"""How a person says that a delimited text file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataprep.errors import ConfigError
from dataprep.readers.records import BLANKS, Form

NAMES = {
    "comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "colon": ":",
    "blank": " ", "space": " ", "blanks": BLANKS, "whitespace": BLANKS,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """How a file is to be read, where that is not to be detected; None where it is.

    Parameters
    ----------
    delimiter, quote, escape, encoding, comment : str, optional
        An empty ``quote`` says that there are none.
    header : bool, optional
        Whether the first line names the columns.
    names : tuple of str, optional
        The names of the columns.
    skip_lines : int, optional
        How many lines stand above the table.
    expected : tuple of str, optional
        Names that the columns probably have: a first row with most of them is a header.
    last_column : bool, default=False
        Whether a last column without a name that is empty at first is one.
    """

    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    encoding: str | None = None
    comment: str | None = None
    header: bool | None = None
    names: tuple[str, ...] | None = None
    skip_lines: int | None = None
    expected: tuple[str, ...] | None = None
    last_column: bool = False

    @property
    def form(self) -> Form | None:
        """The quotes that are given, and no delimiter."""
        if self.quote is None and self.escape is None:
            return None
        quote = '"' if self.quote is None else self.quote
        return Form("", quote, self.escape if self.escape is not None else quote)


def wanted_of(given: Mapping[str, Any]) -> Wanted:
    """Return how a file is written, from options that a person gives.

    Raises
    ------
    ConfigError
        When a sign is none, or the number of lines is below zero.
    """
    options = dict(given)
    if options.get("names") is not None:
        options["names"] = tuple(str(name) for name in options["names"])
    quote = options.get("quote")
    if quote is not None:
        quote = options["quote"] = {"none": "", "double": '"', "single": "'"}.get(quote, quote)
        _check_sign(quote, "quote", "Give one sign, or none.", least=0)
    escape = options.get("escape")
    if escape is not None:
        escape = options["escape"] = {"backslash": "\\", "double": quote or '"'}.get(escape, escape)
        _check_sign(escape, "escape", "Give backslash, or double.")
        if escape not in ("\\", '"' if quote is None else quote):
            raise ConfigError(
                f"{escape!r} escapes nothing", place="escape", remedy="Give backslash, or double."
            )
    if quote and quote == options.get("delimiter"):
        raise ConfigError(
            f"{quote!r} is the delimiter as well", place="quote", remedy="Give one of the two."
        )
    if (lines := options.get("skip_lines")) is not None and (
        not isinstance(lines, int) or isinstance(lines, bool) or lines < 0
    ):
        raise ConfigError(
            f"{lines!r} is no number of lines", place="skip_lines", remedy="Give 0 or more."
        )
    return Wanted(**options)


def _check_sign(sign: Any, place: str, remedy: str, least: int = 1) -> None:
    if not isinstance(sign, str) or not least <= len(sign) <= 1 or sign in ("\n", "\r"):
        raise ConfigError(f"{sign!r} is no sign", place=place, remedy=remedy)


def delimiter_named(delimiter: str) -> str:
    """Return the delimiter that a word or a sign stands for."""
    sign = NAMES.get(delimiter.lower(), delimiter)
    if not sign or any(bad in sign for bad in '"\r\n'):
        raise ConfigError(
            f"{delimiter!r} is no delimiter",
            place="delimiter",
            remedy="Give the sign, or comma, semicolon, tab, pipe, colon, blank, blanks.",
        )
    return sign
