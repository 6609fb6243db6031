"""The commands validate and suggest-expectations: exit codes, messages, files."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import ran

import dataprep as dp

ROOT = Path(__file__).parents[2]
ROWS = "id,age,joined,zip\n1,30,31/01/2024,01234\n2,999,01/02/2024,12345\n3,,03/02/2024,00123\n"


@pytest.fixture
def people(tmp_path):
    """A file, and what writes suites beside it."""
    (tmp_path / "people.csv").write_text(ROWS)

    def suite(*listed, **keys):
        content = {"name": "people", "expectations": list(listed), **keys}
        (tmp_path / "s.json").write_text(json.dumps(content))
        return "s.json"

    return suite


def one(kind, severity="critical", **kwargs):
    return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity}


@pytest.mark.parametrize("file", ["churn.csv", "churn_clean.csv"])
def test_the_suites_of_the_project_hold_on_the_sample_table(file):
    """The raw table meets the raw suite, the undamaged one both."""
    names = ["customers_raw"] if file == "churn.csv" else ["customers_raw", "customers_clean"]
    for name in names:
        verdict = dp.validate(ROOT / "sample_data" / file, ROOT / "expectations" / f"{name}.json")
        assert [str(o) for o in verdict.failed("critical")] == []
    assert file == "churn_clean.csv" or [o.severity for o in verdict.failed("info")] == [
        "warning",
        "info",
    ]


def test_an_exit_code_says_whether_what_is_critical_is_met(dataprep, people):
    """0 where it is met, 1 where not, and what is not met is told with examples."""
    ages = {"column": "age", "min_value": 0, "max_value": 120}
    name = people(one("column_values_to_be_between", "warning", **ages))
    assert dataprep("validate", "people.csv", "--suite", name, "-q").code == 0
    name = people(one("column_values_to_be_between", **ages))
    answer = dataprep("validate", "people.csv", "--suite", name)
    assert answer.code == 1
    assert "critical  expect_column_values_to_be_between" in answer.out
    assert "not met by 1 row (50.00%), e.g. 999" in answer.out
    assert "people: 0 of 1 expectations met" in answer.out
    answer = dataprep("validate", "people.csv", "--suite", name, "--json")
    assert answer.code == 1
    assert answer.json["results"][0]["examples"] == [999]


def test_values_are_what_columns_hold_and_patterns_see_what_is_written(dataprep, people):
    """A date is a date, and a pattern about it sees the cell as it stands in the file."""
    name = people(
        one("column_values_to_be_between", column="joined", min_value="2024-01-31"),
        one("column_values_to_match_regex", column="joined", regex="^[0-9]{2}/[0-9]{2}/2024$"),
        one("column_values_to_match_strftime_format", column="joined", strftime_format="%d/%m/%Y"),
        one("column_values_to_be_in_type_list", column="age", type_list=["BIGINT"]),
        one("column_value_lengths_to_equal", column="zip", value=5),
        one("column_values_to_match_regex", column="age", regex="^[0-9]+$"),
    )
    answer = dataprep("validate", "people.csv", "--suite", name, "--date-order", "day", "--json")
    assert [r["success"] for r in answer.json["results"]] == [True] * 6, answer.out


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_files_with_types_of_their_own_are_asked_alike(dataprep, people, tmp_path, ending):
    """JSON Lines and Parquet: patterns see values without the quotes of JSON."""
    import pandas as pd

    frame = pd.DataFrame({"day": ["2024-01-31", "2024-02-01"], "n": [7, 12]})
    if ending == "parquet":
        frame.to_parquet(tmp_path / "in.parquet")
    else:
        frame.to_json(tmp_path / "in.jsonl", orient="records", lines=True)
    name = people(
        one("column_values_to_match_regex", column="day", regex="^2024-[0-9]{2}-[0-9]{2}$"),
        one("column_values_to_match_regex", column="n", regex="^[0-9]+$"),
        one("column_value_lengths_to_equal", column="day", value=10),
    )
    answer = dataprep("validate", f"in.{ending}", "--suite", name)
    assert answer.code == 0, answer.out


def test_what_could_not_be_asked_hides_no_other_verdict(dataprep, people):
    """All are asked, the one that could not be stands among them, and the exit code is 3."""
    name = people(
        one("column_values_to_be_unique", column="ID"),
        one("column_values_to_not_be_null", column="id"),
    )
    answer = dataprep("validate", "people.csv", "--suite", name)
    assert answer.code == 3
    assert "could not be asked: no column 'ID'" in answer.out
    assert "1 of 2 expectations met" in answer.out
    answer = dataprep("validate", "people.csv", "--suite", name, "--json")
    results = json.loads(answer.out)["results"]
    assert (answer.code, [result["success"] for result in results]) == (3, [False, True])
    assert "no column 'ID'" in results[0]["error"]


def test_what_is_wrong_with_a_suite_has_a_code_and_a_remedy(refused, people):
    """2 for a suite that is wrong, 3 for what could not be found out; nothing is left."""

    def asked(name):
        return ("validate", "people.csv", "--suite", name)

    refused(*asked("t.json"), code=3, says="no such file")
    name = people(one("column_values_to_be_uniqe", column="id"))
    refused(*asked(name), code=2, says=["s.json: expectations[0]", "to_be_unique"])
    people(one("column_values_to_be_unique", column="ID"))
    refused(*asked(name), code=3, says=["no column 'ID'", "Did you mean 'id'"])
    people(one("column_values_to_be_unique", column="id", columm="x"))
    refused(*asked(name), code=2, says="Did you mean 'column'")
    people(one("column_stdev_to_be_between", column="zip", min_value=0))
    refused(*asked(name), code=3, says=["could not be asked", "does not count as met"])
    refused("validate", "nobody.csv", "--suite", name, code=3, says="no such file")


def test_a_suite_is_suggested_met_and_never_written_over(dataprep, refused, people, tmp_path):
    """To standard output or a file; a file that is there stays, but for -f; the input always."""
    shown = dataprep("suggest-expectations", "people.csv").json
    assert shown["name"] == "people"
    answer = dataprep("suggest-expectations", "people.csv", "-o", "new.json", "-q")
    assert (answer.code, answer.out) == (0, "")
    assert json.loads((tmp_path / "new.json").read_text()) == shown
    assert dataprep("validate", "people.csv", "--suite", "new.json", "-q").code == 0
    asked = ("suggest-expectations", "people.csv", "-o")
    refused(*asked, "new.json", code=2, says="is there already")
    (tmp_path / "d").mkdir()
    shutil.copy("people.csv", "d/people.csv")
    for given in ("d/people.csv", "d/p*.csv", "d"):
        written = ("suggest-expectations", given, "-o", "d/people.csv", "-f")
        refused(*written, code=2, says="over what the run reads")
    assert (tmp_path / "d" / "people.csv").read_text() == ROWS
    refused(*asked, ".", code=2, says="is a folder")
    refused(*asked, "none/s.json", code=3, says="does not exist")
    assert dataprep(*asked, "new.json", "-f").code == 0


def test_data_docs_are_gx_s_own_pages(dataprep, people, refused, tmp_path):
    """A page with what was found, and an index; each suite and each place has a page."""
    name = people(
        one("column_values_to_be_between", column="age", max_value=120),
        one("column_mean_to_be_between", column="age", min_value=0),
    )
    asked = ("validate", "people.csv", "--suite", name, "-q", "--data-docs")
    assert dataprep(*asked, "docs").code == 1
    assert dataprep(*asked, "docs").code == 1
    (page,) = (tmp_path / "docs").glob("people-people.csv-*.html")
    assert "999" in page.read_text(encoding="utf-8")
    assert "less than or equal to" in page.read_text(encoding="utf-8")
    assert page.name in (tmp_path / "docs" / "index.html").read_text()
    (tmp_path / "d").mkdir()
    shutil.copy("people.csv", "d/people.csv")
    dataprep("validate", "d/people.csv", "--suite", name, "-q", "--data-docs", "docs")
    assert len(list((tmp_path / "docs").glob("people-people.csv-*.html"))) == 2
    (tmp_path / "file").write_text("")
    refused(*asked, "file", code=3, says="is a file")
    alone = ("validate", "people.csv", "--schema", "s.json", "--data-docs", "docs")
    refused(*alone, code=2, says=["--data-docs", "--suite"])


def test_values_are_text_in_a_page(tmp_path):
    """Signs of HTML in cells, in names and in the suite are shown, never carried out."""
    import pandas as pd

    from dataprep.expectations.data_docs import write_data_docs

    evil = "<script>alert('&')</script>"
    frame = pd.DataFrame({evil: [f"{evil}1", "b", "b"], "n": [1, 2, 3]})
    suite = {
        "name": f"of {evil}",
        "expectations": [
            one("column_values_to_be_in_set", column=evil, value_set=[f"{evil}2"]),
            one("column_distinct_values_to_equal_set", column=evil, value_set=["b"]),
            one("table_columns_to_match_set", column_set=[evil]),
            {**one("column_values_to_be_unique", column=evil), "notes": evil, "description": evil},
            one(
                "column_values_to_be_between",
                column="n",
                max_value=1,
                row_condition='col("n") < 3',
                condition_parser="great_expectations",
            ),
        ],
    }
    page = write_data_docs(dp.validate(frame, suite), tmp_path).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;1" in page
    assert not any("\ue000" <= sign < "\ue010" for sign in page)


def test_what_dp_validate_takes_is_told(people):
    """A frame takes no reading options, and a number is no suite."""
    import pandas as pd

    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(dp.DataprepError, match="is for files"):
        dp.validate(frame, {"name": "s", "expectations": []}, delimiter=";")
    with pytest.raises(dp.DataprepError, match="int is no suite"):
        dp.validate(frame, 3)
    with pytest.raises(dp.DataprepError, match="data: dict is no frame"):
        dp.validate({"a": [1]}, {"name": "s", "expectations": []})
    with pytest.raises(dp.DataprepError, match="DuckDBPyRelation is no frame"):
        dp.suggest_expectations(duckdb.sql("select 1 as a"))
    assert dp.validate(frame, {"name": "s", "expectations": []}).success


def test_a_frame_with_a_column_called_read_is_no_file():
    """The column is not taken for what reads an open file."""
    import pandas as pd

    frame = pd.DataFrame({"read": [1, 2]})
    assert dp.validate(frame, dp.suggest_expectations(frame)).success
    assert dp.clean(frame).data["read"].tolist() == [1, 2]


def test_columns_are_compared_with_those_of_a_run_without_a_suite(dataprep, refused, people):
    """--schema alone needs no suite: 0 for the same columns, 1 for others, told by name."""
    assert dataprep("clean", "people.csv", "-q").code == 0
    for recorded in ("pipeline.json", "summary.json"):
        asked = ("--schema", f"people.clean.dataprep/{recorded}")
        assert dataprep("validate", "people.csv", *asked, "-q").code == 0
    Path("others.csv").write_text("age,id,city\n30.5,1,A\n4.5,2,B\n")
    answer = dataprep("validate", "others.csv", *asked, "--json")
    assert (answer.code, answer.json["success"]) == (1, False)
    assert answer.json["schema"]["gone"] == ["joined", "zip"]
    answer = dataprep("validate", "others.csv", *asked)
    assert "schema: columns added: city; columns gone: joined, zip; age was integer" in answer.out
    refused("validate", "people.csv", code=2, says=["--suite", "--schema"])
    refused("validate", "people.csv", "--schema", "x.json", code=3, says="cannot be read")
    Path("s.json").write_text("[]")
    refused("validate", "people.csv", "--schema", "s.json", code=2, says="records no columns")


@pytest.mark.slow
@pytest.mark.parametrize(("most", "code"), [(120, 1), (1000, 0)])
def test_a_process_says_nothing_but_its_own_words(people, tmp_path, most, code):
    """Neither Great Expectations nor DuckDB adds a line, at work or as the process ends."""
    name = people(one("column_values_to_be_between", column="age", max_value=most))
    answer = ran("validate", "people.csv", "--suite", name, "-q", cwd=tmp_path)
    assert (answer.code, answer.out, answer.err) == (code, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv", "s.json"]
