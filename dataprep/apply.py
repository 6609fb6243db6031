"""Apply a stage's Change to a table, and note what it did. Once, for every stage and engine."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import narwhals as nw

from dataprep import parts
from dataprep.engine import Frame
from dataprep.errors import DataError
from dataprep.groups import group_key
from dataprep.kinds import Kind
from dataprep.ledger import Cells, Dropped, StageRecord, differs_of, losses, new_of, why_of
from dataprep.making import made_rows, numbered_rows
from dataprep.provenance import ORIGIN, carried, numbered, prepared
from dataprep.table import GROUP, ROW, Table, hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataprep.stage import Change, Stage, State

_GONE = hidden("gone")
log = logging.getLogger("dataprep")

Step = tuple[str, "Stage"]


class Learned(NamedTuple):
    """What came of learning: states, the table as it became, and what was done.

    Where rows were held out, ``rows`` has the numbers of those that were learned from.
    """

    states: list[State]
    table: Table
    records: list[StageRecord]
    rows: Frame | None = None


def learn_steps(steps: Sequence[Step], table: Table) -> Learned:
    """Let each stage learn from what the ones before it left, training rows as they change."""
    states: list[State] = []
    learned = None
    records: list[StageRecord] = []
    if any(stage.numbers_rows for _, stage in steps):
        table = numbered(table)
    for label, stage in steps:
        started = perf_counter()
        with _naming(label), _telling_losses(table, records):
            part = parts.training(table)
            state = stage.learn(part)
            table, record = _as_learned(table, part, label, stage, state)
            if stage.balances or stage.weighs:
                record.balanced = getattr(stage, "target", None) or parts.target_of(table)
                record.classes = parts.class_counts(table, record.balanced)
            if stage.divides and parts.split_column(table):
                learned = table.engine.keep(parts.training(table).frame.select(ROW))
        record.seconds = perf_counter() - started
        states.append(state)
        records.append(record)
        log.info("%s: done in %.2f s", label, record.seconds)
    return Learned(states, table, records, learned)


def _as_learned(
    table: Table, part: Table, label: str, stage: Stage, state: State
) -> tuple[Table, StageRecord]:
    """Change the rows that a stage learned from, and the others as far as it concerns them."""
    change = stage.change_training(part, state)
    if part is table:
        return apply(table, label, stage, change)
    if stage.phase == "training" and (narrow := parts.narrowed(table, change)) is not None:
        return apply(table, label, stage, narrow)
    if stage.phase == "repair" and not stage.treats_training_apart and not change.whole:
        return apply(table, label, stage, stage.change(table, state))
    after, record = apply(part, label, stage, change)
    rest = parts.others(prepared(table) if after.made else table)
    if stage.phase == "repair":
        rest, other = apply(rest, label, stage, stage.change(rest, state))
        record.join(other, table.engine)
    elif record.kept_aside is not None:
        # What gets another type in some rows has it in all.
        aside = record.kept_aside
        names = aside.collect_schema().names()
        record.kept_aside = table.engine.stacked(aside, rest.frame.select(*names))
        present = rest.counts(list(change.kinds)) if change.kinds else {}
        if gone := [name for name, rows in present.items() if not rows]:
            # Where no value is, none is of another type: the column comes back with the others.
            rest = replace(rest, frame=rest.frame.drop(gone))
    return replace(after, frame=table.engine.stacked(after.frame, rest.frame)), record


def apply_steps(
    steps: Sequence[Step],
    states: Sequence[State],
    table: Table,
    *,
    training: bool,
    learned_from: bool = False,
) -> tuple[Table, list[StageRecord]]:
    """Apply frozen states; without ``training``, the repair phase only: the same rows come out.

    ``learned_from`` says that the states were learned from these very rows.
    """
    records: list[StageRecord] = []
    for (label, stage), state in zip(steps, states, strict=True):
        if stage.phase == "training" and not training:
            continue
        started = perf_counter()
        with _naming(label):
            change = stage.change_training if learned_from else stage.change
            table, record = apply(table, label, stage, change(table, state))
        record.seconds = perf_counter() - started
        records.append(record)
    return table, records


def repaired(
    steps: Sequence[Step], states: Sequence[State], table: Table, rows: Frame | None
) -> Table:
    """Return the repaired rows of ``fit``: all of them, though some may not be learned from.

    ``rows`` has the numbers of those that were, where not all.
    """
    if rows is None:
        return apply_steps(steps, states, table, training=False, learned_from=True)[0]
    engine = table.engine
    inside = replace(table, frame=engine.join(rows, table.frame, ROW))
    outside = replace(table, frame=engine.without(table.frame, rows))
    after, _ = apply_steps(steps, states, inside, training=False, learned_from=True)
    rest, _ = apply_steps(steps, states, outside, training=False)
    return replace(after, frame=engine.stacked(after.frame, rest.frame))


@contextmanager
def _naming(label: str) -> Iterator[None]:
    """Let an error keep its type and say in which stage it arose."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in stage {label}")
        raise


@contextmanager
def _telling_losses(table: Table, records: Sequence[StageRecord]) -> Iterator[None]:
    """Let an error over hardly any rows, or one class, say which stages dropped the others."""
    try:
        yield
    except DataError as error:
        part = parts.training(table)
        target = parts.target_of(part)
        scarce = part.height() < 2 or (target and len(parts.class_counts(part, target)) < 2)
        if scarce and (told := losses(table, records)):
            error.add_note(f"rows were dropped before, by {told}")
        raise


def apply(table: Table, label: str, stage: Stage, change: Change) -> tuple[Table, StageRecord]:
    """Return the changed table, and the record of what changed, dropped, came and went."""
    record = StageRecord(label, stage.name(), notes=list(change.notes), later=stage.later)
    record.facts = change.facts
    # Before any of it: a column may be changed and removed in one step.
    record.kept_aside = _aside(table, change)
    table = _parse(table, change, record)
    if change.claims is not None:
        table = prepared(table)
    if change.cells or change.adds:
        table = _cells(table, change, record)
    # Parents may be rows that go in the same step.
    born: list[Frame] = []
    if change.made is not None:
        table = prepared(table)
        record.made = numbered_rows(table, change.made)
        born = list(made_rows(table, change.made, record.made, record.name))
    if change.drops or change.rows is not None:
        table = _drops(table, change, record)
    if change.made is not None:
        frame = table.engine.stacked(table.frame, *born, in_order=True)
        table = replace(table, frame=frame, next_row=table.next_row + len(change.made))
    if change.removes:
        table = _remove(table, change, record)
    return replace(table, frame=table.engine.rested(table.frame)), record


def _aside(table: Table, change: Change) -> Frame | None:
    """Return the columns that leave or get another type, as they are; None where none does."""
    names = [n for n in table.columns if n in {*change.parses, *change.kinds, *change.removes}]
    return table.frame.select(ROW, *names) if names else None


def _parse(table: Table, change: Change, record: StageRecord) -> Table:
    """Read text columns as other kinds; with the text at hand, that changes no cell."""
    # A column may be parsed to its own kind, for the sake of its disguised missing values.
    wanted = {name: kind for name, kind in change.parses.items() if name in table.kinds}
    if not wanted:
        return table
    if not table.has_text:
        record.parsed = list(wanted)
    kinds = {name: wanted.get(name, kind) for name, kind in table.kinds.items()}
    frame = table.engine.parse(table.frame, wanted, change.missing, change.styles)
    return replace(table, frame=frame, kinds=kinds)


def _check_names(table: Table, change: Change, label: str) -> None:
    """Raise for a new column whose name is taken."""

    def plain(name: str) -> str:
        return name.casefold() if table.engine.folds_names else name

    taken = {plain(name): name for name in table.kinds}
    for name in change.adds:
        if plain(name) in taken:
            raise DataError(
                f"there is a column {taken[plain(name)]!r} already",
                place=label,
                remedy="Rename it, or let the stage call its own otherwise.",
            )
        taken[plain(name)] = name


def _cells(table: Table, change: Change, record: StageRecord) -> Table:
    """Compute new cells beside the old ones, mark where they differ, and put them in place."""
    names, text = list(change.cells), table.has_text
    _check_names(table, change, record.label)
    reasons = {
        n: change.reason if isinstance(change.reason, str) else change.reason.get(n, "")
        for n in names
    }
    computed = [
        *(expression.alias(new_of(name)) for name, expression in change.cells.items()),
        *(why.alias(why_of(name)) for name, why in reasons.items() if isinstance(why, nw.Expr)),
        *(expression.alias(name) for name, (expression, _) in change.adds.items()),
    ]
    engine = table.engine
    before = _with_hidden(table, change)
    like = {new_of(name): name for name in names if name not in change.kinds}
    frame = engine.compute(before, computed, like, whole=change.whole)
    frame = engine.mark(frame, {differs_of(name): (new_of(name), name) for name in names})
    if names:
        told = {n: None if isinstance(why, nw.Expr) else why for n, why in reasons.items()}
        record.cells.append(
            Cells(frame, names, {**table.kinds, **change.kinds}, change.action, told)
        )
    record.added = list(change.adds)
    made = {name: kind for name, (_, kind) in change.adds.items()}
    kinds: dict[str, Kind] = {**table.kinds, **change.kinds, **made}
    after = [nw.col(new_of(name)).alias(name) for name in names]
    if change.claims is not None:
        claimed = nw.when(change.claims.fill_null(False)).then(nw.lit(record.name))
        after.append(claimed.otherwise(nw.col(ORIGIN)).alias(ORIGIN))
    if text:
        frame = engine.write_texts(frame, {n: kinds[n] for n in (*names, *change.adds)}, set(names))
    frame = (frame.with_columns(*after) if after else frame).select(*carried(table, kinds))
    return replace(
        table,
        # By its parts rows are told apart in every query to come; what was mapped is kept already.
        frame=engine.keep(frame, in_order=True)
        if "split" in change.roles.values() and change.mapped is None
        else frame,
        kinds=kinds,
        roles={**table.roles, **change.roles},
        retyped=table.retyped.union(change.kinds),
    )


def _with_hidden(table: Table, change: Change) -> Frame:
    """Add the hidden columns that a Change's expressions refer to."""
    frame, engine = table.frame, table.engine
    if change.lookup is not None:
        rows = change.lookup.rows
        names = sorted({name for row in rows.values() for name in row})
        learned = {name: [row.get(name) for row in rows.values()] for name in names}
        small = engine.small({GROUP: list(rows), **learned})
        keyed = frame.with_columns(group_key(table.kinds, change.lookup.by).alias(GROUP))
        frame = engine.join(keyed, small, GROUP)
    if change.beside is not None:
        frame = engine.join(frame, change.beside, ROW)
    if change.mapped is not None:
        frame = engine.mapped(frame, change.mapped)
    if change.first:
        frame = frame.with_columns(*[e.alias(name) for name, e in change.first.items()])
    return frame


def _drops(table: Table, change: Change, record: StageRecord) -> Table:
    frame, engine = table.frame, table.engine
    if change.rows is not None:
        rows = engine.keep(change.rows)
        record.dropped.append(Dropped(rows))
        frame = engine.without(frame, rows)
    if change.drops:
        ready = _with_hidden(replace(table, frame=frame), change)
        conditions = [condition.fill_null(False) for condition in change.drops.values()]
        any_of = conditions[0]
        for condition in conditions[1:]:
            any_of = any_of | condition
        # Conditions are computed once: the kept and the dropped rows are then complements.
        marked = ready.with_columns(any_of.alias(_GONE))
        gone = marked.filter(nw.col(_GONE))
        reasons = [_drop_reason(change, text) for text in change.drops]
        reason = reasons[-1]
        for why, condition in reversed(list(zip(reasons, conditions, strict=True))[:-1]):
            reason = nw.when(condition).then(why).otherwise(reason)
        record.dropped.append(Dropped(engine.keep(gone.select(ROW, reason.alias("reason")))))
        kept = marked.filter(~nw.col(_GONE))
        frame = kept.select(*carried(table))
    return replace(table, frame=frame)


def _drop_reason(change: Change, text: str) -> nw.Expr:
    """Return the reason of a drop: its text, or the expression that stands for it."""
    why = change.reason.get(text) if isinstance(change.reason, Mapping) else None
    return why if isinstance(why, nw.Expr) else nw.lit(text)


def _remove(table: Table, change: Change, record: StageRecord) -> Table:
    gone = [name for name in table.columns if name in change.removes]
    record.removed = {name: change.removes[name] for name in gone}
    kinds = {name: kind for name, kind in table.kinds.items() if name not in change.removes}
    roles = {name: role for name, role in table.roles.items() if name not in change.removes}
    frame = table.frame.select(*carried(table, kinds))
    return replace(table, frame=frame, kinds=kinds, roles=roles)
