"""The half of a network that makes rows: as text in a state, and at work without TensorFlow."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dataprep.errors import DataError


@dataclass(frozen=True)
class Decoder:
    """Dense layers with rectified outputs but for the last one.

    Parameters
    ----------
    weights : sequence of arrays, float32
        Of each layer a matrix of shape (n_in, n_out), and what is added, of shape (n_out,).
    deviations : array of shape (width,), float32
        The standard deviations of steps; see `dataprep.generative.columns`.
    """

    weights: Sequence[np.ndarray]
    deviations: np.ndarray

    @property
    def width(self) -> int:
        """How many numbers it takes for a row."""
        return int(self.weights[0].shape[0])

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Return what the network makes of codes.

        Parameters
        ----------
        codes : array of shape (n_rows, n_in)

        Returns
        -------
        array of shape (n_rows, width), float64
        """
        layers, hidden = list(zip(self.weights[::2], self.weights[1::2], strict=True)), codes
        for i, (matrix, added) in enumerate(layers):
            hidden = hidden @ matrix.astype("float64") + added
            if i < len(layers) - 1:
                hidden = np.maximum(hidden, 0.0)
        return hidden

    def to_state(self) -> dict[str, Any]:
        """Return it as plain JSON.

        Examples
        --------
        >>> decoder = Decoder([np.eye(2, dtype="float32"), np.ones(2, "float32")], np.ones(2))
        >>> Decoder.from_state(decoder.to_state())(np.array([[1.0, 2.0]])).tolist()
        [[2.0, 3.0]]
        """
        arrays = [*self.weights, self.deviations]
        data = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
        return {
            "shapes": [list(array.shape) for array in arrays],
            "weights": b64encode(zlib.compress(data, 9)).decode("ascii"),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Decoder:
        """Return what `to_state` gave as text.

        Raises
        ------
        DataError
            Where the text is not whole, or the shapes are none of layers that follow each other.
        """
        try:
            data = np.frombuffer(zlib.decompress(b64decode(state["weights"])), "<f4")
        except (ValueError, zlib.error) as error:
            raise altered(str(error)) from None
        shapes = [tuple(shape) for shape in state["shapes"]]
        if not _fit_together(shapes):
            raise altered(f"{state['shapes']} are no shapes of layers")
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        if ends[-1] != len(data):
            raise altered(f"there are {len(data):,} numbers, and {ends[-1]:,} by their shapes")
        parts = np.split(data, ends[:-1])
        arrays = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        return cls(arrays[:-1], arrays[-1])


def altered(what: str) -> DataError:
    """Return the error for weights that are not those of a fit."""
    return DataError(
        f"the weights cannot be read: {what}",
        place="tabular_vae",
        remedy="The file was cut or altered; fit the pipeline again.",
    )


def _fit_together(shapes: Sequence[tuple[int, ...]]) -> bool:
    """Tell whether shapes are those of matrices and what is added, each as wide as the next."""
    if len(shapes) < 3 or len(shapes) % 2 == 0 or shapes[-1] != shapes[-2]:
        return False
    matrices, added = shapes[:-1:2], shapes[1::2]
    if any(len(matrix) != 2 or min(matrix) < 1 for matrix in matrices):
        return False
    follow = all(a[1] == b[0] for a, b in pairwise(matrices))
    return follow and all((m[1],) == a for m, a in zip(matrices, added, strict=True))
