"""One demo for the tests that only call it. Tests that kill, reload or starve a gateway start their own (harness.site)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import azure, calls, processes, records  # noqa: E402
from harness.site import Site  # noqa: E402


class Demo:
    """`sluice demo`, called as a newcomer would call it."""

    def __init__(self, folder, *arguments):
        self.folder = folder / "demo"
        self.program = processes.Program("demo", *arguments, "--dir", self.folder, "--port", "0",
                                         "--management-port", "0", folder=folder)
        ready = self.program.ready
        self.gateway = ready["gateway"]
        self.management = ready["management"]
        self.azure = azure.Azure(ready)
        self.records = records.Records(ready["store"])

    def caller(self, token=None):
        return calls.Caller(self.gateway, token)

    def printed_commands(self, mark):
        """Lines of the demo's output with `mark` in them, joined at their backslashes, as they would be pasted in a shell."""
        lines = [line.strip() for line in self.program.output().replace("\\\n", " ").splitlines()]
        found = [line for line in lines if mark in line]
        assert found, self.program.output()
        return found

    def printed_snippet(self):
        """The Python snippet of the demo's output, without its indentation."""
        lines = self.program.output().splitlines()
        begin = next(i for i, line in enumerate(lines) if line.strip() == "from azure.identity import InteractiveBrowserCredential")
        indent = len(lines[begin]) - len(lines[begin].lstrip())
        end = next(i for i, line in enumerate(lines[begin:], begin) if line.strip() == "print(response)")
        return "\n".join(line[indent:] for line in lines[begin:end + 1]) + "\n"


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    started = Demo(tmp_path_factory.mktemp("demo"))
    yield started
    assert started.program.stop() == 0, started.program.output()


@pytest.fixture(scope="session")
def plain_demo(tmp_path_factory):
    """The second sample, for tools that know only OpenAI."""
    started = Demo(tmp_path_factory.mktemp("plain-demo"), processes.EXAMPLES / "openai-v1")
    yield started
    assert started.program.stop() == 0, started.program.output()


@pytest.fixture(scope="session")
def application_token(demo):
    return demo.azure.application_token()


@pytest.fixture
def site(tmp_path):
    """A gateway and a simulator of the test's own."""
    made = Site(tmp_path)
    yield made
    made.end()


@pytest.fixture
def application(demo, application_token):
    """A caller that is an application with the role."""
    caller = demo.caller(application_token)
    yield caller
    caller.close()
