"""Rows that speak of the same thing in slightly different words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import resolve
from dataprep.errors import ConfigError
from dataprep.kinds import NUMERIC
from dataprep.linkage.coded import Coded, coded
from dataprep.linkage.evidence import Evidence
from dataprep.linkage.linking import Found, found_copies, learned_from, prepared, scores
from dataprep.linkage.survivors import Rule, kept_of
from dataprep.stage import Change, Phase, Stage, State
from dataprep.stages.chosen import named
from dataprep.stages.merging import Merge, check_pairs, labelled
from dataprep.stages.protected import part_column, protected_rows
from dataprep.table import ROW, Table, hidden

_CLUSTER = hidden("cluster")
_SPLIT = "fuzzy_duplicates.split"


@dataclass(eq=False, repr=False)
class FuzzyDuplicates(Stage):
    """Find near-duplicate records over several columns, without labels. Training rows only.

    Rows are compared in the columns where they have values: texts by spelling, numbers and dates
    by their distance, cells of two columns in each other's place too. How much the agreement of a
    column tells is learned from the table itself (Fellegi and Sunter's model, by EM), and so is
    how much of it is needed. Not all pairs are compared, only rows that share a value that is rare
    enough, two values, a rare word or a place in the alphabet.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        The columns that are compared. Give a key that differs between copies the role ``id``.
    threshold : float, optional
        From which similarity on, between 0 and 1, two rows are copies: the number in the ledger's
        reasons. By default it is chosen from the data: where nothing sets copies apart from
        rows that are much alike, only rows that agree wherever both have a value are copies.
    action : {"drop", "group", "flag"}, default="drop"
        ``drop`` keeps one row of each cluster; ``group`` adds a column ``copies`` with the number
        of the first row of each row's cluster, for a split that keeps copies together; ``flag``
        adds a column ``near_copy`` that marks the rows that ``drop`` would drop. Both columns are
        added to training rows only: ``transform`` and ``apply`` do not add them.
    keep : {"first", "last", "most_complete", "newest"}, default="first"
        Which row of a cluster stays.
    date : str, optional
        The column that says which row is newest: a date, a time or a number.
    merge : str or mapping of str to str, optional
        What the kept row takes over from its cluster. ``fill``: what it lacks itself; for single
        columns, ``{"phone": "newest"}``, also ``newest``, ``oldest`` (by ``date``),
        ``most_frequent``, ``longest``, ``largest``, ``smallest``, which replace its value.
    split : str, optional
        The column that says in which part a row is; by default the one with the role ``split``.
        Rows that are not in ``train``, or in no part, are never dropped nor changed and nothing is
        learned from them; their copies in ``train`` are dropped. So put it before a stage
        ``split``: behind one, only the rows for training are compared.
    pairs : list of [row, row, bool], optional
        Labelled pairs, from which weights and threshold are learned too: row numbers, or values of
        the column with the role ``id`` where there is one, and whether the two are copies.
    max_pairs : int, default=20_000_000
        How many pairs are compared at most; a note says when that was too few.
    random_state : int, default=0
        Draws the pairs of rows that show how often values agree by chance.

    Notes
    -----
    A missing value speaks neither for nor against. Agreement in a rare value weighs more than in a
    frequent one; columns that agree together by themselves (postcode and suburb) are not counted
    twice. A row joins a cluster only if half of its compared pairs with it are links. Texts with
    other numbers in them (model 12, model 13) are not alike; and rows that are near in numbers and
    dates, but not told to be the same by their texts, are no copies: so are the rows of a log.

    The columns of ``group`` and ``flag`` are in the training output only, since a row served alone
    has no copies: drop them before a model is fitted. ``copies`` names a cluster, it is of kind
    ``identifier`` and no feature: stages for numbers leave it alone.

    References
    ----------
    I. Fellegi and A. Sunter, "A Theory for Record Linkage", JASA 64 (328), 1969.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({
    ...     "name": ["Ann Miller", "Bob Stone", "Ann Miler", "Cy Young", "Dora Quist", "Eve Ash"],
    ...     "city": ["Leeds", "York", "Leeds", "Bath", "Hull", "Wells"],
    ...     "born": [19790412, 19830121, 19790412, 19660730, 19911105, 19720214],
    ... })
    >>> FuzzyDuplicates(threshold=0.9).fit_resample(people)[0]["name"].tolist()
    ['Ann Miller', 'Bob Stone', 'Cy Young', 'Dora Quist', 'Eve Ash']
    >>> FuzzyDuplicates(keep="newest").fit_resample(people)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: fuzzy_duplicates.date: keep='newest' needs a date column. ...
    """

    columns: Any = "features"
    threshold: Annotated[float, Gt(0), Le(1)] | None = None
    action: Literal["drop", "group", "flag"] = "drop"
    keep: Literal["first", "last", "most_complete", "newest"] = "first"
    date: str | None = None
    merge: Rule | Mapping[str, Rule] | None = None
    split: str | None = None
    pairs: Sequence[Sequence[int | str | bool]] | None = None
    max_pairs: Annotated[int, Ge(1)] = 20_000_000
    random_state: Annotated[int, Ge(0)] = 0

    @property
    def phase(self) -> Phase:
        """Whether a row has copies depends on the other rows: a matter of training."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return the compared columns, what their agreement tells, and how much is needed."""
        check_pairs(self.pairs)
        merge = Merge.resolved(self.merge, self.date, self.keep, table)
        split = part_column(table, self.split, _SPLIT)
        names = [name for name in self._compared(table) if name != split]
        rows, columns = coded(table, names, ~protected_rows(table, split, _SPLIT))
        columns = [column for column in columns if len(column.values)]
        state: State = {"split": split, "merge": merge, "model": None}
        if len(rows) < 2 or not columns:
            return state
        distinct, candidates = prepared(columns, self.max_pairs)
        told = labelled(self.pairs, table, rows)
        evidence = learned_from(distinct, candidates, self.random_state, told)
        return {**state, "model": evidence.plain()}

    def _compared(self, table: Table) -> list[str]:
        chosen = resolve(self.columns, table)
        for name in named(self.columns):
            if table.kinds.get(name) == "other":
                raise ConfigError(
                    f"{name!r} holds values that cannot be compared",
                    place="fuzzy_duplicates.columns",
                    remedy="Choose columns of text, numbers or dates.",
                )
        return [name for name in chosen if table.kinds[name] != "other"]

    def change(self, table: Table, state: State) -> Change:
        """Drop all rows of a cluster but one, or say which rows belong together."""
        if state["model"] is None:
            return self._marked(table, np.empty(0, "int64"), [], ["no column to compare"])
        evidence = Evidence(**state["model"])
        rows, columns = coded(table, [column["name"] for column in evidence.columns])
        columns = [replace(c, how=k["how"]) for c, k in zip(columns, evidence.columns, strict=True)]
        distinct, candidates = prepared(columns, self.max_pairs)
        found = found_copies(distinct, candidates, evidence, self.threshold)
        protected = protected_rows(table, state["split"], _SPLIT)
        kept = kept_of(found.cluster, self._merit(table, rows), protected)
        gone = np.flatnonzero((kept != np.arange(len(rows))) & ~protected)
        notes = self._notes(found, protected, len(distinct.rows), evidence.least)
        if self.action == "group":
            sizes = np.bincount(found.cluster, minlength=len(rows))
            members = np.flatnonzero(sizes[found.cluster] > 1)
            return self._marked(table, rows[members], rows[found.cluster[members]].tolist(), notes)
        if self.action == "flag":
            return self._marked(table, rows[gone], rows[kept[gone]].tolist(), notes)
        reasons = _reasons(columns, evidence, gone, kept[gone], rows)
        listed = table.engine.small({ROW: rows[gone].tolist(), "reason": reasons})
        # A row outside of the training part is not changed by what is in it.
        inside = gone[~protected[kept[gone]]]
        merge = Merge(**state["merge"]).of(table, rows[inside], rows[kept[inside]])
        return replace(merge, rows=listed, notes=notes)

    def _marked(
        self, table: Table, rows: np.ndarray, cluster: list[int], notes: list[str]
    ) -> Change:
        """Add a column with each row's cluster, or whether it is to go."""
        if self.action == "drop":
            return Change(notes=notes)
        beside, none = None, nw.col(ROW) < 0
        if len(rows):
            beside = table.engine.small({ROW: rows.tolist(), _CLUSTER: cluster})
            none = ~nw.col(_CLUSTER).is_null()
        if self.action == "flag":
            return Change(adds={"near_copy": (none, "boolean")}, beside=beside, notes=notes)
        number = nw.col(ROW)
        if len(rows):
            number = nw.when(none).then(nw.col(_CLUSTER)).otherwise(number).cast(nw.Int64)
        return Change(adds={"copies": (number, "identifier")}, beside=beside, notes=notes)

    def _merit(self, table: Table, rows: np.ndarray) -> np.ndarray:
        """Return for each row how much speaks for keeping it."""
        places = np.arange(len(rows), dtype="float64")
        match self.keep:
            case "first":
                return -places
            case "last":
                return places
            case "newest":
                return _when(table, str(self.date))
        present = hidden("present")
        count = nw.sum_horizontal(*[(~nw.col(c).is_null()).cast(nw.Int64) for c in table.columns])
        arrays = table.engine.arrays(table.frame.with_columns(count.alias(present)), [present])
        return np.asarray(arrays[present][np.argsort(arrays[ROW], kind="stable")])

    def _notes(self, found: Found, protected: np.ndarray, distinct: int, least: float) -> list[str]:
        possible = distinct * (distinct - 1) // 2
        notes = [f"{found.compared:,} of {possible:,} pairs of different rows compared"]
        if found.cut_short:
            notes.append(f"more pairs share a key than max_pairs={self.max_pairs:,}: raise it")
        if least == 1 and self.threshold is None:
            notes.append(
                "nothing sets copies apart from rows that are much alike: only rows that agree "
                "wherever both have a value are copies; to find more, set threshold (0.9: very "
                "much alike), or give pairs with labels"
            )
        sizes = np.bincount(found.cluster[protected], minlength=1)
        if (sizes > 1).any():
            notes.append(f"{int((sizes > 1).sum()):,} clusters have several rows outside of train")
        return notes


def _when(table: Table, date: str) -> np.ndarray:
    """Return a column of dates or numbers as floats, the missing ones before all others."""
    arrays = table.matrix([date])
    values = arrays[date][np.argsort(arrays[ROW], kind="stable")]
    if table.kinds[date] not in NUMERIC:
        missing = np.isnat(values)
        values = values.astype("int64").astype("float64")
        values[missing] = np.nan
    return np.asarray(np.where(np.isnan(values), -np.inf, values))


def _reasons(
    columns: Sequence[Coded],
    evidence: Evidence,
    gone: np.ndarray,
    kept: np.ndarray,
    rows: np.ndarray,
) -> list[str]:
    _, alike = scores(columns, evidence, gone, kept)
    # Never 1.00 for what is not the same.
    shown = np.where(alike < 1, np.minimum(alike, 0.99), 1.0).tolist()
    return [f"{s:.2f} like row {row}" for s, row in zip(shown, rows[kept].tolist(), strict=True)]
