"""What came of a suite: outcomes of expectations, and the verdict that they make."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dataprep.expectations.suites import SEVERITIES


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation.

    Parameters
    ----------
    type : str
    kwargs : mapping
    column : str or None
        The column, or columns, that it is about.
    severity : {"critical", "warning", "info"}
    success : bool
    observed : plain value, optional
        What was found, of an expectation about a whole column or table.
    unexpected_count : int, optional
        How many rows do not meet it, of one about rows.
    unexpected_share : float, optional
        The same as a share of the rows that it looks at, those with a value as a rule.
    examples : tuple of plain values
        At most 20 values that do not meet it.
    quarantine : bool, default=False
        Whether rows that do not meet it are to be set aside.
    place : str
        Where in its suite it stands.
    error : str, optional
        Why it could not be asked: it is not known whether it is met.
    """

    type: str
    kwargs: Mapping[str, Any]
    column: str | None
    severity: str
    success: bool
    observed: Any = None
    unexpected_count: int | None = None
    unexpected_share: float | None = None
    examples: tuple[Any, ...] = ()
    quarantine: bool = False
    place: str = ""
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        found: dict[str, Any] = {
            "type": self.type,
            "kwargs": plain(self.kwargs),
            "severity": self.severity,
            "success": self.success,
        }
        told = {
            "column": self.column,
            "observed": self.observed,
            "unexpected_count": self.unexpected_count,
            "unexpected_share": self.unexpected_share,
            "examples": list(self.examples) or None,
            "quarantine": self.quarantine or None,
            "error": self.error,
        }
        return found | {name: value for name, value in told.items() if value is not None}

    def __str__(self) -> str:
        """Say in a line what was expected and what was found."""
        said = ", ".join(f"{n}={v!r}" for n, v in self.kwargs.items())
        if self.error is not None:
            return f"{self.type}({said}): {self.error}"
        if self.success:
            return f"{self.type}({said}): met"
        if self.unexpected_count is not None:
            shown = ", ".join(map(repr, self.examples[:3]))
            rows = "row" if self.unexpected_count == 1 else "rows"
            found = f"{self.unexpected_count:,} {rows} ({self.unexpected_share or 0:.2%})"
            return f"{self.type}({said}): not met by {found}" + (f", e.g. {shown}" if shown else "")
        found = f", found {self.observed!r}" if self.observed is not None else ""
        return f"{self.type}({said}): not met{found}"


@dataclass(frozen=True)
class Verdict:
    """What came of a suite: an outcome for each expectation, in the suite's order."""

    suite: str
    results: tuple[Outcome, ...]
    place: str = ""
    raw: tuple[Any, ...] = field(default=(), repr=False)
    """Great Expectations' own results, for its Data Docs."""

    def failed(self, severity: str = "critical", *, quarantined: bool = True) -> list[Outcome]:
        """Return the outcomes that are not met and as grave as ``severity``, or graver.

        Parameters
        ----------
        severity : {"critical", "warning", "info"}, default="critical"
        quarantined : bool, default=True
            Whether those count whose rows can be set aside.
        """
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return [
            one
            for one in self.results
            if not one.success and one.severity in grave and (quarantined or not one.quarantine)
        ]

    @property
    def success(self) -> bool:
        """Whether all that is critical is met."""
        return not self.failed("critical")

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``summary.json`` holds it."""
        return {
            "suite": self.suite,
            **({"at": self.place} if self.place else {}),
            "success": self.success,
            "expectations": len(self.results),
            "met": sum(one.success for one in self.results),
            **{
                name: sum(one.severity == name and not one.success for one in self.results)
                for name in SEVERITIES
            },
            "results": [one.as_dict() for one in self.results],
        }


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: times and infinities as text, what is no number as None."""
    if isinstance(value, Mapping):
        return {str(name): plain(v) for name, v in value.items()}
    if isinstance(value, str | bytes):
        return value if isinstance(value, str) else value.hex()
    if isinstance(value, Sequence | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, bool | int) else str(value)
