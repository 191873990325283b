"""The current OpenAI client for Node, Azure and plain, streaming and not."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import azure, calls, processes

MODULES = processes.ROOT / "build/node"


def node(**options):
    script = MODULES / "calls.mjs"  # beside node_modules, where Node looks for packages
    shutil.copy(Path(__file__).parent / "node/calls.mjs", script)
    done = subprocess.run(["node", script, json.dumps(options)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["azure", "plain"])
def target(request, demo, application_token):
    base = f"{demo.gateway}/{azure.INSTANCE_2}/node" if request.param == "azure" else f"{demo.gateway}/openai/v1"
    return {"kind": request.param, "base": base, "token": application_token, "model": calls.DEPLOYMENT,
            "version": calls.NEW_VERSION}


def test_chat(demo, target):
    mark = calls.mark()
    answer = node(question=f"Hello {mark}", **target)
    exchange = demo.records.exchange_with(mark)
    assert exchange["total_tokens"] == answer["usage"]["total_tokens"]
    assert exchange["streamed"] is False


def test_chat_stream(demo, target):
    mark = calls.mark()
    whole = node(question=f"Hello {mark}", **target)
    stream = node(question=f"Hello {mark}", stream=True, **target)
    assert stream["text"] == whole["text"]
    assert stream["usage"] is None
    assert stream["chunks"] > 3
    [exchange] = demo.records.wait_for(f"SELECT * FROM exchanges WHERE contains(request_body, '{mark}') AND streamed")
    assert exchange["total_tokens"] == whole["usage"]["total_tokens"]
    assert exchange["outcome"] == "complete"


def test_chat_stream_with_usage(demo, target):
    mark = calls.mark()
    stream = node(question=f"Hello {mark}", stream=True, more={"stream_options": {"include_usage": True}}, **target)
    assert demo.records.exchange_with(mark)["total_tokens"] == stream["usage"]["total_tokens"]
