"""How much of several hundred damaged files is read right, by dataprep and by others.

    python tests/benchmarks/corpus.py                       # the table, on a terminal
    python tests/benchmarks/corpus.py --markdown            # the same for docs/corpus.md
    python tests/benchmarks/corpus.py --only title,semicolon --wrong
    python tests/benchmarks/corpus.py --seed 7 --wrong      # 300 pairs that no test has seen
    python tests/benchmarks/corpus.py --keep /tmp/files     # leave the files to look at

Every reader has its default settings and sees nothing but a path. Of dataprep each cell's text is
compared; those of readers that give types may change their form (1.50 as 1.5, 31/05/2024 as a
date), but 007 may not become 7. What raises an exception has read nothing. P and R are precision
and recall: the share of what was read that is right, and of what is right that was read.
Silent losses are cells of the clean table that are in no record, and in no line that was told
to be malformed or skipped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus.cases import CASES, Case, pairs
from corpus.measure import Score, means_the_same, score
from corpus.readers import PEERS, Reader, dataprep, tried

READERS: Mapping[str, Reader] = {"dataprep": dataprep, **PEERS}
HEAD = ("files", "header", "record P", "R", "cell P", "R", "silent losses", "errors")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", help="damages, with commas between; a file with any of them")
    parser.add_argument("--readers", default=",".join(READERS), help="with commas between")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="name each file that is not all right")
    parser.add_argument("--seed", type=int, help="only pairs, and others than those of the tests")
    parser.add_argument("--pairs", type=int, default=300, help="how many, beside --seed")
    parser.add_argument("--keep", type=Path, help="a folder to leave the files in")
    given = parser.parse_args(arguments)
    only = set(given.only.split(",")) if given.only else None
    every = CASES if given.seed is None else pairs(given.pairs, given.seed)
    cases = [c for c in every if only is None or only & {d.name for d in c.damages}]
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        results, seconds = measured(cases, given.readers.split(","), folder)
    if "dataprep" in results:
        print(table("damage", by_family(cases, results["dataprep"]), markdown=given.markdown))
        print()
    overall = {
        f"{name} ({seconds[name]:.0f} s)": sum(found, Score()) for name, found in results.items()
    }
    print(table("reader", overall, markdown=given.markdown))
    if given.wrong:
        for case, found in zip(cases, results["dataprep"], strict=True):
            if found.wrong_rows or found.lost or found.unnamed or not found.headers:
                print(f"{case.name}: {_wrong(found)}")


def measured(
    cases: Sequence[Case], names: Sequence[str], folder: Path
) -> tuple[dict[str, list[Score]], dict[str, float]]:
    """Return each reader's score for each file, and how many seconds it read."""
    results: dict[str, list[Score]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    for i, case in enumerate(cases):
        draft = case.draft()
        path = folder / f"{i:03d}" / case.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draft.bytes())
        for name in names:
            started = perf_counter()
            read = tried(READERS[name], path)
            seconds[name] += perf_counter() - started
            same = None if name == "dataprep" else means_the_same
            results[name].append(score(draft, read, same))
    return results, seconds


def by_family(cases: Sequence[Case], scores: Sequence[Score]) -> dict[str, Score]:
    """Return the sums by damage; pairs by the groups of the two; and all together."""
    found: dict[str, Score] = {}
    for case, one in zip(cases, scores, strict=True):
        names = [d.name for d in case.damages]
        row = names[0] if len(names) == 1 else " + ".join(d.group for d in case.damages)
        found[row] = found.get(row, Score()) + one
    found["all"] = sum(scores, Score())
    return found


def table(first: str, rows: Mapping[str, Score], *, markdown: bool) -> str:
    """Return scores as a table."""
    lines = [[first, *HEAD], *([name, *_figures(one)] for name, one in rows.items())]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = [
        [
            cell.ljust(w) if not i else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    if not markdown:
        return "\n".join("  ".join(line) for line in padded)
    rule = ["-" * w if not i else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], rule, *padded[1:]])


def _wrong(one: Score) -> str:
    """Say in a line what is not right about a file."""
    if one.errors:
        return "nothing read"
    expected, read, right = one.records
    parts = [] if one.headers else ["header wrong"]
    parts += (
        [f"{right} of {expected} records right, {read} read"] if right < max(read, expected) else []
    )
    parts += [f"{one.lost} cells lost"] if one.lost else []
    parts += [f"{one.unnamed} other lines not named"] if one.unnamed else []
    return "; ".join(parts)


def _figures(one: Score) -> list[str]:
    def shares(counts: tuple[int, int, int]) -> list[str]:
        expected, found, right = counts
        return [_percent(right, found), _percent(right, expected)]

    return [
        str(one.files),
        _percent(one.headers, one.files),
        *shares(one.records),
        *shares(one.cells),
        str(one.lost),
        str(one.errors),
    ]


def _percent(part: int, whole: int) -> str:
    """Return a share in percent, cut and not rounded: 100 means all of them."""
    return f"{int(1000 * part / whole) / 10:.1f}" if whole else "-"


if __name__ == "__main__":
    main()
