"""Run folders: the data that a run wrote, read with the kinds that it had."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.apply import apply
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.frames import open_frame
from dataprep.errors import ReadError
from dataprep.feed.files import Files
from dataprep.feed.roles import check_part
from dataprep.feed.written import HASHED, check_written
from dataprep.kinds import Kind
from dataprep.parts import PARTS, TRAIN
from dataprep.pipeline import Pipeline
from dataprep.readers.files import open_source
from dataprep.readers.paths import split_name
from dataprep.readers.wanted import Wanted
from dataprep.stages.types import Types
from dataprep.table import Table

_MEMORY = "1GB"


def is_run(path: Path) -> bool:
    """Tell whether a folder is a run's."""
    return (path / "summary.json").is_file() and (path / "pipeline.json").is_file()


@dataclass(frozen=True)
class Run:
    """A run folder, and what lies beside it."""

    folder: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What the run counted."""
        try:
            found: dict[str, Any] = json.loads(
                (self.folder / "summary.json").read_text(encoding="utf-8")
            )
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ReadError(
                f"cannot be read: {error}",
                place=str(self.folder / "summary.json"),
                remedy="Clean the data again with dataprep clean.",
            ) from None
        return found

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline as it was fitted."""
        return Pipeline.load(self.folder / "pipeline.json")

    @property
    def roles(self) -> dict[str, str]:
        """What columns are for."""
        return dict(self.summary["roles"])

    @property
    def parts(self) -> dict[str, Any]:
        """What is said of the files, by part; under no name where nothing was split."""
        output = self.summary.get("output") or {}
        return dict(output.get("parts") or {"": output})

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns that the files have, and their kinds."""
        divided = "" not in self.parts
        return {
            name: kind
            for name, kind in self.summary["columns"].items()
            if not (divided and self.roles.get(name) == "split")
        }

    @property
    def format(self) -> str:
        """The format of the files."""
        return str(self.summary["output"]["format"])

    def described(self, table: Table) -> Table:
        """Return a table of a file with the kinds and roles that its columns had in the run."""
        kinds = self.columns
        roles = {name: role for name, role in self.roles.items() if name in kinds}
        told = self.summary["input"]
        report = {what: told[what] for what in ("image_root", "index") if what in told}
        return replace(table, kinds=kinds, roles=roles, report=report)

    def table(self, split: str, columns: Sequence[str] | None = None) -> Table:
        """Return a part in memory, or columns of it."""
        path, names = self.file(split), list(self.columns if columns is None else columns)
        whole = self.format != "parquet"
        found = _arrow(self, path).select(names) if whole else Files([path]).read(names)
        described = self.described(open_frame(found).table)
        return replace(described, kinds={name: described.kinds[name] for name in names})

    def file(self, split: str) -> Path:
        """Return the file of a part.

        Raises
        ------
        ConfigError
            When the run has no such part.
        ReadError
            When the file is gone, or not as the run wrote it.
        """
        divided = "" not in self.parts
        known = [part for part in PARTS if part in self.parts] if divided else [TRAIN]
        check_part(split, known, divided=divided)
        told = self.parts[split if divided else ""]
        path = self._beside(split if divided else "")
        check_written(
            path,
            told,
            missing=f"Put the file, as the run wrote it, beside {self.folder.name} under that "
            "name, or clean the data again.",
            changed="Give the file as dataprep wrote it (its hash is in summary.json), clean the "
            "data again, or feed the changed file itself.",
            # Text takes far longer to be read than to be hashed.
            hashed=self.format != "parquet" or told["bytes"] <= HASHED,
        )
        return path

    def _beside(self, part: str) -> Path:
        """Return where a part lies: beside the folder and named like it, wherever that is now."""
        stem = self.folder.name.removesuffix(".dataprep")
        _, suffix = split_name(Path(self.summary["output"]["path"]))
        return self.folder.with_name(f"{stem}.{part}{suffix}" if part else f"{stem}{suffix}")


def _arrow(run: Run, path: Path) -> Any:
    """Return the rows of a file as an Arrow table."""
    with TemporaryDirectory(prefix="dataprep-") as spill:
        work = Path(spill)
        with closing(DuckDB(_MEMORY, spill)) as engine:
            source = open_source(path, engine, work=work, wanted=_wanted(run, path))
            if not source.table.has_text:
                return source.table.to_arrow()
            state = _reading(run, run.columns)
            stage = Types()
            typed, _ = apply(source.table, "types", stage, stage.reading(source.table, state))
            return typed.to_arrow()


def _wanted(run: Run, path: Path) -> Wanted:
    """Return how a run writes delimited text."""
    if run.format != "csv":
        return Wanted()
    told = run.summary["input"]
    tabs = path.name.lower().split(".")[-1] == "tsv" or ".tsv." in path.name.lower()
    header = bool(told.get("header", True))
    return Wanted(
        delimiter="\t" if tabs else told.get("delimiter") or ",",
        quote='"',
        escape='"',
        encoding="utf-8",
        header=header,
        names=tuple(run.columns),
    )


def _reading(run: Run, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Return how the columns of a run's file are read: as the run read its input."""
    state = (run.pipeline.types_ or {}).get("state", {})
    known = state.get("kinds", {})
    # A column that changed its kind, or was added, is written in the plain way.
    new = {name: kind for name, kind in kinds.items() if known.get(name) != kind}
    missing = {**state.get("missing", {}), **Types().missing_for(new)}
    styles = {n: s for n, s in state.get("styles", {}).items() if n not in new}
    return {"kinds": dict(kinds), "missing": missing, "styles": styles}
