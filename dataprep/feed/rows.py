"""Rows: prepared rows by their positions, whatever they came from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dataprep.engine import Arrays
from dataprep.feed.channels import Channels
from dataprep.feed.keys import keys_of
from dataprep.kinds import Kind
from dataprep.parts import TRAIN

Classes = list[Any]
"""The labels of a target in order: the place of a label is its code."""


@dataclass(frozen=True, repr=False)
class Rows(ABC):
    """What rows hold and are for; subclasses know where they lie.

    Parameters
    ----------
    height : int
        The number of rows.
    kinds : mapping of str to Kind
        What each feature holds, in column order; the image column is none of them.
    target : str, optional
        The column to be predicted.
    target_kind : Kind, optional
    classes : list, optional
        Labels in sorted order; None for a target of numbers that is no class, or none.
    weight : str, optional
        The column of sample weights, where there is one.
    image : str, optional
        The column that refers to pictures.
    image_root : str, default=""
        The folder that its references are relative to.
    channels : Channels, optional
        How many channels the pictures get, where that is known without looking at them.
    roles : mapping of str to str
        What columns are for, where that is not a plain feature.
    place : str
        What the source is called in errors.
    split : str, default="train"
        The part that they are.
    made : int, default=0
        How many of them stages made.
    left_out : mapping of str to str
        Columns without a role that are no features, where nobody chose, and why.
    """

    height: int
    kinds: Mapping[str, Kind]
    target: str | None = None
    target_kind: Kind | None = None
    classes: Classes | None = None
    weight: str | None = None
    image: str | None = None
    image_root: str = ""
    channels: Channels | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    place: str = "source"
    split: str = TRAIN
    made: int = 0
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say in a line what is fed."""
        features = [*self.kinds, *([self.image] if self.image else [])]
        target = "" if self.target is None else f"; target {self.target}"
        if self.classes is not None:
            target += f", {len(self.classes)} classes"
        listed = ", ".join(features[:6]) + (", ..." if len(features) > 6 else "")
        return f"{type(self).__name__}({self.split}: {self.height:,} rows; {listed}{target})"

    @property
    @abstractmethod
    def numbers(self) -> list[str]:
        """The features that are fed as float32."""

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """The features that are fed as text."""

    @abstractmethod
    def take(self, positions: np.ndarray) -> Arrays:
        """Return features, and references to pictures, of some rows.

        Parameters
        ----------
        positions : array of int64 of shape (n,)
            0-based, in any order, repeated where wanted.

        Returns
        -------
        dict of str to array of shape (n,)
            float32 (booleans 0 and 1, times as days since 1970), or objects: text.
        """

    @abstractmethod
    def keys(self, positions: np.ndarray) -> np.ndarray:
        """Return what the looks of some rows' pictures are drawn by (int64)."""

    @abstractmethod
    def labels(self, positions: np.ndarray) -> np.ndarray:
        """Return the codes of classes (int64), or numbers (float32), of some rows."""

    @abstractmethod
    def blocks(self) -> Iterator[Held]:
        """Give all rows in order, in blocks that fit in memory."""

    @abstractmethod
    def class_counts(self) -> dict[Any, int]:
        """Return how many rows each class has."""


@dataclass(frozen=True, repr=False)
class Held(Rows):
    """Rows that lie in memory.

    Parameters
    ----------
    matrix : array of float32 of shape (n_rows, n_numbers)
        The features of numbers, row by row, so that a row is read at once.
    names : sequence of str
        Those of its columns.
    objects : dict of str to array of shape (n_rows,)
        The features of text, and references to pictures.
    y : array of shape (n_rows,), optional
        Codes or numbers of the target.
    w : array of float32 of shape (n_rows,), optional
    soft : array of float32 of shape (n_rows, n_classes), optional
        How likely each class is, where a stage said so; NaN in rows of which none did.
    """

    matrix: np.ndarray = field(default_factory=lambda: np.empty((0, 0), "float32"))
    names: Sequence[str] = ()
    objects: Arrays = field(default_factory=dict)
    y: np.ndarray | None = None
    w: np.ndarray | None = None
    soft: np.ndarray | None = None

    @property
    def numbers(self) -> list[str]:
        """The features that are fed as float32."""
        return list(self.names)

    @property
    def texts(self) -> list[str]:
        """The features that are fed as text."""
        return [name for name in self.objects if name != self.image]

    def take(self, positions: np.ndarray) -> Arrays:
        """Return features, and references to pictures, of some rows."""
        taken = self.matrix.take(positions, axis=0)
        found: Arrays = {name: taken[:, i] for i, name in enumerate(self.names)}
        found |= {name: values.take(positions) for name, values in self.objects.items()}
        order = [*self.kinds, *([self.image] if self.image else [])]
        return {name: found[name] for name in order}

    def keys(self, positions: np.ndarray) -> np.ndarray:
        """Return what the looks of some rows' pictures are drawn by (int64): see `keys_of`."""
        return self._keys.take(positions)

    @cached_property
    def _keys(self) -> np.ndarray:
        return keys_of(self.objects[str(self.image)])

    def labels(self, positions: np.ndarray) -> np.ndarray:
        """Return the codes of classes (int64), or numbers (float32), of some rows."""
        assert self.y is not None, "asked for a target that was not named"  # noqa: S101
        return self.y.take(positions)

    def soft_labels(self) -> np.ndarray:
        """Return how likely each class is (float32): 1 for the label, where nobody said."""
        sure: np.ndarray = np.eye(len(self.classes or ()), dtype="float32")[self.y]
        return sure if self.soft is None else np.where(np.isnan(self.soft), sure, self.soft)

    def blocks(self) -> Iterator[Held]:
        """Give the rows, which are in memory already."""
        yield self

    def class_counts(self) -> dict[Any, int]:
        """Return how many rows each class has."""
        if self.y is None or self.classes is None:
            return {}
        counts = np.bincount(self.y, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))
