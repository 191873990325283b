"""Bodies, clients and backends that misbehave: the answer that APIM gives, nothing crashes, the others are served, and the
record says what happened."""

import socket
import threading
import time

import pytest
from harness import azure, calls, processes
from harness.site import Site

SETTINGS = """
record:
  bodies: full
limits:
  requestBody: 4MiB
timeouts:
  requestHead: 1s
  requestBody: 1s
  responseWrite: 2s
upstream:
  connectTimeout: 1s
  firstByteTimeout: 3s
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("trouble"), SETTINGS, dead=[f"{azure.INSTANCE_2}.openai.azure.com"])
    yield made
    made.stop()


@pytest.fixture(scope="module")
def token(site):
    return site.azure.application_token()


def test_a_body_of_a_gigabyte_is_refused_at_its_announcement(site, token):
    mark = calls.mark()
    connection = calls.Raw(site.url)
    connection.send(calls.request_head(calls.chat_path(mark), token, 1 << 30))
    assert connection.read_head().startswith("HTTP/1.1 413")
    connection.close()
    row = site.records.exchange_with(mark)
    assert (row["status"], row["outcome"]) == (413, "rejected")


def test_a_body_of_a_gigabyte_without_a_length_is_refused_when_it_passes_the_limit(site, token):
    before = site.gateway.resident_bytes()
    connection = calls.Raw(site.url)
    connection.send(calls.request_head(calls.chat_path(), token))
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    try:
        while sent < 1 << 30:
            connection.send(chunk)
            sent += 65536
    except OSError:
        pass  # it has hung up on us, as it should
    assert sent < 256 << 20
    assert connection.read_head().startswith("HTTP/1.1 413")
    connection.close()
    assert site.gateway.resident_bytes() - before < 64 << 20


def test_a_client_that_sends_its_head_drop_by_drop_is_cut_off_and_others_are_served(site, token):
    slow = calls.Raw(site.url, timeout=10)
    begin = time.monotonic()
    slow.send("POST /x HTTP/1.1\r\n")
    assert site.caller(token).chat("meanwhile").status == 200
    answer = slow.read_head()
    assert answer == "" or " 408 " in answer
    assert 0.8 < time.monotonic() - begin < 8
    slow.close()


def test_a_client_that_stops_inside_its_body_is_cut_off(site, token):
    mark = calls.mark()
    slow = calls.Raw(site.url, timeout=10)
    slow.send(calls.request_head(calls.chat_path(mark), token, 1000) + '{"messages"')
    assert site.caller(token).chat("meanwhile").status == 200
    answer = slow.read_head()
    assert answer == "" or " 408 " in answer
    slow.close()
    row = site.records.exchange_with(mark)
    assert row["outcome"] in ("client_gone", "rejected", "protocol_error"), row
    assert row["backend_status"] is None


def test_a_client_that_does_not_read_is_cut_off_and_holds_little_memory(site, token):
    mark = calls.mark()
    before = site.gateway.resident_bytes()
    slow = calls.Raw(site.url, timeout=30)
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = '{"messages":[{"role":"user","content":"x"}],"stream":true}'
    slow.send(calls.request_head(calls.chat_path(mark), token, len(body), {"x-simulator": "tokens=60000"}) + body)
    assert slow.read_head().startswith("HTTP/1.1 200")
    assert site.caller(token).chat("meanwhile").status == 200
    row = site.records.exchange_with(mark)
    assert row["outcome"] == "client_gone", row
    assert row["completion_tokens"] > 0
    slow.close()
    assert site.gateway.resident_bytes() - before < 64 << 20


def test_a_client_that_leaves_a_stream_is_settled_and_the_instance_told(site, token):
    mark = calls.mark()
    connection = calls.Raw(site.url)
    body = '{"messages":[{"role":"user","content":"x"}],"stream":true}'
    connection.send(calls.request_head(calls.chat_path(mark), token, len(body), {"x-simulator": "tps=20; tokens=2000"}) + body)
    received = connection.read_until(b"data:")
    while received.count(b"data:") < 6:
        received += connection.read()
    aborted = site.azure.counters()["instances"][azure.INSTANCE_1]["aborted"]
    connection.close()
    processes.until(lambda: site.azure.counters()["instances"][azure.INSTANCE_1]["aborted"] > aborted, seconds=2,
                    what="the instance being told")
    row = site.records.exchange_with(mark)
    assert row["outcome"] == "client_gone"
    assert row["streamed"] is True
    assert 0 < row["completion_tokens"] < 500
    assert row["prompt_tokens"] > 0
    assert row["response_body"], "what had come so far"


def test_a_client_that_leaves_before_the_answer(site, token):
    mark = calls.mark()
    connection = calls.Raw(site.url)
    body = '{"messages":[{"role":"user","content":"x"}]}'
    connection.send(calls.request_head(calls.chat_path(mark), token, len(body), {"x-simulator": "latency=2s"}) + body)
    processes.until(lambda: site.azure.counters()["open_requests"], what="the call")
    connection.close()
    processes.until(lambda: not site.azure.counters()["open_requests"], seconds=1, what="the instance being told")
    assert site.records.exchange_with(mark)["outcome"] == "client_gone"


def test_a_dead_backend(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, instance=azure.INSTANCE_2)
    assert answer.status == 500, answer
    told = answer.json()
    assert told["statusCode"] == 500
    assert told["message"] == "Internal server error"
    assert len(told["activityId"]) == 36
    row = site.records.exchange_with(mark)
    assert (row["status"], row["outcome"], row["error_reason"]) == (500, "failed", "BackendConnectionFailure")
    assert row["error_source"] == "forward-request"
    assert row["request_id"] == told["activityId"]


def test_a_backend_that_hangs_up(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, headers={"x-simulator": "reset=1"})
    assert answer.status == 500, answer
    row = site.records.exchange_with(mark)
    assert (row["outcome"], row["error_reason"]) == ("failed", "BackendConnectionFailure")


def test_a_backend_that_does_not_answer_in_time(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, headers={"x-simulator": "latency=20s"})
    assert answer.status in (500, 504), answer
    row = site.records.exchange_with(mark)
    assert (row["outcome"], row["error_reason"]) == ("failed", "Timeout")


def test_a_backend_that_dies_inside_a_stream_does_not_look_whole(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, stream=True, headers={"x-simulator": "cut=5"})
    assert answer.status == 200
    assert not answer.whole
    assert "[DONE]" not in answer.events()
    assert len(answer.events()) >= 4
    row = site.records.exchange_with(mark)
    assert row["outcome"] == "upstream_cut"
    assert row["completion_tokens"] > 0


def test_a_backend_that_dies_inside_an_answer_does_not_look_whole(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, headers={"x-simulator": "cut=0"})
    assert answer.status == 500 or not answer.whole, answer
    assert site.records.exchange_with(mark)["outcome"] in ("upstream_cut", "failed")


def test_an_error_inside_a_stream_passes_through(site, token):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, stream=True, headers={"x-simulator": "error-in-stream=3"})
    assert answer.status == 200
    assert any('"error"' in event for event in answer.events())
    site.records.exchange_with(mark)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_errors_of_the_instance_reach_the_client_as_they_are(site, token, status):
    mark = calls.mark()
    answer = site.caller(token).chat(mark, headers={"x-simulator": f"status={status}"})
    assert answer.status == status
    assert "error" in answer.json()
    row = site.records.exchange_with(mark)
    assert (row["status"], row["backend_status"], row["outcome"]) == (status, status, "complete")
    assert site.records.event_with(mark)["total_tokens"] in (None, 0)


def test_many_at_once(site, token):
    """A hundred streams side by side, each whole and its own."""
    answers = {}

    def call(number):
        answers[number] = site.caller(token).chat("many", text=f"question {number}", stream=True,
                                                  headers={"x-simulator": "tps=200"})

    threads = [threading.Thread(target=call, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    broken = {number: answer for number, answer in answers.items() if not answer.whole or answer.events()[-1:] != ["[DONE]"]}
    assert not broken and len(answers) == 100, broken
    again = site.caller(token).chat("many", text="question 7", stream=True)
    assert again.text() == answers[7].text()


def test_nothing_crashed(site):
    assert site.gateway.popen.poll() is None
    assert len(site.gateway.children()) == 1, "the explorer"
