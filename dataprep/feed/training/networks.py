"""Which network suits the rows: a baseline for tables or for pictures, or one of your own."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from dataprep.draw import order
from dataprep.errors import ConfigError
from dataprep.feed.rows import Rows
from dataprep.feed.training.columns import Columns
from dataprep.feed.training.models import Network, cnn, mlp

_LOOKED_AT = 32
"""Pictures whose sizes are looked at."""
_SMALLEST, _LARGEST = 28, 224


def network_for(
    kind: str, rows: Rows, columns: Columns | None, picture: tuple[int, int, int] | None, seed: int
) -> Network:
    """Return a baseline for rows.

    Parameters
    ----------
    kind : {"mlp", "cnn"}
    rows : Rows
        Those to train on.
    columns : Columns, optional
        Of a table.
    picture : (int, int, int), optional
        Height, width and channels of pictures.
    seed : int
    """
    outputs = 1 if rows.classes is None else len(rows.classes)
    # Layers take seeds of their own from it: those of the next seed are others.
    first = 1000 * seed
    if kind == "mlp" and columns is not None:
        return mlp(columns, outputs, seed=first)
    if kind == "cnn" and picture is not None:
        return cnn(picture, outputs, seed=first)
    raise AssertionError(kind)


def own_network(model: keras.Model, outputs: int) -> Network:
    """Return a model of one's own; raise where it does not predict what is to be predicted."""
    given = model.output_shape
    if isinstance(given, dict | list) or len(given) != 2 or given[-1] != outputs:
        what = f"a probability for each of {outputs} classes" if outputs > 1 else "one number"
        raise ConfigError(
            f"its output has the shape {given}",
            place="model",
            remedy=f"End it with a layer of {outputs} units: {what}.",
        )
    return Network(model, logits=False)


def picture_shape(rows: Rows, size: Sequence[int] | None, channels: int) -> tuple[int, int, int]:
    """Return height, width and channels for pictures: the median of some sizes, within bounds.

    Parameters
    ----------
    rows : Rows
        With an image column.
    size : (int, int), optional
        Height and width, where they are given.
    channels : {1, 3}
    """
    if size is not None:
        return int(size[0]), int(size[1]), channels
    from dataprep.images.loading import pixels

    places = np.argsort(order(np.arange(rows.height), 0, "sizes of pictures"))[:_LOOKED_AT]
    references = rows.take(np.sort(places))[str(rows.image)]
    sizes = [pixels(given, rows.image_root).shape[:2] for given in references]
    height, width = np.clip(np.median(sizes, axis=0), _SMALLEST, _LARGEST).astype(int)
    return int(height), int(width), channels
