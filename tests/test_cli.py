"""The commands and their flags: what they do, what they refuse, what they load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM, cells, folder_of, listing, ran, summary_of

ROOT = Path(__file__).parent.parent
HEAVY = [
    "pandas", "polars", "pyarrow", "sklearn", "duckdb", "narwhals", "pydantic", "rich", "yaml",
    "numpy", "tensorflow", "great_expectations", "sqlalchemy", "pyspark", "scipy", "imblearn",
]  # fmt: skip


def rows_of_a_table():
    """Return rows with missing values, far outliers, duplicates and a target."""
    rows = [["key", "age", "plan", "spend", "churned"]]
    for i in range(200):
        age = "" if i % 20 == 3 else str(20 + i % 50)
        plan = "" if i % 30 == 7 else "abc"[i % 3]
        spend = "99999" if i == 50 else f"{i * 7919 % 1000 / 10:.2f}"
        rows.append([f"K{i:04}", age, plan, spend, str(i % 2)])
    rows += [list(rows[5]), list(rows[9])]
    return rows


@pytest.fixture
def table(tmp_path):
    """Put a dirty table in the folder."""
    path = tmp_path / "in.csv"
    path.write_text("".join(",".join(row) + "\n" for row in rows_of_a_table()))
    return path


# ---- help and wrong usage


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["clean", "-h"], ["apply", "--help"]])
def test_help(dataprep, words):
    """Help goes to standard output and is a success."""
    answer = dataprep(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: dataprep")


def test_the_version(dataprep):
    """The version is that of the package."""
    from dataprep import __version__

    assert dataprep("--version").out == f"dataprep, version {__version__}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Usage:"),
        (["claen", "in.csv"], "Did you mean 'clean'?"),
        (["clean"], "Missing argument"),
        (["clean", "in.csv", "--targt", "y"], "Did you mean '--target'?"),
        (["clean", "in.csv", "-o"], "requires an argument"),
        (["clean", "in.csv", "-o", ""], "is empty"),
        (["clean", "in.csv", "--target", ""], "is empty"),
        (["clean", "in.csv", "--id", ""], "is empty"),
        (["clean", "in.csv", "--target", "age", "--id", "age"], "'age' is the target as well"),
        (["clean", "in.csv", "--missing", "medain"], "Did you mean 'median'"),
        (["clean", "in.csv", "--outliers", "iqrr"], "--outliers: unknown choice 'iqrr'"),
        (["clean", "in.csv", "--engine", "duckdbb"], "Did you mean 'duckdb'?"),
        (["clean", "in.csv", "--memory-limit", "lots"], "Write it as 512MB"),
        (["clean", "in.csv", "--type", "age=intger"], "Did you mean 'integer'"),
        (["clean", "in.csv", "--type", "age"], "zip=identifier"),
        (["clean", "in.csv", "--sentinel", "none"], "--missing-value"),
        (
            ["clean", "in.csv", "--delimiter", "ab"],
            "'ab' does not stand between",
        ),
        (["clean", "in.csv", "--set", "iqr.k"], "stage.parameter=value"),
        (["clean", "in.csv", "--set", "iqrr.k=3"], "Did you mean 'iqr'?"),
        (["clean", "in.csv", "--set", "impute.startegy=mean"], "Did you mean 'strategy'?"),
        (["clean", "in.csv", "--set", "impute.strategy=maen"], "--set impute.strategy: 'maen'"),
        (["clean", "in.csv", "--set", "iqr.k=-1"], "--set iqr.k: -1"),
        (["stages", "imput"], "Did you mean 'impute' or"),
        (["clean", "in.csv", "--sheet", "2"], "in.csv has no sheets"),
        (["clean", "in.csv", "--quote", ";", "--delimiter", ";"], "is the delimiter as well"),
        (["apply", "in.csv"], "Missing argument"),
        (["apply", "p.json", "in.csv", "--type", "a=text"], "No such option"),
        (["undo"], "Missing argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(refused, table, words, says):
    """Wrong usage is 2, names what is wrong and the nearest that is right, and writes nothing."""
    refused(*words, code=2, says=says)


# ---- clean


def test_clean_writes_the_output_and_its_run_folder(dataprep, table, tmp_path):
    """One command, one output, and beside it everything that was done."""
    before = table.read_bytes()
    answer = dataprep("clean", "in.csv")
    assert answer.code == 0, answer.err
    assert table.read_bytes() == before
    folder = tmp_path / "in.clean.dataprep"
    assert {path.name for path in folder.iterdir()} >= {
        "summary.json", "pipeline.json", "ledger.parquet", "rejected.csv", "malformed.csv",
    }  # fmt: skip
    summary = summary_of(tmp_path / "in.clean.csv")
    for key in (
        "rows_in", "rows_malformed", "rows_kept", "rows_rejected", "rows_synthetic", "rows_out",
        "cells_changed", "stages", "seconds", "dataprep",
    ):  # fmt: skip
        assert key in summary
    assert summary["input"]["sha256"]
    assert (summary["rows_in"], summary["rows_rejected"], summary["rows_out"]) == (202, 2, 200)
    assert summary["cells_changed"] == 10 + 7 + 1
    assert not list(tmp_path.glob(".dataprep-*"))


def test_the_rejected_rows_are_whole(dataprep, table, tmp_path):
    """A dropped row stands in rejected.csv as it came, with its number, stage and reason."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    header, *rejected = cells(folder_of(tmp_path / "in.clean.csv") / "rejected.csv")
    given = cells(table)
    assert header == [*given[0], "_row", "_stage", "_reason"]
    assert [row[:5] for row in rejected] == given[-2:]
    assert [row[5] for row in rejected] == ["200", "201"]
    assert {row[6] for row in rejected} == {"0:drop_duplicates"}
    assert all(row[7] for row in rejected)


def test_the_ledger_explains_every_difference(dataprep, table, tmp_path):
    """Each cell that differs has an entry with its text before and after, and no other has one."""
    duckdb = pytest.importorskip("duckdb")
    assert dataprep("clean", "in.csv", "-q").code == 0
    ledger = folder_of(tmp_path / "in.clean.csv") / "ledger.parquet"
    entries = duckdb.sql(
        f"select row, \"column\", before, after, reason from '{ledger}' "
        'where "column" is not null order by all'
    ).fetchall()
    header, *given = cells(table)
    found = cells(tmp_path / "in.clean.csv")[1:]
    expected = [
        (i, header[j], before or None, after)
        for i, rows in enumerate(zip(given[:200], found, strict=True))
        for j, (before, after) in enumerate(zip(*rows, strict=True))
        if before != after
    ]
    assert sorted(entry[:4] for entry in entries) == sorted(expected)
    assert all(entry[4] for entry in entries)


@pytest.mark.parametrize("flags", [[], ["--outliers", "mad", "--missing", "mean"]])
def test_a_dry_run_counts_what_the_run_does(dataprep, table, tmp_path, flags):
    """Nothing is written, and the counts are those of the real run."""
    before = listing(tmp_path)
    dry = dataprep("clean", "in.csv", "--dry-run", "--json", *flags)
    assert dry.code == 0, dry.err
    assert listing(tmp_path) == before
    real = dataprep("clean", "in.csv", "--json", *flags)

    def counts(summary):
        stages = [{k: v for k, v in s.items() if k != "seconds"} for s in summary["stages"]]
        return {k: v for k, v in summary.items() if k.startswith(("rows", "cells"))} | {
            "stages": stages
        }

    assert counts(dry.json) == counts(real.json)


def test_a_dry_run_runs_beside_an_earlier_output(dataprep, table):
    """An output that is there already is no obstacle to counting."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert dataprep("clean", "in.csv", "-q", "--dry-run").code == 0


def test_json_is_the_summary(dataprep, table, tmp_path):
    """What --json prints is what summary.json holds, and standard output holds nothing else."""
    answer = dataprep("clean", "in.csv", "--json")
    assert answer.json == summary_of(tmp_path / "in.clean.csv")
    assert answer.err == ""


def test_quiet_prints_nothing(dataprep, table):
    """With -q a success is silent."""
    answer = dataprep("clean", "in.csv", "-q")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_the_report_names_what_comes_next(dataprep, table):
    """The closing lines say where it went, how to take it back and how to apply it."""
    answer = dataprep("clean", "in.csv")
    assert "202 rows in = 200 kept + 2 rejected; 18 cells changed" in answer.out
    assert "dataprep undo in.clean.csv" in answer.out
    assert "dataprep apply in.clean.dataprep/pipeline.json" in answer.out


def test_the_commands_that_the_report_names_work(dataprep, tmp_path):
    """They can be pasted, even where the file's name has blanks and quotes in it."""
    import shlex

    name = "it's a [table].csv"
    (tmp_path / name).write_text("".join(",".join(row) + "\n" for row in rows_of_a_table()))
    answer = dataprep("clean", name)
    assert answer.code == 0, answer.err
    undo = next(line for line in answer.out.splitlines() if "dataprep undo" in line)
    words = shlex.split(undo.partition("dataprep ")[2])
    assert dataprep(*words).code == 0
    apply = next(line for line in answer.out.splitlines() if "dataprep apply" in line)
    words = shlex.split(apply.partition("dataprep ")[2].replace("NEW.csv", shlex.quote(name)))
    assert dataprep(*words, "-o", "new.csv").code == 0


def test_force_replaces_output_and_folder_together(dataprep, table, tmp_path):
    """With -f the output and its run folder are those of the new run, and undo works."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert dataprep("clean", "in.csv", "-q", "-f", "--outliers", "none").code == 0
    assert len(summary_of(tmp_path / "in.clean.csv")["stages"]) == 2
    assert dataprep("undo", "in.clean.csv", "-q", "-o", "back.csv").code == 0
    assert cells(tmp_path / "back.csv") == cells(table)
    assert not list(tmp_path.glob(".dataprep-*"))


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "csv.gz", "tsv"])
def test_the_output_s_name_chooses_its_format(dataprep, table, tmp_path, suffix):
    """A CSV can become Parquet, JSON Lines or a compressed CSV, and undo gives the CSV back."""
    answer = dataprep("clean", "in.csv", "-q", "-o", f"out.{suffix}")
    assert answer.code == 0, answer.err
    answer = dataprep("undo", f"out.{suffix}", "-q", "-o", "back.csv")
    assert answer.code == 0, answer.err
    assert cells(tmp_path / "back.csv") == cells(table)


@pytest.mark.parametrize(
    ("flags", "stages"),
    [
        ([], ["drop_duplicates", "impute", "iqr"]),
        (["--missing", "drop"], ["drop_duplicates", "drop_missing", "iqr"]),
        (["--missing", "none"], ["drop_duplicates", "iqr"]),
        (["--outliers", "none"], ["drop_duplicates", "impute"]),
        (["--outliers", "mad"], ["drop_duplicates", "impute", "mad"]),
        (["--outliers", "z_score"], ["drop_duplicates", "impute", "z_score"]),
        (["--outliers", "quantile"], ["drop_duplicates", "impute", "quantile"]),
        (["--dedupe", "none"], ["impute", "iqr"]),
        (["--escape-formulas"], ["drop_duplicates", "impute", "iqr", "escape_formulas"]),
    ],
    ids=lambda value: " ".join(value) or "no-flags",
)
def test_flags_choose_the_stages(dataprep, table, flags, stages):
    """Each flag has its stage, and ``none`` leaves it out."""
    answer = dataprep("clean", "in.csv", "--dry-run", "--json", *flags)
    assert answer.code == 0, answer.err
    assert [stage["name"] for stage in answer.json["stages"]] == stages


@pytest.mark.parametrize(("strategy", "value"), [("mean", "30.0"), ("median", "20")])
def test_missing_chooses_the_strategy(dataprep, tmp_path, strategy, value):
    """The mean and the median are what they are called."""
    (tmp_path / "in.csv").write_text("a,b\n10,x\n20,y\n60,z\n,w\n")
    answer = dataprep("clean", "in.csv", "-q", "--missing", strategy)
    assert answer.code == 0, answer.err
    assert float(cells(tmp_path / "in.clean.csv")[4][0]) == float(value)


def test_dedupe_by_columns(dataprep, table):
    """Columns after --dedupe make duplicates; names are separated as in a CSV."""
    answer = dataprep("clean", "in.csv", "--dry-run", "--json", "--dedupe", "plan, churned")
    assert answer.json["rows_kept"] == 7


def test_dedupe_by_a_column_with_a_comma(dataprep, tmp_path):
    """A name with a comma in it is quoted, as in a CSV."""
    (tmp_path / "in.csv").write_text('"last, first",n\nx,1\nx,2\ny,3\n')
    answer = dataprep("clean", "in.csv", "--dry-run", "--json", "--dedupe", '"last, first"')
    assert answer.code == 0, answer.err
    assert answer.json["rows_rejected"] == 1


def test_a_target_is_not_touched(dataprep, tmp_path):
    """Not even an outlier in it."""
    rows = "".join(f"{i % 9},{1000000 if i == 7 else i}\n" for i in range(60))
    (tmp_path / "in.csv").write_text("a,y\n" + rows)
    answer = dataprep("clean", "in.csv", "--json", "--dedupe", "none", "--target", "y")
    assert answer.json["cells_changed"] == 0
    assert (
        dataprep("clean", "in.csv", "--json", "--dedupe", "none", "-f").json["cells_changed"] == 1
    )


def test_an_id_is_not_touched(dataprep, tmp_path):
    """A number that names a row is no measurement."""
    rows = "".join(f"{1000000 if i == 7 else i},{i % 9}\n" for i in range(60))
    (tmp_path / "in.csv").write_text("n,b\n" + rows)
    assert dataprep("clean", "in.csv", "--json", "--dry-run").json["cells_changed"] == 1
    found = dataprep("clean", "in.csv", "--json", "--dry-run", "--id", "n").json
    assert found["cells_changed"] == 0
    assert found["columns"]["n"] == "identifier"


def test_a_sentinel_is_missing(dataprep, tmp_path):
    """A number that stands for missing is imputed, and is in no statistic."""
    (tmp_path / "in.csv").write_text(
        "a,b\n" + "".join(f"{i * 7 % 31},x{i}\n" for i in range(31)) + "-999,y\n"
    )
    answer = dataprep("clean", "in.csv", "--json", "--sentinel", "-999", "--outliers", "none")
    assert answer.code == 0, answer.err
    assert answer.json["cells_changed"] == 1
    assert float(cells(tmp_path / "in.clean.csv")[-1][0]) == 15


def test_a_missing_value_of_one_s_own(dataprep, tmp_path):
    """A word that stands for missing keeps a column numeric, and is imputed."""
    (tmp_path / "in.csv").write_text("a,b\n1,p\n3,q\nunknown,r\n")
    answer = dataprep("clean", "in.csv", "--json", "--missing-value", "unknown")
    assert answer.code == 0, answer.err
    assert answer.json["columns"]["a"] == "integer"
    assert float(cells(tmp_path / "in.clean.csv")[3][0]) == 2


def test_a_type_is_settled(dataprep, tmp_path):
    """A kind that is given is not inferred."""
    (tmp_path / "in.csv").write_text("a,b\n" + "".join(f"{i},{i % 5}.5\n" for i in range(30)))
    found = dataprep("clean", "in.csv", "--json", "--dry-run", "--type", "a=identifier").json
    assert found["columns"] == {"a": "identifier", "b": "float"}


def test_a_setting_changes_a_parameter(dataprep, table):
    """--set reaches a stage's parameter, may be repeated, and reads values as YAML does."""
    strict = dataprep(
        "clean", "in.csv", "--json", "--dry-run", "--set", "iqr.k=0", "--set", "iqr.action=drop"
    ).json
    assert strict["stages"][2]["actions"].keys() == {"drop"}
    assert strict["rows_rejected"] > 50


def test_a_setting_takes_a_list(dataprep, table):
    """A list of columns is written as in YAML."""
    found = dataprep(
        "clean", "in.csv", "--json", "--dry-run", "--set", "impute.columns=[age, plan]"
    )
    assert found.code == 0, found.err
    assert found.json["stages"][1]["cells_by_column"].keys() == {"age", "plan"}


@pytest.mark.parametrize(
    "recipe", sorted((ROOT / "pipelines").glob("*.yaml")), ids=lambda p: p.stem
)
def test_every_recipe_runs(dataprep, tmp_path, recipe):
    """The recipes run on the sample that they are for, and undo gives it back."""
    pictures = recipe.stem in ("images", "photos")
    tickets = recipe.stem in ("labels", "pseudo_labels")
    name = "images" if pictures else "tickets.csv" if tickets else "churn.csv"
    sample = ROOT / "sample_data" / name
    answer = dataprep("clean", sample, "--pipeline", recipe, "-o", tmp_path / "out.csv", "-q")
    assert answer.code == 0, answer.err
    assert dataprep("undo", "out.csv", "-o", "back.csv", "-q").code == 0
    if pictures:
        assert dataprep("clean", sample, "-o", tmp_path / "listing.csv", "-q").code == 0
        sample = tmp_path / "listing.csv"
    assert cells(tmp_path / "back.csv") == cells(sample)


def test_the_pipeline_of_a_run_can_be_fitted_again(dataprep, table):
    """A pipeline.json gives its stages to a new run."""
    assert dataprep("clean", "in.csv", "-q", "--outliers", "mad", "--target", "churned").code == 0
    answer = dataprep(
        "clean", "in.csv", "--dry-run", "--json", "--pipeline", "in.clean.dataprep/pipeline.json"
    )
    assert [stage["name"] for stage in answer.json["stages"]] == [
        "drop_duplicates",
        "impute",
        "mad",
    ]


@pytest.mark.parametrize(
    "flag", [["--missing", "mean"], ["--outliers", "none"], ["--dedupe", "age"]]
)
def test_a_flag_that_a_pipeline_makes_void_is_refused(refused, table, tmp_path, flag):
    """A flag that would be passed over in silence is an error."""
    (tmp_path / "p.yaml").write_text("stages: [impute]\n")
    refused("clean", "in.csv", "--pipeline", "p.yaml", *flag, code=2, says=[flag[0], "--set"])


def test_memory_and_duckdb_give_the_same(dataprep, table, tmp_path):
    """The engine decides where the work is done, not what comes out."""
    assert dataprep("clean", "in.csv", "-q", "-o", "a.csv").code == 0
    assert dataprep("clean", "in.csv", "-q", "-o", "b.csv", "--engine", "memory").code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


# ---- apply and undo


def test_apply_uses_the_frozen_statistics(dataprep, tmp_path):
    """New rows are filled from what the first run learned, and none of them leaves."""
    (tmp_path / "train.csv").write_text(
        "a,b\n" + "".join(f"{100 + i * 7 % 31 * 2},x\n" for i in range(31))
    )
    (tmp_path / "new.csv").write_text("a,b\n1,x\n1,x\n,x\n9999999,y\n")
    assert dataprep("clean", "train.csv", "-q").code == 0
    answer = dataprep("apply", "train.clean.dataprep/pipeline.json", "new.csv", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["rows_in"], answer.json["rows_out"]) == (4, 4)
    found = [float(row[0]) for row in cells(tmp_path / "new.clean.csv")[1:]]
    # The middle half of 100 to 160 reaches from 115 to 145: the fences stand 90 outside.
    assert found == [25, 25, 130, 235]


def test_apply_gives_each_row_alone_what_it_gives_together(dataprep, table, tmp_path):
    """One row at a time is treated as in company."""
    assert dataprep("clean", "in.csv", "-q", "--target", "churned").code == 0
    pipeline = folder_of(tmp_path / "in.clean.csv") / "pipeline.json"
    assert dataprep("apply", pipeline, "in.csv", "-q", "-o", "all.csv").code == 0
    header, *rows = cells(table)
    together = cells(tmp_path / "all.csv")[1:]
    for i in (0, 3, 7, 50, 201):
        (tmp_path / "one.csv").write_text(",".join(header) + "\n" + ",".join(rows[i]) + "\n")
        assert dataprep("apply", pipeline, "one.csv", "-q", "-f", "-o", "o.csv").code == 0
        assert cells(tmp_path / "o.csv")[1:] == [together[i]]


def test_apply_needs_no_target(dataprep, table, tmp_path):
    """At serving, the column to be predicted is not known yet."""
    assert dataprep("clean", "in.csv", "-q", "--target", "churned").code == 0
    lines = table.read_text().splitlines()
    (tmp_path / "new.csv").write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "new.csv", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["rows_out"] == 202


def test_apply_reads_the_same_words_as_missing(dataprep, tmp_path):
    """What stood for missing at fit stands for it at serving."""
    (tmp_path / "in.csv").write_text(
        "a,b\n" + "".join(f"{i * 7 % 31 * 2},p{i}\n" for i in range(31))
    )
    assert dataprep("clean", "in.csv", "-q", "--sentinel", "-999").code == 0
    (tmp_path / "new.csv").write_text("a,b\n-999,p\n?,q\n")
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "new.csv", "-q")
    assert answer.code == 0, answer.err
    assert [float(row[0]) for row in cells(tmp_path / "new.clean.csv")[1:]] == [30, 30]


def test_undo_of_apply(dataprep, table, tmp_path):
    """What apply did can be taken back as well."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    pipeline = folder_of(tmp_path / "in.clean.csv") / "pipeline.json"
    assert dataprep("apply", pipeline, "in.csv", "-q", "-o", "applied.csv").code == 0
    answer = dataprep("undo", "applied.csv", "-o", "back.csv", "--json")
    assert answer.json["rows"] == 202
    assert cells(tmp_path / "back.csv") == cells(table)


# ---- stages and schema


def test_stages_are_listed(dataprep):
    """Each stage has a line with its sentence."""
    lines = dataprep("stages").out.splitlines()
    assert any(line.startswith("impute ") for line in lines)
    assert all(len(line.split(None, 1)) == 2 for line in lines)


def test_every_stage_shows_its_parameters(dataprep):
    """Each stage can be asked for, and each of its parameters says what it means."""
    for item in dataprep("stages", "--json").json:
        shown = dataprep("stages", item["name"]).out
        assert item["summary"] in shown
        for parameter in item["parameters"]:
            assert parameter["name"] in shown
            assert parameter["doc"], f"{item['name']}.{parameter['name']} says nothing"


def matches(schema, value):
    """Tell whether a value satisfies the parts of JSON Schema that `dataprep schema` uses."""
    if "anyOf" in schema and not any(matches(option, value) for option in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    kinds = {
        "object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
        "boolean": bool, "null": type(None),
    }  # fmt: skip
    wanted = schema.get("type")
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(
        isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))
        for kind in wanted
    ):
        return False
    if isinstance(value, dict) and "object" in (wanted or []):
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is False and set(value) - set(properties):
            return False
        if set(schema.get("required", ())) - set(value):
            return False
        return all(matches(properties.get(key, {}), inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(matches(schema.get("items", {}), inner) for inner in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return not (
            value < schema.get("minimum", value)
            or value > schema.get("maximum", value)
            or value <= schema.get("exclusiveMinimum", value - 1)
            or value >= schema.get("exclusiveMaximum", value + 1)
        )
    return True


def validates(schema, value):
    """Tell whether a value satisfies a schema: by jsonschema where that is installed."""
    try:
        import jsonschema
    except ImportError:
        return matches(schema, value)
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_the_schema_validates_every_recipe(dataprep):
    """What an editor checks against the schema is what the command accepts."""
    from dataprep.yaml12 import read_yaml

    schema = dataprep("schema").json
    recipes = sorted((ROOT / "pipelines").glob("*.yaml"))
    assert recipes
    for recipe in recipes:
        assert validates(schema, read_yaml(recipe.read_text("utf-8"), recipe.name)), recipe.name


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"stages": [{"iqrr": {}}]},
        {"stages": [{"iqr": {"kk": 3}}]},
        {"stages": [{"iqr": {"k": -1}}]},
        {"stages": [{"impute": {"strategy": "maen"}}]},
        {"stages": [{"impute": {}, "iqr": {}}]},
        {"stages": [], "targt": "y"},
    ],
    ids=json.dumps,
)
def test_the_schema_refuses_what_the_command_refuses(dataprep, refused, table, tmp_path, content):
    """What the schema finds wrong, the command finds wrong too."""
    assert not validates(dataprep("schema").json, content)
    (tmp_path / "p.yaml").write_text(json.dumps(content))
    refused("clean", "in.csv", "--pipeline", "p.yaml", code=2, says="p.yaml")


# ---- what is loaded, and where output goes


def loaded_by(*words, cwd):
    """Return which heavy packages a command loads, in a process of its own."""
    code = (
        "import sys; sys.argv = ['dataprep', *sys.argv[1:]]\n"
        "from dataprep.cli import answer\n"
        "code = answer(sys.argv[1:])\n"
        f"print(code, *(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=cwd, capture_output=True, text=True, check=True
    )
    code, *names = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(names)


def test_help_loads_nothing_heavy(tmp_path):
    """``--help`` and ``--version`` answer at once."""
    assert loaded_by("--help", cwd=tmp_path) == set()
    assert loaded_by("clean", "--help", cwd=tmp_path) == set()
    assert loaded_by("--version", cwd=tmp_path) == set()


def test_clean_loads_no_frame_library(table, tmp_path):
    """A CSV is cleaned by DuckDB, and written by Arrow, alone."""
    found = loaded_by("clean", "in.csv", "-q", cwd=tmp_path)
    assert not found & {"pandas", "sklearn", "polars", "scipy", "imblearn", "rich"}
    assert "duckdb" in found


def test_a_reader_that_leaves_is_no_error(tmp_path):
    """``dataprep stages | head -1`` gives one line, and no word about the rest."""
    for words in (["stages"], ["schema"], ["clean", "--help"]):
        with subprocess.Popen(
            [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            process.stdout.close()
            assert process.stderr.read() == ""
            assert process.wait() == 141


def test_names_that_the_terminal_cannot_show(tmp_path, monkeypatch):
    """A terminal without Unicode shows codes; JSON stays JSON."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (tmp_path / "é.csv").write_text("naïve,b\n1,2\n", encoding="utf-8")
    answer = ran("clean", "é.csv", "--json", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.json["input"]["columns"] == ["naïve", "b"]
    assert ran("clean", "é.csv", "-f", cwd=tmp_path).code == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_error(table, tmp_path, closed):
    """A caller may close what it does not want to hear."""
    command = f"{' '.join(PROGRAM)} clean in.csv {closed}"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)  # noqa: S602 - our own words
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "in.clean.csv").is_file()


def test_shell_completion(tmp_path, monkeypatch):
    """The shell can complete the names of commands."""
    monkeypatch.setenv("_DATAPREP_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "dataprep cl")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert ran(cwd=tmp_path).out.strip() == "plain,clean"
