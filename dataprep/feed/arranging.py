"""From the tensors of a batch to what a model takes: features, label and sample weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dataprep.feed.rows import Rows
from dataprep.optional import require
from dataprep.stage import Stage


@dataclass(frozen=True)
class Form:
    """The form that batches take.

    Parameters
    ----------
    rows : Rows
    features : {"dict", "matrix"}
    objects : tuple of str
        Columns that come as text, in the order in which they come.
    augment : ImageAugment or callable, optional
    seed : int
    image_size : tuple of int, optional
        (height, width) that pictures are resized to.
    channels : int, optional
    """

    rows: Rows
    features: str
    objects: tuple[str, ...]
    augment: Any = None
    seed: int = 0
    image_size: tuple[int, int] | None = None
    channels: int | None = None
    pictures: Callable[[Any], Any] | None = None
    """From references to pictures, where these are kept; else they are decoded."""

    def arranged(self, parts: dict[str, Any], epoch: Any) -> Any:
        """Return a batch: ``(features, label, weight)``, or those of them that there are."""
        features, label = self._features(parts), parts.get("label")
        if isinstance(self.augment, Stage):
            features, label = self._looks(features, label, parts["positions"], epoch)
        elif self.augment is not None:
            features, label = self.augment(features, label)
        if label is None:
            return features
        return (features, label, parts["weight"]) if "weight" in parts else (features, label)

    def _features(self, parts: dict[str, Any]) -> Any:
        tf = require("tensorflow", "tensorflow")
        rows = self.rows
        texts = {name: parts[f"text {i}"] for i, name in enumerate(self.objects)}
        images = None
        if rows.image is not None:
            images = self._images(texts.pop(rows.image))
        if images is not None and not rows.kinds:
            return images
        if self.features == "matrix":
            return parts["matrix"]
        columns = tf.unstack(parts["matrix"], axis=1) if rows.numbers else []
        found = {**dict(zip(rows.numbers, columns, strict=True)), **texts}
        found = {name: found[name] for name in rows.kinds}
        return found if images is None else {**found, rows.image: images}

    def _images(self, references: Any) -> Any:
        from dataprep.feed.pictures import images_of

        return images_of(
            references, root=self.rows.image_root, size=self.image_size, channels=self.channels
        )

    def _looks(self, features: Any, label: Any, keys: Any, epoch: Any) -> tuple[Any, Any]:
        """Return features with the pictures in the looks that they have in this epoch."""
        from dataprep.feed.augmentation import augmented

        rows, alone = self.rows, not isinstance(features, dict)
        images, label = augmented(
            self.augment,
            features if alone else features[rows.image],
            keys,
            epoch,
            label,
            None if rows.classes is None else len(rows.classes),
            classes=rows.classes,
            seed=self.seed,
        )
        return images if alone else {**features, rows.image: images}, label
