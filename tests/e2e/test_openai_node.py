"""The current OpenAI client for Node, Azure and plain, streaming and not."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import azure, calls, processes
from harness.records import of_mark

MODULES = processes.ROOT / "build/node"
QUESTION = "Who were the founders of Microsoft?"


class Target:
    def __init__(self, demo, kind):
        self.records = demo.records
        self.mark = calls.mark()
        base = f"{demo.gateway}/{azure.INSTANCE_2}/{self.mark}" if kind == "azure" else f"{demo.gateway}/openai/v1"
        self.options = {"kind": kind, "base": base, "token": demo.azure.application_token(), "project": self.mark,
                        "model": calls.DEPLOYMENT, "version": calls.NEW_VERSION, "question": QUESTION}

    def call(self, **more):
        script = MODULES / "calls.mjs"  # beside node_modules, where Node looks for packages
        shutil.copy(Path(__file__).parent / "node/calls.mjs", script)
        done = subprocess.run(["node", script, json.dumps(self.options | more)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def rows(self, count=1):
        return self.records.wait_for(f"SELECT * FROM exchanges WHERE {of_mark(self.mark)} ORDER BY time", count)


@pytest.fixture(params=["azure", "plain"])
def target(request, demo, plain_demo):
    return Target(demo if request.param == "azure" else plain_demo, request.param)


def test_chat(target):
    answer = target.call()
    [row] = target.rows()
    assert row["total_tokens"] == answer["usage"]["total_tokens"]
    assert (row["streamed"], row["outcome"]) == (False, "complete")


def test_chat_stream(target):
    whole = target.call()
    target.rows()
    stream = target.call(stream=True)
    assert stream["text"] == whole["text"]
    assert stream["usage"] is None
    assert stream["chunks"] > 3
    row = target.rows(count=2)[1]
    assert row["total_tokens"] == whole["usage"]["total_tokens"]
    assert (row["streamed"], row["outcome"]) == (True, "complete")


def test_chat_stream_with_usage(target):
    stream = target.call(stream=True, more={"stream_options": {"include_usage": True}})
    assert target.rows()[0]["total_tokens"] == stream["usage"]["total_tokens"]
