"""Parameters checked against their declaration, when a pipeline is fitted or loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from dataprep.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pydantic import TypeAdapter


_SHORT = 4
"""A list of so many items can stand in a message."""


@cache
def adapters(cls: type[Any]) -> dict[str, TypeAdapter[Any]]:
    """Return a pydantic adapter for each parameter of a stage."""
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter

    hints = get_type_hints(cls, include_extras=True)
    strict = ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False)
    made = {}
    for item in fields(cls):
        hint = hints[item.name]
        try:
            made[item.name] = TypeAdapter(hint, config=strict)
        except PydanticUserError:
            # pydantic refuses a config for a type that has its own.
            made[item.name] = TypeAdapter(hint)
    return made


def validated(estimator: Any, place: str = "") -> None:
    """Check a stage's parameters, or those of all stages of a pipeline.

    Raises
    ------
    ConfigError
        With the path of the parameter, its value and what is allowed.
    """
    cls = type(estimator)
    if not is_dataclass(cls):
        return
    if hasattr(estimator, "stages"):
        _check_stages(estimator.stages)
        name_of, remedy = "", "See the parameters of dataprep.Pipeline."
    else:
        name_of = place or estimator.name()
        remedy = f"See: dataprep stages {estimator.name()}."
    from pydantic import ValidationError

    defaults = {item.name: item.default for item in fields(cls)}
    for name, adapter in adapters(cls).items():
        value = getattr(estimator, name)
        try:
            read = adapter.validate_python(value)
        except ValidationError as error:
            errors = error.errors()
            first = errors[0]
            inner = "".join(f"[{part!r}]" for part in first["loc"] if isinstance(part, int))
            raise ConfigError(
                f"{value!r}: {_all_worded(errors)}{_such_as(defaults[name])}",
                place=f"{name_of}.{name}{inner}".lstrip("."),
                remedy=remedy,
            ) from None
        # pydantic would take "3" and true for numbers; a stage gets what was written.
        if isinstance(value, str | bool) and type(read) is not type(value):
            raise ConfigError(
                f"{value!r}: input should be of type {type(read).__name__}",
                place=f"{name_of}.{name}".lstrip("."),
                remedy=remedy,
            )


def _check_stages(stages: Any) -> None:
    """Check the stages of a pipeline, each under its place in the list."""
    if not isinstance(stages, list | tuple):
        raise ConfigError(
            f"{stages!r} is no list of stages",
            place="stages",
            remedy="Give instances in a list: [dataprep.Impute(), dataprep.IQR()].",
        )
    for i, stage in enumerate(stages):
        validated(stage, f"stages[{i}]")
    _check_order(stages)
    _check_looks(stages)
    _check_flags(stages)
    _check_watches(stages)


def _check_watches(stages: Sequence[Any]) -> None:
    """Raise where rows are recorded that are others than those of ``transform`` by nature."""
    for i, stage in enumerate(stages):
        if not getattr(stage, "watches", False):
            continue
        for early, other in enumerate(stages[:i]):
            harmless = other.divides or other.later or (other.weighs and not other.sampler)
            if other.phase == "training" and not harmless:
                raise ConfigError(
                    f"{stage.name()} stands behind {other.name()} (stages[{early}]), which works "
                    "in training only: later rows would differ from what it records",
                    place=f"stages[{i}]",
                    remedy=f"Put {stage.name()} before {other.name()}.",
                )


def _check_looks(stages: Sequence[Any]) -> None:
    """Raise where a second stage says how pictures look: they are shown in one look at a time."""
    found = [i for i, stage in enumerate(stages) if getattr(stage, "later", False)]
    if len(found) > 1:
        raise ConfigError(
            f"stages[{found[0]}] says already how pictures look in training",
            place=f"stages[{found[1]}]",
            remedy="Put the parameters of both into one image_augment.",
        )


def _check_flags(stages: Sequence[Any]) -> None:
    """Raise where a second stage would write its verdicts on labels over those of the first."""
    found = [i for i, stage in enumerate(stages) if getattr(stage, "flags", False)]
    if len(found) > 1:
        early, late = (stages[i].name() for i in found[:2])
        raise ConfigError(
            f"{early} (stages[{found[0]}]) flags labels already, in columns of the same names",
            place=f"stages[{found[1]}].action",
            remedy=f"Let {early} or {late} drop, relabel or weight; or flag by each in a run of "
            "its own.",
        )


def _check_order(stages: Sequence[Any]) -> None:
    """Raise where a stage stands on the wrong side of the one that holds rows out."""
    if not all(hasattr(stage, "divides") for stage in stages):
        # What is no stage is told by the pipeline itself.
        return
    balancing = [
        i for i, stage in enumerate(stages) if stage.sampler or stage.weighs or stage.relabels
    ]
    for i, stage in enumerate(stages):
        if not stage.divides:
            continue
        if balancing and balancing[0] < i:
            early = balancing[0]
            raise ConfigError(
                f"{stages[early].name()} stands before {stage.name()} (stages[{i}]): what is held "
                "out would have a part in it",
                place=f"stages[{early}]",
                remedy=f"Put {stage.name()} first: it sees the rows for training only, then.",
            )
        _check_compares(stages, i)
        if not getattr(stage, "folds", None):
            continue
        anew = (
            "Use cross_validate(pipeline, cv=dp.Split(folds=...)), which fits anew for each fold; "
            "or hold rows out with test=0.2 instead of folds."
        )
        if balancing:
            late = balancing[-1]
            raise ConfigError(
                f"{stages[late].name()} behind folds (stages[{i}]): each fold is held out once, so "
                f"its rows cannot be {'judged' if stages[late].relabels else 'balanced'} with the "
                "others",
                place=f"stages[{late}]",
                remedy=anew,
            )
        for late in range(i + 1, len(stages)):
            if stages[late].supervised:
                raise ConfigError(
                    f"{stages[late].name()} behind folds (stages[{i}]): each fold is held out "
                    "once, and it would learn from the target of all of them",
                    place=f"stages[{late}]",
                    remedy=anew,
                )


def _check_compares(stages: Sequence[Any], divided: int) -> None:
    """Raise where held-out rows are to be compared with others, and are set aside before."""
    for late in range(divided + 1, len(stages)):
        column = getattr(stages[late], "split", None)
        if column is not None:
            name, split = stages[late].name(), stages[divided].name()
            raise ConfigError(
                f"{name} stands behind {split} (stages[{divided}]): it sees the rows for training "
                "only, and would find none of their copies among those held out",
                place=f"stages[{late}].split",
                remedy=f"Put {name} before {split}; or leave split={column!r} out, to compare "
                "the rows for training with each other.",
            )


def _all_worded(errors: Sequence[Any]) -> str:
    """Return what each of the allowed forms of a parameter asks for."""
    if any(error["type"] == "sequence_str" for error in errors):
        return "give a list, of one text if need be"
    # A list is told to be short of the items that are wrong themselves.
    inner = {error["loc"][:-1] for error in errors}
    told = [e for e in errors if not (e["type"] == "too_short" and e["loc"] in inner)]
    return " or ".join(dict.fromkeys(map(_worded, told or errors)))


def _worded(error: Any) -> str:
    if error["type"] == "tuple_type":
        return "input should be a list"
    if error["type"] == "too_short" and error["ctx"]["field_type"] in ("List", "Tuple"):
        return f"a list should have {error['ctx']['min_length']} or more items"
    message = str(error["msg"])
    return message[0].lower() + message[1:]


def _such_as(default: Any) -> str:
    """Return an example of a short list."""
    if not isinstance(default, tuple) or not 0 < len(default) <= _SHORT:
        return ""
    return f", such as {list(default)!r}"


def check_names_of_parameters(cls: type[Any], given: dict[str, Any], place: str) -> None:
    """Raise for parameters that a stage does not have, with the nearest that it has."""
    known = [item.name for item in fields(cls)]
    replaced = getattr(cls, "replaced", {})
    for name in given:
        if name in replaced:
            # Something else does now what the parameter did elsewhere.
            raise ConfigError(
                f"no parameter of {cls.name()}",
                place=f"{place}.{name}",
                remedy=f"Use {replaced[name]}.",
            )
        if name not in known:
            raise ConfigError(
                f"unknown parameter {name!r}",
                place=f"{place}.{name}",
                remedy=did_you_mean(str(name), known),
            )
