"""Where the results of a run over a file go, and how they are written."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.engines.duckdb import BASE, CELLS, DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import ConfigError, OutputError
from dataprep.files import sync
from dataprep.ledger import Cells, StageRecord, differs_of, new_of, why_of
from dataprep.readers.source import Source, format_of
from dataprep.stopping import held
from dataprep.table import ROW, Table, text_of

_FEW_ROWS = 1_000_000


@dataclass(frozen=True)
class Place:
    """The output file and the run folder beside it."""

    output: Path
    folder: Path
    format: str


def place_for(sources: Sequence[Path], output: str | Path | None, *, force: bool) -> Place:
    """Return where a run writes; never over its input, nor over an output without ``force``."""
    source = sources[0]
    stem, suffix = split_name(source)
    path = Path(output) if output else source.with_name(f"{stem}.clean{suffix}")
    if output and path.is_dir():
        path = path / f"{stem}.clean{suffix}"
    if path.exists() and any(path.samefile(given) for given in sources):
        raise ConfigError(
            "would be written over what the run reads",
            place=str(path),
            remedy="Name another with -o.",
        )
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    folder = path.with_name(f"{split_name(path)[0]}.dataprep")
    if not force:
        for there in (path, folder):
            if there.exists():
                raise ConfigError(
                    "is there already", place=str(there), remedy="Overwrite it with -f, or use -o."
                )
    if folder.exists() and not (folder / "summary.json").exists():
        raise ConfigError(
            "is no run folder of dataprep", place=str(folder), remedy="Move it away, or use -o."
        )
    if not os.access(path.parent, os.W_OK):
        raise OutputError(
            "no permission to write here", place=str(path.parent), remedy="Write elsewhere with -o."
        )
    named = {".csv", ".tsv", ".txt", ".parquet", ".pq", ".jsonl", ".ndjson"}
    known = split_name(path)[1].removesuffix(".gz").lower() in named
    return Place(path, folder, format_of(path) if known else format_of(source))


def split_name(path: Path) -> tuple[str, str]:
    """Return a file's stem and its suffixes, a second ``.gz`` included.

    Examples
    --------
    >>> split_name(Path("in/data.v2.csv.gz"))
    ('data.v2', '.csv.gz')
    """
    suffix = path.suffix
    stem = path.name.removesuffix(suffix)
    if suffix.lower() == ".gz":
        inner = Path(stem).suffix
        return stem.removesuffix(inner), inner + suffix
    return stem, suffix


def write_ledger(engine: DuckDB, records: Sequence[StageRecord], path: Path) -> None:
    """Write one row for each changed cell or dropped row, and count them into the records."""
    parts = [
        'select null::BIGINT as row, null::VARCHAR as "column", null::VARCHAR as stage, '
        "null::VARCHAR as action, null::VARCHAR as before, null::VARCHAR as after, "
        "null::VARCHAR as reason where false"
    ]
    views = []
    for i, record in enumerate(records):
        for j, cells in enumerate(record.cells):
            views.append(f"__cells_{i}_{j}")
            cells.frame.to_native().create_view(views[-1])
            parts += _cells_sql(engine, record.label, cells, views[-1])
        for j, dropped in enumerate(record.dropped):
            views.append(f"__dropped_{i}_{j}")
            dropped.frame.to_native().create_view(views[-1])
            parts.append(
                f"select {quoted(ROW)}, null, {literal(record.label)}, 'drop', null, null, reason "
                f"from {views[-1]}"
            )
    connection = engine.connection
    connection.execute(f"create temp table __ledger__ as {' union all '.join(parts)}")
    connection.execute(
        f"copy __ledger__ to {literal(str(path))} (format parquet, compression zstd)"
    )
    rows = connection.execute(
        'select stage, "column", action, count(*) from __ledger__ group by all order by all'
    ).fetchall()
    connection.execute("drop table __ledger__")
    by_label = {record.label: record for record in records}
    for stage, column, action, count in rows:
        record = by_label[stage]
        record.actions[action] = record.actions.get(action, 0) + count
        if column is None:
            record.rows_rejected += count
        else:
            record.cells_by_column[column] = record.cells_by_column.get(column, 0) + count
    for view in views:
        connection.execute(f"drop view {view}")


def _cells_sql(engine: DuckDB, label: str, cells: Cells, view: str) -> list[str]:
    """Return SQL for the changed cells of each column."""
    changed = list(cells.columns)
    if engine.height < _FEW_ROWS:
        # On a small table, to plan a query for each column takes longer than to run it.
        counts = ", ".join(f"count_if({quoted(differs_of(name))})" for name in changed)
        row = engine.connection.execute(f"select {counts} from {view}").fetchall()[0]
        changed = [name for name, count in zip(changed, row, strict=True) if count]
    parts = []
    for name in changed:
        before = quoted(text_of(name) if engine.lossless_text else name)
        after = f"{quoted(new_of(name))}::VARCHAR"
        if engine.lossless_text:
            after = engine.written(quoted(new_of(name)), name, cells.kinds[name])
        reason = cells.reasons[name]
        why = quoted(why_of(name)) if reason is None else literal(reason)
        parts.append(
            f"select {quoted(ROW)}, {literal(name)}, {literal(label)}, {literal(cells.action)}, "
            f"{before}::VARCHAR, {after}, {why} from {view} where {quoted(differs_of(name))}"
        )
    return parts


def dropped_sql(records: Sequence[StageRecord], engine: DuckDB) -> str:
    """Return SQL for all dropped rows: row, stage, reason."""
    parts = [
        "select null::BIGINT as row, null::VARCHAR as stage, null::VARCHAR as reason where false"
    ]
    for i, record in enumerate(records):
        for j, dropped in enumerate(record.dropped):
            view = f"__rejected_{i}_{j}"
            dropped.frame.to_native().create_view(view, replace=True)
            parts.append(f"select {quoted(ROW)}, {literal(record.label)}, reason from {view}")
    return " union all ".join(parts)


def rejected_sql(engine: DuckDB, source: Source, records: Sequence[StageRecord]) -> str:
    """Return SQL for the dropped rows as they came, then ``_row``, ``_stage`` and ``_reason``."""
    columns = source.table.columns
    extra = []
    for name, value in (("_row", "d.row"), ("_stage", "d.stage"), ("_reason", "d.reason")):
        free = name
        while free in columns:
            free = f"_{free}"
        extra.append(f"{value} as {quoted(free)}")
    shown = ", ".join([*(f"b.{quoted(name)}" for name in columns), *extra])
    dropped = dropped_sql(records, engine)
    return (
        f"select {shown} from {BASE} b join ({dropped}) d on b.{quoted(ROW)} = d.row order by d.row"
    )


def write_rejected(
    engine: DuckDB, source: Source, records: Sequence[StageRecord], path: Path
) -> None:
    """Write the dropped rows as they came, then ``_row``, ``_stage`` and ``_reason``."""
    rows = rejected_sql(engine, source, records)
    engine.connection.execute(f"copy ({rows}) to {literal(str(path))} (format csv, header)")


def write_malformed(source: Source, path: Path) -> None:
    """Write the lines that are no rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("line", "byte", "reason", "text"))
        writer.writerows(source.malformed)


def write_table(source: Source, table: Table, path: Path, format: str) -> int:
    """Write a table in a format; untouched cells in the source's own format as they came."""
    engine, names = source.engine, table.columns
    target = literal(str(path))
    gzip = ", compression gzip" if path.suffix.lower() == ".gz" else ""
    same = format == source.format and table.has_text
    relation = table.frame.to_native()
    if format == "csv":
        delimiter = source.dialect.delimiter if source.dialect else ","
        if source.dialect is None and path.suffix.lower() == ".tsv":
            delimiter = "\t"
        shown = ", ".join(
            f"{quoted(text_of(name) if same else name)} as {quoted(name)}" for name in names
        )
        prefix, header = _header(source, names, delimiter)
        options = f"format csv, delimiter {literal(delimiter)}, {header}{gzip}"
        engine.connection.execute("set preserve_insertion_order = true")
        count = _copy(engine, relation, f"select {shown} from given", target, options)
        if prefix:
            _put_before(path, prefix)
        return count
    if format == "jsonl" and same:
        members = ", ".join(
            f"case when {quoted(text_of(name))} is not null then "
            f"{literal(json.dumps(source.keys.get(name, name), ensure_ascii=False) + ': ')} || "
            f"{quoted(text_of(name))} end"
            for name in names
        )
        options = f"format csv, header false, quote '', escape '', delimiter '\t'{gzip}"
        line = f"select '{{' || concat_ws(', ', {members}) || '}}' as line from given"
        return _copy(engine, relation, line, target, options)
    shown = ", ".join(quoted(name) for name in names)
    options = "format json" + gzip if format == "jsonl" else "format parquet"
    return _copy(engine, relation, f"select {shown} from given", target, options)


def _copy(engine: DuckDB, relation: Any, sql: str, target: str, options: str) -> int:
    relation.create_view("given", replace=True)
    row = engine.connection.execute(f"copy ({sql}) to {target} ({options})").fetchall()[0]
    engine.connection.execute("drop view given")
    return int(row[0]) if row else 0


def _header(source: Source, names: Sequence[str], delimiter: str) -> tuple[str, str]:
    """Return the header line as it stood in the file, where DuckDB would write another."""
    dialect = source.dialect
    if dialect is None:
        return "", "header true"
    if not dialect.header:
        return "", "header false"
    cells = dict(zip(dialect.columns, dialect.header_cells, strict=False))
    wanted = [cells.get(name, name) for name in names]
    if wanted == list(names) and not dialect.bom:
        return "", "header true"
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(wanted)
    return ("\ufeff" if dialect.bom else "") + line.getvalue(), "header false"


def _put_before(path: Path, prefix: str) -> None:
    """Write a header line before what is there already."""
    draft = path.with_name(path.name + ".headed")
    with path.open("rb") as body, draft.open("wb") as file:
        if path.suffix.lower() == ".gz":
            import gzip

            # gzip members that follow each other are one file.
            file.write(gzip.compress(prefix.encode()))
        else:
            file.write(prefix.encode())
        shutil.copyfileobj(body, file, 1 << 20)
    draft.replace(path)


def publish(draft: Path, draft_folder: Path, place: Place) -> None:
    """Put the run folder and then the output in their places; the output is the last to appear."""
    sync(draft)
    with held():
        if place.folder.exists():
            # An output must never stand beside the run folder of another: undo would mislead.
            if place.output.exists():
                place.output.unlink()
            place.folder.rename(draft_folder.with_name("old"))
        draft_folder.rename(place.folder)
        draft.replace(place.output)
        sync(place.output.parent)


def write_aside(
    source: Source, after: Table, records: Sequence[StageRecord], format: str, folder: Path
) -> None:
    """Write what the output cannot hold: columns that left, and texts that another format loses."""
    engine = source.engine
    removed = [name for record in records for name in record.removed if name in source.table.kinds]
    lost = []
    if after.has_text and format != source.format:
        lost = _retyped(source, after)
    columns = list(dict.fromkeys([*removed, *lost]))
    if columns:
        shown = ", ".join(map(quoted, columns))
        engine.connection.execute(
            f"copy (select {quoted(ROW)}, {shown} from {BASE}) "
            f"to {literal(str(folder / 'columns.parquet'))} (format parquet)"
        )


def _retyped(source: Source, after: Table) -> list[str]:
    """Return the columns whose text is not what DuckDB would write for their values."""
    names = [name for name in after.columns if name in source.table.kinds]
    tests = ", ".join(
        f"bool_or({quoted(text_of(name))} is distinct from {quoted(name)}::VARCHAR)"
        for name in names
    )
    row = after.frame.to_native().query("given", f"select {tests} from given").fetchall()[0]
    return [name for name, differs in zip(names, row, strict=True) if differs]


def undo_notes(source: Source, after: Table) -> dict[str, Any]:
    """Return what ``dataprep undo`` must know of the input."""
    dialect = source.dialect
    cells = source.engine.connection.table(CELLS)
    return {
        "format": source.format,
        "suffix": split_name(source.paths[0])[1],
        "columns": source.table.columns,
        "types": None
        if source.format != "parquet"
        else {
            name: str(dtype)
            for name, dtype in zip(cells.columns, cells.types, strict=True)
            if name != ROW
        },
        "delimiter": dialect.delimiter if dialect else None,
        "header": dialect.header if dialect else None,
        "header_cells": list(dialect.header_cells) if dialect else [],
        "bom": dialect.bom if dialect else False,
        "columns_out": after.columns,
        "keys": source.keys,
    }
