"""Levels that are one: spelled in several ways, or too rare to be learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Any, Literal

import narwhals as nw
from annotated_types import Ge, Le

from dataprep.engine import Arrays
from dataprep.stage import Change, Mapped, Stage, State
from dataprep.stages.chosen import words_of
from dataprep.stages.levels import level_counts, looked_up
from dataprep.stages.spelling import KEYS, Kept, Variant, spellings
from dataprep.table import Table, hidden


@dataclass(eq=False, repr=False)
class MergeCategories(Stage):
    """Merge spellings of the same level into the most frequent one, and rare levels into one.

    Parameters
    ----------
    columns : str, Selector or list, default="category"
        The columns to look at; text and identifiers if named.
    variants : sequence of str, default=("fingerprint", "ngram", "edit")
        What makes two levels one: the same words whatever their order, case, accents and
        punctuation; the same runs of two letters, wherever the blanks are; one edit in a word of
        five letters or more. None of them: spellings are left alone.
    typo_ratio : float, default=0.2
        For ``edit``: a misspelling occurs at most so many times as often as the right spelling.
    min_count : int, optional
        Levels with fewer rows are rare.
    min_share : float, optional
        Levels with a smaller share of the values that are present are rare.
    other : str, default="other"
        What rare levels become.
    handle_unknown : {"keep", "other", "missing"}, default="keep"
        What becomes of a level that was not there at fit and is no spelling, by its key, of one
        that was.

    Notes
    -----
    Levels that differ in a number, a sign, a Roman numeral or a single letter mean other things and
    are never merged: Type 1 and Type 2, A and A-, Group B and Group C. Nor is a word that begins
    with another letter (valid, invalid) or goes on where the other ends (India, Indian) taken for a
    misspelling. Two rare names that differ by a letter may still be two: the ledger lists each
    merge, and ``variants`` without ``edit`` keeps to those that differ in form alone.

    References
    ----------
    OpenRefine, "Clustering in depth": key collision (fingerprint, n-gram fingerprint) and nearest
    neighbours.

    Examples
    --------
    >>> import pandas as pd
    >>> city = ["Berlin"] * 6 + ["berlin ", "Berlln"] + ["Type 1"] * 5 + ["Type 2"]
    >>> frame = pd.DataFrame({"city": city})
    >>> stage = MergeCategories().fit(frame)
    >>> stage.transform(frame)["city"].value_counts().to_dict()
    {'Berlin': 8, 'Type 1': 5, 'Type 2': 1}
    >>> stage.transform(pd.DataFrame({"city": ["BERLIN", "Bonn"]}))["city"].tolist()
    ['Berlin', 'Bonn']
    >>> MergeCategories(columns="age").fit(pd.DataFrame({"age": [1, 2]}))
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: merge_categories.columns: 'age' holds no text, it is of kind ...
    """

    columns: Any = "category"
    variants: Sequence[Variant] = ("fingerprint", "ngram", "edit")
    typo_ratio: Annotated[float, Ge(0), Le(1)] = 0.2
    min_count: Annotated[int, Ge(1)] | None = None
    min_share: Annotated[float, Ge(0), Le(1)] | None = None
    other: str = "other"
    handle_unknown: Literal["keep", "other", "missing"] = "keep"

    def learn(self, table: Table) -> State:
        """Return, for each column, which level becomes which and why, and the levels that stay."""
        return {
            "columns": {
                name: self._merged({str(k): n for k, n in level_counts(table, name).items()})
                for name in words_of(self, table)
            }
        }

    def _merged(self, counts: Mapping[str, int]) -> dict[str, Any]:
        same = spellings(counts, self.variants, self.typo_ratio)
        rows, together = sum(counts.values()), dict.fromkeys(counts, 0)
        for level, count in counts.items():
            together[same.get(level, level)] += count
        merged, reasons = {}, {}
        # Rare levels join the spelling of `other` that stays.
        other = same.get(self.other, self.other)
        for level in counts:
            to = same.get(level, level)
            if to != other and self._is_rare(together[to], rows):
                merged[level], reasons[level] = other, f"rare: {together[to]} of {rows}"
            elif to != level:
                merged[level], reasons[level] = to, f"spelling of {to!r}"
        kept = sorted(counts, key=lambda level: (-counts[level], level))
        return {"merged": merged, "reasons": reasons, "kept": [k for k in kept if k not in merged]}

    def _is_rare(self, count: int, rows: int) -> bool:
        return (self.min_count is not None and count < self.min_count) or (
            self.min_share is not None and count < self.min_share * rows
        )

    def change(self, table: Table, state: State) -> Change:
        """Replace the levels that were merged, and place the ones that are new."""
        learned = {name: found for name, found in state["columns"].items() if name in table.kinds}
        if not learned:
            return Change()
        columns = list(learned)
        made = {name: (hidden(f"merged {name}"), hidden(f"because {name}")) for name in columns}
        placed = {
            # Levels that stay come first; the spellings of one that was merged go where it went.
            name: partial(
                self._placed,
                found,
                set(found["kept"]),
                index_of((*found["kept"], *found["merged"]), tuple(self.variants)),
            )
            for name, found in learned.items()
        }
        return Change(
            cells={name: nw.col(made[name][0]) for name in columns},
            action="merge",
            reason={name: nw.col(made[name][1]) for name in columns},
            mapped=Mapped(
                columns=columns,
                makes={column: "text" for pair in made.values() for column in pair},
                function=partial(_mapped, made, placed),
            ),
            notes=[
                f"{name}: every level is rare"
                for name in columns
                if learned[name]["kept"] == [] and learned[name]["merged"]
            ],
        )

    def _placed(
        self, found: Mapping[str, Any], known: set[str], kept: Kept, level: str
    ) -> tuple[str | None, str | None]:
        """Return what a level becomes, and why."""
        if level in found["merged"]:
            return found["merged"][level], found["reasons"][level]
        if level in known:
            return level, None
        same = kept.same_as(level)
        if same in found["merged"]:
            return found["merged"][same], found["reasons"][same]
        if same is not None:
            return same, f"spelling of {same!r}"
        match self.handle_unknown:
            case "other":
                return found["merged"].get(self.other, self.other), "new level"
            case "missing":
                return None, "new level"
            case _:
                return level, None


@lru_cache(maxsize=64)
def index_of(levels: tuple[str, ...], variants: tuple[Variant, ...]) -> Kept:
    """Return levels by the keys of their spellings, worked out once for a fitted column."""
    kept = Kept([KEYS[variant] for variant in variants if variant in KEYS])
    for level in levels:
        kept.add(level)
    return kept


def _mapped(
    made: Mapping[str, tuple[str, str]], placed: Mapping[str, Any], arrays: Arrays
) -> Arrays:
    """Return new levels and reasons for a batch; each distinct level is placed once."""
    found = {}
    for name, (new, why) in made.items():
        levels = {level for level in arrays[name].tolist() if level is not None}
        pairs = {level: placed[name](level) for level in levels}
        found[new] = looked_up(arrays[name], {k: level for k, (level, _) in pairs.items()}, None)
        found[why] = looked_up(arrays[name], {k: reason for k, (_, reason) in pairs.items()}, None)
    return found
