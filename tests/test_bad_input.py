"""Bad input ends with a message that names place, value and remedy, and leaves nothing behind."""

import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import cells, folder_of, listing, ran

TABLE = "age,plan,income,churned\n" + "".join(
    f"{20 + i % 50},{'abc'[i % 3]},{i * 7919 % 1000}.5,{i % 2}\n" for i in range(200)
)


@pytest.fixture
def table(tmp_path):
    """Put a sound table in the folder."""
    path = tmp_path / "in.csv"
    path.write_text(TABLE)
    return path


# ---- files


def test_no_such_file(refused, table):
    """A misspelt path is answered with the nearest file beside it."""
    refused("clean", "im.csv", code=3, says=["im.csv: no such file", "Did you mean 'in.csv'?"])


def test_no_such_folder(refused):
    """A path into a folder that is not there says which folder."""
    refused("clean", "nowhere/in.csv", code=3, says=["no such file", "folder nowhere"])


def test_an_empty_folder(refused, tmp_path):
    """A folder without files holds no table."""
    (tmp_path / "folder").mkdir()
    refused("clean", "folder", code=3, says=["folder: no file", "list the files"])


BAD = {
    "empty.csv": (b"", "the file is empty"),
    "newlines.csv": (b"\n\r\n\n", "the file is empty"),
    "bom.csv": (b"\xef\xbb\xbf", "the file is empty"),
    "header.csv": (b"a,b\n", "there is a header and no rows"),
    "binary.csv": (bytes(range(256)) * 20, "binary data"),
    "zeros.csv": (b"\0" * 5000, "binary data"),
    "binary.csv.gz": (gzip.compress(bytes(range(256)) * 20), "binary data"),
    "sheet.csv": (b"PK\x03\x04" + bytes(range(200)), "cut off or broken"),
    "parquet.csv": (b"PAR1" + bytes(range(200)), "Parquet"),
    "xz.csv": (b"\xfd7zXZ\0" + bytes(range(200)), "xz"),
    "empty.jsonl": (b"", "the file is empty"),
    "array.jsonl": (b'[{"a": 1}]\n', "no line is a JSON object"),
    "binary.jsonl": (bytes(range(256)) * 20, "no line is a JSON object"),
    "empty.parquet": (b"", "cannot be read"),
    "binary.parquet": (bytes(range(256)) * 20, "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dry", [False, True], ids=["run", "dry-run"])
def test_a_file_that_holds_no_table(refused, tmp_path, name, dry):
    """Empty, a header only, binary, another encoding or format: each is called what it is."""
    content, says = BAD[name]
    (tmp_path / name).write_bytes(content)
    refused("clean", name, "-q", *(["--dry-run"] if dry else []), code=3, says=[name, says])


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99], ids=["start", "half", "end"])
@pytest.mark.parametrize("name", ["in.csv.gz", "in.jsonl.gz"])
def test_a_truncated_gzip(refused, tmp_path, name, keep):
    """A compressed file that is cut anywhere is refused, whatever rows could be read."""
    rows = range(40_000)
    if name == "in.csv.gz":
        text = "a,b\n" + "".join(f"{i},{i * 7919 % 100003}\n" for i in rows)
    else:
        text = "".join(f'{{"a": {i}, "b": {i * 7919 % 100003}}}\n' for i in rows)
    data = gzip.compress(text.encode())
    (tmp_path / name).write_bytes(data[: int(len(data) * keep)])
    refused("clean", name, "-q", code=3, says=[name, "compressed file is cut off", "Fetch it"])


def test_a_gzip_with_damage_inside(refused, tmp_path):
    """Flipped bytes inside a compressed file are noticed."""
    data = bytearray(gzip.compress(TABLE.encode() * 50))
    data[len(data) // 2 : len(data) // 2 + 20] = b"\0" * 20
    (tmp_path / "in.csv.gz").write_bytes(bytes(data))
    refused("clean", "in.csv.gz", "-q", code=3, says="in.csv.gz")


def test_most_lines_are_no_rows(refused, tmp_path):
    """A file read with the wrong delimiter is refused, with the first line that fits nowhere."""
    (tmp_path / "in.csv").write_text("a,b,c\n" + "1,2\n3,4,5\n" * 20)
    says = ["20 of 40 lines", "line 2", "2 cells", "--delimiter"]
    refused("clean", "in.csv", "-q", code=3, says=says)


def test_another_encoding_in_many_lines(refused, tmp_path):
    """Where lines are refused for an encoding that was given, the remedy is to say another."""
    text = "a;b\n" + "".join(f"{i};{'café' if i % 5 == 0 else 'x'}\n" for i in range(50))
    (tmp_path / "in.csv").write_bytes(text.encode("latin-1"))
    says = ["10 of 50 lines", "byte 9 is not utf-8", "--encoding"]
    refused("clean", "in.csv", "-q", "--encoding", "utf-8", code=3, says=says)


def test_parts_with_other_columns(refused, table, tmp_path):
    """Parts of one table have columns in common."""
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    refused("clean", "in.csv", "other.csv", "-q", code=3, says=["other.csv", "no column in common"])


def test_a_plain_part_beside_a_gzipped_one(dataprep, table, tmp_path):
    """Parts may be compressed or not, or the message says that they must be alike."""
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    answer = dataprep("clean", "in.csv", "b.csv.gz", "-q", "-o", "out.csv")
    assert answer.code == 0 or "compressed" in answer.err


@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind are POSIX")
def test_a_pipe_needs_an_output(tmp_path):
    """A pipe has no name for an output: that is said at once, and the pipe is not waited for."""
    os.mkfifo(tmp_path / "pipe.csv")
    try:
        answer = ran("clean", "pipe.csv", "-q", cwd=tmp_path, timeout=10)
    except subprocess.TimeoutExpired:
        pytest.fail("it waits for a pipe that nobody writes to")
    assert answer.code == 2
    assert "-o" in answer.err


# ---- columns and targets


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["--target", "chruned"], "--target"),
        (["--target=chruned"], "--target"),
        (["--id", "chruned"], "--id"),
        (["--type", "chruned=category"], "--type"),
        (["--dedupe", "age,chruned"], "0:drop_duplicates"),
        (["--set", "iqr.columns=chruned"], "2:iqr"),
    ],
    ids=["target", "target=", "id", "type", "dedupe", "set"],
)
def test_a_column_that_is_not_there(refused, table, words, place):
    """A misspelt column in any flag names the flag and the nearest column."""
    refused(
        "clean", "in.csv", "-q", *words, code=2,
        says=[place, "no column named 'chruned'", "Did you mean 'churned'?"],
    )  # fmt: skip


def test_a_target_with_one_class(refused, tmp_path):
    """A target that is the same everywhere names its column and the value."""
    (tmp_path / "in.csv").write_text("a,y\n1,p\n2,p\n3,p\n")
    refused("clean", "in.csv", "--target", "y", "-q", code=3, says=["y: ", "'p' in every row"])


def test_a_target_with_missing_values(refused, tmp_path):
    """A target that is missing somewhere says in how many rows, and what to do."""
    (tmp_path / "in.csv").write_text("a,y\n1,no\n2,\n3,yes\n")
    refused("clean", "in.csv", "--target", "y", "-q", code=3, says=["1 of 3 rows", "drop_missing"])


def test_the_remedy_for_a_missing_target_works(dataprep, tmp_path):
    """The stage that the message names makes the run succeed."""
    (tmp_path / "in.csv").write_text("a,y\n1,no\n2,\n3,yes\n")
    (tmp_path / "p.yaml").write_text("target: y\nstages: [drop_missing: {columns: [y]}]\n")
    answer = dataprep("clean", "in.csv", "--pipeline", "p.yaml", "-q")
    assert answer.code == 0, answer.err
    assert cells(tmp_path / "in.clean.csv") == [["a", "y"], ["1", "no"], ["3", "yes"]]


# ---- outputs


def test_an_output_is_not_overwritten(refused, dataprep, table):
    """An earlier output and its run folder stay, unless -f is given."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    refused("clean", "in.csv", "-q", code=2, says=["in.clean.csv: is there already", "-f"])
    refused("apply", "in.clean.dataprep/pipeline.json", "in.csv", code=2, says="-f")
    assert dataprep("clean", "in.csv", "-q", "-f").code == 0


@pytest.mark.parametrize("force", [[], ["-f"]], ids=["plain", "forced"])
@pytest.mark.parametrize("name", ["in.csv", "./in.csv", "link.csv", "hard.csv"])
def test_the_input_is_never_overwritten(refused, table, tmp_path, name, force):
    """Not under another spelling, through a link, or by force."""
    (tmp_path / "link.csv").symlink_to("in.csv")
    os.link(table, tmp_path / "hard.csv")
    refused("clean", "in.csv", "-o", name, "-q", *force, code=2, says="")
    assert table.read_text() == TABLE


def test_no_part_of_the_input_is_overwritten(refused, dataprep, table, tmp_path):
    """Nor is the second of several inputs."""
    shutil.copy(table, tmp_path / "b.csv")
    refused("clean", "in.csv", "b.csv", "-o", "b.csv", "-q", "-f", code=2, says="b.csv")


def test_undo_does_not_overwrite_its_output(refused, dataprep, table):
    """Undo writes over neither the output that it reads nor an earlier file."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    refused("undo", "in.clean.csv", "-o", "in.csv", "-q", code=2, says="is there already")
    refused("undo", "in.clean.csv", "-o", "in.clean.csv", "-q", "-f", code=2, says="in.clean.csv")


def test_a_folder_that_is_not_there(refused, table):
    """An output into nowhere says which folder is missing."""
    refused("clean", "in.csv", "-o", "nowhere/out.csv", "-q", code=3, says=["nowhere", "Make it"])


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_a_folder_that_takes_no_files(refused, table):
    """Even root cannot write into /proc."""
    refused("clean", "in.csv", "-o", "/proc/out.csv", "-q", code=3, says=["/proc", "-o"])


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX")
def test_a_folder_without_permission(table, tmp_path):
    """A folder that may not be written to is named, and so is the way out."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    answer = ran("clean", "in.csv", "-o", "closed/out.csv", "-q", cwd=tmp_path, before=bound())
    assert answer.code == 3, answer.err
    assert "closed" in answer.err
    assert "no permission" in answer.err
    assert not list(closed.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX")
@pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.parquet"])
def test_a_file_without_permission(table, tmp_path, name):
    """A file that may not be read is named, and not its output."""
    path = tmp_path / name
    path.write_text(TABLE)
    path.chmod(0)
    answer = ran("clean", name, "-q", cwd=tmp_path, before=bound())
    assert answer.code == 3
    assert f"{name}: cannot be read" in answer.err
    assert "Permission denied" in answer.err


def bound():
    """Return what runs a command with ordinary permissions, where the tests run as root."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if not setpriv:
        pytest.skip("root may write anywhere, and there is no setpriv")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]


def test_an_output_that_is_a_folder(dataprep, table, tmp_path):
    """An output that is a folder takes the file under its usual name."""
    (tmp_path / "out").mkdir()
    assert dataprep("clean", "in.csv", "-o", "out", "-q").code == 0
    assert (tmp_path / "out" / "in.clean.csv").is_file()


@pytest.mark.skipif(os.name != "posix", reason="limits of this kind are POSIX")
@pytest.mark.parametrize("kilobytes", [0, 1, 20, 60, 300])
def test_a_file_size_limit(tmp_path, kilobytes):
    """A write that the system refuses leaves nothing half-written, at whichever file it comes."""
    rows = "".join(f"{i},{i * 7919 % 100003}.25,{'' if i % 3 else i}\n" for i in range(40_000))
    (tmp_path / "in.csv").write_text("a,b,c\n" + rows)
    before = listing(tmp_path)
    limit = kilobytes * 1024

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    answer = ran("clean", "in.csv", "-q", cwd=tmp_path, preexec_fn=limited)
    assert answer.code == 3, answer.err
    assert "Traceback" not in answer.err
    assert "unexpected" not in answer.err
    assert "limit" in answer.err or "disk" in answer.err
    assert listing(tmp_path) == before
    assert not list(tmp_path.glob(".dataprep-*"))


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of one megabyte, where that is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if os.name != "posix" or os.geteuid() != 0 or not mount:
        pytest.skip("only root mounts a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a small disk could not be mounted: {done.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - as found by the system


def test_a_full_disk(small_disk, tmp_path):
    """A disk that fills up while the output is written is left as it was, and says so."""
    rows = "".join(f"{i},{i * 7919 % 100003}.25,{'' if i % 3 else i}\n" for i in range(100_000))
    (tmp_path / "in.csv").write_text("a,b,c\n" + rows)
    (small_disk / "note.txt").write_text("already here")
    answer = ran("clean", "in.csv", "-o", small_disk / "out.csv", "-q", cwd=tmp_path)
    assert answer.code == 3, answer.err
    assert "disk" in answer.err
    assert "Free some" in answer.err
    assert [path.name for path in small_disk.iterdir()] == ["note.txt"]


def test_standard_output_that_is_full(tmp_path):
    """A listing that cannot be written is no success."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dataprep.cli", "stages"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr


# ---- pipeline.json


@pytest.fixture
def fitted(dataprep, table, tmp_path):
    """Give the pipeline.json of a run."""
    assert dataprep("clean", "in.csv", "-q", "--target", "churned").code == 0
    return folder_of(tmp_path / "in.clean.csv") / "pipeline.json"


def test_a_pipeline_is_not_written_over(refused, fitted):
    """An output never takes the place of the pipeline that is applied, not even with -f."""
    before = fitted.read_bytes()
    refused("apply", str(fitted), "in.csv", "-o", str(fitted), "-f", code=2, says="pipeline.json")
    refused(
        "clean", "in.csv", "--pipeline", str(fitted), "-o", str(fitted), "-f", code=2, says="reads"
    )
    assert fitted.read_bytes() == before


def test_a_pipeline_that_was_cut(refused, fitted):
    """A part of a pipeline.json is no pipeline."""
    text = fitted.read_text()
    for keep in (0, 1, len(text) // 2, len(text) - 3):
        fitted.write_text(text[:keep])
        refused(
            "apply", fitted, "in.csv", "-o", "o.csv", code=3,
            says=[str(fitted), "not a whole JSON file"],
        )  # fmt: skip


@pytest.mark.parametrize("change", ["state", "parameter", "column", "signature"])
def test_a_pipeline_that_was_altered(refused, fitted, change):
    """A change by hand anywhere is noticed: a changed state would go unnoticed otherwise."""
    content = json.loads(fitted.read_text())
    if change == "state":
        content["stages"][2]["state"]["altered"] = 1
    elif change == "parameter":
        content["stages"][2]["parameters"]["k"] = 99.0
    elif change == "column":
        content["columns"]["age"] = "text"
    else:
        del content["sha256"]
    fitted.write_text(json.dumps(content))
    refused("apply", fitted, "in.csv", "-o", "o.csv", code=3, says=[str(fitted), "was altered"])


def test_a_pipeline_of_a_newer_version(refused, fitted):
    """A format that is not known yet names the version that wrote it."""
    content = json.loads(fitted.read_text())
    content |= {"format": 99, "dataprep": "9.9.0"}
    fitted.write_text(json.dumps(content))
    refused("apply", fitted, "in.csv", "-o", "o.csv", code=3, says=["newer dataprep", "9.9.0"])


@pytest.mark.parametrize("text", ["{}", "[]", "3", "null", '{"stages": 1, "format": 1}'])
def test_json_that_is_no_pipeline(refused, table, tmp_path, text):
    """Any other JSON is called what it is not."""
    (tmp_path / "p.json").write_text(text)
    refused("apply", "p.json", "in.csv", code=3, says="p.json")


def test_a_pipeline_for_other_columns(refused, fitted, tmp_path):
    """Missing columns are named, with the nearest that is there."""
    (tmp_path / "new.csv").write_text(TABLE.replace("income", "incme"))
    refused("apply", fitted, "new.csv", code=3, says=["income", "incme"])


def test_values_of_another_kind(refused, fitted, tmp_path):
    """A text in a column that held numbers at fit is named with its row."""
    (tmp_path / "new.csv").write_text(TABLE + "old,a,3.5,1\n")
    refused("apply", fitted, "new.csv", code=3, says=["age", "old", "200"])


def test_a_folder_instead_of_a_pipeline(refused, fitted):
    """The run folder is not the pipeline inside it."""
    refused("apply", fitted.parent, "in.csv", code=3, says=["folder", "pipeline.json"])


def test_undo_of_an_output_that_was_changed(refused, dataprep, fitted, tmp_path):
    """Undo refuses an output that is not as it was written."""
    with (tmp_path / "in.clean.csv").open("a") as file:
        file.write("1,a,2,0\n")
    refused("undo", "in.clean.csv", code=3, says=["in.clean.csv", "changed since"])


def test_undo_of_the_same_size(refused, fitted, tmp_path):
    """Nor one whose change left its size as it was."""
    path = tmp_path / "in.clean.csv"
    text = path.read_text()
    path.write_text(text.replace("\n20,", "\n99,", 1))
    assert path.stat().st_size == len(text)
    refused("undo", "in.clean.csv", code=3, says=["in.clean.csv", "changed since"])


def test_undo_without_its_run_folder(refused, fitted, tmp_path):
    """Undo says what it needs."""
    shutil.rmtree(fitted.parent)
    refused("undo", "in.clean.csv", code=3, says=["in.clean.dataprep", "run folder is not there"])


def test_undo_with_a_damaged_run_folder(refused, fitted, tmp_path):
    """A ledger that was cut is no ledger."""
    ledger = fitted.parent / "ledger.parquet"
    ledger.write_bytes(ledger.read_bytes()[:-20])
    refused("undo", "in.clean.csv", code=3, says="ledger.parquet")


# ---- formulas


def test_formulas_stay_as_they_are(dataprep, tmp_path):
    """A cell that a spreadsheet would run is data, and left alone by default."""
    rows = [["note", "n"], ["=cmd|' /C calc'!A0", "1"], ["@SUM(1)", "2"], ["fine", "3"]]
    (tmp_path / "in.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    assert dataprep("clean", "in.csv", "-q", "--header").code == 0
    assert cells(tmp_path / "in.clean.csv") == rows


def test_formulas_are_escaped_when_asked(dataprep, tmp_path):
    """With --escape-formulas they get an apostrophe, which the ledger knows; numbers do not."""
    rows = [["note", "n"], ["=cmd|' /C calc'!A0", "-1"], ["@SUM(1)", "2"], ["fine", "-3"]]
    (tmp_path / "in.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    answer = dataprep("clean", "in.csv", "--json", "--header", "--escape-formulas")
    assert answer.code == 0, answer.err
    assert answer.json["cells_changed"] == 2
    assert [row[0] for row in cells(tmp_path / "in.clean.csv")[1:]] == [
        "'=cmd|' /C calc'!A0", "'@SUM(1)", "fine",
    ]  # fmt: skip
    assert [row[1] for row in cells(tmp_path / "in.clean.csv")[1:]] == ["-1", "2", "-3"]
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    assert cells(tmp_path / "back.csv") == rows


@pytest.mark.parametrize("name", ["out.xlsx", "out.json", "out.parquet.gz", "-"])
def test_an_output_that_cannot_be_written_is_refused(refused, table, name):
    """No format is written under another's name, and no run folder beside a pipe."""
    refused("clean", "in.csv", "-o", name, code=2, says=name)


@pytest.mark.parametrize("words", [("clean", b"\xff.csv"), ("clean", "in.csv", "-o", b"\xff.csv")])
def test_a_name_that_is_no_utf8_is_refused(refused, table, tmp_path, words):
    """A file name that DuckDB could not be told is named, with what to do."""
    (tmp_path / os.fsdecode(b"\xff.csv")).write_text("a,b\n1,2\n")
    refused(*map(os.fsdecode, words), code=3, says=["\\xff.csv", "not UTF-8", "Rename it"])


@pytest.mark.parametrize("name", ["ledger.parquet", "rejected.csv"])
def test_undo_refuses_a_run_folder_that_was_changed(dataprep, refused, table, tmp_path, name):
    """What undo reads must be what the run wrote: altered or gone, it is named."""
    assert dataprep("clean", "in.csv", "-q").code == 0
    path = tmp_path / "in.clean.dataprep" / name
    path.write_bytes(path.read_bytes() + b"\n")
    refused("undo", "in.clean.csv", code=3, says=[name, "changed since the run wrote it"])
    path.unlink()
    refused("undo", "in.clean.csv", code=3, says=[name, "not there"])


def test_a_run_that_drops_every_row_says_so(dataprep, tmp_path):
    """An empty output is an output, but at night it must not go unnoticed."""
    (tmp_path / "in.csv").write_text("a,b\n1,\n2,\n3,\n")
    answer = dataprep("clean", "in.csv", "--missing", "drop")
    assert answer.code == 0, answer.err
    assert "no row is left of 3" in answer.out
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == "a,b\n1,\n2,\n3,\n"


def test_quotes_that_do_not_end_are_pointed_out(refused, tmp_path):
    """Where quotes are astray in many lines, the message names the first that opens."""
    text = 'a,b\n1,x\n2,"un,y\n' + "".join(f'{i},"y","z,w\n{i},u\n' for i in range(3, 13))
    (tmp_path / "in.csv").write_text(text)
    refused("clean", "in.csv", "--quote", "double", code=3, says=["in.csv", "line 4"])


def test_a_name_that_promises_gzip_is_read_by_its_bytes(dataprep, tmp_path):
    """Text that is called .csv.gz is text."""
    (tmp_path / "in.csv.gz").write_text("a,b\n1,x\n2,y\n")
    answer = dataprep("clean", "in.csv.gz", "-o", "out.csv", "-q")
    assert answer.code == 0, answer.err
    assert (tmp_path / "out.csv").read_text() == "a,b\n1,x\n2,y\n"


def test_text_that_is_called_parquet_is_said_to_be_none(refused, tmp_path):
    """A CSV under the name of a Parquet file is called what it is not."""
    (tmp_path / "in.parquet").write_text("a,b\n1,x\n")
    refused("clean", "in.parquet", code=3, says=["in.parquet", "no Parquet file", ".csv"])


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes elsewhere")
def test_an_output_that_is_a_device(dataprep, tmp_path):
    """`-o /dev/null -f` leaves the device what it is: a rename would make it a file for all."""
    (tmp_path / "in.csv").write_text("x,y\n1,2\n3,4\n")
    os.mkfifo(tmp_path / "pipe")
    assert dataprep("clean", "in.csv", "-o", "out.csv").code == 0
    for words in (
        ["clean", "in.csv"],
        ["undo", "out.csv"],
        ["suggest-expectations", "in.csv"],
    ):
        refused = dataprep(*words, "-o", "pipe", "-f")
        assert refused.code == 2
        assert "device or a pipe" in refused.err
    assert (tmp_path / "pipe").is_fifo()
