"""The sluice binary as a user starts it. Every program writes its addresses to a ready file and is ended with its test."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SLUICE = Path(os.environ.get("SLUICE", ROOT / "build/release/sluice"))
EXAMPLES = Path(os.environ.get("SLUICE_EXAMPLES", ROOT / "examples"))


def until(true, seconds=30, what="it"):
    """Polls `true` until it gives something; the value. For what another process does in its own time."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


class Program:
    """`sluice ARGUMENTS --ready-file F`, ready when its constructor returns. `ready` is what the ready file says."""

    def __init__(self, *arguments, folder, environment=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, ready = tempfile.mkstemp(suffix=".json", dir=self.folder)
        os.close(handle)
        os.unlink(ready)
        self.log = self.folder / f"{arguments[0]}.log"
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen([SLUICE, *map(str, arguments), "--ready-file", ready],
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=os.environ | (environment or {}))
        try:
            self.ready = until(lambda: self._read(ready), what=f"start of {arguments[0]}")
        except BaseException:
            self.kill()
            raise

    def _read(self, ready):
        if self.popen.poll() is not None:
            raise AssertionError(f"ended with {self.popen.returncode}:\n{self.output()[-2000:]}")
        return json.loads(Path(ready).read_text()) if Path(ready).exists() else None

    @property
    def pid(self):
        return self.popen.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def children(self):
        found = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def resident_bytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()

    def stop(self):
        """Ctrl-C, and what it ended with."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
            try:
                self.popen.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"did not end on Ctrl-C:\n{self.output()}") from None
        return self.popen.returncode


def running(word):
    """Process ids of sluice programs with `word` in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode(errors="replace")
        except OSError:
            continue  # gone meanwhile
        if "sluice" in command and str(word) in command:
            found.append(int(path.parent.name))
    return found


def run(*arguments, timeout=60, **options):
    """A sluice command that ends by itself."""
    return subprocess.run([SLUICE, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)
