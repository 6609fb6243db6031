"""Make ``tickets.csv``: letters to a shop, some without a topic and some with a wrong one.

    python sample_data/make_tickets.py [--out DIR]

writes `tickets.csv` and `tickets_truth.csv` (one line for each topic that is missing or wrong). The
same bytes come out on every run.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

SEED = 20261121
TICKETS = 1500
TOPICS = {"help": 0.5, "sales": 0.35, "billing": 0.15}
LABELLED = 0.2
WRONG = 0.06  # of those that are labelled

# What letters of a topic look like: the mean number of words, links and attachments, the usual
# hour, and the share from customers who paid.
LOOKS: dict[str, tuple[float, float, float, float, float]] = {
    "help": (5.0, 0.4, 1.6, 15.0, 0.8),
    "sales": (3.9, 2.2, 0.3, 11.0, 0.25),
    "billing": (3.4, 0.3, 1.1, 9.0, 0.9),
}
CHANNELS = {
    "help": {"mail": 0.3, "form": 0.3, "chat": 0.4},
    "sales": {"mail": 0.4, "form": 0.5, "chat": 0.1},
    "billing": {"mail": 0.75, "form": 0.15, "chat": 0.1},
}
OPENINGS = {
    "help": ("Crash when saving", "Error at start", "Does not start", "Screen stays black"),
    "sales": ("Offer for a team", "Price of the plus plan", "Trial, then what", "Which plan"),
    "billing": ("Invoice missing", "Charged twice", "New invoice address", "Refund"),
}
ANYWHERE = ("A question", "Hello", "Following up", "Please call")  # every other says nothing
COLUMNS = (
    "ticket_id",
    "text",
    "words",
    "links",
    "attachments",
    "hour",
    "channel",
    "paid",
    "topic",
)
TRUTH_COLUMNS = ("row", "defect", "given", "topic")

Row = dict[str, Any]


def make_ticket(rng: Generator, number: int) -> Row:
    """Make one letter, its topic the true one."""
    topic = str(rng.choice(list(TOPICS), p=list(TOPICS.values())))
    words, links, attachments, hour, paid = LOOKS[topic]
    opening = str(rng.choice(OPENINGS[topic] if rng.random() < 0.5 else ANYWHERE))
    return {
        "ticket_id": f"T-{number:05d}",
        "text": opening,
        "words": max(3, round(float(np.exp(rng.normal(words, 0.5))))),
        "links": int(rng.poisson(links)),
        "attachments": int(rng.poisson(attachments)),
        "hour": int(np.clip(round(float(rng.normal(hour, 2.5))), 0, 23)),
        "channel": str(rng.choice(list(CHANNELS[topic]), p=list(CHANNELS[topic].values()))),
        "paid": "true" if rng.random() < paid else "false",
        "topic": topic,
    }


def damage(rng: Generator, rows: list[Row]) -> list[Row]:
    """Take most topics away, and make some of the others wrong; return the truth of both."""
    truth = []
    for n, row in enumerate(rows):
        topic, defect, given = row["topic"], "missing", ""
        if rng.random() < LABELLED:
            defect = "wrong"
            given = str(rng.choice([name for name in TOPICS if name != topic]))
            if rng.random() >= WRONG:
                continue
        row["topic"] = given
        truth.append({"row": n, "defect": defect, "given": given, "topic": topic})
    return truth


def write(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Write a CSV file with the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Make the two files."""
    parser = argparse.ArgumentParser(description="Make tickets.csv and its truth.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    rng = np.random.Generator(np.random.PCG64(SEED))
    rows = [make_ticket(rng, number) for number in range(TICKETS)]
    truth = damage(rng, rows)
    write(out / "tickets.csv", COLUMNS, rows)
    write(out / "tickets_truth.csv", TRUTH_COLUMNS, truth)


if __name__ == "__main__":
    main()
