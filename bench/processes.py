"""Processes of a measurement: pinned to a core, ended with it, and what /proc says of them."""

import os
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A program pinned to one core. `first_line` waits for its first line of output and keeps it."""

    def __init__(self, core, arguments, log, first_line=False):
        self.log = open(log, "ab")
        self.popen = subprocess.Popen(["taskset", "-c", str(core), *map(str, arguments)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE if first_line else self.log, stderr=self.log)
        self.line = self.popen.stdout.readline().decode().strip() if first_line else ""
        if first_line and not self.line:
            raise RuntimeError(f"{arguments[0]} did not start: see {log}")

    @property
    def pid(self):
        return self.popen.pid

    def end(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(20)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.log.close()


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def processor_seconds(pids):
    """User and system time of whole processes, all their threads together."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_bytes(pids):
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total
