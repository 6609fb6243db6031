"""Suites: Great Expectations' own JSON, read and checked before anything is run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, ReadError, did_you_mean
from dataprep.expectations import gx
from dataprep.expectations.sense import check_sense

SEVERITIES = ("critical", "warning", "info")
"""What an expectation that is not met does: fail, be reported, be noted; the gravest first."""
ON_FAILURE = ("fail", "quarantine")
_KEYS = ("name", "expectations", "meta", "notes", "id", "suite_parameters")
_KEYS_OF_ONE = (
    "type", "kwargs", "meta", "notes", "id", "severity", "description", "rendered_content",
    "expectation_context", "result_format", "windows",
)  # fmt: skip
_BESIDE = ("severity", "meta", "notes", "description", "on_failure")
"""What is said of an expectation, and is no argument of it."""


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite.

    Parameters
    ----------
    type : str
        Such as ``expect_column_values_to_be_between``.
    kwargs : mapping
        Its arguments.
    severity : {"critical", "warning", "info"}, default="critical"
    on_failure : {"fail", "quarantine"}, optional
        Whether it fails, or rows that do not meet it are set aside instead, where it is about
        rows; None where its suite does not say. It then fails, or does what a job says.
    place : str
        Where in the suite it stands.
    meta : mapping
    """

    type: str
    kwargs: Mapping[str, Any]
    severity: str = "critical"
    on_failure: str | None = None
    place: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns whose values it is about; those that it asks to exist are not among them."""
        if self.type.startswith("expect_table_") or self.type == "expect_column_to_exist":
            return []
        named = [self.kwargs.get(key) for key in ("column", "column_A", "column_B")]
        listed = self.kwargs.get("column_list") or []
        return [name for name in (*named, *listed) if isinstance(name, str)]

    @property
    def quarantine(self) -> bool:
        """Whether rows that do not meet it are to be set aside, where it is about rows."""
        return self.on_failure == "quarantine"

    def made(self) -> Any:
        """Return it as an object of Great Expectations."""
        return gx.made(self.type, dict(self.kwargs), self.place)


@dataclass(frozen=True)
class Suite:
    """What a table is expected to be.

    Parameters
    ----------
    name : str
    expected : tuple of Expected
        In the order of the file.
    place : str
        Where it comes from.
    sha256 : str
        The hash of what it says, whatever blanks and order of keys it is written with.
    """

    name: str
    expected: tuple[Expected, ...]
    place: str = ""
    sha256: str = ""

    def __len__(self) -> int:
        """Return the number of expectations."""
        return len(self.expected)

    def __iter__(self) -> Iterator[Expected]:
        """Go through the expectations."""
        return iter(self.expected)

    def check(self) -> None:
        """Check types and arguments, for which Great Expectations is imported.

        Raises
        ------
        ConfigError
            With the place of the first that is wrong, and what there is instead.
        """
        _ = self._sound

    @cached_property
    def _sound(self) -> bool:
        # Who carries a suite out checks it, and who reads the data before that as well: once.
        for one in self.expected:
            check_sense(one.type, one.kwargs, one.place)
            made = one.made()
            if one.meta.get("on_failure") == "quarantine" and not gx.about_rows(made):
                raise ConfigError(
                    f"{one.type} is not about rows, so that none can be set aside",
                    place=f"{one.place}.meta.on_failure",
                    remedy="Leave it out here; the expectation then fails as its severity says.",
                )
        return True


def read_suite(path: str | Path) -> Suite:
    """Read a suite from a file; Great Expectations is not imported yet.

    Parameters
    ----------
    path : path
        JSON as Great Expectations 1.x writes it: ``{"name": ..., "expectations": [{"type": ...,
        "kwargs": {...}, "severity": ..., "meta": {...}}]}``.

    Raises
    ------
    ReadError
        When there is no such file, or it cannot be read.
    ConfigError
        When it is no suite.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = did_you_mean(path.name, [p.name for p in path.parent.glob("*.json")])
        raise ReadError(
            "no such file",
            place=str(path),
            remedy=near if near.startswith("Did") else "Give a suite as JSON.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", place=str(path), remedy="Give a suite.") from None
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="Give the JSON file."
        ) from None
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ConfigError(
            f"is no JSON: {error}",
            place=str(path),
            remedy="Write one with: dataprep suggest-expectations INPUT -o suite.json.",
        ) from None
    return suite_from(content, str(path))


def suite_from(content: Any, place: str = "suite") -> Suite:
    """Return a suite from what its JSON holds.

    Examples
    --------
    >>> one = {"type": "expect_column_to_exist", "kwargs": {"column": "age"}}
    >>> suite_from({"name": "people", "expectations": [one]}).expected[0].severity
    'critical'
    >>> suite_from({"name": "people", "expectatoins": [one]})
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: suite: unknown key 'expectatoins'. Did you mean 'expectations'?
    """
    if not isinstance(content, Mapping):
        raise ConfigError(
            "is no suite, which is a map with the keys 'name' and 'expectations'",
            place=place,
            remedy='Write {"name": ..., "expectations": [...]}.',
        )
    if "expectation_suite_name" in content:
        raise ConfigError(
            "is a suite of Great Expectations 0.x",
            place=place,
            remedy="Call expectation_suite_name name, and expectation_type type.",
        )
    _check_keys(content, _KEYS, place)
    content = _with_parameters(content, place)
    listed = content.get("expectations")
    if not isinstance(listed, list):
        raise ConfigError(
            "the key 'expectations' holds no list",
            place=place,
            remedy='Write {"name": ..., "expectations": [...]}.',
        )
    for_all = _on_failure(content.get("meta"), None, f"{place}: meta")
    expected = tuple(
        _expected(one, f"{place}: expectations[{i}]", for_all) for i, one in enumerate(listed)
    )
    told = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    name = str(content.get("name") or Path(place).stem)
    return Suite(name, expected, place, sha256(told).hexdigest())


def _expected(one: Any, place: str, for_all: str | None) -> Expected:
    if not isinstance(one, Mapping) or not isinstance(one.get("type"), str):
        raise ConfigError(
            "an expectation is a map with the keys 'type' and 'kwargs'",
            place=place,
            remedy='Write e.g. {"type": "expect_column_to_exist", "kwargs": {"column": "age"}}.',
        )
    _check_keys(one, _KEYS_OF_ONE, place)
    kwargs = one.get("kwargs") or {}
    if not isinstance(kwargs, Mapping):
        raise ConfigError(
            f"{kwargs!r} is no map of arguments",
            place=f"{place}.kwargs",
            remedy='Write e.g. {"column": "age"}.',
        )
    for name in (name for name in _BESIDE if name in kwargs):
        raise ConfigError(
            f"{name!r} is no argument",
            place=f"{place}.kwargs.{name}",
            remedy="Write it beside 'kwargs', not within.",
        )
    meta = one.get("meta") or {}
    severity = one.get("severity") or (isinstance(meta, Mapping) and meta.get("severity"))
    severity = severity or "critical"
    if severity not in SEVERITIES:
        raise ConfigError(
            f"unknown severity {severity!r}",
            place=f"{place}.severity",
            remedy=did_you_mean(str(severity), SEVERITIES),
        )
    kwargs = {name: value for name, value in kwargs.items() if name != "batch_id"}
    if one.get("windows"):
        kwargs["windows"] = one["windows"]
    own = _on_failure(meta, for_all, f"{place}.meta")
    return Expected(one["type"], kwargs, severity, own, place, meta)


def _on_failure(meta: Any, default: str | None, place: str) -> Any:
    if meta is not None and not isinstance(meta, Mapping):
        raise ConfigError(f"{meta!r} is no map", place=place, remedy="Write {} or leave it out.")
    said = (meta or {}).get("on_failure", default)
    if said is not None and said not in ON_FAILURE:
        raise ConfigError(
            f"unknown choice {said!r}",
            place=f"{place}.on_failure",
            remedy=did_you_mean(str(said), ON_FAILURE),
        )
    return said


def _check_keys(content: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in content:
        if key not in known:
            raise ConfigError(
                f"unknown key {key!r}", place=place, remedy=did_you_mean(str(key), known)
            )


def _with_parameters(content: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return a suite with its own parameters where its expectations ask for them."""
    parameters = content.get("suite_parameters") or {}
    if not isinstance(parameters, Mapping):
        raise ConfigError(
            f"{parameters!r} is no map",
            place=f"{place}: suite_parameters",
            remedy='Write e.g. {"oldest": 120}.',
        )
    listed = content.get("expectations")
    return {**content, "expectations": _filled(listed, parameters, f"{place}: expectations")}


def _filled(value: Any, parameters: Mapping[str, Any], place: str) -> Any:
    if isinstance(value, Mapping) and "$PARAMETER" in value:
        name = value["$PARAMETER"]
        if not isinstance(name, str) or name not in parameters:
            known = f" {did_you_mean(str(name), list(parameters))}" if parameters else ""
            raise ConfigError(
                f"{name!r} is not among the suite_parameters",
                place=place,
                remedy=f"Write the value itself, or give it there.{known}",
            )
        return parameters[name]
    if isinstance(value, Mapping):
        return {key: _filled(inner, parameters, f"{place}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, parameters, f"{place}[{i}]") for i, inner in enumerate(value)]
    return value
