"""One database in memory serves all frames of a process, and no child waits for its threads."""

import subprocess
import sys

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from dataprep.engines import registered
from dataprep.engines.registered import asked_in_sql, connected


def frame(*values):
    return nw.from_native(pa.table({"x": list(values)}), eager_only=True)


def test_two_frames_are_asked_at_once():
    """A frame is seen by its own questions alone, and by none after them."""
    with asked_in_sql(frame(1, 2)) as first, asked_in_sql(frame(5)) as second:
        assert first("select sum(x) from given").fetchall() == [(3,)]
        assert second("select sum(x) from given").fetchall() == [(5,)]
    with connected() as connection, pytest.raises(duckdb.CatalogException):
        connection.sql("select * from given")


def test_a_database_that_is_broken_is_replaced():
    """After a fatal error, which breaks a database for good, the next question gets a new one."""
    with connected():
        broken = registered._database()
    with pytest.raises(duckdb.FatalException), connected():
        raise duckdb.FatalException("broken")
    assert registered._database() is not broken


@pytest.mark.skipif(not hasattr(registered.os, "fork"), reason="this system has no fork")
def test_a_forked_child_asks_and_ends():
    """A child has no threads of its parent's database: it asks one of its own, and ends."""
    script = (
        "import os, sys\n"
        "from dataprep.engines.registered import connected\n"
        "def ask():\n"
        "    with connected() as connection:\n"
        "        return connection.sql('select count(*) from range(1000000)').fetchall()\n"
        "found = ask()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit(7 if ask() == found else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 7
