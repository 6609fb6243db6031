"""The ways in which files found in the wild differ from RFC 4180, with the tables for each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from corpus import harms, numbers
from corpus.draft import Draft
from corpus.harms import Apply, setting
from corpus.tables import SEED, Clean

ALL = ("people", "orders", "sensors", "texts", "codes", "wide", "narrow", "tiny")


@dataclass(frozen=True)
class Damage:
    """One way of writing a table, or of harming what was written.

    Parameters
    ----------
    name, group : str
        Two damages of one group are never paired.
    apply : callable
        It changes a draft.
    tables : tuple of str
        The clean tables that it can be done to.
    alone : bool
        Whether it is left out of pairs.
    against : tuple of str
        Groups and names that it cannot be paired with.
    """

    name: str
    group: str
    apply: Apply
    tables: tuple[str, ...]
    alone: bool = False
    against: tuple[str, ...] = ()


def signs(delimiter: str) -> tuple[str, ...]:
    """Return the tables whose cells cannot be taken for a delimiter of several signs."""
    return tuple(name for name in ALL if delimiter != "::" or name != "sensors")


HARD = ("people", "orders", "sensors", "codes")
PLAIN = ("people", "orders", "sensors", "codes", "narrow")
DAMAGES: tuple[Damage, ...] = (
    Damage("comma", "delimiter", setting(), ALL, alone=True),
    Damage("semicolon", "delimiter", setting(delimiter=";"), ALL),
    Damage("tab", "delimiter", setting(delimiter="\t"), ALL),
    Damage("pipe", "delimiter", setting(delimiter="|"), ALL),
    Damage("colon", "delimiter", setting(delimiter=":"), ("orders", "codes", "narrow", "wide")),
    Damage("blank", "delimiter", setting(delimiter=" "), ("sensors", "narrow", "wide"), True),
    Damage("blanks aligned", "delimiter", setting(aligned=True, quote="", delimiter=" "),
           ("sensors", "narrow", "tiny", "wide"), alone=True),
    Damage("blank after comma", "delimiter", setting(gap=" ", loose=True), HARD),
    *(Damage(sign, "delimiter", setting(delimiter=sign), signs(sign)[:6], against=("narrow",))
      for sign in ("||", "::", "~|~")),
    Damage("all quoted", "quote", setting(quote_all=True), ALL),
    Damage("backslash", "quote", setting(escape="backslash"), ("texts",)),
    Damage("backslash, all quoted", "quote", setting(escape="backslash", quote_all=True),
           ("texts", "people")),
    Damage("no quotes", "quote", harms.unquoted, ("texts", "codes", "people"),
           against=("delimiter",)),
    Damage("single quotes", "quote", setting(quote="'", quote_all=True),
           ("texts", "people", "orders")),
    Damage("single quotes where needed", "quote", setting(quote="'"), ("texts",)),
    Damage("unclosed quote", "harm", harms.unclosed, (*HARD, "narrow")),
    Damage("stray quote", "harm", harms.stray, HARD, against=("quote",)),
    Damage("extra quotes", "harm", harms.extra, HARD, against=("quote",)),
    Damage("LF", "end", setting(), ALL[:4], alone=True),
    Damage("CRLF", "end", setting(ends=("\r\n",)), ALL),
    Damage("CR", "end", setting(ends=("\r",)), ALL),
    Damage("CRLF and LF", "end", setting(ends=("\r\n", "\n", "\n")), ALL[:6]),
    Damage("CR and LF", "end", setting(ends=("\r", "\n")), ("people", "orders", "sensors")),
    Damage("all three ends", "end", setting(ends=("\r", "\n", "\r\n")), ("people", "sensors")),
    Damage("no last end", "end", setting(final_end=False), ALL),
    Damage("BOM", "encoding", setting(bom=True), ALL[:5]),
    *(Damage(f"{name} with BOM", "encoding", setting(encoding=name, bom=True),
             ("people", "texts", "orders", "tiny"))
      for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    *(Damage(f"{name} without BOM", "encoding", setting(encoding=name),
             ("people", "orders", "latin")) for name in ("utf-16-le", "utf-16-be")),
    *(Damage(name, "encoding", setting(encoding=name), tables)
      for name, tables in (
          ("latin-1", ("latin",)), ("cp1252", ("latin",)), ("gbk", ("simplified",)),
          ("gb18030", ("simplified",)), ("big5", ("traditional",)), ("shift_jis", ("japanese",)),
          ("euc_kr", ("korean",)), ("cp1251", ("cyrillic",)), ("koi8-r", ("cyrillic",)),
      )),
    Damage("latin-1 lines in UTF-8", "encoding", harms.few_lines_recoded("latin-1"),
           ("people", "japanese", "latin")),
    Damage("UTF-8 lines in cp1252", "encoding", harms.few_lines_recoded("utf-8", rest="cp1252"),
           ("latin",)),
    Damage("title", "above", harms.title, (*PLAIN, "tiny", "texts")),
    Damage("title with delimiter", "above", harms.title_with_comma, HARD),
    Damage("comments", "above", harms.comments, (*PLAIN, "texts", "wide")),
    Damage("comments between", "above", harms.comments_between, HARD),
    Damage("blank lines above", "above", harms.blank_above, ALL[:6]),
    Damage("two header rows", "header", harms.two_headers, ("orders", "sensors", "wide")),
    Damage("group names above", "header", harms.grouped_headers, ("orders", "sensors", "people")),
    Damage("no header", "header", harms.no_header,
           ("people", "orders", "sensors", "wide", "narrow")),
    Damage("repeated header", "header", harms.repeated_header, (*PLAIN, "wide")),
    Damage("duplicate names", "header", harms.duplicate_names, HARD),
    Damage("empty name", "header", harms.empty_name, HARD),
    Damage("header too long", "header", harms.header_longer, HARD),
    Damage("header too short", "header", harms.header_shorter, HARD),
    Damage("too few cells", "rows", harms.too_few, (*HARD, "wide"), against=("harm",)),
    Damage("cut off", "rows", harms.cut_off, HARD, against=("end", "below")),
    Damage("too many cells", "rows", harms.too_many, HARD, against=("harm",)),
    Damage("empty cells too many", "rows", harms.too_many_empty, HARD, against=("harm",)),
    Damage("delimiter inside", "rows", harms.delimiter_inside, ("people", "orders"),
           against=("harm",)),
    Damage("empty lines", "rows", harms.empty_lines, (*PLAIN, "texts")),
    Damage("every other line empty", "rows", harms.every_other_empty, PLAIN),
    Damage("empty last column", "rows", harms.empty_column, PLAIN, against=("header", "harm")),
    Damage("total below", "below", harms.total, PLAIN),
    Damage("source below", "below", harms.source_note, (*PLAIN, "wide")),
    Damage("sums below", "below", harms.totals_row, HARD),
    Damage("second table below", "below", harms.second_table(False), HARD),
    Damage("second table above", "above", harms.second_table(True), HARD),
    Damage("second table alike", "below", harms.other_people, ("people",),
           against=("delimiter", "quote", "header", "rows")),
    *(Damage(name, "values", apply, tables) for name, (apply, tables) in numbers.WAYS.items()),
    *(Damage(how, "packing", setting(packing=how), ("people", "orders", "texts"))
      for how in ("gz", "bz2", "xz", "zst", "zip")),
)  # fmt: skip
"""Every damage there is, in the order of the table."""


def drafted(clean: Clean, damages: tuple[Damage, ...], seed: int = SEED) -> Draft:
    """Return a table with damages done to it, in the order of `ORDER`."""
    names = " + ".join(damage.name for damage in damages)
    draft = Draft(clean, Random(f"{seed} {clean.name} {names}"))
    for damage in sorted(damages, key=lambda damage: ORDER.index(damage.group)):
        damage.apply(draft)
    return draft


ORDER = (
    "values", "delimiter", "quote", "end", "encoding", "header", "harm", "rows", "above", "below",
    "packing",
)  # fmt: skip
"""What is said of the whole file comes before what is put into its lines."""
