"""What is typed with ``--set``: keys of a job, and parameters of its stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataprep.config import KEYS
from dataprep.documents import Document, Mark, merged
from dataprep.errors import ConfigError, did_you_mean
from dataprep.yaml12 import read_marked


def with_settings(document: Document, settings: Sequence[str]) -> tuple[Document, tuple[str, ...]]:
    """Lay what was typed over a document, and return what is left: the parameters of stages."""
    rest = []
    for setting in settings:
        path, sign, text = setting.partition("=")
        path = path.strip()
        first = path.partition(".")[0]
        if not sign or not path:
            raise ConfigError(
                f"{setting!r}", place="--set", remedy="Write key=value, e.g. output.keep=3."
            )
        if first not in KEYS:
            stages = _names_of_stages(document.content)
            if first not in stages:
                raise ConfigError(
                    f"no key and no stage {first!r}",
                    place=f"--set {setting}",
                    remedy=did_you_mean(first, [*KEYS, *stages]),
                )
            rest.append(setting)
            continue
        content, below = _value(text)
        for key in reversed(path.split(".")):
            content = {key: content}
        typed = [path, *(f"{path}{key}" if key[0] == "[" else f"{path}.{key}" for key in below)]
        over = Document(document.path, content, dict.fromkeys(typed, Mark(None, 0)))
        document = merged(document, over)
    return document, tuple(rest)


def _names_of_stages(content: Any) -> list[str]:
    """Return the stages that a file lists, ``impute_2`` for the second of a name."""
    listed = content.get("stages") if isinstance(content, dict) else None
    items = listed if isinstance(listed, list) else []
    names = [str(next(iter(item), "")) if isinstance(item, dict) else str(item) for item in items]
    earlier = [names[:i].count(name) for i, name in enumerate(names)]
    return [n if not many else f"{n}_{many + 1}" for n, many in zip(names, earlier, strict=True)]


def _value(text: str) -> tuple[Any, list[str]]:
    """Return the value that was typed, and the paths of all that stands in it."""
    try:
        value, lines = read_marked(text, "--set")
    except ConfigError:
        # Signs of YAML in a text that was never meant as such.
        return text, []
    return value, list(lines)
