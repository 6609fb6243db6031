"""Make a small, dirty customer-churn table, and the truth beside it.

    python sample_data/make_churn.py [--out DIR]

writes `churn.csv` (dirty), `churn_clean.csv` (the same customers, undamaged) and `churn_truth.csv`
(one line for each damaged cell and each added row). The same bytes come out on every run.
"""

import argparse
import csv
import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

SEED = 20240630
CUSTOMERS = 1930
EXACT_DUPLICATES = 40
NEAR_DUPLICATES = 30
TODAY = date(2024, 6, 30)  # a fixed day: the real one would change the bytes
FIRST_DAY = date(2018, 1, 1)

COLUMNS = (
    "customer_id",
    "zip",
    "country",
    "region",
    "signup_date",
    "last_contact",
    "age",
    "tenure_months",
    "plan",
    "payment_method",
    "monthly_charge",
    "total_charge",
    "support_calls",
    "email",
    "newsletter",
    "notes",
    "legacy_code",
    "currency",
    "churned",
)
TRUTH_COLUMNS = ("row", "column", "defect", "damaged", "clean")

# All six countries write five-digit post codes; NA is Namibia, and no missing value.
COUNTRIES = {"DE": 0.34, "FR": 0.22, "ES": 0.15, "IT": 0.14, "FI": 0.09, "NA": 0.06}
REGIONS = {"north": 0.3, "south": 0.3, "east": 0.2, "west": 0.2}
PLANS = {"basic": 0.5, "plus": 0.3, "premium": 0.2}
PRICES = {"basic": 20.0, "plus": 42.0, "premium": 75.0}
PAYMENTS = {"direct debit": 0.45, "credit card": 0.3, "invoice": 0.15, "paypal": 0.1}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Words in one string each, split where they are used: shorter to read than a hundred quotes.
FIRST_NAMES = (
    "anna ben carla david elena felix greta hugo ines jonas klara leo maria nils olga paul rosa "
    "samuel tilda ulrich vera wanda xaver yara zoe amadou beatriz chiara dolores emil frida "
    "gaspard helmi isidro joana kauna lucie matteo ndapewa otto"
)
SURNAME_STARTS = (
    "linden bern wester roth hall sommer stein wald gold berg laurent moreau castel ferrar "
    "bianch virta koski lehti shipan amukoto garcia navarr riva torre delacour maki"
)
SURNAME_ENDS = "berg mann holm feld stad ini elli ez nen ula ot wick dorf grave"
MAIL_HOSTS = ("example.com", "example.org", "example.net")

# Commas, quotes, line breaks and letters outside ASCII, each of which breaks a careless CSV reader.
NOTES = (
    "No remarks.",
    "Paid late twice, then on time.",
    "Asked for a discount, was offered 10 %, declined.",
    'Said: "too expensive for what it is".',
    'Prefers "e-mail only", please do not call.',
    "Moved house; new meter, new address.\nCheck the next invoice.",
    'First call: line was noisy.\nSecond call: "all fine now", closed.',
    "Wants a paper invoice, two copies,\n\nby the end of the month.",
    "Zoë from support called back, résumé sent.",
    "Spoke to Frau Müller, très satisfaite.",
    "Contract copy sent; see ticket 0042.",
    "Referred by a friend, bonus of 5,00 € booked.",
    "Router replaced (serial 007-12).",
    "Will think about the premium plan, call again in autumn.",
)
FORMULA = "=1+1"  # text to us, a formula to a spreadsheet: proper data, so it is no damage

Row = dict[str, str]


class Damage(NamedTuple):
    """What was done to one cell."""

    defect: str
    damaged: str
    clean: str


Damages = dict[tuple[int, str], Damage]  # keyed by (customer, column): a cell is damaged once


# --- the clean table -----------------------------------------------------------------------------


def pick(rng: Generator, shares: dict[str, float]) -> str:
    """Draw one of the names, as often as its share says."""
    return str(rng.choice(list(shares), p=list(shares.values())))


def day_between(rng: Generator, first: date, last: date) -> date:
    """Draw a day, both ends included."""
    return first + timedelta(days=int(rng.integers(0, (last - first).days + 1)))


def months_between(first: date, last: date) -> int:
    """Count whole months."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def shortened(text: str) -> set[str]:
    """Give the text and all that is left of it after losing one letter.

    Two texts one slip apart (a letter lost, added, changed, or two swapped) share one of these.
    """
    return {text} | {text[:i] + text[i + 1 :] for i in range(len(text))}


def make_emails(rng: Generator, count: int) -> list[str]:
    """Make addresses of which no two are one slip apart.

    A near duplicate is then beyond doubt.
    """
    firsts, starts, ends = FIRST_NAMES.split(), SURNAME_STARTS.split(), SURNAME_ENDS.split()
    emails: list[str] = []
    seen: set[str] = set()
    while len(emails) < count:
        name = f"{rng.choice(firsts)}.{rng.choice(starts)}{rng.choice(ends)}"
        # The host is left out here: two people who differ in it alone would look like one.
        if seen.isdisjoint(shortened(name)):
            seen |= shortened(name)
            emails.append(f"{name}@{rng.choice(MAIL_HOSTS)}")
    return emails


def churn_chance(row: Row) -> float:
    """Say how likely the customer is to leave: the rule that a model should find."""
    score = -1.6
    score += 0.75 * int(row["support_calls"])
    score -= 0.045 * int(row["tenure_months"])
    score += 0.018 * float(row["monthly_charge"])
    score -= 0.012 * (int(row["age"]) - 45)
    score += {"basic": 0.3, "plus": 0.0, "premium": -0.6}[row["plan"]]
    score += 1.0 * (row["payment_method"] == "invoice")
    score -= 0.8 * (row["newsletter"] == "true")
    return 1 / (1 + math.exp(-score))


def make_customer(rng: Generator, number: int, email: str) -> Row:
    """Make one undamaged row."""
    signup = day_between(rng, FIRST_DAY, TODAY - timedelta(days=31))
    tenure = months_between(signup, TODAY)
    plan = pick(rng, PLANS)
    # Prices go in steps of 5 cents: many end in a zero, which a float would lose.
    monthly = round((PRICES[plan] + 6 * float(rng.uniform(-1, 1))) * 20) / 20
    row = {
        "customer_id": f"C-{number:06d}",
        "zip": f"{int(rng.integers(60, 100_000)):05d}",
        "country": pick(rng, COUNTRIES),
        "region": pick(rng, REGIONS),
        "signup_date": signup.isoformat(),
        "last_contact": day_between(rng, signup, TODAY).isoformat(),
        "age": str(int(np.clip(rng.normal(45, 14), 18, 92))),
        "tenure_months": str(tenure),
        "plan": plan,
        "payment_method": pick(rng, PAYMENTS),
        "monthly_charge": f"{monthly:.2f}",
        "total_charge": f"{monthly * tenure * float(rng.uniform(0.95, 1.05)):.2f}",
        "support_calls": str(int(rng.poisson(1.4))),
        "email": email,
        "newsletter": "true" if rng.random() < 0.4 else "false",
        "notes": str(rng.choice(NOTES)),
        "legacy_code": "",
        "currency": "EUR",
    }
    row["churned"] = str(int(rng.random() < churn_chance(row)))
    return row


def make_clean(rng: Generator) -> list[Row]:
    """Make the undamaged table."""
    # Gaps between the numbers, so that no one mistakes an id for a row number.
    numbers = np.cumsum(rng.integers(1, 9, CUSTOMERS))
    emails = make_emails(rng, CUSTOMERS)
    rows = [make_customer(rng, int(n), email) for n, email in zip(numbers, emails, strict=True)]
    rows[int(rng.integers(CUSTOMERS))]["notes"] = FORMULA
    return rows


# --- damage to cells: each function gives the damaged text, or None where it does not apply ------


def emptied(rng: Generator, text: str) -> str | None:
    """Leave nothing; the one formula is kept, as there is no second."""
    return None if text == FORMULA else ""


def disguised(rng: Generator, text: str) -> str:
    """Write a word that stands for "missing", in a text column."""
    return str(rng.choice(["?", "N/A", "-", "null"]))


def disguised_number(rng: Generator, text: str) -> str:
    """Write a word that stands for "missing"; NA means just that only among numbers."""
    return str(rng.choice(["?", "N/A", "-", "null", "NA"]))


def minus_999(rng: Generator, text: str) -> str:
    """Write the number that an old system used for "unknown"."""
    return "-999"


def age_999(rng: Generator, text: str) -> str:
    """Write an age that no one reaches."""
    return "999"


def times_100(rng: Generator, text: str) -> str | None:
    """Lose the decimal point; a small value would still look like a proper one, so leave it."""
    damaged = f"{float(text) * 100:.2f}"
    return damaged if float(text) >= 200 else None


def price_times_100(rng: Generator, text: str) -> str:
    """Lose the decimal point of a price: even the cheapest is then far outside."""
    return f"{float(text) * 100:.2f}"


def count_times_100(rng: Generator, text: str) -> str | None:
    """Add two zeros to a count that is not zero."""
    return None if text == "0" else text + "00"


def blanks_around(rng: Generator, text: str) -> str:
    """Add blanks; the tab and the no-break space are blanks too, though not to every `trim`."""
    before, after = [(" ", ""), ("", " "), ("  ", " "), ("", "\t"), ("\u00a0", "")][
        int(rng.choice(5, p=[0.3, 0.35, 0.2, 0.08, 0.07]))
    ]
    return before + text + after


def other_case(rng: Generator, text: str) -> str:
    """Write the same word in capitals, or with a capital."""
    return text.upper() if rng.random() < 0.5 else text.capitalize()


def other_date_format(rng: Generator, text: str) -> str:
    """Write the same day in another format; with slashes the day comes first."""
    day = date.fromisoformat(text)
    month = MONTHS[day.month - 1]  # not strftime: its names follow the machine's language
    formats = (
        f"{day.day:02d}/{day.month:02d}/{day.year}",
        f"{day.day} {month} {day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{month} {day.day}, {day.year}",
    )
    return formats[int(rng.choice(4, p=[0.4, 0.35, 0.15, 0.1]))]


Damager = Callable[[Generator, str], str | None]

# What is done, where, to how many cells, and by which function. `churned` is not in the list: a
# damaged target would make every score measured on this table doubtful.
DEFECTS: tuple[tuple[str, dict[str, int], Damager], ...] = (
    ("sentinel", {"tenure_months": 40}, minus_999),
    ("outlier", {"age": 8}, age_999),
    ("outlier", {"monthly_charge": 14}, price_times_100),
    ("outlier", {"total_charge": 10}, times_100),
    ("outlier", {"support_calls": 8}, count_times_100),
    ("mixed_date", {"last_contact": 380}, other_date_format),
    ("stray_blank", {"plan": 90, "payment_method": 40, "region": 25}, blanks_around),
    ("case", {"plan": 100, "payment_method": 35, "region": 30}, other_case),
    (
        "disguised_missing",
        {"age": 25, "monthly_charge": 25, "total_charge": 30, "support_calls": 20},
        disguised_number,
    ),
    (
        "disguised_missing",
        {"payment_method": 20, "region": 20, "last_contact": 15, "newsletter": 10},
        disguised,
    ),
    (
        "missing",
        {"age": 70, "monthly_charge": 50, "total_charge": 70, "tenure_months": 20}
        | {"support_calls": 30, "signup_date": 50, "last_contact": 40, "plan": 20}
        | {"payment_method": 40, "region": 50, "newsletter": 30, "email": 40}
        | {"zip": 15, "country": 15, "notes": 60},
        emptied,
    ),
)


def damage_column(
    rng: Generator,
    rows: list[Row],
    damages: Damages,
    defect: str,
    column: str,
    count: int,
    damager: Damager,
) -> None:
    """Damage so many cells of one column, never one that is damaged already."""
    for i in map(int, rng.permutation(len(rows))):
        if count == 0:
            return
        clean = rows[i][column]
        damaged = None if (i, column) in damages else damager(rng, clean)
        if damaged is not None:
            damages[i, column] = Damage(defect, damaged, clean)
            count -= 1
    raise ValueError(f"{column}: too few cells for {defect}, {count} more wanted")


def make_damages(rng: Generator, rows: list[Row]) -> Damages:
    """Choose the cells to damage, and what becomes of each."""
    damages: Damages = {}
    for defect, counts, damager in DEFECTS:
        for column, count in counts.items():
            damage_column(rng, rows, damages, defect, column, count, damager)
    return damages


# --- added rows ----------------------------------------------------------------------------------


class Line(NamedTuple):
    """One row of the dirty table: a customer, and what came of that customer's cells."""

    customer: int
    added: str  # "" for an original, else the defect
    damages: dict[str, Damage]


def mistyped(rng: Generator, email: str) -> str:
    """Make one slip in the name: a letter lost, doubled, or swapped with the next."""
    name, host = email.split("@")
    while True:
        i = int(rng.integers(1, len(name) - 1))
        slips = (
            name[:i] + name[i + 1 :],
            name[:i] + name[i] + name[i:],
            name[:i] + name[i + 1] + name[i] + name[i + 2 :],
        )
        slip = slips[int(rng.integers(3))]
        if slip != name:  # two equal letters, swapped, are no slip
            return f"{slip}@{host}"


def email_damage(rng: Generator, email: str) -> Damage:
    """Write an address as the same person might on another day."""
    if rng.random() < 0.6:
        return Damage("typo", mistyped(rng, email), email)
    return Damage("case", email.title() if rng.random() < 0.5 else email.upper(), email)


def add_duplicates(rng: Generator, rows: list[Row], damages: Damages) -> list[Line]:
    """Line the customers up, each added row somewhere after its original.

    After, so that whoever keeps the first of each group keeps the original.
    """
    by_row: list[dict[str, Damage]] = [{} for _ in rows]
    for (i, column), damage in damages.items():
        by_row[i][column] = damage
    # A near duplicate needs an address to differ in; the one formula must stay the only one.
    fit = [i for i, r in enumerate(rows) if "email" not in by_row[i] and r["notes"] != FORMULA]
    chosen = rng.choice(fit, EXACT_DUPLICATES + NEAR_DUPLICATES, replace=False)
    placed = [(float(i), Line(i, "", by_row[i])) for i in range(len(rows))]
    for k, i in enumerate(map(int, chosen)):
        cells, defect = by_row[i], "exact_duplicate"
        if k >= EXACT_DUPLICATES:
            cells, defect = cells | {"email": email_damage(rng, rows[i]["email"])}, "near_duplicate"
        placed.append((i + float(rng.random()) * (len(rows) - i), Line(i, defect, cells)))
    return [line for _, line in sorted(placed, key=lambda p: p[0])]


# --- what is written -----------------------------------------------------------------------------


def dirty_row(line: Line, rows: list[Row]) -> Row:
    """Give a line as it stands in the dirty table."""
    return rows[line.customer] | {column: d.damaged for column, d in line.damages.items()}


def truth_rows(lines: list[Line]) -> list[Row]:
    """Give one line for each added row and each damaged cell, those of added rows included."""
    originals = {line.customer: n for n, line in enumerate(lines) if not line.added}
    truth = []
    for n, line in enumerate(lines):
        if line.added:
            original = str(originals[line.customer])
            truth.append((n, "", Damage(line.added, "", original)))
        truth += [(n, c, line.damages[c]) for c in COLUMNS if c in line.damages]
    return [{"row": str(n), "column": column} | d._asdict() for n, column, d in truth]


def write(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Write a CSV file with the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Make the three files."""
    parser = argparse.ArgumentParser(description="Make churn.csv, its clean twin and its truth.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    rng = np.random.Generator(np.random.PCG64(SEED))
    clean = make_clean(rng)
    lines = add_duplicates(rng, clean, make_damages(rng, clean))
    write(out / "churn.csv", COLUMNS, [dirty_row(line, clean) for line in lines])
    write(out / "churn_truth.csv", TRUTH_COLUMNS, truth_rows(lines))
    write(out / "churn_clean.csv", COLUMNS, clean)


if __name__ == "__main__":
    main()
