"""Wrong cells, found without labels: flagged, made missing, or repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import narwhals as nw
import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.engine import Arrays, Mapped
from dataprep.kinds import Kind
from dataprep.stage import Change, Stage, State
from dataprep.suspects.judging import Verdict, judge, learn_profiles
from dataprep.suspects.texts import LARGEST_EXACT, levels_of, values_of
from dataprep.table import ROW, Table, hidden


@dataclass(eq=False, repr=False)
class DetectErrors(Stage):
    """Find wrong cells from what their columns, and the dependencies between them, look like.

    Each cell is judged by the form of its column's values, by near spellings that are much more
    frequent, by the ends of a column of numbers, by what one or two other columns imply for it in
    nearly all rows, and by combinations that hardly ever occur. Nothing is labelled, and no column
    is special.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        The columns whose cells are judged; what the other features imply for them counts too.
    action : {"flag", "null", "repair"}, default="flag"
        ``flag`` adds a column ``<name>_suspect`` for each column in which training rows held a
        suspicious cell; ``null`` makes suspicious cells missing; ``repair`` writes what the data
        implies, and leaves those for which it implies nothing.
    threshold : float, default=0.5
        The score, from 0 to 1, from which a cell is suspicious.
    max_rows : int, default=100000
        Profiles are learned from about so many rows, drawn by their numbers.
    random_state : int, default=0
        The seed of that draw.

    Notes
    -----
    What is learned is frozen: a new row is judged by itself, and so is a row among others. Scores
    of independent kinds of evidence are joined by noisy-or; the votes of several dependencies on
    one cell are averaged, and the one of a column that contradicts most of what it implies in a row
    does not count there. The state holds at most 2,000 frequent values of a column and 10,000
    groups of a dependency.

    References
    ----------
    M. Mahdavi et al., "Raha: A Configuration-Free Error Detection System", SIGMOD 2019.
    T. Rekatsinas et al., "HoloClean: Holistic Data Repairs with Probabilistic Inference", VLDB
    2017.

    Examples
    --------
    >>> import pandas as pd
    >>> towns = [("35233", "birmingham"), ("36301", "dothan"), ("35957", "boaz")]
    >>> frame = pd.DataFrame(towns * 20, columns=["zip", "city"])
    >>> frame.loc[3, "city"] = "birminghxm"
    >>> stage = DetectErrors().fit(frame)
    >>> stage.transform(frame)["city_suspect"].sum()
    np.int64(1)
    >>> stage.report(frame)[["row", "column", "value", "repair"]].values.tolist()
    [[3, 'city', 'birminghxm', 'birmingham']]
    >>> DetectErrors(action="repair").fit(frame).transform(frame)["city"][3]
    'birmingham'
    >>> DetectErrors(action="drop").fit(frame)
    Traceback (most recent call last):
    dataprep.errors.ConfigError: detect_errors.action: 'drop': input should be 'flag', 'null' ...
    """

    columns: Any = "features"
    action: Literal["flag", "null", "repair"] = "flag"
    threshold: Annotated[float, Gt(0), Le(1)] = 0.5
    max_rows: Annotated[int, Ge(1)] = 100_000
    random_state: Annotated[int, Ge(0)] = 0

    def learn(self, table: Table) -> State:
        """Return profiles of columns, dependencies, and how many suspicious cells there were."""
        chosen = [name for name in self.chosen(table) if table.kinds[name] != "other"]
        context = [
            name
            for name, kind in table.kinds.items()
            if kind != "other" and (name in chosen or name not in table.roles)
        ]
        arrays = table.matrix(context, rows=self.max_rows, seed=self.random_state)
        kinds = {n: table.kinds[n] for n in context if not _too_large(arrays[n])}
        profiles = learn_profiles(arrays, kinds, arrays[ROW])
        columns = [name for name in chosen if name in kinds]
        found = {}
        for name, verdict in judge(arrays, profiles, columns).items():
            suspicious = np.flatnonzero(verdict.score >= self.threshold)
            if len(suspicious):
                worst = suspicious[np.argmax(verdict.score[suspicious])]
                found[name] = {"cells": len(suspicious), "example": verdict.reason[worst]}
        return {"columns": columns, "found": found, "rows": len(arrays[ROW]), "profiles": profiles}

    def change(self, table: Table, state: State) -> Change:
        """Flag suspicious cells, make them missing, or write what is implied."""
        flagging = self.action == "flag"
        columns = [
            n for n in (state["found"] if flagging else state["columns"]) if n in table.kinds
        ]
        makes: dict[str, Kind] = {}
        for name in columns:
            makes[_suspect(name)] = "boolean"
            if not flagging:
                makes[_repair(name)] = table.kinds[name]
                makes[_reason(name)] = "text"

        # Plain values alone: on a cluster the function travels to where the rows are.
        kinds, threshold = dict(table.kinds), self.threshold

        def judged(arrays: Arrays) -> Arrays:
            made: Arrays = {}
            for name, verdict in judge(arrays, state["profiles"], columns).items():
                made[_suspect(name)] = verdict.score >= threshold
                if not flagging:
                    made[_repair(name)] = values_of(verdict.repair, kinds[name])
                    made[_reason(name)] = _worded(verdict)
            return made

        notes = _notes(state)
        if not columns:
            return Change(notes=notes)
        # A target may be among the columns of fit, and does not come to serving.
        given = [name for name in state["profiles"]["columns"] if name in table.kinds]
        mapped = Mapped(given, makes, judged)
        if flagging:
            adds = {f"{name}_suspect": (nw.col(_suspect(name)), "boolean") for name in columns}
            return Change(adds=adds, mapped=mapped, notes=notes)  # type: ignore[arg-type]
        cells: dict[str, Any] = {}
        for name in columns:
            suspicious, new = nw.col(_suspect(name)), nw.col(_repair(name))
            if self.action == "null":
                cells[name] = nw.when(~suspicious).then(nw.col(name))
            else:
                cells[name] = nw.when(suspicious & ~new.is_null()).then(new).otherwise(nw.col(name))
        reasons = {name: nw.col(_reason(name)) for name in columns}
        return Change(cells=cells, action=self.action, reason=reasons, mapped=mapped, notes=notes)

    def report(self, X: Any) -> Any:
        """Return the suspicious cells of rows, judged with what was learned.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)

        Returns
        -------
        pandas.DataFrame of shape (n_suspicious_cells, 6)
            ``row`` (0-based), ``column``, ``value`` (text), ``score``, ``reason``, ``repair``: what
            is implied, None where nothing is; most suspicious first.
        """
        import pandas as pd

        self._check_fitted()
        table = self._conformed(self._open(X, None, fitting=False).table)
        state = self.states_[0]
        profiles = state["profiles"]
        arrays = table.matrix(list(profiles["columns"]))
        cells = []
        for name, verdict in judge(arrays, profiles, state["columns"]).items():
            levels = levels_of(arrays[name], profiles["columns"][name]["kind"])
            for i in np.flatnonzero(verdict.score >= self.threshold).tolist():
                text = levels.texts[levels.codes[i]] if levels.codes[i] >= 0 else None
                score = round(float(verdict.score[i]), 3)
                row = int(arrays[ROW][i])
                cells.append((row, name, text, score, verdict.reason[i], verdict.repair[i]))
        cells.sort(key=lambda cell: (-cell[3], cell[0]))
        return pd.DataFrame(cells, columns=["row", "column", "value", "score", "reason", "repair"])


def _suspect(name: str) -> str:
    return hidden(f"suspect {name}")


def _repair(name: str) -> str:
    return hidden(f"repair {name}")


def _reason(name: str) -> str:
    return hidden(f"reason {name}")


def _too_large(values: np.ndarray) -> bool:
    """Tell whether whole numbers are beyond what a float tells apart."""
    return values.dtype.kind == "f" and bool((np.abs(values) >= LARGEST_EXACT).any())


def _worded(verdict: Verdict) -> np.ndarray:
    """Return the reasons with the scores."""
    pairs = zip(verdict.score.tolist(), verdict.reason, strict=True)
    told = [f"{reason} (score {score:.2f})" if reason else None for score, reason in pairs]
    return np.array([*told, None], dtype=object)[:-1]


def _notes(state: State) -> list[str]:
    """Return how many suspicious cells the training rows held, and why the worst was one."""
    return [
        f"{name}: {found['cells']:,} suspicious of {state['rows']:,} training cells, "
        f"e.g. {found['example']}"
        for name, found in state["found"].items()
    ]
