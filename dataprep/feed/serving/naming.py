"""Inputs of a model that are told by columns' names, whatever these are."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


def tensor_name(column: str, taken: set[str]) -> str:
    """Return a name for a tensor: the column's own, where TensorFlow and Keras take it.

    Parameters
    ----------
    column : str
    taken : set of str
        The names of other tensors; this one is added.
    """
    import keras

    name = re.sub(r"[^A-Za-z0-9_.-]", "_", column)
    if not re.match(r"[A-Za-z0-9.]", name):
        name = f"column{name}"
    # Keras calls operations and layers by such names, each once in a model.
    bare = re.sub(r"_[0-9]+$", "", name)
    if hasattr(keras.ops, bare) or hasattr(keras.layers, bare.title().replace("_", "")):
        name = f"column_{name}"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


@contextmanager
def by_column() -> Iterator[None]:
    """Make a model without Keras' warning that an input's key is not its tensor's name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="When providing `inputs` as a dict")
        yield
