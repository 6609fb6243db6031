"""The keys by which a job is watched: its columns, its trends, and who is told of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Interval, MinLen

Text = Annotated[str, MinLen(1)]
Least = Annotated[float, Ge(0)]
HOOKS = ("on_success", "on_warning", "on_failure")


@dataclass(frozen=True)
class SchemaKeys:
    """What is done when the columns of the input are not those of the last run.

    Parameters
    ----------
    drift : {"ignore", "warn", "fail"}, default="warn"
        What columns that are new, gone, of another kind or in another order lead to.
    against : str, optional
        A ``pipeline.json`` or ``summary.json`` with the columns; the last run that was done by
        default.
    """

    drift: Literal["ignore", "warn", "fail"] = "warn"
    against: Text | None = None


@dataclass(frozen=True)
class TrendKeys:
    """What of a run is compared with the runs before it, and what a jump leads to.

    Each of the measures has a least difference: a smaller one is none. Without one (null) the
    measure is not compared.

    Parameters
    ----------
    action : {"warn", "fail"}, default="warn"
        Whether a jump is told, or fails the run before anything is published.
    runs : int, default=30
        So many of the newest runs that were done with the same configuration are compared with.
    min_runs : int, default=5
        Of fewer, nothing is said.
    since : int, optional
        The first run to compare with, by its number: after a jump that is there to stay.
    spread : float, default=5
        How many times the usual spread of earlier runs a measure may be away from their median.
    rows : float, default=0.1
        Rows that were read, for each input: a share of their median.
    rejected, malformed : float, default=0.01
        Shares of the rows that were read.
    cells : float, default=0.02
        Cells that a stage changed, for each row that was read; for each stage.
    missing : float, default=0.02
        The share of a column that is missing in the input; for each column.
    categories : float, default=0.1
        How far the shares of a column's values are from their usual ones: the Jensen-Shannon
        distance, from 0 to 1; for each column of categories.
    seconds : float, optional
        How long the run took.
    """

    action: Literal["warn", "fail"] = "warn"
    runs: Annotated[int, Ge(1)] = 30
    min_runs: Annotated[int, Ge(1)] = 5
    since: Annotated[int, Ge(1)] | None = None
    spread: Annotated[float, Gt(0)] = 5.0
    rows: Least | None = 0.1
    rejected: Least | None = 0.01
    malformed: Least | None = 0.01
    cells: Least | None = 0.02
    missing: Least | None = 0.02
    categories: Least | None = 0.1
    seconds: Least | None = None


@dataclass(frozen=True)
class HookKeys:
    """A program that is run, or an address that is told, when a run has ended.

    Parameters
    ----------
    command : str or list of str, optional
        The program and its arguments; no shell sees them. A text is split at its blanks.
    url : str, optional
        Where the summary is posted to, as JSON. ``${NAME}`` is a variable of the environment.
    headers : dict of str to str, optional
        Sent along; ``${NAME}`` likewise.
    timeout : float or str, optional
        Seconds, or a text such as 90s: 60 s of a command, 10 s of each try at an address.
    retries : int, default=2
        How often an address is tried again that is down or busy.
    """

    command: Text | Annotated[list[Text], MinLen(1)] | None = None
    url: Text | None = None
    headers: dict[str, str] | None = None
    timeout: float | Text | None = None
    retries: Annotated[int, Interval(ge=0, le=10)] = 2


@dataclass(frozen=True)
class LineageKeys:
    """How a job appears in OpenLineage.

    Parameters
    ----------
    namespace : str, default="dataprep"
        Of the job.
    config : str, optional
        A configuration file of the OpenLineage client, which says where events go; its own places
        and variables (``OPENLINEAGE_URL``, ``OPENLINEAGE_CONFIG``) by default.
    """

    namespace: Text = "dataprep"
    config: Text | None = None
