"""Expectations of a Spark frame are asked on Spark, with the verdicts of the other libraries."""

import sys

import narwhals as nw
import pytest

from dataprep.engines.portable import Portable
from dataprep.expectations.running import rows_failing, validate
from dataprep.expectations.suites import suite_from
from dataprep.expectations.verdicts import Verdict
from dataprep.table import ROW, Table

pytestmark = pytest.mark.slow
EXPECTED = [
    ("column_values_to_be_between", {"column": "age", "min_value": 0, "max_value": 120}, 1),
    ("column_values_to_not_be_null", {"column": "age"}, 1),
    ("column_values_to_be_unique", {"column": "plan"}, 3),
    ("column_values_to_match_regex", {"column": "plan", "regex": "^[ab]$"}, 1),
    ("column_values_to_match_regex", {"column": "age", "regex": "^..$"}, 1),
    ("column_values_to_be_between", {"column": "day", "min_value": "2024-01-02"}, 1),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "age", "column_B": "day_no"}, 0),
    ("compound_columns_to_be_unique", {"column_list": ["plan", "flag"]}, 2),
    ("column_values_to_be_increasing", {"column": "day_no"}, 0),
    ("table_row_count_to_equal", {"value": 5}, None),
    ("column_values_to_match_regex", {"column": "name", "regex": r"^\w+$"}, 1),
    ("column_values_to_match_regex", {"column": "name", "regex": r"\bZo"}, 4),
    ("column_values_to_match_regex", {"column": "name", "regex": "^a.$"}, 3),
    ("column_values_to_not_be_null", {"column": "share"}, 2),
    ("column_values_to_be_between", {"column": "share", "max_value": 5}, 1),
    ("column_max_to_be_between", {"column": "share", "max_value": 9}, None),
    ("column_values_to_be_in_set", {"column": "code", "value_set": [1234, 12]}, 4),
    ("column_values_to_be_in_set", {"column": "day_no", "value_set": ["1", "2", "3", "4"]}, 1),
    ("column_values_to_be_in_set", {"column": "day_no", "value_set": ["1", "02"]}, 4),
    ("column_values_to_be_between", {"column": "day", "min_value": "2024-01-01T23:00:00"}, 1),
    ("column_values_to_be_between", {"column": "nothing", "min_value": 0}, 0),
    ("column_values_to_be_between", {"column": "number", "min_value": 2}, 1),
]

_WITH_ROWS = 10


@pytest.fixture(scope="module")
def table():
    """A frame of Spark in two partitions."""
    sql = pytest.importorskip("pyspark.sql")
    patch = pytest.MonkeyPatch()
    patch.setenv("PYSPARK_PYTHON", sys.executable)
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    rows = session.sql(
        "select *, cast(null as string) as nothing from values "
        "(0L, 30L, 'a', true, date '2024-01-01', 1, 'Zoë', double('NaN'), '01234', '1'), "
        "(1L, null, 'a', true, date '2024-01-02', 2, 'ab\n', 1.5, '1234', '2'), "
        "(2L, 40L, 'b', true, date '2024-01-03', 3, 'ab', null, '7', '3'), "
        "(3L, 999L, 'a', false, date '2024-01-04', 4, 'José', 9, 'x', '4'), "
        "(4L, 50L, 'c', true, date '2024-01-05', 5, 'a b', 2, '012', '5') "
        f"as t(`{ROW}`, age, plan, flag, day, day_no, name, share, code, number)"
    )
    kinds = {"age": "integer", "plan": "category", "flag": "boolean", "day": "date",
             "day_no": "integer", "name": "text", "share": "float", "code": "identifier",
             "number": "identifier", "nothing": "text"}  # fmt: skip
    yield Table(nw.from_native(rows), kinds, Portable(session))
    session.stop()
    patch.undo()


def test_verdicts_and_rows_are_spark_s_own(table):
    """Values, texts, days, pairs, NaN and windows are counted; the rows that fail are found."""
    listed = [{"type": f"expect_{kind}", "kwargs": kwargs} for kind, kwargs, _ in EXPECTED]
    whole = {"name": "s", "expectations": listed, "meta": {"on_failure": "quarantine"}}
    asked = suite_from(whole)
    verdict = validate(table, asked)
    found = [(one.type, one.unexpected_count, one.success) for one in verdict.results]
    assert found == [(f"expect_{kind}", count, not count) for kind, _, count in EXPECTED]
    first = Verdict("s", verdict.results[:_WITH_ROWS])
    rows = rows_failing(table, asked, first).to_native().collect()
    assert [row[ROW] for row in rows] == [0, 1, 3, 4]
    reasons = {row[ROW]: row["reason"].removeprefix("expect_column_values_to_") for row in rows}
    assert reasons == {
        0: "be_unique(plan)",
        1: "not_be_null(age)",
        3: "be_between(age)",
        4: "match_regex(plan)",
    }
