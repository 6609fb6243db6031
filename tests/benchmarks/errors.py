"""How well `DetectErrors` finds and repairs wrong cells, without a label.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/errors.py                    # all tables: a minute or two
    python tests/benchmarks/errors.py --only hospital --show 5
    python tests/benchmarks/errors.py --speed            # also 100,000 rows of 15 columns

Real tables are looked for in `shared/data` beside the checkout, or in the folder that --data names;
those that are not there are left out. Made tables (flights, beers, tax, articles) are built from a
seed, clean first and then damaged; their errors are those that people report of such tables. Every
setting is the default. Detection: a cell is right to be flagged when it differs from the clean
table. Repair: of the cells that were given another value, those with the clean one (precision), and
of the wrong cells, those that were given it (recall).
"""

from __future__ import annotations

import argparse
import random
import string
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

import dataprep as dp

Cells = list[list[str | None]]
Damaged = tuple[list[str], Cells, Cells]
CODES = string.ascii_lowercase


# ------------------------------------------------------------------------------------ made tables


def word(draw: random.Random, syllables: int | None = None) -> str:
    """Return a word that can be spoken."""
    length = syllables or draw.randint(2, 4)
    return "".join(draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou") for _ in range(length))


def typo(draw: random.Random, text: str) -> str:
    """Return a text with one edit: a sign too many, another one, one too few, or two changed."""
    i, sign = draw.randrange(len(text)), draw.choice(CODES)
    return draw.choice(
        [
            text[:i] + sign + text[i:],
            text[:i] + sign + text[i + 1 :],
            text[:i] + text[i + 1 :],
            text[:i] + text[i + 1 : i + 2] + text[i : i + 1] + text[i + 2 :],
        ]
    )


def flights(draw: random.Random) -> Damaged:
    """Return departures as many sources report them: other times, none, or with a date."""
    clean: Cells = []
    dirty: Cells = []
    sources = [word(draw) for _ in range(24)]
    for number in range(100):
        times = [
            f"{draw.randint(1, 12)}:{draw.randint(0, 59):02d} {draw.choice('ap')}.m."
            for _ in range(4)
        ]
        for source in sources:
            if draw.random() < 0.1:
                continue
            row: list[str | None] = [source, f"AA-{1000 + 7 * number}", *times]
            wrong = list(row)
            for i, time_told in enumerate(times, start=2):
                chance, rate = draw.random(), 0.3 if i % 2 else 0.15
                if chance < rate * 0.45:
                    wrong[i] = None
                elif chance < rate * 0.8:
                    hour, rest = time_told.split(":")
                    minute = (int(rest[:2]) + draw.randint(1, 25)) % 60
                    wrong[i] = f"{hour}:{minute:02d}{rest[2:]}"
                elif chance < rate:
                    wrong[i] = f"12/02/2011 {time_told}"
            clean.append(row)
            dirty.append(wrong)
    return ["source", "flight", "plan_out", "real_out", "plan_in", "real_in"], clean, dirty


def beers(draw: random.Random) -> Damaged:
    """Return beers: units among numbers, the state within the city, states left out."""
    states = ["CA", "OR", "CO", "MI", "TX", "IN", "PA"]
    breweries = [
        (str(i), f"{word(draw).title()} Brewing", word(draw).title(), draw.choice(states))
        for i in range(400)
    ]
    styles = [f"{word(draw).title()} {draw.choice(['IPA', 'Ale', 'Stout'])}" for _ in range(60)]
    clean: Cells = []
    dirty: Cells = []
    for i in range(2400):
        size = draw.choice(["12.0", "12.0", "12.0", "16.0", "16.0", "8.4"])
        strength = f"0.0{draw.randint(35, 99)}"
        bitterness = draw.choice([None, str(draw.randint(5, 120))])
        name = f"{word(draw).title()} {word(draw)}"
        place = draw.choice(breweries)
        row: list[str | None] = [
            str(i), name, draw.choice(styles), size, strength, bitterness, *place
        ]  # fmt: skip
        wrong = list(row)
        if draw.random() < 0.15:
            wrong[3] = size + draw.choice([" oz", " oz.", " ounce", " OZ."])
        if draw.random() < 0.15:
            wrong[4] = strength + "%"
        if draw.random() < 0.05:
            wrong[9] = None
        if draw.random() < 0.05:
            wrong[8] = f"{place[2]} {place[3]}"
        clean.append(row)
        dirty.append(wrong)
    names = [
        "id",
        "name",
        "style",
        "ounces",
        "abv",
        "ibu",
        "brewery_id",
        "brewery",
        "city",
        "state",
    ]
    return names, clean, dirty


def tax(draw: random.Random, rows: int = 20_000) -> Damaged:
    """Return tax records: typos, signs at the end, other states, short codes, other genders."""
    states = [a + b for a in "ACGIKMNOTW" for b in "ALNO"]
    rates = {
        state: (
            str(draw.choice([0, 3, 4.5, 5, 6.25, 7])),
            str(draw.choice([0, 1000, 2000, 3500])),
            str(draw.choice([0, 500, 1200])),
        )
        for state in states
    }
    places = [(str(1000 + 61 * i), word(draw, 4).upper(), draw.choice(states)) for i in range(1500)]
    first = [(word(draw, 3).title(), draw.choice("MF")) for _ in range(300)]
    last = [word(draw, 4).title() for _ in range(3000)]
    clean: Cells = []
    dirty: Cells = []
    for _ in range(rows):
        (code, city, state), (name, gender) = draw.choice(places), draw.choice(first)
        rate, single, child = rates[state]
        alone, family = draw.choice("MS"), draw.choice("YN")
        row: list[str | None] = [
            name, draw.choice(last), gender, str(draw.randint(201, 989)),
            f"{draw.randint(100, 999)}-{draw.randint(1000, 9999)}", city, state, code, alone,
            family, str(500 * draw.randint(0, 99)), rate, single if alone == "S" else "0",
            child if family == "Y" else "0",
        ]  # fmt: skip
        wrong = list(row)
        for i in (0, 1, 5):
            text = str(row[i])
            chance = draw.random()
            wrong[i] = typo(draw, text) if chance < 0.004 else text
            wrong[i] = f"{text}-*" if chance > 0.998 else wrong[i]
        if draw.random() < 0.005:
            wrong[6] = draw.choice(states)
        if draw.random() < 0.005:
            wrong[7] = f"1907 {code}" if draw.random() < 0.5 else code[:-1]
        if draw.random() < 0.004:
            wrong[4] = str(row[4]).replace("-", "")
        if draw.random() < 0.004:
            wrong[2] = {"M": "F", "F": "M"}[gender]
        if draw.random() < 0.004:
            wrong[11] = f"{rate}.0"
        clean.append(row)
        dirty.append(wrong)
    names = [
        "f_name", "l_name", "gender", "area", "phone", "city", "state", "zip", "marital", "child",
        "salary", "rate", "single_ex", "child_ex",
    ]  # fmt: skip
    return names, clean, dirty


def articles(draw: random.Random) -> Damaged:
    """Return articles: languages in two ways, typos, dates and pages in another form, gaps."""
    full = {"eng": "English", "fre": "French", "ger": "German"}
    journals = [
        (
            draw.choice(["eng", "eng", "eng", "fre", "ger"]),
            " ".join(word(draw) for _ in range(draw.randint(2, 5))).title(),
            f"{word(draw, 2).title()}. {word(draw, 1).title()}.",
            f"{draw.randint(1000, 9999)}-{draw.randint(1000, 9999)}",
        )
        for _ in range(150)
    ]
    clean: Cells = []
    dirty: Cells = []
    for i in range(1000):
        language, journal, short, number = draw.choice(journals[: draw.choice([20, 150])])
        page = draw.randint(1, 900)
        row: list[str | None] = [
            str(i), " ".join(word(draw) for _ in range(draw.randint(5, 14))).capitalize() + ".",
            language, journal, short, number, str(draw.randint(1, 60)), str(draw.randint(1, 12)),
            f"{draw.randint(1, 12)}/{draw.randint(1, 28)}/{draw.randint(0, 15):02d}",
            f"{page}-{page + draw.randint(1, 15)}", f'{{"{word(draw).title()}"}}',
        ]  # fmt: skip
        wrong = list(row)
        if draw.random() < 0.06:
            wrong[2] = full[language]
        if draw.random() < 0.05:
            wrong[3] = typo(draw, journal)
        chance = draw.random()
        if chance < 0.14:
            wrong[5] = None if chance < 0.08 else number.replace("-", "")
        if draw.random() < 0.05:
            wrong[9] = draw.choice(["Apr-22", "Mar-31", "Jun-12"])
        if draw.random() < 0.05:
            wrong[8] = f"19{draw.randint(70, 99)}-0{draw.randint(1, 9)}-{draw.randint(10, 28)}"
        clean.append(row)
        dirty.append(wrong)
    names = [
        "id", "title", "language", "journal", "short", "issn", "volume", "issue", "created",
        "pages", "authors",
    ]  # fmt: skip
    return names, clean, dirty


MADE: dict[str, Callable[[random.Random], Damaged]] = {
    "flights": flights, "beers": beers, "tax": tax, "articles": articles
}  # fmt: skip


# ------------------------------------------------------------------------------------ real tables


def hospital(data: Path) -> Damaged:
    """Return the hospital table of the Raha paper."""
    dirty, clean = (
        pd.read_csv(data / f"dirty_clean/hospital_{which}.csv", dtype=str, keep_default_na=False)
        for which in ("dirty", "clean")
    )
    return list(dirty), clean.to_numpy().tolist(), dirty.to_numpy().tolist()


def census(data: Path, name: str) -> tuple[list[str], Cells]:
    """Return the text of a table without a header, blanks after commas left out."""
    frame = pd.read_csv(
        data / "tables" / name, header=None, dtype=str, skipinitialspace=True, na_values="?"
    )
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    return list(frame), frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def damaged(
    names: list[str], clean: Cells, draw: random.Random, share: float = 0.005
) -> tuple[Damaged, dict[tuple[int, str], str]]:
    """Damage a share of the cells, each in a way that fits its column."""
    dirty = [list(row) for row in clean]
    how = {}
    numeric = [all(is_number(row[i]) for row in clean) for i in range(len(names))]
    wide = [len({row[i] for row in clean}) > 20 for i in range(len(names))]
    for _ in range(int(share * len(clean) * len(names))):
        row, i = draw.randrange(len(clean)), draw.randrange(len(names))
        before = dirty[row][i]
        if before is None or (row, names[i]) in how:
            continue
        ways = ["swapped", "implausible" if wide[i] else "swapped"]
        kind = draw.choice(ways if numeric[i] else ["typo", "typo", "swapped", "format"])
        if kind == "typo":
            after = typo(draw, before)
        elif kind == "swapped":
            after = draw.choice(clean)[i] or before
        elif kind == "implausible":
            after = str(-1 - int(before)) if draw.random() < 0.3 else str(1000 * (1 + int(before)))
        else:
            after = draw.choice([before.upper(), f"{before}.", f" {before}", f"{before}_1"])
        if after != before:
            dirty[row][i] = after
            how[row, names[i]] = kind
    return (names, clean, dirty), how


def is_number(text: str | None) -> bool:
    """Tell whether a cell is a whole number, or missing."""
    return text is None or text.lstrip("-").isdigit()


# ---------------------------------------------------------------------------------------- measures


def detected(names: list[str], cells: Cells) -> tuple[Any, float]:
    """Read a table from a CSV file, as a person would, and return the report and the seconds."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        pd.DataFrame(cells, columns=names).to_csv(path, index=False)
        frame = dp.read(path).to_pandas()
    started = time.perf_counter()
    report = dp.DetectErrors().fit(frame).report(frame)
    return report, time.perf_counter() - started


def same(text: str | None, other: str | None) -> bool:
    """Tell whether two texts are the same value, numbers by what they count."""
    if text in (None, "") or other in (None, ""):
        return text in (None, "") and other in (None, "")
    try:
        return float(text) == float(other)
    except ValueError:
        return text == other


def measured(table: Damaged) -> tuple[dict[str, float], set[tuple[int, str]], Any]:
    """Return the measures, the cells found, and the report."""
    names, clean, dirty = table
    wrong = {
        (row, name)
        for row, (a, b) in enumerate(zip(clean, dirty, strict=True))
        for name, x, y in zip(names, a, b, strict=True)
        if x != y
    }
    report, seconds = detected(names, dirty)
    found = set(zip(report["row"], report["column"], strict=True))
    place = {name: i for i, name in enumerate(names)}
    proposed = report[report["repair"].notna()]
    right = sum(
        (row, name) in wrong and same(repair, clean[row][place[name]])
        for row, name, repair in zip(
            proposed["row"], proposed["column"], proposed["repair"], strict=True
        )
    )
    both = len(found & wrong)
    scores = {
        "wrong": len(wrong),
        "flagged": len(found),
        "precision": both / max(1, len(found)),
        "recall": both / max(1, len(wrong)),
        "repair_precision": right / max(1, len(proposed)),
        "repair_recall": right / max(1, len(wrong)),
        "seconds": seconds,
    }
    return scores, found, report


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def told(name: str, scores: dict[str, float]) -> None:
    """Print a line of the table."""
    detection = f1(scores["precision"], scores["recall"])
    repair = f1(scores["repair_precision"], scores["repair_recall"])
    print(
        f"{name:12} {scores['wrong']:6.0f} {scores['flagged']:7.0f} {scores['precision']:9.2f} "
        f"{scores['recall']:6.2f} {detection:5.2f} {scores['repair_precision']:10.2f} "
        f"{scores['repair_recall']:6.2f} {repair:5.2f} {scores['seconds']:7.1f}"
    )


def shown(table: Damaged, report: Any, most: int) -> None:
    """Print cells flagged wrongly, and cells missed, of each column."""
    names, clean, dirty = table
    told_of = report[["row", "column", "score", "reason"]].itertuples(index=False)
    found = {(row, name): (score, reason) for row, name, score, reason in told_of}
    for i, name in enumerate(names):
        mistakes: dict[str, list[str]] = {"not wrong": [], "missed": []}
        for row, (right, given) in enumerate(zip(clean, dirty, strict=True)):
            wrong, flagged = right[i] != given[i], (row, name) in found
            if wrong != flagged:
                why = found.get((row, name), "")
                text = f"row {row}: {given[i]!r} for {right[i]!r} {why}"
                mistakes["missed" if wrong else "not wrong"].append(text)
        for what, cells in mistakes.items():
            for text in cells[:most]:
                print(f"  {what} ({len(cells)}) {name} {text}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--only", default="", help="names of tables, with commas between")
    parser.add_argument("--show", type=int, default=0, help="so many mistakes of each column")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    only = [name for name in given.only.split(",") if name]

    tables: dict[str, Damaged] = {}
    ways: dict[str, dict[tuple[int, str], str]] = {}
    if (given.data / "dirty_clean").exists():
        tables["hospital"] = hospital(given.data)
    for name, file in (("adult", "adult-train.csv"), ("german", "german.csv")):
        if (given.data / "tables" / file).exists():
            names, clean = census(given.data, file)
            tables[name], ways[name] = damaged(names, clean, random.Random(given.seed))
    for name, make in MADE.items():
        tables[name] = make(random.Random(given.seed))
    if only:
        tables = {name: table for name, table in tables.items() if name in only}

    print(
        f"{'table':12} {'wrong':>6} {'flagged':>7} {'precision':>9} {'recall':>6} {'F1':>5} "
        f"{'repair: P':>10} {'R':>6} {'F1':>5} {'seconds':>7}"
    )
    for name, table in tables.items():
        scores, found, report = measured(table)
        told(name, scores)
        for way in sorted(set(ways.get(name, {}).values())):
            cells = {cell for cell, how in ways[name].items() if how == way}
            print(f"  {way}: {len(cells & found)} of {len(cells)} found")
        if given.show:
            shown(table, report, given.show)
    print("\nflagged in the clean tables")
    for name, (names, clean, _) in tables.items():
        report, _ = detected(names, clean)
        columns = report["column"].value_counts().head(4).to_dict()
        print(f"{name:12} {len(report):6} {len(report) / len(clean) / len(names):8.4%} {columns}")
        if given.show:
            print(report.groupby("column").head(given.show).to_string())
    if given.speed:
        names, clean, dirty = tax(random.Random(given.seed), 100_000)
        names, dirty = [*names, "again"], [[*row, row[10]] for row in dirty]
        _, seconds = detected(names, dirty)
        print(f"\n100,000 x {len(names)}: {seconds:.1f} s to fit and report")


if __name__ == "__main__":
    main()
