"""Text and categories in a graph: normalised, merged, escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from dataprep.feed.serving.characters import any_of, blanks
from dataprep.feed.serving.graph import FIRST, MISSING_TEXT, NEW, Column, Graph, picked
from dataprep.feed.serving.translations import refusal
from dataprep.stages.formulas import FIRST as FORMULA_SIGNS
from dataprep.stages.spelling import KEYS
from dataprep.stages.text import ENDS

if TYPE_CHECKING:
    from dataprep.stage import Stage, State


def merge_categories(stage: Any, state: State, graph: Graph) -> None:
    """Replace the levels that were merged, and place the ones that are new."""
    for name in graph.present(state["columns"]):
        graph.columns[name] = _merged(stage, name, state["columns"][name], graph)


def _merged(stage: Any, name: str, found: dict[str, Any], graph: Graph) -> Column:
    merged, column = found["merged"], graph.columns[name]
    levels = [*found["kept"], *merged]
    codes = graph.codes(name, levels)
    by_key = [variant for variant in stage.variants if variant in KEYS]
    if by_key and levels:
        from dataprep.feed.serving.spellings import Named, known_spellings

        codes = known_spellings(name, column.tensor, codes, levels, by_key)
        becomes = Named(["", "", *(merged.get(level, level) for level in levels)])(codes)
        column = column.filled(ops.greater_equal(codes, FIRST), becomes)
    else:
        for target in dict.fromkeys(merged.values()):
            here = [False, False, *(merged.get(level) == target for level in levels)]
            column = column.filled(picked(np.array(here), codes), target)
    if stage.handle_unknown == "keep":
        return column
    other = merged.get(stage.other, stage.other) if stage.handle_unknown == "other" else None
    return column.filled(ops.equal(codes, NEW), other)


def normalise_text(stage: Any, state: State, graph: Graph) -> None:
    """Write text in one way."""
    names = graph.present(state["columns"])
    if names and stage.regex and stage.replacements:
        raise refusal(
            graph.label,
            "regular expressions of Python are not those of a graph",
            "Use replacements of plain texts (regex=False).",
        )
    if names and stage.case == "title":
        raise refusal(
            graph.label,
            "case='title' looks at whole words",
            "Use 'lower', 'upper' or 'casefold'.",
        )
    for name in names:
        column = graph.columns[name]
        texts = _normal(stage, column.tensor)
        if stage.empty == "missing":
            graph.columns[name] = column.rewritten(
                ops.where(ops.equal(texts, ""), MISSING_TEXT, texts)
            )
        else:
            graph.columns[name] = column.rewritten(texts, empties=True)


def _normal(stage: Any, texts: Any) -> Any:
    from dataprep.feed.serving.layers import Characters, Replaced

    form, case = stage.form, stage.case
    if form is not None:
        texts = Characters(form)(texts)
    for old, new in (stage.replacements or {}).items():
        texts = Replaced(re.escape(old), new.replace("\\", "\\\\"))(texts)
    if case is not None:
        texts = Characters(case)(texts)
    if form is not None and (case or stage.replacements):
        texts = Characters(form)(texts)
    if stage.collapse:
        texts = Replaced(f"{any_of(blanks())}+", " ")(texts)
    if stage.strip:
        ends = any_of(ENDS)
        texts = Replaced(f"^{ends}+|{ends}+$", "")(texts)
    return texts


def escape_formulas(stage: Stage, state: State, graph: Graph) -> None:
    """Put an apostrophe before text that a spreadsheet would run."""
    from dataprep.feed.serving.layers import Replaced

    for name in graph.present(state["columns"]):
        column = graph.columns[name]
        texts = Replaced(f"^({any_of(''.join(FORMULA_SIGNS))})", "'\\1")(column.tensor)
        graph.columns[name] = column.rewritten(texts)
