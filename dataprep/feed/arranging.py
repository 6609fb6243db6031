"""From the tensors of a batch to what a model takes: features, label and sample weight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dataprep.errors import DataError
from dataprep.feed.channels import Channels, channels_of
from dataprep.feed.rows import Rows
from dataprep.optional import require
from dataprep.stage import Stage

_DECODED_AT_A_TIME = 64


@dataclass(frozen=True)
class Form:
    """The form that batches take.

    Parameters
    ----------
    rows : Rows
    features : {"dict", "matrix"}
    augment : ImageAugment or callable, optional
    seed : int
    image_size : tuple of int, optional
        (height, width) that pictures are resized to.
    channels : Channels, optional
        How many they get; where there are pictures.
    """

    rows: Rows
    features: str
    augment: Any = None
    seed: int = 0
    image_size: tuple[int, int] | None = None
    channels: Channels | None = None

    @property
    def objects(self) -> tuple[str, ...]:
        """The columns that come as text, in the order in which they come."""
        return (*self.rows.texts, *([self.rows.image] if self.rows.image else []))

    @property
    def by_batch(self) -> bool:
        """Whether a batch is to be arranged by itself: pictures, and what augments."""
        return self.rows.image is not None or self.augment is not None

    def arranged(self, parts: dict[str, Any], epoch: Any) -> Any:
        """Return a batch: ``(features, label, weight)``, or those of them that there are."""
        features, label, weight = self._features(parts), parts.get("label"), parts.get("weight")
        if isinstance(self.augment, Stage):
            features, label, weight = self._looks(features, label, weight, parts["keys"], epoch)
        elif self.augment is not None:
            features, label = self.augment(features, label)
        if label is None:
            return features
        return (features, label) if weight is None else (features, label, weight)

    def _features(self, parts: dict[str, Any]) -> Any:
        tf = require("tensorflow", "tensorflow")
        rows = self.rows
        texts = {name: parts[f"text {i}"] for i, name in enumerate(self.objects)}
        images = None
        if rows.image is not None:
            references = texts.pop(rows.image)
            images = self._images(parts, references)
        if images is not None and not rows.kinds:
            return images
        if self.features == "matrix":
            return parts["matrix"]
        columns = tf.unstack(parts["matrix"], axis=-1) if rows.numbers else []
        found = {**dict(zip(rows.numbers, columns, strict=True)), **texts}
        found = {name: found[name] for name in rows.kinds}
        return found if images is None else {**found, rows.image: images}

    def _images(self, parts: dict[str, Any], references: Any) -> Any:
        if "pictures" in parts:
            tf = require("tensorflow", "tensorflow")
            return tf.cast(parts["pictures"], tf.float32)
        return self._decoded(references)

    def _decoded(self, references: Any) -> Any:
        from dataprep.feed.images import images_of

        channels = self.channels or channels_of(self.rows)
        return images_of(
            references,
            root=self.rows.image_root,
            size=self.image_size or self.size,
            channels=channels.number,
            only_grey=channels.concluded,
            # Pictures of several sizes without a size to bring them to are refused.
            resize=self.image_size is not None,
        )

    @cached_property
    def size(self) -> tuple[int, int]:
        """The height and the width of the first picture."""
        from dataprep.feed.images import size_of

        first = self.rows.take(np.array([0]))[self.rows.image or ""][0]
        return size_of(first, self.rows.image_root)

    def kept(self) -> np.ndarray:
        """Return all pictures, decoded; as bytes where these say as much.

        Raises
        ------
        DataError
            When they would take more than half of the memory that is left.
        """
        from dataprep.feed.images import in_words

        tf = require("tensorflow", "tensorflow")
        rows = self.rows
        name = rows.image or ""
        references = rows.take(np.arange(rows.height))[name].tolist()
        with in_words():
            first = self._decoded(tf.constant(references[:1]))
        self._check_room(first.shape[1:].num_elements() * rows.height * 4)
        batches = tf.data.Dataset.from_tensor_slices(references).batch(_DECODED_AT_A_TIME)
        decoded = batches.map(self._decoded, num_parallel_calls=tf.data.AUTOTUNE)
        with in_words():
            parts = [_as_bytes(part) for part in decoded.as_numpy_iterator()]
        return np.concatenate(parts)

    def _check_room(self, size: int) -> None:
        import psutil

        left = psutil.virtual_memory().available
        if size > left / 2:
            raise DataError(
                f"decoded pictures would take {size / 2**30:.1f} GB, "
                f"{left / 2**30:.1f} GB are left",
                place="cache",
                remedy="Leave cache out, or resize them to fewer pixels with image_size.",
            )

    def _looks(
        self, features: Any, label: Any, weight: Any, keys: Any, epoch: Any
    ) -> tuple[Any, Any, Any]:
        """Return a batch with the pictures in the looks that they have in this epoch."""
        from dataprep.feed.augmentation import augmented

        rows, alone = self.rows, not isinstance(features, dict)
        images, label, *mixed = augmented(
            self.augment,
            features if alone else features[rows.image],
            keys,
            epoch,
            label,
            None if rows.classes is None else len(rows.classes),
            classes=rows.classes,
            seed=self.seed,
            weights=weight,
        )
        features = images if alone else {**features, rows.image: images}
        return features, label, mixed[0] if mixed else None


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """Return pictures as bytes, where no value has a fraction."""
    found = images.astype("uint8")
    return found if (found == images).all() else images
