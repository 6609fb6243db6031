"""Pipelines from YAML: what is accepted, and where each error points."""

import pytest

from dataprep.config import load_pipeline, override, pipeline_from
from dataprep.errors import ConfigError, ReadError
from dataprep.yaml12 import read_yaml


@pytest.fixture
def load(tmp_path):
    """Load a pipeline from a YAML text."""

    def run(text):
        path = tmp_path / "p.yaml"
        path.write_text(text, encoding="utf-8")
        return load_pipeline(path)

    return run


def test_a_pipeline_is_read(load):
    """Stages, roles and parameters are those of the file."""
    made = load(
        "name: x\ntarget: y\nid: [a, b]\nextra: allow\n"
        "stages:\n  - drop_duplicates\n  - iqr: {k: 2, columns: [p, q]}\n  - impute:\n"
    )
    assert made.stage_names() == ["drop_duplicates", "iqr", "impute"]
    assert (made.target, made.id, made.extra) == ("y", ["a", "b"], "allow")
    assert (made.stages[1].k, made.stages[1].columns) == (2, ("p", "q"))


BAD = {
    "": "p.yaml: a pipeline is a map",
    "- impute": "p.yaml: a pipeline is a map",
    "3": "p.yaml: a pipeline is a map",
    "target: y": "p.yaml: stages: is not there",
    "stages:": "p.yaml, line 1: stages: None is no list",
    "stages: impute": "p.yaml, line 1: stages: 'impute' is no list",
    "stages: {impute: {}}": "p.yaml, line 1: stages: {'impute': {}} is no list",
    "stages: [3]": "p.yaml, line 1: stages[0]: a stage is a map with one key",
    "stages: [impute, {impute: {}, iqr: {}}]": "line 1: stages[1]: a stage is a map with one key",
    "stages: [impute: 3]": "p.yaml, line 1: stages[0].impute: the parameters",
    "stages: [impute, imputer]": "stages[1]: unknown stage 'imputer'. Did you mean 'impute'",
    "stages: [impute: {startegy: mean}]": "stages[0].startegy: unknown parameter 'startegy'. Did",
    "stages: [impute: {strategy: maen}]": "stages[0].strategy: 'maen': input should be 'auto'",
    "stages: [impute, iqr, z_score: {threshold: -1}]": "stages[2].threshold: -1: input should be",
    "stages: [z_score: {threshold: high}]": "stages[0].threshold: 'high': input should be",
    "stages: [drop_missing: {max_missing: 1.5}]": "stages[0].max_missing: 1.5: input should be",
    "stages: []\ntarget: [a]": "p.yaml, line 2: target: ['a'] is no name",
    "stages: []\nid: 5": "p.yaml, line 2: id: 5 is no name",
    "stages: []\nid: [a, 5]": "p.yaml, line 2: id: 5 is no name",
    "stages: []\nextra: maybe": "p.yaml, line 2: extra: 'maybe'",
    "stages: []\ntraget: y": "p.yaml, line 2: traget: unknown key 'traget'. Did you mean 'target'",
    "stages: []\nstages: [impute]": "p.yaml, line 2: not YAML: the key 'stages' is there twice",
    "stages: [impute: {k: 1, k: 2}]": "line 1: not YAML: the key 'k' is there twice",
    "stages: [": "p.yaml, line 1: not YAML",
    "stages:\n\t- impute": "p.yaml, line 2: not YAML",
    "stages: [!!python/object:os.system x]": "p.yaml, line 1: not YAML",
    "stages:\n  - impute\n  - iqr:\n      k: high": "p.yaml, line 4: stages[1].k: 'high'",
    "stages:\n  - impute:\n      startegy: mean": "p.yaml, line 3: stages[0].startegy: unknown",
    "stages: []\n---\nstages: []": "line 2: not YAML",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_named_with_its_path(load, text):
    """Each error names the file, the path in it, the value and a remedy."""
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert BAD[text] in str(caught.value)
    assert caught.value.remedy
    assert caught.value.exit_code == 2


def test_files_that_are_no_pipeline(tmp_path):
    """A missing file, a folder and binary data are told apart."""
    (tmp_path / "near.yaml").write_text("stages: []")
    with pytest.raises(ReadError, match=r"no such file\. Did you mean 'near\.yaml'"):
        load_pipeline(tmp_path / "naer.yaml")
    with pytest.raises(ReadError, match="this is a folder"):
        load_pipeline(tmp_path)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00stages")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_pipeline(tmp_path / "b.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("off", "off"), ("y", "y"), ("00060", "00060"), ("12:30", "12:30"),
        ("1_000", "1_000"), ("2024-01-31", "2024-01-31"), ("0x1F", "0x1F"), ("=cmd", "=cmd"),
        ("1e-3", 0.001), ("1.5E3", 1500.0), (".5", 0.5), ("5.", 5.0), ("-7", -7), ("+7", 7),
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None), ("'3'", "3"),
        (".inf", float("inf")), ("-.INF", float("-inf")), (".", "."), ("-", [None]), ("e1", "e1"),
    ],
)  # fmt: skip
def test_yaml_is_that_of_version_1_2(text, value):
    """What looks like a word is one: Norway, zip codes, dates and times stay as they stand."""
    found = read_yaml(text, "here")
    assert (found, type(found)) == (value, type(value))


TENFOLD = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: &b {c: *b}", "here, line 2: an anchor holds an alias of itself"),
        ("- &a [*a]", "here, line 1: an anchor holds an alias of itself"),
        (TENFOLD, "its aliases stand for more than 100,000 values"),
        ("[" * 3000 + "]" * 3000, "is nested too deeply"),
    ],
)
def test_aliases_that_end_nowhere_are_refused(text, says):
    """An anchor within itself, aliases of aliases and endless brackets are errors, at once."""
    with pytest.raises(ConfigError) as told:
        read_yaml(text, "here")
    assert says in str(told.value)


def test_an_alias_is_what_its_anchor_holds():
    """What an anchor holds is used twice."""
    found = read_yaml("a: &a {x: 1}\nc: [*a, *a]", "here")
    assert found == {"a": {"x": 1}, "c": [{"x": 1}, {"x": 1}]}


def test_a_level_that_looks_like_a_boolean_fills_cells(dataprep, tmp_path):
    """``fill_value: NO`` fills with Norway, not with false."""
    (tmp_path / "in.csv").write_text("country,n\n" + "SE,1\nFI,2\n" * 20 + "?,5\n")
    (tmp_path / "p.yaml").write_text(
        "stages: [impute: {columns: [country], strategy: constant, fill_value: NO}]\n"
    )
    answer = dataprep("clean", "in.csv", "--pipeline", "p.yaml", "-q")
    assert answer.code == 0, answer.err
    assert (tmp_path / "in.clean.csv").read_text().endswith("\nNO,5\n")


def test_clean_says_that_suites_are_left_to_jobs(dataprep, refused, tmp_path):
    """What a file expects is not asked by clean, which says so; a wrong key is refused."""
    (tmp_path / "in.csv").write_text("n\n1\n2\n5\n")
    text = "stages: [impute]\nexpect: {before: s.json}\n"
    (tmp_path / "p.yaml").write_text(text)
    answer = dataprep("clean", "in.csv", "--pipeline", "p.yaml", "--json")
    assert answer.code == 0
    assert answer.json["rows_in"] == 3
    assert "p.yaml: the suites under 'expect' are for dataprep run" in answer.err
    answer = dataprep("clean", "in.csv", "--pipeline", "p.yaml", "-q", "-f")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    (tmp_path / "p.yaml").write_text(text.replace("before", "befor"))
    refused("clean", "in.csv", "--pipeline", "p.yaml", "-f", code=2, says=["line 2", "'before'"])


def test_a_setting_reaches_the_second_of_two_alike():
    """Where a stage occurs twice, the second is called by its number."""
    made = pipeline_from({"stages": ["impute", {"impute": {"strategy": "mean"}}]})
    override(made, ["impute_2.strategy=median", "impute.strategy=most_frequent"])
    assert [stage.strategy for stage in made.stages] == ["most_frequent", "median"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("iqr", "--set: 'iqr'. Write stage.parameter=value"),
        ("iqr.k", "--set: 'iqr.k'. Write stage.parameter=value"),
        ("=3", "--set: '=3'"),
        ("iqrr.k=3", "no stage 'iqrr' in this pipeline. Did you mean 'iqr'?"),
        ("impute.strategy=mean", "no stage 'impute' in this pipeline"),
        ("iqr.kk=3", "--set iqr.kk: unknown parameter 'kk'. Did you mean 'k'?"),
        ("iqr.k=-3", "--set iqr.k: -3"),
        ("iqr.action=clpi", "--set iqr.action: 'clpi'"),
        ("iqr.=3", "--set iqr.: unknown parameter ''"),
    ],
)
def test_a_setting_that_is_wrong(setting, says):
    """A wrong --set names itself, and what there is."""
    with pytest.raises(ConfigError) as caught:
        override(pipeline_from({"stages": ["iqr"]}), [setting])
    assert says in str(caught.value)


def test_a_setting_that_is_no_yaml_is_a_text():
    """A constant with brackets in it needs no quotes."""
    made = pipeline_from({"stages": [{"impute": {"strategy": "constant", "fill_value": "x"}}]})
    override(made, ["impute.fill_value=[none: yet"])
    assert made.stages[0].fill_value == "[none: yet"
