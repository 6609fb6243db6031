"""A verdict, for a person."""

from __future__ import annotations

from dataprep.expectations.suites import SEVERITIES
from dataprep.expectations.verdicts import Verdict


def show_verdict(verdict: Verdict) -> str:
    """Return what was not met, the gravest first, and how many expectations there were."""
    lines = []
    for severity in SEVERITIES:
        unmet = [one for one in verdict.results if not one.success and one.severity == severity]
        lines += [f"{severity:8}  {one}" for one in unmet]
    met = sum(one.success for one in verdict.results)
    lines.append(f"{verdict.suite}: {met} of {len(verdict.results)} expectations met")
    return "\n".join(lines)
