#!/usr/bin/env python3
"""Holds layers.txt: which folder of src/ may include which. Prints every include that breaks a rule; exit 1 if any.

usage: check_layers.py [ROOT]
"""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


class Rules:
    """layers.txt, read: rows (folder -> row number), `only` (seen folder -> who may), `isolated` folders."""

    def __init__(self, text):
        self.row = {}
        self.only = {}
        self.isolated = set()
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split("#")[0].strip()
            if line:
                self.read_line(line, number)

    def read_line(self, line, number):
        if match := re.fullmatch(r"(\d+):((?:\s+\w+)+)", line):
            for folder in match[2].split():
                if folder in self.row:
                    raise ValueError(f"layers.txt:{number}: {folder} is in two rows")
                self.row[folder] = int(match[1])
        elif match := re.fullmatch(r"only\s+(\w+):((?:\s+\w+)+)", line):
            self.only[match[1]] = set(match[2].split())
        elif match := re.fullmatch(r"isolated\s+(\w+)", line):
            self.isolated.add(match[1])
        else:
            raise ValueError(f"layers.txt:{number}: not a rule: {line}")

    def breach(self, source, included):
        """Why the file `source` may not include `included` (both relative to src/), or None."""
        source_parts, included_parts = source.split("/"), included.split("/")
        user, used = source_parts[0], included_parts[0]
        if len(included_parts) == 1:
            return "includes name their folder: \"folder/file.h\""
        if used not in self.row:
            return f"{used} is in no row of layers.txt"
        if user == used:
            return self.isolation_breach(source_parts, included_parts)
        if self.row[used] >= self.row[user]:
            return f"{user} (row {self.row[user]}) may not include {used} (row {self.row[used]})"
        if used in self.only and user not in self.only[used]:
            return f"only {', '.join(sorted(self.only[used]))} may include {used}"
        return None

    def isolation_breach(self, source_parts, included_parts):
        folder = source_parts[0]
        if folder not in self.isolated or len(source_parts) < 3:
            return None  # not isolated, or a file of the folder itself, such as its list of all
        if len(included_parts) < 3 or included_parts[1] == source_parts[1]:
            return None  # what they all share, or its own
        return f"{folder}/{source_parts[1]} may not include {folder}/{included_parts[1]}: each stands alone"


def check(root):
    rules = Rules((root / "layers.txt").read_text())
    src = root / "src"
    problems = [
        f"src/{folder.name}: in no row of layers.txt"
        for folder in sorted(src.iterdir())
        if folder.is_dir() and any(folder.iterdir()) and folder.name not in rules.row
    ]
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        source = path.relative_to(src).as_posix()
        if source.split("/")[0] not in rules.row:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if match := INCLUDE.match(line):
                if reason := rules.breach(source, match[1]):
                    problems.append(f"src/{source}:{number}: {match[1]}: {reason}")
    return problems


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    problems = check(root)
    print("\n".join(problems) if problems else "every include keeps to layers.txt")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
