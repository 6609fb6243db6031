"""Suites are read as Great Expectations writes them, and what is wrong is named with its place."""

import json
from pathlib import Path

import pytest

from dataprep.errors import ConfigError, ReadError
from dataprep.expectations.gx import loaded
from dataprep.expectations.suites import read_suite, suite_from

ROOT = Path(__file__).parents[2]
AGES = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 0}}


def with_one(**keys):
    return {"name": "s", "expectations": [{**AGES, **keys}]}


def of(kind, **kwargs):
    return {"type": f"expect_{kind}", "kwargs": kwargs}


def test_a_suite_that_gx_wrote_is_read(tmp_path):
    """What Great Expectations itself serialises is read, severity, notes and all."""
    gx = loaded()

    gx.get_context(mode="ephemeral")
    written = gx.ExpectationSuite("people", meta={"team": "x"}, notes="of people")
    written.add_expectation(
        gx.expectations.ExpectColumnValuesToBeBetween(
            column="age", min_value=0, severity="warning", meta={"why": "law"}, notes="n"
        )
    )
    path = tmp_path / "people.json"
    path.write_text(json.dumps(written.to_json_dict()))
    suite = read_suite(path)
    assert suite.name == "people"
    assert [(one.type, one.severity) for one in suite] == [(AGES["type"], "warning")]
    assert suite.expected[0].kwargs == AGES["kwargs"]
    suite.check()


@pytest.mark.parametrize("name", ["customers_raw", "customers_clean"])
def test_gx_reads_the_suites_of_the_project(name):
    """The suites in expectations/ are Great Expectations' own format."""
    gx = loaded()

    content = json.loads((ROOT / "expectations" / f"{name}.json").read_text(encoding="utf-8"))
    assert len(gx.ExpectationSuite(**content).expectations) == len(content["expectations"])
    read_suite(ROOT / "expectations" / f"{name}.json").check()


def test_a_severity_is_critical_unless_said_in_its_field_or_in_meta():
    """The field severity wins over meta.severity, and critical is what is not said."""
    found = [
        suite_from(with_one(**keys)).expected[0].severity
        for keys in (
            {},
            {"severity": "info"},
            {"meta": {"severity": "warning"}},
            {"severity": "critical", "meta": {"severity": "info"}},
        )
    ]
    assert found == ["critical", "info", "warning", "critical"]


def test_quarantine_is_said_by_an_expectation_or_by_the_suite():
    """What an expectation says of its rows wins over what its suite says."""
    whole = {**with_one(), "meta": {"on_failure": "quarantine"}}
    assert suite_from(whole).expected[0].quarantine
    assert suite_from(with_one(meta={"on_failure": "quarantine"})).expected[0].quarantine
    whole["expectations"][0]["meta"] = {"on_failure": "fail"}
    assert not suite_from(whole).expected[0].quarantine


def test_the_hash_of_a_suite_is_that_of_what_it_says():
    """Blanks and the order of keys do not matter, another bound does."""
    one, other = with_one(), with_one(kwargs={"min_value": 0, "column": "age"})
    assert suite_from(one).sha256 == suite_from(other).sha256
    assert suite_from(one).sha256 != suite_from(with_one(severity="info")).sha256


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "is no suite"),
        ({"name": "s"}, "'expectations' holds no list"),
        ({"expectations": [], "nmae": "s"}, "Did you mean 'name'?"),
        ({"expectation_suite_name": "s"}, "Great Expectations 0.x"),
        ({"expectations": ["x"]}, "expectations[0]"),
        (with_one(kwargs=[1]), "no map of arguments"),
        (with_one(kwrags={}), "Did you mean 'kwargs'?"),
        (with_one(severity="fatal"), "unknown severity 'fatal'"),
        (with_one(meta={"on_failure": "quarantin"}), "Did you mean 'quarantine'?"),
        (with_one(kwargs={"column": {"$PARAMETER": "c"}}), "Write the value itself"),
        (with_one(kwargs={"column": "age", "severity": "info"}), "beside 'kwargs'"),
        ({**with_one(), "suite_parameters": [1]}, "[1] is no map"),
    ],
)
def test_what_is_no_suite_is_refused_before_gx_is_imported(content, says):
    """Keys, types and choices are checked by themselves, and the place is told."""
    with pytest.raises(ConfigError) as told:
        suite_from(content, "s.json")
    assert says in str(told.value)
    assert str(told.value).startswith("s.json")


def test_a_suite_gives_its_own_parameters():
    """What asks for one of the suite_parameters is that, within lists, too."""
    one = {"kwargs": {"column": "age", "min_value": {"$PARAMETER": "least"}}}
    sets = {"kwargs": {"column": "age", "value_set": [1, {"$PARAMETER": "least"}]}}
    for keys, name in ((one, "min_value"), (sets, "value_set")):
        content = {**with_one(**keys), "suite_parameters": {"least": 18}}
        assert suite_from(content).expected[0].kwargs[name] in (18, [1, 18])
    with pytest.raises(ConfigError, match=r"'laest' is not among .* Did you mean 'least'"):
        suite_from(
            {
                **with_one(kwargs={"column": "age", "min_value": {"$PARAMETER": "laest"}}),
                "suite_parameters": {"least": 18},
            }
        )


@pytest.mark.parametrize(
    ("one", "says"),
    [
        ({"type": "expect_column_values_to_be_betwen"}, "'expect_column_values_to_be_between'"),
        ({"kwargs": {"column": "age", "min_valeu": 1}}, "'min_value'"),
        ({"kwargs": {"column": "age"}}, "min_value and max_value cannot both be None"),
        ({"kwargs": {"column": "age", "min_value": "a", "mostly": 3}}, "mostly"),
        ({"kwargs": {"column": "age", "min_value": 5, "max_value": 1}}, "5 is more than max_value"),
        (
            {"kwargs": {"column": "d", "min_value": "2024-02-01", "max_value": "2024-01-31"}},
            "'2024-02-01' is more than max_value",
        ),
        ({"kwargs": {"column": "age", "min_value": "a"}}, "'a' is no number, date or time"),
        (of("column_values_to_match_regex", column="age", regex="("), "no regular expression"),
        (
            of("column_values_to_match_regex_list", column="a", regex_list=["x", "("]),
            "regex_list[1]",
        ),
        (of("column_kl_divergence_to_be_less_than", column="a", threshold=0.1), "compare with"),
        (of("multicolumn_values_to_be_unique", column_list=["a"]), "expect_compound_columns"),
        (
            {
                "type": "unexpected_rows_expectation",
                "kwargs": {"unexpected_rows_query": "select 1"},
            },
            "Write {batch} for the table",
        ),
        (
            {
                "type": "expect_table_row_count_to_equal",
                "kwargs": {"value": 3},
                "meta": {"on_failure": "quarantine"},
            },
            "not about rows",
        ),
    ],
)
def test_unknown_types_and_wrong_arguments_name_what_there_is(one, says):
    """A type or an argument that there is not brings the nearest that there is."""
    with pytest.raises(ConfigError) as told:
        suite_from(with_one(**one), "s.json").check()
    assert says in str(told.value)
    assert "s.json: expectations[0]" in str(told.value)


def test_a_file_that_is_none_or_no_json_is_told(tmp_path):
    """A missing file brings the nearest one, and text that is no JSON the way to a suite."""
    (tmp_path / "suite.json").write_text("{")
    with pytest.raises(ReadError, match=r"Did you mean 'suite.json'"):
        read_suite(tmp_path / "siute.json")
    with pytest.raises(ConfigError, match="suggest-expectations"):
        read_suite(tmp_path / "suite.json")
    with pytest.raises(ReadError, match="cannot be read"):
        read_suite(tmp_path)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_suite(tmp_path / "bytes.json")
