"""DuckDB's scans of delimited text, and the lines that they reject."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.readers.opening import Malformed, is_gzip
from dataprep.readers.paths import escaped
from dataprep.readers.texts import Text
from dataprep.readers.tidying import Span

# DuckDB would otherwise give a compressed file a buffer of sixteen longest lines.
SCAN_LIMITS = "max_line_size=16777216, buffer_size=33554432"


def spans_of(rejected: list[Malformed]) -> list[Span]:
    """Return where the bytes lie of lines that were rejected, those that touch as one."""
    spans: list[Span] = []
    for line in sorted(rejected, key=lambda line: line.byte):
        stop = line.byte + max(1, len(line.text.encode(errors="replace")))
        if spans and line.byte <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((line.byte, stop))
    return spans


def rows_of(texts: Sequence[Text], columns: Sequence[str]) -> str:
    """Return SQL for the rows of files, each kind of file by a scan of its own."""
    scans = []

    def kind_of(text: Text) -> Any:
        # DuckDB goes by the suffix where it is not told, and by one answer for all files of a scan.
        packed = is_gzip(text.path)
        return packed, text.form, text.line_end, text.first_row, text.dialect.columns

    for (packed, form, line_end, first_row, names), files in groupby(texts, kind_of):
        listed = ", ".join(literal(escaped(text.path)) for text in files)
        # Guessed, a line end inside of the first quotes would be taken for that of the rows.
        ends = literal(line_end.replace("\r", "\\r").replace("\n", "\\n"))
        spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        shown = ", ".join(quoted(n) if n in names else f"null as {quoted(n)}" for n in columns)
        scans.append(
            f"select {shown} from read_csv([{listed}], columns={{{spec}}}, "
            f"delim={literal(form.delimiter)}, quote={literal(form.quote)}, "
            f"escape={literal(form.escape)}, new_line={ends}, "
            "header=false, auto_detect=false, allow_quoted_nulls=false, "
            f"store_rejects=true, rejects_limit=0, {SCAN_LIMITS}, "
            f"skip={first_row}, compression='{'gzip' if packed else 'none'}')"
        )
    return f"({' union all '.join(scans)})"


def rejected_by(engine: DuckDB) -> list[Malformed]:
    """Return the lines that DuckDB rejected in its last scan, by their bytes."""
    rows = engine.connection.execute(
        "select e.line_byte_position, any_value(e.error_message), any_value(e.csv_line), "
        "s.file_path from reject_errors e join reject_scans s using (scan_id, file_id) "
        "group by all order by s.file_path, e.line_byte_position"
    ).fetchall()
    return [
        Malformed(0, max(0, int(byte or 1) - 1), str(reason).split("\n")[0], text or "", str(file))
        for byte, reason, text, file in rows
    ]
