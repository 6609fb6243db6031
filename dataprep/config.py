"""YAML to Pipeline and back; every error names its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dataprep.checking import check_names_of_parameters, validated
from dataprep.documents import Document, read_document
from dataprep.errors import ConfigError, did_you_mean
from dataprep.jobfile import JOB_KEYS, ExpectKeys, section_of
from dataprep.pipeline import ROLES, Pipeline
from dataprep.registry import stage_class
from dataprep.stage import Stage
from dataprep.yaml12 import read_yaml

KEYS = ("name", *ROLES, "extra", "stages", *JOB_KEYS)
"""What a pipeline file may hold; the keys of a job mean nothing to who wants a pipeline."""


def load_pipeline(path: str | Path) -> Pipeline:
    """Read an unfitted pipeline from YAML (or a fitted one's parameters from JSON).

    Raises
    ------
    ConfigError
        With the line and the path of what is wrong, such as ``stages[2].threshold``.
    """
    path = Path(path)
    if path.suffix == ".json":
        return replace(Pipeline.load(path))
    return pipeline_of(read_document(path))


def pipeline_of(document: Document) -> Pipeline:
    """Return the pipeline of a configuration file; errors name the line."""
    with document.placing():
        made = pipeline_from(document.content, str(document.path))
    for i, stage in enumerate(made.stages):
        _locate(stage, document, f"stages[{i}]")
    if (expect := document.content.get("expect")) is not None:
        # Only a job asks its suites; that they are asked for wrongly is told to everybody.
        section_of(ExpectKeys, expect, document, "expect")
    return made


def _locate(stage: Stage, document: Document, place: str) -> None:
    """Let relative paths start from the folder of the file that says them."""
    for name in stage.files:
        given, said = getattr(stage, name), document.mark(f"{place}.{name}").file
        if isinstance(given, str) and said is not None:
            setattr(stage, name, str(said.parent / given))


def left_to_jobs(path: str | Path) -> str:
    """Return a word on the suites of a pipeline file, which only a job asks; empty for none."""
    path = Path(path)
    if path.suffix == ".json" or not read_document(path).content.get("expect"):
        return ""
    return (
        f"{path}: the suites under 'expect' are for dataprep run, and were not asked; "
        "see also: dataprep validate"
    )


def pipeline_from(content: Any, place: str = "") -> Pipeline:
    """Return a pipeline from what YAML holds."""
    before = f"{place}: " if place else ""
    if not isinstance(content, Mapping):
        raise ConfigError(
            "a pipeline is a map with the key 'stages'",
            place=place,
            remedy="Write e.g. 'stages: [{impute: {strategy: median}}]'.",
        )
    check_keys(content, before)
    listed = content.get("stages")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ConfigError(
            f"{listed!r} is no list" if "stages" in content else "is not there",
            place=f"{before}stages",
            remedy="Write each stage as '- impute: {strategy: median}'.",
        )
    stages = [stage_from(item, f"{before}stages[{i}]") for i, item in enumerate(listed)]
    extra = content.get("extra", "error")
    if extra not in ("error", "allow"):
        raise ConfigError(f"{extra!r}", place=f"{before}extra", remedy="Write 'error' or 'allow'.")
    roles = {role: content.get(role) for role in ROLES}
    for role, names in roles.items():
        listed = names if role == "id" and isinstance(names, list) else [names]
        remedy = "Name a column, or list several." if role == "id" else "Name one column."
        for name in listed:
            _check_name(name, f"{before}{role}", remedy)
    return Pipeline(stages, extra=extra, **roles)


def check_keys(content: Mapping[Any, Any], before: str) -> None:
    """Raise for a key that no pipeline file has; ``before`` is the place of the map."""
    for key in content:
        if key not in KEYS:
            raise ConfigError(
                f"unknown key {key!r}", place=f"{before}{key}", remedy=did_you_mean(str(key), KEYS)
            )


def _check_name(name: Any, place: str, remedy: str) -> None:
    if name is not None and not isinstance(name, str):
        raise ConfigError(f"{name!r} is no name of a column", place=place, remedy=remedy)


def stage_from(item: Any, place: str) -> Stage:
    """Return a stage from a one-key map, or from its name alone."""
    if isinstance(item, str):
        item = {item: {}}
    if not isinstance(item, Mapping) or len(item) != 1:
        raise ConfigError(
            "a stage is a map with one key, its name",
            place=place,
            remedy="Write e.g. '- impute: {strategy: median}'.",
        )
    name, parameters = next(iter(item.items()))
    cls = stage_class(str(name), place)
    parameters = parameters or {}
    if not isinstance(parameters, Mapping):
        raise ConfigError(
            f"the parameters of {name!r} are to be a map",
            place=f"{place}.{name}",
            remedy=f"There is: {', '.join(item.name for item in fields(cls))}.",
        )
    check_names_of_parameters(cls, dict(parameters), place)
    stage: Stage = cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()})
    validated(stage, place)
    return stage


def override(pipeline: Pipeline, settings: Sequence[str]) -> Pipeline:
    """Set parameters from ``stage.parameter=value`` texts; values are read as YAML."""
    for setting in settings:
        key, sign, text = setting.partition("=")
        stage, dot, parameter = key.strip().partition(".")
        if not sign or not dot:
            raise ConfigError(
                f"{setting!r}", place="--set", remedy="Write stage.parameter=value, e.g. iqr.k=1.5."
            )
        names = pipeline.stage_names()
        if stage not in names:
            raise ConfigError(
                f"no stage {stage!r} in this pipeline",
                place=f"--set {setting}",
                remedy=did_you_mean(stage, names),
            )
        found = pipeline.stages[names.index(stage)]
        check_names_of_parameters(type(found), {parameter: None}, f"--set {stage}")
        try:
            value = read_yaml(text, "--set")
        except ConfigError:
            # Brackets and colons in a text that was never meant as YAML, such as a constant.
            value = text
        found.set_params(**{parameter: tuple(value) if isinstance(value, list) else value})
        validated(found, f"--set {stage}")
    return pipeline
