"""The Debian package: what is in it, and that it runs where it is unpacked, without the source tree."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness import processes  # noqa: E402


def output_of(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def package():
    return ROOT / output_of(ROOT / "dev", "package").strip().splitlines()[-1]


@pytest.fixture(scope="session")
def installed(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    output_of("dpkg-deb", "-x", package, folder)
    return folder


def test_control(package):
    control = output_of("dpkg-deb", "--field", package)
    for library in ("libc6", "libssl3", "libstdc++6", "libfmt9", "libyaml-cpp0.7", "libc-ares2", "libnghttp2-14", "libsimdjson14"):
        assert library in control, control
    assert "duckdb" not in re.search(r"Depends: (.*)", control)[1]


def test_configuration_files_are_kept_on_upgrade(package):
    scratch = output_of("dpkg-deb", "--ctrl-tarfile", package, encoding="latin-1")
    assert "/etc/sluice/sluice.yaml" in scratch and "/etc/default/sluice" in scratch


def test_everything_belongs_to_root(package):
    for line in output_of("dpkg-deb", "--contents", package).splitlines():
        assert line.split()[1] == "root/root", line


def test_no_path_of_the_build(installed):
    binary = installed / "usr/bin/sluice"
    assert "$ORIGIN/../lib/sluice" in output_of("readelf", "-d", binary)
    assert str(ROOT).encode() not in binary.read_bytes()


def test_version(installed):
    assert re.search(r"\d+\.\d+\.\d+", output_of(installed / "usr/bin/sluice", "version", env={"PATH": "/usr/bin:/bin"}))


def test_the_starting_configuration_is_right(installed):
    output_of(installed / "usr/bin/sluice", "check", installed / "etc/sluice")


def test_examples_are_right(installed):
    examples = sorted(settings.parent for settings in (installed / "usr/share/sluice/examples").glob("*/sluice.yaml"))
    assert len(examples) >= 2
    for example in examples:
        output_of(installed / "usr/bin/sluice", "check", example)


def test_demo_runs_from_the_package_alone(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "SLUICE", installed / "usr/bin/sluice")
    monkeypatch.chdir(tmp_path)
    demo = processes.Program("demo", "--dir", tmp_path / "demo", "--port", "0",
                             "--management-port", "0", folder=tmp_path,
                             environment={"HOME": str(tmp_path)})
    try:
        curl = next(line for line in demo.output().replace("\\\n", " ").splitlines() if "curl " in line)
        answer = output_of("bash", "-c", curl[curl.index("curl "):] + " --silent", env=os.environ)
        assert '"usage"' in answer, answer
    finally:
        demo.signal(signal.SIGINT)
        assert demo.popen.wait(40) == 0, demo.output()


def test_the_service_is_well_formed_and_hardened(installed):
    unit = (installed / "lib/systemd/system/sluice.service").read_text()
    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "ExecStart=/usr/bin/sluice serve /etc/sluice"):
        assert line in unit
