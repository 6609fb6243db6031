"""Where the results of a run go, and how they get there: beside their place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataprep.errors import ConfigError, OutputError
from dataprep.files import check_replaceable, sync
from dataprep.parts import PARTS
from dataprep.readers.paths import (
    COLUMNAR,
    FORMATS,
    check_name,
    format_of,
    split_name,
    without_packing,
)
from dataprep.stopping import held

_WRITTEN = ("csv", "jsonl", *COLUMNAR)


@dataclass(frozen=True)
class Place:
    """The output file and the run folder beside it."""

    output: Path
    folder: Path
    format: str

    def of_part(self, part: str) -> Path:
        """Return where a part goes: ``data.clean.train.csv`` instead of ``data.clean.csv``."""
        stem, suffix = split_name(self.output)
        return self.output.with_name(f"{stem}.{part}{suffix}")

    def check_parts(self, sources: Sequence[Path], *, force: bool) -> None:
        """Raise where a part's file is there already, or is one that the run reads."""
        for path in map(self.of_part, PARTS):
            if path.exists() and any(path.samefile(given) for given in sources):
                raise ConfigError(
                    "would be written over what the run reads",
                    place=str(path),
                    remedy="Name another output with -o.",
                )
            if path.exists() and not force:
                raise ConfigError(
                    "is there already", place=str(path), remedy="Overwrite it with -f, or use -o."
                )


def place_for(
    named: Path | None, sources: Sequence[Path], output: str | Path | None, *, force: bool
) -> Place:
    """Return where a run writes; never over its input, nor over an output without ``force``.

    Parameters
    ----------
    named : Path, optional
        What the output is named after; None for a stream, which has no name and no place.
    sources : sequence of Path
        What is never written over.
    output : path, optional
        A file, or a folder to put it in.
    force : bool
    """
    if named is None and (output is None or Path(output).is_dir()):
        raise ConfigError(
            "what is read is no file beside which the output could lie",
            place="-o",
            remedy="Name the output, e.g. -o data.clean.csv.",
        )
    source = named or Path("stream.csv")
    stem, suffix = split_name(source)
    path = Path(output) if output else source.with_name(f"{stem}.clean{suffix}")
    if output and path.is_dir():
        path = path / f"{stem}.clean{suffix}"
    check_name(path)
    if path.exists() and any(path.samefile(given) for given in sources):
        raise ConfigError(
            "would be written over what the run reads",
            place=str(path),
            remedy="Name another with -o.",
        )
    format = format_for(path, source)
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(path.parent), remedy="Make it first."
        )
    check_replaceable(path)
    folder = path.with_name(f"{split_name(path)[0]}.dataprep")
    if not force:
        for there in (path, folder):
            if there.exists():
                raise ConfigError(
                    "is there already", place=str(there), remedy="Overwrite it with -f, or use -o."
                )
    if folder.is_dir() and any(given.parent.resolve() == folder.resolve() for given in sources):
        raise ConfigError(
            "its run folder holds what the run reads, and would be replaced",
            place=str(path),
            remedy="Name another output with -o.",
        )
    if folder.exists() and not (folder / "summary.json").exists():
        raise ConfigError(
            "is no run folder of dataprep", place=str(folder), remedy="Move it away, or use -o."
        )
    if not os.access(path.parent, os.W_OK):
        raise OutputError(
            "no permission to write here", place=str(path.parent), remedy="Write elsewhere with -o."
        )
    return Place(path, folder, format)


def format_for(path: Path, source: Path) -> str:
    """Return the format that an output's name asks for; that of the input where it asks nothing."""
    if path.name == "-":
        raise ConfigError(
            "the output cannot be a pipe: the run folder lies beside it",
            place="-o",
            remedy="Name a file, and read that.",
        )
    _, suffix = split_name(path)
    _, own = split_name(source)
    plain = without_packing(suffix)
    if not plain or suffix == own:
        return format_of(source)
    format = FORMATS.get(plain)
    if format not in _WRITTEN or (format in COLUMNAR and suffix.lower() != plain):
        raise ConfigError(
            f"no format that can be written is named {suffix}",
            place=str(path),
            remedy="Write .csv, .tsv, .jsonl (each also with .gz, .bz2, .xz, .zst), .parquet, "
            ".feather or .orc.",
        )
    return format


def delimiter_for(path: Path, source_suffix: str, delimiter: str | None) -> str:
    """Return the delimiter of an output: the input's own, but tabs in a new ``.tsv``."""
    if ".tsv" == without_packing(split_name(path)[1]) != without_packing(source_suffix):
        return "\t"
    return delimiter or ","


def publish(drafts: Mapping[Path, Path], draft_folder: Path, place: Place) -> None:
    """Put the run folder and then the outputs in their places; these are the last to appear.

    Parameters
    ----------
    drafts : mapping of Path to Path
        What was written, by the place where it belongs.
    draft_folder : Path
    place : Place
    """
    for draft in drafts.values():
        sync(draft)
    with held():
        if place.folder.exists():
            # An output must never stand beside the run folder of another: undo would mislead.
            for old in filter(Path.exists, (place.output, *map(place.of_part, PARTS))):
                old.unlink()
            place.folder.rename(draft_folder.with_name("old"))
        draft_folder.rename(place.folder)
        for output, draft in drafts.items():
            draft.replace(output)
        sync(place.output.parent)
