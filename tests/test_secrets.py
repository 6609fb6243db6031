"""Secrets are hidden in every text that leaves the program."""

import pytest

import dataprep as dp
from dataprep import cli, secrets
from dataprep.errors import ConfigError, DataprepError
from dataprep.jobs.batch import logs
from dataprep.jobs.batch.job import read_job
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
        "https://x/in.csv?api-key=s3cret",
        "https://x/in.csv?access-token=s3cret&a=1",
        "https://x/in.csv?x-api-key=s3cret",
        "https://x/in.csv?a=1&key=s3cret",
        "https://x/f?code=s3cret==",
        "https://s3cret@host/x",
        "https://s3cret:x-oauth-basic@host/x",
        "could not run: PGPASSWORD=s3cret psql",
        "AWS_SECRET_ACCESS_KEY=s3cret",
        "AZURE_STORAGE_ACCOUNT_KEY=s3cret;",
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
        "output.key=[id]", "exit code=3", "compass=north", "tokens=5",
        "https://host/in.csv?mail=me@example.org",
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
    assert masked_all(held) == {"uri": ["a ***"], "p@ss/word": 3, "none": None}
    error = DataprepError("p@ss/word", place="p@ss/word", remedy="Not p@ss/word.")
    assert str(error) == "***: ***. Not ***."


def test_a_password_that_is_a_common_word():
    """It is hidden by itself, not in longer words, nor where a program reads it again."""
    remember_of("postgresql://me:customer@db/shop")
    told = "columns gone: customer_id, customers; FATAL: customer is no password"
    assert masked(told) == told.replace("customer is", "*** is")
    assert masked("'customer'") == "'***'"
    summary = {"columns_in": {"customer": "customer"}, "notes": ["customer"]}
    kept = {"columns_in": {"customer": "customer"}, "notes": ["***"]}
    assert masked_all(summary, but=["columns_in"]) == kept


def test_errors_of_a_command_hide_secrets_in_json_too(capfd):
    """An unexpected error goes through no error of ours: the command itself hides what it holds."""
    remember("s3cret")
    logs.start_logging("json", quiet=True)
    try:
        cli._say("unexpected KeyError: s3cret")
    finally:
        logs.stop_logging()
    assert "KeyError: ***" in capfd.readouterr().err


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ro:my H1dden@127.0.0.1:1/shop",
        "postgresql://ro:p@H1dden@127.0.0.1:1/shop",
        "postgresql://ro:p@ss:H1dden@127.0.0.1:1/shop",
        "postgresql://ro:x@H1?H1dden@127.0.0.1:1/shop",
        "postgresql://ro:x/H1dden@127.0.0.1:1/shop",
        "postgresql://ro:x#H1dden@127.0.0.1:1/shop",
        "postgresql://ro@127.0.0.1:1/shop?password=x;H1dden",
    ],
)
def test_a_uri_whose_password_ends_early_is_refused(refused, uri):
    """No driver sees it, for its words would show the rest; the remedy is to write percents."""
    refused("clean", uri, "--table", "t", "-o", "out.csv", code=2, says=["***", "@ as %40"])
    with pytest.raises(ConfigError) as told:
        dp.read(uri, table="t")
    assert "H1dden" not in str(told.value)


def test_an_address_is_no_place_for_the_output_of_a_job(tmp_path):
    """It would become a folder of that name, and nothing would reach the store."""
    (tmp_path / "in.csv").write_text("a\n1\n")
    (tmp_path / "job.yaml").write_text(
        "source: {path: in.csv}\noutput: {path: 's3://b/out'}\nstages: [impute]\n"
    )
    with pytest.raises(ConfigError, match=r"line 2: output\.path: 's3://b/out' is an address"):
        read_job(tmp_path / "job.yaml")


def test_a_blank_ends_no_password_of_an_address(refused):
    """What follows it is of the password, up to the next parameter."""
    url = "https://h.example/x.csv?password=x1 H1dden&v=1"
    refused("clean", url, "--table", "t", "-o", "out.csv", code=2, says="password=***&v=1")
