"""The keys that make a job of a pipeline file: declared once, for the runner and the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from annotated_types import Ge, Interval, MinLen

from dataprep.checking import adapters
from dataprep.documents import Document
from dataprep.errors import ConfigError, did_you_mean
from dataprep.kinds import Kind
from dataprep.watchkeys import LineageKeys, SchemaKeys, TrendKeys

Text = Annotated[str, MinLen(1)]
Share = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True)
class SourceKeys:
    """Where the rows come from, and how files are written where that is not to be detected.

    Parameters
    ----------
    path : str or list of str, optional
        A file, a folder, a pattern such as ``incoming/*.csv``, or a list of them; or objects such
        as ``s3://bucket/*.csv``. Either this or ``uri``.
    uri : str, optional
        A database: ``postgresql://${PGUSER}@host/shop`` or ``sqlite:///shop.db``.
    table : str, optional
        Of the database, e.g. ``sales.customers``.
    query : str, optional
        What is read of the database instead of a table.
    delimiter : str, optional
        The sign between cells.
    quote : str, optional
        The sign around cells, or ``none``.
    escape : str, optional
        How a quote inside of quotes is written: ``backslash`` or ``double``.
    encoding : str, optional
        Such as utf-8, windows-1252, gbk.
    comment : str, optional
        What lines that are remarks begin with.
    header : bool, optional
        Whether the first line names the columns.
    names : list of str, optional
        The names of the columns.
    skip_lines : int, optional
        How many lines stand above the table.
    kinds : dict of str to str, optional
        Known kinds by column, e.g. ``zip: identifier``.
    missing_values : list of str, optional
        Texts that stand for missing.
    sentinels : list of numbers, optional
        Numbers that stand for missing, e.g. -999.
    decimal : str, optional
        The sign before decimals, if cells leave it open.
    thousands : str, optional
        The sign between thousands, likewise.
    date_order : {"day", "month", "year"}, optional
        What dates such as 03/04/2024 begin with, likewise.
    sheet : str or int, optional
        The sheet of an Excel file.
    member : str, optional
        The file that is read of a zip archive with several.
    """

    path: Text | Annotated[list[Text], MinLen(1)] | None = None
    uri: Text | None = None
    table: Text | None = None
    query: Text | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    encoding: str | None = None
    comment: str | None = None
    header: bool | None = None
    names: list[str] | None = None
    skip_lines: Annotated[int, Ge(0)] | None = None
    kinds: dict[str, Kind] | None = None
    missing_values: list[str] | None = None
    sentinels: list[float] | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_order: Literal["day", "month", "year"] | None = None
    sheet: str | int | None = None
    member: str | None = None


@dataclass(frozen=True)
class OutputKeys:
    """Where the results go.

    Parameters
    ----------
    path : str
        A folder of the job's own; ``latest`` in it points to the newest version.
    format : {"csv", "tsv", "jsonl", "parquet", "feather", "orc"}, optional
        That of the input by default.
    keep : int, default=0
        How many earlier versions stay.
    uri : str, optional
        A database that the rows are written to as well: ``postgresql://`` or ``sqlite:///``.
    table : str, optional
        Of the database; made where it is not there.
    mode : {"replace", "append", "upsert"}, default="replace"
        Whether the rows of the table are replaced, stay, or stay but for those of the same key.
    key : list of str, optional
        The columns that tell rows apart, of an upsert.
    """

    path: Text
    format: Literal["csv", "tsv", "jsonl", "parquet", "feather", "orc"] | None = None
    keep: Annotated[int, Ge(0)] = 0
    uri: Text | None = None
    table: Text | None = None
    mode: Literal["replace", "append", "upsert"] = "replace"
    key: Annotated[list[Text], MinLen(1)] | None = None


@dataclass(frozen=True)
class ExpectKeys:
    """Suites of Great Expectations that rows must meet.

    Parameters
    ----------
    before : str, optional
        The suite for the rows as they were read.
    after : str, optional
        The suite for the rows as they will be written.
    on_failure : {"fail", "quarantine"}, default="fail"
        Whether rows that break a critical expectation fail the job, or are rejected themselves.
    data_docs : str, optional
        A folder for the results as pages of HTML, those of each run in place of the last one's.
    """

    before: Text | None = None
    after: Text | None = None
    on_failure: Literal["fail", "quarantine"] = "fail"
    data_docs: Text | None = None


@dataclass(frozen=True)
class JobKeys:
    """What a job has beside the stages and roles of its pipeline.

    Parameters
    ----------
    source : map
        Where the rows come from.
    output : map
        Where the results go.
    expect : map, optional
        What rows must meet before the first stage and after the last.
    pipeline : str, optional
        A fitted ``pipeline.json``: its frozen statistics are applied, and nothing is learned.
    incremental : bool, default=False
        Whether each input file has a part of its own, made anew only when the file is.
    refit : {"never", "daily", "weekly", "monthly"}, default="never"
        How often an incremental job learns its statistics anew.
    max_rejected : float, optional
        The largest share of rows that may be rejected or malformed.
    max_synthetic : float, optional
        The largest share of rows of the output that may be made.
    memory_limit : str, default="1GB"
        Past it, work spills to disk.
    timeout : float or str, optional
        Seconds, or a text such as 90s, 30m or 2h.
    report : str, optional
        Where the summary of each run is written as JSON, whatever came of it.
    history : str, optional
        The SQLite file with the history of runs.
    log : {"text", "json"}, default="text"
        How the log is written.
    schema : map, optional
        What is done when the columns of the input change.
    trends : map, optional
        What of a run is compared with the runs before it.
    on_success, on_warning, on_failure : list, optional
        Commands and webhooks that are told when a run was done, was done with warnings, or was
        not done.
    prometheus : str, optional
        A file, ``.prom``, for node_exporter's textfile collector.
    openlineage : map, optional
        Events for OpenLineage.
    """

    source: dict[str, Any]
    output: dict[str, Any]
    expect: dict[str, Any] | None = None
    pipeline: Text | None = None
    incremental: bool = False
    refit: Literal["never", "daily", "weekly", "monthly"] = "never"
    max_rejected: Share | None = None
    max_synthetic: Share | None = None
    memory_limit: Text = "1GB"
    timeout: float | Text | None = None
    report: Text | None = None
    history: Text | None = None
    log: Literal["text", "json"] = "text"
    schema: dict[str, Any] | None = None
    trends: dict[str, Any] | None = None
    # Checked by their reader, which repeats no value: addresses and headers are secrets.
    on_success: Any = None
    on_warning: Any = None
    on_failure: Any = None
    prometheus: Text | None = None
    openlineage: dict[str, Any] | None = None


SECTIONS: dict[str, Any] = {
    "source": SourceKeys,
    "output": OutputKeys,
    "expect": ExpectKeys,
    "schema": SchemaKeys,
    "trends": TrendKeys,
    "openlineage": LineageKeys,
}
"""The keys of a job that are maps themselves."""
_SECRET = ("url", "headers")
"""Keys whose values no error repeats."""
JOB_KEYS = ("extends", *(item.name for item in fields(JobKeys)))


def section_of(cls: Any, given: Any, document: Document, path: str) -> Any:
    """Return the keys of a map, checked against their declaration.

    Raises
    ------
    ConfigError
        With the line of the key that is unknown, missing, or of another type.
    """
    from pydantic import ValidationError

    if not isinstance(given, Mapping):
        raise ConfigError(
            f"{given!r} is no map",
            place=document.place(path),
            remedy=f"Its keys are: {', '.join(adapters(cls))}.",
        )
    for key in given:
        if key not in adapters(cls):
            raise ConfigError(
                f"unknown key {key!r}",
                place=document.place(f"{path}.{key}".lstrip(".")),
                remedy=did_you_mean(str(key), adapters(cls)),
            )
    for key, adapter in adapters(cls).items():
        place = document.place(f"{path}.{key}".lstrip("."))
        if key not in given:
            # What is read may be a database instead.
            needed = key != "path" or cls is not SourceKeys or "uri" not in given
            if key in _WANTED and needed:
                raise ConfigError("is not there", place=place, remedy=_WANTED[key])
            continue
        try:
            adapter.validate_python(given[key], strict=True)
        except ValidationError as error:
            told = dict.fromkeys(one["msg"][0].lower() + one["msg"][1:] for one in error.errors())
            shown = "its value" if key in _SECRET else repr(given[key])
            raise ConfigError(
                f"{shown}: {' or '.join(told)}",
                place=document.place(_below(document, f"{path}.{key}".lstrip("."), error)),
                remedy="See: dataprep schema, or docs/jobs.md.",
            ) from None
    return cls(**given)


def _below(document: Document, path: str, error: Any) -> str:
    """Return the path within a key that an error is about, as far as one is written there."""
    for part in error.errors()[0]["loc"]:
        inner = f"{path}[{part}]" if isinstance(part, int) else f"{path}.{part}"
        path = inner if inner in document.marks else path
    return path


_WANTED = {
    "source": "Write e.g. 'source: {path: incoming/*.csv}'.",
    "output": "Write e.g. 'output: {path: out/churn, format: parquet}'.",
    "path": "Name a file or a folder.",
}
