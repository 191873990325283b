#!/usr/bin/env python3
"""Every text that an author of a configuration can get, exactly: file, line, column, caret, remedy. A change of a text is a
change of a file here, and is seen in review.

usage: test_diagnostics.py [NAME...]     regenerates what is expected, of all cases or of those named

As a test (pytest) it compares. A new policy gets its file by tests/golden/seed.py NAME.
"""

import difflib
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases  # noqa: E402

ROOT = cases.FOLDER.parents[1]
SLUICE = Path(os.environ.get("SLUICE", ROOT / "build/release/sluice"))


@pytest.mark.parametrize("path", cases.all_cases(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_an_author_is_told(path, tmp_path):
    parts = cases.read(path)
    said = cases.check(parts, tmp_path / "c", SLUICE)
    difference = "\n".join(difflib.unified_diff(parts[cases.EXPECTED].splitlines(), said.splitlines(), "expected", "said",
                                                lineterm=""))
    assert said == parts[cases.EXPECTED], f"{difference}\nWhen that is meant: tests/golden/test_diagnostics.py {path.stem}"


def test_every_policy_has_its_mistakes():
    reference = (ROOT / "docs/reference/policies.md").read_text()
    named = set(re.findall(r"^## (\S+)$", reference, re.MULTILINE))
    have = {path.stem for path in (cases.FOLDER / "policies").glob("*.golden")}
    assert named - have == set(), "tests/golden/seed.py NAME makes the missing ones"
    assert have - named == set(), "these policies do not exist"


def main():
    names = sys.argv[1:]
    for path in cases.all_cases():
        if names and path.stem not in names:
            continue
        parts = cases.read(path)
        with tempfile.TemporaryDirectory() as folder:
            parts[cases.EXPECTED] = cases.check(parts, Path(folder) / "c", SLUICE)
        cases.write(path, parts)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
