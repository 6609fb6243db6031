"""The examples of the documents run, and the reference is not stale."""

import doctest
import os
import re
from pathlib import Path

import pytest

from dataprep.report.reference import reference

ROOT = Path(__file__).parent.parent


PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md") if ">>> " in path.read_text())


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_guide_page_give_what_it_says(name, monkeypatch):
    """Every example of a guide page gives what the page says."""
    monkeypatch.chdir(ROOT)
    results = doctest.testfile(
        os.fspath(ROOT / "docs" / name),
        module_relative=False,
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )
    assert results.attempted > 5
    assert results.failed == 0


@pytest.mark.filterwarnings("ignore:smote:UserWarning")
def test_the_python_examples_of_the_readme_run(tmp_path, monkeypatch):
    """The Python blocks of the README run as they stand, one after the other."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len(blocks) == 3
    names: dict = {}
    for block in blocks:
        exec(block, names)  # noqa: S102 - the project's own README
    assert len(names["result"].data) == 4
    assert (tmp_path / "pipeline.json").exists()
    assert names["y"].tolist() == [0, 1, 0, 0, 1, 1]
    assert len(names["sampler"].provenance_) == 1
    assert names["rows"].cardinality() == 2
    assert set(names["before"].input) == {"age", "plan"}


def test_the_reference_of_the_stages_is_not_stale():
    """docs/stages.md is what the stages' own declarations give."""
    assert (ROOT / "docs" / "stages.md").read_text(encoding="utf-8") == reference()


if __name__ == "__main__":
    (ROOT / "docs" / "stages.md").write_text(reference(), encoding="utf-8")
