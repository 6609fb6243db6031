"""Rows that come to a fitted pipeline: days and times are known in whatever a library has them."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.errors import SchemaError

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=i % 28) for i in range(60)]


def fitted(kind):
    """Return a pipeline that was fitted on a column of days or times, and that column."""
    times = [dt.datetime.combine(day, dt.time(8 * (kind == "timestamp"))) for day in DAYS]
    column = pa.array(DAYS if kind == "date" else times)
    table = pa.table({"at": column, "x": np.arange(60.0)})
    pipe = dp.Pipeline([dp.Impute()]).fit(table)
    assert pipe.kinds_["at"] == kind
    return pipe


@pytest.mark.parametrize("form", ["objects", "times", "text", "polars", "polars text", "missing"])
def test_days_come_as_objects_times_at_midnight_or_text(form):
    """Each form becomes the days of fit, and the other columns stay as they are."""
    frame = pd.DataFrame({"at": DAYS, "x": np.arange(60.0)})
    if form == "missing":
        frame.loc[0, "at"] = None
    if form in ("times", "polars", "missing"):
        frame["at"] = pd.to_datetime(frame["at"])
    if "text" in form:
        frame["at"] = frame["at"].astype(str)
    given = pl.from_pandas(frame) if "polars" in form else frame
    out = fitted("date").transform(given)
    values = [str(value)[:10] for value in out["at"].to_list()]
    assert values[1:] == [str(day) for day in DAYS[1:]]
    assert values[0] == ("<NA>" if form == "missing" else "2024-01-01")
    assert out["x"].to_list() == frame["x"].to_list()


@pytest.mark.parametrize("value", ["2024-02-03 10:11", "2024-02-03T10:11:12.5", "2024-02-03"])
def test_times_come_as_text(value):
    """Text in the form of ISO 8601 becomes the times of fit; a day is midnight."""
    out = fitted("timestamp").transform(pd.DataFrame({"at": [value, None], "x": [1.0, 2.0]}))
    assert out["at"][0] == pd.Timestamp(value)
    assert pd.isna(out["at"][1])


@pytest.mark.parametrize(
    "at", ["03/02/2024", "2024-02-31", "20240203", pd.Timestamp("2024-02-03 10:11"),
           pd.Timestamp("2024-02-03", tz="Europe/Berlin")],
)  # fmt: skip
def test_what_is_no_day_without_doubt_is_refused(at):
    """Days in another order, days that are none, and times of a day are not guessed at."""
    with pytest.raises(SchemaError, match=r"'at' was date at fit and is .* now"):
        fitted("date").transform(pd.DataFrame({"at": [at] * 2, "x": [1.0, 2.0]}))


def test_days_that_are_objects_are_days_and_come_back_as_objects():
    """There is no type of days in pandas; those of Python are known, and stay what they were."""
    frame = pd.DataFrame({"at": DAYS, "x": [None, *np.arange(59.0)]})
    pipe = dp.Pipeline([dp.Impute()]).fit(frame)
    assert pipe.kinds_["at"] == "date"
    assert pipe.transform(frame)["at"].tolist() == DAYS
