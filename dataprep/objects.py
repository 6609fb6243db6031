"""Files of object stores and web servers, through fsspec: found, and fetched to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from dataprep.errors import ConfigError, DataprepError, MissingExtraError, ReadError, did_you_mean
from dataprep.optional import require
from dataprep.secrets import masked, remember_of

_STAMPS = (
    "ETag", "etag", "size", "mtime", "LastModified", "last_modified", "Last-Modified", "updated",
    "modified", "created", "generation", "md5Hash", "Content-MD5", "ino",
)  # fmt: skip
"""By what names stores tell that an object is another one now."""
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs",
    "abfss": "adlfs", "http": "aiohttp", "https": "aiohttp", "sftp": "paramiko", "hf":
    "huggingface_hub", "oci": "ocifs", "oss": "ossfs",
}  # fmt: skip
"""What fsspec needs for a scheme."""


@dataclass(frozen=True)
class StoredObject:
    """An object, with the store that holds it.

    Parameters
    ----------
    url : str
        With its secrets: for the store alone.
    store : object
        A file system of fsspec: what is not in the name, such as a user, it knows.
    name : str
        As the store calls it.
    """

    url: str = field(compare=False)
    store: Any
    name: str

    def __repr__(self) -> str:
        return f"StoredObject({self.shown!r})"

    @property
    def shown(self) -> str:
        """The URL without its secrets."""
        return masked(self.url)


def objects_of(url: str) -> list[StoredObject]:
    """Return the objects that a URL or a pattern names, sorted.

    Parameters
    ----------
    url : str
        Such as ``s3://bucket/in.csv`` or ``gs://bucket/2026-*/part.parquet``.

    Raises
    ------
    ReadError
        When there is none, or the store cannot be asked.
    MissingExtraError
        With the package to install.
    """
    remember_of(url)
    with _explained(url):
        store, path = _store(url)
        if not _is_pattern(url, store, path):
            return [StoredObject(url, store, path)]
        found = sorted(name for name in store.glob(path) if store.isfile(name))
        if not found:
            raise ReadError("no object is named so", place=masked(url), remedy="Check the pattern.")
        return [StoredObject(_url_of(name, url, store, path), store, name) for name in found]


def _is_pattern(url: str, store: Any, path: str) -> bool:
    web = url.lower().startswith("http")
    # A question mark begins the parameters of a web address.
    if not any(sign in path for sign in ("*[" if web else "*?[")):
        return False
    # An object may be called 'day[1].csv'; a server that has a page for everything is not asked *.
    return "*" in path or not store.exists(path)


def _url_of(name: str, pattern: str, store: Any, path: str) -> str:
    """Return the URL of an object that a pattern found, with the host that names may lack."""
    host, stroke, rest = pattern.partition("://")[2].partition("/")
    below = stroke + rest
    head = path.removesuffix(below)
    if head != path and name.startswith(head):
        return f"{pattern.partition('://')[0]}://{host}{name[len(head) :]}"
    return str(store.unstrip_protocol(name))


def fetch_object(given: StoredObject, path: Path) -> None:
    """Write an object to a file.

    Raises
    ------
    ReadError
        When it is not there, breaks off, or changes meanwhile.
    """
    store = given.store
    with _explained(given.url):
        before = _stamps(given)
        # As one stream, where a store has them: blocks asked one by one may be of two versions.
        store.get_file(given.name, str(path))
        if _stamps(given) != before:
            raise ReadError(
                "was changed while it was fetched",
                place=given.shown,
                remedy="Try again; give objects names of their own, and write each once.",
            )


def _stamps(given: StoredObject) -> dict[str, Any]:
    """Return what changes with an object, as far as its store tells it."""
    # Stores remember what they listed.
    given.store.invalidate_cache()
    found = given.store.info(given.name)
    if found.get("type") == "directory":
        raise _folder(given.url)
    return {name: found.get(name) for name in _STAMPS}


def name_of_object(url: str) -> str:
    """Return the last part of a URL.

    Examples
    --------
    >>> name_of_object("https://host/data/in.csv.gz?version=3")
    'in.csv.gz'
    """
    return PurePosixPath(urlsplit(url).path or urlsplit(url).netloc).name


def _store(url: str) -> tuple[Any, str]:
    fsspec = require("fsspec", "objects")
    scheme = url.partition("://")[0].lower()
    try:
        store, path = fsspec.core.url_to_fs(url)
    except ValueError as error:
        known = "rotocol" not in str(error)
        said = masked(str(error)).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(
            f"its store cannot be opened ({said})" if known else f"nothing is known of {scheme}://",
            place=masked(url),
            remedy="Check the address."
            if known
            else did_you_mean(scheme, ["postgresql", "sqlite", *_PACKAGES, "file"]),
        ) from None
    return store, path


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Say in words, and without secrets, what a store says."""
    scheme = url.partition("://")[0].lower()
    try:
        yield
    except DataprepError:
        raise
    except ImportError as error:
        package = _PACKAGES.get(scheme) or str(error.name)
        raise MissingExtraError(
            f"{scheme}:// needs the package {package!r}",
            place=masked(url),
            remedy=f"Install it with: pip install {package}",
        ) from None
    except (FileNotFoundError, IsADirectoryError) as error:
        if isinstance(error, IsADirectoryError) or _is_folder(url):
            raise _folder(url) from None
        raise ReadError(
            "no such object", place=masked(url), remedy=_near(url) or "Check the name."
        ) from None
    except PermissionError:
        raise ReadError(
            "no right to read it", place=masked(url), remedy="Check the credentials of the store."
        ) from None
    # Each store has errors of its own, which may hold credentials.
    except Exception as error:  # noqa: BLE001 - it is told, and raised as our own
        said = masked(f"{type(error).__name__}: {error}").splitlines()[0]
        raise ReadError(
            f"cannot be fetched ({said})",
            place=masked(url),
            remedy="Check address, network and credentials, and try again.",
        ) from None


def _folder(url: str) -> ReadError:
    """Return the error for what has objects below it."""
    return ReadError(
        "this is a folder",
        place=masked(url),
        remedy=f"Name its files, e.g. {masked(url).rstrip('/')}/*.csv.",
    )


def _is_folder(url: str) -> bool:
    """Tell whether a store has objects below a name, if it can be asked."""
    try:
        store, path = _store(url)
        return bool(store.isdir(path))
    except (OSError, ValueError, ImportError, NotImplementedError):
        return False


def _near(url: str) -> str:
    """Return a remedy that names objects beside one that is not there, if they can be listed."""
    try:
        store, path = _store(url)
        beside = store.ls(path.rpartition("/")[0], detail=False)
    except Exception:  # noqa: BLE001 - what could not be read is told; this only helps to find it
        return ""
    names = [str(name).rpartition("/")[2] for name in beside]
    answer = did_you_mean(path.rpartition("/")[2], names)
    return answer if answer.startswith("Did you mean") else ""
