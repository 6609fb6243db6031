"""Teachers: classifiers that say how likely each class is, by name, or one of the caller's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dataprep.errors import ConfigError, DataError
from dataprep.labels.validation import check_sums
from dataprep.models import made

Encoding = Literal["codes", "indicators"]
"""How a teacher sees levels and gaps: codes and NaN, as trees do, or indicators without gaps."""
TeacherName = Literal[
    "hist_gradient_boosting", "random_forest", "extra_trees", "logistic_regression"
]
NAMES: Mapping[str, str] = {
    "hist_gradient_boosting": "sklearn.ensemble:HistGradientBoostingClassifier",
    "random_forest": "sklearn.ensemble:RandomForestClassifier",
    "extra_trees": "sklearn.ensemble:ExtraTreesClassifier",
    "logistic_regression": "sklearn.linear_model:LogisticRegression",
}
DEFAULT = "hist_gradient_boosting"
_BATCH, _STEPS, _MOST_EPOCHS = 32, 2000, 50
"""Of a network: rows of a batch, about so many steps, and no more epochs than that."""


@dataclass
class Teacher:
    """A classifier that can be fitted again and again, each time from the start.

    Parameters
    ----------
    name : str
        What messages call it.
    encoding : {"codes", "indicators"}
        Which matrix of features it takes.
    place : str
        The parameter that asked for it, for messages.
    fresh : callable
        From the number of features, that of classes, and which features are codes, to a model.
    seed : int, default=0
    keras : bool, default=False
        Whether models are Keras models.
    weighs : bool, default=True
        Whether its ``fit`` takes ``sample_weight``.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The classes of the last fit, in order: those of the columns of `predict_proba`.
    model_ : object
        The model of the last fit.
    """

    name: str
    encoding: Encoding
    place: str
    fresh: Callable[[int, int, Sequence[bool]], Any]
    seed: int = 0
    keras: bool = False
    weighs: bool = True
    classes_: np.ndarray = field(init=False)
    model_: Any = field(init=False, default=None)

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        *,
        is_code: Sequence[bool] = (),
    ) -> Teacher:
        """Learn from rows.

        Parameters
        ----------
        X : array of shape (n_rows, n_features), float64
        y : array of shape (n_rows,)
            Classes.
        sample_weight : array of shape (n_rows,), optional
            Refused where the classifier takes none.
        is_code : sequence of bool, optional
            Which features are codes of levels; for ``encoding="codes"``.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            Where rows have weights that it cannot take.
        DataError
            When it cannot be fitted, with its own message.
        """
        if sample_weight is not None and not self.weighs:
            raise ConfigError(
                f"{self.name} takes no sample_weight, and rows have weights",
                place=self.place,
                remedy="Take a classifier that does, or give no column the role weight.",
            )
        self.classes_, codes = np.unique(y, return_inverse=True)
        with self._explaining("fit"):
            if self.keras:
                with _seeded(self.seed):
                    self.model_ = _compiled(self.fresh(X.shape[1], len(self.classes_), ()))
                    self._check_output()
                    self.model_.fit(
                        X,
                        codes,
                        sample_weight=sample_weight,
                        batch_size=_BATCH,
                        epochs=min(_MOST_EPOCHS, 1 + _STEPS * _BATCH // len(X)),
                        verbose=0,
                    )
                return self
            from threadpoolctl import threadpool_limits

            self.model_ = self.fresh(X.shape[1], len(self.classes_), is_code)
            weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
            # One thread: sums, and with them trees, do not depend on the number of processors.
            with threadpool_limits(1):
                self.model_.fit(X, codes, **weighted)
        return self

    def predict_proba(
        self, X: np.ndarray, rows: Sequence[int] | np.ndarray | None = None
    ) -> np.ndarray:
        """Return the probabilities of classes.

        Parameters
        ----------
        X : array of shape (n_rows, n_features), float64
        rows : sequence of int, optional
            What messages call the rows; by default they are not named.

        Returns
        -------
        array of shape (n_rows, n_classes), float64
            In the order of ``classes_``.

        Raises
        ------
        DataError
            When it fails, with its own message, and when what it gives are no probabilities.
        """
        with self._explaining("predict"):
            found = self._predicted(X)
        if found.shape != (wanted := (len(X), len(self.classes_))):
            raise DataError(
                f"{self.name} gives an array of the shape {found.shape}, not {wanted}",
                place=self.place,
                remedy="Take a classifier that gives each class a probability.",
            )
        check_sums(found, self.place, rows)
        return found

    def _predicted(self, X: np.ndarray) -> np.ndarray:
        if self.keras:
            found = np.asarray(self.model_.predict(X, verbose=0), dtype="float64")
            if len(self.classes_) == 2 and found.shape[1] == 1:
                # One unit: how likely the second class is.
                return np.column_stack([1 - found[:, 0], found[:, 0]])
            return found
        from threadpoolctl import threadpool_limits

        # One thread, as in learning: sums differ in their last digits with the processors.
        with threadpool_limits(1):
            told: np.ndarray = np.asarray(self.model_.predict_proba(X), dtype="float64")
        # Columns follow the classifier's own order of classes, which need not be sorted.
        order = np.argsort(getattr(self.model_, "classes_", np.arange(len(self.classes_))))
        fits = told.ndim == 2 and told.shape[1] == len(order)
        return told[:, order] if fits and (np.diff(order) < 0).any() else told

    def _check_output(self) -> None:
        shape, wanted = self.model_.output_shape, len(self.classes_)
        if shape[-1] != wanted and not (wanted == 2 and shape[-1] == 1):
            raise ConfigError(
                f"the model of {self.name} has an output of the shape {shape}, for {wanted} "
                "classes",
                place=self.place,
                remedy=f"End it with Dense({wanted}, activation='softmax').",
            )

    @contextmanager
    def _explaining(self, what: str) -> Iterator[None]:
        """Let a failure keep the classifier's own message, and say whose it is."""
        try:
            yield
        except (ConfigError, DataError, MemoryError, ImportError):
            raise
        except Exception as error:
            raise DataError(
                f"the teacher {self.name} failed to {what}: {error}",
                place=self.place,
                remedy="Repair the features first (Impute, Encode, Scale), or take the default.",
            ) from error


def teacher_from(spec: Any = None, *, place: str = "teacher", seed: int = 0) -> Teacher:
    """Return the teacher that a parameter means.

    Parameters
    ----------
    spec : str, scikit-learn classifier or callable, optional
        One of `NAMES`; a classifier with ``fit`` and ``predict_proba``, which is cloned; or a
        function ``(n_features, n_classes)`` that returns a Keras model, compiled or not. By
        default `DEFAULT`.
    place : str, default="teacher"
        The parameter, for messages.
    seed : int, default=0
        For the draws of a model that has no seed of its own.

    Raises
    ------
    ConfigError
        For an unknown name, or an object that is no classifier.

    Examples
    --------
    >>> X, y = np.array([[0.0], [0.1], [0.9], [1.0]]), np.array(["no", "no", "yes", "yes"])
    >>> teacher = teacher_from("logistic_regression").fit(X, y)
    >>> teacher.classes_.tolist(), teacher.predict_proba(X).shape
    (['no', 'yes'], (4, 2))
    >>> teacher_from("random_forrest")
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: teacher: unknown estimator 'random_forrest'. Did you mean \
'random_forest'?
    """
    if callable(spec) and not isinstance(spec, type) and not hasattr(spec, "fit"):
        name = getattr(spec, "__name__", type(spec).__name__)
        return Teacher(name, "indicators", place, lambda n, k, _: spec(n, k), seed=seed, keras=True)
    given = DEFAULT if spec is None else spec
    # Made once here, so that a wrong name is told before anything is computed.
    model = made(given, NAMES, ("fit", "predict_proba"), seed, place)
    name = given if isinstance(given, str) else type(given).__name__
    named = isinstance(given, str) and given != "logistic_regression"
    boosting = type(model).__name__ == "HistGradientBoostingClassifier"

    def fresh(n_features: int, n_classes: int, is_code: Sequence[bool]) -> Any:
        from sklearn.base import clone

        copy = clone(model)
        if isinstance(given, str):
            _set_up(copy, given, is_code)
        return copy

    from sklearn.utils.validation import has_fit_parameter

    encoding: Encoding = "codes" if named or boosting else "indicators"
    weighs = has_fit_parameter(model, "sample_weight")
    return Teacher(name, encoding, place, fresh, seed, weighs=weighs)


def _set_up(model: Any, name: str, is_code: Sequence[bool]) -> None:
    """Set what suits labels of which some are wrong: no tree is grown until each row fits."""
    if name == "hist_gradient_boosting":
        categories = {"categorical_features": list(is_code)} if any(is_code) else {}
        model.set_params(max_iter=30, max_leaf_nodes=8, early_stopping=False, **categories)
    elif name == "logistic_regression":
        model.set_params(max_iter=1000)
    else:
        model.set_params(n_estimators=100, min_samples_leaf=5)


def _compiled(model: Any) -> Any:
    """Return a Keras model ready to be fitted to codes of classes."""
    if not getattr(model, "compiled", True):
        binary = model.output_shape[-1] == 1
        loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
        model.compile(optimizer="adam", loss=loss)
    return model


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let Keras draw by a seed, and leave the generators of Python and NumPy as they were."""
    import random

    from dataprep.optional import require

    before = random.getstate(), np.random.get_state()
    try:
        require("keras", "tensorflow").utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
