"""The manifest of an export: what its shards hold, and how to feed them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataprep.errors import ReadError
from dataprep.feed.labels import Wanted
from dataprep.feed.written import HASHED, check_written
from dataprep.table import Table

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What an export says of itself.

    Parameters
    ----------
    content : mapping
        As ``manifest.json`` holds it.
    folder : Path
        Where it lies, beside the shards.
    """

    content: Mapping[str, Any]
    folder: Path

    @property
    def classes(self) -> Wanted:
        """The labels in the order of their codes; False of a target of numbers."""
        if self.content["target"] is None:
            return None
        found: Wanted = self.content["classes"] or False
        return found

    @property
    def split(self) -> str:
        """The part that was exported."""
        return str(self.content["split"])

    @property
    def made(self) -> int:
        """How many of the rows were made by stages."""
        return int(self.content.get("made", 0))

    def described(self, table: Table) -> Table:
        """Return a table of the shards with the kinds and roles of what was exported."""
        kinds = {name: told["kind"] for name, told in self.content["columns"].items()}
        roles = {
            self.content[role]: role
            for role in ("target", "weight", "image")
            if self.content[role] is not None
        }
        root = self.content["image_root"]
        return replace(table, kinds=kinds, roles=roles, report={"image_root": root} if root else {})

    def check(self, paths: Sequence[Path]) -> None:
        """Raise where files are not those that were exported.

        Parameters
        ----------
        paths : sequence of Path
            Those of the folder.

        Raises
        ------
        ReadError
            When one is missing, was added, or is not as it was written.
        """
        shards = {shard["file"]: shard for shard in self.content["shards"]}
        added = [path for path in paths if path.parent != self.folder or path.name not in shards]
        if added:
            raise ReadError(
                "is no shard of the export in whose folder it lies",
                place=str(added[0]),
                remedy="Move it away: the manifest does not list it.",
            )
        again = "Restore it from a copy, or export again with dp.feed.export."
        hashed = sum(shard["bytes"] for shard in shards.values()) <= HASHED
        for name, told in shards.items():
            check_written(self.folder / name, told, missing=again, changed=again, hashed=hashed)


def files_of(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the shards that a manifest lists."""
    return [shard["file"] for shard in content.get("shards", ())]


def manifest_of(path: Path) -> Manifest | None:
    """Return the manifest of a folder; None where it has none.

    Raises
    ------
    ReadError
        When it is no manifest of an export, or of a newer version.
    """
    place = path / NAME
    if not place.is_file():
        return None
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        version = content["dataprep_export"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ReadError(
            "is no manifest of an export of dataprep",
            place=str(place),
            remedy="Move it away, or export again with dp.feed.export.",
        ) from None
    if version > FORMAT or content["format"] != "parquet":
        raise ReadError(
            f"holds {content['format']} of version {version}; Parquet of version {FORMAT} is read",
            place=str(place),
            remedy="Export as Parquet, or read the records with tf.data.TFRecordDataset.",
        )
    return Manifest(content, path)
