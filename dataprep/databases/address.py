"""How a database, and what is read of it or written to it, is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from dataprep.errors import ConfigError, ReadError
from dataprep.secrets import masked, remember_of

SCHEMES = {"postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite"}
_TELLING = ("dbname", "host", "hostaddr", "port", "service")
"""Parameters of libpq that tell which database is meant."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PLAIN = re.compile(r'[^\s".]+')
_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^\s".]+))\s*(\.|$)')


def scheme_of(given: object) -> str | None:
    """Return the scheme of a URI in small letters; None for what is no URI.

    Examples
    --------
    >>> scheme_of("sqlite:///shop.db"), scheme_of("data/in.csv")
    ('sqlite', None)
    """
    found = _SCHEME.match(given) if isinstance(given, str) else None
    return found[1].lower() if found else None


def is_database(given: object) -> bool:
    """Tell whether a text is the URI of a database."""
    return scheme_of(given) in SCHEMES


@dataclass(frozen=True)
class Name:
    """A table's name, with its schema where that was given.

    Parameters
    ----------
    table : str
    schema : str, optional
    is_quoted : bool
        Whether the name was in quotes, and so means itself to the letter.
    """

    table: str
    schema: str | None = None
    is_quoted: bool = False

    def __str__(self) -> str:
        return self.table if self.schema is None else f"{self.schema}.{self.table}"

    @property
    def shown(self) -> str:
        """The name as a person writes it: in quotes what has signs of its own."""
        parts = [self.table] if self.schema is None else [self.schema, self.table]
        return ".".join(part if _PLAIN.fullmatch(part) else identifier(part) for part in parts)

    @property
    def sql(self) -> str:
        """The name as SQL writes it, in quotes."""
        parts = [self.table] if self.schema is None else [self.schema, self.table]
        return ".".join(map(identifier, parts))


def identifier(name: str) -> str:
    """Return a name as SQL writes it, in quotes.

    Examples
    --------
    >>> print(identifier('the "odd" one'))
    "the ""odd"" one"
    """
    return '"' + name.replace('"', '""') + '"'


def name_of(text: str, place: str = "table") -> Name:
    """Return the table that a text names.

    Parameters
    ----------
    text : str
        ``customers``, ``sales.customers``, or in quotes what has signs of its own:
        ``"Sales 2026"."Customers"``.
    place : str
        For errors.

    Examples
    --------
    >>> name_of('sales."Big.Customers"')
    Name(table='Big.Customers', schema='sales', is_quoted=True)
    """
    parts, at, quoted, more = [], 0, False, True
    while more:
        found = _PART.match(text, at)
        if found is None:
            break
        quoted = quoted or found[1] is not None
        parts.append(found[1].replace('""', '"') if found[1] is not None else found[2])
        at, more = found.end(), found[3] == "."
    if more or at < len(text) or not 1 <= len(parts) <= 2:
        raise ConfigError(
            f"{text!r} names no table",
            place=place,
            remedy="Write table, schema.table, or in quotes what has blanks or dots: "
            'schema."odd name".',
        )
    return Name(parts[-1], parts[0] if len(parts) == 2 else None, quoted)


@dataclass(frozen=True)
class Address:
    """Where a database is.

    Parameters
    ----------
    uri : str
        With its secrets: for the driver alone.
    kind : {"postgresql", "sqlite"}
    """

    uri: str
    kind: Literal["postgresql", "sqlite"]

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    @property
    def shown(self) -> str:
        """The URI without its secrets."""
        return masked(self.uri)

    @property
    def database(self) -> str:
        """Which database it is, whoever asks for it: without user, password and settings.

        Examples
        --------
        >>> address_of("postgresql://me:s3cret@db/shop?sslmode=require&port=5433").database
        'postgresql://db/shop?port=5433'
        """
        if self.kind == "sqlite":
            return self.uri
        parts = urlsplit(self.uri)
        telling = [pair for pair in parse_qsl(parts.query) if pair[0] in _TELLING]
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(("postgresql", host, parts.path, urlencode(sorted(telling)), ""))

    @property
    def path(self) -> Path:
        """The file of an SQLite database."""
        return Path(unquote(self.uri.partition("://")[2].partition("?")[0])[1:])

    def below(self, folder: Path) -> Address:
        """Return the address with a relative path of SQLite as seen from a folder."""
        if self.kind != "sqlite" or self.path.is_absolute():
            return self
        return Address(f"sqlite:///{_as_uri((folder / self.path).absolute())}", "sqlite")


def _as_uri(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def _is_malformed(uri: str) -> bool:
    """Tell whether a URI holds signs that end its user or password early."""
    after = uri.partition("://")[2]
    authority = re.split(r"[/?#]", after, maxsplit=1)[0]
    return (
        re.search(r"[\s#;<>\"{}|\\^`]", after) is not None
        or after.count("@") > 1
        or after.count("@") != authority.count("@")
    )


def address_of(uri: str, place: str = "uri") -> Address:
    """Return the address that a URI gives; its secrets are hidden in all messages from now on.

    Parameters
    ----------
    uri : str
        ``postgresql://user@host/database`` as libpq reads it, or ``sqlite:///file.db``, with four
        strokes for a path from the root.
    place : str
        For errors.

    Examples
    --------
    >>> address_of("postgresql://me:s3cret@db/shop")
    Address('postgresql://me:***@db/shop')
    """
    remember_of(uri)
    scheme = scheme_of(uri) or ""
    if SCHEMES.get(scheme) == "postgresql" and _is_malformed(uri):
        # Which part of it is the password is not known: nothing of it is shown.
        raise ConfigError(
            f"{scheme}://***: is no URI: a sign in it has another meaning there",
            place=place,
            remedy="Write the signs of a user or a password in percent: @ as %40, / as %2F, : as "
            "%3A, # as %23, ? as %3F, a blank as %20; or use PGPASSWORD.",
        )
    if scheme not in SCHEMES:
        raise ConfigError(
            f"{masked(uri)!r} is no database",
            place=place,
            remedy="Write postgresql://user@host/database or sqlite:///file.db.",
        )
    if SCHEMES[scheme] == "sqlite":
        if not re.match(r"sqlite:///[^?]", uri, re.IGNORECASE):
            raise ConfigError(
                f"{uri!r} names no file",
                place=place,
                remedy="Write sqlite:///file.db, or sqlite:////folder/file.db from the root.",
            )
        if "?" in uri:
            raise ConfigError(
                f"{masked(uri)!r}: SQLite takes no parameters here",
                place=place,
                remedy="Leave out what follows '?' (in a name it is written %3F).",
            )
        return Address(uri, "sqlite")
    try:
        parts = urlsplit(uri)
        wrong = "@" in parts.path or (parts.hostname or "").count("@")
        _ = None if "," in parts.netloc else parts.port
    except ValueError:
        wrong = True
    if wrong:
        # What the parser says would show a part of the password.
        raise ConfigError(
            "the URI cannot be read: a sign in the user or the password means something else there",
            place=place,
            remedy="Write @ as %40, / as %2F, : as %3A, # as %23; or leave the password to "
            "PGPASSWORD or ~/.pgpass.",
        )
    # libpq knows its scheme in small letters alone.
    return Address(f"{scheme}{uri[len(scheme) :]}", "postgresql")


@dataclass(frozen=True)
class Rows:
    """What is read of a database: a table, or a query.

    Parameters
    ----------
    address : Address
    table : Name, optional
    query : str, optional
    """

    address: Address
    table: Name | None = None
    query: str | None = None

    @property
    def shown(self) -> str:
        """What a person calls it."""
        what = f"table {self.table.shown}" if self.table is not None else "query"
        return f"{self.address.shown}, {what}"


def rows_of(uri: str, table: str | None, query: str | None) -> Rows:
    """Return what is to be read of a database.

    Raises
    ------
    ConfigError
        Unless either a table or a query is given.
    """
    address = address_of(uri)
    if (table is None) == (query is None):
        raise ConfigError(
            f"{address.shown}: give either a table or a query",
            place="table",
            remedy="Name a table, e.g. --table customers, or write a query, e.g. --query "
            "'select * from customers order by id'.",
        )
    if query is not None:
        # One that ends with a remark must not swallow what follows it.
        query = query.strip().rstrip(";").rstrip() + "\n"
        if not query.strip():
            raise ConfigError("the query is empty", place="query", remedy="Write select ...")
        return Rows(address, query=query)
    return Rows(address, table=name_of(table or ""))


def check_names(names: Sequence[str], rows: Rows, fold: Callable[[str], str] = str) -> None:
    """Raise where two columns have one name.

    Parameters
    ----------
    names : sequence of str
    rows : Rows
    fold : callable
        What makes those equal that the database takes for one.
    """
    seen: dict[str, str] = {}
    for name in names:
        if (key := fold(name)) in seen:
            raise ReadError(
                f"two columns are named {seen[key]!r}",
                place=rows.shown,
                remedy="Give one another name in the query: select a.id, b.id as other_id ...",
            )
        seen[key] = name
