"""The reference page of the stages, made from their declarations."""

from __future__ import annotations

from dataprep.report.stages import all_described


def reference() -> str:
    """Return ``docs/stages.md``."""
    lines = [
        "# Stages",
        "",
        "Made from the stages' own declarations (`dataprep stages NAME` shows the same): a test",
        "fails when this page is stale, and `python tests/test_docs.py` writes it anew.",
        "What is `None` here is `null` in YAML and after `--set`.",
    ]
    for stage in all_described():
        lines += ["", f"## {stage['class']}", "", f"`{stage['name']}`: {stage['summary']}", ""]
        lines += ["| parameter | default | meaning |", "|---|---|---|"]
        for item in stage["parameters"]:
            meaning = item["doc"].replace("|", "\\|") or f"`{item['type']}`".replace("|", "\\|")
            lines.append(f"| `{item['name']}` | `{item['default']!r}` | {meaning} |")
    return "\n".join(lines) + "\n"
