"""Sources that are not one plain file: packed, piped, in folders, in archives, and arrays."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import threading
import zipfile
from collections import namedtuple
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PROGRAM, cells, listing
from pyarrow.feather import write_feather

import dataprep as dp
from dataprep.errors import ReadError
from dataprep.readers import packed

NOTHING = "stages: []\n"
TEXT = "id,name,price\n" + "".join(f"00{i},n{i % 3},{i}.50\n" for i in range(40))


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


def zipped(members):
    """Return a zip archive of files by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}
UNPACKERS = {
    "gz": gzip.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "zst": lambda data: pa.CompressedInputStream(pa.BufferReader(data), "zstd").read(),
}


@pytest.fixture
def clean(dataprep, tmp_path):
    """Run files through no stages at all; return the summary."""
    (tmp_path / "nothing.yaml").write_text(NOTHING)

    def run(*words):
        answer = dataprep("clean", *words, "--pipeline", "nothing.yaml", "--json")
        assert answer.code == 0, answer.err
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
        return answer.json

    return run


# ---- packed


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_in_packed_out_and_back(clean, dataprep, tmp_path, suffix):
    """A packed file gives one packed likewise with the same cells, and undo gives them back."""
    data = PACKERS[suffix](TEXT.encode())
    (tmp_path / f"data.csv.{suffix}").write_bytes(data)
    summary = clean(f"data.csv.{suffix}")
    output = tmp_path / f"data.clean.csv.{suffix}"
    assert Path(summary["output"]["path"]) == Path(output.name)
    assert UNPACKERS[suffix](output.read_bytes()).decode() == TEXT
    assert summary["input"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert summary["input"]["paths"] == [f"data.csv.{suffix}"]
    assert dataprep("undo", output.name, "-q").code == 0
    back = tmp_path / f"data.clean.restored.csv.{suffix}"
    assert UNPACKERS[suffix](back.read_bytes()).decode() == TEXT


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_is_packed_is_known_by_its_bytes(clean, tmp_path, suffix):
    """A name need not tell that a file is packed, nor how."""
    (tmp_path / "data.csv").write_bytes(PACKERS[suffix](TEXT.encode()))
    assert clean("data.csv")["rows_in"] == 40
    assert (tmp_path / "data.clean.csv").read_text() == TEXT


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("inner", ["jsonl", "parquet", "json", "feather"])
def test_other_formats_are_packed_too(clean, tmp_path, suffix, inner):
    """Whatever format is packed, it is read as that format."""
    plain = tmp_path / f"plain.{inner}"
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    if inner == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), plain)
    elif inner == "feather":
        write_feather(pa.Table.from_pylist(rows), plain)
    else:
        lines = json.dumps(rows) if inner == "json" else "\n".join(map(json.dumps, rows))
        plain.write_text(lines)
    (tmp_path / f"data.{inner}.{suffix}").write_bytes(PACKERS[suffix](plain.read_bytes()))
    clean(f"data.{inner}.{suffix}", "-o", "out.csv")
    assert cells(tmp_path / "out.csv") == [["a", "b"], ["1", "x"], ["2", "y"]]


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("made_from", ["data.csv", "data.jsonl"])
def test_an_output_is_packed_as_it_is_named(clean, tmp_path, suffix, made_from):
    """The name of an output says how it is packed, whatever the input was."""
    text = TEXT if made_from == "data.csv" else '{"a": 1, "b": "x"}\n'
    (tmp_path / made_from).write_text(text)
    clean(made_from, "-o", f"out.jsonl.{suffix}")
    lines = UNPACKERS[suffix]((tmp_path / f"out.jsonl.{suffix}").read_bytes()).decode().splitlines()
    assert len(lines) == (40 if made_from == "data.csv" else 1)
    assert json.loads(lines[0])


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("keep", [0.3, 0.99], ids=["start", "end"])
def test_a_truncated_file_is_refused(refused, tmp_path, suffix, keep):
    """A packed file that is cut anywhere is refused, whatever rows could be read."""
    text = "a,b\n" + "".join(f"{i},{i * 7919 % 100003}\n" for i in range(40_000))
    data = PACKERS[suffix](text.encode())
    (tmp_path / f"in.csv.{suffix}").write_bytes(data[: int(len(data) * keep)])
    refused("clean", f"in.csv.{suffix}", "-q", code=3, says=[f"in.csv.{suffix}", "cut off"])


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zst"])
def test_malformed_lines_are_told_by_the_original(clean, tmp_path, suffix):
    """Line numbers and byte offsets are of the text, the file is the one that was given."""
    text = TEXT.replace("005,n2,5.50\n", "005,n2\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv.{suffix}").write_bytes(PACKERS[suffix](text.encode()))
    summary = clean(f"a.csv.{suffix}", f"b.csv.{suffix}", "-o", "out.csv")
    told = [*summary["input"]["malformed"], *summary["input"]["mended"]]
    assert [line["line"] for line in told] == [7, 7]
    assert all(text[line["byte"] :].startswith("005,n2\n") for line in told)
    assert "part-" not in json.dumps(summary)
    listed = [path.read_text() for path in (tmp_path / "out.dataprep").glob("*.csv")]
    assert not any("part-" in content for content in listed)
    assert any(f"b.csv.{suffix}" in content for content in listed)


def test_the_disk_is_not_filled(refused, tmp_path, monkeypatch):
    """What would not fit on the disk is refused before it is full."""
    free = namedtuple("free", "total used free")(10**12, 10**12, 10 << 20)
    monkeypatch.setattr(packed, "_CHECKED", 1 << 20)
    monkeypatch.setattr(packed.shutil, "disk_usage", lambda _: free)
    (tmp_path / "bomb.csv.xz").write_bytes(lzma.compress(b"0" * (5 << 20)))
    refused("clean", "bomb.csv.xz", "-q", code=3, says=["bomb.csv.xz", "no room", "10 MB are free"])


# ---- zip archives


def test_a_zip_with_one_file(clean, dataprep, tmp_path):
    """The only file is read; folders and what systems put beside it are no files."""
    data = zipped({"in/": "", "in/data.csv": TEXT, "__MACOSX/x": "y", "in/.DS_Store": "z"})
    (tmp_path / "data.zip").write_bytes(data)
    summary = clean("data.zip")
    assert (tmp_path / "data.clean.csv").read_text() == TEXT
    assert summary["input"]["member"] == {"data.zip": "in/data.csv"}
    assert dataprep("undo", "data.clean.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == TEXT


def test_the_format_of_a_member_is_that_of_its_name(clean, tmp_path):
    """An archive of JSON Lines gives JSON Lines, one of packed text gives plain text."""
    (tmp_path / "a.zip").write_bytes(zipped({"x.jsonl": '{"a": 1}\n'}))
    (tmp_path / "b.csv.zip").write_bytes(zipped({"x.csv.gz": gzip.compress(TEXT.encode())}))
    clean("a.zip")
    clean("b.csv.zip")
    assert (tmp_path / "a.clean.jsonl").read_text() == '{"a": 1}\n'
    assert (tmp_path / "b.clean.csv").read_text() == TEXT


def test_several_members_are_named_and_one_is_chosen(refused, clean, tmp_path):
    """Of several files none is guessed; --member chooses, and a wrong name is mended."""
    (tmp_path / "two.zip").write_bytes(zipped({"in/a.csv": TEXT, "in/b.csv": "x\n1\n2\n"}))
    refused("clean", "two.zip", "-q", code=3, says=["2 files", "in/a.csv, in/b.csv", "--member"])
    words = ("clean", "two.zip", "-q", "--member")
    refused(*words, "b.cvs", code=2, says=["--member", "b.cvs", "Did you mean 'in/b.csv'"])
    assert clean("two.zip", "--member", "b.csv")["rows_in"] == 2
    assert dp.read(tmp_path / "two.zip", member="in/a.csv").height() == 40


def test_archives_that_cannot_be_read_are_told(refused, tmp_path):
    """Empty, cut off, protected by a password, no archive at all."""
    whole = zipped({"a.csv": TEXT})
    locked = bytearray(whole)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(sign) + flags] |= 1
    (tmp_path / "empty.zip").write_bytes(zipped({}))
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    (tmp_path / "locked.zip").write_bytes(bytes(locked))
    (tmp_path / "plain.csv").write_text(TEXT)
    refused("clean", "empty.zip", "-q", code=3, says=["empty.zip", "archive is empty"])
    refused("clean", "cut.zip", "-q", code=3, says=["cut.zip", "cut off"])
    refused("clean", "locked.zip", "-q", code=3, says=["locked.zip", "password", "Unpack it"])
    words = ("clean", "plain.csv", "--member", "x", "-q")
    refused(*words, code=2, says=["--member", "plain.csv is no zip"])


# ---- standard input, pipes, open files


@pytest.mark.parametrize("packer", [bytes, *PACKERS.values()])
def test_standard_input(tmp_path, packer):
    """What is piped in is read whatever it is packed with; its name is a hyphen."""
    data = packer(TEXT.encode())
    words = [*PROGRAM, "clean", "-", "-o", "out.csv", "--json"]
    done = subprocess.run(words, cwd=tmp_path, input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["input"]
    assert (found["paths"], found["rows"]) == (["-"], 40)
    assert found["sha256"] == hashlib.sha256(data).hexdigest()
    assert cells(tmp_path / "out.csv") == [line.split(",") for line in TEXT.splitlines()]
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv", "out.dataprep"}


def test_standard_input_of_other_formats(tmp_path):
    """Without a name the first bytes tell the format."""
    file = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), file)
    for data in (file.getvalue(), b'{"a": 1}\n{"a": 2}\n', b'[{"a": 1},\n{"a": 2}]'):
        words = [*PROGRAM, "clean", "/dev/stdin", "-o", "out.csv", "-q", "-f"]
        done = subprocess.run(words, cwd=tmp_path, input=data, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert cells(tmp_path / "out.csv") == [["a"], ["1"], ["2"]]


def test_a_stream_needs_a_name_for_its_output(tmp_path):
    """Nothing is read before it is known where to write."""
    words = [*PROGRAM, "clean", "-", "-q"]
    done = subprocess.run(words, cwd=tmp_path, input=b"a\n1\n", capture_output=True, timeout=60)
    assert done.returncode == 2
    assert b"-o" in done.stderr


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"%PDF-1.7 ..."])
def test_a_stream_without_a_table(tmp_path, content):
    """An empty stream, a header alone and what is no table are told as in a file."""
    words = [*PROGRAM, "clean", "-", "-o", "out.csv", "-q"]
    done = subprocess.run(words, cwd=tmp_path, input=content, capture_output=True, timeout=60)
    assert done.returncode == 3
    assert done.stderr.startswith(b"dataprep: -: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind are POSIX")
def test_a_named_pipe(clean, tmp_path):
    """A pipe is read once, as a stream."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(TEXT,))
    writer.start()
    assert clean("pipe", "-o", "out.csv")["rows_in"] == 40
    writer.join()


def test_open_files(tmp_path):
    """The library reads open files, of bytes and of text, from where they stand."""
    (tmp_path / "in.csv.bz2").write_bytes(bz2.compress(TEXT.encode()))
    with (tmp_path / "in.csv.bz2").open("rb") as file:
        assert dp.read(file).height() == 40
    assert dp.read(io.BytesIO(TEXT.encode())).columns == ["id", "name", "price"]
    assert dp.clean(io.StringIO(TEXT)).summary["rows_in"] == 40
    assert dp.read([io.BytesIO(TEXT.encode()), io.BytesIO(TEXT.encode())]).height() == 80
    with pytest.raises(ReadError, match="<stream>: the file is empty"):
        dp.read(io.BytesIO(b""))
    archive = io.BytesIO(zipped({"a.csv": TEXT, "b.jsonl": '{"z": 1}\n'}))
    assert dp.read(archive, member="b.jsonl").columns == ["z"]


# ---- folders and patterns


@pytest.fixture
def folder(tmp_path):
    """A folder with parts of a table, an output, a hidden file and a note."""
    found = tmp_path / "my [data]"
    found.mkdir()
    for number in (2, 1, 3):
        (found / f"part é{number}.csv").write_text(f"a,b\n{number},x\n")
    (found / "part.clean.csv").write_text("a,b\n9,9\n")
    (found / ".hidden.csv").write_text("a,b\n9,9\n")
    (found / "notes.md").write_text("# notes")
    run = found / "part.clean.dataprep"
    run.mkdir()
    (run / "rejected.csv").write_text("a,b\n9,9\n")
    return found


def test_a_folder_is_one_table(clean, folder, tmp_path):
    """Its files are read sorted by name; outputs, hidden files and notes are passed over."""
    summary = clean(f"{folder.name}/")
    assert cells(tmp_path / "my [data].clean.csv")[1:] == [["1", "x"], ["2", "x"], ["3", "x"]]
    assert [Path(path).name[-5] for path in summary["input"]["paths"]] == ["1", "2", "3"]
    assert summary["input"]["passed_over"] == ["notes.md"]
    assert dp.read(folder).height() == 3


def test_a_pattern_is_one_table(clean, folder, tmp_path):
    """A pattern finds files as the shell does; a file of that very name comes first."""
    assert clean("my*/part ?[12].csv", "-o", "out.csv")["rows_in"] == 2
    assert clean("**/part*3.csv", "-o", "out3.csv")["rows_in"] == 1
    (tmp_path / "data[1].csv").write_text("a\n1\n")
    (tmp_path / "data1.csv").write_text("a\n1\n2\n")
    assert clean("data[1].csv")["rows_in"] == 1


def test_nothing_found_is_told(refused, folder, tmp_path):
    """A pattern that finds nothing, or outputs alone, says what is there."""
    (tmp_path / "data.csv").write_text("a\n1\n")
    refused("clean", "dota*.csv", code=3, says=["dota*.csv: no file", "data.csv"])
    refused("clean", "my*/*.clean*.csv", "nope.csv", code=3, says=["nope.csv"])
    (tmp_path / "only" / "below").mkdir(parents=True)
    refused("clean", "only", code=3, says=["only: no file", "Look below it (below)", "**"])
    (tmp_path / "only" / "readme.md").write_text("x")
    refused("clean", "only", code=3, says=["only: no file", "There is: readme.md"])


def test_mixed_formats_are_told(refused, folder):
    """Files of two formats are no table: both are named."""
    pq.write_table(pa.table({"a": [1]}), folder / "more.parquet")
    refused("clean", folder.name, code=3, says=["more.parquet (parquet)", "part é1.csv (csv)"])


# ---- JSON


def test_an_array_of_objects(clean, dataprep, tmp_path):
    """A JSON array is read record by record, every cell as it stands; JSON Lines are written."""
    (tmp_path / "in.json").write_text(
        '\ufeff[ {"a": 1.50, "b": "x"},\n {"a": null, "c": {"d":\n  [1, 2]}}\n]\n'
    )
    summary = clean("in.json")
    lines = (tmp_path / "in.clean.jsonl").read_text().splitlines()
    assert lines == ['{"a": 1.50, "b": "x"}', '{"a": null, "c": {"d": [1, 2]}}']
    assert summary["input"]["format"] == "json"
    assert dataprep("undo", "in.clean.jsonl", "-o", "back.jsonl", "-q").code == 0
    assert (tmp_path / "back.jsonl").read_text().splitlines() == lines


def test_json_lines_may_be_named_json(clean, tmp_path):
    """What begins with an object is one object a line."""
    (tmp_path / "in.json").write_text('{"a": 1}\n{"a": 2}\n')
    assert clean("in.json")["rows_in"] == 2


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_an_array_is_read_whatever_the_blocks(monkeypatch, tmp_path, size):
    """Where the blocks of a file end makes no difference."""
    from dataprep.readers import json_array

    text = '[{"a": 1, "é": "x\\"]"} ,\n{"a": 234}, {}, {"b": [{"c": "}"}]}]'
    (tmp_path / "in.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(json_array, "_BLOCK", size)
    found = list(json_array.elements(tmp_path / "in.json"))
    assert [json.loads(element) for _, _, element in found] == json.loads(text)
    assert [line for line, _, _ in found] == [1, 2, 2, 2]
    assert all(text.encode()[byte:].startswith(element) for _, byte, element in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"a": 1},\n{"a": 2}', ["line 2", "end of the array"]),
        ('[{"a": 1} {"a": 2}]', ["comma"]),
        ('[{"a": 1}] x', ["something follows"]),
        ('[{"a": 1}, {"a": ]', ["line 1"]),
        ("[]", ["empty"]),
        ("[1, 2]", ["no line is a JSON object"]),
        ('{\n "data": [{"a": 1}]\n}', ["no line is a JSON object"]),
    ],
)
def test_a_broken_array_is_told(refused, tmp_path, text, says):
    """What is no array of objects says where, and what to give instead."""
    (tmp_path / "in.json").write_text(text)
    refused("clean", "in.json", "-q", code=3, says=["in.json", *says])


def test_blank_json_lines_are_counted(clean, tmp_path):
    """Blank lines between records are no rows, and are told; those at the end only end the file."""
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n  \n{"a": 3}\n\n\n')
    found = clean("in.jsonl")["input"]
    assert [(line["line"], line["byte"]) for line in found["skipped"]] == [(2, 9), (4, 19)]
    assert found["lines_skipped"] == {"blank line": 2}


def test_too_many_lines_that_are_no_json(refused, tmp_path):
    """More than a tenth of lines that are no objects stop the run."""
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n' * 5 + "{'a': 2}\n")
    refused("clean", "in.jsonl", "-q", code=3, says=["1 of 6 lines", "line 6", "{'a': 2}"])


# ---- what is no table

STRANGERS = {
    "paper.csv": (b"%PDF-1.7\n...", "PDF"),
    "page.csv": (b"\n<!DOCTYPE html><html><table>", "HTML page"),
    "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "HTML page"),
    "page.parquet": (b"<html>", "HTML page"),
    "sheet.xls": (b'<?xml version="1.0"?><Workbook>', "XML"),
    "base.csv": (b"SQLite format 3\0" + bytes(100), "sqlite:///base.csv with --table"),
    "photo.csv": (b"\x89PNG\r\n\x1a\n" + bytes(100), "image"),
    "photo.csv.gz": (gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(100)), "image"),
    "array.csv": (b'[{"a": 1}, {"a": 2}]', "Name it .json"),
    "lines.csv": (b'{"a": 1}\n{"a": 2}\n', "Name it .jsonl"),
    "arrow.csv": (b"ARROW1\0\0" + bytes(100), "Feather"),
    "data.feather": (b"a,b\n1,2\n", "no Feather"),
    "data.orc": (b"a,b\n1,2\n", "no ORC"),
    "data.xlsx": (b"a,b\n1,2\n", "no Excel"),
    "data.tar.gz": (gzip.compress(bytes(257) + b"ustar" + bytes(300)), "tar archive"),
    "data.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7-Zip"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_called_what_it_is(refused, tmp_path, name):
    """What holds no table, or another format than its name says, is told by its first bytes."""
    content, says = STRANGERS[name]
    (tmp_path / name).write_bytes(content)
    refused("clean", name, "-q", code=3, says=[name, says])


@pytest.mark.parametrize("header", ["ORC,b", "BZh,b", "{a,b", "[a],b", "PKx,b", "MM,II"])
def test_text_that_looks_like_something_else_is_text(clean, tmp_path, header):
    """A header that begins as another format does is a header."""
    (tmp_path / "in.csv").write_text(f"{header}\n1,2\n3,4\n")
    assert clean("in.csv", "--header")["rows_in"] == 2


def test_nothing_of_the_input_is_touched(clean, tmp_path):
    """Whatever is unpacked and copied on the way, the input stays as it is."""
    (tmp_path / "in.zip").write_bytes(zipped({"a.csv": TEXT}))
    before = listing(tmp_path)
    clean("in.zip", "--dry-run")
    assert {name for name, *_ in listing(tmp_path) - before} <= {"nothing.yaml"}
