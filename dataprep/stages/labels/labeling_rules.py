"""Labels by rules that a person wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le

from dataprep.errors import ConfigError, DataError
from dataprep.labels.plurality import most_of
from dataprep.labels.rules import Combining, Rule, cast, combined, facts_of, rules_of
from dataprep.provenance import origins
from dataprep.resampling.classes import matched
from dataprep.resampling.limits import Share
from dataprep.stages.labels.supplied import Given, kind_of
from dataprep.stages.labels.supplier import (
    LabelSupplier,
    by_hand,
    labelled_column,
    texts,
)
from dataprep.stages.levels import codes_of
from dataprep.table import ROW

if TYPE_CHECKING:
    from dataprep.kinds import Kind
    from dataprep.stage import State
    from dataprep.stages.levels import Level
    from dataprep.table import Table


@dataclass(eq=False, repr=False)
class LabelingRules(LabelSupplier):
    """Give rows without a target the label that rules vote for.

    A rule votes for its label where its condition holds, and abstains elsewhere. It may be wrong at
    times: several of them are combined, and each is compared with the rows that have a label.

    Parameters
    ----------
    rules : list of dict, default=()
        Each with ``name``, ``label`` and ``when``; a ``weight`` (1 by default) for a vote that
        counts more. ``when`` is ``{column: ..., operator: ..., value: ...}``, with an operator out
        of =, !=, <, <=, >, >=, between, in, not in, contains (in capitals or not), matches (a
        regular expression), is missing, is present; or ``{all: [...]}``, ``{any: [...]}``,
        ``{not: ...}`` of conditions. A missing value meets none but "is missing".
    combine : {"weighted_vote", "dawid_skene"}, default="weighted_vote"
        How votes become a label. "dawid_skene" finds out from the votes, and from where there are
        none, how often each rule errs; for three rules and more that vote on the same rows.
    min_confidence : float, default=0.5
        The least share of votes, or probability, that a label must have; of two that are equal none
        is given.
    weight : bool, default=True
        Whether confidence becomes the weight of a row, in ``sample_weight`` or times the weight
        that is there.
    unlabelled : {"drop", "keep"}, default="drop"
        What becomes of rows that still have no label; dropped ones are rejected with the reason.
    max_synthetic : float or "warn", default="warn"
        The largest share of rows with such a label in a class and in the table; by default more
        than half is told.
    target : str, optional
        The column of classes; by default the pipeline's target.

    Attributes
    ----------
    rules_ : list of dict
        Of each rule ``coverage``, ``overlap``, ``conflict`` (shares of the training rows) and
        ``accuracy`` on those of ``labelled`` rows that it votes on; in ``summary.json`` as well.
        Labels that an earlier stage supplied are not among these.

    Notes
    -----
    Where no row has a label, the classes are those that rules vote for, and the target becomes a
    column of texts, numbers or booleans as they are.

    References
    ----------
    A. J. Ratner, S. H. Bach, H. Ehrenberg, J. Fries, S. Wu and C. Ré, "Snorkel: Rapid Training
    Data Creation with Weak Supervision", VLDB 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> import dataprep as dp
    >>> frame = pd.DataFrame({"text": ["win money", "see you", "money back", "win a prize"],
    ...                       "links": [3, 0, 0, 1], "y": ["spam", "ham", None, None]})
    >>> rules = [
    ...     {"name": "win", "label": "spam",
    ...      "when": {"column": "text", "operator": "contains", "value": "win"}},
    ...     {"name": "no link", "label": "ham",
    ...      "when": {"column": "links", "operator": "=", "value": 0}},
    ... ]
    >>> stage = LabelingRules(rules)
    >>> dp.clean(frame, pipeline=dp.Pipeline([stage], target="y")).data["y"].tolist()
    ['spam', 'ham', 'ham', 'spam']
    >>> [(rule["rule"], rule["coverage"], rule["accuracy"]) for rule in stage.rules_]
    [('win', 0.5, 1.0), ('no link', 0.5, 1.0)]
    """

    rules: Sequence[dict[str, Any]] = ()
    combine: Combining = "weighted_vote"
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.5
    weight: bool = True
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None

    def learn(self, table: Table) -> State:
        """Return the classes, and how many rows each has, after a look at the rules."""
        self._rules(table, labelled_column(self, table))
        return super().learn(table)

    def classes(self, counts: dict[Level, int], target: str) -> list[Level]:
        """Return the classes that labelled rows have, or without such those of the rules."""
        if counts:
            return super().classes(counts, target)
        # True and 1 are equal, and still two labels.
        labels = list({(type(r["label"]), r["label"]): r["label"] for r in self.rules}.values())
        if not labels:
            raise DataError(
                f"no row has a label in {target!r}, and no rule names one",
                place=f"{self.name()}.rules",
                remedy="Write rules, or label a few rows.",
            )
        if kind_of(labels) is None:
            raise ConfigError(
                f"labels of several kinds: {', '.join(map(repr, labels))}",
                place=f"{self.name()}.rules",
                remedy="Write all as texts (in quotes), all as numbers, or all as truth values.",
            )
        return labels

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Return what the rules say together."""
        place, rules = f"{self.name()}.rules", self._rules(table, target)
        codes = [_code(rule, labels, f"{place}[{i}].label", target) for i, rule in enumerate(rules)]
        columns = sorted({name for rule in rules for name in rule.when.columns})
        arrays = table.matrix([target, *columns, *origins(table)])
        own = codes_of(arrays[target], labels)
        votes = cast(rules, codes, arrays, len(own))
        weights = np.array([rule.weight for rule in rules])
        found = combined(votes, len(labels), weights, self.combine)
        most = most_of(found)
        sure = most.shares
        unsure = [
            f"no label: the votes for {'each of two' if tied else 'it'} have a share of {share:.3f}"
            for share, tied in zip(sure.tolist(), most.tied.tolist(), strict=True)
        ]
        self.rules_ = facts_of(rules, votes, by_hand(table, arrays, own))
        return Given(
            arrays[ROW],
            own,
            np.where(sure >= self.min_confidence, most.codes, -1),
            sure,
            np.where(sure > 0, texts(unsure), "no label: no rule votes"),
            _voters(rules, votes, most.codes),
            _notes(self.rules_),
            {"rules": self.rules_},
        )

    def _rules(self, table: Table, target: str) -> list[Rule]:
        kinds: dict[str, Kind] = {n: kind for n, kind in table.kinds.items() if n != target}
        for name, dtype in table.frame.collect_schema().items():
            # The hour of a rule has no zone: it would mean another moment than the column's.
            if name in kinds and getattr(dtype, "time_zone", None):
                kinds[name] = "other"
        return rules_of(self.rules, kinds, f"{self.name()}.rules")


def _voters(rules: Sequence[Rule], votes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the names of the rules that vote for a label of each row."""
    told = texts([""] * len(votes))
    for i, rule in enumerate(rules):
        here = votes[:, i] == codes
        told[here] = np.where(told[here] == "", "by ", told[here] + ", ") + rule.name
    return told


def _code(rule: Rule, labels: Sequence[Level], place: str, target: str) -> int:
    """Return the code of a rule's label, which must be a class."""
    return labels.index(matched(rule.label, dict.fromkeys(labels, 0), place, target))


def _notes(rules: Sequence[dict[str, Any]]) -> list[str]:
    if not rules:
        return ["there is no rule: none votes"]
    notes = []
    silent = [rule["rule"] for rule in rules if not rule["coverage"]]
    if silent:
        notes.append(f"rules that vote on no row: {', '.join(silent)}")
    poor = [r for r in rules if r["accuracy"] is not None and r["accuracy"] < 0.5]
    notes += [
        f"the rule {rule['rule']!r} is wrong on most labelled rows that it votes on: "
        f"{rule['accuracy']:.1%} of {rule['labelled']:,} right"
        for rule in poor
    ]
    return notes
