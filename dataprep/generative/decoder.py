"""The half of a network that makes rows: as text in a state, and at work without TensorFlow."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataprep.errors import DataError

_ROWS_AT_A_TIME = 20_000


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

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Return what the network makes of codes.

        Parameters
        ----------
        codes : array of shape (n_rows, n_in)

        Returns
        -------
        array of shape (n_rows, width), float64
        """
        parts = [
            self._of(codes[start : start + _ROWS_AT_A_TIME])
            for start in range(0, len(codes), _ROWS_AT_A_TIME)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(self.deviations)))

    def _of(self, hidden: np.ndarray) -> np.ndarray:
        layers = list(zip(self.weights[::2], self.weights[1::2], strict=True))
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
            Where the text is not whole.
        """
        try:
            data = np.frombuffer(zlib.decompress(b64decode(state["weights"])), "<f4")
        except (ValueError, zlib.error) as error:
            raise DataError(
                f"the weights cannot be read: {error}",
                place="tabular_vae",
                remedy="The file was cut or altered; fit the pipeline again.",
            ) from None
        ends = np.cumsum([int(np.prod(shape)) for shape in state["shapes"]])
        parts = np.split(data, ends[:-1])
        arrays = [part.reshape(shape) for part, shape in zip(parts, state["shapes"], strict=True)]
        return cls(arrays[:-1], arrays[-1])
