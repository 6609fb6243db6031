"""Open a file, or several of the same columns, as a Table on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw

from dataprep.columns import roles_of
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import ConfigError, ReadError
from dataprep.kinds import Kind, kind_of_dtype, named_like_identifier
from dataprep.readers.dialect import Dialect, detect, guess_kinds, is_gzip, unique_names
from dataprep.readers.lines import Scan, blank_lines, overlong_lines, scanned, with_one_line_end
from dataprep.readers.opening import Malformed, readable
from dataprep.readers.paths import checked_paths, escaped, format_of
from dataprep.table import ROW, Table, text_of

MOST_MALFORMED = 0.10
# DuckDB would otherwise give a compressed file a buffer of sixteen longest lines.
_LIMITS = "max_line_size=16777216, buffer_size=33554432"
_WRITTEN = "Say how it is written, e.g. --delimiter ';' or --no-header."
_ENCODING = "Convert it to UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW."


@dataclass
class Source:
    """A file that was read: its table, where every cell is still text, and what was decided."""

    table: Table
    engine: DuckDB
    paths: list[Path]
    format: str
    dialect: Dialect | None
    malformed: list[Malformed] = field(default_factory=list)
    """Lines that are no rows."""
    keys: dict[str, str] = field(default_factory=dict)
    """The names of JSON Lines and Parquet, where a column could not be called so."""
    schema: Any = None
    """The Arrow schema of Parquet: time zones, dictionaries and what other programs put there."""
    overlong: list[int] = field(default_factory=list)
    """Numbers of lines with an empty cell too many at their end, which is left out."""
    scan: Future[Scan] | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.engine.height

    def sha256(self) -> str | None:
        """Return the hash of the files' bytes, computed beside the other work."""
        return None if self.scan is None else self.scan.result().sha256

    def report(self) -> dict[str, Any]:
        """Return what was decided while reading."""
        found: dict[str, Any] = {
            "paths": [str(path) for path in self.paths],
            "format": self.format,
            "rows": self.rows,
            "rows_malformed": len(self.malformed),
            "rows_overlong": len(self.overlong),
        }
        if self.dialect:
            found |= {
                "delimiter": self.dialect.delimiter,
                "header": self.dialect.header,
                "encoding": "utf-8-sig" if self.dialect.bom else "utf-8",
                "columns": list(self.dialect.columns),
            }
        return found


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
            source = _open_csv(paths, engine, work, delimiter, header, names, most_malformed)
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


def _open_csv(
    paths: list[Path],
    engine: DuckDB,
    work: Path | None,
    delimiter: str | None,
    header: bool | None,
    names: Sequence[str] | None,
    most_malformed: float,
) -> Source:
    given = tuple(names) if names else None
    dialect = detect(paths[0], delimiter, header, given)
    dialects = {paths[0]: dialect}
    for path in paths[1:]:
        other = dialects[path] = detect(path, dialect.delimiter, dialect.header, given)
        if other.columns != dialect.columns:
            raise ReadError(
                f"its columns differ from those of {paths[0]}",
                place=str(path),
                remedy="Give files with the same columns in the same order.",
            )
    guessed = guess_kinds(paths[0], dialect)
    scan = scanned(paths, dialect.delimiter)
    try:
        frame = engine.load(_rows_of(dialects), dialect.columns, guessed)
        malformed = _malformed(engine)
    except duckdb.InvalidInputException as error:
        if "state machine" not in str(error) or work is None:
            raise
        # Line ends of two kinds. Not strict_mode=false, which drops cells without a word.
        copies = [with_one_line_end(path, work / f"{i}.csv") for i, path in enumerate(paths)]
        copied = {copy.path: dialects[copy.original] for copy in copies}
        frame = engine.load(_rows_of(copied), dialect.columns, guessed)
        by_path = {str(copy.path): copy for copy in copies}
        found = (line for line in _malformed(engine) if line.file in by_path)
        malformed = [by_path[line.file].came(line) for line in found]
        for copy in copies:
            copy.path.unlink()
    table = Table(frame, dict.fromkeys(dialect.columns, "text"), engine)
    source = Source(table, engine, paths, "csv", dialect, malformed, scan=scan)
    lines = source.rows + len(malformed)
    if lines == 0:
        raise ReadError(
            "there is a header and no rows", place=str(paths[0]), remedy="Give a file with rows."
        )
    if len(malformed) > most_malformed * lines:
        first = malformed[0]
        raise ReadError(
            f"{len(malformed)} of {lines} lines are no rows of {len(dialect.columns)} cells "
            f"between {dialect.delimiter!r}; the first is line {first.line} ({first.reason}): "
            f"{first.text[:80]!r}",
            place=first.file,
            remedy=_remedy(first),
        )
    if len(dialect.columns) > 1:
        _account(source, scan.result())
    return source


def _account(source: Source, scan: Scan) -> None:
    """Find what DuckDB passes over: blank lines, and an empty cell too many at a line's end."""
    malformed, dialect = source.malformed, source.dialect
    if scan.blank:
        # In a single column, a blank line would be a missing cell.
        for path in source.paths:
            malformed = [*malformed, *blank_lines(path)]
        order = {str(path): i for i, path in enumerate(source.paths)}
        source.malformed = sorted(malformed, key=lambda line: (order[line.file], line.line))
    if dialect is None:
        return
    last = dialect.columns[-1]
    filled = source.table.counts([last])[last]
    sign = dialect.delimiter
    elsewhere = sum(text.endswith(sign) for line in malformed for text in line.text.splitlines())
    elsewhere += len(source.paths) * (dialect.header and not (dialect.header_cells or ("",))[-1])
    if scan.ends > source.rows - filled + elsewhere:
        width = len(dialect.columns)
        source.overlong = [n for path in source.paths for n in overlong_lines(path, sign, width)]


def _remedy(first: Malformed) -> str:
    """Return what to do about the first of too many malformed lines."""
    reason = first.reason.lower()
    if "unicode" in reason:
        return _ENCODING
    if "quote" in reason:
        return f"Look at line {first.line}: a quote opens there and does not end."
    return _WRITTEN


def _rows_of(dialects: Mapping[Path, Dialect]) -> str:
    """Return SQL for the rows of files, each kind of file by a scan of its own."""
    dialect = next(iter(dialects.values()))
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in dialect.columns)
    scans = []
    # DuckDB goes by the suffix where it is not told, and by one answer for all files of a scan.
    alike = groupby(dialects, lambda path: (is_gzip(path), dialects[path].blank))
    for (packed, blank), files in alike:
        listed = ", ".join(literal(escaped(path)) for path in files)
        scans.append(
            f"from read_csv([{listed}], columns={{{spec}}}, delim={literal(dialect.delimiter)}, "
            f"quote='\"', escape='\"', header={str(dialect.header).lower()}, auto_detect=false, "
            "allow_quoted_nulls=false, store_rejects=true, rejects_limit=0, "
            f"{_LIMITS}, skip={blank}, compression='{'gzip' if packed else 'none'}')"
        )
    return f"({' union all '.join(scans)})"


def _malformed(engine: DuckDB) -> list[Malformed]:
    rows = engine.connection.execute(
        "select e.line, e.line_byte_position, any_value(e.error_message), any_value(e.csv_line), "
        "s.file_path from reject_errors e join reject_scans s using (scan_id, file_id) "
        "group by all order by s.file_path, e.line"
    ).fetchall()
    return [
        Malformed(
            int(line),
            max(0, int(byte or 1) - 1),
            str(reason).split("\n")[0],
            (text or "").rstrip("\r\n"),
            str(file),
        )
        for line, byte, reason, text, file in rows
    ]


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
        f"escape='\"', header=false, auto_detect=false, {_LIMITS})",
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
