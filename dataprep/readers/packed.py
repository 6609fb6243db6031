"""Packed files: known by their first bytes, and unpacked as a stream into the work folder."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from errno import EINVAL
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from dataprep.errors import ConfigError, OutputError, ReadError, did_you_mean

_SIGNS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "zip": re.compile(rb"PK(\x03\x04|\x05\x06)"),
}
_OFFICE = ("[Content_Types].xml", "mimetype")
"""Members by which a sheet of Excel or OpenDocument is told from other zip archives."""
_BLOCK = 1 << 20
_CHECKED = 64 << 20
_RESERVE = 256 << 20
"""Bytes that unpacking leaves free on the disk."""


def packing_of(path: Path) -> str | None:
    """Return how a file is packed, by its first bytes: gzip, bzip2, xz, zstd, zip, or not at all.

    A sheet of Excel or OpenDocument is a zip archive as well, and counts as not packed.
    """
    with path.open("rb") as file:
        start = file.read(16)
    packing = next((name for name, sign in _SIGNS.items() if sign.match(start)), None)
    return None if packing == "zip" and _is_office(path) else packing


def _is_office(path: Path) -> bool:
    try:
        with ZipFile(path) as archive:
            return any(name in _OFFICE for name in archive.namelist())
    except (BadZipFile, NotImplementedError, OSError):
        # What is the matter with it is told when it is unpacked.
        return False


def chosen_member(path: Path, wanted: str | None) -> str:
    """Return the name of the only file in a zip archive, or of the one that is wanted.

    Raises
    ------
    ReadError
        When it is cut off, empty, or holds several files of which none is chosen.
    """
    with explained(path), ZipFile(path) as archive:
        files = [info for info in archive.infolist() if _is_file(info)]
    names = [info.filename for info in files]
    if not names:
        raise ReadError("the archive is empty", place=str(path), remedy="Give one with a file.")
    if wanted is not None:
        found = [name for name in names if wanted in (name, Path(name).name)]
        if len(found) != 1:
            raise ConfigError(
                f"no file {wanted!r} in {path}", place="member", remedy=did_you_mean(wanted, names)
            )
        return found[0]
    if len(names) > 1:
        raise ReadError(
            f"the archive holds {len(names)} files",
            place=str(path),
            remedy=f"{did_you_mean('', names)} Choose one: --member {names[0]!r}.",
        )
    return names[0]


def _is_file(info: ZipInfo) -> bool:
    path = Path(info.filename)
    return not (info.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts)


def unpacked(path: Path, packing: str, member: str | None, target: Path, shown: Path) -> None:
    """Write what a packed file holds to another, a block at a time.

    Raises
    ------
    ReadError
        When the file is cut off, damaged or protected by a password.
    OutputError
        When the disk has no room for it.
    """
    with explained(shown), _opened(path, packing, member) as stream:
        write_blocks(stream, target, shown)


def write_blocks(stream: Any, target: Path, shown: Path) -> None:
    """Write a stream to a file, a block at a time, while the disk has room."""
    unchecked = _CHECKED
    with target.open("wb") as file:
        while block := stream.read(_BLOCK):
            data = _encoded(block, shown) if isinstance(block, str) else block
            unchecked += len(data)
            if unchecked >= _CHECKED:
                unchecked = 0
                _check_room(target, shown)
            file.write(data)


def _encoded(block: str, shown: Path) -> bytes:
    try:
        return block.encode()
    except UnicodeEncodeError as error:
        found = block[error.start]
        raise ReadError(
            f"the text holds {found!r}, half of a surrogate pair, which no UTF-8 can hold",
            place=str(shown),
            remedy="Open the file in binary mode, or with the encoding that it has.",
        ) from None


def _check_room(target: Path, shown: Path) -> None:
    free = shutil.disk_usage(target.parent).free
    if free < _RESERVE:
        raise OutputError(
            f"no room to unpack it: {free >> 20} MB are free in {target.parent.parent}, after "
            f"{target.stat().st_size >> 20} MB of it",
            place=str(shown),
            remedy="Free some disk space, or write elsewhere with -o.",
        )


@contextmanager
def _opened(path: Path, packing: str, member: str | None) -> Iterator[Any]:
    if packing == "zip":
        with ZipFile(path) as archive, archive.open(member or "") as inside:
            yield inside
    elif packing == "zstd":
        import pyarrow as pa

        with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, "zstd") as stream:
            yield stream
    else:
        openers: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
        with openers[packing](path, "rb") as stream:
            yield stream


@contextmanager
def explained(shown: Path) -> Iterator[None]:
    """Say in words what an unpacker says of a file."""
    try:
        yield
    except (ReadError, ConfigError):
        raise
    except NotImplementedError as error:
        raise ReadError(
            f"the archive is packed in a way that cannot be read: {error}",
            place=str(shown),
            remedy="Unpack it, and give the file.",
        ) from None
    except RuntimeError as error:
        if "password" not in str(error) and "encrypted" not in str(error):
            raise
        raise ReadError(
            "the archive is protected by a password",
            place=str(shown),
            remedy="Unpack it, and give the file.",
        ) from None
    except (BadZipFile, EOFError, lzma.LZMAError, zlib.error):
        raise _broken(shown) from None
    except OSError as error:
        # The system's own errors have a number; those of the unpackers have none, or it is that of
        # a seek to nowhere.
        if error.errno not in (None, EINVAL):
            raise
        raise _broken(shown) from None


def _broken(shown: Path) -> ReadError:
    return ReadError(
        "the compressed file is cut off or broken", place=str(shown), remedy="Fetch it again."
    )


@contextmanager
def packed_writer(path: Path) -> Iterator[Any]:
    """Give a file to be written, packed as its name says; the same rows make the same bytes."""
    with path.open("wb") as file, _packer(file, path.suffix.lower()) as stream:
        yield stream


def _packer(file: IO[bytes], suffix: str) -> Any:
    match suffix:
        case ".gz":
            # No name and no time inside.
            return gzip.GzipFile("", "wb", 6, file, 0)
        case ".bz2":
            return bz2.open(file, "wb")
        case ".xz":
            return lzma.open(file, "wb")
        case ".zst":
            import pyarrow as pa

            return pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd")
    return nullcontext(file)
