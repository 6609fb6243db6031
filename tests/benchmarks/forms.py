"""How long the same table takes in other forms: GBK, UTF-16, semicolons with decimal commas.

    python tests/benchmarks/forms.py --rows 500000
    python tests/benchmarks/forms.py --rows 22000000      # 2 GB in UTF-8, 4 GB in UTF-16

The table is that of `clean.py`, with plans in Chinese, so that each encoding has something to do.
The first line is the UTF-8 comma form with everything detected, the second the same with its
dialect given; all others are ratios to the first, measured in the same run. Nothing is asserted.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import clean

PLANS = {"basic": "基本套餐", "plus": "高级用户", "premium": "尊享会员"}
GIVEN = ["--delimiter", ",", "--quote", "double", "--encoding", "utf-8", "--header",
         "--skip-lines", "0"]  # fmt: skip


def plain(work: Path, rows: int) -> Path:
    """The table in UTF-8 with commas."""
    path = work / f"forms-{rows}-utf8.csv"
    if not path.exists():
        source = clean.data(work, rows)
        clean.say(f"making {path.name}")
        with source.open(encoding="utf-8", newline="") as given, path.open("wb") as made:
            while lines := given.readlines(1 << 24):
                text = "".join(lines)
                for word, name in PLANS.items():
                    text = text.replace(f",{word},", f",{name},")
                made.write(text.encode())
    clean.warm(path)
    return path


def recoded(work: Path, rows: int, encoding: str) -> Path:
    """The table in another encoding."""
    path = work / f"forms-{rows}-{encoding}.csv"
    if not path.exists():
        source = plain(work, rows)
        clean.say(f"making {path.name}")
        with (
            source.open(encoding="utf-8", newline="") as given,
            path.open("w", encoding=encoding, newline="") as made,
        ):
            while block := given.read(1 << 24):
                made.write(block)
    clean.warm(path)
    return path


def with_commas(work: Path, rows: int) -> Path:
    """The table with semicolons, and commas in its decimals."""
    path = work / f"forms-{rows}-decimal-comma.csv"
    if not path.exists():
        source = plain(work, rows)
        clean.say(f"making {path.name}")
        signs = str.maketrans({",": ";", ".": ","})
        with (
            source.open(encoding="utf-8", newline="") as given,
            path.open("w", encoding="utf-8", newline="") as made,
        ):
            while lines := given.readlines(1 << 24):
                text = "".join(lines).translate(signs)
                made.write(text.replace("@example,org", "@example.org"))
    clean.warm(path)
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--memory-limit", default="1GB")
    parser.add_argument("--work", type=Path, default=Path("/tmp/dataprep-benchmarks"))  # noqa: S108
    given = parser.parse_args()
    clean.hold_to_two_cores()
    forms = {
        "UTF-8, comma": (plain(given.work, given.rows), []),
        "the same, dialect given": (plain(given.work, given.rows), GIVEN),
        "GBK": (recoded(given.work, given.rows, "gbk"), []),
        "UTF-16": (recoded(given.work, given.rows, "utf-16"), []),
        "semicolon, decimal comma": (with_commas(given.work, given.rows), []),
    }
    print(clean.heading(given.work, given.rows))
    first = None
    print(f"{'form':28} {'seconds':>8} {'peak GB':>8} {'x the first':>12}")
    for label, (path, flags) in forms.items():
        line = clean.measure(
            label,
            lambda target, path=path, flags=flags: clean.dataprep(
                "clean",
                path,
                "-o",
                target,
                "-f",
                "-q",
                "--memory-limit",
                given.memory_limit,
                *flags,
            ),
            given.work,
            given.repeat,
            given.rows,
        )
        first = first or line.seconds
        shown = (
            f"{line.seconds:8.2f} {line.peak:8.2f} {line.seconds / first:12.2f}"
            if (line.seconds and first)
            else ""
        )
        print(f"{label:28} {shown} {line.note}", flush=True)


if __name__ == "__main__":
    main()
