"""What README promises: one command, then the printed curl line, the article's snippet, and the rows."""

import json
import os
import re
import shutil
import subprocess

import pytest
from harness import browser, calls, processes


def pasted(line):
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=30)


def test_the_printed_curl_line_answers_and_leaves_its_rows(demo):
    done = pasted(demo.printed_commands("curl ")[0])
    answer = json.loads(done.stdout)
    assert answer["choices"][0]["message"]["role"] == "assistant", done.stdout
    usage = answer["usage"]
    numbers = (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
    [event] = demo.records.wait_for(
        f"SELECT * FROM openaiA WHERE contains(CAST(FullResponseBody AS VARCHAR), '{answer['id']}')")
    assert (event["prompt_tokens"], event["completion_tokens"], event["total_tokens"]) == numbers
    rows = demo.records.wait_for("SELECT * FROM exchanges WHERE workload = 'demo-workload'")
    assert numbers in [(row["prompt_tokens"], row["completion_tokens"], row["total_tokens"]) for row in rows]


@pytest.mark.parametrize("user", ["Alice Archer", "Bob Baker"])
def test_the_article_snippet_as_printed_with_a_real_browser(demo, tmp_path, user):
    snippet = tmp_path / "snippet.py"
    snippet.write_text(demo.printed_snippet())
    environment = os.environ | demo_environment(demo) | {"BROWSER": f"{browser.__file__} %s &", "SIGN_IN_AS": user}
    done = subprocess.run([processes.ROOT / "build/venv-article/bin/python", snippet], capture_output=True, text=True,
                          timeout=120, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout[done.stdout.index("{"):])
    assert answer["object"] == "chat.completion"
    where = f"contains(CAST(FullResponseBody AS VARCHAR), '{answer['id']}')"
    [event] = demo.records.wait_for(f"SELECT * FROM openaiA WHERE {where}")
    assert event["User"] == user
    assert event["Backend"] == demo.program.ready["instance"]
    assert event["total_tokens"] == answer["usage"]["total_tokens"]
    assert event["prompt_tokens"] + event["completion_tokens"] == event["total_tokens"]


def demo_environment(demo):
    """The CA, for both of the snippet's libraries; the printed text says so as well."""
    return {"REQUESTS_CA_BUNDLE": demo.azure.ca, "SSL_CERT_FILE": demo.azure.ca}


def test_the_snippet_changes_only_addresses(demo):
    """The article's lines, with authority, discovery, and base URL changed and nothing else."""
    snippet = demo.printed_snippet()
    for line in ("from azure.identity import InteractiveBrowserCredential", "import openai", 'openai.api_type = "azure"',
                 'openai.api_version = "2023-05-15"', 'openai.api_key = ""', "response = openai.ChatCompletion.create(",
                 'headers={"Authorization": f"Bearer {token.token}"}', "Who were the founders of Microsoft?",
                 '.get_token("https://cognitiveservices.azure.com/.default email openid profile")'):
        assert line in snippet, f"{line}\n--- not in ---\n{snippet}"
    base = re.search(r'openai\.api_base = "(.*)"', snippet)[1]
    assert base.startswith(demo.gateway)


def test_query_prints_a_table_while_the_gateway_runs(demo, application):
    application.chat("team-a")
    demo.records.wait_for("SELECT * FROM openaiA WHERE WorkloadIdentifier = 'team-a'")
    done = processes.run("query", "--store", demo.records.store, "--sql",
                         "SELECT WorkloadIdentifier, count(*) AS calls, sum(total_tokens) AS tokens FROM openaiA "
                         "GROUP BY ALL")
    assert done.returncode == 0, done.stderr
    assert "WorkloadIdentifier" in done.stdout and "tokens" in done.stdout and "team-a" in done.stdout


def test_the_printed_queries_work(demo, application):
    application.chat("team-a")
    demo.records.wait_for("SELECT * FROM openaiA WHERE WorkloadIdentifier = 'team-a'")
    for line in demo.printed_commands(" query --"):
        done = pasted(line)
        assert done.returncode == 0, done.stderr
        assert "total_tokens" in done.stdout


def test_a_wrong_query_says_what_is_wrong(demo):
    done = processes.run("query", "--store", demo.records.store, "--sql", "SELECT nothing FROM nowhere")
    assert done.returncode != 0
    assert "nowhere" in done.stderr


def test_the_store_cannot_be_changed_by_a_query(demo):
    done = processes.run("query", "--store", demo.records.store, "--sql", "DROP TABLE exchanges")
    assert done.returncode != 0
    assert demo.records.query("SELECT count(*) AS n FROM exchanges")[0]["n"] >= 0


def test_status_and_health(demo):
    assert demo.caller().get("/status-0123456789abcdef").status == 200
    status = calls.Caller(demo.management).get("/status")
    assert status.status == 200
    assert status.json()


def test_the_samples_are_free_of_mistakes():
    samples = sorted(path.parent for path in processes.EXAMPLES.glob("*/sluice.yaml"))
    assert len(samples) >= 2
    for sample in samples:
        done = processes.run("check", sample)
        assert done.returncode == 0, f"{sample.name}:\n{done.stdout}{done.stderr}"


def test_the_policies_scenarios_pass():
    done = processes.run("test", processes.ROOT / "src/policies", processes.ROOT / "tests/scenarios", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"^(\d+) passed, 0 failed$", done.stdout, re.M)[1]) > 16


def test_check_tells_every_mistake_at_once(tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(processes.EXAMPLES / "azure-openai", folder)
    policies = sorted(folder.rglob("policy.xml"))
    text = policies[0].read_text()
    policies[0].write_text(text.replace("<inbound>", '<inbound><set-headr name="x" /><set-variable name="y" value="@(1 +)" />', 1))
    done = processes.run("check", folder)
    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert "set-headr" in told and "set-header" in told, "the unknown element, and the one that was meant"
    assert re.search(r"policy\.xml:\d+:\d+: error: ", told), told
    assert told.count("error:") >= 2, told


def test_version():
    done = processes.run("version")
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)
