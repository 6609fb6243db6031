"""What stages there are, with their parameters: for a person and as JSON Schema."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from dataprep.checking import adapters
from dataprep.columns import to_plain
from dataprep.jobfile import SECTIONS, JobKeys
from dataprep.registry import stage_class, stage_names
from dataprep.watchkeys import HOOKS, HookKeys


def described(name: str) -> dict[str, Any]:
    """Return a stage's summary and parameters: name, type, default, meaning."""
    cls = stage_class(name)
    return {"name": name, **_declared(cls)}


def _declared(cls: type[Any]) -> dict[str, Any]:
    """Return the summary and the fields of a dataclass: name, type, default, meaning."""
    docs = inspect.cleandoc(cls.__doc__ or "")
    meanings = _parameter_docs(docs)
    hints = get_type_hints(cls)
    return {
        "class": cls.__name__,
        "summary": docs.split("\n")[0],
        "parameters": [
            {
                "name": item.name,
                "type": _type_name(hints[item.name]),
                "default": None if item.default is MISSING else to_plain(item.default),
                "doc": meanings.get(item.name, ""),
            }
            for item in fields(cls)
        ],
    }


def all_described() -> list[dict[str, Any]]:
    """Return `described` for every stage."""
    return [described(name) for name in stage_names()]


def _type_name(hint: Any) -> str:
    text = str(hint) if not isinstance(hint, type) else hint.__name__
    text = re.sub(r"typing\.|collections\.abc\.", "", text)
    return "columns" if text == "Any" else text


def _parameter_docs(docs: str) -> dict[str, str]:
    """Return the sentences of a numpydoc section "Parameters", by name."""
    match = re.search(r"Parameters\n-+\n(.*?)(?:\n\n[A-Z][A-Za-z ]+\n-+\n|\Z)", docs, re.S)
    found: dict[str, str] = {}
    if not match:
        return found
    names: list[str] = []
    for line in match[1].split("\n"):
        if line and not line.startswith(" "):
            head = line.split(" : ")[0]
            names = [name.strip() for name in head.split(",")]
            found.update(dict.fromkeys(names, ""))
        elif line.strip():
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a stage's parameters."""
    schema = _schema_of_class(stage_class(name))
    return {**schema, "type": ["object", "null"]}


def _schema_of_class(cls: Any) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass."""
    description = _declared(cls)
    properties: dict[str, Any] = {}
    for parameter, adapter in zip(description["parameters"], adapters(cls).values(), strict=True):
        schema = adapter.json_schema() or {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        }
        schema.pop("title", None)
        default = parameter["default"]
        schema["default"] = list(default) if isinstance(default, tuple) else default
        if parameter["default"] is None:
            schema = {"anyOf": [schema, {"type": "null"}]} if "anyOf" not in schema else schema
            if {"type": "null"} not in schema["anyOf"]:
                schema["anyOf"].append({"type": "null"})
        if parameter["doc"]:
            schema["description"] = parameter["doc"]
        properties[parameter["name"]] = schema
    return {
        "type": "object",
        "description": description["summary"],
        "properties": properties,
        "additionalProperties": False,
    }


def _job_schema() -> dict[str, Any]:
    """Return the JSON Schema of the keys that make a job of a pipeline."""
    properties = _schema_of_class(JobKeys)["properties"]
    for name, cls in SECTIONS.items():
        section = _schema_of_class(cls)
        if "path" in section["properties"]:
            # It has no default; that it is there cannot be asked of a file that another extends.
            said = section["properties"]["path"]["description"]
            section["properties"]["path"] = {
                **adapters(cls)["path"].json_schema(),
                "description": said,
            }
        properties[name] = section
    for name in HOOKS:
        properties[name] = _hooks_schema(properties[name]["description"])
    properties["extends"] = {"type": "string", "description": "Another file that this one changes."}
    return dict(properties)


def _hooks_schema(description: str) -> dict[str, Any]:
    """Return the JSON Schema of a key that lists commands and webhooks, or is one."""
    text, words = {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}
    one = _schema_of_class(HookKeys)
    listed = {"type": "array", "items": {"anyOf": [text, words, one]}}
    return {"anyOf": [text, one, listed, {"type": "null"}], "description": description}


def pipeline_schema() -> dict[str, Any]:
    """Return the JSON Schema of pipeline YAML, for editors."""
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    stages = [
        {
            "type": "object",
            "properties": {name: schema_of(name)},
            "required": [name],
            "additionalProperties": False,
        }
        for name in stage_names()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dataprep pipeline",
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "What the job is called."},
            "target": {"type": "string", "description": "The column to be predicted."},
            "id": {**names, "description": "Columns that name a row."},
            "weight": {"type": "string", "description": "A column with weights of rows."},
            "group": {"type": "string", "description": "A column that keeps rows together."},
            "image": {"type": "string", "description": "A column with the paths of pictures."},
            "extra": {"enum": ["error", "allow"], "default": "error"},
            "stages": {"type": "array", "items": {"anyOf": [{"enum": stage_names()}, *stages]}},
            **_job_schema(),
        },
        # What a file does not say may be said by the one that it extends.
        "anyOf": [{"required": [key]} for key in ("stages", "extends", "pipeline")],
        "additionalProperties": False,
    }
