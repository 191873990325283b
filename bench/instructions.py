#!/usr/bin/env python3
"""User-space instructions per request of the whole sample policy, by callgrind: what timings on a shared machine cannot
gate. One connection, closed loop; the difference of two run lengths leaves start and end out; the instruction set is
fixed, so that the figure does not depend on the machine.

usage: instructions.py [--write]      --write puts the figure into bench/instructions.json

tests/gate holds the committed figure: a change may not add more than 3 % to it.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from gateways import ROOT, Sluice
from processes import Process
from scenario import Request

BUILD = ROOT / "build/release"
FIGURE = ROOT / "bench/instructions.json"
SHORT, LONG = 1000, 5000
PATH = "/dev-openai-instance-1/bench/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-10-21"
# The x86-64 baseline with SSE4.2 for every library that chooses by processor.
FIXED = {"SIMDJSON_FORCE_IMPLEMENTATION": "westmere", "OPENSSL_ia32cap": "~0x200000000000000:0",
         "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM"}
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=no"]


def instructions(folder, count):
    """Of one run with `count` requests."""
    upstream = Process(0, [BUILD / "bench/bench_upstream"], folder / "upstream-log", first_line=True)
    os.environ.update(FIXED)
    gateway = Sluice(os.cpu_count() - 1, 0, int(upstream.line.split()[1]), 0, folder, BUILD / "sluice", wrapper=CALLGRIND)
    try:
        ask(gateway.port, Request(PATH, gateway.token()), count)
    finally:
        gateway.end()
        upstream.end()
    log = (folder / "sluice/log").read_text(errors="replace")
    return int(re.findall(r"Collected : (\d+)", log)[-1])


def ask(port, request, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for _ in range(count):
        connection.request("POST", request.path, request.body, request.headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def measure():
    totals = []
    for count in (SHORT, LONG):
        folder = Path(tempfile.mkdtemp(prefix="sluice-instructions-"))
        totals.append(instructions(folder, count))
        shutil.rmtree(folder)
    return round((totals[1] - totals[0]) / (LONG - SHORT))


def committed():
    return json.loads(FIGURE.read_text())["sample policy"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    figure = measure()
    print(f"{figure} instructions per request")
    if arguments.write:
        FIGURE.write_text(json.dumps({"sample policy": figure}, indent=2) + "\n")


if __name__ == "__main__":
    main()
