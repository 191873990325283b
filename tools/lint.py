#!/usr/bin/env python3
"""House rules that no compiler checks: what bit us once, or what STYLE.md promises. Each rule has its cases in
tests/lint_test.py. Prints file:line: rule: why; exit 1 if anything was found.

usage: lint.py [FILE...]   (default: every file git knows)

A line may be excused with a comment `lint: allow RULE, because ...`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE_AIM, LINE_LIMIT = 600, 1000


def is_cpp(path):
    return path.endswith((".cc", ".h"))


def is_test(path):
    return path.startswith("tests/") or path.endswith(("_test.cc", "_test.py", "_fuzz.cc", "_bench.cc"))


def product_cpp(path):
    return is_cpp(path) and path.startswith("src/")


class Rule:
    """Something refused in the files that `applies` picks: a pattern, or a function from text to offsets. Comments and
    strings are blanked first in C++ unless `raw`. What spans lines is reported where it starts."""

    def __init__(self, name, pattern, why, applies, raw=False):
        self.name = name
        self.find = pattern if callable(pattern) else lambda text: [m.start() for m in re.finditer(pattern, text, re.M)]
        self.why = why
        self.applies = applies
        self.raw = raw


def awaited_temporaries(text):
    """Offsets of `co_await f(...)` with a braced list or `Type{...}` among the arguments, at any depth but inside a
    lambda's body."""
    for match in re.finditer(r"\bco_await\s+[\w:.>\-]*", text):
        depth, at = 0, match.end()
        while at < len(text) and not (depth == 0 and text[at] in ";{})"):
            if text[at] in "([":
                depth += 1
            elif text[at] in ")]":
                depth -= 1
            elif text[at] == "{" and re.search(r"[(,]\s*$|[A-Za-z_]\w*(?:<[^;]*>)?$", text[max(0, at - 80):at]):
                yield match.start()
                break
            elif text[at] in "{;":
                break
            at += 1


# Spelled in pieces so that this file passes its own rules.
HOSTS = "|".join([r"registry\.npm" + r"js\.org", r"pypi\." + r"org", r"files\.python" + r"hosted\.org",
                  r"registry\.yarn" + r"pkg\.com", r"repo\.maven\." + r"apache\.org", r"crates\." + r"io"])
WORDS = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"])
MACHINE_PATHS = r"(?<![\w.$}])/(?:work|root|home/\w+)/"

RULES = [
    Rule("awaited-temporary", awaited_temporaries,
         "GCC 12 destroys a braced temporary in an awaited call twice: name a local and move it", is_cpp),
    Rule("awaited-choice", r"\?\s*co_await\b",
         "GCC 12 destroys the result of a co_await between ? and : twice: write if and else", is_cpp),
    Rule("coroutine-lambda", r"\[[^\]\n]*[\w&=][^\]\n]*\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?[^;{}()]*\{[^{}]*\bco_(?:await|return|yield)\b",
         "a capturing lambda coroutine outlives its captures: make it a named function", is_cpp),
    Rule("raw-clock", r"\b(?:system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\s*\(|\bgettimeofday\s*\("
         r"|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&)", "take a Clock (base/clock.h)",
         lambda path: product_cpp(path) and not path.startswith("src/base/")),
    Rule("throw", r"\bthrow\b", "return a Result; third-party exceptions are caught where they arise", product_cpp),
    Rule("iostream", r"#\s*include\s*<iostream>", "static constructors and locale: use fmt or base/log.h", is_cpp),
    Rule("sleep", r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.])sleep\s*\(",
         "waiting is not synchronisation: wait for the event, or drive a ManualClock",
         lambda path: is_cpp(path) and (product_cpp(path) or is_test(path))),
    Rule("vague-name", r"\b(?:class|struct)\s+\w*(?:Utils?|Manager|Helpers?)\b", "name what it does", product_cpp),
    Rule("left-over", rf"\b(?:{WORDS})\b", "finish it, or open an issue", lambda path: True, raw=True),
    Rule("registry-host", rf"\b(?:{HOSTS})\b", "leave the registry to its client's configuration", lambda path: True,
         raw=True),
    Rule("machine-path", MACHINE_PATHS, "an absolute path of one machine", lambda path: True, raw=True),
]


def blank(text):
    """C++ with the contents of comments and string literals replaced by spaces; line breaks stay."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)

    def replace(match):
        found = match[0]
        edge = found[0] if found[0] in "\"'" else ""
        inner = found[len(edge):len(found) - len(edge)] if edge else found
        return edge + re.sub(r"[^\n]", " ", inner) + edge

    return token.sub(replace, text)


def excused(lines, number, name):
    return any(f"lint: allow {name}" in lines[n] for n in (number - 1, number - 2) if 0 <= n < len(lines))


def length_problem(path, lines):
    if not is_cpp(path) and not path.endswith((".py", ".sh")):
        return None
    limit = LINE_AIM * (2 if is_test(path) else 1)
    if len(lines) > min(limit, LINE_LIMIT) and "lint: allow length" not in "\n".join(lines[:10]):
        return f"{path}:1: length: {len(lines)} lines; split it (limit {min(limit, LINE_LIMIT)})"
    if len(lines) > LINE_LIMIT:
        return f"{path}:1: length: {len(lines)} lines; no file passes {LINE_LIMIT}"
    return None


def check_text(path, text):
    lines = text.splitlines()
    problems = [length_problem(path, lines)]
    blanked = blank(text) if is_cpp(path) else text
    for rule in RULES:
        if not rule.applies(path):
            continue
        for offset in rule.find(text if rule.raw else blanked):
            number = text.count("\n", 0, offset) + 1
            if not excused(lines, number, rule.name):
                problems.append(f"{path}:{number}: {rule.name}: {rule.why}")
    return [problem for problem in problems if problem]


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, check=True)
    return [name for name in listing.stdout.decode().split("\0") if name]


def readable(path):
    """Its text; None for what is not ours to read: binary files and inputs of fuzzers."""
    if path.startswith("tests/fuzz/corpus/") or not (ROOT / path).is_file():
        return None
    data = (ROOT / path).read_bytes()
    return None if b"\0" in data else data.decode(errors="replace")


def main():
    problems = []
    for path in sys.argv[1:] or tracked_files():
        text = readable(path)
        if text is not None:
            problems += check_text(path, text)
    print("\n".join(problems) if problems else "the house rules hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
