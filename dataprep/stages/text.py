"""Text in one spelling: blanks, Unicode forms, case, replacements."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import narwhals as nw

from dataprep.engine import Arrays
from dataprep.errors import ConfigError
from dataprep.stage import Change, Mapped, Stage, State
from dataprep.stages.chosen import words_of
from dataprep.stages.levels import looked_up
from dataprep.table import Table, hidden

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
Case = Literal["lower", "upper", "title", "casefold"]

_BLANKS = re.compile(r"\s+")
# Marks of width zero are no blanks to Unicode, yet nobody sees them at the ends of a cell.
ENDS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"
# Not str.title(), to which the s of "it's" begins a word.
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


@dataclass(eq=False, repr=False)
class NormaliseText(Stage):
    r"""Write text in one way: blanks, Unicode form, case, replacements.

    Parameters
    ----------
    columns : str, Selector or list, default="text() | category()"
        The columns of text, categories or identifiers to look at; identifiers only if named.
    form : {"NFKC", "NFC", "NFD", "NFKD"} or None, default="NFKC"
        The Unicode form. NFKC joins letters and their accents, and takes ligatures, full-width
        letters and no-break blanks for the plain ones.
    replacements : mapping of str to str, optional
        Texts to replace, in this order, wherever they occur, before case and blanks are treated.
    regex : bool, default=False
        Whether ``replacements`` are regular expressions of Python, with ``\1`` for a group.
    case : {"lower", "upper", "title", "casefold"} or None, default=None
        ``title`` gives each word a capital, ``casefold`` is for comparing: ``ß`` becomes ``ss``.
    collapse : bool, default=True
        Whether blanks in a row, line breaks among them, become one.
    strip : bool, default=True
        Whether blanks at both ends go, and marks of width zero.
    empty : {"keep", "missing"}, default="keep"
        What becomes of a cell in which nothing is left.

    References
    ----------
    Unicode Standard Annex #15, "Unicode Normalization Forms".

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"city": ["  São\u00a0 Paulo", "SA\u0303O PAULO ", "ﬁx&co"]})
    >>> stage = NormaliseText(case="title", replacements={"&": " and "})
    >>> stage.fit(frame).transform(frame)["city"].tolist()
    ['São Paulo', 'São Paulo', 'Fix And Co']
    >>> NormaliseText(replacements={"(": ""}, regex=True).fit(frame)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: normalise_text.replacements: '(' -> '' is no regular ...
    """

    columns: Any = "text() | category()"
    form: Form | None = "NFKC"
    replacements: Mapping[str, str] | None = None
    regex: bool = False
    case: Case | None = None
    collapse: bool = True
    strip: bool = True
    empty: Literal["keep", "missing"] = "keep"

    def learn(self, table: Table) -> State:
        """Return the columns; nothing else is learned."""
        self._normaliser()
        return {"columns": words_of(self, table)}

    def change(self, table: Table, state: State) -> Change:
        """Replace each text by its normal form."""
        columns = [name for name in state["columns"] if name in table.kinds]
        if not columns:
            return Change()
        made = {name: hidden(f"normal {name}") for name in columns}
        return Change(
            cells={name: nw.col(made[name]) for name in columns},
            action="normalise",
            reason=self._reason(),
            mapped=Mapped(
                columns=columns,
                makes=dict.fromkeys(made.values(), "text"),
                function=partial(_normalised, made, self._normaliser()),
            ),
        )

    def _reason(self) -> str:
        done = {
            "replacements": bool(self.replacements),
            f"{self.case} case": self.case is not None,
            str(self.form): self.form is not None,
            "blanks": self.collapse or self.strip,
        }
        return ", ".join(what for what, is_done in done.items() if is_done)

    def _normaliser(self) -> Callable[[str], str | None]:
        steps: list[Callable[[str], str]] = []
        form = self.form
        if form is not None:
            steps.append(partial(unicodedata.normalize, form))
        for old, new in (self.replacements or {}).items():
            steps.append(partial(_pattern(old, new).sub, new) if self.regex else _swap(old, new))
        if self.case is not None:
            steps.append(_titled if self.case == "title" else getattr(str, self.case))
        if form is not None and (self.case or self.replacements):
            # What was replaced, or folded, may combine with its neighbours anew.
            steps.append(partial(unicodedata.normalize, form))
        if self.collapse:
            steps.append(partial(_BLANKS.sub, " "))
        if self.strip:
            steps.append(lambda text: text.strip(ENDS))
        return partial(_through, steps, self.empty)


def _through(steps: list[Callable[[str], str]], empty: str, text: str) -> str | None:
    for step in steps:
        text = step(text)
    return None if not text and empty == "missing" else text


def _swap(old: str, new: str) -> Callable[[str], str]:
    if not old:
        raise ConfigError(
            "an empty text occurs everywhere",
            place="normalise_text.replacements",
            remedy="Name the text that is to be replaced.",
        )
    return lambda text: text.replace(old, new)


def _pattern(old: str, new: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(old)
        # That a group is not there is found out only where something is found.
        re.compile(f"{old}|").sub(new, "")
    except re.error as error:
        raise ConfigError(
            f"{old!r} -> {new!r} is no regular expression: {error}",
            place="normalise_text.replacements",
            remedy="Mend it, or leave regex out to replace the text as it stands.",
        ) from None
    return pattern


def _titled(text: str) -> str:
    return _WORD.sub(lambda word: word[0].capitalize(), text)


def _normalised(
    made: Mapping[str, str], normal: Callable[[str], str | None], arrays: Arrays
) -> Arrays:
    """Return the normal forms of a batch of texts; each distinct one is worked out once."""
    found = {}
    for name, new in made.items():
        forms = {text: normal(text) for text in set(arrays[name].tolist()) if text is not None}
        found[new] = looked_up(arrays[name], forms, None)
    return found
