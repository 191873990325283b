"""A policy trace by debug credentials, as APIM's documentation has it; never for a caller who may not."""

import json

import pytest
from harness import azure, calls
from harness.site import Site

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/sluice/gateways/managed"


def arm(site, action, body, content_type="application/json"):
    return calls.Caller(site.management).request("POST", f"{ARM}/{action}?api-version=2024-05-01", json.dumps(body),
                                                 {"Content-Type": content_type})


def wish(api, lifetime="PT5M", purposes=("tracing",)):
    return {"credentialsExpireAfter": lifetime, "apiId": f"/subscriptions/s/service/sluice/apis/{api}",
            "purposes": list(purposes)}


API = "azure-openai"  # the sample's
SPECIFICATION = "openapi: 3.0.1\ninfo: {title: other, version: '1'}\npaths: {/x: {get: {responses: {'200': {description: x}}}}}\n"


def with_another_api(configuration):
    folder = configuration / "apis" / "other"
    folder.mkdir()
    information = {"properties": {"displayName": "other", "path": "other", "protocols": ["https"], "subscriptionRequired": False}}
    (folder / "apiInformation.json").write_text(json.dumps(information))
    (folder / "specification.yaml").write_text(SPECIFICATION)


def entries(trace, section):
    return trace["traceEntries"][section]


@pytest.mark.parametrize("stream", [False, True])
def test_a_trace_of_one_exchange(site, stream):
    token = site.azure.application_token()
    debug = arm(site, "listDebugCredentials", wish(API)).json()["token"]
    answer = site.caller(token).chat("team-a", {"Apim-Debug-Authorization": debug}, stream=stream)
    assert answer.status == 200 and answer.whole, answer
    assert not stream or answer.events()[-1] == "[DONE]"
    trace_id = answer.headers["Apim-Trace-Id"]
    told = arm(site, "listTrace", {"traceId": trace_id})
    assert told.status == 200, told
    trace = told.json()
    assert trace["traceId"] == trace_id
    assert set(trace["traceEntries"]) == {"inbound", "backend", "outbound", "on-error"}
    sources = [entry["source"] for entry in entries(trace, "inbound")]
    assert sources[0] == "request" and "set-variable" in sources or "choose" in sources, sources
    forwarded = next(entry for entry in entries(trace, "backend") if entry["source"] == "forward-request")
    assert forwarded["elapsed"].startswith("00:00:") and forwarded["duration"] > "00:00:00.0000000"
    changes = {change["name"]: change["after"] for change in forwarded["data"]["changes"]}
    assert changes["response"].startswith("200"), changes
    assert f"{azure.INSTANCE_1}.openai.azure.com" in changes["sent"], changes
    text = told.body.decode()
    assert token not in text and token.split(".")[2] not in text and debug not in text
    site.stop()


def test_only_who_may(tmp_path):
    site = Site(tmp_path, prepare=with_another_api)
    try:
        only_who_may(site)
        site.stop()
    finally:
        site.end()


def only_who_may(site):
    token = site.azure.application_token()
    caller = site.caller(token)
    plain = caller.chat("team-a")
    assert plain.status == 200 and "Apim-Trace-Id" not in plain.headers
    forged = arm(site, "listDebugCredentials", wish(API)).json()["token"][:-1]
    for wrong in ("", "x", forged):
        answer = caller.chat("team-a", {"Apim-Debug-Authorization": wrong})
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("Apim-")], answer.headers
    wrong_api = arm(site, "listDebugCredentials", wish("other")).json()["token"]
    answer = caller.chat("team-a", {"Apim-Debug-Authorization": wrong_api})
    assert answer.headers["Apim-Debug-Authorization-WrongAPI"] == "other" and "Apim-Trace-Id" not in answer.headers
    short = arm(site, "listDebugCredentials", wish(API, "PT0.000001S")).json()["token"]
    answer = caller.chat("team-a", {"Apim-Debug-Authorization": short})
    assert answer.headers["Apim-Debug-Authorization-Expired"].endswith("Z") and "Apim-Trace-Id" not in answer.headers
    legacy = caller.chat("team-a", {"Ocp-Apim-Trace": "true"})
    assert "Ocp-Apim-Trace-Location" not in legacy.headers and "Apim-Trace-Id" not in legacy.headers


def test_the_management_listener_refuses_what_is_wrong(site):
    assert arm(site, "listDebugCredentials", wish("no-such-api")).status == 404
    assert arm(site, "listDebugCredentials", wish(API, "PT2H")).status == 400
    assert arm(site, "listDebugCredentials", wish(API, "soon")).status == 400
    assert arm(site, "listDebugCredentials", wish(API, purposes=("other",))).status == 400
    assert arm(site, "listDebugCredentials", ["x"]).status == 400
    assert arm(site, "listDebugCredentials", wish(API), "text/plain").status == 415
    assert arm(site, "listTrace", {"traceId": "00000000-0000-4000-8000-000000000000"}).status == 404
    assert arm(site, "somethingElse", {}).status == 404
    site.stop()


SUBSCRIPTION = {"properties": {"displayName": "traced", "scope": "/apis", "state": "active", "allowTracing": True,
                               "primaryKey": "traced-key-1", "secondaryKey": "traced-key-2"}}


def test_the_older_header_with_a_subscription_that_allows_it(site):
    folder = site.configuration / "subscriptions" / "traced"
    folder.mkdir(parents=True)
    (folder / "subscriptionInformation.json").write_text(json.dumps(SUBSCRIPTION))
    settings = site.configuration / "sluice.yaml"
    settings.write_text(settings.read_text() + "subscriptions:\n  traced: {primaryKey: {value: traced-key-1}, secondaryKey: {value: traced-key-2}}\n")
    site.gateway.stop()
    site.start()
    token = site.azure.application_token()
    headers = {"Ocp-Apim-Trace": "true", "Ocp-Apim-Subscription-Key": "traced-key-1"}
    answer = site.caller(token).chat("team-a", headers)
    assert answer.status == 200, answer
    where = answer.headers["Ocp-Apim-Trace-Location"]
    assert where == f"{site.management}/traces/{answer.headers['Apim-Trace-Id']}"
    told = calls.Caller(site.management).get(where.removeprefix(site.management))
    assert told.status == 200 and b"traced-key" not in told.body
    site.stop()
