"""Pipeline: stages in order; learned once, applied anywhere, saved as readable JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from dataprep._version import __version__
from dataprep.checking import check_names_of_parameters, validated
from dataprep.engine import Frame
from dataprep.errors import ConfigError, ReadError, did_you_mean
from dataprep.estimator import Estimator
from dataprep.fingerprint import Overlap, fingerprint_of, overlap
from dataprep.registry import stage_class
from dataprep.stage import Stage
from dataprep.table import Table

ROLES = ("target", "id", "weight", "group", "image")
"""The roles that columns can be given."""
FORMAT = 1
"""The version of ``pipeline.json``; newer files are refused, older ones read."""


@dataclass(eq=False, repr=False)
class Pipeline(Estimator):
    """Stages in order, with the roles of the columns that they work on.

    Parameters
    ----------
    stages : list of Stage
        The steps. In a ledger they are called ``0:drop_duplicates``, ``1:impute``, ...
    target : str or int, optional
        The column to be predicted; no stage changes it unless it is named.
    id : str, int or list of them, optional
        Columns that name a row.
    extra : {"error", "allow"}, default="error"
        What columns that were not there at ``fit`` are at ``transform``.
    weight : str or int, optional
        A column with weights of rows.
    group : str or int, optional
        A column that says which rows belong together.
    image : str or int, optional
        A column with a picture in each row, as the path of its file.

    Notes
    -----
    Columns with a role are no features. A row that a stage makes has those of its first parent.

    Examples
    --------
    >>> import pandas as pd
    >>> import dataprep as dp
    >>> train = pd.DataFrame({"age": [20.0, None, 40.0, 40.0], "y": [0, 1, 1, 1]})
    >>> pipe = dp.Pipeline([dp.DropDuplicates(), dp.Impute(strategy="mean")], target="y")
    >>> pipe.fit(train).transform(pd.DataFrame({"age": [None, 50.0]}))["age"].tolist()
    [30.0, 50.0]
    >>> pipe.fit(train).transform(pd.DataFrame({"aeg": [None, 50.0]}))
    Traceback (most recent call last):
        ...
    dataprep.errors.SchemaError: The feature names should match those that were passed during fit.
    Feature names unseen at fit time:
    - aeg
    Feature names seen at fit time, yet now missing:
    - age
    'age': Did you mean 'aeg'? Pipeline was fitted on: age, y.
    """

    stages: Sequence[Stage] = field(default=())
    target: str | int | None = None
    id: str | int | Sequence[str | int] | None = None
    extra: Literal["error", "allow"] = "error"
    weight: str | int | None = None
    group: str | int | None = None
    image: str | int | None = None

    types_: ClassVar[dict[str, Any] | None] = None
    """How the columns of a file were read when the pipeline was fitted on it."""
    input_: ClassVar[dict[str, Any] | None] = None
    """What it was fitted on."""

    # ---- as an estimator

    def steps_of(self) -> list[tuple[str, Stage]]:
        """Return labels and stages, in order."""
        if not isinstance(self.stages, list | tuple):
            raise ConfigError(
                f"{self.stages!r} is no list of stages",
                place="stages",
                remedy="Give instances in a list: [dataprep.Impute(), dataprep.IQR()].",
            )
        for i, stage in enumerate(self.stages):
            if not isinstance(stage, Stage):
                raise ConfigError(
                    f"{stage!r} is no stage",
                    place=f"stages[{i}]",
                    remedy="Give instances, such as dataprep.Impute(strategy='median').",
                )
        return [(f"{i}:{stage.name()}", stage) for i, stage in enumerate(self.stages)]

    def roles_given(self) -> dict[str, Any]:
        """Return the roles that were named."""
        return {role: _texts(getattr(self, role)) for role in ROLES}

    @property
    def allow_extra(self) -> bool:
        """Whether columns that were not there at ``fit`` are let through."""
        return self.extra == "allow"

    @property
    def _repairs_or_pipeline(self) -> bool:
        return True

    @property
    def _listed(self) -> list[Stage]:
        # A parameter may hold anything until fit checks it.
        stages = list(self.stages) if isinstance(self.stages, list | tuple) else []
        return stages if all(isinstance(stage, Stage) for stage in stages) else []

    def stage_names(self) -> list[str]:
        """Return a name for each stage: ``impute``, and ``impute_2`` where it occurs twice."""
        names: list[str] = []
        seen: dict[str, int] = {}
        for stage in self._listed:
            name = stage.name()
            seen[name] = seen.get(name, 0) + 1
            names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
        return names

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; with ``deep``, those of the stages as ``impute__strategy``."""
        found = super().get_params(deep)
        if deep:
            for name, stage in zip(self.stage_names(), self._listed, strict=True):
                found[name] = stage
                found.update({f"{name}__{k}": v for k, v in stage.get_params().items()})
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of a stage as ``impute__strategy``."""
        nested = {key: value for key, value in params.items() if "__" in key}
        own = {name: params[name] for name in self._parameter_names() if name in params}
        # The list first, then whole stages, then their parameters: as scikit-learn's pipelines do.
        super().set_params(**own)
        for name in [key for key in params if key not in nested and key not in own]:
            stages = list(self.stages)
            stages[self._place_of(name, name)] = params[name]
            self.stages = stages
        for key, value in nested.items():
            name, _, inner = key.partition("__")
            self.stages[self._place_of(name, key)].set_params(**{inner: value})
        return self

    def _place_of(self, name: str, key: str) -> int:
        names = self.stage_names()
        if name not in names:
            known = [*self._parameter_names(), *names]
            raise ConfigError(
                f"Invalid parameter {key!r}: no stage {name!r}", remedy=did_you_mean(name, known)
            )
        return names.index(name)

    def __repr__(self) -> str:
        """Show the stages and the roles."""
        listed = isinstance(self.stages, list | tuple)
        parts = [repr(list(self.stages) if listed else self.stages)]
        parts += [
            f"{name}={value!r}"
            for name, value in ((role, getattr(self, role)) for role in ROLES)
            if value is not None
        ]
        return f"Pipeline({', '.join(parts)})"

    # ---- what it was fitted on

    def _remember_rows(self, table: Table, rows: Frame | None) -> None:
        # Frames are hashed when they are asked for: most pipelines are never saved. A file would
        # stay open for it.
        self._learned: Any = (table, rows)
        if table.engine.name == "duckdb":
            self._learned = self.fingerprint_

    @property
    def fingerprint_(self) -> dict[str, Any]:
        """The fingerprint of the rows that were learned from: hashes, no data."""
        self._check_fitted()
        if isinstance(self._learned, tuple):
            table, rows = self._learned
            # Also those to which a stage gave a role: they need not come to serving.
            columns = [name for name in self.kinds_ if name not in self.roles_]
            self._learned = fingerprint_of(table, columns, rows)
        found: dict[str, Any] = self._learned
        return found

    def overlap(self, X: Any) -> Overlap:
        """Return how many rows are among those that the pipeline was fitted on.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
            Rows that a model is to be judged by, say.

        Returns
        -------
        Overlap
            Its ``rows`` are counted by their features alone; its text is a sentence.

        Examples
        --------
        >>> import pandas as pd
        >>> import dataprep as dp
        >>> pipe = dp.Pipeline([dp.Impute()]).fit(pd.DataFrame({"age": [20.0, None, 40.0]}))
        >>> print(pipe.overlap(pd.DataFrame({"age": [40.0, 50.0]})))
        1 of 2 rows were among those of the fit
        """
        self._check_fitted()
        return overlap(self.fingerprint_, self.opened(X))

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: of the rows that it was fitted on their fingerprint alone."""
        if hasattr(self, "_learned"):
            self._learned = self.fingerprint_
        return dict(self.__dict__)

    # ---- as a record

    def fit_table(self, table: Table) -> tuple[Table, list[Any]]:
        """Learn from a table, a file's as well; return it as it became, with what was done."""
        learned = self._fit_table(table)
        if table.engine.name == "duckdb":
            # A frame's names were remembered when it was opened.
            self._remember_names(table.columns, table.columns)
        return learned.table, learned.records

    def read_as(self, types: dict[str, Any] | None, given: dict[str, Any] | None) -> None:
        """Remember how a file's columns were read, and which file it was."""
        self.__dict__.update(types_=types, input_=given)

    def opened(self, X: Any) -> Table:
        """Return a frame or an array as a table that has the columns and kinds of ``fit``."""
        self._check_fitted()
        return self._conformed(self._open(X, None, fitting=False).table)

    def table_for(self, table: Table) -> Table:
        """Return a table that has the columns and kinds of ``fit``, or raise."""
        self._check_fitted()
        expected, optional = list(self.kinds_), set(self.roles_)
        from dataprep.estimator import check_names

        columns = [name for name in table.columns if name not in self.columns_training_]
        check_names("The pipeline", columns, expected, optional, self.allow_extra)
        return self._conformed(table)

    def to_dict(self) -> dict[str, Any]:
        """Return parameters, states, kinds and versions as JSON holds them."""
        self._check_fitted()
        content = {
            "format": FORMAT,
            "dataprep": __version__,
            **{role: getattr(self, role) for role in ROLES},
            "extra": self.extra,
            "columns": dict(self.kinds_),
            "columns_out": list(self.columns_out_),
            "columns_training": list(self.columns_training_),
            "roles": dict(self.roles_),
            "classes": self.class_counts_,
            "types": self.types_,
            "input": self.input_,
            "fingerprint": self.fingerprint_,
            "stages": [
                {"name": stage.name(), "parameters": _written(stage), "state": state}
                for stage, state in zip(self.stages, self.states_, strict=True)
            ],
        }
        return {**content, "sha256": _checksum(content)}

    def save(self, path: str | Path) -> None:
        """Write the fitted pipeline as JSON, beside its place first and renamed at the end."""
        from dataprep.files import write_text

        write_text(Path(path), json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], place: str = "pipeline") -> Self:
        """Return a fitted pipeline from what `to_dict` gave."""
        _check_format(content, place)
        stages = []
        for i, step in enumerate(content["stages"]):
            made = stage_class(step["name"], f"{place}: stages[{i}]")
            check_names_of_parameters(made, step["parameters"], f"{place}: stages[{i}]")
            stages.append(made(**_tupled(step["parameters"])))
        roles = {role: content.get(role) for role in ROLES}
        pipe = cls(stages, extra=content["extra"], **roles)
        validated(pipe)
        pipe.states_ = [step["state"] for step in content["stages"]]
        pipe.kinds_, pipe.roles_ = dict(content["columns"]), dict(content["roles"])
        pipe.class_counts_ = content.get("classes")
        # Older files have none.
        pipe._learned = content.get("fingerprint", {"version": 0})
        pipe.columns_out_ = list(content["columns_out"])
        pipe.columns_training_ = list(content.get("columns_training", ()))
        pipe.read_as(content["types"], content["input"])
        import numpy as np

        pipe.feature_names_in_ = np.asarray(list(pipe.kinds_), dtype=object)
        pipe.n_features_in_ = len(pipe.kinds_)
        return pipe

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a fitted pipeline.

        Raises
        ------
        ReadError
            When the file is not there, was cut or altered, or is of a newer version.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ReadError(
                "no such file", place=str(path), remedy="Give the pipeline.json of a run folder."
            ) from None
        except IsADirectoryError:
            raise ReadError(
                "this is a folder", place=str(path), remedy="Give the pipeline.json inside it."
            ) from None
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ReadError(
                f"not a whole JSON file: {error}",
                place=str(path),
                remedy="It was cut or is no pipeline.json; make it again with dataprep clean.",
            ) from None
        return cls.from_dict(content, str(path))


def _texts(names: Any) -> Any:
    """Return names as texts: a pandas frame may have numbers for names, a table has not."""
    if isinstance(names, list | tuple):
        return [_texts(name) for name in names]
    return str(names) if isinstance(names, int) else names


def _tupled(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}


def _written(stage: Stage) -> dict[str, Any]:
    """Return a stage's parameters, all of which JSON can hold."""
    parameters = stage.parameters()
    for name, value in parameters.items():
        try:
            json.dumps(value)
        except TypeError:
            raise ConfigError(
                f"{value!r} cannot be written to a file",
                place=f"{stage.name()}.{name}",
                remedy="Give it as plain values to save the pipeline, e.g. {label: rows}.",
            ) from None
    return parameters


def _checksum(content: Mapping[str, Any]) -> str:
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _check_format(content: Any, place: str) -> None:
    if not isinstance(content, Mapping) or "format" not in content or "stages" not in content:
        raise ReadError(
            "this is not a pipeline.json of dataprep",
            place=place,
            remedy="Give the pipeline.json that a run folder holds.",
        )
    if not isinstance(content["format"], int) or content["format"] > FORMAT:
        raise ReadError(
            f"made by a newer dataprep ({content.get('dataprep')}, format {content['format']})",
            place=place,
            remedy=f"Install that version; this is {__version__}, which reads up to {FORMAT}.",
        )
    unsigned = {name: value for name, value in content.items() if name != "sha256"}
    if content.get("sha256") != _checksum(unsigned):
        raise ReadError(
            "the file was altered since it was written (its checksum does not match)",
            place=place,
            remedy="Take the original, or fit again; a changed state would go unnoticed otherwise.",
        )
