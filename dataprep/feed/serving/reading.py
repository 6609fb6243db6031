"""Text read as numbers, booleans and dates in a graph, as the pipeline learned to read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from dataprep.feed.serving.graph import (
    MISSING_TEXT,
    Graph,
    Tensor,
    is_number,
    number,
    numbers_for,
)
from dataprep.feed.serving.translations import refusal
from dataprep.kinds import LEADING_ZERO, PATTERNS, Kind
from dataprep.stages.types import READABLE
from dataprep.styles import BLANKS, PLAIN, Style, any_of, family_of, styles_of

if TYPE_CHECKING:
    from dataprep.stage import Stage, State

_LONG = "[+-]?[0-9]{16,}"
"""Whole numbers that a float would not hold are names."""


def types(stage: Stage, state: State, graph: Graph) -> None:
    """Read columns as what they were at fit; a cell of another kind fails."""
    styles = styles_of(state)
    for name in graph.present(state["kinds"]):
        kind: Kind = state["kinds"][name]
        if graph.columns[name].kind not in READABLE:
            continue
        words = state["missing"].get(name, ())
        texts = graph.columns[name].tensor
        style = styles[name].reading if name in styles else None
        if kind in ("date", "timestamp") and style is not None:
            raise refusal(
                graph.label,
                f"{name!r} is written as {style.plain()}, and a graph reads dates as 2024-01-31",
                "Write its dates that way before they come to the model, or drop the column.",
            )
        if is_number(kind):
            texts = _numbers(name, kind, style, words, texts)
        elif kind in PATTERNS:
            texts = _moments(name, kind, words, texts)
        elif kind == "category":
            texts = _levels(words, texts)
        graph.put(name, texts, kind)


def words_of_file(missing: Mapping[str, Sequence[str]], graph: Graph) -> None:
    """Make missing what stood for a missing value in the file of fit: ``?``, a sentinel -999."""
    for name in graph.present(missing):
        column, words = graph.columns[name], missing[name]
        if column.is_text:
            column = column.filled(_is_word(_trimmed(column.tensor), words), None)
        else:
            for sentinel in _numbers_among(words):
                column = column.filled(ops.equal(column.tensor, number(sentinel)), None)
        graph.columns[name] = column


def _without(texts: Tensor, pattern: str, by: str = "") -> Tensor:
    from dataprep.feed.serving.layers import Replaced

    return Replaced(pattern, by)(texts)


def _matches(texts: Tensor, pattern: str) -> Tensor:
    from dataprep.feed.serving.layers import Matches

    return Matches(pattern)(texts)


def _is_word(texts: Tensor, words: Any) -> Tensor:
    """Return where a trimmed text stands for a missing value."""
    return _matches(texts, "|".join(re.escape(word) for word in ("", MISSING_TEXT, *words)))


def _levels(words: Any, texts: Tensor) -> Tensor:
    """Return texts, those that stand for a missing value as missing."""
    return ops.where(_is_word(_trimmed(texts), words), MISSING_TEXT, texts)


def _trimmed(texts: Tensor) -> Tensor:
    # Blanks alone, as the engines trim.
    return _without(texts, "^ +| +$")


def _moments(name: str, kind: Kind, words: Any, texts: Tensor) -> Tensor:
    """Return dates and times as they are written, checked."""
    trimmed = _trimmed(texts)
    missing = _is_word(trimmed, words)
    right = _matches(trimmed, PATTERNS[kind])
    checked = _checked(name, kind, trimmed, missing, right)
    return ops.where(missing, MISSING_TEXT, checked)


def _checked(name: str, kind: Kind, texts: Tensor, missing: Tensor, right: Tensor) -> Tensor:
    from dataprep.feed.serving.layers import Checked

    message = f"{name}: a cell is not of kind {kind!r}, which the column had at fit."
    wrong = ops.logical_not(ops.logical_or(missing, right))
    return Checked(message)([texts, wrong])


def _numbers(name: str, kind: Kind, style: Style | None, words: Any, texts: Tensor) -> Tensor:
    """Return the numbers that texts are, NaN where they stand for a missing value."""
    trimmed = _trimmed(texts)
    missing = _is_word(trimmed, words)
    if kind == "boolean":
        trues, falses = (_of_words(side) for side in family_of(style or PLAIN))
        true, false = _matches(trimmed, trues), _matches(trimmed, falses)
        trimmed = _checked(name, kind, trimmed, missing, ops.logical_or(true, false))
        # Words that stand for a missing value have the last say.
        values = ops.where(true, 1.0, numbers_for(ops.cast(false, "int32"), [None, 0.0]))
        return ops.where(ops.logical_or(missing, ops.equal(trimmed, "")), np.nan, values)
    right = _matches(trimmed, style.pattern(kind) if style else PATTERNS[kind])
    if kind == "float" and style is None:
        for name_like in (LEADING_ZERO, _LONG):
            right = ops.logical_and(right, ops.logical_not(_matches(trimmed, name_like)))
    trimmed = _checked(name, kind, trimmed, missing, right)
    if style is None:
        values = _read(_without(trimmed, r"^\+"), right)
    else:
        plain = _plain(trimmed, style)
        # A hyphen, a minus of Unicode, brackets around the number, or a hyphen behind it.
        negative = _matches(plain, "[(\u2212-].*|.*-")
        values = _read(_without(plain, "^[(\u2212-]|[)-]$"), right)
        values = ops.where(negative, -values, values)
    for sentinel in _numbers_among(words):
        values = ops.where(ops.equal(values, number(sentinel)), np.nan, values)
    return values


def _read(texts: Tensor, right: Tensor) -> Tensor:
    from dataprep.feed.serving.layers import Number

    return Number()(ops.where(right, texts, "nan"))


def _of_words(words: Any) -> str:
    return "(?i:" + "|".join(re.escape(word) for word in words) + ")"


def _numbers_among(words: Sequence[str]) -> list[float]:
    """Return the finite numbers among words."""
    found = []
    for word in words:
        with suppress(ValueError):
            found.append(float(word))
    return [one for one in found if np.isfinite(one)]


def _plain(texts: Tensor, style: Style) -> Tensor:
    """Return numbers in a style as they are written without one, but for their sign."""
    for affix in (style.prefix, style.suffix):
        if affix:
            texts = _without(texts, re.escape(affix.strip(BLANKS)))
    texts = _without(texts, f"[{BLANKS}+]")
    if style.grouping and style.grouping not in BLANKS:
        texts = _without(texts, any_of(style.grouping))
    if style.decimal != ".":
        texts = _without(texts, re.escape(style.decimal), ".")
    return texts
