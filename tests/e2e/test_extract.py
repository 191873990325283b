"""An extract as APIOps leaves it: without secrets, keys, users, and with an API that cannot run. What `check` says of it,
and `sluice demo DIR` on it, as its owner would call it."""

import json
import re
import subprocess

import pytest
from harness import calls, processes

OPENAPI = """openapi: 3.0.1
info: {title: Pets, version: '1'}
servers: [{url: 'https://pets.example/store'}]
paths:
  /pets: {get: {operationId: list}}
  /pets/{id}: {get: {operationId: one, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}}
"""

CHAT = """openapi: 3.0.1
info: {title: Chat, version: '1'}
paths:
  /deployments/{deployment-id}/chat/completions:
    post:
      operationId: chat
      parameters:
        - {name: deployment-id, in: path, required: true, schema: {type: string}}
        - {name: api-version, in: query, required: true, schema: {type: string}}
"""

POLICY = """<policies>
  <inbound>
    <base />
    <set-backend-service base-url="https://team-openai.openai.azure.com/openai" />
    <set-header name="api-key" exists-action="override"><value>{{openai-key}}</value></set-header>
    <set-header name="Authorization" exists-action="override">
      <value>@("Bearer " + context.Request.Headers.GetValueOrDefault("Authorization","").Split(' ').Last())</value>
    </set-header>
  </inbound>
  <backend><base /></backend>
  <outbound><base /></outbound>
  <on-error><base /></on-error>
</policies>
"""


def information(file, **properties):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"properties": properties}))


@pytest.fixture
def extract(tmp_path):
    root = tmp_path / "repository" / "artifacts"
    information(root / "apis/pets/apiInformation.json", displayName="Pets", path="pets", subscriptionRequired=False)
    (root / "apis/pets/specification.yaml").write_text(OPENAPI)
    information(root / "apis/chat/apiInformation.json", displayName="Chat", path="ai", apiVersion="v1",
                apiVersionSetId="/apiVersionSets/chat", subscriptionKeyParameterNames={"header": "api-key", "query": "k"})
    (root / "apis/chat/specification.yaml").write_text(CHAT)
    (root / "apis/chat/policy.xml").write_text(POLICY)
    information(root / "apis/old/apiInformation.json", displayName="Old", path="old", type="soap")
    information(root / "apis/events/apiInformation.json", displayName="Events", path="events")
    (root / "apis/events/specification.yaml").write_text(OPENAPI)
    (root / "apis/events/policy.xml").write_text(
        '<policies><inbound><publish-to-dapr topic="t">x</publish-to-dapr></inbound></policies>')
    information(root / "version sets/chat/versionSetInformation.json", displayName="Chat", versioningScheme="Segment")
    information(root / "named values/64ab/namedValueInformation.json", displayName="openai-key", secret=True)
    information(root / "named values/65cd/namedValueInformation.json", displayName="Logger-Credentials--65ce", secret=True)
    information(root / "loggers/insights/loggerInformation.json", loggerType="applicationInsights",
                credentials={"instrumentationKey": "{{Logger-Credentials--65ce}}"})
    information(root / "loggers/azuremonitor/loggerInformation.json", loggerType="azureMonitor")
    information(root / "diagnostics/azuremonitor/diagnosticInformation.json", loggerId="/loggers/azuremonitor",
                sampling={"samplingType": "fixed", "percentage": 100})
    information(root / "products/gold/productInformation.json", displayName="Gold", subscriptionRequired=True)
    (root / "products/gold/apis/chat").mkdir(parents=True)
    (root / "products/gold/apis/chat/productApiInformation.json").write_text("{}")
    information(root / "subscriptions/team/subscriptionInformation.json", displayName="Team", scope="/products/gold",
                state="active", ownerId="/users/ann")
    return root


def test_check_lists_all_that_it_lacks(extract):
    checked = processes.run("check", extract)
    assert checked.returncode == 1
    assert "the secret named value `openai-key` has no value here" in checked.stdout
    lacking = checked.stdout.partition("lacks 4 things that no extract holds:\n")[2]
    for line in ("named value `openai-key` (a secret, id 64ab): wanted by apis/chat/policy.xml",
                 "credential of the logger `insights` ({{Logger-Credentials--65ce}}): wanted by "
                 "loggers/insights/loggerInformation.json",
                 "keys of the subscription `team` (Team)",
                 "user `ann`: wanted by subscription team"):
        assert f"  {line}\n" in lacking, checked.stdout


def test_what_check_proposes_supplies_it(extract):
    proposed = processes.run("check", extract).stdout.partition("from the environment:\n")[2]
    settings = "".join(line[2:] + "\n" for line in proposed.splitlines() if line.startswith("  "))
    (extract / "sluice.yaml").write_text(settings)
    supplied = {name: "s3cr3t" for name in re.findall(r"env: (\w+)", settings)}
    assert set(supplied) == {"OPENAI_KEY", "INSIGHTS_CONNECTION", "TEAM_KEY"}
    checked = processes.run("check", extract, "--list", env=processes.os.environ | supplied)
    assert checked.returncode == 0, checked.stdout
    assert "lacks" not in checked.stdout
    assert "left out: API old (/old): APIs of type soap do not run here" in checked.stdout
    assert "left out: API events (/events): the policy <publish-to-dapr>" in checked.stdout
    for line in ("  pets /pets, 2 operations, no key -> https://pets.example/store",
                 "  chat /ai, version v1 of chat, 1 operations, with a policy, key in header api-key or query k",
                 "  gold (Gold), protected: chat",
                 "  team (Team), product gold, active, one key, of user ann",
                 "  azuremonitor, azureMonitor -> table exchanges",
                 "  azuremonitor of all APIs -> azuremonitor",
                 "  openai-key (id 64ab), secret"):
        assert line + "\n" in checked.stdout, checked.stdout
    assert "s3cr3t" not in checked.stdout
    assert processes.run("check", extract, "--strict", env=processes.os.environ | supplied).returncode == 1


def test_an_environments_file_is_laid_over(extract):
    (extract.parent / "configuration.prod.yaml").write_text(
        "namedValues:\n  - name: 64ab\n    properties: {value: '{#token#}'}\n"
        "apis:\n  - name: pets\n    properties: {path: animals}\n  - name: nobody\n    properties: {path: x}\n")
    checked = processes.run("check", extract, "--env", "prod", "--list")
    assert "`nobody` of `apis` changes nothing" in checked.stdout
    assert "named value `openai-key`" in checked.stdout
    (extract / "sluice.yaml").write_text("apis: [pets]\n")
    assert "  pets /animals," in processes.run("check", extract, "--env", "prod", "--list").stdout
    assert "  pets /pets," in processes.run("check", extract, "--list").stdout
    missing = processes.run("check", extract, "--env", "test")
    assert missing.returncode == 1 and "there is no configuration.test.yaml" in missing.stdout


def printed_calls(output):
    """By API: the curl line under its name."""
    return {name: call.strip() for name, call in re.findall(r"^  # (\w+)\n  (curl .*?)\n\n", output, re.M | re.S)}


def run_call(line):
    ended = subprocess.run(["bash", "-c", line + " -m 20 -w '\\n%{http_code}'"], capture_output=True, text=True, timeout=40)
    body, _, status = ended.stdout.rpartition("\n")
    return int(status), body


def test_demo_runs_it(extract, tmp_path):
    demo = processes.Program("demo", extract, "--dir", tmp_path / "state", "--port", "0", "--management-port", "0",
                             folder=tmp_path)
    try:
        output = processes.until(lambda: "Ctrl-C" in demo.output() and demo.output(), what="the demo's welcome")
        assert re.search(r"named value openai-key = [0-9a-f]{32}\n", output), output
        keys = dict(reversed(pair) for pair in re.findall(r"^  ([0-9a-f]{32})  (\w+)", output, re.M))
        assert set(keys) == {"team", "master"}
        calls_by_api = printed_calls(output)
        assert set(calls_by_api) == {"Pets", "Chat"}, output
        status, body = run_call(calls_by_api["Pets"])
        assert (status, json.loads(body)["host"], json.loads(body)["path"]) == (200, "pets.example", "/store/pets")
        assert keys["team"] in calls_by_api["Chat"]
        status, body = run_call(calls_by_api["Chat"])
        assert status == 200, body
        assert json.loads(body)["choices"][0]["message"]["role"] == "assistant"
        assert run_call(calls_by_api["Chat"].replace(keys["team"], keys["master"]))[0] == 200
        assert run_call(calls_by_api["Chat"].replace(keys["team"], calls.mark()))[0] == 401
        assert run_call(f"curl -s {demo.ready['gateway']}/old/x")[0] == 501
        assert run_call(f"curl -s {demo.ready['gateway']}/events/pets")[0] == 501
    finally:
        assert demo.stop() == 0, demo.output()
    again = processes.Program("demo", extract, "--dir", tmp_path / "state", "--port", "0", "--management-port", "0",
                              folder=tmp_path)
    try:
        output = processes.until(lambda: again.output().count("Ctrl-C") == 2 and again.output(), what="the second welcome")
        assert output.count(keys["master"]) == 2, "keys stay the same"
    finally:
        assert again.stop() == 0


def test_users_of_sluice_yaml_are_who_calls(extract, tmp_path):
    (extract / "sluice.yaml").write_text(
        "apis: [chat]\nusers: {ann: {email: ann@example.com, firstName: Ann, lastName: Lee, groups: [readers, writers]}}\n")
    (extract / "apis/chat/policy.xml").write_text("""<policies><inbound><return-response>
      <set-status code="200" reason="OK" />
      <set-body>@(context.User.Id + " " + context.User.FirstName + " " + context.User.LastName + " " + context.User.Email
        + " " + string.Join(",", context.User.Groups.Select(g => g.Name)))</set-body>
      </return-response></inbound></policies>""")
    demo = processes.Program("demo", extract, "--dir", tmp_path / "state", "--port", "0", "--management-port", "0",
                             folder=tmp_path)
    try:
        output = processes.until(lambda: "Ctrl-C" in demo.output() and demo.output(), what="the demo's welcome")
        assert run_call(printed_calls(output)["Chat"]) == (200, "ann Ann Lee ann@example.com readers,writers")
    finally:
        assert demo.stop() == 0
