"""What is found of files by themselves: headers, encodings, delimiters, notes, parts."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import tries
from hypothesis import given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.cli import answer
from dataprep.errors import ConfigError

ROWS = "".join(f"n{i},{i}\n" for i in range(50))


def read(text: str | bytes, **options: Any) -> dp.Table:
    content = text.encode() if isinstance(text, str) else text
    return dp.read(io.BytesIO(content), **options)


def written(
    rows: list[list[str]], sign: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n"
) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=sign, quoting=quoting, lineterminator=end).writerows(rows)
    return file.getvalue()


def texts(table: dp.Table) -> list[list[Any]]:
    return [list(row.values()) for row in table.to_arrow().to_pylist()]


LACKING = [
    "TBD",
    "missing",
    "<5",
    "none",
    "--",
    "..",
    "#N/A",
    "n.a.",
    "5*",
    "12abc",
    "inf",
    "1_000",
]


@pytest.mark.parametrize("word", [*LACKING, "\u22125"])
@pytest.mark.parametrize("rows", [ROWS, "bob,4\ncid,5\n"], ids=["many", "few"])
def test_a_first_row_with_a_word_for_a_number_is_a_row(word: str, rows: str) -> None:
    """What stands in the first row for want of a number is no part of the header."""
    table = read(f"name,score\nann,{word}\n{rows}")
    assert table.columns == ["name", "score"]
    assert table.height() == rows.count("\n") + 1


@pytest.mark.parametrize(
    "names",
    [
        ["country", "2019", "2020"],
        ["Country Name", "Country Code", "Indicator Name", "2019", "2020", "2021"],
        ["age", "0", "1", "2", "3"],
    ],
    ids=lambda names: names[0],
)
def test_numbers_that_count_up_are_names(names: list[str]) -> None:
    """Years and the like above other numbers are a header."""
    words = sum(not name.isdecimal() for name in names)
    row = [*["x"] * words, *["7.5"] * (len(names) - words)]
    rows = "".join(",".join([f"C{i}", *row[1:]]) + "\n" for i in range(50))
    table = read(",".join(names) + "\n" + rows)
    assert (table.columns, table.height()) == (names, 50)


def test_rows_that_count_up_are_rows() -> None:
    """Where all rows are numbers one more than the last, the first is a row as well."""
    table = read("".join(f"{i},{i + 1},{i + 2}\n" for i in range(20)))
    assert (table.report["header"], table.height()) == (False, 20)


@pytest.mark.parametrize(
    "above",
    ["region,2023,2023,2024,2024\n,Q1,Q2,Q1,Q2\n", ",2023,,2024,\nregion,Q1,Q2,Q1,Q2\n"],
    ids=["repeated", "spanning"],
)
def test_years_above_quarters_are_joined(above: str) -> None:
    """Groups of columns above names make names such as 2024 Q1."""
    table = read(above + "".join(f"R{i},1.5,2.5,3.5,{i}.5\n" for i in range(50)))
    assert table.columns == ["region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"]
    assert table.height() == 50


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\na,b\n3,4\n5,6\n", [[1, 2], [3, 4], [5, 6]]),
        ("name,city\nann,paris\nname,city\nbob,rome\n", [["ann", "paris"], ["bob", "rome"]]),
    ],
    ids=["numbers", "words"],
)
def test_a_header_that_comes_again_is_a_header(text: str, rows: list[Any]) -> None:
    """A repeated header speaks for itself, in a short table too, and is passed over."""
    table = read(text)
    assert texts(table) == rows
    assert [line["reason"] for line in table.report["skipped"]] == ["the header again"]


@pytest.mark.parametrize("sign", [";", ",", "|"])
def test_a_line_for_spreadsheets_names_the_delimiter(sign: str) -> None:
    """A first line such as sep=; is no row and no header."""
    table = read(f"sep={sign}\nname{sign}n\nann{sign}1\nbob{sign}2\n")
    assert (table.columns, texts(table)) == (["name", "n"], [["ann", 1], ["bob", 2]])


def test_a_note_with_commas_below_the_table_is_no_row() -> None:
    """Behind a blank line, text where numbers are is a note, however many commas it has."""
    rows = "".join(f"i{i},{i},{i}.5\n" for i in range(30))
    table = read(f"item,qty,amount\n{rows}\nNote: see A, B, C\n")
    assert table.height() == 30
    assert [line["text"] for line in table.report["skipped"]] == ["", "Note: see A, B, C"]


@pytest.mark.parametrize("word", ["Café", "Purée", "Málaga", "Résumé", "Köln", "naïve"])
def test_one_accent_is_western_european(word: str) -> None:
    """A letter with an accent among Latin ones is none of another script."""
    text = "id,place\n" + "".join(f"{i},{word} {i}\n" for i in range(200))
    assert texts(read(text.encode("latin-1")))[5] == ["5", f"{word} 5"]


def test_a_line_that_happens_to_be_utf8_is_what_the_others_are() -> None:
    """Two letters that spell one in UTF-8 stay two where no other line has that one."""
    text = "id,m\n" + "".join(f"{i},łódź {i}\n" for i in range(60)) + "99,PÓŁNOC\n"
    assert texts(read(text.encode("cp1250")))[-1] == ["99", "PÓŁNOC"]


def test_an_encoding_that_is_given_holds_for_every_line() -> None:
    """Lines of UTF-8 are guessed at only where the encoding was."""
    content = "id,m\n1,Köln\n2,über\n".encode("cp1252") + "3,Köln\n".encode()
    assert texts(read(content))[-1] == ["3", "Köln"]
    assert texts(read(content, encoding="cp1252"))[-1] == ["3", "KÃ¶ln"]


@pytest.mark.parametrize("name", ["idna", "rot13", "hex", "base64", "undefined", "utf8000"])
def test_what_is_no_encoding_of_files_is_refused(name: str) -> None:
    """Python's other codecs are called unknown, with those that there are."""
    with pytest.raises(dp.errors.ConfigError, match="unknown encoding"):
        read("a,b\n1,2\n", encoding=name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_half_a_sign_at_the_end_is_told(encoding: str) -> None:
    """A file that was cut within a sign keeps its rows, and tells of the rest."""
    rows = "".join(f"{i},x{i}\n" for i in range(30))
    table = read(f"a,b\n{rows}".encode(encoding) + b"\x00")
    told = [*table.report["malformed"], *table.report["skipped"]]
    assert (table.height(), [line["line"] for line in told]) == (30, [32])


def test_a_single_column_of_text_is_one() -> None:
    """Commas in sentences do not make columns of them."""
    rows = ["Hello, world", "I think, therefore", "plain"]
    table = read("quote\n" + "\n".join(rows) + "\n")
    assert (table.columns, texts(table)) == (["quote"], [[row] for row in rows])


def test_row_names_have_a_column_of_their_own(tmp_path: Path, dataprep: Any) -> None:
    """A header one cell short, above words beside numbers, names the columns after the first."""
    rows = "".join(f"car{chr(97 + i)},{20 + i},{i * i},{100.5 + i * i}\n" for i in range(12))
    (tmp_path / "in.csv").write_text("mpg,cyl,disp\n" + rows)
    assert dataprep("clean", "in.csv", "-q").code == 0
    assert (tmp_path / "in.clean.csv").read_text() == ",mpg,cyl,disp\n" + rows


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("above", ["", "x,y\n1,2\n3,4\n\n"], ids=["alone", "second"])
def test_a_delimiter_inside_and_one_too_many_shift_no_cell(end: str, above: str) -> None:
    """A row with an empty cell too many is looked at, since all its cells may be one off."""
    rows = "".join(f"{i},n{i},{i}.5\n" for i in range(40))
    table = read(f"{above}id,name,v\n{rows}77,Doe, John,\n".replace("\n", end))
    assert texts(table)[-1] == ["77" if table.kinds["id"] != "integer" else 77, "Doe, John", None]


def test_a_comment_sign_that_is_given_holds_everywhere() -> None:
    """Lines that begin with it are passed over between rows too, whatever cells they have."""
    table = read("a,b\n1,2\n# hello, world\n3,4\n", comment="#")
    assert texts(table) == [[1, 2], [3, 4]]


def test_a_part_of_a_delimiter_is_quoted(tmp_path: Path, dataprep: Any) -> None:
    """A cell that ends with a sign of a delimiter of several comes back from undo."""
    text = "a||b||c\n" + "".join(f'{i}||"x{i}|"||{i}\n' for i in range(20))
    (tmp_path / "in.csv").write_text(text)
    assert dataprep("clean", "in.csv", "-q", "--delimiter", "||").code == 0
    assert texts(dp.read(tmp_path / "in.clean.csv"))[3][1] == "x3|"
    assert dataprep("undo", "in.clean.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == text


def test_missing_cells_are_placed_only_where_one_way_fits() -> None:
    """Of fourteen columns of numbers any may lack its cell; of words, dates and numbers one may."""
    names = ",".join(f"c{i}" for i in range(14))
    rows = "".join(",".join(str(i * j + 1) for j in range(14)) + "\n" for i in range(30))
    for cells in (13, 11):
        report = read(f"{names}\n{rows}{','.join('5' * cells)}\n").report
        assert (report["rows"], report["rows_malformed"]) == (30, 1)
    mixed = "".join(f"{i},word{i},2024-01-{i + 1:02},{i}.5\n" for i in range(28))
    table = read(f"id,w,d,x\n{mixed}77,2024-02-01,3.5\n")
    assert [str(cell) for cell in texts(table)[-1]] == ["77", "None", "2024-02-01", "3.5"]


def test_parts_are_read_each_in_its_own_way(tmp_path: Path) -> None:
    """Files of a folder may have other delimiters, and names that differ in case alone."""
    (tmp_path / "a.csv").write_text("id,x\n" + "".join(f"{i},{i}\n" for i in range(50)))
    (tmp_path / "b.csv").write_text("X;id\n" + "".join(f"{i};{i}\n" for i in range(50, 90)))
    table = dp.read(tmp_path)
    assert (table.columns, table.height()) == (["id", "x"], 90)
    assert list(table.report["drift"].values()) == [{"renamed": {"X": "x"}}]


def test_apply_knows_the_header(tmp_path: Path, dataprep: Any) -> None:
    """A pipeline knows its columns: a first line with their names is the header."""
    (tmp_path / "in.csv").write_text("2019,5\n" + "".join(f"{i},{i}\n" for i in range(50)))
    assert dataprep("clean", "in.csv", "--header", "-q").code == 0
    answer = dataprep("apply", "in.clean.dataprep/pipeline.json", "in.csv", "-o", "out.csv", "-q")
    assert answer.code == 0, answer.err
    assert (tmp_path / "out.csv").read_text().startswith("2019,5\n0,0\n")


@pytest.mark.parametrize("sign", ["\x01", "\x1f"])
def test_control_characters_may_delimit(sign: str) -> None:
    """Hive's delimiter, and ASCII's own, are found."""
    assert texts(read(f"a{sign}b\n1{sign}x\n2{sign}y\n")) == [[1, "x"], [2, "y"]]


def test_a_quote_that_is_the_delimiter_is_refused() -> None:
    """One sign cannot be both."""
    with pytest.raises(dp.errors.ConfigError, match="is the delimiter as well"):
        read("a,b\n1,2\n", quote=",", delimiter=",")


def test_apply_goes_by_names(tmp_path: Path, dataprep: Any) -> None:
    """New rows may have their columns in another order, and more of them where that is allowed."""
    rows = "".join(f"{i},{i % 5}.5,w{i % 3}\n" for i in range(50))
    (tmp_path / "in.csv").write_text("k,x,w\n" + rows + "50,,w1\n")
    assert dataprep("clean", "in.csv", "-q").code == 0
    (tmp_path / "new.csv").write_text("w,extra,x,k\nw1,5,,60\n")
    given = ("apply", "in.clean.dataprep/pipeline.json", "new.csv", "-o", "out.csv", "-q")
    assert "--allow-extra" in dataprep(*given).err
    assert dataprep(*given, "--allow-extra").code == 0
    table = dp.read(tmp_path / "out.csv", names=None, header=True)
    assert texts(table)[0][table.columns.index("x")] == 2.5
    assert dataprep("undo", "out.csv", "-o", "back.csv", "-q").code == 0
    assert (tmp_path / "back.csv").read_text() == (tmp_path / "new.csv").read_text()


def test_lines_are_told_by_the_numbers_that_they_have_in_the_file() -> None:
    """However often a damaged file is looked at, each line is told once, in its own place."""
    rows = [f"{i},x{i},{i}.5" for i in range(60)]
    lines = ["id,n,v", *rows[:20], "only", "id,n,v", *rows[20:], '7,"ab"c,3.5']
    content = "\n".join(lines) + "\n"
    report = read(content).report
    for name, number in (("malformed", 22), ("skipped", 23), ("mended", 64)):
        (line,) = report[name]
        assert line["line"] == number
        assert content.encode()[line["byte"] :].startswith(line["text"].encode())
    assert report["rows"] == 61


def test_the_last_row_of_a_table_with_blank_lines_between_is_a_row() -> None:
    """Where every other line is blank, a last row with a word for a number is no note."""
    rows = "".join(f"{i},x{i},{i}.5\n\n" for i in range(30))
    table = read(f'id,n,v\n\n{rows}30,x"y,lots\n')
    assert table.height() == 31
    assert set(table.report["lines_skipped"]) == {"blank line"}


def test_colons_may_lack_a_name() -> None:
    """A header one cell short tells of colons all the same; times of day do not."""
    rows = "".join(f"c{i}:{i % 7}:w{i % 3}:{i}.5\n" for i in range(30))
    assert len(read(f"code:n:word\n{rows}").columns) == 4
    times = "".join(f"12:{i:02}\n" for i in range(30))
    assert read(f"time\n{times}").columns == ["time"]


@pytest.mark.parametrize("title", ["", "Quarterly report\nby the office\n\n", "Of 2024, second\n"])
def test_single_quotes_around_all_cells_are_no_part_of_them(title: str) -> None:
    """Where each row stands in single quotes they are quotes, below a title too."""
    rows = "".join(f"'{i}','n{i}','{i % 7}'\n" for i in range(50))
    table = read(title + "'id','name','n'\n" + rows)
    assert (table.columns, table.height()) == (["id", "name", "n"], 50)
    assert texts(table)[3] == ["3", "n3", 3]


def test_a_name_in_single_quotes_here_and_there_keeps_them() -> None:
    """Apostrophes around some cells only are letters of theirs."""
    rows = "".join("'tis,'twas'\n" if i % 3 else f"'a{i}','b'\n" for i in range(50))
    assert texts(read("id,name\n" + rows))[0] == ["'a0'", "'b'"]


@pytest.mark.parametrize("sign", [",", "::", "\t"])
def test_a_backslash_before_a_quote_in_quotes_is_an_escape(sign: str) -> None:
    """What no doubled quote can mean is meant by a backslash, though both cut the rows alike."""
    rows = "".join(
        sign.join([str(i), '"she said \\"no\\" and left"', "x"]) + "\n" for i in range(30)
    )
    table = read(sign.join(["id", "text", "kind"]) + "\n" + rows)
    assert texts(table)[0] == ["0", 'she said "no" and left', "x"]


def test_a_backslash_at_the_end_of_a_cell_is_a_letter() -> None:
    """A folder in quotes ends with its backslash, not with an escaped quote."""
    rows = "".join(f'{i},"C:\\data\\{i}\\",x\n' for i in range(30))
    table = read("id,folder,kind\n" + rows)
    assert texts(table)[0] == ["0", "C:\\data\\0\\", "x"]


NOTE = "Wants a paper invoice, two copies,\n\nby the end of the month."


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["some", "all"])
def test_a_blank_line_in_quotes_is_no_gap_between_tables(sign: str, quoting: int, end: str) -> None:
    """Rows stay one table whatever lines their notes hold, and none is told as another's."""
    notes = [NOTE, 'Said "all\nfine", closed.', "none", NOTE, f"a{sign}b\n\nc{sign}d\n\n", "x"]
    rows = [[f"C-{i}", note, ""] for i, note in enumerate(notes)]
    text = written([["customer", "notes", "step"], *rows], sign, quoting, end)
    table = read(text)
    assert table.columns == ["customer", "notes", "step"]
    assert texts(table) == [[cell or None for cell in row] for row in rows]
    assert not table.report["skipped"]
    assert "other_tables" not in table.report


def test_a_blank_line_between_tables_parts_them_beside_one_in_quotes() -> None:
    """The larger of two tables is read, its notes whole, and the other one is named."""
    rows = [[str(i), NOTE] for i in range(9)]
    table = read("a,b,c\n1,2,3\n4,5,6\n\n" + written([["id", "notes"], *rows]))
    assert texts(table) == rows
    assert [other["columns"] for other in table.report["other_tables"]] == [["a", "b", "c"]]


def test_a_quote_that_does_not_end_hides_no_gap() -> None:
    """What stands below a blank line is another table, though a quote is open above it."""
    rows = "".join(f"{i},n{i},{i}.5\n" for i in range(20))
    table = read(f'id,name,v\n{rows}77,"Doe,1.5\n\nx,y\n1,2\n3,4\n')
    assert [other["columns"] for other in table.report["other_tables"]] == [["x", "y"]]


def test_a_long_letter_in_quotes_is_one_cell() -> None:
    """A cell may take a hundred lines."""
    letter = "\n\n".join(f"Line {i}, of many" for i in range(50))
    rows = [[str(i), letter if i == 3 else "short"] for i in range(12)]
    table = read(written([["id", "letter"], *rows]))
    assert [row[1] for row in texts(table)] == [row[1] for row in rows]


@tries(20)
@given(seed=st.integers(0, 10**6))
def test_what_python_writes_is_read_back(seed: int) -> None:
    """Tables with any lines, quotes and delimiters in their cells come back row by row."""
    draw = Random(seed)
    parts = [
        NOTE,
        "\n\n",
        "\n \n",
        '"',
        ", and",
        "; see",
        " | ",
        "\n# no, remark\n",
        "word",
        "it's",
    ]
    rows = [
        [
            f"C-{i:03d}",
            "note " + " so ".join(draw.choices(parts, k=draw.randint(0, 4))) + " end",
            draw.choice(["", "red", "blue"]),
            f"{draw.uniform(0, 9):.2f}",
        ]
        for i in range(draw.randint(3, 30))
    ]
    sign, quoting = draw.choice(",;\t|"), draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    table = read(written([["id", "note", "colour", "size"], *rows], sign, quoting))
    assert table.columns == ["id", "note", "colour", "size"]
    assert [row[:2] for row in texts(table)] == [row[:2] for row in rows]
    assert not any(table.report[told] for told in ("malformed", "mended", "skipped"))


def test_names_that_are_not_one_for_each_column(tmp_path):
    """Too few names would shift or join cells, too many would be of nothing: both are refused."""
    path = tmp_path / "in.csv"
    path.write_text("x,y\n1,2\n3,4\n")
    assert dp.read(path, names=["a", "b"]).to_arrow().column_names == ["a", "b"]
    for names, told in ((["a"], "1 name given"), (["a", "b", "c"], "3 names given")):
        with pytest.raises(ConfigError, match=rf"{told}, but .*in\.csv has 2 columns"):
            dp.read(path, names=names)


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".xlsx", ".jsonl"])
def test_names_for_a_file_that_has_its_own(tmp_path, suffix):
    """They would be ignored: the error says what to do instead."""
    path, plain = tmp_path / f"in{suffix}", tmp_path / "in.csv"
    plain.write_text("x,y\n1,2\n3,4\n")
    if suffix == ".xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in (["x", "y"], [1, 2], [3, 4]):
            book.active.append(row)
        book.save(path)
    else:
        assert answer(["clean", str(plain), "-o", str(path), "-q"]) == 0
    with pytest.raises(ConfigError, match="for delimited text alone"):
        dp.read(path, names=["a", "b"])
