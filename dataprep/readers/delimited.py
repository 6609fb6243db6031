"""Delimited text files, through DuckDB: rows, malformed lines, and what a parser passes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import duckdb

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal
from dataprep.errors import ReadError
from dataprep.readers.dialect import Dialect, detect, guess_kinds, is_gzip
from dataprep.readers.lines import Scan, blank_lines, overlong_lines, scanned, with_one_line_end
from dataprep.readers.opening import Malformed
from dataprep.readers.paths import escaped
from dataprep.readers.source import Source
from dataprep.table import Table

MOST_MALFORMED = 0.10
# DuckDB would otherwise give a compressed file a buffer of sixteen longest lines.
SCAN_LIMITS = "max_line_size=16777216, buffer_size=33554432"
_WRITTEN = "Say how it is written, e.g. --delimiter ';' or --no-header."
_ENCODING = "Convert it to UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW."


def open_csv(
    paths: list[Path],
    engine: DuckDB,
    work: Path | None,
    delimiter: str | None,
    header: bool | None,
    names: Sequence[str] | None,
    most_malformed: float,
) -> Source:
    """Read delimited text, every cell as text; see `dataprep.readers.files.open_source`."""
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
            f"{SCAN_LIMITS}, skip={blank}, compression='{'gzip' if packed else 'none'}')"
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
