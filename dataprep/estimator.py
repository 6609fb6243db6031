"""What scikit-learn and imbalanced-learn ask of an estimator, once, for stages and pipelines.

scikit-learn itself is imported only where its own objects are wanted: importing it takes longer
than cleaning a small file.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

from dataprep import apply as applying
from dataprep.arrays import (
    as_array,
    check_classes,
    check_one_label,
    checked_array,
    column_names,
    contained,
    library_of,
    output_wanted,
    renamed,
)
from dataprep.checking import validated
from dataprep.conform import check_names as check_names
from dataprep.conform import conformed
from dataprep.errors import DataError, SchemaError
from dataprep.ledger import class_counts, provenance_table
from dataprep.parameters import Parameters, available_if
from dataprep.parts import training
from dataprep.provenance import SHOWN, rows_of_source
from dataprep.registry import engine_functions
from dataprep.table import Table

if TYPE_CHECKING:
    from dataprep.engine import Frame
    from dataprep.stage import Stage


class Estimator(Parameters):
    """``fit``, ``transform``, ``fit_transform`` and ``fit_resample`` over steps of stages."""

    # ---- what a stage or a pipeline says of itself

    def steps_of(self) -> list[tuple[str, Stage]]:
        """Return labels and stages, in order."""
        return [(f"0:{self.name()}", self)]  # type: ignore[attr-defined, list-item]

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

    @property
    def _supervised(self) -> bool:
        return any(stage.supervised for _, stage in self.steps_of())

    @property
    def _balances(self) -> bool:
        return any(stage.balances for _, stage in self.steps_of())

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
        opened = self._open(X, y, fitting=True)
        self._fit_table(opened.table, opened.y_name)
        return self

    def _fit_table(self, table: Table, y_name: str | None = None) -> applying.Learned:
        """Learn, and return what came of it: the training table as it became, the records."""
        # A file's table arrives here without having been opened below.
        validated(self)
        steps = self.steps_of()
        learned = applying.learn_steps(steps, table)
        self.states_, after, records, _ = learned
        # A target that was passed beside the columns is none of them, and does not come to serving;
        # nor do the columns that are for training only.
        pairs = zip(steps, records, strict=True)
        added = [record.added for (_, stage), record in pairs if stage.phase == "training"]
        absent = {y_name, *(name for names in added for name in names)}
        self.kinds_ = {name: kind for name, kind in table.kinds.items() if name != y_name}
        # A stage may say what a column of the input is for.
        roles = {**after.roles, **table.roles}
        self.roles_ = {n: role for n, role in roles.items() if n in self.kinds_}
        self.class_counts_ = class_counts(steps, self.states_, records)
        self.columns_out_ = [name for name in after.columns if name not in absent]
        told = list(SHOWN) if any(s.sampler or s.labels for _, s in steps) else []
        # What training adds may come back with rows that a run has written; it is no feature.
        self.columns_training_ = [*(n for n in after.columns if n in absent - {y_name}), *told]
        self._remember_rows(table, learned.rows)
        return learned

    def _remember_rows(self, table: Table, rows: Frame | None) -> None:
        """Remember which rows were learned from, as they came."""

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
        """Fit, then transform the same rows.

        Where a stage learns from the target or keeps rows, these rows are not what ``transform``
        would make of them: they are changed without their own part in what was learned.
        """
        opened = self._open(X, y, fitting=True)
        learned = self._fit_table(opened.table, opened.y_name)
        after = applying.repaired(self.steps_of(), self.states_, opened.table, learned.rows)
        return self._contained(opened, after, X)

    @available_if("_trains")
    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Learn from training rows and return them as training is to see them.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), optional
            Classes where a stage balances them; otherwise anything, numbers to predict as well.

        Returns
        -------
        X : of the kind that was given, rows dropped and cells repaired
        y : of the kind that was given, or of that of X where a stage makes the target
        """
        makes_y = any(stage.labels for _, stage in self.steps_of())
        if y is None and self._balances and not (self.roles_given().get("target") or makes_y):
            raise DataError(
                "requires y to be passed, but the target y is None", remedy="Pass one target a row."
            )
        opened = self._open(X, y, fitting=True)
        _, after, records, _ = self._fit_table(opened.table, opened.y_name)
        after = training(after)
        self.sample_indices_ = rows_of_source(after)
        self._origins = ([record.origins() for record in records], opened.library)
        # A model must not take for features what says how rows are to be used, or what is wrong.
        weights = [name for name in after.of_role("weight") if name not in opened.table.kinds]
        if weights:
            self.sample_weight_ = after.frame[weights[0]].to_numpy()
        told = {
            name
            for role in ("weight", "split", "fold", "soft_label")
            for name in after.of_role(role)
            if name not in opened.table.kinds
        }
        told.update(after.of_role("provenance"))
        # A target that a stage made is given as one.
        made = [name for name in after.of_role("target") if name not in opened.table.kinds]
        told.update(made)
        out = opened.close(after, [name for name in after.columns if name not in told])
        if opened.library == "numpy":
            out = as_array(out)
            out = out.tolist() if isinstance(X, list) else out
        if made:
            column = opened.close(after, made)[made[0]]
            return out, column.to_numpy() if opened.library == "numpy" else column
        relabelled = any(stage.relabels or stage.labels for _, stage in self.steps_of())
        return out, opened.close_y(after, relabelled=relabelled)

    # ---- what is known after fit

    @property
    def provenance_(self) -> Any:
        """Where each row that ``fit_resample`` made comes from, as a frame of the given library.

        ``row`` and ``parent_a``, ``parent_b`` are row numbers, those of new rows after the last.
        """
        if not hasattr(self, "_origins"):
            raise AttributeError(f"{type(self).__name__} has no 'provenance_' before fit_resample")
        records, library = self._origins
        return engine_functions().in_library(provenance_table(records), library)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the columns that ``transform`` gives."""
        import numpy as np

        self._check_fitted()
        names = list(self.columns_out_)
        if input_features is not None:
            known = list(getattr(self, "feature_names_in_", self.kinds_))
            if len(input_features) != len(known):
                raise SchemaError(
                    "input_features should have length equal to number of features "
                    f"({len(known)}), got {len(input_features)}"
                )
            if not hasattr(self, "feature_names_in_"):
                new = dict(zip(self.kinds_, map(str, input_features), strict=True))
                names = [renamed(name, new) for name in names]
            elif list(input_features) != known:
                raise SchemaError("input_features is not equal to feature_names_in_")
        return np.asarray(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether ``fit`` was called."""
        return hasattr(self, "states_")

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags, and imbalanced-learn's where rows may leave in training."""
        from dataprep.tags import tags_of

        return tags_of(
            transforms=self._repairs_or_pipeline, resamples=self._trains, balances=self._balances
        )

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
        if fitting:
            # A wrong parameter is told before the data are looked at.
            validated(self)
            for stage in (stage for _, stage in self.steps_of() if y is not None):
                if stage.labels:
                    # What is missing in y may be there for the stages behind.
                    check_one_label(y)
                    break
                if stage.balances:
                    check_classes(y, stage.name(), stage.classes_or)
                elif stage.relabels:
                    check_one_label(y)
        given, columns = X, None
        names = None if fitting else list(self.kinds_)
        if library_of(X) is None:
            given = checked_array(X, self, fitting=fitting)
            present = names or []
        else:
            columns = column_names(X)
            names = None if fitting else self._checked_columns(columns)
            present = names or [str(name) for name in columns]
        roles = self._roles_present(present, y, fitting)
        # Where nothing is learned from a target, as a column it would only be in the way.
        y = y if self._trains or self._supervised else None
        opened = engine_functions().open_frame(given, y, roles, names, self._name_for(y, present))
        if fitting:
            if len(opened.table.frame) == 0:
                raise DataError(
                    f"Found array with 0 sample(s) (shape={getattr(X, 'shape', '?')}) while a "
                    "minimum of 1 is required",
                    place=type(self).__name__,
                    remedy="Give training rows.",
                )
            visible = [name for name in opened.table.columns if name != opened.y_name]
            self._remember_names(columns, visible)
        return opened

    def _roles_present(self, present: list[str], y: Any, fitting: bool) -> dict[str, Any]:
        """Return the roles; the target may come apart, or at serving not at all."""
        kept: dict[str, Any] = {}
        for role, names in self.roles_given().items():
            listed = [names] if isinstance(names, str) else names or []
            absent_allowed = not fitting or (role == "target" and y is not None)
            kept[role] = [name for name in listed if name in present or not absent_allowed]
        return kept

    def _name_for(self, y: Any, present: list[str]) -> str | None:
        """Return the name of a target that is passed beside the columns, where one was given."""
        name = self.roles_given().get("target")
        return name if y is not None and isinstance(name, str) and name not in present else None

    def _remember_names(self, columns: list[Any] | None, visible: list[str]) -> None:
        """Remember the columns of ``fit``: those of a frame, or the number of an array's."""
        import numpy as np

        self.n_features_in_ = len(visible)
        if columns is not None and all(isinstance(name, str) for name in columns):
            self.feature_names_in_ = np.asarray(columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _checked_columns(self, columns: list[Any]) -> list[str] | None:
        """Compare a frame's columns with those of ``fit``; return the names to go by, if others."""
        who, expected = type(self).__name__, list(self.kinds_)
        if not hasattr(self, "feature_names_in_"):
            if len(columns) != len(expected):
                raise SchemaError(
                    f"X has {len(columns)} features, but {who} is expecting "
                    f"{len(expected)} features as input"
                )
            if [str(name) for name in columns] == expected:
                return None
            warnings.warn(
                f"X has feature names, but {who} was fitted without feature names", stacklevel=4
            )
            return expected
        # A target that came apart at fit may come as a column now.
        apart = self.roles_given().get("target")
        shared = [name for name in columns if name != apart or name in self.kinds_]
        check_names(who, shared, expected, set(self.roles_), self.allow_extra)
        return None

    def _conformed(self, table: Table) -> Table:
        """Return the table with the kinds of ``fit``, or raise."""
        return conformed(table, self.kinds_)

    def _contained(self, opened: Any, after: Table, X: Any) -> Any:
        """Return the rows in the container that was given, or that ``set_output`` asks for."""
        return contained(opened.close(after), opened.library, output_wanted(self))
