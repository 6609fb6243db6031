"""What follows a run: commands, webhooks and metrics; none changes what came of the run."""

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest
import yaml

from dataprep import secrets, stopping
from dataprep.errors import ConfigError, DataprepError, MissingExtraError, OutputError
from dataprep.jobs.batch import commanding, history, told
from dataprep.jobs.batch.afterwards import Following
from dataprep.jobs.batch.events import Teller
from dataprep.jobs.batch.history import History
from dataprep.jobs.batch.hooks import Command
from dataprep.jobs.batch.job import read_job
from dataprep.jobs.batch.recording import Record
from dataprep.jobs.batch.running import run_job
from dataprep.report.stages import pipeline_schema

pytestmark = pytest.mark.skipif(os.name != "posix", reason="jobs need the locks of a POSIX system")
JOB = """
name: told
stages: [drop_duplicates, impute]
source: {path: in.csv}
output: {path: out}
history: history.sqlite
"""
SECRET = "s3cr3t/t0ken=="  # noqa: S105 - made up


@pytest.fixture
def job(tmp_path):
    """Make a job of a small table: ``job("on_success: [...]")``."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n2,y\n,x\n7,x\n")

    def make(more="", *settings):
        (tmp_path / "job.yaml").write_text(f"{JOB}{more}\n")
        return read_job(tmp_path / "job.yaml", settings)

    return make


class Listening(BaseHTTPRequestHandler):
    """Answers as its server says, and keeps what it was sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status, more = self.server.answers.pop(0) if self.server.answers else (200, {})
        if status == "slow":
            time.sleep(more)
            status, more = 200, {}
        if status == "drip":
            # A byte now and then keeps a limit between two bytes from ever being reached.
            for _ in range(more * 10):
                try:
                    self.wfile.write(b"H")
                except OSError:
                    return
                time.sleep(0.1)
            return
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """An address on this machine that is posted to: ``.url``, ``.got``, ``.answers``."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    made.daemon_threads = True
    made.got, made.answers = [], []
    made.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def last(tmp_path):
    known = History(tmp_path / "history.sqlite")
    return known.run(known.listed(most=1)[0]["id"])


def test_a_command_is_told_in_its_environment_and_on_its_input(job, tmp_path):
    """It runs without a shell, after the run is noted, and reads the summary."""
    script = tmp_path / "tell.sh"
    script.write_text(
        f"#!/bin/sh\ncat > {tmp_path}/got.json\nenv | grep ^DATAPREP_ > {tmp_path}/env\n"
        f'printf "%s\\n" "$@" > {tmp_path}/words\n'
    )
    script.chmod(0o755)
    said = []
    summary = run_job(
        job('on_success: [[./tell.sh, "$HOME; rm -rf x", "two words"]]'),
        listeners=[lambda event: said.append(event.kind)],
    )
    assert summary["hooks"][0]["hook"] == "on_success[0] (tell.sh)"
    # No shell saw the words.
    assert (tmp_path / "words").read_text() == "$HOME; rm -rf x\ntwo words\n"
    got = json.loads((tmp_path / "got.json").read_text())
    assert (got["job"], got["run"], got["state"], got["exit"]) == ("told", 1, "done", 0)
    assert got["text"] == "told, run 1: done, 5 rows in, 4 out"
    told_of = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    told_of.pop("DATAPREP_HISTORY", None)
    assert told_of == {
        "DATAPREP_JOB": "told", "DATAPREP_RUN": "1", "DATAPREP_STATE": "done",
        "DATAPREP_EXIT": "0", "DATAPREP_OUTPUT": str(tmp_path / "out" / "latest"),
    }  # fmt: skip
    assert said[-1] == "ended"
    assert last(tmp_path)["hooks"] == summary["hooks"]


def test_who_is_told_of_what(job, tmp_path):
    """Success, also when up to date; failure of either sort; warnings besides success."""

    def told_after(*settings, more=""):
        hooks = "".join(
            f"on_{when}: [[sh, -c, 'echo {when} >> {tmp_path}/told']]\n"
            for when in ("success", "warning", "failure")
        )
        (tmp_path / "told").write_text("")
        with suppress(DataprepError):
            run_job(job(hooks + more, *settings))
        return (tmp_path / "told").read_text().split()

    assert told_after() == ["success"]
    assert told_after() == ["success"]
    assert told_after("max_rejected=0") == ["failure"]
    assert told_after("source.path=[nothing.csv]") == ["failure"]
    (tmp_path / "in.csv").write_text("a,b,c\n1,x,1\n")
    assert told_after(more="schema: {drift: warn}") == ["warning", "success"]
    # What could not even be noted is told as well.
    (tmp_path / "folder").mkdir()
    assert told_after(f"history={tmp_path}/folder") == ["failure"]


def test_a_command_that_fails_or_hangs_changes_nothing(job, tmp_path):
    """Its end is noted and told; the run stays done, with exit 0."""
    child = f"sh -c 'sleep 60 & echo $! > {tmp_path}/child; wait'"
    summary = run_job(
        job(f"on_success:\n- sh -c 'exit 7'\n- {{command: \"{child}\", timeout: 1s}}")
    )
    assert (summary["state"], summary["exit"]) == ("done", 0)
    assert summary["notes"] == [
        "on_success[0] (sh): ended with exit code 7",
        "on_success[1] (sh): took longer than 1 s, and was ended",
    ]
    assert last(tmp_path)["notes"] == summary["notes"]
    assert ended((tmp_path / "child").read_text())


def ended(pid):
    """Tell whether a process is ended, or is about to be; a zombie may wait for its parent."""
    status = Path(f"/proc/{pid.strip()}/status")
    for _ in range(100):
        try:
            if "State:\tZ" in status.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_a_command_that_cannot_be_started_changes_nothing(job, monkeypatch):
    """A word that no program can be given; no folder for temporary files."""
    summary = run_job(job('on_success: [[sh, -c, "exit 0", "a\\0b"]]'))
    assert (summary["state"], summary["exit"]) == ("done", 0)
    assert summary["notes"] == ["on_success[0] (sh): could not be started: embedded null byte"]

    def no_room(*_, **__):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(commanding, "TemporaryFile", no_room)
    summary = run_job(job("on_success: [[sh, -c, 'exit 0']]"))
    assert (summary["state"], summary["exit"]) == ("up to date", 0)
    assert "could not be started: No usable temporary directory" in summary["notes"][0]


def test_a_command_that_hears_no_signal_is_killed(job, monkeypatch, tmp_path):
    """SIGTERM comes first, SIGKILL after it."""
    monkeypatch.setattr(commanding, "_ENDING", 0.2)
    deaf = "[sh, -c, \"trap '' TERM; while :; do sleep 0.05; done\"]"
    summary = run_job(job(f"on_success: {{command: {deaf}, timeout: 0.3}}"))
    assert "took longer than 0.3 s" in summary["notes"][0]


def test_a_command_that_leaves_something_running_is_not_waited_for(job):
    """What runs on in the background holds no pipe of the run open."""
    started = time.monotonic()
    summary = run_job(job("on_success: [[sh, -c, 'sleep 8 & echo started']]"))
    assert summary["notes"] == []
    assert time.monotonic() - started < 8


def test_hooks_do_not_hold_the_lock(job, tmp_path):
    """While a hook runs, the next run can begin: it is up to date."""
    job()
    program = f"{sys.executable} -m dataprep.cli run {tmp_path}/inner.yaml"
    (tmp_path / "inner.yaml").write_text(JOB)
    summary = run_job(job(f"on_success: [{program}]"))
    assert summary["notes"] == []
    assert [run["state"] for run in History(tmp_path / "history.sqlite").listed()] == [
        "up to date", "done",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("[/no/such/program]", "line 7: on_failure[0]: there is no program '/no/such/program'"),
        ("[[./hook.sh]]", "there is no program './hook.sh'"),
        ("[{comand: [true]}]", "Did you mean 'command'?"),
        ("[{url: 'https://h/x', command: [sh]}]", "either a command or a url"),
        ("[{command: [sh], headers: {A: b}}]", "a command has no headers"),
        ("[[sh, 3]]", "are texts"),
        ("[3]", "3 is no hook"),
        ("[[]]", "names no program"),
        ("['sh \"open']", "cannot be split into words: no closing quotation"),
        ("['https://hooks.example.com/abc']", "an address alone is no hook"),
        ("[{url: 'hooks.example.com/abc'}]", "none of http"),
        ("[sh, -c, cat]", "could be one command or several. Write [[sh, ...]]"),
        ("{command: [sh], retries: 1}", "a command is not tried again"),
        ("{url: 'https://h:99999/x'}", "Ports go from 1 to 65535"),
        ("{url: 'https://h/x', headers: {X-Who: Zoë}}", "in signs of ASCII"),
        ("[{url: 'https://h/x', retries: -1}]", "-1: input should be greater"),
        ("[{url: 'https://h/x', timeout: soon}]", "'soon' is no length of time"),
        ("[{url: 'https://h/x', headers: {'a b': c}}]", "'a b' cannot be a header"),
        ("[{url: 'https://h/${NOT_SET}'}]", "the variable 'NOT_SET' is not set"),
    ],
)
def test_what_is_wrong_with_a_hook_is_told_before_the_run(job, given, says):
    """With the line, what is wrong, and what would be right."""
    with pytest.raises(ConfigError) as caught:
        job(f"on_failure: {given}")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        "{url: ['SECRET']}", "{url: 'ftp://SECRET'}", "{url: 'http://[SECRET'}",
        "{url: 'https://h', headers: SECRET}", "{url: 'https://h', headers: {A: ['SECRET']}}",
        '{url: "https://h", headers: {A: "SECRET\\n"}}', "'https://h/SECRET'",
        "{url: 'https://h:SECRET/'}", "{url: 'https://h/SECRET', tries: 3}",
    ],
)  # fmt: skip
def test_no_error_about_a_webhook_repeats_its_address_or_headers(job, given):
    """They may hold a secret, though they are wrong."""
    with pytest.raises(ConfigError) as caught:
        job(f"on_failure: [{given}]")
    assert "SECRET" not in str(caught.value)


def test_a_package_that_is_not_there_is_told_before_the_run(job, monkeypatch):
    """Webhooks, metrics and lineage name their extra."""
    for module, more in {
        "urllib3": "on_success: {url: 'https://h/x'}",
        "prometheus_client": "prometheus: a.prom",
        "openlineage.client": "openlineage: {}",
    }.items():
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingExtraError, match="pip install"):
            job(more)


def test_a_webhook_gets_the_summary_and_its_headers(job, server, monkeypatch):
    """As JSON; variables are filled in when it is used, and a login becomes a header."""
    monkeypatch.setenv("HOOK_KEY", SECRET)
    address = server.url.replace("http://", "http://me:pass%40word@")
    hook = f"{{url: '{address}/in/${{HOOK_KEY}}', headers: {{X-Key: '${{HOOK_KEY}}'}}}}"
    run_job(job(f"on_success: {hook}"))
    ((path, headers, body),) = server.got
    assert path == f"/in/{SECRET}"
    assert headers["X-Key"] == SECRET
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Basic bWU6cGFzc0B3b3Jk"
    assert json.loads(body)["text"] == "told, run 1: done, 5 rows in, 4 out"


def test_a_proxy_is_told_who_asks(job, server, monkeypatch):
    """The user and the password of its address go to it, and to it alone."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url.replace("http://", "http://me:pass%40word@"))
    run_job(job("on_success: {url: 'http://hooks.example/in'}"))
    ((path, headers, _),) = server.got
    assert path == "http://hooks.example/in"
    known = {name.lower(): value for name, value in headers.items()}
    assert known["proxy-authorization"] == "Basic bWU6cGFzc0B3b3Jk"
    assert "authorization" not in known


@pytest.mark.parametrize(
    ("answers", "calls", "wrong"),
    [
        ([(204, {})], 1, None),
        ([(500, {}), (503, {}), (200, {})], 3, None),
        ([(500, {}), (500, {}), (500, {})], 3, "answered 500"),
        ([(404, {})], 1, "answered 404"),
    ],
)
def test_what_a_webhook_answers(job, server, monkeypatch, answers, calls, wrong):
    """What is down for a moment is tried again; what is refused is noted."""
    monkeypatch.setattr("dataprep.jobs.batch.posting._PAUSE", 0.01)
    server.answers += answers
    summary = run_job(job(f"on_success: {{url: '{server.url}/x'}}"))
    assert len(server.got) == calls
    assert summary["exit"] == 0
    assert summary["notes"] == (
        [f"on_success (webhook): {server.url} {wrong}"] if wrong else []
    )  # fmt: skip


def test_a_redirection_is_not_followed(job, server, monkeypatch):
    """Headers are for the address that the job names, and for no other."""
    other = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    other.got, other.answers = [], []
    threading.Thread(target=other.serve_forever, daemon=True).start()
    server.answers += [(307, {"Location": f"http://127.0.0.1:{other.server_port}/steal"})]
    summary = run_job(job(f"on_success: {{url: '{server.url}/x', headers: {{X-Key: {SECRET}}}}}"))
    other.shutdown()
    other.server_close()
    assert other.got == []
    assert "answered 307: redirections are not followed" in summary["notes"][0]


@pytest.mark.parametrize("how", [("slow", 5), ("drip", 5)])
def test_a_webhook_that_is_slow_does_not_hold_the_run(job, server, monkeypatch, how):
    """Neither one that says nothing, nor one that says a byte now and then."""
    server.answers += [how]
    started = time.monotonic()
    summary = run_job(job(f"on_success: {{url: '{server.url}/x', timeout: 0.3, retries: 0}}"))
    assert time.monotonic() - started < 5
    assert "in time" in summary["notes"][0] or "no answer within 0.3 s" in summary["notes"][0]
    assert summary["exit"] == 0


def test_nobody_at_the_address(job):
    """It is noted with the host alone."""
    summary = run_job(
        job("on_success: {url: 'http://127.0.0.1:9/secret-path', retries: 0, timeout: 2}")
    )
    assert summary["notes"] == [
        "on_success (webhook): http://127.0.0.1:9 could not be reached: no connection"
    ]


@pytest.mark.slow
def test_no_secret_is_in_anything_that_a_run_leaves(tmp_path, server):
    """Not in logs, history, report, metrics, lineage, outputs, nor in what runs prints."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "ol.yml").write_text(
        "transport: {type: http, url: 'http://127.0.0.1:9', timeout: 1, "
        "auth: {type: api_key, apiKey: 'c0nfig-secret'}, retry: {total: 0}}"
    )
    closed = f"http://user:{SECRET.replace('/', '%2F')}@127.0.0.1:9/${{HOOK_KEY}}?k=${{HOOK_KEY}}"
    (tmp_path / "job.yaml").write_text(
        f"{JOB}log: json\nreport: report.json\nprometheus: m.prom\n"
        "openlineage: {config: ol.yml}\nmax_rejected: 0.0\n"
        f"on_failure:\n- {{url: '{closed}', headers: {{Authorization: 'Bearer ${{HOOK_KEY}}'}}, "
        f"retries: 0}}\n- [sh, -c, 'exit 3', '{SECRET}']\n"
        f"on_success: {{url: '{closed}', retries: 0, headers: {{X-Key: '${{HOOK_KEY}}'}}}}\n"
    )
    environment = {**os.environ, "HOOK_KEY": SECRET, "NO_PROXY": "*"}
    said = ""
    for words in (
        ["run", "job.yaml", "--json"],
        ["run", "job.yaml", "--set", "source.path=none.csv"],
        ["runs"],
        ["runs", "1"],
        ["runs", "2", "--json"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "dataprep.cli", *words],
            cwd=tmp_path,
            env={**environment, "DATAPREP_HISTORY": str(tmp_path / "history.sqlite")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        said += done.stdout + done.stderr
    assert "could not be reached" in said
    assert "OpenLineage got no START event" in said
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name not in ("job.yaml", "ol.yml"):
            said += path.read_bytes().decode(errors="replace")
    for secret in (SECRET, SECRET.replace("/", "%2F"), "t0ken", "c0nfig-secret"):
        assert secret not in said


def test_a_message_is_bounded():
    """Of thousands of stages, notes and inputs the first ones are told, and how many there are."""
    summary = {
        "job": "j", "run": 1, "state": "failed", "exit": 3, "message": "m" * 100_000,
        "notes": ["n" * 5000] * 300,
        "inputs": [{"path": f"/data/{i}.csv", "sha256": "0" * 64} for i in range(5000)],
    }  # fmt: skip
    text = told.told(summary)
    assert len(text) <= told.MOST_BYTES
    found = json.loads(text)
    assert found["in_all"] == {"inputs": 5000, "notes": 300}
    assert found["text"].startswith("j, run 1: failed, exit 3: mmm")


def samples(path):
    from prometheus_client.parser import text_string_to_metric_families

    found = {}
    for family in text_string_to_metric_families(path.read_text()):
        for one in family.samples:
            labels = (value for name, value in sorted(one.labels.items()) if name != "job")
            found[one.name, *labels] = one.value
    return found


def test_metrics_for_prometheus(job, tmp_path):
    """Each run replaces them; the time of the last success outlives a failure."""
    run_job(job("prometheus: told.prom"))
    first = samples(tmp_path / "told.prom")
    assert first["dataprep_run_exit_code",] == 0
    assert first["dataprep_run_state", "done"] == 1
    assert first["dataprep_run_number",] == 1
    assert [first["dataprep_rows", kind] for kind in ("in", "kept", "rejected", "out")] == [
        5,
        4,
        1,
        4,
    ]
    assert first["dataprep_rows", "malformed"] == first["dataprep_rows", "synthetic"] == 0
    assert first["dataprep_cells_changed",] == 1
    assert first["dataprep_stage_rows_rejected", "0:drop_duplicates"] == 1
    assert first["dataprep_stage_cells_changed", "1:impute"] == 1
    assert ("dataprep_stage_duration_seconds", "1:impute") in first
    success = first["dataprep_run_last_success_timestamp_seconds",]
    assert abs(success - time.time()) < 3600
    run_job(job("prometheus: told.prom", "max_rejected=0"))
    second = samples(tmp_path / "told.prom")
    assert second["dataprep_run_exit_code",] == 1
    assert second["dataprep_run_state", "not met"] == 1
    assert second["dataprep_run_last_success_timestamp_seconds",] == success
    with pytest.raises(DataprepError):
        run_job(job("prometheus: told.prom", "source.path=none.csv"))
    third = samples(tmp_path / "told.prom")
    assert third["dataprep_run_exit_code",] == 3
    assert not [key for key in third if key[0] == "dataprep_rows"]
    # node_exporter is another user.
    assert stat.S_IMODE((tmp_path / "told.prom").stat().st_mode) & 0o044
    assert [path.name for path in tmp_path.glob("told.prom*")] == ["told.prom"]


def test_expectations_are_counted_for_prometheus(tmp_path):
    """By severity, and by whether they are met."""
    from dataprep.jobs.batch.metrics import write_metrics

    results = [{"severity": "warning", "success": False}] * 2 + [
        {"severity": "critical", "success": True}
    ]
    summary = {
        "job": 'a "job"', "run": 1, "state": "done", "exit": 0, "seconds": 1.5, "notes": [],
        "expectations": [{"when": "before", "results": results}],
    }  # fmt: skip
    write_metrics(tmp_path / "x.prom", summary, None)
    found = samples(tmp_path / "x.prom")
    assert found["dataprep_expectations", "warning", "false", "before"] == 2
    assert found["dataprep_expectations", "critical", "true", "before"] == 1
    assert ("dataprep_run_last_success_timestamp_seconds",) not in found


def test_metrics_that_cannot_be_written_are_told(job, tmp_path):
    """The run is whole all the same."""
    summary = run_job(job("prometheus: in.csv/told.prom"))
    assert (summary["state"], summary["exit"]) == ("done", 0)
    assert "the metrics were not written" in summary["notes"][0]
    with pytest.raises(ConfigError, match=r"\.prom"):
        job("prometheus: told.txt")


def test_a_history_that_is_locked_is_told_to_those_who_hear_of_failures(job, tmp_path, monkeypatch):
    """The run does not begin, and who is to hear of it does."""
    monkeypatch.setattr(history, "_PATIENCE", 0.1)
    run_job(job())
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        connection.execute("begin exclusive")
        with pytest.raises(OutputError, match="locked"):
            run_job(job(f"prometheus: told.prom\non_failure: [[sh, -c, 'cat > {tmp_path}/told']]"))
    connection.close()
    assert json.loads((tmp_path / "told").read_text())["exit"] == 3
    assert samples(tmp_path / "told.prom")["dataprep_run_exit_code",] == 3


@pytest.mark.slow
def test_pages_of_a_verdict(job, tmp_path):
    """`expect.data_docs` has pages of each run's results; a folder that cannot be is a note."""
    (tmp_path / "suite.json").write_text(
        json.dumps(
            {
                "name": "raw",
                "expectations": [
                    {"type": "expect_column_to_exist", "kwargs": {"column": "a"}},
                ],
            }
        )
    )
    run_job(job("expect: {before: suite.json, data_docs: pages}"))
    index, page = sorted(path.name for path in (tmp_path / "pages").iterdir())
    assert index == "index.html"
    assert re.fullmatch(r"raw-before-[0-9a-f]{8}\.html", page)
    summary = run_job(job("expect: {before: suite.json, data_docs: in.csv}"), force=True)
    assert (summary["exit"], len(summary["notes"])) == (0, 1)
    assert "pages of the verdict were not written" in summary["notes"][0]


def test_a_signal_ends_a_hook_and_leaves_the_run_as_it_is(job, tmp_path):
    """SIGTERM while a hook runs: the hook goes with the command, and the output stays done."""
    job(f"on_success: [[sh, -c, 'echo $$ > {tmp_path}/pid; sleep 60']]")
    process = subprocess.Popen(
        [sys.executable, "-m", "dataprep.cli", "run", tmp_path / "job.yaml", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    said, _ = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert ended(pid.read_text())
    run = last(tmp_path)
    assert (run["state"], run["exit"]) == ("done", 0)


def test_a_signal_while_a_hook_is_started_leaves_no_hook(tmp_path, monkeypatch):
    """SIGTERM before the command is known to the run is heard when it is, and ends it."""
    started = []

    class Signalled(subprocess.Popen):
        def __init__(self, *given, **named):
            super().__init__(*given, **named)
            started.append(self)
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Signalled)
    before = signal.signal(signal.SIGTERM, stopping._stop)
    try:
        with pytest.raises(stopping.Stopped):
            commanding.run_command(
                Command("on_success[0]", ("sleep", "60"), 60.0, tmp_path), b"", {}
            )
    finally:
        signal.signal(signal.SIGTERM, before)
        stopping.received.clear()
    assert [process.poll() for process in started] == [-signal.SIGTERM]


def test_a_run_that_finds_the_output_taken_is_told(job, tmp_path):
    """Who is to hear of failures hears of a run that could not begin."""
    import fcntl

    run_job(job())
    with (tmp_path / "out" / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OutputError):
            run_job(job(f"on_failure: [[sh, -c, 'cat > {tmp_path}/told']]"))
    assert json.loads((tmp_path / "told").read_text())["state"] == "locked out"


def test_the_examples_of_the_guide_are_what_the_schema_allows():
    """Each block of YAML in the page about jobs, keys and values."""
    page = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.S)
    assert len(blocks) == 4
    for block in blocks:
        jsonschema.validate({"stages": [], **yaml.safe_load(block)}, pipeline_schema())


def test_hooks_are_told_no_secret(job, tmp_path):
    """What a note or an error repeats of a password is hidden from them too."""
    secrets.remember("duplicates")
    try:
        wrong = "the driver said: duplicates"
        made = job(f"on_failure: [[sh, -c, 'cat > {tmp_path}/got']]")
        known = Following(made, History(tmp_path / "history.sqlite"))
        output = {"folder": str(tmp_path / "duplicates")}
        summary = {"job": "told", "state": "failed", "message": wrong, "notes": [wrong]}
        number = known.history.begin("told", tmp_path / "out", "1")
        record = Record(made, known.history, Teller("told", number, ()), 0.0,
                        {**summary, "output": output}, known)  # fmt: skip
        record.end(OSError(wrong))
    finally:
        secrets._known.clear()
    got = json.loads((tmp_path / "got").read_text())
    assert got["message"] == got["notes"][0] == "the driver said: ***"
    assert got["output"] == output


def test_a_command_works_in_the_folder_of_its_file(job, tmp_path, monkeypatch):
    """Wherever the run was started."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run_job(job("on_success: [[sh, -c, 'pwd > here']]"))
    assert (tmp_path / "here").read_text().strip() == str(tmp_path)


def test_metrics_in_a_folder_that_is_not_there(job, tmp_path):
    """It is made: cron and containers make none."""
    assert run_job(job("prometheus: metrics/told.prom"))["notes"] == []
    assert (tmp_path / "metrics" / "told.prom").is_file()


def test_trends_that_could_never_compare_are_refused(job):
    """Of fewer runs than are needed nothing would ever be said."""
    with pytest.raises(ConfigError, match="of 3 runs nothing is said: 5 are needed"):
        job("trends: {runs: 3}")
    with pytest.raises(ConfigError, match="50 are needed"):
        job("trends: {}", "trends.min_runs=50")
