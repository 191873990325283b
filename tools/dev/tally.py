"""Adds up what the stages of ./dev test left in the results folder, and prints "N passed, N failed" as the last line.

usage: tally.py RESULTS FAILED_STEPS

GoogleTest binaries are counted by their cases (NAME.json), other programs that ctest ran as one test each (ctest.xml),
pytest by its cases (pytest.xml). A program that failed without saying which case, and a failed step that left no
report, count as one failure. Exit 1 when anything failed, or when nothing ran.
"""

import json
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def gtest_cases(report):
    data = json.loads(report.read_text())
    return data["tests"] - data["disabled"], data["failures"]


def ctest_tree(folder):
    """(passed, failed, names) of one build tree."""
    passed, failed, names = 0, 0, []
    for case in xml.parse(folder / "ctest.xml").iter("testcase"):
        name, is_good = case.get("name"), case.get("status") == "run"
        total, bad = 1, 0
        for report in (folder / f"{name}_test.json", folder / f"{name}.json"):
            if report.exists():
                total, bad = gtest_cases(report)
        if not is_good:
            bad = max(bad, 1)
            names.append(f"{folder.name}: {name}")
        passed, failed = passed + total - min(bad, total), failed + bad
    return passed, failed, names


def pytest_report(folder):
    passed, failed, names = 0, 0, []
    for case in xml.parse(folder / "pytest.xml").iter("testcase"):
        if any(case.find(kind) is not None for kind in ("failure", "error", "skipped")):
            failed += 1
            names.append(f"{folder.name}: {case.get('classname')}.{case.get('name')}")
        else:
            passed += 1
    return passed, failed, names


def main():
    results, failed_steps = Path(sys.argv[1]), int(sys.argv[2])
    passed, failed, names = 0, 0, []
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        for report, read in (("ctest.xml", ctest_tree), ("pytest.xml", pytest_report)):
            if (folder / report).exists():
                more_passed, more_failed, more_names = read(folder)
                passed, failed, names = passed + more_passed, failed + more_failed, names + more_names
    for name in names:
        print(f"failed: {name}")
    failed = max(failed, failed_steps)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
