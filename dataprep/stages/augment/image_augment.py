"""Random looks of training pictures, with the parameters of the old ImageDataGenerator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Lt

from dataprep.checking import check_names_of_parameters, validated
from dataprep.errors import ConfigError, did_you_mean
from dataprep.optional import require
from dataprep.parts import class_counts, label_of, target_of
from dataprep.registry import image_augmentation
from dataprep.stage import Change, Phase, Stage, State
from dataprep.table import Table

C = TypeVar("C", bound=type[Stage])

Share = Annotated[float, Ge(0), Le(1)]
Range = tuple[Annotated[float, Ge(0)], Annotated[float, Ge(0)]]
Shift = Annotated[int, Ge(0)] | Annotated[float, Ge(0)] | tuple[float, ...]
PLACE = "image_augment"

_BY_SCALE = "keras.layers.Rescaling or Normalization as the first layer: serving needs it too"
_BY_FEED = "dp.feed.dataset(..., image_size=...), which gives float32, channels last"
REPLACED = {
    "rescale": _BY_SCALE,
    "featurewise_center": _BY_SCALE,
    "featurewise_std_normalization": _BY_SCALE,
    "samplewise_center": "keras.layers.Lambda or GroupNormalization(groups=1) in the network",
    "samplewise_std_normalization": "keras.layers.GroupNormalization(groups=1) in the network",
    "zca_whitening": "batch normalisation in the network",
    "zca_epsilon": "batch normalisation in the network",
    "preprocessing_function": "dp.feed.dataset(...).map(function)",
    "validation_split": "the stage split, such as dp.Split(validation=0.2)",
    "data_format": _BY_FEED,
    "dtype": _BY_FEED,
    "interpolation_order": "interpolation='nearest' for 0 and 'bilinear' for 1",
}
"""Parameters of the old class that are none of this stage, and what does it now."""


def _telling_what_replaces(cls: C) -> C:
    """Let the class say of the old class's other parameters what does their work now."""
    made: Callable[..., None] = cls.__init__

    @wraps(made)
    def telling(self: Stage, *given: Any, **named: Any) -> None:
        if not REPLACED.keys().isdisjoint(named):
            check_names_of_parameters(cls, named, PLACE)
        made(self, *given, **named)

    cls.__init__ = telling  # type: ignore[assignment, method-assign]
    return cls


@_telling_what_replaces
@dataclass(eq=False, repr=False)
class ImageAugment(Stage):
    """Show training pictures in a new look in each epoch: turned, moved, zoomed, flipped, ...

    No row changes: what is done to a picture is drawn anew, by its reference and the epoch, while
    `dataprep.feed.dataset` reads it for training. The parameters up to ``cval`` are those of
    Keras' deprecated ``ImageDataGenerator``, with their old meanings, defaults and order: one
    affine transform, then channel shift, flips, brightness; what is new comes after them.

    Parameters
    ----------
    rotation_range : float, default=0
        Degrees: turned by an angle between minus and plus as many.
    width_shift_range, height_shift_range : float, int or tuple, default=0.0
        How far a picture moves along its width and its height, to either side. A float below 1 is
        a part of the size, from 1 on pixels; a whole number n stands for 0, 1, ..., n - 1 pixels; a
        tuple lists the lengths to choose from, parts of the size when all are below 1.
    shear_range : float, default=0.0
        Degrees: sheared by an angle between minus and plus as many.
    zoom_range : float or (float, float), default=0.0
        The least and the largest factor, or z for (1 - z, 1 + z). Height and width are zoomed
        independently; a factor below 1 enlarges.
    channel_shift_range : float, default=0.0
        Added to all channels, at most as much to either side, in units of 0 to 255; what leaves
        the picture's own range is cut off.
    horizontal_flip, vertical_flip : bool, default=False
        Mirror half of the pictures.
    brightness_range : (float, float), optional
        Factors, 1 leaves it; computed as PIL does it, in whole numbers from 0 to 255.
    fill_mode : {"nearest", "constant", "reflect", "wrap"}, default="nearest"
        What is seen outside of a picture, as in ``scipy.ndimage``.
    cval : float, default=0.0
        The value outside, with ``constant``.
    contrast_range : (float, float), optional
        Factors of the distance from a channel's mean, 1 leaves it.
    crop : float, default=0.0
        The largest part of height and width that is cut away; the rest is stretched to the size.
    erasing : float, default=0.0
        The share of pictures of which a rectangle, 2 to 33 % of the area, is covered by one colour.
    mixup : float, default=0.0
        The alpha of a Beta distribution: a picture is blended with another one of its batch, and so
        are their labels and sample weights. 0 is none.
    cutmix : float, default=0.0
        Likewise, with a rectangle of the other picture laid over this one. With ``mixup`` too, one
        of both is drawn for each picture.
    rand_augment : (int, float), optional
        How many random operations follow one another, and how strong they are, from 0 to 1.
    per_class : dict, optional
        ``{label: strength}``: a strength multiplies the ranges of a class, 0 leaves its pictures as
        they are. Classes that are not named have 1.
    interpolation : {"bilinear", "nearest"}, default="bilinear"
        How values between pixels are found.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.

    References
    ----------
    E. D. Cubuk, B. Zoph, J. Shlens and Q. V. Le, "RandAugment: Practical automated data
    augmentation with a reduced search space", CVPR Workshops 2020.
    Z. Zhong, L. Zheng, G. Kang, S. Li and Y. Yang, "Random Erasing Data Augmentation", AAAI 2020.
    H. Zhang, M. Cisse, Y. N. Dauphin and D. Lopez-Paz, "mixup: Beyond Empirical Risk
    Minimization", ICLR 2018.
    S. Yun, D. Han, S. J. Oh, S. Chun, J. Choe and Y. Yoo, "CutMix: Regularization Strategy to Train
    Strong Classifiers with Localizable Features", ICCV 2019.

    Examples
    --------
    >>> ImageAugment(rotation_range=20, zoom_range=0.2, horizontal_flip=True)
    ImageAugment(rotation_range=20, zoom_range=0.2, horizontal_flip=True)
    >>> ImageAugment(rotation_range=20, validation_split=0.2)
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: image_augment.validation_split: no parameter of image_augment. \
Use the stage split, such as dp.Split(validation=0.2).
    """

    rotation_range: Annotated[float, Ge(0)] = 0
    width_shift_range: Shift = 0.0
    height_shift_range: Shift = 0.0
    shear_range: Annotated[float, Ge(0), Lt(90)] = 0.0
    zoom_range: (
        Annotated[float, Ge(0), Lt(1)] | tuple[Annotated[float, Gt(0)], Annotated[float, Gt(0)]]
    ) = 0.0
    channel_shift_range: Annotated[float, Ge(0)] = 0.0
    horizontal_flip: bool = False
    vertical_flip: bool = False
    brightness_range: Range | None = None
    fill_mode: Literal["nearest", "constant", "reflect", "wrap"] = "nearest"
    cval: float = 0.0
    contrast_range: Range | None = None
    crop: Annotated[float, Ge(0), Lt(1)] = 0.0
    erasing: Share = 0.0
    mixup: Annotated[float, Ge(0)] = 0.0
    cutmix: Annotated[float, Ge(0)] = 0.0
    rand_augment: tuple[Annotated[int, Ge(1)], Share] | None = None
    per_class: dict[bool | int | float | str, Annotated[float, Ge(0)]] | None = None
    interpolation: Literal["bilinear", "nearest"] = "bilinear"
    random_state: Annotated[int, Ge(0)] | None = 0

    replaced: ClassVar[Mapping[str, str]] = REPLACED
    later: ClassVar[bool] = True

    @property
    def phase(self) -> Phase:
        """Only pictures for training get another look."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return what there is to learn: nothing, once the parameters are found right."""
        self.check()
        if self.per_class and (target := target_of(table)) is not None:
            self.strengths([*class_counts(table, target)])
        return {}

    def change(self, table: Table, state: State) -> Change:
        """Change no row: say that it is carried out later."""
        return Change(notes=["carried out while training reads the pictures"])

    @property
    def mixes(self) -> bool:
        """Whether pictures are mixed, which makes their labels soft."""
        return bool(self.mixup or self.cutmix)

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        ConfigError
            With the name of a parameter, its value and what is allowed.
        """
        validated(self)
        for name in ("zoom_range", "brightness_range", "contrast_range"):
            value = getattr(self, name)
            if isinstance(value, tuple | list) and value[0] > value[1]:
                raise ConfigError(
                    f"{value!r}: the first is to be the smaller one",
                    place=f"{PLACE}.{name}",
                    remedy=f"Write ({value[1]!r}, {value[0]!r}).",
                )

    def strengths(self, classes: Sequence[Any]) -> list[float]:
        """Return what multiplies the ranges of each class, in the order of their codes.

        Raises
        ------
        ConfigError
            When ``per_class`` names a class that is not there.
        """
        codes = {label_of(label): code for code, label in enumerate(classes)}
        found = [1.0] * len(codes)
        for label, strength in (self.per_class or {}).items():
            name = label_of(label)
            if name not in codes:
                raise ConfigError(
                    f"there is no class {label!r}",
                    place=f"{PLACE}.per_class",
                    remedy=did_you_mean(name, codes),
                )
            found[codes[name]] = strength
        return found

    def augmenter(
        self, n_classes: int | None = None, *, classes: Any = None, seed: int = 0
    ) -> Callable[..., tuple[Any, ...]]:
        """Return a function for batches of pictures, for any ``tf.data`` pipeline of one's own.

        Parameters
        ----------
        n_classes : int, optional
            How many classes there are; wanted for ``mixup`` and ``cutmix`` of classes.
        classes : sequence, optional
            The label of each code 0, 1, ...; by default codes are the labels that ``per_class``
            names.
        seed : int, default=0
            Taken together with ``random_state``.

        Returns
        -------
        callable
            ``(images, keys, epoch=0, labels=None, weights=None) -> (images, labels)``, and the
            weights where they are given, as in `dataprep.feed.augmentation.augmented`.
        """
        require("tensorflow", "tensorflow")
        module = image_augmentation()

        def augment(
            images: Any, keys: Any, epoch: Any = 0, labels: Any = None, weights: Any = None
        ) -> tuple[Any, ...]:
            options = {"classes": classes, "seed": seed, "weights": weights}
            found: tuple[Any, ...] = module.augmented(
                self, images, keys, epoch, labels, n_classes, **options
            )
            return found

        return augment
