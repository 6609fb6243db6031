"""Open a file, or several of the same columns, as a Table on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import ConfigError, ReadError
from dataprep.kinds import Kind, kind_of_dtype, named_like_identifier
from dataprep.readers.delimited import MOST_MALFORMED, SCAN_LIMITS, open_csv
from dataprep.readers.dialect import is_gzip, unique_names
from dataprep.readers.lines import scanned
from dataprep.readers.opening import readable
from dataprep.readers.paths import checked_paths, escaped, format_of
from dataprep.readers.source import Source
from dataprep.roles import roles_of
from dataprep.table import ROW, Table, text_of


def open_source(
    given: str | Path | Sequence[str | Path],
    engine: DuckDB,
    *,
    roles: Mapping[str, Any] | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
    most_malformed: float = MOST_MALFORMED,
    work: Path | None = None,
) -> Source:
    """Read files into an engine, every cell as text.

    Parameters
    ----------
    given : path or list of paths
        Several files are parts of one table, in the order given.
    engine : DuckDB
    roles : mapping of str to column or columns, optional
    delimiter, header, names
        What is not to be detected.
    most_malformed : float, default=0.1
        The largest share of lines that may be no rows.
    work : path, optional
        A folder for intermediate files, needed for JSON Lines.

    Raises
    ------
    ReadError
        When a file cannot be read, is empty, or has too many malformed lines.
    """
    paths = checked_paths(given)
    kind = format_of(paths[0])
    engine.make_room(_expected_size(paths, kind))
    try:
        if kind == "parquet":
            source = _open_parquet(paths, engine)
        elif kind == "jsonl":
            source = _open_jsonl(paths, engine, work)
        else:
            source = open_csv(paths, engine, work, delimiter, header, names, most_malformed)
    except duckdb.Error as error:
        raise _explained(error, paths) from error
    found = roles_of(roles or {}, source.table.columns)
    kinds = {
        name: "identifier" if found.get(name) == "id" else kind
        for name, kind in source.table.kinds.items()
    }
    source.table = Table(source.table.frame, kinds, engine, found, report=source.report())
    return source


def _expected_size(paths: list[Path], kind: str) -> int:
    """Return about how many bytes files take in memory."""
    # Measured: text and values of a CSV take 1.7 times its bytes; packed, a fifth of that.
    size = 0.0
    for path in paths:
        with readable(path):
            packed = kind == "parquet" or is_gzip(path)
            size += path.stat().st_size * (8.5 if packed else 1.7)
    return int(size)


def _open_parquet(paths: list[Path], engine: DuckDB) -> Source:
    from pyarrow.parquet import read_schema

    for path in paths:
        with readable(path), path.open("rb") as file:
            if file.read(4) != b"PAR1":
                raise ReadError(
                    "cannot be read: this is no Parquet file by its first bytes",
                    place=str(path),
                    remedy="Name it by what it holds, e.g. .csv.",
                )
    files = ", ".join(literal(escaped(path)) for path in paths)
    frame = engine.adopt(f"read_parquet([{files}])")
    schema = read_schema(paths[0])
    for path in paths[1:]:
        if read_schema(path).names != schema.names:
            raise ReadError(
                f"its columns differ from those of {paths[0]}",
                place=str(path),
                remedy="Give files with the same columns in the same order.",
            )
    if engine.height == 0:
        raise ReadError("there are no rows", place=str(paths[0]), remedy="Give a file with rows.")
    kinds: dict[str, Kind] = {}
    for name, dtype in frame.collect_schema().items():
        if name != ROW:
            kind = kind_of_dtype(dtype)
            kinds[name] = (
                "identifier" if kind == "integer" and named_like_identifier(name) else kind
            )
    # DuckDB gives names that differ in case alone a number.
    keys = {name: own for name, own in zip(kinds, schema.names, strict=True) if name != own}
    table, scan = Table(frame, kinds, engine), scanned(paths)
    source = Source(table, engine, paths, "parquet", None, keys=keys, scan=scan)
    source.schema = schema
    return source


def _open_jsonl(paths: list[Path], engine: DuckDB, work: Path | None) -> Source:
    from dataprep.readers.jsonl import to_literals

    if work is None:
        raise ConfigError("JSON Lines need a folder for intermediate files", place="work")
    draft = work / "literals.csv"
    keys, malformed, rows = to_literals(paths, draft)
    columns = list(unique_names(keys))
    if not rows:
        raise ReadError("there are no rows", place=str(paths[0]), remedy="Give a file with rows.")
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
    return Source(table, engine, paths, "jsonl", None, malformed, names, scan=scanned(paths))


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
