"""Who and what is turned away: the answer that APIM gives, and the record that says so."""

import pytest
from harness import azure, calls


def expect_record(demo, mark, **columns):
    row = demo.records.exchange_with(mark)
    for name, value in columns.items():
        assert row[name] == value, f"{name}: {row}"
    return row


def tokens_refused(demo, application_token):
    head, payload, signature = application_token.split(".")
    return {
        "none": None,
        "expired": demo.azure.issue(lifetime=-600),
        "another audience": demo.azure.issue(audience="https://management.azure.com"),
        "not a token": "garbage",
        "another signature": f"{head}.{payload}.{signature[:-8]}AAAAAAAA",
        "no signature": f"{head}.{payload}.",
        "another payload": f"{head}.{payload[:-6]}AAAAAA.{signature}",
        "alg none": "eyJhbGciOiJub25lIn0." + payload + ".",
    }


@pytest.mark.parametrize("case", ["none", "expired", "another audience", "not a token", "another signature",
                                  "no signature", "another payload", "alg none"])
def test_without_a_right_token(demo, application_token, case):
    mark = calls.mark()
    answer = demo.caller(tokens_refused(demo, application_token)[case]).chat(mark)
    assert answer.status == 403, answer
    assert b"Forbidden" in answer.body
    expect_record(demo, mark, status=403, outcome="rejected", backend_status=None)


def test_a_right_token_after_wrong_ones(demo, application):
    assert application.chat("team-a").status == 200


@pytest.mark.parametrize("principal", [azure.CAROL, azure.STRANGER])
def test_without_the_role_the_instance_refuses(demo, principal):
    """The gateway lets the token pass: it is right. The instance checks the role."""
    mark = calls.mark()
    answer = demo.caller(demo.azure.issue(principal)).chat(mark)
    assert answer.status == 401, answer
    assert "error" in answer.json()
    expect_record(demo, mark, status=401, backend_status=401)


def test_missing_workload(demo, application):
    deployment = calls.mark()
    answer = application.chat("", deployment=deployment)
    assert answer.status == 400, answer
    assert answer.json()["error"] == "missing_header"
    assert answer.headers["Content-Type"].startswith("application/json")
    expect_record(demo, deployment, status=400, outcome="rejected")


@pytest.mark.parametrize("instance", ["no-such-instance", "evil.example", "dev-openai-instance", "dev-openai-instance-1%2F"])
def test_unknown_backend(demo, application, instance):
    mark = calls.mark()
    answer = application.chat(mark, instance=instance)
    assert answer.status == 403, answer
    assert answer.json()["error"] == "invalid_backend"
    expect_record(demo, mark, status=403, outcome="rejected")


@pytest.mark.parametrize("body", ['{"messages": [', "", "[]", "null", '{"messages": 3}', '{"messages":[{"role":"user","content":"\\ud800"}]}'])
def test_a_body_that_is_not_a_request(demo, application, body):
    """The instance says what is wrong; the gateway passes it on and records it."""
    mark = calls.mark()
    answer = application.post(calls.chat_path(mark), body)
    assert answer.status in (200, 400), answer
    expect_record(demo, mark, status=answer.status, backend_status=answer.status)


def test_bytes_that_are_not_utf8_leave_a_record(demo, application):
    mark = calls.mark()
    answer = application.post(calls.chat_path(mark), b'{"messages":[{"role":"user","content":"\xff\xfe"}]}')
    assert answer.status in (200, 400), answer
    demo.records.exchange_with(mark)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/dev-openai-instance-1/team-a/openai/deployments/x/unknown?api-version=2023-05-15"])
def test_no_such_operation(demo, application, path):
    answer = application.post(path, "{}")
    assert answer.status == 404, answer
    assert answer.json() == {"statusCode": 404, "message": "Resource not found"}


def test_a_required_query_parameter_is_part_of_the_operation(application):
    assert application.post(calls.chat_path().split("?")[0], calls.chat_body("x")).status == 404


@pytest.mark.parametrize("head", [
    "GET / HTTP/1.1\r\n\r\n",  # no Host
    "GET / HTTP/1.1\nHost: x\n\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nName : y\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    "nonsense\r\n\r\n",
])
def test_what_is_not_proper_http_is_refused_and_the_connection_closed(demo, head):
    connection = calls.Raw(demo.gateway, timeout=10)
    connection.send(head)
    answer = connection.read_head()
    assert answer.startswith("HTTP/1.1 400") or answer.startswith("HTTP/1.1 501"), answer
    while connection.read():
        pass
    connection.close()


def test_a_head_too_long_is_refused(demo):
    connection = calls.Raw(demo.gateway, timeout=10)
    connection.send("GET / HTTP/1.1\r\nHost: x\r\n" + "name: " + "v" * (1 << 17) + "\r\n\r\n")
    assert " 431 " in connection.read_head()
    connection.close()


def test_pipelined_requests_are_answered_in_order(demo, application_token):
    connection = calls.Raw(demo.gateway)
    bodies = [f'{{"messages":[{{"role":"user","content":"number {i}"}}],"max_tokens":{i + 1}}}' for i in range(5)]
    connection.send("".join(calls.request_head(calls.chat_path(), application_token, len(body)) + body for body in bodies))
    received = b""
    while received.count(b'"completion_tokens"') < 5:
        received += connection.read()
    counts = [int(part.split(b",")[0].split(b"}")[0]) for part in received.replace(b" ", b"").split(b'"completion_tokens":')[1:]]
    assert counts == [1, 2, 3, 4, 5]
    connection.close()


def test_continue_is_said_before_a_body_is_sent(demo, application_token):
    connection = calls.Raw(demo.gateway)
    body = '{"messages":[{"role":"user","content":"patient"}]}'
    connection.send(calls.request_head(calls.chat_path(), application_token, len(body), {"Expect": "100-continue"}))
    assert connection.read_head().startswith("HTTP/1.1 100")
    connection.send(body)
    assert connection.read_head().startswith("HTTP/1.1 200")
    connection.close()
