"""What came of self-training, for the rows, for summaries and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.labels.confidence_thresholds import LEAST_HELD_OUT, wilson
from dataprep.labels.plurality import most_of
from dataprep.parts import label_of
from dataprep.stages.labels.supplied import Given
from dataprep.stages.labels.supplier import texts
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.labels.rounds import Labelled, Round, Settings
    from dataprep.stages.levels import Level

COPIES = (
    "{:,} of {:,} labelled rows have the features of another one: copies confirm each other; let "
    "drop_duplicates go first, or give them a group"
)
_HELD_BACK = "sure enough, but only the surest of its class are taken (alpha)"
_CAPPED = "sure enough, but one too many (max_per_class, max_total)"
_TIED = "no label: two classes are the likeliest, with a confidence of"


def given_of(
    rows: np.ndarray,
    own: np.ndarray,
    learned: Labelled | None,
    labels: Sequence[Level],
    settings: Settings,
    notes: Sequence[str],
    facts: dict[str, Any],
    *,
    soft: bool,
) -> Given:
    """Return what is known of all rows, in the order of their numbers."""
    height, lacking = len(rows), np.flatnonzero(own < 0)
    codes, since, confidence = np.full(height, -1), np.zeros(height, "int64"), np.zeros(height)
    without, why = texts([None] * height), texts([None] * height)
    shares = np.eye(len(labels))[own] if soft else None
    if learned is not None:
        chosen = lacking[learned.selection.positions]
        codes[chosen], since[chosen] = learned.selection.codes, learned.since
        confidence[lacking] = learned.probabilities.max(axis=1)
        without[lacking] = reasons_of(learned, labels, settings)
        why[chosen] = [f"round {turn}" for turn in learned.since.tolist()]
        if shares is not None:
            shares[lacking] = learned.probabilities
    return Given(
        rows,
        own,
        codes,
        confidence,
        without,
        why,
        notes,
        facts,
        rounds=since,
        soft=shares,
    )


def facts_of(learned: Labelled | None, labels: Sequence[Level], unlabelled: int) -> dict[str, Any]:
    """Return what a program should know, as JSON holds it."""
    names = [label_of(label) for label in labels]
    rounds = [] if learned is None else learned.rounds
    given = 0 if learned is None else len(learned.selection)
    told = [_round(i, found, names) for i, found in enumerate(rounds, 1)]
    # The last round that was kept gave the labels.
    kept = [found for found in told if found["outcome"] == "kept"]
    return {
        "left": unlabelled - given,
        "precision": kept[-1]["precision"] if kept and given else None,
        "rounds": told,
    }


def _round(number: int, found: Round, names: Sequence[str]) -> dict[str, Any]:
    low, high = _interval(found)
    thresholds = [steady(float(b)) if np.isfinite(b) else None for b in found.thresholds]
    return {
        "round": number,
        "outcome": found.outcome,
        "thresholds": dict(zip(names, thresholds, strict=True)),
        "highest": dict(zip(names, map(steady, found.highest.tolist()), strict=True)),
        "selected": dict(zip(names, found.selected.tolist(), strict=True)),
        "held_back": found.held_back,
        "capped": found.capped,
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


def _interval(found: Round) -> tuple[float, float]:
    """Return the interval of the precision: rows of a group count as one."""
    return wilson(found.right * found.groups / max(found.held_out, 1), found.groups)


def notes_of(learned: Labelled, labels: Sequence[Level], settings: Settings) -> list[str]:
    """Return what a person should know beside the counts, in a sentence each."""
    names = np.array([label_of(label) for label in labels], dtype=object)
    kept = [turn for turn in learned.rounds if turn.outcome == "kept"]
    notes = []
    if kept and len(learned.selection) and kept[-1].held_out:
        rows, right = kept[-1].held_out, kept[-1].right
        low, high = (100 * bound for bound in _interval(kept[-1]))
        groups = f" in {kept[-1].groups:,} groups" if kept[-1].groups < rows else ""
        below = learned.shown is not None and right < settings.precision * rows
        asked = f": below the {settings.precision:.0%} asked for" if below else ""
        notes.append(
            f"of {rows:,} held-out rows{groups} that reach the thresholds, {100 * right / rows:.1f}"
            f" % had the right label (95 % interval {low:.1f} to {high:.1f}){asked}"
        )
    if len(held_back := learned.selection.held_back):
        notes.append(
            f"{len(held_back):,} more rows are sure enough, but of frequent classes only the "
            "surest are taken (alpha)"
        )
    if len(learned.selection) and len(capped := learned.selection.capped):
        notes.append(
            f"{len(capped):,} more rows are sure enough, but too many (max_per_class, max_total)"
        )
    if not learned.judged.all():
        few = ", ".join(names[~learned.judged])
        notes.append(f"too few labelled rows to judge by, given to none: {few}")
    last, number = learned.rounds[-1], len(learned.rounds)
    if last.outcome == "rolled back":
        change = "rose" if last.gain < 0 else "fell by no more than chance may do"
        notes.append(
            f"round {number} was rolled back: the loss on held-out rows {change}, "
            f"{last.loss + last.gain:.4f} before, {last.loss:.4f} after"
        )
    if kept and not len(learned.selection):
        notes.append(f"round {number}: no label was supported any more, all were withdrawn")
    if last.outcome == "nothing selected" and learned.judged.any():
        notes.append(f"round {number}: {_unsure(learned, names, settings)}")
    return notes


def _unsure(learned: Labelled, names: np.ndarray, settings: Settings) -> str:
    """Return why no row got a label, where none was selected."""
    if len(capped := learned.selection.capped):
        return f"{len(capped):,} rows are sure enough, and max_per_class or max_total allows none"
    highest = np.where(learned.judged, learned.rounds[-1].highest, 0.0)
    code = int(highest.argmax())
    return (
        f"no row was sure enough. The highest confidence was {highest[code]:.3f}, "
        f"of {names[code]!r}: {_needed(code, learned, settings)}"
    )


def reasons_of(learned: Labelled, labels: Sequence[Level], settings: Settings) -> np.ndarray:
    """Return why rows got no label; None for those that did."""
    names = [label_of(label) for label in labels]
    needed = texts([_needed(code, learned, settings) for code in range(len(names))])
    given, sure, tied = most_of(learned.probabilities)
    # The likeliest cause first; those behind it replace it.
    why = np.where(sure < learned.thresholds[given], needed[given], "the round was rolled back")
    why[learned.selection.held_back] = _HELD_BACK
    why[learned.selection.capped] = _CAPPED
    reasons = texts(
        [
            f"{_TIED} {confidence:.3f}"
            if equal
            else f"no label: {names[code]!r} is the likeliest, with a confidence of "
            f"{confidence:.3f}: {cause}"
            for code, confidence, equal, cause in zip(
                given.tolist(), sure.tolist(), tied.tolist(), why.tolist(), strict=True
            )
        ]
    )
    reasons[learned.selection.positions] = None
    return reasons


def _needed(code: int, learned: Labelled, settings: Settings) -> str:
    """Return how sure a row must be of a class, or why no confidence is enough."""
    if np.isfinite(bound := learned.thresholds[code]):
        return f"{bound:.3f} is needed"
    if not learned.judged[code]:
        return "too few labelled rows of the class to judge by"
    if learned.shown is None:
        return f"above {settings.base:.3f} is needed by some row of the class"
    if (rows := int(learned.shown[code])) < LEAST_HELD_OUT:
        return f"{rows} held-out rows or groups show no precision, {LEAST_HELD_OUT} would"
    return f"at no confidence were {settings.precision:.0%} of held-out rows right"
