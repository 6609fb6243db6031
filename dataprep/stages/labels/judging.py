"""Labels that were judged, by whatever method: what is done to rows, and what is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import narwhals as nw
import numpy as np

from dataprep.errors import DataError
from dataprep.kinds import NUMERIC
from dataprep.parts import label_of, new_weight
from dataprep.provenance import LABEL_QUALITY, PARENT_A, SUGGESTED_LABEL
from dataprep.resampling.classes import check_class_counts
from dataprep.resampling.limits import budget
from dataprep.stage import Change, Mapped, Phase, Stage, State
from dataprep.stages.labels.class_names import check_names_classes, check_no_soft_labels
from dataprep.stages.labels.supplier import by_hand
from dataprep.stages.labels.verdicts import Verdicts, pairs_of
from dataprep.stages.levels import check_exact, level_counts
from dataprep.stages.resample.counting import made_before, target_of
from dataprep.table import ROW, hidden

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.kinds import Kind
    from dataprep.table import Table

Action = Literal["flag", "drop", "relabel", "weight"]
_QUALITY, _LABEL, _WHY = hidden("label quality"), hidden("label"), hidden("label why")
_DIGITS = 6
"""Of a quality, after the point: what is beyond them is rounding."""
_SHOWN = 3
"""So many pairs of classes are told a person."""


class LabelJudge(Stage):
    """A stage that finds wrong labels: subclasses say which, here is what is done about it."""

    relabels: ClassVar[bool] = True
    by_whom: ClassVar[str]
    """Who judges, for the reasons in the ledger."""

    action: Action
    margin: float
    max_share: float | None

    @property
    def phase(self) -> Phase:
        """Labels are known in training only."""
        return "training"

    @property
    def flags(self) -> bool:
        """Whether the verdicts are columns: one stage of a pipeline can have them."""
        return self.action == "flag"

    @property
    def supervised(self) -> bool:
        """The target is what is judged."""
        return True

    def judged(self, table: Table, target: str) -> Verdicts:
        """Return what is to be thought of the labels of a table."""
        raise NotImplementedError

    def learn(self, table: Table) -> State:
        """Count the classes, and check that they are such."""
        target = target_of(table, self.name())
        if not table.counts([target])[target]:
            raise DataError(
                f"no row has a label in {target!r}",
                place=self.name(),
                remedy="Labels are judged: give rows that have some.",
            )
        check_names_classes(table, target, self.name())
        if self.action == "relabel":
            check_no_soft_labels(table, self.name())
        counts = level_counts(table, target)
        check_class_counts(counts, target, self.name())
        check_exact(counts, target, self.name())
        return {"classes": {label_of(label): rows for label, rows in counts.items()}}

    def change(self, table: Table, state: State) -> Change:
        """Judge the labels, and flag, drop, replace or weigh the rows of the wrong ones."""
        target = target_of(table, self.name())
        verdicts = self.judged(table, target)
        self.verdicts_ = verdicts
        found = int(verdicts.wrong.sum())
        acted, left = self._within_limits(verdicts)
        pairs = pairs_of(verdicts)
        facts = {
            **verdicts.facts,
            "judged": len(verdicts.rows),
            "found": found,
            "acted_on": int(acted.sum()),
            "pairs": pairs,
        }
        notes = [*_notes(verdicts, acted, self.action, pairs), *left, *verdicts.told]
        if self.action == "relabel":
            notes += self._budgeted(table, target, state, verdicts, acted)
        acts = {
            "flag": self._flag,
            "drop": self._drop,
            "relabel": self._relabel,
            "weight": self._weight,
        }
        change = acts[self.action](table, target, verdicts, acted)
        return replace(change, notes=notes, facts=facts)

    def _within_limits(self, found: Verdicts) -> tuple[np.ndarray, list[str]]:
        """Return which wrong labels are acted on, and what limit leaves how many of the others."""
        acted = _worst(found, self.max_share)
        left = {f"max_share is {self.max_share}": found.wrong & ~acted}
        if self.action == "relabel":
            known, leads = found.likely >= 0, found.lead >= self.margin
            left["no class is likelier"] = acted & ~known
            left[f"no class leads by {self.margin:g} (margin)"] = acted & known & ~leads
            acted = acted & known & leads
        told = "{:,} of them are left as they are: {}"
        return acted, [told.format(n, why) for why, rows in left.items() if (n := int(rows.sum()))]

    def _budgeted(
        self, table: Table, target: str, state: State, found: Verdicts, acted: np.ndarray
    ) -> list[str]:
        """Return a note where rows that a stage made or labelled are many from now on."""
        made = Counter({label_of(k): n for k, n in made_before(table, target).items()})
        real: Counter[str] = Counter(state["classes"])
        real.subtract(made)
        real.subtract(found.named(code) for code in found.y[acted].tolist())
        made.update(found.named(code) for code in found.likely[acted].tolist())
        note = budget(made, +real, place=self.name()).note
        return [note.replace("synthetic rows", "rows that a stage made or labelled")] * bool(note)

    def _flag(self, table: Table, target: str, found: Verdicts, acted: np.ndarray) -> Change:
        here = np.flatnonzero(found.likely >= 0)
        here = here[acted[here]]
        texts = _texts([found.named(code) for code in found.likely[here].tolist()])
        values = {_QUALITY: (found.rows, np.round(found.quality, _DIGITS))}
        values[_LABEL] = (found.rows[here], texts)
        made: dict[str, tuple[nw.Expr, Kind]] = {
            LABEL_QUALITY: (nw.col(_QUALITY), "float"),
            SUGGESTED_LABEL: (nw.col(_LABEL), "category"),
        }
        # An earlier run may have left its verdicts there.
        old = {name: new for name, new in made.items() if table.roles.get(name) == "provenance"}
        return Change(
            cells={name: value for name, (value, _) in old.items()},
            kinds={name: kind for name, (_, kind) in old.items()},
            action="flag",
            reason="judged again",
            adds={name: new for name, new in made.items() if name not in old},
            # No features: a model would learn from them what the label is.
            roles=dict.fromkeys(made, "provenance"),
            mapped=Mapped([ROW], {_QUALITY: "float", _LABEL: "text"}, partial(placed, values)),
        )

    def _drop(self, table: Table, target: str, found: Verdicts, acted: np.ndarray) -> Change:
        if not acted.any():
            return Change()
        gone = {ROW: found.rows[acted], "reason": self._reasons(found, acted)}
        return Change(rows=table.engine.listed(gone))

    def _relabel(self, table: Table, target: str, found: Verdicts, acted: np.ndarray) -> Change:
        kind = table.kinds[target]
        codes = found.likely[acted].tolist()
        labels = np.empty(len(codes), dtype=object)
        labels[:] = [found.labels[code] for code in codes]
        values = {_LABEL: (found.rows[acted], labels)}
        values[_WHY] = (found.rows[acted], self._reasons(found, acted))
        new = nw.col(_LABEL)
        dtype = table.frame.collect_schema()[target]
        if kind in NUMERIC and dtype != nw.Int64:
            # Beside another type, an engine would take both through floats.
            new = new.cast(dtype)
        makes: dict[str, Kind] = {
            _LABEL: kind if kind in {*NUMERIC, "boolean"} else "text",
            _WHY: "text",
        }
        return Change(
            cells={target: nw.when(new.is_null()).then(nw.col(target)).otherwise(new)},
            action="relabel",
            reason={target: nw.col(_WHY)},
            # A row that was made keeps the stage that made it.
            claims=~new.is_null() & (nw.col(PARENT_A) < 0) if len(codes) else None,
            mapped=Mapped([ROW], makes, partial(placed, values)),
        )

    def _weight(self, table: Table, target: str, found: Verdicts, acted: np.ndarray) -> Change:
        values = {_QUALITY: (found.rows[acted], np.round(found.quality[acted], _DIGITS))}
        values[_WHY] = (found.rows[acted], self._reasons(found, acted))
        makes: dict[str, Kind] = {_QUALITY: "float", _WHY: "text"}
        mapped = Mapped([ROW], makes, partial(placed, values))
        weight = nw.col(_QUALITY).fill_null(1.0)
        own = next(iter(table.of_role("weight")), None)
        if own is None:
            new = new_weight(table, self.name())
            return Change(adds={new: (weight, "float")}, roles={new: "weight"}, mapped=mapped)
        return Change(
            cells={own: nw.col(own) * weight},
            kinds={own: "float"},
            action="weigh",
            reason={own: nw.col(_WHY)},
            mapped=mapped,
        )

    def _reasons(self, found: Verdicts, acted: np.ndarray) -> np.ndarray:
        """Return, for the ledger, how sure the label is and which one is likelier."""
        told = []
        pairs = zip(
            found.y[acted].tolist(),
            found.likely[acted].tolist(),
            found.quality[acted].tolist(),
            found.lead[acted].tolist(),
            strict=True,
        )
        for label, likely, quality, lead in pairs:
            other = f", {found.named(likely)} ahead by {lead:.2f}" if likely >= 0 else ""
            told.append(f"{self.by_whom}: {found.named(label)} has quality {quality:.2f}{other}")
        return _texts(told)


def placed(values: dict[str, tuple[np.ndarray, np.ndarray]], arrays: Arrays) -> Arrays:
    """Return columns for the rows of a batch: the value of its number, or nothing.

    Parameters
    ----------
    values : dict of str to (array of int64, array)
        For each column row numbers, ascending, and their values: floats or objects.
    arrays : dict of str to array
        Of the batch; the row numbers are among them.
    """
    made, numbers = {}, arrays[ROW]
    for name, (rows, held) in values.items():
        blank: Any = np.nan if held.dtype.kind == "f" else None
        column = np.full(len(numbers), blank, dtype=held.dtype)
        if len(rows):
            at = np.minimum(np.searchsorted(rows, numbers), len(rows) - 1)
            here = rows[at] == numbers
            column[here] = held[at[here]]
        made[name] = column
    return made


def of_source(
    table: Table, arrays: Arrays, y: np.ndarray, place: str
) -> tuple[np.ndarray, list[str]]:
    """Return codes of labels without those that stages gave or copied, and a note on these.

    Such a label comes from others that are judged: it would confirm them.

    Raises
    ------
    DataError
        When no other label is there.
    """
    judged = by_hand(table, arrays, y)
    rows = int(((y >= 0) & (judged < 0)).sum())
    if rows and not (judged >= 0).any():
        raise DataError(
            "all labels are of rows that earlier stages made or labelled",
            place=place,
            remedy="Let the stage stand before those: labels that come with the data are judged.",
        )
    told = "rows that earlier stages made or labelled have no part in it: judge labels before these"
    return judged, [f"{rows:,} {told}"] * (rows > 0)


def _texts(told: list[str]) -> np.ndarray:
    return np.array([*told, None], dtype=object)[:-1]


def _worst(found: Verdicts, max_share: float | None) -> np.ndarray:
    """Return the rows that something is done about: the worst ones, where that is limited."""
    acted = found.wrong.copy()
    most = len(acted) if max_share is None else int(max_share * len(acted))
    if int(acted.sum()) > most:
        here = np.flatnonzero(acted)
        worst = here[np.lexsort((found.rows[here], found.quality[here]))]
        acted[worst[most:]] = False
    return acted


def _notes(
    found: Verdicts, acted: np.ndarray, action: Action, pairs: list[dict[str, Any]]
) -> list[str]:
    n, height = int(found.wrong.sum()), len(found.rows)
    share = f" ({n / height:.1%})" if height else ""
    told = ", ".join(f"{p['label']} -> {p['suggested']} {p['rows']:,}" for p in pairs[:_SHOWN])
    more = ", ..." if len(pairs) > _SHOWN else ""
    notes = [f"{n:,} of {height:,} labels seem wrong{share}{': ' if told else ''}{told}{more}"]
    if action in ("drop", "relabel"):
        after = found.y[~acted]
        if action == "relabel":
            after = np.concatenate([after, found.likely[acted]])
        gone = [found.named(code) for code in np.setdiff1d(found.y, after).tolist()]
        notes += [f"no row of the class {name} is left" for name in gone]
    return notes
