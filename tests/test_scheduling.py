"""The scheduling examples: each command line runs, and each file is what its scheduler takes."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from dataprep.jobs.batch.words import seconds_of
from dataprep.report.stages import pipeline_schema

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "scheduling"
PROGRAM = "/opt/dataprep/bin/dataprep"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")


@pytest.fixture
def machine(tmp_path):
    """Make the places that the examples name, and give what turns a text to them."""
    for name in ("bin", "etc", "var/incoming", "var/metrics"):
        (tmp_path / name).mkdir(parents=True)
    program = tmp_path / "bin" / "dataprep"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m dataprep.cli "$@"\n')
    program.chmod(0o755)
    shutil.copy(ROOT / "sample_data" / "churn.csv", tmp_path / "var" / "incoming")

    def turned(text):
        places = {PROGRAM: program, "/etc/dataprep": tmp_path / "etc"}
        places["/var/lib/dataprep"] = tmp_path / "var"
        for place, other in places.items():
            text = text.replace(place, str(other))
        return text

    (tmp_path / "etc" / "nightly.yaml").write_text(turned((EXAMPLES / "nightly.yaml").read_text()))
    # Nobody listens there: a run that fails is to say so, and to keep its exit code.
    secrets = {"CHURN_WEBHOOK": "http://127.0.0.1:9/hook-path", "CHURN_TOKEN": "hook-token"}
    (tmp_path / "etc" / "secrets.env").write_text(
        "".join(f"{name}={value}\n" for name, value in secrets.items())
    )
    return turned, secrets


def of_cron():
    """Return the command of the crontab as its shell gets it, and the environment that it sets."""
    lines = [
        line
        for line in (EXAMPLES / "dataprep.cron").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    settings = dict(line.split("=", 1) for line in lines[:-1])
    assert {"SHELL", "PATH", "MAILTO"} < set(settings)
    times, user, command = lines[-1].split(maxsplit=6)[:5], *lines[-1].split(maxsplit=6)[5:]
    assert times == ["0", "3", "*", "*", "*"]
    assert user == "dataprep"
    # A percent sign ends the command in a crontab.
    assert "%" not in command
    return command, {"DATAPREP_HISTORY": settings["DATAPREP_HISTORY"]}


def of_systemd():
    text = (EXAMPLES / "dataprep-nightly.service").read_text()
    name, value = re.search(r"^Environment=(\w+)=(.*)$", text, re.M).groups()
    return re.search(r"^ExecStart=(.*)$", text, re.M)[1], {name: value}


def of_airflow():
    tree = ast.parse((EXAMPLES / "airflow_dag.py").read_text())
    given = {
        word.arg: word.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for word in call.keywords
    }
    command = ast.literal_eval(given["bash_command"])
    assert command.count("{{") == 1
    return re.sub(r"{{.*?}}", "2026-03-01", command), ast.literal_eval(given["env"])


def of_kubernetes():
    (container,) = cronjob()["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    env = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    return shlex.join(container["command"]), env


def cronjob():
    return yaml.safe_load((EXAMPLES / "cronjob.yaml").read_text())["spec"]


@pytest.mark.parametrize("example", [of_cron, of_systemd, of_airflow, of_kubernetes])
def test_the_command_of_an_example_runs(machine, tmp_path, example):
    """As it stands there: the first time it makes the output, with 1 it says what is wrong."""
    turned, secrets = machine
    command, environment = example()
    settings = {name: turned(value) for name, value in environment.items()}
    # The crontab reads its secrets itself.
    given = {**settings, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    given |= {} if example is of_cron else secrets

    def run(more=""):
        return subprocess.run(
            ["/bin/sh", "-c", turned(command) + more],
            env=given,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    done = run()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "churn" / "latest" / "churn.parquet").exists()
    assert (tmp_path / "var" / "metrics" / "churn.prom").exists()
    assert (tmp_path / "var" / "history.sqlite").exists()
    if example is of_cron:
        # Nothing to mail.
        assert done.stderr + done.stdout == ""
        refused = run(" --set max_rejected=0")
        assert refused.returncode == 1
        assert "were rejected" in refused.stderr
        assert "on_failure[0] (webhook): http://127.0.0.1:9 could not be reached" in refused.stderr
        assert "hook-path" not in refused.stderr
        assert "hook-token" not in refused.stderr


def test_the_units_are_what_systemd_takes(tmp_path):
    """By `systemd-analyze verify`, where there is one; exit 1 and 2 are never tried again."""
    service = (EXAMPLES / "dataprep-nightly.service").read_text()
    assert "RestartPreventExitStatus=1 2\n" in service
    # What says that it is well when it is not would let a night pass in silence.
    assert "SuccessExitStatus" not in service
    assert "Type=oneshot\n" in service
    timer = (EXAMPLES / "dataprep-nightly.timer").read_text()
    assert "Persistent=true\n" in timer
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed here")
    for path in EXAMPLES.glob("dataprep-*"):
        # It looks for the program as well.
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run(
        [program, "verify", "dataprep-nightly.service", "dataprep-nightly.timer"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # Of the units of the machine itself it may say something, too.
    assert "dataprep" not in done.stderr, done.stderr


def test_the_unit_fails_though_each_try_takes_all_its_time():
    """All tries fall into the interval in which systemd counts them, and no other night does."""
    service = (EXAMPLES / "dataprep-nightly.service").read_text()
    found = dict(re.findall(r"^(\w+Sec)=(\d+(?:h|min))$", service, re.M))
    minutes = {
        name: int(re.sub(r"\D", "", value)) * (60 if value.endswith("h") else 1)
        for name, value in found.items()
    }
    tries = int(re.search(r"^StartLimitBurst=(\d+)$", service, re.M)[1])
    each = minutes["TimeoutStartSec"] + minutes["TimeoutStopSec"] + minutes["RestartSec"]
    assert tries * each < minutes["StartLimitIntervalSec"] < 24 * 60


def test_the_dag_is_what_airflow_takes():
    """It compiles; where Airflow is installed it is imported, and codes do what they are to."""
    source = (EXAMPLES / "airflow_dag.py").read_text()
    compile(source, "airflow_dag.py", "exec")
    names = {
        word.arg: word.value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        for word in call.keywords
    }
    assert ast.literal_eval(names["skip_on_exit_code"]) == [1, 2]
    assert ast.literal_eval(names["catchup"]) is False
    assert ast.literal_eval(names["max_active_runs"]) == 1
    pytest.importorskip(
        "airflow", reason="Airflow is no dependency; it has an environment of its own"
    )
    made: dict = {}
    exec(source, made)  # noqa: S102 - the project's own example
    exceptions = pytest.importorskip("airflow.sdk.exceptions")
    for code in (1, 2):
        task = made["Dataprep"](task_id=f"exit_{code}", bash_command=f"exit {code}")
        with pytest.raises(exceptions.AirflowFailException):
            task.execute({})


def test_the_cronjob_is_what_kubernetes_takes():
    """Its fields are those of a CronJob, and its parts fit each other."""
    spec = cronjob()
    job = spec["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert spec["concurrencyPolicy"] == "Forbid"
    # A policy of failures is refused with any other one.
    assert pod["restartPolicy"] == "Never"
    rule = job["podFailurePolicy"]["rules"][0]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"] == {
        "containerName": container["name"], "operator": "In", "values": [1, 2],
    }  # fmt: skip
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]}
    example = yaml.safe_load((EXAMPLES / "nightly.yaml").read_text())
    tries = job["backoffLimit"] + 1
    assert job["activeDeadlineSeconds"] > tries * seconds_of(example["timeout"], "timeout")
    wanted = set(re.findall(r"\$\{(\w+)\}", (EXAMPLES / "nightly.yaml").read_text()))
    secrets = {one["name"] for one in container["env"] if "valueFrom" in one}
    assert secrets == wanted


def test_the_job_of_the_examples_is_what_the_schema_allows():
    """An editor that knows the schema finds nothing wrong with it, nor with any sort of hook."""
    schema = pipeline_schema()
    content = yaml.safe_load((EXAMPLES / "nightly.yaml").read_text())
    jsonschema.validate(content, schema)
    for hooks in (
        "mail ops",
        [["mail", "ops"], "mail ops"],
        {"command": ["mail"], "timeout": "5s"},
    ):
        jsonschema.validate({**content, "on_success": hooks}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content, "on_success": [{"comand": "mail"}]}, schema)


def test_every_example_is_named_by_the_guide():
    """And the guide names none that is not there."""
    guide = (ROOT / "docs" / "scheduling.md").read_text()
    named = set(re.findall(r"\(scheduling/([^)]+)\)", guide))
    assert named == {path.name for path in EXAMPLES.iterdir() if path.is_file()}
