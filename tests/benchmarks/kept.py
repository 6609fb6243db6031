"""Figures that are kept in a file: a study that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dataprep as dp

Key = dict[str, Any]


def code_of(*folders: str) -> str:
    """Return what stands for the code of folders of the package: another after each change."""
    root = Path(dp.__file__).parent
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


class Kept:
    """Figures by key, a line of JSON each.

    Two programs may add to the same file at the same time, each its own keys.

    Parameters
    ----------
    path : Path or None
        Where the figures are kept; None: nowhere.
    minutes : float or None
        After so many nothing new is begun.
    """

    def __init__(self, path: Path | None, minutes: float | None = None) -> None:
        self.path = path
        self.until = time.monotonic() + 60 * minutes if minutes else float("inf")
        self.left = 0
        self._found: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line)
                self._found[_name(entry["key"])] = entry["found"]

    def __call__(self, key: Key, measure: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Return the figures of a key, measured now where they are not kept; None: no time is left.

        The seconds that it took, of the clock, are added to them and told on standard error.
        """
        name = _name(key)
        if name not in self._found:
            if time.monotonic() > self.until:
                self.left += 1
                return None
            started = time.monotonic()
            found = measure()
            found["took"] = round(time.monotonic() - started, 1)
            print(f"{' '.join(map(str, key.values()))}: {found['took']} s", file=sys.stderr)
            self._found[name] = found
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"key": key, "found": found}) + "\n")
        return self._found[name]

    def tell(self) -> None:
        """Say on standard error what is left to be measured."""
        if self.left:
            print(f"{self.left} measurements are left: run it again", file=sys.stderr)


def _name(key: Key) -> str:
    return json.dumps(key, sort_keys=True)
