"""Values in the forms that people and their programs write them in; their text has to stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from corpus.draft import Draft

Form = Callable[[str], str]


def thousands(text: str) -> str:
    """Write 12345.60 as 12,345.60."""
    return f"{float(text):,.2f}"


def decimal_comma(text: str) -> str:
    """Write 12.5 as 12,5."""
    return text.replace(".", ",")


def continental(text: str) -> str:
    """Write 12345.60 as 12.345,60."""
    return thousands(text).translate(str.maketrans(",.", ".,"))


def scientific(text: str) -> str:
    """Write 12.5 as 1.25e+01."""
    return f"{float(text):.6e}"


def day_first(text: str) -> str:
    """Write 2024-05-31 as 31/05/2024."""
    return date.fromisoformat(text).strftime("%d/%m/%Y")


def inside(draft: Draft, columns: tuple[str, ...], form: Form) -> None:
    """Write the columns of a draft in another form, where it has them."""
    for name in columns:
        if name in draft.clean.header:
            j = draft.clean.header.index(name)
            for record in draft.records:
                record[j] = form(record[j]) if record[j] else ""


def way(form: Form, *columns: str) -> Callable[[Draft], None]:
    """Return a damage that writes columns in another form."""
    return lambda draft: inside(draft, columns, form)


NUMERIC = ("price", "turnover", "temperature", "humidity")
WAYS: dict[str, tuple[Callable[[Draft], None], tuple[str, ...]]] = {
    "thousands": (way(thousands, "turnover"), ("orders",)),
    "decimal comma": (way(decimal_comma, *NUMERIC), ("orders", "sensors")),
    "thousands and decimal comma": (way(continental, "turnover"), ("orders",)),
    "currency": (way(lambda text: f"${text}", "price", "turnover"), ("orders",)),
    "euro behind": (way(lambda text: f"{text} €", "price", "turnover"), ("orders",)),
    "percent": (way(lambda text: f"{text}%", "humidity"), ("sensors",)),
    "leading plus": (way(lambda text: f"+{text.lstrip('+')}", "price"), ("orders",)),
    "scientific": (way(scientific, *NUMERIC), ("orders", "sensors")),
    "day first": (way(day_first, "date"), ("orders",)),
    "booleans in words": (way({"true": "yes", "false": "no"}.__getitem__, "paid"), ("orders",)),
}
"""By name: what is done, and the tables that it can be done to."""
