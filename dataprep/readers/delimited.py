"""Delimited text files, through DuckDB: rows, malformed lines, and what a parser passes over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dataprep.engines.duckdb import DuckDB
from dataprep.errors import NoRowsError, ReadError
from dataprep.readers.lines import Scan, blank_lines
from dataprep.readers.rereading import MOST_MALFORMED, Reader
from dataprep.readers.source import Source
from dataprep.readers.texts import Text, report_of
from dataprep.readers.wanted import Wanted
from dataprep.table import Table


def open_csv(
    paths: list[Path],
    engine: DuckDB,
    work: Path | None,
    wanted: Wanted,
    most_malformed: float = MOST_MALFORMED,
) -> Source:
    """Read delimited text, every cell as text; see `dataprep.readers.files.open_source`.

    A well-formed file is read by DuckDB's strict parser as it stands. Where that finds lines which
    are no rows, these are read again by one that knows what the rows around them are like; what
    is certain is kept, all else is told.
    """
    reading = Reader(paths, engine, work, wanted)
    frame = reading.load()
    texts = reading.texts
    source = Source(
        Table(frame, dict.fromkeys(reading.columns, "text"), engine),
        engine,
        paths,
        "csv",
        reading.dialect,
        [line for text in texts for line in text.malformed],
        scan=reading.scan,
    )
    lines = source.rows + len(source.malformed)
    if lines == 0:
        raise NoRowsError(
            "there is a header and no rows", place=str(paths[0]), remedy="Give a file with rows."
        )
    if len(source.malformed) > most_malformed * lines:
        raise _too_many(source, lines)
    if len(reading.columns) > 1:
        _find_blank_lines(texts, reading.scan.result())
    for text in texts:
        text.with_bytes()
    source.malformed = [line for text in texts for line in text.malformed]
    source.mended = [line for text in texts for line in text.mended]
    source.skipped = [line for text in texts for line in text.told()]
    source.decided = report_of(texts) | reading.drift()
    return source


def _find_blank_lines(texts: Sequence[Text], scan: Scan) -> None:
    """Find the blank lines that DuckDB passed over."""
    for text in texts:
        # A copy was not looked through by the scan, a tidy one has none.
        if text.is_tidy or (text.path == text.whole and not scan.blank):
            continue
        before = text.cut.first if text.cut else 0
        known = {line.line for line in text.skipped}
        for line in blank_lines(text.path, text.first_row, text.form.quote):
            found = line._replace(line=line.line + before, file=str(text.original))
            if found.line not in known:
                text.skipped.append(found)
        text.skipped.sort(key=lambda line: line.line)


def _too_many(source: Source, lines: int) -> ReadError:
    """Return the error of a file most of which is no table, as it was read."""
    first, dialect = source.malformed[0], source.dialect
    width = len(dialect.columns) if dialect else 0
    sign = dialect.delimiter if dialect else ","
    reason = first.reason
    if "is not" in reason and reason.startswith("byte"):
        remedy = "Say its encoding, e.g. --encoding windows-1252."
    elif "quote" in reason:
        remedy = (
            f"Look at line {first.line}: a quote opens there and does not end. "
            "Where quotes mean themselves: --quote none."
        )
    else:
        remedy = "Say how it is written, e.g. --delimiter ';', --no-header or --skip-lines 3."
    of_all = f" of {len(source.paths)} files" if len(source.paths) > 1 else ""
    return ReadError(
        f"{len(source.malformed)} of {lines} lines{of_all} are no rows of {width} cells between "
        f"{sign!r}; the first is line {first.line} ({reason}): {first.text[:80]!r}",
        place=first.file,
        remedy=remedy,
    )
