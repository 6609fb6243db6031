"""A folder of pictures, or a file that is an array of them, as a table in memory."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dataprep.apply import apply
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.frames import open_frame
from dataprep.readers.files import open_source
from dataprep.stages.types import Types
from dataprep.table import Table

_MEMORY = "1GB"


def listed_pictures(path: Path) -> Table:
    """Return references and labels, as ``dp.read`` gives them.

    Raises
    ------
    ReadError
        When there are no pictures, or a class has none.
    """
    with TemporaryDirectory(prefix="dataprep-") as spill, closing(DuckDB(_MEMORY, spill)) as engine:
        source = open_source(path, engine, work=Path(spill))
        stage = Types(columns="all")
        typed, _ = apply(
            source.table, "types", stage, stage.reading(source.table, stage.learn(source.table))
        )
        found = open_frame(typed.to_arrow()).table
        roles, kinds = dict(source.table.roles), dict(typed.kinds)
        return replace(found, kinds=kinds, roles=roles, report=source.report())
