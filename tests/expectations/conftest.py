"""Tables and suites that the tests of expectations share."""

import pytest


@pytest.fixture
def suite():
    """Make a suite of expectations: ``suite(("column_to_exist", {"column": "a"}))``."""
    from dataprep.expectations.suites import suite_from

    def made(*listed, **keys):
        expectations = [
            {"type": f"expect_{one[0]}", "kwargs": one[1], **(one[2] if len(one) > 2 else {})}
            for one in listed
        ]
        return suite_from({"name": "s", "expectations": expectations, **keys})

    return made
