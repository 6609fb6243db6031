"""Where the rows of a job come from and go to: paths and URIs, filled in and made absolute."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from dataprep.databases.address import address_of, is_database, name_of, scheme_of
from dataprep.databases.targets import Target
from dataprep.documents import Document, read_document
from dataprep.errors import ConfigError
from dataprep.jobfile import JobKeys, OutputKeys, SourceKeys
from dataprep.jobs.batch.words import dated, filled, filled_uri
from dataprep.secrets import masked


def read_filled(path: str | Path, day: date) -> Document:
    """Return the document of a job; what ``extends`` names is filled in as other paths are."""
    return read_document(path, fill=lambda text, place: filled(text, day, place))


def path_of(document: Document, at: str, text: str, day: date) -> str:
    """Return a path as it is meant: filled in, and from the folder of the file that says it."""
    path = filled(text, day, document.place(at))
    if "://" in path:
        raise ConfigError(
            f"{masked(path)!r} is an address, and what is written here goes to files",
            place=document.place(at),
            remedy="Name a path, and copy what is written when the run has ended with 0.",
        )
    return os.path.abspath(document.base(at) / path)  # noqa: PTH100 - Path.resolve would follow links


def sources_of(source: SourceKeys, document: Document, day: date) -> list[str]:
    """Return what is to be read: paths, or URIs with the secrets of the environment."""
    if source.uri is not None:
        if source.path is not None:
            raise ConfigError(
                "rows come from files or from a database",
                place=document.place("source.uri"),
                remedy="Give either path or uri.",
            )
        return [_database(document, "source.uri", source.uri, day).uri]
    if isinstance(source.path, str):
        return [_source(document, "source.path", source.path, day)]
    return [
        _source(document, f"source.path[{i}]", text, day)
        for i, text in enumerate(source.path or ())
    ]


def _source(document: Document, at: str, text: str, day: date) -> str:
    if is_database(text):
        raise ConfigError(
            "a database is no path",
            place=document.place(at),
            remedy="Write it as 'source: {uri: ..., table: ...}'.",
        )
    if scheme_of(text):
        return filled_uri(text, day, document.place(at))
    return path_of(document, at, text, day)


def _database(document: Document, at: str, text: str, day: date) -> Any:
    place = document.place(at)
    return address_of(filled_uri(text, day, place), place).below(document.base(at))


def options_of(source: SourceKeys, day: date) -> dict[str, Any]:
    """Return how the source is to be read; a query may say which day it is."""
    query = source.query and dated(source.query, day)
    return vars(replace(source, query=query))


def target_of(output: OutputKeys, document: Document, day: date) -> Target | None:
    """Return the table that is written, if there is one."""
    if output.uri is None:
        extra = next((n for n in ("table", "key") if getattr(output, n) is not None), None)
        if extra is None:
            return None
        raise ConfigError(
            "is for a database",
            place=document.place(f"output.{extra}"),
            remedy="Name it: 'uri: postgresql://... or sqlite:///file.db'.",
        )
    if output.table is None:
        raise ConfigError(
            "no table is named",
            place=document.place("output.uri"),
            remedy="Write e.g. 'table: churn_clean'.",
        )
    address = _database(document, "output.uri", output.uri, day)
    table = name_of(output.table, document.place("output.table"))
    target = Target(address, table, output.mode, tuple(output.key or ()))
    target.check_name(document.place("output.table"))
    target.check(document.place("output.mode"))
    return target


def check_databases(keys: JobKeys, target: Target | None, document: Document) -> None:
    """Raise where a database does not go together with other keys."""
    place = document.place
    if keys.incremental and ("uri" in keys.source or target is not None):
        which = "source.uri" if "uri" in keys.source else "output.uri"
        raise ConfigError(
            "an incremental job goes from file to file",
            place=place(which),
            remedy="Read what is new by a query, e.g. where day = '${date}', and write it with "
            "mode append or upsert.",
        )
    if "uri" in keys.source and ("table" in keys.source) == ("query" in keys.source):
        raise ConfigError(
            "give either a table or a query",
            place=place("source.uri"),
            remedy="Write e.g. 'table: customers', or 'query: select * from t order by id'.",
        )
    if target is not None and keys.output.get("format", "parquet") != "parquet":
        raise ConfigError(
            f"{keys.output['format']!r} does not keep the types of columns",
            place=place("output.format"),
            remedy="What goes to a table is written as Parquet beside it: leave the format out.",
        )
