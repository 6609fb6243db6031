"""Spellings that were not there at fit, known by their keys inside a graph."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from dataprep.feed.serving.characters import FOLD, any_of, blanks, runs_of_letters
from dataprep.feed.serving.graph import FIRST, NEW, Column, Tensor, picked
from dataprep.feed.serving.layers import BESIDE, Checked, Stateless
from dataprep.feed.serving.points import among, joined, mapped, within
from dataprep.stages.spelling import KEYS, Kept, Variant, meaning

_LETTER = r"[\pL\pN]"
_OTHER = r"[^\pL\pN_]"
_MEANINGFUL = (
    rf"(?s).*[\p{{Nd}}+#<>=%~≤≥≠±$€£¥].*"  # numbers and signs
    rf"|(.*{_OTHER})?([ivx]+|{_LETTER})({_OTHER}.*)?"  # Roman numerals and single letters
    rf"|.*[\pL\pN_]-({_OTHER}.*)?"  # a hyphen that ends a word
)
"""Texts that may have a part which no spelling may change, see `spelling.meaning`."""
_AT_ENDS = (r"[!?;,.:/)\]\" ]+( |$)", r"(^| )[!?;(\[\" ]+")
"""Punctuation at the ends of words, which is no such part."""


class Keys(NamedTuple):
    """What spellings of a level have in common, for each text.

    Parameters
    ----------
    light : text
        The level in lower case, without marks, blanks made one, no punctuation at ends of words.
    fingerprint, ngram : text
        See `dataprep.stages.spelling`; empty where there is none.
    meaningful : bool
        Whether it may have parts that no spelling may change.
    loose : bool
        Whether characters may combine, so that the others cannot be told.
    """

    light: Any
    fingerprint: Any
    ngram: Any
    meaningful: Any
    loose: Any


@keras.saving.register_keras_serializable(package="dataprep")
class SpellingKeys(Stateless):
    """Make the keys of levels, as `Keys`, for texts of shape (n,)."""

    def compute_output_spec(self, texts: Any) -> Any:
        """Return three texts and two booleans of the same shape."""
        types = ("string", "string", "string", "bool", "bool")
        return [keras.KerasTensor(texts.shape, dtype=type) for type in types]

    def call(self, texts: Any) -> Any:
        """Return the keys."""
        points, loose = mapped(tf.strings.unicode_decode(texts, "UTF-8"), FOLD)
        folded = tf.strings.unicode_encode(points, "UTF-8")
        bare = tf.strings.regex_replace(folded, "['\u2019]", "")
        light = tf.strings.regex_replace(bare, f"{any_of(blanks())}+", " ")
        for pattern in _AT_ENDS:
            light = tf.strings.regex_replace(light, pattern, r"\1")
        flat = points.flat_values
        letter = within(flat, *runs_of_letters())
        blank = among(flat, np.array(sorted(map(ord, blanks())), dtype="int32"))
        spaced = points.with_flat_values(tf.where(blank, ord(" "), flat))
        words = tf.ragged.boolean_mask(spaced, points.with_flat_values(letter | blank))
        squeezed = tf.ragged.boolean_mask(points, points.with_flat_values(letter))
        return [
            tf.strings.strip(light),
            _fingerprint(words),
            _ngram(squeezed),
            tf.strings.regex_full_match(bare, _MEANINGFUL),
            loose,
        ]


def _fingerprint(points: Any) -> Any:
    """Return the distinct words in one order; each is a number of 62 bits."""
    words = tf.strings.split(tf.strings.unicode_encode(points, "UTF-8"))
    return joined(words.with_flat_values(tf.strings.to_hash_bucket_fast(words.flat_values, 2**62)))


def _ngram(points: Any) -> Any:
    """Return the first letter, the number of letters, and the distinct pairs in one order."""
    left, right = (tf.cast(part.flat_values, tf.int64) for part in (points[:, :-1], points[:, 1:]))
    pairs = joined(points[:, :-1].with_flat_values(left * 2**21 + right))
    length = points.row_lengths()
    first = tf.strings.reduce_join(tf.strings.as_string(points[:, :1]), axis=1)
    key = tf.strings.join([first, tf.strings.as_string(length), pairs], " ")
    return tf.where(length > 1, key, "")


@keras.saving.register_keras_serializable(package="dataprep")
class Named(Stateless):
    """Give the text that stands at each place of a list."""

    def __init__(self, texts: Sequence[str], **others: Any) -> None:
        super().__init__(**others)
        self.texts = list(texts)

    def parameters(self) -> dict[str, Any]:
        """Return the texts."""
        return {"texts": self.texts}

    def compute_output_spec(self, places: Any) -> Any:
        """Return texts of the same shape."""
        return keras.KerasTensor(places.shape, dtype="string")

    def call(self, places: Any) -> Any:
        """Return the texts at the places."""
        return tf.gather(tf.constant(self.texts, dtype=tf.string), places)


def known_spellings(
    name: str, texts: Tensor, codes: Tensor, levels: Sequence[str], variants: Sequence[Variant]
) -> Tensor:
    """Return the codes, those of new levels that are spellings of a known one with its code.

    Where keys agree, but a number or a sign may tell two levels apart, the model fails: what the
    pipeline does then, a graph cannot.

    Parameters
    ----------
    name : str
        The column, for messages.
    texts : tensor of str of shape (batch,)
    codes : tensor of int64 of shape (batch,)
        As `dataprep.feed.serving.graph.Column.codes` gives them for the levels.
    levels : sequence of str
        In the order in which the pipeline compares them.
    variants : sequence of {"fingerprint", "ngram"}
    """
    new = ops.equal(codes, NEW)
    # One form for each: loose accents of fit are no obstacle.
    plain = [unicodedata.normalize("NFC", level) for level in levels]
    of_levels = Keys(*(part.numpy() for part in SpellingKeys()(tf.constant(plain, tf.string))))
    found = Keys(*SpellingKeys()(ops.where(new, texts, "")))
    fit = Kept([KEYS[variant] for variant in variants])
    for level in levels:
        fit.add(level)
    # A level of signs alone has no key, and no spellings.
    places: dict[str | None, int] = {level: i for i, level in enumerate(levels)}
    same = [places.get(fit.same_as(level)) for level in levels]
    place = _first_of(found.light, of_levels.light, same)
    undecided = ops.zeros_like(new)
    usual = place
    for variant in variants:
        keys = getattr(of_levels, variant)
        key = getattr(found, variant)
        every = _first_of(key, keys, range(len(levels)))
        undecided = ops.logical_or(undecided, ops.greater_equal(every, FIRST))
        plainest = [i if not meaning(level) else None for i, level in enumerate(levels)]
        hit = _first_of(key, keys, plainest)
        usual = ops.where(ops.greater_equal(usual, FIRST), usual, hit)
    undecided = ops.logical_and(undecided, ops.logical_and(found.meaningful, new))
    undecided = ops.logical_and(undecided, ops.less(place, FIRST))
    told = ops.where(new, usual, codes)
    told = Checked(f"{name}: a new level has {BESIDE}")([told, ops.logical_and(new, found.loose)])
    message = f"{name}: a new level may be a spelling of a known one. Mend it before."
    return Checked(message)([told, undecided])


def _first_of(key: Tensor, keys: np.ndarray, places: Any) -> Tensor:
    """Return the code of the first level with each key, or `NEW`; an empty key is none."""
    first: dict[str, int] = {}
    for one, place in zip(keys.tolist(), places, strict=True):
        if one and place is not None:
            first.setdefault(one.decode(), place)
    codes = Column(key, "text").codes(list(first))
    return picked(np.array([NEW, NEW, *(FIRST + i for i in first.values())], dtype="int64"), codes)
