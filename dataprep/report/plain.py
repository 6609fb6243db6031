"""JSON on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

import click


def print_json(content: Any) -> None:
    """Print JSON; with codes for what the terminal cannot show, that every reader of it knows."""
    ascii_only = "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()
    click.echo(json.dumps(content, indent=1, ensure_ascii=ascii_only, default=str))
