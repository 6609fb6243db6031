"""Open a file, or several of the same columns, as a Table on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import ConfigError, ReadError
from dataprep.provenance import with_added
from dataprep.readers.columnar import open_columnar
from dataprep.readers.delimited import open_csv
from dataprep.readers.encodings import bytes_of_a_sign
from dataprep.readers.excel import open_excel
from dataprep.readers.images import IMAGE, check_labels, open_pictures
from dataprep.readers.inputs import inputs_of
from dataprep.readers.lines import hashed
from dataprep.readers.naming import unique_names
from dataprep.readers.opening import is_gzip, readable
from dataprep.readers.parts import unpacked_parts
from dataprep.readers.paths import COLUMNAR
from dataprep.readers.rereading import MOST_MALFORMED
from dataprep.readers.scans import SCAN_LIMITS
from dataprep.readers.source import Source
from dataprep.readers.wanted import Wanted
from dataprep.roles import roles_of
from dataprep.table import ROW, Table, text_of


def open_source(
    given: Any,
    engine: DuckDB,
    *,
    roles: Mapping[str, Any] | None = None,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    most_malformed: float = MOST_MALFORMED,
    sheet: str | int | None = None,
    member: str | None = None,
    work: Path | None = None,
) -> Source:
    """Read files into an engine, every cell as text.

    Parameters
    ----------
    given : path, open file, list of them, or Inputs
        Several files are parts of one table, in the order given; see `inputs_of`.
    engine : DuckDB
    roles : mapping of str to column or columns, optional
    wanted : Wanted, optional
        How delimited text is written, where that is not to be detected.
    most_malformed : float, default=0.1
        The largest share of lines that may be no rows.
    sheet : str or int, optional
        Of an Excel file: the name, or the number from 1.
    member : str, optional
        The file to be read of a zip archive.
    work : path, optional
        A folder for intermediate files, needed for what is packed, piped in, JSON or Excel.

    Raises
    ------
    ReadError
        When a file cannot be read, is empty, or has too many malformed lines.
    """
    inputs = inputs_of(given, member)
    if inputs.pictures is not None:
        _check_unnamed(wanted, "pictures")
        source = open_pictures(inputs.pictures, engine, work, member)
        source.named = inputs.named
        named = {**(roles or {}), "image": (roles or {}).get("image") or IMAGE}
        check_labels(inputs.pictures, source.table.columns, named)
        return _with_roles(source, named)
    with unpacked_parts(inputs, work) as files:
        paths, kind = files.paths, files.format
        if kind != "csv":
            _check_unnamed(wanted, paths[0].name)
        engine.make_room(_expected_size(paths, kind))
        try:
            if kind in COLUMNAR and sheet is None:
                source = open_columnar(paths, kind, engine)
            elif kind == "excel":
                source = open_excel(paths, engine, _needed(work, "Excel"), sheet, wanted.header)
            elif sheet is not None:
                raise ConfigError(
                    f"{paths[0].name} has no sheets", place="sheet", remedy="Leave it out."
                )
            elif kind in ("jsonl", "json"):
                source = _open_jsonl(paths, engine, _needed(work, "JSON"), most_malformed, kind)
            else:
                source = open_csv(paths, engine, work, wanted, most_malformed)
        except duckdb.Error as error:
            raise _explained(error, paths) from error
        files.credit(source)
    return _with_roles(source, roles or {})


def _check_unnamed(wanted: Wanted, what: str) -> None:
    """Raise where names are given for columns that have names of their own."""
    if wanted.names is not None:
        raise ConfigError(
            f"{what}: names are for delimited text alone",
            place="names",
            remedy="Leave them out, and rename the columns of the table that is read.",
        )


def _with_roles(source: Source, roles: Mapping[str, Any]) -> Source:
    """Return a source whose table knows what its columns are for."""
    found = roles_of(roles, source.table.columns)
    source.find_pictures(found)
    kinds = {
        name: "identifier" if found.get(name) == "id" else kind
        for name, kind in source.table.kinds.items()
    }
    found = with_added(found, kinds)
    source.table = Table(source.table.frame, kinds, source.engine, found, report=source.report())
    return source


def _expected_size(paths: list[Path], kind: str) -> int:
    """Return about how many bytes files take in memory."""
    # Measured: text and values of a CSV take 1.7 times its bytes; packed, a fifth of that.
    size = 0.0
    for path in paths:
        with readable(path):
            packed = kind in COLUMNAR or is_gzip(path)
            wide = bytes_of_a_sign(path) if kind == "csv" else 1
            size += path.stat().st_size * (8.5 if packed else 1.7) / wide
    return int(size)


def _needed(work: Path | None, format: str) -> Path:
    if work is None:
        raise ConfigError(f"{format} needs a folder for intermediate files", place="work")
    return work


def _open_jsonl(
    paths: list[Path], engine: DuckDB, work: Path, most_malformed: float, format: str
) -> Source:
    from dataprep.readers.jsonl import to_literals

    draft = work / "literals.csv"
    keys, malformed, skipped, rows = to_literals(paths, draft, array=format == "json")
    columns = list(unique_names(keys))
    if len(malformed) > most_malformed * (rows + len(malformed)):
        raise ReadError(
            f"{len(malformed)} of {rows + len(malformed)} lines are no JSON objects; the first is "
            f"line {malformed[0].line} ({malformed[0].reason}): {malformed[0].text[:80]!r}",
            place=malformed[0].file,
            remedy="JSON Lines hold one object a line: mend them, or leave the others out.",
        )
    engine.json_literals = True
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    frame = engine.load(
        f"read_csv({literal(str(draft))}, columns={{{spec}}}, delim=',', quote='\"', "
        f"escape='\"', header=false, auto_detect=false, {SCAN_LIMITS})",
        columns,
        {},
    )
    draft.unlink()
    tests = ", ".join(f"bool_or(starts_with({quoted(name)}, '\"'))" for name in columns)
    strings = engine.query(frame, f"select {tests} from given").fetchall()[0]
    engine.json_strings = {name for name, found in zip(columns, strings, strict=True) if found}
    decoded = []
    for name in columns:
        cell = quoted(name)
        decoded.append(
            f"case when {cell} is null or {cell} = 'null' then null "
            f"when starts_with({cell}, '\"') then json_extract_string({cell}, '$') "
            f"else {cell} end as {cell}"
        )
    texts = [quoted(text_of(name)) for name in columns]
    shown = ", ".join([quoted(ROW), *decoded, *texts])
    frame = nw.from_native(frame.to_native().project(shown))
    table = Table(frame, dict.fromkeys(columns, "text"), engine)
    names = {name: key for name, key in zip(columns, keys, strict=True) if name != key}
    source = Source(table, engine, paths, "jsonl", None, malformed, names, scan=hashed(paths))
    source.skipped = skipped
    if format == "json":
        source.decided["format"] = format
    return source


def _explained(error: duckdb.Error, paths: list[Path]) -> ReadError:
    text = str(error).split("\n")[0]
    place = ", ".join(map(str, paths))
    lowered = str(error).lower()
    if "gzip" in lowered or "inflate" in lowered or "decompress" in lowered or "miniz" in lowered:
        return ReadError(
            "the compressed file is cut off or broken", place=place, remedy="Fetch it again."
        )
    if "state machine" in lowered:
        return ReadError(
            "the line ends are mixed, or a quote does not end",
            place=place,
            remedy="Make them one kind: sed 's/\\r$//' OLD > NEW.",
        )
    if "no space left" in lowered or "could not write" in lowered:
        return ReadError(
            f"no room for intermediate files: {text}", place=place, remedy="Free some disk space."
        )
    if "out of memory" in lowered:
        return ReadError(f"not enough memory: {text}", place=place, remedy="Raise --memory-limit.")
    return ReadError(f"cannot be read: {text}", place=place, remedy="Check the file.")
