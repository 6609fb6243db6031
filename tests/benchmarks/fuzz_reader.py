"""Search for bytes that the reader crashes on, hangs on, or loses a letter of, by atheris.

    pip install atheris
    python tests/benchmarks/fuzz_reader.py --seconds 300 --keep /tmp/found

Atheris changes a file that was read before, watches which branches of dataprep it takes then, and
keeps what takes a new one. It begins with small files of the corpus. It ends at the first failure,
leaves the bytes in the --keep folder and names them; such a file belongs into
tests/test_reading.py then. An end after --seconds without a failure is what is hoped for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus.accounts import SECONDS, check
from corpus.cases import CASES

LARGEST = 4096


def main() -> None:
    """Begin with the corpus, and search."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="seeds, finds, failures")
    given = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (Linux and macOS)")
    with atheris.instrument_imports(include=["dataprep"]):
        # All that reads, so that its branches are watched.
        import dataprep.cleaning
        import dataprep.jobs.reading
        import dataprep.readers.files  # noqa: F401 - instrumented, not used here
    seeds = given.keep / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for i, case in enumerate(CASES):
        if len(content := case.draft().bytes()) <= LARGEST:
            (seeds / f"{i:03d}").write_bytes(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={given.seconds}",
                f"-timeout={int(2 * SECONDS)}",
                f"-max_len={LARGEST}",
                "-rss_limit_mb=4096",
                "-print_final_stats=1",
                f"-artifact_prefix={given.keep}/",
                str(seeds),
            ],
            lambda content: check(content, path),
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
