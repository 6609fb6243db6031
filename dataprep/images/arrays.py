"""Files that hold many pictures as one array: IDX, NPY and NPZ, plain or gzipped."""

from __future__ import annotations

import gzip
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary
from zipfile import BadZipFile

from dataprep.errors import ConfigError, DataError, did_you_mean

if TYPE_CHECKING:
    import numpy as np

_IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_OPEN = 64
"""So many arrays stay open."""
_MOST_BYTES = 2**30
"""So many bytes of those that were unpacked stay in memory; of a larger one, itself alone."""


def is_array_file(path: Path) -> bool:
    """Tell whether a file holds an array: NPY and NPZ by their names, IDX by its first bytes."""
    name = path.name.lower()
    if name.endswith((".npy", ".npz")):
        return True
    if not any(sign in name for sign in ("idx", "ubyte")):
        return False
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start == b"\x1f\x8b":
            try:
                with gzip.open(file) as unpacked:
                    start = unpacked.read(3)
            except (OSError, EOFError, zlib.error):
                # What is the matter with it is told when it is read.
                return True
    return start[:2] == b"\0\0"


def array_of(path: Path, member: str | None = None) -> np.ndarray:
    """Return the array that a file holds, from memory where it was opened before.

    Parameters
    ----------
    path : Path
    member : str, optional
        Of an NPZ file: the array's name.

    Returns
    -------
    array
        Mapped into memory where the file is a plain IDX or NPY file. It is not to be changed.

    Raises
    ------
    DataError
        When it cannot be read, or holds no such array.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    return _opened.get(path, member, (state.st_mtime_ns, state.st_size))


_Key = tuple[Path, str | None]
_State = tuple[int, int]


class _Opened:
    """Arrays that are open: each is loaded once, however many threads ask for it."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[_Key, tuple[_State, np.ndarray]] = OrderedDict()
        self._loading: WeakValueDictionary[Path, _Lock] = WeakValueDictionary()
        self._lock = Lock()

    def get(self, path: Path, member: str | None, state: _State) -> np.ndarray:
        """Return an array; from memory where its file was not changed since."""
        key = (path, member)
        found = self._known(key, state)
        if found is not None:
            return found
        with self._lock:
            # Gone as soon as nobody loads from that file any more.
            loading = self._loading.setdefault(path, _Lock())
        with loading.lock:
            found = self._known(key, state)
            if found is None:
                found = _loaded(path, member)
                self._keep(key, state, found)
        return found

    def _known(self, key: _Key, state: _State) -> np.ndarray | None:
        with self._lock:
            had, array = self._arrays.get(key, (None, None))
            if had != state:
                return None
            self._arrays.move_to_end(key)
            return array

    def _keep(self, key: _Key, state: _State, array: np.ndarray) -> None:
        with self._lock:
            self._arrays[key] = (state, array)
            self._arrays.move_to_end(key)
            while len(self._arrays) > 1 and (
                len(self._arrays) > _OPEN or self._bytes() > _MOST_BYTES
            ):
                self._arrays.popitem(last=False)

    def _bytes(self) -> int:
        """Return how much memory the arrays take that are not mapped from their files."""
        import numpy as np

        kept = (array for _, array in self._arrays.values())
        return sum(array.nbytes for array in kept if not isinstance(array.base, mmap | np.memmap))


class _Lock:
    """A lock that can be referred to weakly."""

    def __init__(self) -> None:
        self.lock = Lock()


_opened = _Opened()


def _loaded(path: Path, member: str | None) -> np.ndarray:
    import numpy as np

    name = path.name.lower()
    with _explained(path):
        if name.endswith(".npz"):
            with np.load(path, allow_pickle=False) as archive:
                names = list(archive.files)
                member = member or _only(path, names)
                if member not in names:
                    raise ConfigError(
                        f"no array {member!r} in the file",
                        place=str(path),
                        remedy=did_you_mean(str(member), names),
                    )
                array: np.ndarray = archive[member]
                return array
        if name.endswith(".npy"):
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        return _idx(path)


def _only(path: Path, names: list[str]) -> str:
    """Return the only array of pictures in an NPZ file."""
    shapes = members_of(path)
    found = [name for name in names if len(shapes[name]) in (3, 4)]
    if len(found) == 1:
        return found[0]
    raise ConfigError(
        "the file holds several arrays of pictures" if found else "no array holds pictures",
        place=str(path),
        remedy=f"Name one: FILE#ARRAY/0. {did_you_mean('', found or names)}",
    )


def _idx(path: Path) -> np.ndarray:
    """Read an IDX file: two zeros, type, dimensions, sizes of four bytes, values."""
    import numpy as np

    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with _unpacked(path, packed=packed) as file:
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _IDX_TYPES or not head[3]:
            raise _broken(path, "it does not begin as an IDX file does")
        sizes = file.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise _broken(path, "it is shorter than it says")
        shape = tuple(np.frombuffer(sizes, ">u4").astype(int).tolist())
        dtype = np.dtype(_IDX_TYPES[head[2]])
        wanted = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if not packed:
            start = file.tell()
            if path.stat().st_size - start < wanted:
                raise _broken(path, "it is shorter than it says")
            return np.memmap(path, dtype, "r", start, shape)
        data = file.read(wanted)
    if len(data) < wanted:
        raise _broken(path, "it is shorter than it says")
    return np.frombuffer(data, dtype).reshape(shape)


def _unpacked(path: Path, *, packed: bool) -> Any:
    return gzip.open(path) if packed else path.open("rb")


def members_of(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the arrays of an NPZ file and their shapes, without reading their values."""
    import numpy as np

    found: dict[str, tuple[int, ...]] = {}
    with _explained(path), np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            with archive.zip.open(f"{name}.npy") as inside:
                version = np.lib.format.read_magic(inside)
                read = np.lib.format.read_array_header_1_0
                read = read if version == (1, 0) else np.lib.format.read_array_header_2_0
                found[name] = tuple(read(inside)[0])
    return found


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (ConfigError, DataError):
        raise
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "pickle" in said or "Python objects" in said:
            said = "it holds Python objects, which are never loaded"
        raise _broken(path, said) from None


def _broken(path: Path, said: str) -> DataError:
    return DataError(
        f"no array of pictures can be read: {said}",
        place=str(path),
        remedy="Fetch it again, or give an IDX, NPY or NPZ file of numbers.",
    )
