"""`sluice test --against`: the scenarios that need no stub, on a gateway that is served elsewhere."""

import json

import pytest
from harness import processes, site

POLICY = """<policies>
  <inbound>
    <base />
    <check-header name="X-Team" failed-check-httpcode="403" failed-check-error-message="Who are you?" ignore-case="true">
      <value>red</value>
    </check-header>
    <return-response>
      <set-header name="X-Path"><value>@(context.Request.OriginalUrl.Path)</value></set-header>
      <set-body>@(context.Request.Headers.GetValueOrDefault("X-Team", "") + " " + context.Request.Body?.As<string>())</set-body>
    </return-response>
  </inbound>
</policies>
"""

# Runs here and there, where its API is at another path.
BOTH = """name: Only the red team may
live-path: /teams
policy: |
  <policies>
    <inbound>
      <choose>
        <when condition="@(context.Request.Headers.GetValueOrDefault("X-Team", "") != "red")">
          <return-response><set-status code="403" reason="No" /></return-response>
        </when>
      </choose>
      <return-response><set-body>red posted</set-body></return-response>
    </inbound>
  </policies>
steps:
  - request: {method: POST, url: /a, headers: {X-Team: red}, body: posted}
    backend: []
    expect: {status: 200, body: red posted}
  - request: {url: /a, headers: {X-Team: null}}
    expect: {status: 403}
"""

LIVE_ONLY = """name: The path comes back
steps:
  - request: {url: '/teams/b?c=1'}
    expect: {status: 200, headers: {X-Path: /teams/b}}
"""

DIFFERS = """name: Somebody expects something else
steps:
  - request: {method: PUT, url: /teams/x, body: text}
    expect: {status: 201, headers: {X-Path: /teams/y}, body: red text}
"""

STUBBED = """name: A backend that says what it is told
policy: <policies><inbound /><outbound /></policies>
steps:
  - request: {url: /teams/a}
    backend: [{respond: {status: 200}}]
    expect: {status: 200}
"""

LATER = """name: Time passes
policy: <policies><inbound><return-response /></inbound></policies>
steps:
  - advance: 5s
  - request: {url: /teams/a}
    expect: {status: 200}
"""


def write_configuration(folder):
    def information(file, **properties):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"properties": properties}))

    information(folder / "apis/teams/apiInformation.json", displayName="Teams", path="teams")
    (folder / "apis/teams/specification.yaml").write_text("""openapi: 3.0.1
info: {title: Teams, version: '1'}
paths:
  /*:
    get: {operationId: get, responses: {'200': {description: ok}}}
    put: {operationId: put, responses: {'200': {description: ok}}}
    post: {operationId: post, responses: {'200': {description: ok}}}
""")
    (folder / "apis/teams/policy.xml").write_text(POLICY)
    information(folder / "subscriptions/one/subscriptionInformation.json", displayName="One", scope="/apis/teams",
                primaryKey="the-key")
    (folder / "sluice.yaml").write_text(f"""
listeners:
  - address: 127.0.0.1:{site.free_port()}
management:
  address: 127.0.0.1:0
journal:
  directory: {folder.parent}/journal
store:
  path: {folder.parent}/store.duckdb
""")


@pytest.fixture
def gateway(tmp_path):
    write_configuration(tmp_path / "configuration")
    program = processes.Program("serve", tmp_path / "configuration", folder=tmp_path)
    yield program.ready["gateway"][0]
    assert program.stop() == 0, program.output()


@pytest.fixture
def scenarios(tmp_path):
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, text in {"both": BOTH, "live_only": LIVE_ONLY, "stubbed": STUBBED, "later": LATER}.items():
        (folder / f"{name}.scenario").write_text(text)
    return folder


def against(gateway, *arguments, **options):
    return processes.run("test", "--against", gateway, "--header-env", "Ocp-Apim-Subscription-Key=KEY", *arguments,
                         env={"KEY": "the-key", "PATH": ""}, **options)


def test_what_passes_and_what_is_left_out(gateway, scenarios):
    result = against(gateway, "--header", "X-Team: red", scenarios)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 passed, 0 failed, 2 left out" in result.stdout
    assert "stubbed.scenario: A backend that says what it is told: line 4: it scripts a backend" in result.stdout
    assert "later.scenario: Time passes: line 4: time passes in it" in result.stdout


def test_a_difference_is_printed(gateway, scenarios):
    (scenarios / "differs.scenario").write_text(DIFFERS)
    result = against(gateway, "--header", "X-Team: red", scenarios)
    assert result.returncode == 1
    assert "2 passed, 1 failed, 2 left out" in result.stdout
    assert "line 3: reply status: expected 201, got 200 with body `red text`" in result.stdout
    assert "line 3: reply header X-Path: expected `/teams/y`, got `/teams/x`" in result.stdout


def test_without_the_key_nothing_passes(gateway, scenarios):
    result = processes.run("test", "--against", gateway + "/", "--header", "X-Team: red", scenarios / "live_only.scenario")
    assert result.returncode == 1
    assert "missing subscription key" in result.stdout


def test_a_wish_to_run_all_the_same(gateway, scenarios):
    (scenarios / "stubbed.scenario").write_text("live: true\n" + STUBBED)
    result = against(gateway, "--header", "X-Team: red", scenarios / "stubbed.scenario")
    assert result.stdout.endswith("1 passed, 0 failed\n"), result.stdout + result.stderr


def test_here_what_is_live_only_is_left_out(scenarios):
    result = processes.run("test", scenarios)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "live_only.scenario: The path comes back: it has no configuration: run it with --against" in result.stdout
    assert "3 passed, 0 failed, 1 left out" in result.stdout


def test_nobody_there_and_a_missing_variable(scenarios):
    result = processes.run("test", "--against", f"http://127.0.0.1:{site.free_port()}", "--timeout", "2", scenarios)
    assert result.returncode == 1
    assert "no reply:" in result.stdout
    result = processes.run("test", "--against", "http://127.0.0.1:1", "--header-env", "Key=NOT_SET_ANYWHERE", scenarios)
    assert result.returncode == 2
    assert "--header-env wants NAME=VARIABLE" in result.stderr
    assert processes.run("test", "--against", "gateway.test", scenarios).returncode == 2
