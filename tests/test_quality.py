"""Lint, types and import layers, so that the one test command checks them too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=["lint", "format", "types", "layers"],
)
def test_the_tree_passes(command):
    """Lint, format, types and import layers pass over the whole tree."""
    program = shutil.which(command[0], path=str(BIN)) or shutil.which(command[0])
    assert program, f"{command[0]} is not installed: pip install '.[test]'"
    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
