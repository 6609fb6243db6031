"""What is read is what stood there, and what stood there is what is written back."""

import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import cells, folder_of, summary_of

import dataprep as dp
from dataprep.errors import ReadError

SHARED = Path(__file__).parents[2] / "shared" / "data"
NOTHING = "stages: []\n"
ROWS = [["id", "name", "price"], ["007", "NA", "1.50"], ["8", " 39", ""], ["9", "-", "1e3"]]
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@pytest.fixture
def through(dataprep, tmp_path):
    """Write a file, run it through no stages at all, and return both as bytes."""
    (tmp_path / "nothing.yaml").write_text(NOTHING)

    def run(content, name="in.csv", *flags):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        out = f"out{Path(name).suffix}"
        answer = dataprep("clean", name, "--pipeline", "nothing.yaml", "-q", "-o", out, *flags)
        assert answer.code == 0, answer.err
        return data, (tmp_path / out).read_bytes()

    return run


@pytest.fixture
def read(dataprep, tmp_path):
    """Write a file and return what reading it decided."""

    def run(content, name="in.csv", *flags):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        answer = dataprep("clean", name, "--dry-run", "--json", *flags)
        assert answer.code == 0, answer.err
        return answer.json["input"]

    return run


def text_of(rows, delimiter=",", end="\n"):
    return "".join(delimiter.join(row) + end for row in rows)


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "bom"])
def test_every_dialect_comes_back_as_it_was(through, tmp_path, sign, end, bom):
    """Delimiter, cells and byte order mark are those of the input, whatever its line ends."""
    given, written = through(bom + text_of(ROWS, sign, end))
    assert written.decode() == given.decode().replace("\r\n", "\n")
    assert summary_of(tmp_path / "out.csv")["input"]["delimiter"] == sign


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_no_header_is_seen_by_itself(read, sign):
    """A first line of numbers over numbers is a row."""
    found = read(text_of([["1", "2.5", "x"], ["2", "3.5", "y"], ["3", "4.5", "x"]], sign))
    assert found["header"] is False
    assert found["rows"] == 3
    assert found["columns"] == ["column_0", "column_1", "column_2"]


def test_no_header_is_written_where_there_was_none(through):
    """A file without a header comes back without one."""
    given, written = through("1,2.5\n2,3.5\n3,4.5\n")
    assert written == given


@pytest.mark.parametrize(("flag", "rows"), [("--header", 2), ("--no-header", 3)])
def test_a_flag_settles_the_header(read, flag, rows):
    """What is given is not guessed."""
    assert read("1,2\n3,4\n5,6\n", "in.csv", flag)["rows"] == rows


@pytest.mark.parametrize("name", ["semicolon", ";", "SEMICOLON"])
def test_a_delimiter_goes_by_sign_or_name(read, name):
    """A semicolon may be written as a sign or as a word."""
    assert read("a;b\n1,5;2\n2,5;3\n", "in.csv", "--delimiter", name)["columns"] == ["a", "b"]


@pytest.mark.parametrize("name", ["tab", "\\t", "\t"])
def test_a_tab_goes_by_three_names(read, name):
    """A tab is hard to type, so that its names do."""
    assert read("a\tb\n1\t2\n", "in.csv", "--delimiter", name)["delimiter"] == "\t"


def test_commas_inside_quotes_are_no_delimiters(read):
    """A semicolon file with decimal commas and quoted commas is a semicolon file."""
    found = read('a;b;c\n"x, y, z";1,5;2\n"p, q, r";2,5;3\n')
    assert (found["delimiter"], len(found["columns"])) == (";", 3)


def test_gzip_in_gzip_out(dataprep, tmp_path):
    """A .csv.gz gives a .csv.gz with the same cells."""
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(text_of(ROWS).encode()))
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    answer = dataprep("clean", "in.csv.gz", "--pipeline", "nothing.yaml", "-q")
    assert answer.code == 0, answer.err
    assert gzip.decompress((tmp_path / "in.clean.csv.gz").read_bytes()).decode() == text_of(ROWS)


def test_gzip_of_some_megabytes_needs_no_more_memory(dataprep, tmp_path):
    """The default memory limit is enough for a compressed file that is larger than a preview."""
    with gzip.open(tmp_path / "in.csv.gz", "wt", compresslevel=1) as file:
        file.write("a,b\n")
        file.writelines(f"{i},{i * 7919 % 100003}\n" for i in range(200_000))
    answer = dataprep("clean", "in.csv.gz", "--dry-run", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["rows_in"] == 200_000


def test_a_gzip_without_its_suffix_is_known_by_its_bytes(read):
    """What is compressed is told by its first bytes, not by its name."""
    assert read(gzip.compress(b"a,b\n1,2\n3,4\n"))["rows"] == 2


def test_gzip_members_in_a_row_are_one_file(read):
    """Files joined by ``cat a.gz b.gz`` are read to the end."""
    joined = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n5,6\n")
    assert read(joined, "in.csv.gz")["rows"] == 3


@pytest.mark.parametrize(
    "header",
    ["a,A,a,", "_row,row,column,stage", '"say ""hi""",b c,"d, e",f', "a.b,a-b,a b,é", "1,2,3,x"],
    ids=["equal", "reserved", "quoted", "signs", "numbers"],
)
def test_any_column_names_survive(through, dataprep, tmp_path, header):
    """Names that are equal, empty, reserved or quoted come back as they stood, and undo too."""
    given, _ = through(f"{header}\n1,2,3,x\n4,5,6,y\n", "in.csv", "--header")
    assert cells(tmp_path / "out.csv") == cells(tmp_path / "in.csv")
    answer = dataprep("undo", "out.csv", "-o", "back.csv", "-q")
    assert answer.code == 0, answer.err
    assert cells(tmp_path / "back.csv") == cells(tmp_path / "in.csv")
    assert given


@pytest.mark.parametrize(
    "header",
    ["a,A,a,", "_row,row,column,stage", '"say ""hi""",b c,"d, e",f', "__new__a,reason,h,n"],
    ids=["equal", "reserved", "quoted", "hidden"],
)
def test_any_column_names_can_be_cleaned(dataprep, tmp_path, header):
    """Names do not get in the way of stages, ledger and rejected rows; undo gives all back."""
    rows = [f"{i},{i % 7}.5,{i},x" for i in range(40)]
    rows += [rows[0], ",3.5,900000,", "11,,1,y"]
    (tmp_path / "in.csv").write_text("\n".join([header, *rows]) + "\n")
    answer = dataprep("clean", "in.csv", "-q", "--header")
    assert answer.code == 0, answer.err
    summary = summary_of(tmp_path / "in.clean.csv")
    assert summary["rows_rejected"] == 1
    assert summary["cells_changed"] >= 2
    answer = dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q")
    assert answer.code == 0, answer.err
    assert cells(tmp_path / "back.csv") == cells(tmp_path / "in.csv")


def test_rejected_columns_keep_clear_of_the_input_s(dataprep, tmp_path):
    """An input with a column ``_row`` still gets the number of its rejected rows."""
    (tmp_path / "in.csv").write_text("_row,b\n5,x\n6,y\n5,x\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    found = cells(folder_of(tmp_path / "in.clean.csv") / "rejected.csv")
    assert found[0][:2] == ["_row", "b"]
    assert found[1][:3] == ["5", "x", "2"]


@pytest.mark.parametrize(
    "content",
    [
        "a\n1\n\n3\n",
        "a\n\n\n\n",
        "a,b\n1,\n2,\n3,\n",
        "a\nx\n",
        "a,b\n1,2\n",
        "a,b\n  1 , x \n",
        " a , b\n1,2\n",
        "zip,country,price,age\n00060,NA,1.50, 39\n01234,DE,2.00,40\n",
        'a,b\n"x\ny",2\n"p ""q""",3\n',
        "a,b\n1,2",
        "a,b\n\n1,2\n\n",
    ],
    ids=[
        "one-column-missing",
        "only-empty",
        "empty-column",
        "one-cell",
        "one-row",
        "blanks",
        "blanks-in-header",
        "as-it-stood",
        "quoted",
        "no-last-newline",
        "blank-lines",
    ],
)
def test_no_stage_changes_no_cell(through, dataprep, tmp_path, content):
    """With ``stages: []`` every cell of the output is the input's, and undo gives the same."""
    through(content, "in.csv", "--header")
    given = cells(tmp_path / "in.csv")
    if any(len(row) > 1 for row in given):
        # Between several columns a blank line is no row; in a single one, it is a missing cell.
        given = [row for row in given if row]
    else:
        given = [row or [""] for row in given]
    assert [row or [""] for row in cells(tmp_path / "out.csv")] == given
    answer = dataprep("undo", "out.csv", "-o", "back.csv", "-q")
    assert answer.code == 0, answer.err
    assert [row or [""] for row in cells(tmp_path / "back.csv")] == given


def test_leading_zeros_namibia_and_trailing_zeros_stay(dataprep, tmp_path):
    """With the default stages too, a cell that no stage touched leaves as it came."""
    rows = [["zip", "country", "price", "age"]]
    rows += [[f"{i:05}", ["NA", "DE"][i % 2], f"{i}.50", f" {i % 60}"] for i in range(100)]
    (tmp_path / "in.csv").write_text(text_of(rows))
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert cells(tmp_path / "in.clean.csv") == rows


def test_a_very_long_cell_is_a_cell(through, tmp_path):
    """A cell of five million characters passes whole."""
    through("a,b\n1," + "x" * 5_000_000 + "\n2,y\n")
    assert len(cells_unlimited(tmp_path / "out.csv")[1][1]) == 5_000_000


def cells_unlimited(path):
    import csv

    before = csv.field_size_limit(10_000_000)
    try:
        return cells(path)
    finally:
        csv.field_size_limit(before)


def test_lines_that_are_no_rows_are_kept_aside(dataprep, tmp_path):
    """Too few and too many cells: each with its line, byte, reason and text; the sum holds."""
    lines = ["a,b,c", *(f"{i},x{i},{i}" for i in range(50))]
    lines[10], lines[20] = "too,few", "one,too,many,cells"
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    summary = summary_of(tmp_path / "in.clean.csv")
    assert summary["rows_malformed"] == 2
    assert summary["rows_in"] + summary["rows_malformed"] == 50
    found = cells(folder_of(tmp_path / "in.clean.csv") / "malformed.csv")
    assert found[0] == ["line", "byte", "reason", "text"]
    assert [row[0] for row in found[1:]] == ["11", "21"]
    assert [row[3] for row in found[1:]] == ["too,few", "one,too,many,cells"]
    data = (tmp_path / "in.csv").read_bytes()
    for _, byte, reason, text in found[1:]:
        assert data[int(byte) :].startswith(text.encode())
        assert reason


def test_invalid_utf8_is_kept_aside(dataprep, tmp_path):
    """A line in another encoding than the others is no row, and is not silently mended."""
    lines = [b"a,b", *(f"{i},ü{i}".encode() for i in range(50))]
    lines[5] = b"5,caf\xe9"
    (tmp_path / "in.csv").write_bytes(b"\n".join(lines) + b"\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    summary = summary_of(tmp_path / "in.clean.csv")
    assert (summary["rows_in"], summary["rows_malformed"]) == (49, 1)
    found = cells(folder_of(tmp_path / "in.clean.csv") / "malformed.csv")
    assert (found[1][0], found[1][2]) == ("6", "byte 33 is not utf-8")
    assert found[1][3] == r"5,caf\xe9"


def test_broken_quotes_are_read_as_they_can_only_be_meant(dataprep, tmp_path):
    """A quote that is followed by something else, or that never ends, costs no row and no other."""
    lines = ["a,b", *(f"{i},x{i}" for i in range(50))]
    lines[7], lines[47] = '7,"broken" quote', '46,"open'
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    summary = summary_of(tmp_path / "in.clean.csv")
    assert (summary["rows_in"], summary["rows_malformed"]) == (50, 0)
    assert summary["input"]["rows_mended"] == 2
    found = cells(folder_of(tmp_path / "in.clean.csv") / "mended.csv")[1:]
    assert [(row[0], row[3]) for row in found] == [("8", lines[7]), ("48", lines[47])]
    out = cells(tmp_path / "in.clean.csv")[1:]
    assert (out[6], out[46]) == (["7", '"broken" quote'], ["46", "open"])
    assert [row for i, row in enumerate(out) if i not in (6, 46)] == [
        line.split(",") for i, line in enumerate(lines) if i not in (0, 7, 47)
    ]


def test_malformed_lines_are_no_part_of_undo(dataprep, tmp_path):
    """Undo gives the rows back; the malformed lines lie beside."""
    lines = ["a,b", *(f"{i},x{i}" for i in range(50))]
    lines[7] = "one"
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    del lines[7]
    assert (tmp_path / "back.csv").read_text() == "\n".join(lines) + "\n"


def test_several_files_are_one_table(dataprep, tmp_path):
    """Parts with the same header follow each other, the header once."""
    (tmp_path / "a.csv").write_text("x,y\n1,p\n2,q\n")
    (tmp_path / "b.csv").write_text("x,y\n3,r\n")
    answer = dataprep("clean", "a.csv", "b.csv", "-o", "all.csv", "-q")
    assert answer.code == 0, answer.err
    assert (tmp_path / "all.csv").read_text() == "x,y\n1,p\n2,q\n3,r\n"


def test_a_parquet_comes_back_with_its_types(dataprep, tmp_path):
    """Without stages, types and values of a Parquet file are those of the input; undo too."""
    duckdb = pytest.importorskip("duckdb")
    duckdb.sql(
        "copy (select i::INTEGER as i, i / 3.0 as f, 'x' || i as s, "
        "date '2020-01-01' + i::INT as d, i % 2 = 0 as b, "
        "case when i % 3 = 0 then null else i::DECIMAL(9, 2) end as n "
        f"from range(20) t(i)) to '{tmp_path}/in.parquet'"
    )
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    answer = dataprep("clean", "in.parquet", "--pipeline", "nothing.yaml", "-q")
    assert answer.code == 0, answer.err
    assert dataprep("undo", "in.clean.parquet", "-o", "back.parquet", "-q").code == 0
    given = duckdb.sql(f"from '{tmp_path}/in.parquet'")
    for name in ("in.clean.parquet", "back.parquet"):
        found = duckdb.sql(f"from '{tmp_path}/{name}'")
        assert (found.columns, found.types) == (given.columns, given.types)
        assert found.fetchall() == given.fetchall()


def test_json_lines_come_back_as_they_were(dataprep, tmp_path):
    """Literals, absent members and nested values of JSON Lines survive, and undo gives them."""
    lines = [
        '{"a": 1.50, "b": "x\\n\\"y\\"", "c": null}',
        '{"a": 2, "c": [1, {"k": "v"}]}',
        '{"b": "é", "a": 1e3}',
        '{"a": -0.0, "b": "", "c": true}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    answer = dataprep("clean", "in.jsonl", "--pipeline", "nothing.yaml", "-q")
    assert answer.code == 0, answer.err
    assert dataprep("undo", "in.clean.jsonl", "-o", "back.jsonl", "-q").code == 0
    for name in ("in.clean.jsonl", "back.jsonl"):
        found = [json.loads(line) for line in (tmp_path / name).read_text("utf-8").splitlines()]
        assert found == [json.loads(line) for line in lines]
    assert "1.50" in (tmp_path / "in.clean.jsonl").read_text("utf-8")


@pytest.mark.parametrize("keys", [("a", "A"), ("", "b"), ("_row", "row"), ("a b", 'q"q')])
def test_any_keys_of_json_lines_survive(dataprep, tmp_path, keys):
    """Keys that differ by case only, or are empty, come back as they stood."""
    rows = [{keys[0]: 1, keys[1]: "x"}, {keys[0]: 2, keys[1]: "y"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    answer = dataprep("clean", "in.jsonl", "--pipeline", "nothing.yaml", "-q")
    assert answer.code == 0, answer.err
    found = (tmp_path / "in.clean.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in found] == rows


def test_json_lines_that_are_no_objects_are_kept_aside(dataprep, tmp_path):
    """Cut objects, arrays, keys that occur twice and invalid UTF-8 go to malformed.csv."""
    good = [f'{{"a": {i}, "b": "x{i}"}}'.encode() for i in range(60)]
    bad = [b'{"a": 1, "b"', b"[1, 2]", b'{"a": 1, "a": 2}', b'{"a": 1, "b": "caf\xe9"}']
    lines = [*good[:30], *bad, *good[30:]]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    answer = dataprep("clean", "in.jsonl", "-q")
    assert answer.code == 0, answer.err
    summary = summary_of(tmp_path / "in.clean.jsonl")
    assert (summary["rows_in"], summary["rows_malformed"]) == (60, 4)
    found = cells(folder_of(tmp_path / "in.clean.jsonl") / "malformed.csv")[1:]
    data = (tmp_path / "in.jsonl").read_bytes()
    assert [row[0] for row in found] == ["31", "32", "33", "34"]
    for (_, byte, reason, text), line in zip(found, bad, strict=True):
        assert data[int(byte) :].startswith(line)
        assert reason
        assert text[:5].encode() == line[:5]
    assert "\\xe9" in found[3][3]


@pytest.mark.parametrize("path", sorted((SHARED / "tables").glob("*.csv")), ids=lambda p: p.stem)
def test_tables_without_header_are_seen_to_have_none(path):
    """The UCI tables hold rows from their first line on."""
    report = dp.read(path).report
    assert (report["delimiter"], report["header"], report["rows_malformed"]) == (",", False, 0)


def test_the_tables_are_there():
    """Says so where the tables of the test above are absent."""
    if not list((SHARED / "tables").glob("*.csv")):
        pytest.skip("no folder shared/data/tables beside the checkout")


@pytest.mark.skipif(
    not (SHARED / "csv").is_dir(), reason="no folder shared/data/csv beside the checkout"
)
@pytest.mark.parametrize(
    "path", sorted((SHARED / "csv" / "spectrum_csv").glob("*.csv")), ids=lambda p: p.stem
)
def test_the_csv_spectrum_is_read(dataprep, tmp_path, path):
    """Each file of the csv-spectrum gives the rows that its JSON twin lists."""
    expected = json.loads((SHARED / "csv" / "spectrum_json" / f"{path.stem}.json").read_text())
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    answer = dataprep("clean", path, "--pipeline", "nothing.yaml", "-q", "-o", "out.csv")
    assert answer.code == 0, answer.err
    header, *rows = cells(tmp_path / "out.csv")
    if path.stem == "location_coordinates":
        # Its JSON twin is damaged: Python's own reader is asked instead.
        assert [header, *rows] == cells(path)
        return
    found = [dict(zip(header, row, strict=True)) for row in rows]
    ends = [{k: v.replace("\r\n", "\n") for k, v in row.items()} for row in found]
    assert ends == [{k: v.replace("\r\n", "\n") for k, v in row.items()} for row in expected]


def test_numbers_in_quotes_stay_in_quotes(dataprep, tmp_path):
    """A JSON string that holds a number is clipped to a string, a bare number to a bare one."""
    rows = [{"s": str(i % 20), "n": i % 20} for i in range(60)]
    rows += [{"s": "9000", "n": 9000}, {"n": 1}, {"s": "1"}]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "in.jsonl").write_text(text)
    assert dataprep("clean", "in.jsonl", "-q", "--dedupe", "none").code == 0
    lines = (tmp_path / "in.clean.jsonl").read_text().splitlines()
    high, string, number = map(json.loads, lines[-3:])
    assert high["s"] == str(high["n"]) != "9000"
    assert string == {"s": "10", "n": 1}
    assert number == {"s": "1", "n": 10}
    assert dataprep("undo", "in.clean.jsonl", "-o", "back.jsonl", "-q").code == 0
    assert (tmp_path / "back.jsonl").read_text() == text


def test_json_lines_nested_without_end_are_kept_aside(dataprep, tmp_path):
    """A line that nests too deeply to be read is no row, and stops nothing."""
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    (tmp_path / "in.jsonl").write_text("\n".join([*(f'{{"a": {i}}}' for i in range(20)), deep]))
    answer = dataprep("clean", "in.jsonl", "-q")
    assert answer.code == 0, answer.err
    assert "nested too deeply" in (tmp_path / "in.clean.dataprep" / "malformed.csv").read_text()


def test_malformed_lines_of_several_files_name_theirs(dataprep, tmp_path):
    """Where several files are one table, a malformed line says which it stood in."""
    for name in "ab":
        lines = ["x,y", *(f"{i},{name}" for i in range(30))]
        lines[3] = "alone"
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    assert dataprep("clean", "a.csv", "b.csv", "-o", "all.csv", "-q").code == 0
    header, *lines = cells(tmp_path / "all.dataprep" / "malformed.csv")
    assert header == ["line", "byte", "reason", "text", "file"]
    assert [(line[0], line[3], Path(line[4]).name) for line in lines] == [
        ("4", "alone", "a.csv"),
        ("4", "alone", "b.csv"),
    ]


def test_a_tsv_is_written_with_tabs_and_undone(dataprep, tmp_path):
    """The name of an output says how its cells are parted."""
    (tmp_path / "in.csv").write_text('a,b\n1,x\n2,y\n3,"p,q"\n')
    assert dataprep("clean", "in.csv", "-o", "out.tsv", "-q").code == 0
    assert (tmp_path / "out.tsv").read_text() == "a\tb\n1\tx\n2\ty\n3\tp,q\n"
    assert dataprep("undo", "out.tsv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == (tmp_path / "in.csv").read_text()


def test_a_name_without_suffix_keeps_its_run_folder(dataprep, tmp_path):
    """Data becomes data.clean, with data.clean.dataprep beside it."""
    (tmp_path / "data").write_text("a,b\n1,x\n2,y\n")
    assert dataprep("clean", "data", "-q").code == 0
    assert (tmp_path / "data.clean.dataprep" / "summary.json").exists()
    assert dataprep("undo", "data.clean", "-o", "back", "-q").code == 0
    assert (tmp_path / "back").read_text() == (tmp_path / "data").read_text()


@pytest.mark.parametrize("word", ["NA", "?", '""'])
@pytest.mark.parametrize("numbers", [range(60), range(1000, 7000, 100)], ids=["gapless", "apart"])
def test_distinct_numbers_may_have_a_missing_one(dataprep, tmp_path, word, numbers):
    """A column of distinct whole numbers and a word for missing is read, and the word counts."""
    lines = ["price,b", *(f"{number},{i}.5" for i, number in enumerate(numbers)), f"{word},0.5"]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    answer = dataprep("clean", "in.csv", "-q")
    assert answer.code == 0, answer.err
    summary = summary_of(tmp_path / "in.clean.csv")
    assert summary["columns"]["price"] == "integer"
    assert summary["stages"][1]["cells_by_column"] == {"price": 1}


def test_blank_lines_above_the_header_are_passed_over(dataprep, tmp_path):
    """The first line that holds something is the header."""
    (tmp_path / "in.csv").write_text("\n\nname,age\nann,3\nbob,5\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert (tmp_path / "in.clean.csv").read_text() == "name,age\nann,3\nbob,5\n"
    assert summary_of(tmp_path / "in.clean.csv")["columns"]["age"] == "integer"


def test_plain_and_gzipped_files_are_one_table(dataprep, tmp_path):
    """Compression is told by the bytes of each file, not by its name."""
    (tmp_path / "a.csv").write_text("x\n" + "".join(f"{i}.5\n" for i in range(50)))
    packed = gzip.compress(("x\n" + "".join(f"{i}.5\n" for i in range(50, 90))).encode())
    (tmp_path / "b.csv").write_bytes(packed)
    (tmp_path / "c.csv.gz").write_text("x\n" + "".join(f"{i}.5\n" for i in range(90, 99)))
    assert dataprep("clean", "a.csv", "b.csv", "c.csv.gz", "-o", "all.csv", "-q").code == 0
    assert cells(tmp_path / "all.csv")[1:] == [[f"{i}.5"] for i in range(99)]


def test_the_header_tells_the_delimiter(read):
    """Where rows hold as many commas as semicolons, the sign that cuts the header is meant."""
    rows = "".join(f"{i};Paris, FR;{i},50\n" for i in range(60))
    assert read("id;city;price\n" + rows)["delimiter"] == ";"


@pytest.mark.parametrize("header", ["a,b", "a,b,"])
def test_a_delimiter_at_the_end_of_every_row_is_no_column(dataprep, tmp_path, header):
    """A last column without a name and without a cell is left out, and that is told."""
    rows = "".join(f"{i},x{i}\n" for i in range(20))
    (tmp_path / "in.csv").write_text(f"{header}\n" + rows.replace("\n", ",\n"))
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert (tmp_path / "in.clean.csv").read_text() == "a,b\n" + rows
    assert summary_of(tmp_path / "in.clean.csv")["input"]["empty_last_column"]


def test_an_empty_last_column_that_is_named_is_a_column(dataprep, tmp_path):
    """An output without a header whose last column is empty can be taken back."""
    given = "".join(f"{i % 7},{i // 10},{'ab'[i // 10]}\n" for i in range(20))
    (tmp_path / "in.csv").write_text(given.replace("2,0,a", "2,0,b"))
    recipe = "stages: [{conflicting_labels: {columns: [column_1], action: relabel}}]"
    (tmp_path / "p.yaml").write_text(recipe)
    words = ("--no-header", "--target", "column_2", "--pipeline", "p.yaml", "-o", "out.csv", "-q")
    answer = dataprep("clean", "in.csv", *words)
    assert answer.code == 0, answer.err
    assert (tmp_path / "out.csv").read_text().startswith("0,0,a,,,,\n")
    answer = dataprep("undo", "out.csv", "-o", "back.csv", "-q")
    assert answer.code == 0, answer.err
    assert (tmp_path / "back.csv").read_bytes() == (tmp_path / "in.csv").read_bytes()


def test_a_last_column_that_is_empty_at_first_is_a_column(dataprep, tmp_path):
    """One cell far down is enough to keep a column whose beginning is empty."""
    rows = [f"{i},x{i}," for i in range(40_000)]
    rows[39_000] += "late"
    (tmp_path / "in.csv").write_text("a,b\n" + "\n".join(rows) + "\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert cells(tmp_path / "in.clean.csv")[39_001] == ["39000", "x39000", "late"]


def test_words_for_missing_are_no_sql(read):
    """A word that only Python takes for a number is a word."""
    rows = "a,b\n" + "".join(f"{i % 7},{i}.5\n" for i in range(40)) + "-inf,1\n"
    assert read(rows, "in.csv", "--missing-value", "-inf")["rows"] == 41


@pytest.mark.parametrize("name", ["in.json", "in.jsonl"])
def test_numbers_of_thousands_of_digits_are_names(tmp_path, name):
    """A number that is longer than Python reads is kept, digit by digit."""
    digits = "9" * 5000
    rows = [f'{{"a": {digits}}}', '{"a": 2}']
    text = f"[{', '.join(rows)}]" if name == "in.json" else "\n".join(rows)
    (tmp_path / name).write_text(text)
    assert dp.read(tmp_path / name).to_pandas()["a"].tolist() == [digits, "2"]


def test_half_of_a_surrogate_pair_in_a_stream_is_refused():
    """A stream of text that no UTF-8 can hold is told, not encoded."""
    with pytest.raises(ReadError, match="half of a surrogate pair"):
        dp.read(io.StringIO("a,b\n1,\ud800\n"))


def test_half_of_a_surrogate_pair_is_no_text(dataprep, tmp_path):
    """A JSON string that UTF-8 cannot hold makes its line malformed."""
    lines = [*(f'{{"a": "x{i}"}}' for i in range(20)), '{"a": "\\ud800x"}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    assert dataprep("clean", "in.jsonl", "-q").code == 0
    assert "surrogate" in (tmp_path / "in.clean.dataprep" / "malformed.csv").read_text()


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet", "out.tsv", "out.csv.gz"])
def test_undo_through_another_format(dataprep, tmp_path, name):
    """Numbers that another format spells in its own way come back as they were spelled."""
    text = 'a,b,c\n1e-05,x,2024-01-05\n2.5,y,2024-01-06\n1e+16,z,NA\n2.50,"",\n'
    (tmp_path / "in.csv").write_text(text)
    assert dataprep("clean", "in.csv", "-o", name, "-q", "--outliers", "none").code == 0
    assert dataprep("undo", name, "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == text


def test_a_gzipped_file_of_no_format_in_its_name(dataprep, tmp_path):
    """data.gz becomes data.clean.gz."""
    (tmp_path / "data.gz").write_bytes(gzip.compress(b"a,b\n1,x\n2,y\n"))
    answer = dataprep("clean", "data.gz", "-q")
    assert answer.code == 0, answer.err
    assert gzip.decompress((tmp_path / "data.clean.gz").read_bytes()) == b"a,b\n1,x\n2,y\n"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_blank_lines_are_accounted_for(dataprep, tmp_path, packed):
    """A blank line between rows is passed over and listed; one in quotes is text."""
    text = 'a,b\n1,x\n\n2,"y\n\nz"\n\r\n3,w\n\n'
    name = "in.csv.gz" if packed else "in.csv"
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    answer = dataprep("clean", name, "-q", "-o", "out.csv")
    assert answer.code == 0, answer.err
    listed = cells(tmp_path / "out.dataprep" / "skipped.csv")[1:]
    assert listed == [["3", "8", "blank line", ""], ["7", "18", "blank line", ""]]
    assert cells(tmp_path / "out.csv")[1:] == [["1", "x"], ["2", "y\n\nz"], ["3", "w"]]


def test_blank_lines_of_a_single_column_are_missing_cells(through):
    """Where a row is one cell, nothing is a cell without a value."""
    given, written = through("a\nx\n\ny\n")
    assert written == given


def test_mixed_line_ends_are_read(dataprep, tmp_path):
    """Parts of two systems in one file are one table, a line end in quotes as it stands."""
    text = 'a,b\n1,x\n2,y\r\n3,z\n4,"w\r\nv"\r\n5,"q""r"\n'
    (tmp_path / "in.csv").write_bytes(text.encode())
    answer = dataprep("clean", "in.csv", "-q")
    assert answer.code == 0, answer.err
    rows = [["1", "x"], ["2", "y"], ["3", "z"], ["4", "w\r\nv"], ["5", 'q"r']]
    assert cells(tmp_path / "in.clean.csv")[1:] == rows


def test_mixed_line_ends_lose_no_cell(dataprep, tmp_path):
    """Where line ends are mixed, what is no row is listed as ever: line, place and text."""
    good = b"a,b\n" + b"".join(b"%d,x%s" % (i, b"\r\n" if i % 2 else b"\n") for i in range(60))
    bad = [b"1,2,3\r\n", b'2,"a"b\n', b"only\r\n"]
    data = good + b"".join(line + b"50,z\n" for line in bad)
    (tmp_path / "in.csv").write_bytes(data)
    answer = dataprep("clean", "in.csv", "-q", "--dedupe", "none")
    assert answer.code == 0, answer.err
    listed = cells(tmp_path / "in.clean.dataprep" / "malformed.csv")[1:]
    mended = cells(tmp_path / "in.clean.dataprep" / "mended.csv")[1:]
    assert [line[3] for line in listed] == ["1,2,3", "only"]
    assert [line[3] for line in mended] == ['2,"a"b']
    assert [int(line[0]) for line in (*listed, *mended)] == [62, 66, 64]
    assert all(data[int(line[1]) :].startswith(line[3].encode()) for line in (*listed, *mended))
    assert len(cells(tmp_path / "in.clean.csv")) == 1 + 60 + 3 + 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_empty_cell_too_many_is_told(dataprep, tmp_path, packed):
    """A line that ends with one delimiter too many is a row, and is listed as mended."""
    text = "a,b\n" + "".join(f"{i},x\n" for i in range(40)) + '1,\n2,y,\n3,"p,\nq"\n4,z,\r\n5,w,'
    name = "in.csv.gz" if packed else "in.csv"
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    answer = dataprep("clean", name, "-o", "out.csv")
    assert answer.code == 0, answer.err
    assert summary_of(tmp_path / "out.csv")["input"]["rows_mended"] == 3
    listed = cells(tmp_path / "out.dataprep" / "mended.csv")[1:]
    assert [int(line[0]) for line in listed] == [43, 46, 47]
    assert {line[2] for line in listed} == {"empty cells too many at the end"}
    assert "3 rows mended" in answer.out


def test_lines_are_looked_through_whatever_the_blocks(monkeypatch, tmp_path):
    """Where the blocks of a file end makes no difference to what its lines tell."""
    from dataprep.readers import lines

    text = b"a,b\n1,\n\n2,x,\r\n\r\n3,\r\n4,y\n5,"
    (tmp_path / "in.csv").write_bytes(text)
    found = set()
    for size in range(1, len(text) + 2):
        monkeypatch.setattr(lines, "_BLOCK", size)
        found.add(lines.scanned([(tmp_path / "in.csv", tmp_path / "in.csv")], ",").result())
    (scan,) = found
    assert (scan.blank, scan.ends) == (True, 4)


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz", "in.jsonl", "in.parquet"])
def test_what_does_not_fit_into_memory_is_kept_in_a_file(dataprep, monkeypatch, tmp_path, name):
    """Cells in a file of their own or in memory: the same output, ledger and undo."""
    from dataprep.engines import duckdb as engine

    rows = [{"n": i % 90, "x": i / 7, "c": "abc"[i % 3], "t": f"t{i}"} for i in range(400)]
    rows += [{"n": None, "x": 1e6, "c": None, "t": None}, *rows[:9]]
    frame = pd.DataFrame(rows).astype({"n": "Int64"})
    if name == "in.parquet":
        frame.to_parquet(tmp_path / name)
    elif name == "in.jsonl":
        frame.to_json(tmp_path / name, orient="records", lines=True)
    else:
        frame.to_csv(tmp_path / name, index=False)
    suffix = "".join(Path(name).suffixes)
    assert dataprep("clean", name, "-o", f"memory{suffix}", "-q").code == 0
    monkeypatch.setattr(engine, "_SHARE_OF_MEMORY", 0)
    assert dataprep("clean", name, "-o", f"file{suffix}", "-q").code == 0
    assert dataprep("undo", f"file{suffix}", "-o", f"back{suffix}", "-q").code == 0

    def the_bytes(path):
        return (tmp_path / path).read_bytes()

    assert the_bytes(f"file{suffix}") == the_bytes(f"memory{suffix}")
    assert the_bytes("file.dataprep/ledger.parquet") == the_bytes("memory.dataprep/ledger.parquet")
    assert the_bytes("file.dataprep/rejected.csv") == the_bytes("memory.dataprep/rejected.csv")
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()
    if name == "in.csv":
        assert the_bytes("back.csv") == the_bytes("in.csv")
