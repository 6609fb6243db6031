"""Rows that a model makes, which was learned from training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, MinLen

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.generative.model import Model
from dataprep.generative.network import Settings
from dataprep.generative.quality import MOST_PARENTS, MOST_ROWS, closest, judged
from dataprep.parts import label_of
from dataprep.resampling.classes import plain, shown
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.strategy import Strategy
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.sampler import Sampler

if TYPE_CHECKING:
    from dataprep.stage import State

_LEAST_ROWS = 5
"""Of fewer rows a class teaches nothing."""
_NONE = np.empty(0, dtype="int64")


@dataclass(eq=False, repr=False)
class TabularVAE(Sampler):
    """Make rows of the rare classes by a variational autoencoder, learned from training rows.

    A network learns to write each row as a short code and to read it again, given its class; new
    rows are read from random codes. It needs TensorFlow (the extra ``tensorflow``) to learn, and
    none to make rows from what was learned.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    epochs : int, default=300
        How often it goes through as many rows as there are.
    batch_size : int, default=500
        Rows to a step of learning.
    embedding_dim : int, default=16
        The length of the code.
    hidden : list of int, default=(128, 128)
        The widths of the layers between a row and its code.
    loss_factor : float, default=2.0
        How much it counts that a row is read as it was, beside codes that are normally distributed.
        The larger, the more new rows are like single real ones.
    max_rows : int, default=50000
        How many rows to learn from; rows of large classes are left out.
    random_state : int, optional, default=0
        For the first weights, the order of rows and the draws; None is 0 as well.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table; by default more than half is
        told.
    columns : str, Selector or list, default="features"
        What is learned and made: numbers, levels, true and false. Text and times are those of the
        closest real row, which is a new row's parent in the provenance; of more than 5,000 rows
        of a class, the closest of so many drawn ones.

    Attributes
    ----------
    quality_ : dict
        By class: ``auc``, how well a classifier tells new rows from real ones (0.5 is by chance);
        ``distance_made`` and ``distance_real``, the 5th percentile of the distances to the closest
        other real row; ``near_copies`` and ``near_copies_real``, the shares of new and of real rows
        that are no farther than the latter; ``copies`` and ``copies_real``, the shares that
        another real row equals; and
        ``columns``, how far each column's distribution is off, from 0 to 1.

    Notes
    -----
    It is no default: judge it by a model on held-out rows, beside SMOTENC and nothing. Numbers are
    written as the mode that they are in and the distance from its mean; a value that many rows
    share, and what is missing, are cases of their own. Of more than 50 levels the rarest share one
    case. Whole numbers are rounded, none is outside the range of the training rows. The state holds
    the weights, so a saved pipeline makes the same rows, and frequent values and levels of training
    rows; the weights may hold more: with few rows of a class, look at ``near_copies`` before they
    leave the house. The seeds of TensorFlow and Keras are left alone.

    References
    ----------
    L. Xu, M. Skoularidou, A. Cuesta-Infante, K. Veeramachaneni, "Modeling Tabular Data using
    Conditional GAN", NeurIPS 2019: TVAE, here conditional on the class.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60], "plan": ["a", "b", "a", "b"]})
    >>> TabularVAE().fit_resample(X, ["no", "no", "no", "yes"])
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: tabular_vae: the class 'yes' has 1 row, too few to learn from: \
5 are needed. Use RandomOverSampler, or gather more rows.
    """

    sampling = "over"
    classes_or = "TabularVAE learns rows of a class: Jitter and MixUp, with share=0.5, need none."
    studies = True
    carried_as = "not learned, taken from the closest real row"

    sampling_strategy: Strategy = "auto"
    epochs: Annotated[int, Ge(1)] = 300
    batch_size: Annotated[int, Ge(1)] = 500
    embedding_dim: Annotated[int, Ge(1)] = 16
    hidden: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)] = (128, 128)
    loss_factor: Annotated[float, Gt(0)] = 2.0
    max_rows: Annotated[int, Ge(10)] = 50_000
    random_state: Annotated[int, Ge(0)] | None = 0
    max_synthetic: Share = "warn"
    columns: Columns = "features"

    @property
    def quality_(self) -> dict[str, Any]:
        """How good the rows are that were made, by class."""
        if "learned_" not in self.__dict__:
            raise AttributeError("there is no quality_ before fit_resample")
        found: dict[str, Any] = self.learned_["quality"]
        return found

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where a class has too few rows."""
        for label, made in wanted.items():
            if made and counts[label] < _LEAST_ROWS:
                rows = "1 row" if counts[label] == 1 else f"{counts[label]} rows"
                raise DataError(
                    f"the class {shown(label)} has {rows}, too few to learn from: "
                    f"{_LEAST_ROWS} are needed",
                    place=self.name(),
                    remedy="Use RandomOverSampler, or gather more rows.",
                )

    def study(self, rows: Rows, wanted: Mapping[int, int]) -> State:
        """Train the network, and judge the rows that it will make."""
        if not any(wanted.values()):
            learned: State = {"model": None, "quality": {}}
            self.recall(learned)
            return learned
        settings = Settings(
            self.epochs,
            self.batch_size,
            self.embedding_dim,
            tuple(self.hidden),
            self.loss_factor,
            # What draws by numbers of 32 bits, a sign among them, takes no more.
            self.seed % 2**31,
        )
        cells = (rows.numbers, rows.codes)
        model = Model.of(*cells, rows.y, rows.keys, self.max_rows, settings)
        quality = {}
        labels = getattr(self, "sampling_strategy_", wanted)
        for (code, count), label in zip(wanted.items(), labels, strict=False):
            if count:
                own = rows.of(code)
                made = model.rows(code, min(count, MOST_ROWS), self.seed, self.seed_of(code))
                real = (rows.numbers[own], rows.codes[own])
                found = judged(real, made, rows.names, settings.seed)
                quality[label_of(plain(label))] = found
        learned = {"model": model.to_state(), "quality": quality}
        self.recall(learned)
        return learned

    def recall(self, learned: State) -> None:
        """Remember the network, and how good its rows are."""
        self.learned_: State = learned

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Ask the network for rows of each class."""
        if self.learned_["model"] is None:
            return Plan(_NONE)
        model = Model.from_state(self.learned_["model"])
        parents, numbers, codes, drawn = [], [], [], False
        for code, count in wanted.items():
            own = rows.of(code)
            made = model.rows(code, count, self.seed, self.seed_of(code))
            real = (rows.numbers[own], rows.codes[own])
            parents.append(own[closest(real, made, self.seed)])
            drawn = drawn or len(own) > MOST_PARENTS
            numbers.append(made[0])
            codes.append(made[1])
        births = Births(
            np.concatenate(parents),
            numbers=np.concatenate(numbers),
            codes=np.concatenate(codes),
        )
        notes = [_told(label, found) for label, found in self.quality_.items()]
        if drawn:
            notes.append(f"a parent is the closest of {MOST_PARENTS:,} drawn rows of the class")
        return Plan(_NONE, births, tuple(notes))

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: a network of a sparse matrix would make dense rows."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


def _told(label: str, found: Mapping[str, Any]) -> str:
    """Return what a person should know of the rows made for a class."""
    parts = []
    if found["auc"] is not None:
        parts.append(f"told from real rows with an AUC of {found['auc']:.2f} (0.5: by chance)")
    if found["near_copies"] is not None:
        for share, what in (("near_copies", "nearly copies"), ("copies", "copies")):
            made, real = 100 * found[share], 100 * found[f"{share}_real"]
            parts.append(f"{made:.1f} % {what} ({real:.1f} % of real rows are, of each other)")
    else:
        parts.append("too few real rows to compare them with")
    return f"new rows of the class {label!r}: {', '.join(parts)}"
