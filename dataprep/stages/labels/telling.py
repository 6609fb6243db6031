"""What came of self-training, for summaries and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.labels.selection import wilson
from dataprep.parts import label_of
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.labels.rounds import Labelled, Round, Rules
    from dataprep.stage import State
    from dataprep.stages.levels import Level


def facts_of(
    learned: Labelled | None, labels: Sequence[Level], state: State, rules: Rules
) -> dict[str, Any]:
    """Return what a program should know, as JSON holds it."""
    names = [label_of(label) for label in labels]
    rounds = [] if learned is None else learned.rounds
    selected = np.zeros(len(names), "int64")
    if learned is not None:
        selected = np.bincount(learned.selection.codes, minlength=len(names))
    told = [_round(i, found, names) for i, found in enumerate(rounds, 1)]
    # The last round that was kept gave the labels.
    kept = [found for found in told if found["outcome"] == "kept"]
    return {
        "labelled": sum(state["classes"].values()),
        "unlabelled": state["unlabelled"],
        "selected": dict(zip(names, selected.tolist(), strict=True)),
        "left": state["unlabelled"] - int(selected.sum()),
        "precision": kept[-1]["precision"] if kept else None,
        "rounds": told,
    }


def _round(number: int, found: Round, names: Sequence[str]) -> dict[str, Any]:
    low, high = wilson(found.right, found.held_out)
    thresholds = [steady(float(b)) if np.isfinite(b) else None for b in found.thresholds]
    return {
        "round": number,
        "outcome": found.outcome,
        "thresholds": dict(zip(names, thresholds, strict=True)),
        "highest": dict(zip(names, map(steady, found.highest.tolist()), strict=True)),
        "selected": dict(zip(names, found.selected.tolist(), strict=True)),
        "withdrawn": found.withdrawn,
        "relabelled": found.relabelled,
        "precision": {
            "achieved": steady(found.right / found.held_out) if found.held_out else None,
            "interval": [steady(low), steady(high)],
            "held_out": found.held_out,
        },
        "loss_before": steady(found.loss + found.gain),
        "loss_after": steady(found.loss),
        "gain": steady(found.gain),
        "error": steady(found.error),
    }


def notes_of(facts: Mapping[str, Any], rules: Rules) -> list[str]:
    """Return what a person should know, in a sentence each."""
    if not facts["unlabelled"]:
        return ["every row has a label already: nothing to supply"]
    given, rounds = sum(facts["selected"].values()), facts["rounds"]
    by_class = ", ".join(f"{name} {rows:,}" for name, rows in facts["selected"].items() if rows)
    notes = [
        f"{given:,} of {facts['unlabelled']:,} rows got a label" + (f": {by_class}" * bool(given))
    ]
    if (found := facts["precision"]) and found["held_out"]:
        low, high = (100 * bound for bound in found["interval"])
        notes.append(
            f"of {found['held_out']:,} held-out rows that were as sure, "
            f"{100 * found['achieved']:.1f} % had the right label "
            f"(95 % interval {low:.1f} to {high:.1f})"
        )
    last = rounds[-1]
    if last["outcome"] == "rolled back":
        change = "rose" if last["gain"] < 0 else "fell by no more than chance may do"
        notes.append(
            f"round {last['round']} was rolled back: the loss on held-out rows {change}, "
            f"{last['loss_before']:.4f} before, {last['loss_after']:.4f} after"
        )
    if last["outcome"] == "nothing selected":
        name, highest = max(last["highest"].items(), key=lambda item: item[1])
        bound = last["thresholds"][name]
        why = f"none is right in {rules.precision:.0%} of held-out rows"
        if bound is not None:
            why = f"{bound:.3f} is needed"
        notes.append(
            f"round {last['round']}: no row was sure enough. The highest confidence was "
            f"{highest:.3f}, of {name!r}: {why}"
        )
    return notes


def reasons_of(learned: Labelled, left: np.ndarray, labels: Sequence[Level]) -> np.ndarray:
    """Return why rows, by their positions, got no label."""
    told = learned.probabilities[left]
    names = np.array([label_of(label) for label in labels], dtype=object)
    likeliest, confidence = names[told.argmax(axis=1)].tolist(), told.max(axis=1).tolist()
    reasons = np.full(len(left), None, dtype=object)
    reasons[:] = [
        f"no label: {name!r} is the likeliest, with a confidence of {sure:.3f}"
        for name, sure in zip(likeliest, confidence, strict=True)
    ]
    return reasons
