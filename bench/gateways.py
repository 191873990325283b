"""The gateways under test. Each listens on `port`; `pids` are the processes whose time counts."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

from processes import Process, children

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


class Direct:
    """No gateway: the base of added latency."""

    name = "direct"

    def __init__(self, upstream_port):
        self.port = upstream_port
        self.pids = []

    def end(self):
        pass


class Nginx:
    name = "nginx"

    def __init__(self, core, upstream_port, port, folder):
        folder = folder / "nginx"
        folder.mkdir(parents=True)
        text = (HERE / "nginx.conf").read_text()
        for word, value in (("@DIR@", folder), ("@UPSTREAM@", upstream_port), ("@PORT@", port)):
            text = text.replace(word, str(value))
        (folder / "nginx.conf").write_text(text)
        self.port = port
        self.process = Process(core, [binary(), "-p", folder, "-c", folder / "nginx.conf"], folder / "log")
        wait_for(port)
        self.pids = children(self.process.pid)

    def end(self):
        self.process.end()


def binary():
    """nginx as installed, or unpacked by ./dev bench (installing the package would start a server)."""
    found = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
    return found or str(ROOT / ".deps/nginx/usr/sbin/nginx")


def wait_for(port, seconds=20):
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
