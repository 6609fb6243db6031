"""Versions of an output: written aside, put in place by one rename, checked, and let go.

::

    out/churn/
        latest -> versions/000002-5f0c63b1a9de
        versions/000002-5f0c63b1a9de/
            manifest.json    the key of the run, and each file with its size and hash
            churn.parquet
            churn.dataprep/  what was done: summary, ledger, rejected rows, pipeline

A version is whole before it gets its name, and nobody looks at it before ``latest`` does. To
publish is to rename one link, ``.next``, over another: as long as it stands there, the version that
it points to was never published.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError
from dataprep.files import PREFIX, sync
from dataprep.jobs.batch.locking import LOCK
from dataprep.readers.paths import sha256_of
from dataprep.stopping import held

VERSIONS, LATEST, NEXT, MANIFEST = "versions", "latest", ".next", "manifest.json"
FINISHED, FAILED = ".finished", "failed"
_NAME = re.compile(r"(\d{6,})-[0-9a-f]{12}")


@dataclass(frozen=True)
class Version:
    """A published output.

    Parameters
    ----------
    path : Path
    manifest : dict
        Empty where it cannot be read.
    """

    path: Path
    manifest: dict[str, Any]

    @property
    def number(self) -> int:
        """Which version it is, from 1."""
        return _number(self.path)

    def damaged(self) -> dict[str, str]:
        """Return the files that are not as they were written, with what is wrong with them."""
        files = self.manifest.get("files")
        if not files:
            return {MANIFEST: "is gone or damaged"}
        found: dict[str, str] = {}
        for name, told in files.items():
            path = self.path / name
            try:
                if path.stat().st_size != told["bytes"] or sha256_of([path]) != told["sha256"]:
                    found[name] = "was changed"
            except OSError as error:
                found[name] = f"cannot be read: {error.strerror}"
        return found


def version_at(path: Path) -> Version:
    """Return the version in a folder, or the part of one."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    return Version(path, manifest if isinstance(manifest, dict) else {})


def latest(folder: Path) -> Version | None:
    """Return the version that readers see, if there is one."""
    link = folder / LATEST
    if not link.is_dir():
        return None
    return version_at(folder / VERSIONS / link.resolve().name)


def check_folder(folder: Path, job: str, place: str) -> None:
    """Raise for a folder that holds something else, or another job's output.

    Raises
    ------
    ConfigError
        With the place in the job's file.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"{folder} is a file", place=place, remedy="An output is a folder: name another."
        )
    ours = (VERSIONS, LATEST, NEXT, LOCK, FINISHED, FAILED)
    others = [
        path.name
        for path in folder.iterdir()
        if path.name not in ours and not path.name.startswith(PREFIX)
    ]
    if others:
        raise ConfigError(
            f"{folder} holds other things: {', '.join(sorted(others)[:5])}",
            place=place,
            remedy="An output has a folder of its own: name a new one, or move them away.",
        )
    link = folder / LATEST
    if link.exists() and not link.is_symlink():
        newest = max(_versions(folder), key=_number, default=None)
        back = f", and link it again: ln -s {VERSIONS}/{newest.name} {link}" if newest else ""
        raise ConfigError(
            f"{link} is no link: a copy that follows links makes it so",
            place=place,
            remedy=f"Move it away{back}. Nothing was touched.",
        )
    version = latest(folder)
    owner = version and version.manifest.get("job")
    if owner not in (None, job):
        raise ConfigError(
            f"{folder} is the output of the job {owner!r}, not of {job!r}",
            place=place,
            remedy="Name another folder; or, if the job was renamed, move this one away.",
        )


def seal(staged: Path, content: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Write the manifest of a folder that is whole, and put all of it on the disk.

    Parameters
    ----------
    staged : Path
        A folder with all files of a version, or of a part of one.
    content : mapping
        What the manifest is to hold besides the files.
    known : mapping
        What a manifest would say of files that were looked at already.
    """
    names = {
        str(path.relative_to(staged)): path for path in sorted(staged.rglob("*")) if path.is_file()
    }
    files = {
        name: known.get(name) or {"bytes": path.stat().st_size, "sha256": sha256_of([path])}
        for name, path in names.items()
    }
    text = json.dumps({"format": 1, **content, "files": files}, indent=1, ensure_ascii=False)
    (staged / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    _sync_all(staged)


def publish(staged: Path, folder: Path, key: str) -> Path:
    """Put a version in its place, and return that.

    Parameters
    ----------
    staged : Path
        The version, sealed, on the same disk.
    folder : Path
        Of the output.
    key : str
        Of the run.
    """
    versions = folder / VERSIONS
    versions.mkdir(exist_ok=True)
    number = 1 + max(map(_number, _versions(folder)), default=0)
    path = versions / f"{number:06d}-{key[:12]}"
    with held():
        (folder / NEXT).symlink_to(Path(VERSIONS) / path.name)
        sync(folder)
        staged.rename(path)
        sync(versions)
        (folder / NEXT).replace(folder / LATEST)
        sync(folder)
    return path


def keep_failed(staged: Path, names: Iterable[str], folder: Path, work: Path) -> Path:
    """Keep what was done to tables that are not published, and return where; the last ones only.

    Parameters
    ----------
    staged : Path
        The version that they are of.
    names : iterable of str
        Theirs.
    folder : Path
        Of the output.
    work : Path
        A folder on the same disk that will be removed.
    """
    draft, path = work / FAILED, folder / FAILED
    draft.mkdir()
    for name in names:
        (staged / f"{name}.dataprep").rename(draft / f"{name}.dataprep")
    if path.exists():
        path.rename(work / "failed before")
    draft.rename(path)
    return path


def tidy(folder: Path, work: Path) -> None:
    """Remove a version that was never published: its run was killed before the last rename."""
    link = folder / NEXT
    if link.is_symlink():
        unpublished = folder / VERSIONS / link.readlink().name
        if unpublished.exists():
            unpublished.rename(work / unpublished.name)
        # Last: as long as it stands there, what it points to is known for what it is.
        link.unlink()


def let_go(folder: Path, keep: int, work: Path) -> None:
    """Remove all but so many earlier versions: from sight first, then from the disk with the work.

    Parameters
    ----------
    folder : Path
        Of the output.
    keep : int
    work : Path
        A folder on the same disk that will be removed.
    """
    for path in sorted(_versions(folder), key=_number, reverse=True)[keep + 1 :]:
        path.rename(work / path.name)


def has_versions(folder: Path) -> bool:
    """Tell whether something was published in a folder, whatever is linked now."""
    return bool(_versions(folder))


def _versions(folder: Path) -> list[Path]:
    """Return the versions of an output."""
    versions = folder / VERSIONS
    return [path for path in versions.iterdir() if _number(path)] if versions.is_dir() else []


def link_file(path: Path, target: Path) -> None:
    """Make a file appear under another name as well; by a copy where links do not work."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)


def _number(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def _sync_all(folder: Path) -> None:
    """Ask the system to put all files below a folder on the disk now."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)
