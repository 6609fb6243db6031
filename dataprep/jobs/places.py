"""Where the results of a run go, and how they get there: beside their place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataprep.errors import ConfigError, OutputError
from dataprep.files import sync
from dataprep.readers.source import format_of
from dataprep.stopping import held


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
