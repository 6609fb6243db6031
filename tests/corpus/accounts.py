"""What must hold for any file at all: an answer in time, and every letter somewhere."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Thread

from corpus.measure import Read
from corpus.readers import dataprep

SECONDS = 60.0
"""How long a file of a few kilobytes may take before it counts as a hang."""


def read_in_time(path: Path, seconds: float = SECONDS) -> Read:
    """Read a file with dataprep, in a thread that is given up when it takes too long.

    Raises
    ------
    AssertionError
        When there was no answer in time.
    Exception
        Whatever is no ``DataprepError``.
    """
    answers: list[Read] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(dataprep(path))
        except BaseException as error:  # noqa: BLE001 - handed on to the thread that waits
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"no answer in {seconds:.0f} s"
    if errors:
        raise errors[0]
    return answers[0]


def unaccounted(content: bytes, read: Read) -> Counter[str]:
    """Return the letters and digits of a file that nothing of what was read shows.

    Quotes, delimiters, blanks and line ends are signs of the file, not of its cells; what is no
    UTF-8 may be shown in any way. A file that was refused has lost nothing.
    """
    if read.error:
        return Counter()
    text = content.decode("utf-8", errors="ignore")
    shown = [*read.header, *read.told, *(cell for row in read.records for cell in row)]
    return _letters(text) - _letters("".join(shown))


def _letters(text: str) -> Counter[str]:
    return Counter(sign for sign in text if sign.isalnum())


def check(content: bytes, path: Path) -> None:
    """Read bytes as a file, and fail for a crash, a hang or a lost letter.

    A letter cannot be looked for in bytes that are no text: of those only an answer is asked.
    """
    path.write_bytes(content)
    read = read_in_time(path)
    if is_text(content):
        lost = unaccounted(content, read)
        assert not lost, f"lost {dict(lost)} of {content!r}: {read}"


def is_text(content: bytes) -> bool:
    """Tell whether bytes are UTF-8 without control characters."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign in "\t\r\n\ufeff" for sign in text)
