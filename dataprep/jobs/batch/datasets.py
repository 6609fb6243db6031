"""What OpenLineage calls a file, an object or a table: a namespace, and a name in it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from dataprep.databases.address import Address, Name

Dataset = tuple[str, str]
_CONTAINERS = ("abfs", "abfss", "wasb", "wasbs")
"""Schemes of Azure: what stands where others have a user is the container."""
_SAME = {"s3a": "s3", "gcs": "gs"}


def dataset_of(place: str) -> Dataset:
    """Return the dataset that a file or an object is; nothing secret is in it.

    Parameters
    ----------
    place : str
        A path, or a URL.

    Examples
    --------
    >>> dataset_of("/data/in.csv")
    ('file', '/data/in.csv')
    >>> dataset_of("s3://bucket/in/a.csv?versionId=3")
    ('s3://bucket', 'in/a.csv')
    >>> dataset_of("abfss://raw@acct.dfs.core.windows.net/a.csv")
    ('abfss://raw@acct.dfs.core.windows.net', 'a.csv')
    """
    if "://" not in place:
        return "file", str(Path(place).absolute())
    parts = urlsplit(place)
    scheme = _SAME.get(parts.scheme, parts.scheme)
    user, _, host = parts.netloc.rpartition("@")
    if scheme in _CONTAINERS and user and ":" not in user:
        host = f"{user}@{host}"
    return (f"{scheme}://{host}", parts.path.strip("/")) if host else (scheme, parts.path)


def dataset_of_table(address: Address, table: Name) -> Dataset | None:
    """Return the dataset that a table is; None where nobody knows yet which schema is meant.

    Parameters
    ----------
    address : Address
        Of several hosts, the first one counts.
    table : Name
        As the database has it.

    Examples
    --------
    >>> from dataprep.databases.address import address_of
    >>> shop = address_of("postgresql://ada:secret@db,standby/shop?sslmode=require")
    >>> dataset_of_table(shop, Name("orders", "sales"))
    ('postgres://db:5432', 'shop.sales.orders')
    """
    if address.kind == "sqlite":
        return f"sqlite://{address.path.absolute()}", table.table
    if table.schema is None:
        return None
    parts = urlsplit(address.uri)
    given = dict(parse_qsl(parts.query))
    user, _, hosts = parts.netloc.rpartition("@")
    first = hosts.partition(",")[0]
    host, port = _host_and_port(first)
    # As libpq has it: parameters before what stands in front of them, variables after both.
    host = given.get("host", host).partition(",")[0] or os.environ.get("PGHOST", "")
    port = given.get("port", port).partition(",")[0] or os.environ.get("PGPORT", "5432")
    if not host or host.startswith("/"):
        # A socket of this machine.
        host = "localhost"
    database = (
        given.get("dbname")
        or unquote(parts.path.strip("/"))
        or os.environ.get("PGDATABASE")
        or given.get("user")
        or unquote(user.partition(":")[0])
        or os.environ.get("PGUSER")
        or getpass.getuser()
    )
    return f"postgres://{host}:{port}", f"{database}.{table.schema}.{table.table}"


def _host_and_port(text: str) -> tuple[str, str]:
    """Return both as texts; an address of IPv6 stands in brackets.

    Examples
    --------
    >>> _host_and_port("db:6432"), _host_and_port("[::1]:6432"), _host_and_port("db")
    (('db', '6432'), ('[::1]', '6432'), ('db', ''))
    """
    if text.startswith("["):
        host, _, rest = text.partition("]")
        return f"{host}]", rest.removeprefix(":")
    host, _, port = text.partition(":")
    return unquote(host), port
