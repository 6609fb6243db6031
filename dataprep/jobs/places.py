"""Where the results of a run go, and how they get there: beside their place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataprep.errors import ConfigError, OutputError
from dataprep.files import sync
from dataprep.readers.paths import FORMATS, check_name, format_of
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
    check_name(path)
    if path.exists() and any(path.samefile(given) for given in sources):
        raise ConfigError(
            "would be written over what the run reads",
            place=str(path),
            remedy="Name another with -o.",
        )
    format = _format_for(path, source)
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
    return Place(path, folder, format)


def _format_for(path: Path, source: Path) -> str:
    """Return the format that an output's name asks for; that of the input where it asks nothing."""
    if path.name == "-":
        raise ConfigError(
            "the output cannot be a pipe: the run folder lies beside it",
            place="-o",
            remedy="Name a file, and read that.",
        )
    _, suffix = split_name(path)
    _, own = split_name(source)
    plain = suffix.lower().removesuffix(".gz")
    if not plain or suffix == own:
        return format_of(source)
    if plain not in FORMATS or (FORMATS[plain] == "parquet" and suffix != plain):
        raise ConfigError(
            f"no format that can be written is named {suffix}",
            place=str(path),
            remedy="Write .csv, .tsv, .jsonl (each also with .gz) or .parquet.",
        )
    return format_of(path)


def delimiter_for(path: Path, source_suffix: str, delimiter: str | None) -> str:
    """Return the delimiter of an output: the input's own, but tabs in a new ``.tsv``."""

    def has_tabs(suffix: str) -> bool:
        return suffix.lower().removesuffix(".gz") == ".tsv"

    if has_tabs(split_name(path)[1]) and not has_tabs(source_suffix):
        return "\t"
    return delimiter or ","


def split_name(path: Path) -> tuple[str, str]:
    """Return a file's stem and its suffixes, a second ``.gz`` included.

    Examples
    --------
    >>> split_name(Path("in/data.v2.csv.gz")), split_name(Path("data.clean"))
    (('data.v2', '.csv.gz'), ('data.clean', ''))
    """
    suffix = _suffix(path)
    stem = path.name.removesuffix(suffix)
    if suffix.lower() == ".gz":
        inner = _suffix(Path(stem))
        return stem.removesuffix(inner), inner + suffix
    return stem, suffix


def _suffix(path: Path) -> str:
    # What a run adds to a name that has no suffix is not one.
    return path.suffix if path.suffix not in (".clean", ".restored") else ""


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
