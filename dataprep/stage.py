"""Stage and Change: what a step of preparation is, and what it may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import narwhals as nw

from dataprep.columns import resolve, to_plain
from dataprep.engine import Arrays, Frame
from dataprep.engine import Mapped as Mapped
from dataprep.estimator import Estimator
from dataprep.kinds import Kind
from dataprep.styles import Style
from dataprep.table import Table

if TYPE_CHECKING:
    import numpy as np

Phase = Literal["repair", "training"]
State = dict[str, Any]
"""What a stage learned: plain JSON."""


@dataclass(frozen=True)
class Lookup:
    """Values by group, joined to the table before a Change's expressions are computed.

    Parameters
    ----------
    by : sequence of str
        The columns that name the group.
    rows : mapping of str to mapping of str to value
        ``{group: {name: value}}``; expressions refer to ``name``.
    """

    by: Sequence[str]
    rows: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class NewRows:
    """Rows to be made: each is like a parent, but for some columns.

    Parameters
    ----------
    parent_a : array of int64, shape (n_made,)
        Row numbers: whose cells a new row takes.
    parent_b : array of int64, shape (n_made,)
        Row numbers of the second parent; -1 where there is none.
    step : array of float64, shape (n_made,)
        How far a new row lies from the first to the second; NaN where it does not.
    columns : sequence of str
        The columns that are not the parent's.
    values : callable
        From a start and a stop among the new rows to the values of those columns, as `Arrays`.
    """

    parent_a: np.ndarray
    parent_b: np.ndarray
    step: np.ndarray
    columns: Sequence[str] = ()
    values: Callable[[int, int], Arrays] = lambda start, stop: {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.parent_a)


@dataclass(frozen=True)
class Change:
    """What a stage does to a table: cells, rows and columns, as expressions.

    Parameters
    ----------
    cells : mapping of str to expression
        New values of columns.
    action : str
        What happens to those cells: ``impute``, ``clip``, ``null``, ...
    reason : str, or mapping of str to str or expression
        Why, for all cells or for each column; a text of ``drops`` may have an expression here too.
    drops : mapping of str to expression
        Rows to reject: ``{reason: condition}``; the first condition that holds gives the reason.
    rows : frame, optional
        Numbers of rows to reject, with a text column ``reason``.
    made : NewRows, optional
        Rows to be made; their parents may be rows that this Change rejects.
    claims : expression, optional
        Rows of the source whose origin is the stage from now on: their target is its work. They
        count as made where rows are counted against a budget, and are still rows of the source.
    adds : mapping of str to (expression, kind)
        New columns.
    roles : mapping of str to str
        What new columns are for, where they are no features.
    kinds : mapping of str to Kind
        New kinds of columns whose ``cells`` are of another type than before: a scaled integer
        column holds floats.
    removes : mapping of str to str
        Columns to remove, each with its reason.
    parses : mapping of str to Kind
        Text columns to be read as another kind.
    missing : mapping of str to sequence of str
        What counts as missing while ``parses`` reads a column.
    styles : mapping of str to Style
        How the columns that ``parses`` reads are written, where that is not the plain way.
    lookup : Lookup, optional
        Values by group that the expressions use.
    beside : frame, optional
        `ROW` and hidden columns, for what was worked out for single rows: joined before the
        expressions are computed.
    mapped : Mapped, optional
        Hidden columns that a Python function computes before the expressions, by batch.
    first : mapping of str to expression
        Hidden columns (see `dataprep.table.hidden`) that are computed before the others, for what
        an engine can only do to a column, not to an expression.
    whole : bool
        Whether an expression looks at other rows (fill forward): engines then compute it once.
    notes : sequence of str
        What a person should know, in a sentence each.
    facts : mapping
        What a program should know, as JSON holds it; ``summary.json`` tells it of the stage.
    """

    cells: Mapping[str, nw.Expr] = field(default_factory=dict)
    action: str = "change"
    reason: str | Mapping[str, str | nw.Expr] = ""
    drops: Mapping[str, nw.Expr] = field(default_factory=dict)
    rows: Frame | None = None
    made: NewRows | None = None
    claims: nw.Expr | None = None
    adds: Mapping[str, tuple[nw.Expr, Kind]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    removes: Mapping[str, str] = field(default_factory=dict)
    parses: Mapping[str, Kind] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    styles: Mapping[str, Style] = field(default_factory=dict)
    lookup: Lookup | None = None
    beside: Frame | None = None
    mapped: Mapped | None = None
    first: Mapping[str, nw.Expr] = field(default_factory=dict)
    whole: bool = False
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Stage(Estimator):
    """One step of preparation: parameters, ``learn`` and ``change``.

    Subclasses are dataclasses whose fields are the parameters. ``learn`` looks at training rows
    and returns plain JSON; ``change`` turns that into a `Change`. Fitting, transforming, counting,
    the ledger and undo are written once, elsewhere.
    """

    sampler: ClassVar[bool] = False
    """Whether it makes rows, or lets them go, for the sake of training: to balance classes, say."""
    classes_or: ClassVar[str] = "Resampling balances classes: give a target of classes."
    """What to do where it needs classes and the target is a number."""
    weighs: ClassVar[bool] = False
    """Whether it balances them by weights."""
    labels: ClassVar[bool] = False
    """Whether it supplies targets that are missing: rows without one are welcome then."""
    relabels: ClassVar[bool] = False
    """Whether it judges labels: those that are held out have no part in it."""
    divides: ClassVar[bool] = False
    """Whether it says which rows are for training and which are held out."""
    pictures: ClassVar[bool] = False
    """Whether it needs a column of pictures."""
    files: ClassVar[tuple[str, ...]] = ()
    """Parameters whose texts are paths: relative ones start from the folder of a pipeline file."""
    watches: ClassVar[bool] = False
    """Whether it compares later rows with those that were learned from."""
    later: ClassVar[bool] = False
    """Whether it is carried out while training reads the rows, and changes none of them here."""

    @property
    def phase(self) -> Phase:
        """``repair``: every row, at serving too. ``training``: training rows only."""
        return "repair"

    def learn(self, table: Table) -> State:
        """Return what training rows teach, as plain JSON."""
        raise NotImplementedError

    def change(self, table: Table, state: State) -> Change:
        """Return what is to be done to a table, given what was learned."""
        raise NotImplementedError

    @property
    def balances(self) -> bool:
        """Whether it balances classes by rows, with these parameters."""
        return self.sampler

    @property
    def numbers_rows(self) -> bool:
        """Whether it must know from what number on rows are new: it makes some, or was given some.

        `Table.next_row` says it then: at first, the number of rows of the input.
        """
        return self.sampler

    @property
    def supervised(self) -> bool:
        """Whether the stage learns from the target."""
        return False

    def change_training(self, table: Table, state: State) -> Change:
        """Return what is to be done to the very rows that were learned from, target and all.

        The same as to any others, unless a row's own part in what was learned would come back.
        """
        return self.change(table, state)

    @property
    def treats_training_apart(self) -> bool:
        """Whether the rows that were learned from are changed in another way than others."""
        return type(self).change_training is not Stage.change_training

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them."""
        return {name: to_plain(value) for name, value in self.get_params(deep=False).items()}

    def chosen(self, table: Table, columns: Any = None) -> list[str]:
        """Return the columns that the ``columns`` parameter (or the given one) chooses."""
        return resolve(getattr(self, "columns", "all") if columns is None else columns, table)

    @classmethod
    def name(cls) -> str:
        """Return the stage's name in YAML and in the ledger: the class name in snake case."""
        return snake(cls.__name__)

    def __repr__(self) -> str:
        """Show the parameters that differ from their defaults."""
        shown = []
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if hasattr(value, "shape"):
                shown.append(f"{item.name}=<{type(value).__name__} of shape {value.shape}>")
            elif value is not item.default and value != item.default:
                shown.append(f"{item.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


def snake(name: str) -> str:
    """Return a class name in snake case.

    Examples
    --------
    >>> [snake(n) for n in ("DropDuplicates", "IQR", "ZScore", "MAD", "ImputeKNN")]
    ['drop_duplicates', 'iqr', 'z_score', 'mad', 'impute_knn']
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
