"""The input again, cell for cell, from an output and its run folder."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataprep.engines.cells import BASE
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal, quoted
from dataprep.errors import ConfigError, OutputError, ReadError
from dataprep.files import check_replaceable, sync, working_folder
from dataprep.jobs.places import delimiter_for, format_for
from dataprep.jobs.running import Running, opened_engine
from dataprep.jobs.tables import write_table
from dataprep.parts import PARTS
from dataprep.readers.dialect import Dialect
from dataprep.readers.files import open_source
from dataprep.readers.paths import COLUMNAR, check_name, checked_path, sha256_of, split_name
from dataprep.readers.source import Source
from dataprep.readers.wanted import Wanted
from dataprep.table import ROW, hidden

_PLACE, _PART = hidden("place"), hidden("part")


def undo_path(
    output: str | Path,
    restored: str | Path | None,
    running: Running,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Write the input of a run again, and return where, with how many rows.

    Parameters
    ----------
    output : path
        What ``dataprep clean`` or ``apply`` wrote; its run folder must lie beside it.
    restored : path, optional
        ``NAME.restored.csv`` beside the output by default. What a file with types or a database
        held can be written in any format, by the name.

    Raises
    ------
    ReadError
        When the run folder is not there, or is not that of this output.
    """
    path, folder = _named(Path(output))
    stem, _ = split_name(path)
    summary = _summary(path, folder)
    paths = _paths(path, summary)
    notes = summary["undo"]
    target = Path(restored) if restored else path.with_name(f"{stem}.restored{notes['suffix']}")
    check_name(target)
    format = _format_for(target, notes)
    if target.exists() and any(target.samefile(written) for written in paths.values()):
        raise ConfigError(
            "would be written over the output itself",
            place=str(target),
            remedy="Name another with -o.",
        )
    check_replaceable(target)
    if target.exists() and not force:
        raise ConfigError(
            "is there already", place=str(target), remedy="Overwrite it with -f, or use -o."
        )
    if not target.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(target.parent), remedy="Make it first."
        )
    with (
        working_folder(target.parent, target) as work,
        opened_engine(running, work) as engine,
    ):
        running.progress("reading")
        out = _read_output(paths, summary, engine, work)
        running.progress("restoring")
        _restore(engine, out, folder, summary)
        draft = work / target.name
        rows = write_table(
            _restored_source(engine, out, notes, work),
            _table(engine, notes),
            draft,
            format,
        )
        if rows != summary["rows_in"]:
            raise ReadError(
                f"{rows} rows restored, {summary['rows_in']} expected",
                place=str(folder),
                remedy="The run folder is damaged; nothing was written.",
            )
        sync(draft)
        draft.replace(target)
    return {"restored": str(target), "rows": rows}


def _format_for(target: Path, notes: dict[str, Any]) -> str:
    """Return the format that is written: the input's own, or another that keeps its values."""
    own = str(notes["format"])
    format = format_for(target, Path(f"input{notes['suffix']}"))
    # Text is given back to the letter, which no other format does.
    if format != own and own not in COLUMNAR:
        raise ConfigError(
            f"the input was {own}, not {format}",
            place=str(target),
            remedy=f"Name it {target.stem}{notes['suffix']}.",
        )
    return format


def _named(given: Path) -> tuple[Path, Path]:
    """Return the output that is meant, which may be one of its parts, and the run folder."""
    stem, suffix = split_name(given)
    plain, _, part = stem.rpartition(".")
    whole = given.with_name(f"{plain}{suffix}")
    if plain and part in PARTS and not given.with_name(f"{stem}.dataprep").exists():
        folder = given.with_name(f"{plain}.dataprep")
        if folder.exists():
            return whole, folder
    folder = given.with_name(f"{stem}.dataprep")
    # Of an output in parts there is no file of the whole.
    return (given if (folder / "parts.parquet").exists() else checked_path(given)), folder


def _paths(path: Path, summary: dict[str, Any]) -> dict[str, Path]:
    """Return the files of an output by their parts, checked."""
    output = summary.get("output") or {}
    files = output.get("parts", {"": output})
    stem, suffix = split_name(path)
    found = {part: path.with_name(f"{stem}.{part}{suffix}") if part else path for part in files}
    for part, written in found.items():
        if files[part].get("sha256") != sha256_of([checked_path(written)]):
            raise ReadError(
                "the output was changed since the run wrote it",
                place=str(written),
                remedy="Give the file as dataprep wrote it (its hash is in summary.json).",
            )
    return found


def _summary(path: Path, folder: Path) -> dict[str, Any]:
    try:
        summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReadError(
            "the run folder is not there",
            place=str(folder),
            remedy=f"Put it back beside {path.name}; undo needs its ledger.",
        ) from None
    except json.JSONDecodeError as error:
        raise ReadError(
            f"summary.json is damaged: {error}", place=str(folder), remedy="Restore it from a copy."
        ) from None
    for name, digest in summary["undo"].get("files", {}).items():
        needed = folder / name
        if not needed.exists():
            raise ReadError(
                "a file of the run folder is not there",
                place=str(needed),
                remedy="Restore it from a copy; undo needs it.",
            )
        if sha256_of([needed]) != digest:
            raise ReadError(
                "the file was changed since the run wrote it",
                place=str(needed),
                remedy="Restore it from a copy (its hash is in summary.json).",
            )
    return summary


def _read_output(
    paths: dict[str, Path], summary: dict[str, Any], engine: DuckDB, work: Path
) -> list[str]:
    """Read the output into the table ``__out__`` as text, and return its columns."""
    notes = summary["undo"]
    names: list[str] = list(notes["columns_out"])
    spec = ", ".join(f"{quoted(name)} VARCHAR" for name in names)
    engine.connection.execute(
        f"create table __out__ ({quoted(_PLACE)} BIGINT, {quoted(_PART)} VARCHAR, {spec})"
    )
    if summary["rows_out"]:
        for i, (part, path) in enumerate(paths.items()):
            folder = work / f"part-{i}"
            folder.mkdir()
            _read_part(part, path, summary, engine, folder)
    return names


def _read_part(part: str, path: Path, summary: dict[str, Any], engine: DuckDB, work: Path) -> None:
    """Add a file of the output to the table ``__out__``."""
    notes = summary["undo"]
    names, format = notes["columns_out"], summary["output"]["format"]
    same = format == notes["format"]
    if format == "csv":
        open_source(
            path,
            engine,
            wanted=Wanted(
                delimiter_for(path, notes["suffix"], notes["delimiter"]),
                quote='"',
                escape='"',
                encoding="utf-8",
                header=notes["header"] if notes["header"] is not None else True,
                names=tuple(names),
                skip_lines=0,
            ),
            work=work,
        )
    else:
        open_source(path, engine, work=work)
    given_names = [name for name in engine.connection.table(BASE).columns if name != ROW]
    if format == "jsonl":
        # A member that no row has is no column; and the first row need not have them all.
        given_names = [name if name in given_names else "" for name in names]
    casts = []
    for name, given in zip(given_names, names, strict=True):
        value = quoted(name) if name else "null"
        if format == "jsonl" and not same:
            plain = f"coalesce(json_extract_string({value}, '$'), {value})"
            value = f"case when {value} <> 'null' then {plain} end"
        casts.append(f"{value}::VARCHAR as {quoted(given)}")
    engine.connection.execute(
        f"insert into __out__ select {quoted(ROW)}, {literal(part)}, {', '.join(casts)} from {BASE}"
    )
    engine.connection.execute(f"drop view {BASE}")
    engine.connection.execute(f"drop table {engine.cells}")


def _restore(engine: DuckDB, out: list[str], folder: Path, summary: dict[str, Any]) -> None:
    connection, columns = engine.connection, summary["undo"]["columns"]
    ledger = f"read_parquet({literal(str(folder / 'ledger.parquet'))}, file_row_number=true)"
    connection.execute(
        f"create table __gone__ as select row from {ledger} "
        "where \"column\" is null and action = 'drop'"
    )
    rows = int(summary["rows_in"])
    apart = folder / "parts.parquet"
    kept = f"(select range as row, '' as part from range({rows}))"
    kept = f"read_parquet({literal(str(apart))})" if apart.exists() else kept
    connection.execute(
        "create table __stayed__ as select row, part, "
        "row_number() over (partition by part order by row) - 1 as k from "
        f"{kept} where row < {rows} and row not in (select row from __gone__)"
    )
    here = [name for name in columns if name in out]
    shown = ", ".join(
        f"o.{quoted(name)} as {quoted(name)}"
        if name in here
        else f"null::VARCHAR as {quoted(name)}"
        for name in columns
    )
    connection.execute(
        f"create table __back__ as select s.row as {quoted(ROW)}, {shown} "
        f"from __out__ o join __stayed__ s on o.{quoted(_PLACE)} = s.k "
        f"and o.{quoted(_PART)} = s.part"
    )
    # The first entry of a cell holds what it was before any stage.
    connection.execute(
        'create table __first__ as select row, "column", before from '
        f'(select *, row_number() over (partition by row, "column" order by file_row_number) as n '
        f'from {ledger} where "column" is not null) where n = 1'
    )
    for name in here:
        connection.execute(
            f"update __back__ set {quoted(name)} = f.before from __first__ f "
            f'where f.row = __back__.{quoted(ROW)} and f."column" = {literal(name)}'
        )
    _restore_aside(engine, folder, columns)
    _restore_rejected(engine, folder, columns)


def _restore_aside(engine: DuckDB, folder: Path, columns: list[str]) -> None:
    path = folder / "columns.parquet"
    if not path.exists():
        return
    aside = f"read_parquet({literal(str(path))})"
    connection = engine.connection
    for name in connection.sql(f"from {aside}").columns:
        if name in columns:
            connection.execute(
                f"update __back__ set {quoted(name)} = a.{quoted(name)}::VARCHAR from {aside} a "
                f"where a.{quoted(ROW)} = __back__.{quoted(ROW)}"
            )


def _restore_rejected(engine: DuckDB, folder: Path, columns: list[str]) -> None:
    path = literal(str(folder / "rejected.csv"))
    spec = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns) + 3))
    chosen = ", ".join(f"c{i}" for i in range(len(columns)))
    engine.connection.execute(
        f"insert into __back__ select c{len(columns)}::BIGINT, {chosen} from read_csv({path}, "
        f"columns={{{spec}}}, delim=',', quote='\"', escape='\"', header=true, auto_detect=false, "
        "allow_quoted_nulls=false, max_line_size=67108864)"
    )


def _restored_source(engine: DuckDB, out: list[str], notes: dict[str, Any], work: Path) -> Source:
    dialect = None
    if notes["format"] == "csv":
        dialect = Dialect(
            notes["delimiter"],
            notes["header"],
            tuple(notes["columns"]),
            tuple(notes["header_cells"]),
            notes["bom"],
        )
    table = _table(engine, notes)
    named = work / f"input{notes['suffix']}"
    source = Source(table, engine, [named], notes["format"], dialect, keys=notes["keys"])
    if notes["schema"]:
        source.schema = pa.ipc.read_schema(pa.py_buffer(b64decode(notes["schema"])))
    return source


def _table(engine: DuckDB, notes: dict[str, Any]) -> Any:
    import narwhals as nw

    from dataprep.table import Table, text_of

    engine.lossless_text = notes["format"] not in COLUMNAR
    parts = [quoted(ROW)]
    for name in notes["columns"]:
        if engine.lossless_text:
            parts += [quoted(name), f"{quoted(name)} as {quoted(text_of(name))}"]
        else:
            parts.append(f"{quoted(name)}::{notes['types'][name]} as {quoted(name)}")
    frame = nw.from_native(
        engine.connection.sql(f"select {', '.join(parts)} from __back__ order by {quoted(ROW)}")
    )
    return Table(frame, dict.fromkeys(notes["columns"], "text"), engine)
