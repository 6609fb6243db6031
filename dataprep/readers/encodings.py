"""Which encoding a text file is in, and the same text in UTF-8."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

from dataprep.errors import ConfigError, did_you_mean
from dataprep.readers.opening import open_bytes, readable

SAMPLE = 256 * 1024
BLOCK = 1 << 20
BOMS = {
    # The longer first: UTF-32's begins with UTF-16's.
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "koi8-r", "koi8-u", "cp1253", "cp1254", "cp1255", "cp1256",
    "cp1257", "cp1258", "cp874", "gb18030", "big5", "shift_jis", "cp932", "euc-kr", "cp949",
    "euc-jp", "cp437", "cp850", "cp852", "cp866", "mac-roman", "iso-8859-1", "iso-8859-2",
    "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15",
)  # fmt: skip
_WIDER = {
    "iso8859-1": "cp1252", "iso8859-2": "cp1250", "iso8859-9": "cp1254", "iso8859-7": "cp1253",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
    "big5": "cp950", "ascii": "utf-8",
}  # fmt: skip
"""Encodings by those that hold them and a little more, as Windows writes them."""
_WESTERN = frozenset(["da", "de", "en", "es", "fi", "fr", "ga", "it", "nl", "no", "pt", "sv"])
# One in two files that are no Unicode is Western European: few accents tell little by themselves.
_PRIOR = 2.5


def detect_encoding(path: Path) -> str:
    """Return the encoding of a file: by its first bytes, its zeros, its validity, its letters.

    Returns
    -------
    str
        A codec of Python's; ``utf-8-sig`` for UTF-8 with a byte order mark.
    """
    return encoding_of(*_samples(path))


def encoding_of(start: bytes, later: bytes = b"") -> str:
    r"""Return the encoding of bytes from a file's start, and of some from further on.

    Examples
    --------
    >>> encoding_of("stadt\nKöln\n".encode()), encoding_of("stadt\nKöln\n".encode("utf-16"))
    ('utf-8', 'utf-16-le')
    >>> encoding_of("имя,город\nИван,Москва\nМария,Казань\n".encode("cp1251"))
    'cp1251'
    """
    for mark, name in BOMS.items():
        if start.startswith(mark):
            return name
    if wide := _by_zeros(start):
        return wide
    telling = _lines_beyond_ascii(start + b"\n" + later)
    if not telling or _is_mostly_utf8(telling):
        return "utf-8"
    return legacy_encoding(telling)


def bytes_of_a_sign(path: Path) -> int:
    """Return how many bytes most signs of a text take: 4 or 2 in UTF-32 and UTF-16, else 1."""
    with readable(path), open_bytes(path) as file:
        start = file.read(4096)
    marked = (name for mark, name in BOMS.items() if start.startswith(mark))
    name = next(marked, None) or _by_zeros(start) or "utf-8"
    return 4 if name.startswith("utf-32") else 2 if name.startswith("utf-16") else 1


def legacy_encoding(lines: bytes) -> str:
    """Return the encoding of lines that are not UTF-8."""
    import chardet

    # What most of a line is, ASCII, tells nothing.
    found = chardet.detect_all(lines, ignore_threshold=True, include_encodings=_LEGACY)
    best, score = "cp1252", 0.0
    for answer in found:
        name = _named(str(answer["encoding"] or "cp1252"))
        weight = float(answer["confidence"] or 0.0)
        if name == "cp1252" and answer.get("language") in _WESTERN:
            weight *= _PRIOR
        if weight > score and _decodes(lines, name) and not _mixes_scripts(lines, name):
            best, score = name, weight
    return best if _decodes(lines, best) else "latin-1"


def _mixes_scripts(lines: bytes, name: str) -> bool:
    """Tell whether words would have Latin letters beside others, as no words have."""
    words = mixed = 0
    for word in re.findall(r"[^\W\d_]+", lines[:BLOCK].decode(name, errors="ignore")):
        if not word.isascii():
            words += 1
            latin = [sign.isascii() or "LATIN" in unicodedata.name(sign, "") for sign in word]
            mixed += any(latin) and not all(latin)
    return mixed > 0.3 * words


def known_encoding(name: str) -> str:
    """Return the codec that a person names.

    Raises
    ------
    ConfigError
        When there is none, with the nearest.
    """
    try:
        found = codecs.lookup(name).name
        found = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(found, found)
        # Some of Python's codecs are no encodings of text, or know no half-read text.
        codecs.getincrementaldecoder(found)(errors_for(found)).decode(b"ab\n\0")
        "a".encode(found)
    except (LookupError, UnicodeError, TypeError, AssertionError, ValueError):
        near = [*_LEGACY, "utf-8", "utf-16", "utf-32", "latin-1", "gbk", "windows-1252"]
        raise ConfigError(
            f"unknown encoding {name!r}", place="encoding", remedy=did_you_mean(name, near)
        ) from None
    return {"iso8859-1": "latin-1"}.get(found, found)


def errors_for(encoding: str) -> str:
    """Return how to keep what an encoding does not know."""
    # UTF-16 and UTF-32 know no bytes that are none of theirs, but halves of a pair.
    wide = encoding.startswith(("utf-16", "utf-32"))
    return "surrogatepass" if wide else "surrogateescape"


def is_utf8(encoding: str) -> bool:
    """Tell whether text of an encoding can be read as UTF-8 as it stands."""
    return encoding in ("utf-8", "utf-8-sig", "ascii")


def bom_of(encoding: str, start: bytes) -> bytes:
    """Return the byte order mark that a file begins with."""
    if not encoding.startswith("utf"):
        return b""
    return next((mark for mark in BOMS if start.startswith(mark)), b"")


def _samples(path: Path) -> tuple[bytes, bytes]:
    """Return a file's start, and lines with other signs than ASCII from its middle and end."""
    from dataprep.readers.opening import is_gzip

    with readable(path), open_bytes(path) as file:
        start = file.read(SAMPLE)
        size = 0 if is_gzip(path) else path.stat().st_size
        later = b""
        if size > 2 * SAMPLE and _lines_beyond_ascii(start) == b"":
            for place in (size // 2, size - SAMPLE):
                file.seek(place - place % 4)
                later += file.read(SAMPLE)
    return start, later


def _by_zeros(start: bytes) -> str | None:
    """Return the wide encoding whose zeros text of few accents is full of."""
    head = start[:4096]
    head = head[: len(head) - len(head) % 4]
    if len(head) < 4 or head.count(0) < len(head) // 5:
        return None
    zeros = [head[i::4].count(0) / (len(head) // 4) for i in range(4)]
    if zeros[1] > 0.4 and zeros[2] > 0.8 and zeros[3] > 0.8 and zeros[0] < 0.1:
        return "utf-32-le"
    if zeros[0] > 0.8 and zeros[1] > 0.8 and zeros[3] < 0.1:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > 0.3 and even < 0.02:
        return "utf-16-le"
    if even > 0.3 and odd < 0.02:
        return "utf-16-be"
    return None


def _lines_beyond_ascii(text: bytes) -> bytes:
    found, size = [], 0
    for line in text.splitlines():
        if not line.isascii():
            found.append(line)
            size += len(line)
            if size > SAMPLE:
                break
    return b"\n".join(found)


def _is_mostly_utf8(lines: bytes) -> bool:
    """Tell whether what is beyond ASCII is UTF-8, but for the odd line of another encoding."""
    valid = broken = 0
    for line in lines.split(b"\n"):
        try:
            line.decode()
            valid += 1
        except UnicodeDecodeError:
            broken += 1
    # The sample may cut one line in two.
    return valid >= 2 * max(0, broken - 1) and (valid > 0 or broken == 0)


def _decodes(lines: bytes, name: str) -> bool:
    """Tell whether nearly all lines can be decoded."""
    broken = 0
    listed = lines.split(b"\n")
    for line in listed:
        try:
            line.decode(name)
        except UnicodeDecodeError:
            broken += 1
    return broken <= 1 + len(listed) // 20


def _named(name: str) -> str:
    found = codecs.lookup(name).name
    return _WIDER.get(found, found)
