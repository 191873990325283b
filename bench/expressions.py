#!/usr/bin/env python3
"""Policy expressions, by Sluice and compiled as C# on mono: nanoseconds of one evaluation, and what it takes from the heap.

usage: expressions.py [--build DIR] [--seconds S] [--write]

--write puts the table into bench/RESULTS.md. Needs expression_bench of a release build; without mono (packages mono-mcs,
mono-runtime, libnewtonsoft-json5.0-cil) the column of C# stays empty. Both evaluate the same cases (bench/expressions) over
the same fixture, each evaluation parsing the bodies that it asks for; results are compared.
"""

import argparse
import base64
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import results

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "bench/expressions"
HEADING = "## Expressions"
USINGS = ("System", "System.Collections.Generic", "System.Linq", "System.Security.Cryptography", "System.Text",
          "System.Text.RegularExpressions", "Newtonsoft.Json.Linq")
# Debian's Newtonsoft.Json, which is a dependency of nothing else.
NEWTONSOFT = Path("/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll")


def sluice(build, seconds):
    """Name -> (nanoseconds, allocations)."""
    told = subprocess.run(pinned(build / "src/expression_bench", f"--benchmark_min_time={seconds}",
                                 "--benchmark_repetitions=5", "--benchmark_format=json"), check=True, capture_output=True)
    figures = {}
    for run in json.loads(told.stdout)["benchmarks"]:
        if run["run_type"] != "iteration" or "allocations" not in run:
            continue
        name = run["run_name"]
        best = min(run["cpu_time"], figures.get(name, (float("inf"), 0))[0])
        # What an arena takes beyond its first piece is not the evaluation's: an exchange has its own already.
        figures[name] = (best, max(0, round(run["allocations"] - run["arena_blocks"], 1)))
    return figures


def pinned(*command):
    return ["taskset", "-c", str(os.cpu_count() - 1), *map(str, command)]


def as_method(number, source):
    """A case as a C# method of its own."""
    inner = source.strip()[2:-1]
    body = inner if source.startswith("@{") else f"return (object)({inner});"
    return f"    static object Case{number}(IContext context) {{ {body} }}\n"


def csharp(cases):
    """(nanoseconds, result) of each case, or nothing where there is no mono."""
    if shutil.which("mcs") is None or shutil.which("mono") is None or not NEWTONSOFT.exists():
        return None
    methods = "".join(as_method(i, case["source"]) for i, case in enumerate(cases))
    names = ", ".join(f"Case{i}" for i in range(len(cases)))
    text = "".join(f"using {name};\n" for name in USINGS)
    text += f"public static class Cases\n{{\n    public static readonly Case[] All = {{ {names} }};\n{methods}}}\n"
    with tempfile.TemporaryDirectory(prefix="sluice-expressions-") as folder:
        generated, program = Path(folder) / "Cases.cs", Path(folder) / "cases.exe"
        generated.write_text(text)
        shutil.copy(NEWTONSOFT, folder)
        subprocess.run(["mcs", "-optimize+", "-nowarn:1701", f"-r:{NEWTONSOFT}", f"-out:{program}", generated,
                        FOLDER / "Harness.cs"], check=True)
        told = subprocess.run(pinned("mono", program, FOLDER / "fixture.json"), check=True, capture_output=True, text=True)
    lines = [line.split("\t") for line in told.stdout.splitlines()]
    return [(float(time), base64.b64decode(result).decode()) for time, result in lines]


def evaluated(build, source):
    """What Sluice gives, as text."""
    told = subprocess.run([build / "sluice", "eval", "--fixture", FOLDER / "fixture.json", source], check=True,
                          capture_output=True, text=True)
    value = json.loads(told.stdout)["value"]
    return str(value) if not isinstance(value, bool) else str(value)


def different(build, cases, compiled):
    """Names of cases of which the two give different texts. Newtonsoft's line ends are the system's."""
    wrong = []
    for case, (_, theirs) in zip(cases, compiled):
        if evaluated(build, case["source"]).replace("\r\n", "\n") != theirs.replace("\r\n", "\n"):
            wrong.append(case["name"])
    return wrong


def processor():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found.group(1).strip() if found else platform.processor()


def version_of_mono():
    told = subprocess.run(["mono", "--version"], capture_output=True, text=True).stdout
    return re.search(r"version (\S+)", told).group(1)


def table(cases, ours, theirs):
    rows = ["| expression | Sluice, ns | heap allocations | C# on mono, ns | mono / Sluice |", "| --- | ---: | ---: | ---: | ---: |"]
    for i, case in enumerate(cases):
        time, allocations = ours[f"{case['group']}/{case['name']}"]
        row = [f"{case['group']}: {case['name']}", f"{time:.0f}", f"{allocations:g}", "", ""]
        if theirs is not None:
            row[3:] = [f"{theirs[i][0]:.0f}", f"{theirs[i][0] / time:.1f}"]
        rows.append("| " + " | ".join(row) + " |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--seconds", default="0.1")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    cases = json.loads((FOLDER / "cases.json").read_text())
    ours, theirs = sluice(arguments.build, arguments.seconds), csharp(cases)
    wrong = [] if theirs is None else different(arguments.build, cases, theirs)
    if wrong:
        raise SystemExit(f"Sluice and C# give different results: {', '.join(wrong)}")
    introduction = f"""One evaluation of a compiled expression, bodies parsed each time: the sample policy's expressions, and twenty typical
ones (`bench/expressions`). Beside them the same source compiled by mcs and run by mono {version_of_mono() if theirs else ""}, with a context
of plain objects; both gave the same results. Processor time, best of five runs each. An allocation is any call of malloc; the signature's
are OpenSSL's own.

{datetime.date.today()}, {processor()}. `./dev bench expressions --write`

"""
    text = f"{HEADING}\n\n" + introduction + table(cases, ours, theirs)
    print(text)
    if arguments.write:
        results.replace_section(HEADING, text)


if __name__ == "__main__":
    main()
