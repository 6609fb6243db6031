"""The files of the corpus: every damage on its tables, and pairs of damages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from random import Random

from corpus.damages import DAMAGES, Damage, drafted
from corpus.draft import Draft
from corpus.tables import GIVEN, MAKERS, SEED, Clean

PAIRS = 160
SCRIPTS = tuple(name for name in GIVEN if name in MAKERS)


@dataclass(frozen=True)
class Case:
    """One file of the corpus.

    Parameters
    ----------
    table : str
        The clean table's name.
    damages : tuple of Damage
        One or two.
    seed : int
        Of the places that are damaged.
    """

    table: str
    damages: tuple[Damage, ...]
    seed: int = SEED

    @property
    def name(self) -> str:
        """The damages and the table: what a test is called."""
        return f"{self.family}, {self.table}"

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its damages."""
        return tuple(damage.name for damage in self.damages)

    @property
    def family(self) -> str:
        """The damages in a row."""
        return " + ".join(self.parts)

    @property
    def file(self) -> str:
        """A name for the file that does not help to guess what it holds."""
        packing = next((d.name for d in self.damages if d.group == "packing"), "")
        return f"table.csv.{packing}" if packing else "table.csv"

    def draft(self) -> Draft:
        """Return what is expected; its ``bytes()`` are the file."""
        return drafted(clean(self.table), self.damages, self.seed)


@cache
def clean(name: str) -> Clean:
    """Return a clean table."""
    return MAKERS[name]()


def singles() -> list[Case]:
    """Return each damage on each of its tables."""
    return [Case(table, (damage,)) for damage in DAMAGES for table in damage.tables]


def pairs(n: int = PAIRS, seed: int = SEED) -> list[Case]:
    """Return a sample of two damages at a time, each pair of groups in its turn.

    Another seed gives files that nobody has looked at: what a reader does with these is no merit
    of having been mended by the others.
    """
    draw = Random(f"{seed} pairs")
    grouped: dict[tuple[str, str], list[tuple[Damage, Damage]]] = {}
    for a, b in combinations(DAMAGES, 2):
        if _suit(a, b) and _tables(a, b):
            grouped.setdefault((a.group, b.group), []).append((a, b))
    for found in grouped.values():
        draw.shuffle(found)
    chosen: list[Case] = []
    while len(chosen) < n and any(grouped.values()):
        for found in grouped.values():
            if found and len(chosen) < n:
                both = found.pop()
                case = Case(draw.choice(_tables(*both)), both, seed)
                # Not every script can be written in every encoding.
                with suppress(UnicodeEncodeError):
                    case.draft().bytes()
                    chosen.append(case)
    return chosen


def _suit(a: Damage, b: Damage) -> bool:
    if a.alone or b.alone or a.group == b.group:
        return False
    return not {a.group, a.name} & set(b.against) and not {b.group, b.name} & set(a.against)


def _tables(a: Damage, b: Damage) -> list[str]:
    """Return the tables for a pair; what can be done to people can be done in any script."""
    wider = [d.tables + (SCRIPTS if "people" in d.tables else ()) for d in (a, b)]
    return [name for name in wider[0] if name in wider[1]]


CASES = (*singles(), *pairs())
