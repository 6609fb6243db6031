"""Job files: what is accepted, what extends what, and where each error points."""

import json
from datetime import date

import pytest

from dataprep.config import KEYS, load_pipeline
from dataprep.errors import ConfigError, ReadError
from dataprep.jobs.batch.job import read_job
from dataprep.report.stages import pipeline_schema

WHOLE = "stages: [impute]\nsource: {path: in.csv}\noutput: {path: out}\n"


@pytest.fixture
def write(tmp_path):
    """Write a file below the test's folder."""

    def put(text, name="job.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_paths_are_those_of_the_file_that_says_them(write, tmp_path, monkeypatch):
    """Wherever the job is started: cron knows no working folder. A flag's path is the caller's."""
    write("stages: [impute]\nsource: {path: ../data/in.csv}\n", "common/base.yaml")
    path = write("extends: ../common/base.yaml\noutput: {path: out}\n", "jobs/job.yaml")
    monkeypatch.chdir(tmp_path)
    job = read_job(path, ["report=r.json"])
    assert job.sources == [str(tmp_path / "data" / "in.csv")]
    assert job.output.path == str(tmp_path / "jobs" / "out")
    assert job.keys.report == str(tmp_path / "r.json")
    assert job.name == "job"


def test_maps_are_merged_and_lists_are_not(write):
    """A file that extends another changes keys of its maps, and replaces its lists."""
    write("name: base\n" + WHOLE.replace("out}", "out, keep: 2, format: csv}"), "base.yaml")
    job = read_job(
        write("extends: base.yaml\nstages: [iqr, scale]\noutput: {keep: 3}\ntarget: y\n")
    )
    assert (job.output.keep, job.output.format, job.name) == (3, "csv", "job")
    made = job.new_pipeline()
    assert made.stage_names() == ["iqr", "scale"]
    assert made.target == "y"


def test_what_stands_for_something_else(write, monkeypatch):
    """Days and variables are filled into paths, and into nothing else."""
    monkeypatch.setenv("WHERE", "data")
    text = WHOLE.replace("in.csv", "'${WHERE}/${date:%Y-%m}/$${date}.csv'").replace(
        "[impute]", "[impute: {strategy: constant, fill_value: '${WHERE}'}]"
    )
    job = read_job(write(text), day=date(2026, 3, 9))
    assert job.sources[0].endswith("/data/2026-03/${date}.csv")
    assert job.new_pipeline().stages[0].fill_value == "${WHERE}"


def test_what_is_typed_has_the_last_word(write):
    """``--set`` changes keys of the job and parameters of its stages."""
    path = write(WHOLE.replace("[impute]", "[impute, iqr, impute]"))
    given = ["output.keep=4", "impute_2.strategy=mean", "source.sentinels=[-999, -1]", "timeout=2m"]
    job = read_job(path, given)
    assert (job.output.keep, job.timeout, job.reading.sentinels) == (4, 120.0, ("-999", "-1"))
    assert job.new_pipeline().stages[2].strategy == "mean"


def test_a_map_that_is_typed_starts_from_where_one_is(write, tmp_path, monkeypatch):
    """What is typed as a whole is typed as much as a key within it."""
    path = write(WHOLE, "jobs/job.yaml")
    monkeypatch.chdir(tmp_path)
    job = read_job(path, ["output={path: here}", "source.path=[a.csv, b.csv]"])
    assert job.output.path == str(tmp_path / "here")
    assert job.sources == [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]


BAD = {
    "stages: [impute]\nsource: {path: a}": "job.yaml: output: is not there",
    "stages: [impute]\noutput: {path: a}": "job.yaml: source: is not there",
    WHOLE + "tiemout: 3": "line 4: tiemout: unknown key 'tiemout'. Did you mean 'timeout'?",
    WHOLE + "output:\n  path: b": "line 4: not YAML: the key 'output' is there twice",
    WHOLE + "timeout: soon": "line 4: timeout: 'soon' is no length of time",
    WHOLE + "timeout: 99999999999d": "line 4: timeout: '99999999999d' is longer than a year",
    WHOLE + "timeout: -3": "line 4: timeout: -3 is no length of time",
    WHOLE + "max_rejected: 5": "line 4: max_rejected: 5: input should be less than or equal to 1",
    WHOLE + "max_rejected: '5%'": "line 4: max_rejected: '5%': input should be a valid number",
    WHOLE + "incremental: 1": "line 4: incremental: 1: input should be a valid boolean",
    WHOLE + "refit: weekly": "line 4: refit: 'weekly' has no meaning here",
    WHOLE + "refit: hourly": "line 4: refit: 'hourly': input should be 'never', 'daily'",
    WHOLE + "log: xml": "line 4: log: 'xml': input should be 'text' or 'json'",
    WHOLE + "name: ''": "line 4: name: '' is no name",
    WHOLE + "expect:\n  before: no.json": "no.json: no such file",
    WHOLE + "expect:\n  befor: no.json": "line 5: expect.befor: unknown key 'befor'. Did you mean",
    WHOLE + "report: '${NOT_SET_HERE}/r'": "line 4: report: the variable 'NOT_SET_HERE' is not set",
    WHOLE + "extends: job.yaml": "line 4: extends: the files extend each other in a circle",
    WHOLE + "extends: gone.yaml": "line 4: extends: ",
    WHOLE + "extends: [a, b]": "line 4: extends: ['a', 'b'] is no path",
    WHOLE + "pipeline: gone.json": "gone.json: no such file",
    WHOLE.replace("in.csv", "[]"): "line 2: source.path: []: ",
    WHOLE.replace("{path: in.csv}", "in.csv"): "line 2: source: 'in.csv': input should be a valid",
    WHOLE.replace("in.csv", "in.csv, sep: x"): "line 2: source.sep: unknown key 'sep'",
    WHOLE.replace("in.csv", "in.csv, quote: xx"): "line 2: source.quote: 'xx' is no sign",
    WHOLE.replace(
        "in.csv", "in.csv, kinds: {a: number}"
    ): "line 2: source.kinds.a: {'a': 'number'}",
    WHOLE.replace("path: out", "path: out.csv"): "line 3: output.path: ",
    WHOLE.replace("path: out", "path: out, keep: -1"): "line 3: output.keep: -1: input should be",
    WHOLE.replace("path: out", "path: out, format: pqt"): "line 3: output.format: 'pqt': input",
    WHOLE.replace("impute", "imptue"): "line 1: stages[0]: unknown stage 'imptue'. Did you mean",
    WHOLE.replace("[impute]", "[impute: {strategy: 3}]"): "line 1: stages[0].strategy: 3: ",
    WHOLE.replace("[impute]", "[split]") + "incremental: true": "line 4: incremental: an increm",
    WHOLE.replace(
        "[impute]", "\n- impute\n- class_weight\n- split"
    ): "line 3: stages[1]: class_weigh",
    "": "job.yaml: a pipeline is a map",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_named_with_its_line(write, text):
    """Each error names the file, the line, the key, the value and a remedy."""
    with pytest.raises((ConfigError, ReadError)) as caught:
        read_job(write(text))
    assert BAD[text] in str(caught.value)
    assert "job.yaml" in str(caught.value) or "no such file" in str(caught.value)
    assert caught.value.remedy


def test_an_error_of_the_file_that_is_extended_names_that_one(write):
    """Where a key stands is where it is mended."""
    write("name: base\n\n" + WHOLE + "timeout: soon\n", "base.yaml")
    with pytest.raises(ConfigError, match=r"base\.yaml, line 6: timeout"):
        read_job(write("extends: base.yaml\n"))


def test_files_that_extend_each_other_in_a_circle(write):
    """The whole circle is shown."""
    first = write("extends: b.yaml\n", "a.yaml")
    write("extends: a.yaml\n", "b.yaml")
    with pytest.raises(ConfigError, match=r"in a circle: .*a\.yaml -> .*b\.yaml -> .*a\.yaml"):
        read_job(first)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("output", "--set: 'output'"),
        ("imptue.strategy=mean", "no key and no stage 'imptue'. Did you mean 'impute'"),
        ("output.kepe=3", "--set output.kepe: unknown key 'kepe'. Did you mean 'keep'"),
        ("impute.stratgy=mean", "unknown parameter 'stratgy'. Did you mean 'strategy'"),
        ("output.keep=many", "--set output.keep: 'many': input should be a valid integer"),
    ],
)
def test_what_is_typed_wrongly(write, setting, says):
    """An error of a flag names the flag."""
    with pytest.raises(ConfigError) as caught:
        read_job(write(WHOLE), [setting])
    assert says in str(caught.value)


def test_a_pipeline_of_others_stages_is_refused(write, tmp_path):
    """Frozen statistics are those of the stages that the file lists, or it lists none."""
    import pandas as pd

    import dataprep as dp

    dp.Pipeline([dp.Impute()]).fit(pd.DataFrame({"a": [1.0, None]})).save(tmp_path / "p.json")
    path = write(WHOLE + "pipeline: p.json\n")
    assert hasattr(read_job(path).new_pipeline(), "states_")
    with pytest.raises(ConfigError, match=r"line 4: pipeline: the stages of .* are others"):
        read_job(path, ["impute.strategy=mean"])
    alone = write("source: {path: in.csv}\noutput: {path: out}\npipeline: p.json\n")
    assert read_job(alone).new_pipeline().stage_names() == ["impute"]


def test_clean_takes_the_same_file(write):
    """``dataprep clean --pipeline`` reads the stages and roles of a job, and of what it extends."""
    write(WHOLE + "target: y\n", "base.yaml")
    made = load_pipeline(write("extends: base.yaml\nincremental: true\n"))
    assert (made.stage_names(), made.target) == (["impute"], "y")


def test_the_schema_knows_the_keys_of_a_job():
    """Every key of a file has a place in the schema, with a description, and no other."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = pipeline_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(KEYS)
    for key in KEYS:
        assert "description" in schema["properties"][key] or key in ("extra", "stages")
    validator = jsonschema.Draft202012Validator(schema)
    good = {"stages": ["impute"], "source": {"path": ["a"]}, "output": {"path": "b", "keep": 2}}
    assert validator.is_valid(good)
    assert validator.is_valid({"extends": "a.yaml", "timeout": "2h", "max_rejected": None})
    for wrong in (
        {"output": {"kep": 1}},
        {"source": {"path": 3}},
        {"timeout": []},
        {"max_rejected": 2},
        {"expect": {"on_failure": "ignore"}},
        {"refit": "hourly"},
    ):
        assert not validator.is_valid({**good, **wrong}), json.dumps(wrong)
