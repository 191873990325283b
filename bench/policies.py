#!/usr/bin/env python3
"""Policies at run time: nanoseconds and heap allocations of ten plain policies in a row, of rate-limit-by-key, and of
choosing a member of a pool.

usage: policies.py [--build DIR] [--seconds S] [--write]

--write puts the table into bench/RESULTS.md. Needs pipeline_bench and backend_pool_bench of a release build. The cost of
the exchange that policies run in is measured too, and taken off.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
from pathlib import Path

import results

ROOT = Path(__file__).resolve().parent.parent
HEADING = "## Policies"
NAMES = {"tenPlainPolicies": "ten plain policies", "rateLimitByKey": "rate-limit-by-key"}
POOLS = {"choose/2/0": "2 members of equal weight", "choose/5/1": "5 weighted members",
         "choose/30/1": "30 weighted members", "chooseAndReport": "30 weighted members, and the call's end reported"}


def measured(program, seconds):
    """Name -> (nanoseconds, allocations if counted), the best of five."""
    command = ["taskset", "-c", str(os.cpu_count() - 1), program, f"--benchmark_min_time={seconds}",
               "--benchmark_repetitions=5", "--benchmark_format=json"]
    told = subprocess.run(list(map(str, command)), check=True, capture_output=True)
    figures = {}
    for run in json.loads(told.stdout)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if run.get("error_occurred"):
            raise SystemExit(f"{run['run_name']}: {run['error_message']}")
        known = figures.get(run["run_name"], (float("inf"), 0))
        figures[run["run_name"]] = (min(run["cpu_time"], known[0]), run.get("allocations"))
    return figures


def processor():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found.group(1).strip() if found else platform.processor()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--seconds", default="0.1")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    figures = measured(arguments.build / "src/pipeline_bench", arguments.seconds)
    pools = measured(arguments.build / "src/backend_pool_bench", arguments.seconds)
    floor = figures["nothing"][0]
    rows = ["| an exchange's | ns | heap allocations |", "| --- | ---: | ---: |"]
    rows += [f"| {title} | {figures[name][0] - floor:.0f} | {figures[name][1]:.2g} |" for name, title in NAMES.items()]
    members = ["| a member chosen of | ns |", "| --- | ---: |"]
    members += [f"| {title} | {pools[name][0]:.0f} |" for name, title in POOLS.items()]
    text = f"""{HEADING}

Compiled policies of an inbound section, run by the driver (`src/policies/pipeline_bench.cc`): set-variable, choose,
check-header, ip-filter, two set-headers, set-query-parameter, rewrite-uri, set-backend-service and set-method, four of their values
expressions; and one rate-limit-by-key with the caller's address as key. The exchange without policies ({floor:.0f} ns) is
taken off. Processor time, best of five runs. An allocation is any call of malloc.
Below it what choosing a member of a pool takes of each request to one (`src/upstream/backend_pool_bench.cc`).

{datetime.date.today()}, {processor()}. `./dev bench policies --write`

""" + "\n".join(rows + [""] + members) + "\n"
    print(text)
    if arguments.write:
        results.replace_section(HEADING, text)


if __name__ == "__main__":
    main()
