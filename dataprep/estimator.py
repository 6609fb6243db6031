"""What scikit-learn and imbalanced-learn ask of an estimator, once, for stages and pipelines.

scikit-learn itself is imported only where its own objects are wanted: importing it takes longer
than cleaning a small file.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import narwhals as nw

from dataprep import apply as applying
from dataprep.errors import ConfigError, DataError, SchemaError, did_you_mean
from dataprep.registry import engine_functions
from dataprep.validate import validated

if TYPE_CHECKING:
    from dataprep.stage import Stage, State
    from dataprep.table import Table

_TYPES_OF_ARRAY = ("numpy", "list", "tuple")


class _Available:
    """A method that is there only while a condition on the estimator's parameters holds."""

    def __init__(self, function: Any, condition: str) -> None:
        self.function, self.condition = function, condition
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self.function
        if not getattr(instance, self.condition):
            raise AttributeError(
                f"{type(instance).__name__} has no {self.__name__!r} with these parameters"
            )
        return self.function.__get__(instance, owner)


def available_if(condition: str) -> Any:
    """Make a method depend on a property of the estimator."""
    return lambda function: _Available(function, condition)


class Estimator:
    """``fit``, ``transform``, ``fit_transform`` and ``fit_resample`` over steps of stages."""

    # ---- what a stage or a pipeline says of itself

    def steps_of(self) -> list[tuple[str, Stage]]:
        """Return labels and stages, in order."""
        return [(f"0:{self.name()}", self)]  # type: ignore[attr-defined]

    def roles_given(self) -> dict[str, Any]:
        """Return ``{role: column or columns}``."""
        return {}

    @property
    def allow_extra(self) -> bool:
        """Whether columns that were not there at ``fit`` are let through."""
        return False

    @property
    def _repairs(self) -> bool:
        return any(stage.phase == "repair" for _, stage in self.steps_of())

    @property
    def _trains(self) -> bool:
        return any(stage.phase == "training" for _, stage in self.steps_of())

    # ---- parameters

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, as scikit-learn's ``get_params`` does."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn's ``set_params`` does."""
        known = self._parameter_names()
        for name, value in params.items():
            if name not in known:
                raise ConfigError(
                    f"Invalid parameter {name!r} for estimator {self!r}",
                    remedy=f"Valid parameters are: {known!r}. {did_you_mean(name, known)}",
                )
            setattr(self, name, value)
        return self

    # ---- fitting and applying

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from training rows.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), optional

        Returns
        -------
        self
        """
        opened = self._open(X, y if self._trains else None, fitting=True)
        self._fit_table(opened.table)
        return self

    def _fit_table(self, table: Table) -> tuple[Table, list[Any]]:
        """Learn, and return the training table as it became, with the records."""
        validated(self)
        states, after, records = applying.learn_steps(self.steps_of(), table)
        self._remember(table, states, after)
        return after, records

    def _remember(self, table: Table, states: list[State], after: Table) -> None:
        self.states_ = states
        self.kinds_ = dict(table.kinds)
        self.roles_ = dict(table.roles)
        self.columns_out_ = after.columns

    @available_if("_repairs_or_pipeline")
    def transform(self, X: Any) -> Any:
        """Repair rows with what was learned: the same rows come out, in the same order.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)

        Returns
        -------
        frame or array of shape (n_rows, n_columns_out), of the kind that was given
        """
        self._check_fitted()
        opened = self._open(X, None, fitting=False)
        table = self._conformed(opened.table)
        after, _ = applying.apply_steps(self.steps_of(), self.states_, table, training=False)
        return self._contained(opened, after, X)

    @property
    def _repairs_or_pipeline(self) -> bool:
        return self._repairs

    @available_if("_repairs_or_pipeline")
    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, then transform the same rows."""
        return self.fit(X, y).transform(X)

    @available_if("_trains")
    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Learn from training rows and return them as training is to see them.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)

        Returns
        -------
        X : of the kind that was given, rows dropped and cells repaired
        y : of the kind that was given
        """
        import numpy as np

        if y is None:
            raise DataError(
                "requires y to be passed, but the target y is None", remedy="Pass one target a row."
            )
        opened = self._open(X, _checked_target(y, opened_as=type(X)), fitting=True)
        after, _ = self._fit_table(opened.table)
        out = opened.close(after)
        if opened.library == "numpy":
            out = _as_array(out)
        resampled = opened.close_y(after)
        self.columns_out_ = [name for name in after.columns if name != opened.y_name]
        kept = opened.table.kinds
        self.kinds_ = {name: kind for name, kind in kept.items() if name != opened.y_name}
        rows = after.frame[applying.ROW].to_numpy()
        self.sample_indices_ = np.asarray(rows)
        return out, resampled

    # ---- what is known after fit

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the columns that ``transform`` gives."""
        import numpy as np

        self._check_fitted()
        if input_features is not None:
            known = list(getattr(self, "feature_names_in_", self.kinds_))
            if len(input_features) != len(known):
                raise SchemaError(
                    f"input_features should have length equal to number of features ({len(known)}), "
                    f"got {len(input_features)}"
                )
            if hasattr(self, "feature_names_in_") and list(input_features) != known:
                raise SchemaError("input_features is not equal to feature_names_in_")
            renamed = dict(zip(self.kinds_, map(str, input_features), strict=False))
            return np.asarray([renamed.get(n, n) for n in self._names_out()], dtype=object)
        return np.asarray(self._names_out(), dtype=object)

    def _names_out(self) -> list[str]:
        return list(self.columns_out_)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what ``transform`` returns: ``"default"``, ``"pandas"`` or ``"polars"``."""
        if transform is not None:
            if transform not in ("default", "pandas", "polars"):
                raise ConfigError(
                    f"transform={transform!r}", remedy="Use 'default', 'pandas' or 'polars'."
                )
            self._sklearn_output_config = {"transform": transform}
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether ``fit`` was called."""
        return hasattr(self, "states_")

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: missing values, strings and categories are welcome."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="sampler" if self._trains and not self._repairs else "transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(allow_nan=True, string=True, categorical=True),
        )

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted copy; parameters are plain values."""
        from copy import deepcopy

        made = type(self)(**{k: deepcopy(v) for k, v in self.get_params(deep=False).items()})
        if hasattr(self, "_sklearn_output_config"):
            made._sklearn_output_config = dict(self._sklearn_output_config)
        return made

    def _repr_html_(self) -> str:
        """Show a fitted or unfitted estimator in a notebook."""
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"

    # ---- inside

    def _check_fitted(self) -> None:
        if not hasattr(self, "states_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with "
                "appropriate arguments before using this estimator."
            )

    def _open(self, X: Any, y: Any, *, fitting: bool) -> Any:
        """Open what the caller gave; learn or check its columns."""
        frames = engine_functions()
        if _is_frame(X):
            given = X
            columns = _column_names(given)
            if not fitting:
                given = self._checked_columns(given, columns)
        else:
            given, columns = self._checked_array(X, fitting=fitting), None
        names = None
        if columns is None and hasattr(self, "kinds_") and not fitting:
            names = list(self.kinds_)
        opened = frames.open_frame(given, y, self._roles_present(given, fitting), names)
        if fitting:
            if len(opened.table.frame) == 0:
                raise DataError(
                    f"Found array with 0 sample(s) (shape={getattr(X, 'shape', '?')}) while a "
                    "minimum of 1 is required",
                    place=type(self).__name__,
                    remedy="Give training rows.",
                )
            self._remember_columns(columns, opened)
        return opened

    def _roles_present(self, given: Any, fitting: bool) -> dict[str, Any]:
        """Return the roles; at serving the target may be absent."""
        roles = self.roles_given()
        if fitting or not _is_frame(given):
            return roles
        present = set(_column_names(given) or [])
        kept: dict[str, Any] = {}
        for role, names in roles.items():
            listed = [names] if isinstance(names, str) else names or []
            kept[role] = [name for name in listed if name in present]
        return kept

    def _remember_columns(self, columns: list[str] | None, opened: Any) -> None:
        import numpy as np

        visible = [name for name in opened.table.columns if name != opened.y_name]
        self.n_features_in_ = len(visible)
        if columns is not None and all(isinstance(name, str) for name in columns):
            self.feature_names_in_ = np.asarray(columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _checked_array(self, X: Any, *, fitting: bool) -> Any:
        """Check an array as scikit-learn does, its own messages included."""
        from sklearn.utils.validation import check_array, validate_data

        checked = check_array(
            X,
            dtype=None,
            ensure_all_finite="allow-nan" if not _is_object(X) else False,
            estimator=self,  # type: ignore[arg-type]
        )
        validate_data(self, X, reset=fitting, skip_check_array=True)  # type: ignore[arg-type]
        if checked.dtype.kind == "c":
            raise DataError("Complex data not supported", place="X", remedy="Give real numbers.")
        if checked.dtype == object:
            try:
                return checked.astype("float64")
            except (TypeError, ValueError):
                for value in checked.ravel():
                    if isinstance(value, dict | list | set):
                        raise DataError(
                            f"argument must be a string or a number, not {type(value).__name__}",
                            place="X",
                            remedy="Give plain values in the cells.",
                        ) from None
        return checked

    def _checked_columns(self, given: Any, columns: list[str]) -> Any:
        """Compare a frame's columns with those of ``fit``; drop extra ones where that is allowed."""
        import warnings

        if not hasattr(self, "feature_names_in_"):
            expected = list(self.kinds_)
            if len(columns) != len(expected):
                raise SchemaError(
                    f"X has {len(columns)} features, but {type(self).__name__} is expecting "
                    f"{len(expected)} features as input"
                )
            warnings.warn(
                f"X has feature names, but {type(self).__name__} was fitted without feature names",
                stacklevel=4,
            )
            return given.set_axis(expected, axis=1) if hasattr(given, "set_axis") else given
        expected = [str(name) for name in self.feature_names_in_]
        optional = set(self.roles_) if hasattr(self, "roles_") else set()
        check_names(type(self).__name__, columns, expected, optional, self.allow_extra)
        if self.allow_extra and set(columns) - set(expected):
            return given
        return given

    def _conformed(self, table: Table) -> Table:
        """Check kinds against those of ``fit``, whose verdict on category or text is kept."""
        from dataclasses import replace

        kinds = {}
        for name, kind in table.kinds.items():
            expected = self.kinds_.get(name)
            kinds[name] = kind if expected is None else _agreed(name, kind, expected, table)
        return replace(table, kinds=kinds)

    def _contained(self, opened: Any, after: Table, X: Any) -> Any:
        out = opened.close(after)
        wanted = getattr(self, "_sklearn_output_config", {}).get("transform")
        if wanted is None:
            import sys

            sklearn = sys.modules.get("sklearn")
            wanted = sklearn.get_config()["transform_output"] if sklearn else "default"
        if wanted == "default":
            return _as_array(out) if opened.library == "numpy" else out
        frame = nw.from_native(out, eager_only=True)
        if wanted == "polars":
            return frame.to_polars()
        made = out if frame.implementation.is_pandas() else frame.to_pandas()
        if opened.library == "numpy" and hasattr(X, "index") and not callable(X.index):
            made.index = X.index
        return made


def check_names(
    who: str, columns: Sequence[str], expected: Sequence[str], optional: set[str], extra: bool
) -> None:
    """Raise when columns are missing, unexpected or in another order than at ``fit``."""
    unseen = [] if extra else sorted(set(columns) - set(expected))
    missing = sorted(set(expected) - set(columns) - optional)
    shared = [name for name in columns if name in set(expected)]
    in_order = [name for name in expected if name in set(columns)]
    if not unseen and not missing and shared == in_order:
        return
    message = "The feature names should match those that were passed during fit.\n"
    if unseen:
        message += "Feature names unseen at fit time:\n" + "".join(f"- {n}\n" for n in unseen[:5])
    if missing:
        message += "Feature names seen at fit time, yet now missing:\n"
        message += "".join(f"- {n}\n" for n in missing[:5])
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    remedy = f"{who} was fitted on: {', '.join(map(str, expected[:20]))}."
    if unseen and missing:
        remedy = f"{missing[0]!r}: {did_you_mean(missing[0], unseen)} {remedy}"
    elif unseen:
        remedy += " Drop the extra columns, or let them through with extra='allow'."
    raise SchemaError(message, remedy=remedy)


_LIKE_TEXT = ("text", "category", "identifier", "other")
_LIKE_NUMBER = ("integer", "float", "identifier", "boolean")


def _agreed(name: str, kind: Any, expected: Any, table: Table) -> Any:
    """Return the kind of ``fit`` where the new column can be read as it."""
    if kind == expected:
        return kind
    if kind in _LIKE_TEXT and expected in _LIKE_TEXT:
        return expected
    if kind in _LIKE_NUMBER and expected in _LIKE_NUMBER:
        return kind if "identifier" not in (kind, expected) else expected
    # A column without a single value has no type of its own.
    if int(table.counts([name])[name]) == 0:
        return kind
    raise SchemaError(
        f"the column {name!r} was {expected} at fit and is {kind} now",
        place=name,
        remedy=f"Convert it to {expected} first, or fit again.",
    )


def _is_frame(X: Any) -> bool:
    module = type(X).__module__.split(".")[0]
    return module in ("pandas", "polars", "pyarrow", "narwhals") and hasattr(X, "columns")


def _column_names(X: Any) -> list[str]:
    if type(X).__module__.startswith("pyarrow"):
        return list(X.column_names)
    if type(X).__name__ == "LazyFrame":
        return list(X.collect_schema().names())
    return list(X.columns)


def _is_object(X: Any) -> bool:
    return getattr(getattr(X, "dtype", None), "kind", "") == "O"


def _as_array(frame: Any) -> Any:
    """Return a pandas frame made of an array as an array; booleans count as numbers."""
    import numpy as np

    kinds = [getattr(dtype, "kind", "O") for dtype in frame.dtypes]
    if all(kind in "iufb" for kind in kinds) and "b" in kinds and set(kinds) != {"b"}:
        return frame.astype(
            {n: float for n, k in zip(frame, kinds, strict=True) if k == "b"}
        ).to_numpy()
    try:
        return (
            frame.to_numpy(dtype=np.result_type(*frame.dtypes)) if len(kinds) else frame.to_numpy()
        )
    except TypeError:
        return frame.to_numpy()


def _checked_target(y: Any, opened_as: Any) -> Any:
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import column_or_1d

    shape = getattr(y, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] > 1:
        return y
    values = column_or_1d(y.to_numpy() if hasattr(y, "to_numpy") else y, warn=True)
    check_classification_targets(values)
    return y
