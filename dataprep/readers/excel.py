"""Excel and OpenDocument sheets: which one holds the table, and its cells as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import literal
from dataprep.errors import ConfigError, NoRowsError, ReadError, did_you_mean
from dataprep.optional import require
from dataprep.readers.dialect import Dialect
from dataprep.readers.lines import hashed
from dataprep.readers.naming import unique_names
from dataprep.readers.opening import Malformed
from dataprep.readers.paths import escaped
from dataprep.readers.sheets import Layout, Range, filled, layout_of, surveyed, text_of_cell
from dataprep.readers.source import Source
from dataprep.table import Table

_BATCH = 16_384
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Sheet:
    """A sheet with a table.

    Parameters
    ----------
    name : str
    cells : object
        What the library gives for it.
    layout : Layout
    merged : list of Range
    """

    name: str
    cells: Any
    layout: Layout
    merged: list[Range]

    def rows(self) -> Iterator[list[Any]]:
        """Give all rows of the sheet, merged cells filled."""
        return filled(self.cells.iter_rows(), self.merged)

    @property
    def size(self) -> int:
        """Return how many cells the table has."""
        return (self.layout.last - self.layout.first) * len(self.layout.columns)


def open_excel(
    paths: list[Path],
    engine: DuckDB,
    work: Path,
    wanted: str | int | None,
    header: bool | None,
) -> Source:
    """Read the table of one sheet of each file, every cell as text.

    Parameters
    ----------
    paths : list of Path
    engine : DuckDB
    work : Path
        A folder for intermediate files.
    wanted : str or int, optional
        The sheet's name, or its number from 1; the largest table's where nothing is given.
    header : bool, optional
        Whether the table's first row names the columns.

    Raises
    ------
    ReadError
        When a file is damaged, protected by a password, or holds no table.
    ConfigError
        When there is no such sheet.
    """
    drafts: list[Path] = []
    skipped: list[Malformed] = []
    decided: dict[str, Any] = {}
    names: list[list[str] | None] = []
    for number, path in enumerate(paths):
        draft = work / f"sheet-{number}.parquet"
        with _workbook(path) as book:
            sheet, others = _chosen(path, book, wanted, header)
            names.append(sheet.layout.header)
            skipped += _write(sheet, draft, path)
        drafts.append(draft)
        decided[str(path)] = {"sheet": sheet.name, "sheets_left": others}
    columns, drift = _together(paths, drafts)
    files = ", ".join(literal(escaped(draft)) for draft in drafts)
    frame = engine.load(f"read_parquet([{files}], union_by_name=true)", columns, {})
    for draft in drafts:
        draft.unlink()
    if not engine.height:
        raise NoRowsError(
            "there is a header and no rows", place=str(paths[0]), remedy="Give a file with rows."
        )
    same = names[0] is not None and not drift
    cells = tuple(names[0] or ()) if same else columns
    dialect = Dialect(",", names[0] is not None, columns, cells if names[0] is not None else ())
    table = Table(frame, dict.fromkeys(columns, "text"), engine)
    source = Source(table, engine, paths, "csv", dialect, skipped=skipped, scan=hashed(paths))
    source.decided = {
        "format": "excel", "sheets": decided, "header": dialect.header, "columns": list(columns),
    }  # fmt: skip
    if drift:
        source.decided["drift"] = drift
    return source


def _together(paths: list[Path], drafts: list[Path]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the columns of all files, and by file which of them are missing or were added."""
    from pyarrow.parquet import read_schema

    found = [read_schema(draft).names for draft in drafts]
    columns = tuple(dict.fromkeys(name for names in found for name in names))
    drift = {}
    for path, names in zip(paths, found, strict=True):
        told = {
            "missing": [name for name in columns if name not in names],
            "added": [name for name in names if name not in found[0]],
        }
        if any(told.values()):
            drift[str(path)] = {what: listed for what, listed in told.items() if listed}
    return columns, drift


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    """Give a workbook; what is wrong with the file is said in words."""
    calamine = require("python_calamine", extra="excel")
    with path.open("rb") as file:
        try:
            # By its bytes, not by its name: .xls is often something newer.
            with calamine.CalamineWorkbook.from_filelike(file) as book:
                yield book
        except calamine.CalamineError as error:
            if isinstance(error, calamine.PasswordError) or _is_encrypted(path):
                raise ReadError(
                    "the file is protected by a password",
                    place=str(path),
                    remedy="Save it without one (File, Info, Protect Workbook).",
                ) from None
            raise ReadError(
                f"cannot be read: {str(error).splitlines()[0]}",
                place=str(path),
                remedy="It may be cut off: fetch it again, or save it anew as .xlsx.",
            ) from None


def _is_encrypted(path: Path) -> bool:
    """Tell whether an Office file is encrypted: a container with a package of that name."""
    with path.open("rb") as file:
        rest = b""
        while block := file.read(1 << 20):
            if _ENCRYPTED in rest + block:
                return True
            rest = block[-len(_ENCRYPTED) :]
    return False


def _chosen(
    path: Path, book: Any, wanted: str | int | None, header: bool | None
) -> tuple[Sheet, list[str]]:
    """Return the sheet that is wanted, or the one with the largest table, and others' names."""
    calamine = require("python_calamine", extra="excel")
    known = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if wanted is not None:
        name = _named(path, str(wanted), known)
        sheet = _sheet(book, name, header)
        if sheet is None:
            raise ReadError(
                f"the sheet {name!r} is empty", place=str(path), remedy="Choose another."
            )
        return sheet, [other for other in known if other != name]
    hidden = {
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible != calamine.SheetVisibleEnum.Visible
    }
    best: Sheet | None = None
    for name in known:
        found = None if name in hidden else _sheet(book, name, header)
        if found is not None and (best is None or found.size > best.size):
            best = found
    if best is None:
        shown = f" (hidden: {', '.join(sorted(hidden))})" if hidden else ""
        raise ReadError(
            f"no sheet holds a table{shown}", place=str(path), remedy="Choose one with --sheet."
        )
    return best, [name for name in known if name != best.name]


def _named(path: Path, wanted: str, known: list[str]) -> str:
    if wanted in known:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(known):
        return known[int(wanted) - 1]
    what = (
        f"{len(known)} sheets, no sheet {wanted}" if wanted.isdecimal() else f"no sheet {wanted!r}"
    )
    raise ConfigError(f"{what} in {path}", place="sheet", remedy=did_you_mean(wanted, known))


def _sheet(book: Any, name: str, header: bool | None) -> Sheet | None:
    cells = book.get_sheet_by_name(name)
    if cells.start is None:
        return None
    # Rows are given from the first one of the sheet, columns from the first one that is filled.
    left = cells.start[1]
    merged = [
        ((top, first - left), (bottom, last - left))
        for (top, first), (bottom, last) in cells.merged_cell_ranges or ()
        if first >= left
    ]
    layout = layout_of(surveyed(filled(cells.iter_rows(), merged)), merged, header)
    return None if layout is None else Sheet(name, cells, layout, merged)


def _write(sheet: Sheet, draft: Path, path: Path) -> list[Malformed]:
    """Write the cells of a table as text, an empty one as missing; return what is no row."""
    from pyarrow.parquet import ParquetWriter

    layout = sheet.layout
    names = unique_names(layout.header or [""] * len(layout.columns))
    schema = pa.schema([(name, pa.string()) for name in names])
    file = str(path)
    passed = [Malformed(row, 0, where, text, file) for row, where, text in layout.skipped]
    with ParquetWriter(draft, schema) as writer:
        batch: list[list[str | None]] = []
        for number, row in enumerate(sheet.rows()):
            if number < layout.first:
                continue
            if number >= layout.last:
                break
            texts = [
                text_of_cell(row[column], timed=column in layout.timed) or None
                for column in layout.columns
            ]
            if any(text is not None for text in texts):
                batch.append(texts)
            else:
                passed.append(Malformed(number + 1, 0, "blank line", "", file))
            if len(batch) == _BATCH:
                writer.write_batch(_batch(batch, schema))
                batch.clear()
        if batch:
            writer.write_batch(_batch(batch, schema))
    return sorted(passed, key=lambda line: line.line)


def _batch(rows: list[list[str | None]], schema: Any) -> Any:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(columns, schema=schema)
