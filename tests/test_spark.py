"""Stages use only expressions that work on PySpark too: the same states and rows as on pandas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import narwhals as nw
import pytest

import dataprep as dp
from dataprep.apply import apply_steps, learn_steps
from dataprep.engines.frames import open_frame
from dataprep.engines.portable import Portable
from dataprep.registry import stage_class, stage_names
from dataprep.stage import Stage
from dataprep.stages.resample.sampler import Sampler
from dataprep.table import ROW, Table
from dataprep.testing import class_table

pytestmark = pytest.mark.slow

# Types reads text, which is the work of readers; on a cluster, columns have types already.
# Pictures are read on one machine, where their tables come from.
NOT_ON_SPARK = {
    "types", "image_stats", "drop_corrupt_images", "image_duplicates", "image_augment",
}  # fmt: skip
STAGES: list[Stage] = [
    dp.Drift(columns="all"),
    dp.DropMissing(columns=["amount", "children"]),
    dp.DropMissing(columns=["amount", "plan", "note"], max_missing=0.4),
    dp.DropMissing(axis="columns", how="all"),
    dp.Impute(),
    dp.Impute(strategy="mean", by="plan"),
    dp.Impute(strategy="most_frequent"),
    dp.Impute(strategy="constant", columns=["amount", "note"]),
    dp.Impute(strategy="forward"),
    dp.Impute(strategy="backward", by="plan"),
    dp.Impute(strategy="interpolate"),
    dp.Impute(strategy="interpolate", by="plan"),
    dp.ImputeKNN(columns="features"),
    dp.ImputeIterative(max_iter=2),
    dp.MissingIndicator(),
    dp.ZScore(threshold=1.0),
    dp.ZScore(threshold=1.0, by="plan", action="null"),
    dp.MAD(),
    dp.MAD(by="active", action="flag"),
    dp.IQR(),
    dp.IQR(action="drop"),
    dp.IQR(by="plan", tail="left"),
    dp.Quantile(lower=0.1, upper=0.9),
    dp.IsolationOutliers(n_estimators=5),
    dp.LOF(action="drop", contamination=0.1),
    dp.DropDuplicates(),
    dp.DropDuplicates(keep="last"),
    dp.DropDuplicates(subset=["plan", "active"], keep="most_complete"),
    dp.DropDuplicates(subset="plan", keep="none"),
    dp.FuzzyDuplicates(columns=["amount", "count", "note"], threshold=0.8),
    dp.NormaliseText(case="upper"),
    dp.MergeCategories(min_share=0.3),
    dp.Scale(),
    dp.Scale(method="quantile", n_quantiles=20),
    dp.Encode(),
    dp.Encode(method="target", target="count", columns=["plan", "children"]),
    dp.DropColumns(max_correlation=0.2),
    dp.DetectErrors(action="null"),
    dp.EscapeFormulas(),
    dp.Split(stratify="plan", validation=0.1),
    dp.Split(group="count"),
    dp.Split(key="count", folds=3, stratify=False),
    dp.Split(time="count"),
    dp.ClassWeight(target="count"),
    dp.ClusterLabel(target="plan", n_clusters=2, purity=0.3, unlabelled="keep"),
    dp.LabelSpreading(target="plan", unlabelled="keep"),
    dp.LabelingRules(
        [{"label": "basic", "when": {"column": "count", "operator": "<", "value": 30}}],
        target="plan",
        unlabelled="keep",
    ),
    dp.MergeLabels([{"row": 3, "label": "basic"}], target="plan"),
    dp.PseudoLabel(target="plan", columns=["amount", "count"], threshold=0.3, rounds=1, folds=2),
    dp.ConflictingLabels(columns=["plan"], action="relabel"),
    dp.ConsensusLabel(columns=["plan", "note"], output="agreed"),
    dp.LabelErrors("logistic_regression", columns="numeric", action="relabel", margin=0.0),
    dp.LabelErrors("logistic_regression", columns="numeric"),
    dp.RandomOverSampler(shrinkage=0.5),
    dp.RandomUnderSampler(),
    dp.RandomUnderSampler(replacement=True),
    dp.SMOTE(),
    dp.TomekLinks(),
    dp.ClusterCentroids(random_state=1),
    dp.Jitter(share=0.3),
    dp.MixUp(share=0.3),
]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """One small local session."""
    sql = pytest.importorskip("pyspark.sql")
    # Functions run in the environment of the tests, not in the first Python that is found.
    patch = pytest.MonkeyPatch()
    patch.setenv("PYSPARK_PYTHON", sys.executable)
    made = (
        sql.SparkSession.builder.master("local[2]")
        .appName("dataprep-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.driver.memory", "1g")
        # Small plans, each of them new: what compiles them fast is faster than what it compiles.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        # And to generate Java for each of them takes longer than to interpret it for 70 rows.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()
    patch.undo()


@pytest.fixture(scope="module")
def tables(session: Any) -> tuple[Table, Table]:
    """The same table in memory and on Spark, there in several partitions."""
    opened = open_frame(class_table(), roles={"target": "label"}).table
    memory = open_frame(_pandas(), roles={"target": "label"}).table
    memory = replace(memory, kinds=opened.kinds)
    spark = session.createDataFrame(_rows(), _schema()).repartition(3)
    spark.cache()
    return memory, Table(nw.from_native(spark), opened.kinds, Portable(session), opened.roles)


def _pandas() -> Any:
    import pandas as pd
    import pyarrow as pa

    day = pa.date32()
    types = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), day: pd.ArrowDtype(day)}
    return class_table().to_pandas(types_mapper=types.get)


def _rows() -> list[tuple[Any, ...]]:
    return [(i, *row.values()) for i, row in enumerate(class_table().to_pylist())]


def _schema() -> str:
    types = {"double": "double", "int64": "long", "string": "string", "bool": "boolean"}
    types |= {"timestamp[us]": "timestamp_ntz", "date32[day]": "date"}
    columns = [f"{field.name} {types[str(field.type)]}" for field in class_table().schema]
    return ", ".join([f"`{ROW}` long", *columns])


def _values(table: Table) -> dict[str, list[Any]]:
    """Return the rows in order, in plain Python values."""
    frame = table.frame.select(ROW, *table.columns)
    if isinstance(frame, nw.LazyFrame):
        rows = sorted(frame.to_native().collect(), key=lambda row: row[0])
        listed = {name: [row[i] for row in rows] for i, name in enumerate([ROW, *table.columns])}
    else:
        listed = {name: frame[name].to_list() for name in frame.columns}
    return {name: [_plain(value) for value in values] for name, values in listed.items()}


def _plain(value: Any) -> Any:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


def _close(a: Any, b: Any) -> bool:
    """Compare states, floats to twelve digits."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_close(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(_close(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == pytest.approx(b, rel=1e-12)) if isinstance(a, float) else bool(a == b)


def _listed_cells(record: Any) -> dict[str, int]:
    return {
        column: _count(cells.listed(column)) for cells in record.cells for column in cells.columns
    }


def _count(frame: Any) -> int:
    return len(frame.collect()) if isinstance(frame, nw.LazyFrame) else len(frame)


@pytest.mark.parametrize("stage", STAGES, ids=repr)
def test_a_stage_is_the_same_on_spark(stage: Stage, tables: tuple[Table, Table]) -> None:
    """States, values, changed cells, dropped rows and reasons are those of pandas."""
    step = [(f"0:{stage.name()}", stage)]
    memory, spark = (learn_steps(step, table) for table in tables)
    assert _close(spark.states, memory.states)
    assert spark.table.kinds == memory.table.kinds
    found, expected = _values(spark.table), _values(memory.table)
    for name in expected:
        assert found[name] == expected[name], name
    assert _listed_cells(spark.records[0]) == _listed_cells(memory.records[0])
    assert _gone(spark.records[0]) == _gone(memory.records[0])


def _gone(record: Any) -> list[tuple[int, str]]:
    found = []
    for dropped in record.dropped:
        frame = (
            dropped.frame.collect() if isinstance(dropped.frame, nw.LazyFrame) else dropped.frame
        )
        found += list(zip(frame[ROW].to_list(), frame["reason"].to_list(), strict=True))
    return sorted(found)


def test_a_pipeline_learned_in_memory_is_applied_on_spark(tables: tuple[Table, Table]) -> None:
    """Frozen states repair a Spark frame as they do a pandas one, and every row comes out."""
    memory, spark = tables
    steps = [
        (f"{i}:{stage.name()}", stage)
        for i, stage in enumerate([dp.DropDuplicates(), dp.Impute(), dp.IQR(by="plan"), dp.MAD()])
    ]
    states = learn_steps(steps, memory).states
    expected, _ = apply_steps(steps, states, memory, training=False)
    found, _ = apply_steps(steps, states, spark, training=False)
    found_values, expected_values = _values(found), _values(expected)
    assert len(found_values[ROW]) == len(_rows())
    for name in expected_values:
        assert found_values[name] == expected_values[name], name


def test_no_stage_is_left_out() -> None:
    """Every stage is tried on Spark, but those that read text or get arrays as others do."""
    names = {name for name in stage_names() if _asks_the_engine(stage_class(name))}
    assert names <= {stage.name() for stage in STAGES} | NOT_ON_SPARK


def _asks_the_engine(cls: type[Stage]) -> bool:
    """Tell whether a stage has more to do with an engine than other resampling stages."""
    return not issubclass(cls, Sampler) or cls.change is not Sampler.change
