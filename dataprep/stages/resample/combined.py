"""Rows made by SMOTE and cleaned at once: what crowds other classes is not made at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from dataprep.columns import Columns
from dataprep.errors import ConfigError
from dataprep.resampling.joined import chosen, joined
from dataprep.resampling.limits import Share
from dataprep.resampling.rows import Births, Plan, Rows
from dataprep.resampling.strategy import PythonOnly, Strategy, resolve_strategy
from dataprep.stages.resample.cleaning import TomekLinks
from dataprep.stages.resample.counting import Counts
from dataprep.stages.resample.editing import EditedNearestNeighbours
from dataprep.stages.resample.neighbourly import NeighbourSampler
from dataprep.stages.resample.sampler import Sampler
from dataprep.stages.resample.smote import SMOTE

if TYPE_CHECKING:
    from dataprep.stage import State

_Part = dict[str, Any] | Annotated[Any, PythonOnly()] | None
"""A stage within a stage: its parameters, or in Python the stage itself."""


class _Combined(Sampler):
    """What SMOTE followed by a cleaning method has in common."""

    sampling = "over"
    cleaner: ClassVar[str]
    """The parameter with what cleans."""
    cleaning: ClassVar[type[Sampler]]

    random_state: int | None
    max_synthetic: Share
    smote: _Part

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them, those of inner stages too."""
        return {
            name: value.parameters() if isinstance(value, Sampler) else value
            for name, value in super().parameters().items()
        }

    def state_of(self, counts: Counts, target: str, y: Any, made: Counts) -> State:
        """Return what is learned from classes; an inner SMOTE goes by its own strategy."""
        if self.smote is None:
            return super().state_of(counts, target, y, made)
        inner = self._maker()
        state = inner.state_of(counts, target, y, made)
        self.sampling_strategy_ = inner.sampling_strategy_
        return state

    def check(self, counts: Counts, wanted: Counts) -> None:
        """Raise where there are too few rows to make some of them, or to clean the whole."""
        after = {label: rows + wanted.get(label, 0) for label, rows in counts.items()}
        self._cleaner().check(after, self._targets(after))
        self._maker().check(counts, wanted)

    def plan(self, rows: Rows, wanted: Mapping[int, int]) -> Plan:
        """Make rows, then clean old and new ones together."""
        maker = self._maker()
        # Draws go by labels, which the classes' numbers stand for.
        maker.sampling_strategy_ = getattr(self, "sampling_strategy_", dict(wanted))
        made = maker.plan(rows, wanted)
        births = made.births or Births(np.empty(0, "int64"))
        both, height = joined(rows, births), len(rows)
        targets = self._targets(dict(enumerate(np.bincount(both.y).tolist())))
        cleaned = self._cleaner().plan(both, targets)
        kept = np.ones(len(births), dtype=bool)
        kept[cleaned.drop[cleaned.drop >= height] - height] = False
        notes = (*made.notes, *cleaned.notes)
        return Plan(cleaned.drop[cleaned.drop < height], chosen(births, kept), notes)

    def _maker(self) -> NeighbourSampler:
        default = SMOTE(
            self.sampling_strategy,
            random_state=self.random_state,
            max_synthetic=self.max_synthetic,
        )
        found = self._part("smote", default, NeighbourSampler)
        assert isinstance(found, NeighbourSampler)  # noqa: S101 -- for the type checker
        return found

    def _cleaner(self) -> Sampler:
        # Any class may lose rows, as in imbalanced-learn.
        default = self.cleaning(sampling_strategy="all")  # type: ignore[call-arg]
        return self._part(self.cleaner, default, self.cleaning)

    def _part(self, parameter: str, default: Sampler, needed: type[Sampler]) -> Sampler:
        given = getattr(self, parameter)
        if given is None:
            return default
        place = f"{self.name()}.{parameter}"
        if isinstance(given, Mapping):
            found = default.__sklearn_clone__().set_params(**given)
        elif isinstance(given, needed):
            found = given.__sklearn_clone__()
        else:
            raise ConfigError(
                f"{given!r} is no {type(default).__name__}",
                place=place,
                remedy=f"Give its parameters: {{{', '.join(default.get_params())}}}.",
            )
        from dataprep.checking import validated

        validated(found, place)
        return found

    def _targets(self, counts: Counts) -> Counts:
        cleaner, place = self._cleaner(), f"{self.name()}.{self.cleaner}"
        if not isinstance(cleaner.sampling_strategy, str):
            raise ConfigError(
                f"{cleaner.sampling_strategy!r} names classes",
                place=f"{place}.sampling_strategy",
                remedy="Give a word, such as 'all', here; or clean in a stage of its own.",
            )
        return resolve_strategy(cleaner.sampling_strategy, counts, "clean", stage=place)


@dataclass(eq=False, repr=False)
class SMOTEENN(_Combined):
    """Make rows by SMOTE, then edit old and new ones by their nearest neighbours.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    smote : dict, optional
        Parameters of the `SMOTE` that makes rows, or in Python the stage itself, which then goes
        by its own ``sampling_strategy``.
    enn : dict, optional
        Parameters of the `EditedNearestNeighbours` that edits, or in Python the stage itself; by
        default rows of all classes may go.
    max_synthetic : float or "warn", default="warn"
        The largest share of new rows in a class and in the table, before some of them go; by
        default more than half is told.
    columns : str, Selector or list, default="features"
        The columns that distances are taken over and new values are made in.

    Notes
    -----
    As `SMOTE` and then `EditedNearestNeighbours` with ``sampling_strategy="all"`` as two stages,
    except that the new rows that go are not made in the first place, and so are not in the ledger;
    and that whole numbers are rounded last.

    References
    ----------
    G. Batista, R. C. Prati and M. C. Monard, "A study of the behavior of several methods for
    balancing machine learning training data", ACM SIGKDD Explorations 6(1), 2004.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 22.0, 24.0, 26.0, 28.0, 61.0, 60.0, 62.0, 64.0]})
    >>> y = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    >>> sampler = SMOTEENN(smote={"k_neighbors": 2})
    >>> sampler.fit_resample(X, y)[0]["age"].round().tolist()
    [20.0, 22.0, 24.0, 26.0, 28.0, 64.0, 64.0]
    >>> SMOTEENN(enn={"kind": "mode"}).fit_resample(X, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: Invalid parameter 'kind' for estimator ...
    """

    cleaner = "enn"
    cleaning = EditedNearestNeighbours
    reason = EditedNearestNeighbours.reason

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    smote: _Part = None
    enn: _Part = None
    max_synthetic: Share = "warn"
    columns: Columns = "features"


@dataclass(eq=False, repr=False)
class SMOTETomek(_Combined):
    """Make rows by SMOTE, then drop old and new ones that are in a Tomek link.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" makes every class as large as the largest. Also
        ``{label: 0.5}``, a share of the largest class, and ``{"cap": rows}``.
    random_state : int, optional, default=0
        For the draws; None is 0 as well.
    smote : dict, optional
        Parameters of the `SMOTE` that makes rows, or in Python the stage itself, which then goes
        by its own ``sampling_strategy``.
    tomek : dict, optional
        Parameters of the `TomekLinks` that cleans, or in Python the stage itself; by default rows
        of all classes may go.
    max_synthetic : float or "warn", default="warn"
        As in `SMOTEENN`.
    columns : str, Selector or list, default="features"
        The columns that distances are taken over and new values are made in.

    Notes
    -----
    As `SMOTE` and then `TomekLinks` with ``sampling_strategy="all"`` as two stages, with the
    exceptions of `SMOTEENN`.

    References
    ----------
    G. Batista, A. L. C. Bazzan and M. C. Monard, "Balancing training data for automated annotation
    of keywords: a case study", WOB 2003.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 22.0, 24.0, 26.0, 28.0, 59.5, 60.0, 62.0, 64.0]})
    >>> y = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    >>> sampler = SMOTETomek(smote={"k_neighbors": 2})
    >>> sampler.fit_resample(X, y)[0]["age"].round().tolist()
    [20.0, 22.0, 24.0, 26.0, 28.0, 62.0, 64.0, 64.0, 62.0, 62.0]
    >>> SMOTETomek(tomek={"sampling_strategy": [0]}).fit_resample(X, y)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.ConfigError: smote_tomek.tomek.sampling_strategy: [0] names classes. ...
    """

    cleaner = "tomek"
    cleaning = TomekLinks
    reason = TomekLinks.reason

    sampling_strategy: Strategy = "auto"
    random_state: Annotated[int, Ge(0)] | None = 0
    smote: _Part = None
    tomek: _Part = None
    max_synthetic: Share = "warn"
    columns: Columns = "features"
