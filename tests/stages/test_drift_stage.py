"""The stage drift: recorded at fit, compared at serving, and nothing changed."""

from __future__ import annotations

import json
import logging

import numpy as np
import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import ConfigError, DriftError


def rows(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(shift, 1, n),
            "c": rng.choice(["a", "b", "c"], n),
            "y": rng.integers(0, 2, n),
        }
    )


def test_it_changes_nothing_and_warns(caplog: pytest.LogCaptureFixture) -> None:
    """Rows come out as they came in; that they drifted stands in the log."""
    pipe = dp.Pipeline([dp.Drift()], target="y").fit(rows(500, 1))
    now = rows(500, 2, shift=1.0)
    with caplog.at_level(logging.WARNING, "dataprep"):
        assert pipe.transform(now).equals(now)
    assert any("drift in x: PSI" in record.message for record in caplog.records)


def test_rows_that_were_learned_from_never_fail() -> None:
    """`fit_transform` compares nothing, however the rows look."""
    frame = rows(500, 1)
    assert dp.Drift(action="fail").fit_transform(frame).equals(frame)


def test_fail_raises_with_the_exit_code_of_unmet_data() -> None:
    """The error names the column, the figures and the stage, and ends a command with 1."""
    pipe = dp.Pipeline([dp.Impute(), dp.Drift(action="fail")], target="y").fit(rows(500, 1))
    with pytest.raises(DriftError, match="x: PSI") as caught:
        pipe.transform(rows(500, 2, shift=1.0))
    assert caught.value.exit_code == 1
    assert caught.value.__notes__ == ["in stage 1:drift"]
    # A single row at serving is no distribution.
    assert len(pipe.transform(rows(1, 3, shift=9.0))) == 1


def test_statistics_are_frozen() -> None:
    """Comparing with drifted rows does not move what was recorded."""
    pipe = dp.Pipeline([dp.Drift()], target="y").fit(rows(500, 1))
    before = json.dumps(pipe.states_)
    pipe.transform(rows(500, 2, shift=1.0))
    assert json.dumps(pipe.states_) == before


def test_held_out_rows_are_compared_at_once() -> None:
    """Behind a split, the summary of `clean` tells train/test drift, target and all."""
    frame = rows(1000, 1).sort_values("x", ignore_index=True)
    frame["at"] = pd.date_range("2024-01-01", periods=len(frame), freq="h")
    stages = [dp.Split(time="at", test=0.3), dp.Drift()]
    record = dp.clean(frame, pipeline=dp.Pipeline(stages, target="y")).summary["stages"][1]
    assert record["facts"]["drifted_features"] == ["x"]
    assert record["facts"]["rows_reference"] == 700
    assert record["facts"]["rows_current"] == 300
    assert record["notes"][0].startswith("drift in x")
    shuffled = [dp.Split(test=0.3), dp.Drift(action="fail")]
    result = dp.clean(frame, pipeline=dp.Pipeline(shuffled, target="y"))
    assert not result.summary["stages"][1]["facts"]["drifted"]


def test_a_pipeline_file_is_a_reference(tmp_path) -> None:
    """What was recorded travels in pipeline.json; the stages before repair the rows first."""
    train = rows(500, 1)
    train.loc[::10, "x"] = np.nan
    pipe = dp.Pipeline([dp.Impute(), dp.Drift(psi=0.3)], target="y").fit(train)
    pipe.save(tmp_path / "pipeline.json")
    now = rows(500, 2, shift=1.0)
    now.loc[::3, "x"] = np.nan
    found = dp.drift(tmp_path / "pipeline.json", now)
    assert found.drifted_features == ["x"]
    assert found.thresholds["psi"] == 0.3
    assert found.classifier is None
    # Filled by the stage before: there is no share of missing values to compare.
    assert found["x"].missing_current == 0.0
    assert found["x"].statistic <= found["x"].statistic_at_most < found["x"].statistic + 0.03
    assert dp.drift(pipe, now).as_dict() == found.as_dict()
    assert dp.drift(pipe, now, columns=["c"], psi=0.1).thresholds["psi"] == 0.1
    exact = dp.drift(pipe.transform(train), pipe.transform(now), classifier=False)["x"]
    assert found["x"].statistic <= exact.statistic <= found["x"].statistic_at_most
    assert found["x"].psi == exact.psi


def test_without_a_target_at_serving() -> None:
    """A target that nobody knows yet is no column that is gone."""
    pipe = dp.Pipeline([dp.Drift()], target="y").fit(rows(500, 1))
    found = dp.drift(pipe, rows(500, 2).drop(columns="y"))
    assert not found.drifted
    assert [one.column for one in found.columns if one.role == "target"] == []


def test_a_pipeline_that_recorded_nothing_is_no_reference() -> None:
    """The error says how to record distributions; other mistakes are explained as well."""
    plain = dp.Pipeline([dp.Impute()], target="y").fit(rows(100, 1))
    with pytest.raises(ConfigError, match=r"Add '- drift: \{\}'"):
        dp.drift(plain, rows(100, 2))
    pipe = dp.Pipeline([dp.Drift(columns=["x"])], target="y").fit(rows(100, 1))
    with pytest.raises(ConfigError, match="no distribution of 'c' was recorded"):
        dp.drift(pipe, rows(100, 2), columns=["c"])
    with pytest.raises(ConfigError, match="the target is 'y'"):
        dp.drift(pipe, rows(100, 2), target="c")
    with pytest.raises(ConfigError, match="dataprep drift PIPELINE"):
        dp.drift(pipe, "now.csv")


@pytest.mark.parametrize(
    "early", [dp.DropDuplicates(), dp.RandomUnderSampler(), dp.IQR(action="drop")]
)
def test_stages_that_work_in_training_only_stand_behind(early: dp.Stage) -> None:
    """Rows that were dropped or made for training would all be drift at serving: refused."""
    with pytest.raises(ConfigError, match=r"stages\[2\]: drift stands behind") as caught:
        dp.Pipeline([dp.Impute(), early, dp.Drift(action="fail")], target="y").fit(rows(100, 1))
    assert "Put drift before" in str(caught.value)
    frame = rows(300, 1)
    pipe = dp.Pipeline([dp.Impute(), dp.ClassWeight(), dp.Drift(action="fail"), early], target="y")
    assert len(pipe.fit(frame).transform(frame)) == 300


def test_that_nothing_was_compared_is_told() -> None:
    """Rows that are learned from have nothing to be compared with, whatever the action."""
    pipe = dp.Pipeline([dp.Drift(action="fail")], target="y")
    (record,) = dp.clean(rows(300, 1), pipeline=pipe).summary["stages"]
    assert record["notes"] == [
        "recorded, and compared with nothing: these are the rows that were learned from"
    ]


def test_a_column_that_cannot_be_compared_is_refused_by_name() -> None:
    """A column that somebody asks for is never left out without a word."""
    frame = rows(100, 1).assign(
        mixed=["a", 1, 2.5, None] * 25, took=pd.Timedelta(days=1), many=[[1, 2]] * 100
    )
    for name in ("mixed", "took", "many"):
        with pytest.raises(ConfigError, match=f"columns: '{name}'"):
            dp.Drift(columns=[name]).fit(frame)
        with pytest.raises(ConfigError, match=f"columns: '{name}'"):
            dp.drift(frame, frame, columns=["x", name])


def test_options_that_are_none_are_refused() -> None:
    """What is misspelt is never passed over, whatever is compared."""
    frame = rows(100, 1)
    pipe = dp.Pipeline([dp.Drift()], target="y").fit(frame)
    for reference in (pipe, frame):
        with pytest.raises(ConfigError, match=r"unknown option 'alhpa'\. Did you mean 'alpha'"):
            dp.drift(reference, frame, alhpa=3)
        with pytest.raises(ConfigError, match="'delimiter' is for files"):
            dp.drift(reference, frame, delimiter=";")
        with pytest.raises(ConfigError, match="no column named 'nosuch'"):
            dp.drift(reference, frame, id="nosuch")
        with pytest.raises(ConfigError, match="seed: -1"):
            dp.drift(reference, frame, random_state=-1)
    both = dp.Pipeline([dp.Drift(columns=["x"]), dp.Impute(), dp.Drift(columns=["c"])])
    with pytest.raises(ConfigError, match="at 2 places: 0:drift, 2:drift"):
        dp.drift(both.fit(frame), frame)


def test_a_record_is_small() -> None:
    """A few kilobytes for each column, however many rows and levels there are."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=20_000) for i in range(3)})
    frame["c"] = rng.choice([f"level {i}" for i in range(900)], 20_000)
    state = dp.Pipeline([dp.Drift()]).fit(frame).states_[0]
    assert len(json.dumps(state)) < 6_000 * 4
