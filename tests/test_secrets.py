"""Secrets are hidden in every text that leaves the program."""

import pytest

from dataprep import secrets
from dataprep.errors import DataprepError
from dataprep.secrets import masked, masked_all, remember, remember_of


@pytest.fixture(autouse=True)
def _forgotten():
    secrets._known.clear()
    yield
    secrets._known.clear()


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cret@db/shop",
        "could not connect to 'postgresql://me:s3cret@db:5432/shop?sslmode=require'",
        "postgresql://me:a@b:s3cret@db/shop",
        "postgresql://me:s3cret/x@db/shop",
        "host=db password=s3cret user=me",
        "host=db password='the s3cret' user=me",
        "postgresql://db/shop?user=me&password=s3cret",
        "postgresql://db/shop?sslpassword=s3cret&sslmode=require",
        "https://x/in.csv?X-Amz-Signature=s3cret&a=1",
        "https://hooks.example/x?token=s3cret",
        "az://c/x.csv?sig=s3cret",
    ],
)
def test_forms_of_secrets(text):
    """Passwords of URIs and parameters that are named like a secret are hidden."""
    assert "s3cret" not in masked(text)
    assert "***" in masked(text)


def test_what_holds_no_secret_stays():
    """Texts without secrets stay as they are."""
    for text in (
        "in/data.csv: no such file", "postgresql://me@db:5432/shop", "12:30 at me@example.org",
        "https://host:8080/in.csv?version=3", "the password is wrong", "passwords: 3",
    ):  # fmt: skip
        assert masked(text) == text


def test_what_was_remembered():
    """A secret that was seen once is hidden wherever it stands, however it is written."""
    remember_of("postgresql://me:p%40ss%2Fword@db/shop")
    for text in ("it said p@ss/word", "it said p%40ss%2Fword"):
        assert masked(text) == "it said ***"
    remember("")
    remember(None)
    remember("abc")
    assert masked("abc") == "abc"
    held = {"uri": ["a p@ss/word"], "p@ss/word": 3, "none": None}
    assert masked_all(held) == {"uri": ["a ***"], "***": 3, "none": None}
    error = DataprepError("p@ss/word", place="p@ss/word", remedy="Not p@ss/word.")
    assert str(error) == "***: ***. Not ***."
