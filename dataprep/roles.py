"""Roles: what a column is for, where it is no plain feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataprep.errors import ConfigError, did_you_mean


def roles_of(
    given: Mapping[str, str | Sequence[str] | None], columns: Sequence[str]
) -> dict[str, str]:
    """Return ``{column: role}`` from ``{role: column or columns}``, names checked."""
    found: dict[str, str] = {}
    for role_name, names in given.items():
        for name in _listed(names):
            if not isinstance(name, str):
                raise ConfigError(
                    f"{name!r} is no name of a column",
                    place=role_name,
                    remedy="Give a name as text. Several files are given in a list, as the first "
                    "argument.",
                )
            if name not in columns:
                raise ConfigError(
                    f"no column named {name!r}",
                    place=role_name,
                    remedy=did_you_mean(name, columns),
                )
            found[name] = role_name
    return found


def _listed(names: object) -> Sequence[object]:
    if names is None:
        return []
    return names if isinstance(names, list | tuple) else [names]
