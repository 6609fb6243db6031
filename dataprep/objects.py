"""Files of object stores and web servers, through fsspec: found, and fetched to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from dataprep.errors import ConfigError, DataprepError, MissingExtraError, ReadError, did_you_mean
from dataprep.optional import require
from dataprep.secrets import masked, remember_of

_BLOCK = 1 << 20
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs",
    "abfss": "adlfs", "http": "aiohttp", "https": "aiohttp", "sftp": "paramiko", "hf":
    "huggingface_hub", "oci": "ocifs", "oss": "ossfs",
}  # fmt: skip
"""What fsspec needs for a scheme."""


def objects_of(url: str) -> list[str]:
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
        web = url.lower().startswith("http")
        # A question mark begins the parameters of a web address.
        if not any(sign in path for sign in ("*[" if web else "*?[")):
            return [url]
        found = sorted(name for name in store.glob(path) if store.isfile(name))
        if not found:
            raise ReadError("no object is named so", place=masked(url), remedy="Check the pattern.")
        return [str(store.unstrip_protocol(name)) for name in found]


def fetch_object(url: str, path: Path) -> None:
    """Write an object to a file, a block at a time.

    Raises
    ------
    ReadError
        When it is not there, or breaks off.
    """
    with _explained(url):
        store, name = _store(url)
        with store.open(name, "rb") as source, path.open("wb") as target:
            while block := source.read(_BLOCK):
                target.write(block)


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
    store, path = fsspec.core.url_to_fs(url)
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
            raise ReadError(
                "this is a folder",
                place=masked(url),
                remedy=f"Name its files, e.g. {masked(url).rstrip('/')}/*.csv.",
            ) from None
        raise ReadError(
            "no such object", place=masked(url), remedy=_near(url) or "Check the name."
        ) from None
    except PermissionError:
        raise ReadError(
            "no right to read it", place=masked(url), remedy="Check the credentials of the store."
        ) from None
    except ValueError as error:
        if "rotocol" not in str(error):
            raise
        raise ConfigError(
            f"nothing is known of {scheme}://",
            place=masked(url),
            remedy=did_you_mean(scheme, ["postgresql", "sqlite", *_PACKAGES, "file"]),
        ) from None
    # Each store has errors of its own, which may hold credentials.
    except Exception as error:  # noqa: BLE001 - it is told, and raised as our own
        said = masked(f"{type(error).__name__}: {error}").splitlines()[0]
        raise ReadError(
            f"cannot be fetched ({said})",
            place=masked(url),
            remedy="Check address, network and credentials, and try again.",
        ) from None


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
    except (OSError, ValueError, ImportError, NotImplementedError):
        return ""
    names = [str(name).rpartition("/")[2] for name in beside]
    answer = did_you_mean(path.rpartition("/")[2], names)
    return answer if answer.startswith("Did you mean") else ""
