"""The few layers that Keras has not: checks of values, and text that is read or written anew.

A model with one of them is loaded where `dataprep` is installed; exported as a SavedModel it is
served without. The others are made of Keras alone.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from dataprep.feed.serving.points import mapped

BESIDE = "characters that depend on those beside them, as loose accents do. Write it in NFC before."


class Stateless(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A layer without weights, which computes in the types that it is given."""

    def __init__(self, **others: Any) -> None:
        super().__init__(**{"trainable": False, "autocast": False, "dtype": "float64", **others})
        self.supports_jit = False
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {"name": self.name, **self.parameters()}

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the layer."""
        return {}


@keras.saving.register_keras_serializable(package="dataprep")
class Checked(Stateless):
    """Give values back, or fail where one of them is not to be let through.

    Parameters
    ----------
    message : str
        What is wrong with such a value, and the remedy.

    Raises
    ------
    tf.errors.InvalidArgumentError
        With the message, when a model is called with such a value.
    """

    def __init__(self, message: str, **others: Any) -> None:
        super().__init__(**others)
        self.message = message

    def parameters(self) -> dict[str, Any]:
        """Return the message."""
        return {"message": self.message}

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the shape and type of the values."""
        return keras.KerasTensor(inputs[0].shape, dtype=inputs[0].dtype)

    def call(self, inputs: Any) -> Any:
        """Return the first of the two tensors, once the second is false everywhere."""
        values, wrong = inputs
        fine = tf.debugging.Assert(tf.logical_not(tf.reduce_any(wrong)), [self.message])
        with tf.control_dependencies([fine] if fine is not None else []):
            return tf.identity(values)


@keras.saving.register_keras_serializable(package="dataprep")
class Matches(Stateless):
    """Tell where texts match a regular expression as a whole, in RE2's syntax."""

    def __init__(self, pattern: str, **others: Any) -> None:
        super().__init__(**others)
        self.pattern = pattern

    def parameters(self) -> dict[str, Any]:
        """Return the pattern."""
        return {"pattern": self.pattern}

    def compute_output_spec(self, texts: Any) -> Any:
        """Return booleans of the same shape."""
        return keras.KerasTensor(texts.shape, dtype="bool")

    def call(self, texts: Any) -> Any:
        """Return where the whole text matches."""
        return tf.strings.regex_full_match(texts, self.pattern)


@keras.saving.register_keras_serializable(package="dataprep")
class Replaced(Stateless):
    r"""Replace what a regular expression finds, in RE2's syntax, ``\1`` standing for a group."""

    def __init__(self, pattern: str, rewrite: str, **others: Any) -> None:
        super().__init__(**others)
        self.pattern, self.rewrite = pattern, rewrite

    def parameters(self) -> dict[str, Any]:
        """Return the pattern and what takes its place."""
        return {"pattern": self.pattern, "rewrite": self.rewrite}

    def compute_output_spec(self, texts: Any) -> Any:
        """Return texts of the same shape."""
        return keras.KerasTensor(texts.shape, dtype="string")

    def call(self, texts: Any) -> Any:
        """Return the texts with every match replaced."""
        return tf.strings.regex_replace(texts, self.pattern, self.rewrite)


@keras.saving.register_keras_serializable(package="dataprep")
class Number(Stateless):
    """Read texts as float64; each must be a number, or ``nan``."""

    def compute_output_spec(self, texts: Any) -> Any:
        """Return numbers of the same shape."""
        return keras.KerasTensor(texts.shape, dtype="float64")

    def call(self, texts: Any) -> Any:
        """Return the numbers."""
        return tf.strings.to_number(texts, tf.float64)


@keras.saving.register_keras_serializable(package="dataprep")
class Characters(Stateless):
    """Write texts in a Unicode form or a case, character by character.

    Parameters
    ----------
    way : str
        A form (``NFC``, ``NFD``, ``NFKC``, ``NFKD``) or a case (``lower``, ``upper``,
        ``casefold``).

    Raises
    ------
    tf.errors.InvalidArgumentError
        When a text has characters that depend on their neighbours, such as loose accents, or in
        lower case a capital sigma: what becomes of those cannot be told one by one.
    """

    def __init__(self, way: str, **others: Any) -> None:
        super().__init__(**others)
        self.way = way

    def parameters(self) -> dict[str, Any]:
        """Return the form or case."""
        return {"way": self.way}

    def compute_output_spec(self, texts: Any) -> Any:
        """Return texts of the same shape."""
        return keras.KerasTensor(texts.shape, dtype="string")

    def call(self, texts: Any) -> Any:
        """Return the texts in the form or case."""
        points, loose = mapped(tf.strings.unicode_decode(texts, "UTF-8"), self.way)
        message = f"{self.way}: a text has {BESIDE}"
        fine = tf.debugging.Assert(tf.logical_not(tf.reduce_any(loose)), [message])
        with tf.control_dependencies([fine] if fine is not None else []):
            return tf.strings.unicode_encode(points, "UTF-8")
