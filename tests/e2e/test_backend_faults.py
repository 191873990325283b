"""Backends that fail in every way a network knows: alone, what the client gets and what the record says; in a pool, that
nobody notices."""

import select
import socket
import struct

import pytest
from harness import calls
from harness.many import PATH, Many, Rogue

GOOD_BODY = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}'
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD_BODY), GOOD_BODY)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def reset(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silence(connection, _):
    connection.recv(1)  # until the gateway gives up


def half_closed(connection, _):
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def sends(*pieces):
    def behave(connection, _):
        for piece in pieces:
            connection.sendall(piece)
    return behave


def slow_stream_head(connection, _):
    """A head, byte by byte, for longer than the gateway waits."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100:
        connection.sendall(bytes([byte]))
        if connection in select.select([connection], [], [], 0.1)[0]:
            return  # the gateway has hung up


# what it does: (the client's status, the record's reason)
FAULTS = {
    "nothing listens": (None, 500, "BackendConnectionFailure"),
    "closes without a word": (lambda connection, _: None, 500, "BackendConnectionFailure"),
    "resets": (reset, 500, "BackendConnectionFailure"),
    "closes its half only": (half_closed, 500, "BackendConnectionFailure"),
    "is silent": (silence, 504, "Timeout"),
    "speaks something else": (sends(b"SSH-2.0-OpenSSH_9.2\r\n"), 500, "BackendConnectionFailure"),
    "sends two lengths": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), 500,
                          "BackendConnectionFailure"),
    "breaks off inside its head": (sends(b"HTTP/1.1 200 OK\r\nContent-"), 500, "BackendConnectionFailure"),
    "sends its head too slowly": (slow_stream_head, 504, "Timeout"),
    "answers 503": (sends(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), 503, None),
    "answers 429 at once": (sends(b"HTTP/1.1 429 Full\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"), 429, None),
    "streams nothing but an error": (sends(STREAM, chunk(b'data: {"error":{"code":"429"}}\n\n'), b"0\r\n\r\n"), 429, "429"),
    "breaks a stream off before its first event": (sends(STREAM, chunk(b": hello\n\n")), 500, "BackendConnectionFailure"),
}


def good(connection, _):
    connection.sendall(GOOD)


@pytest.fixture(scope="module")
def rogues():
    made = {name: Rogue(behave, listen=behave is not None) for name, (behave, *_) in FAULTS.items()}
    well = Rogue(good)
    yield made, well
    for rogue in (*made.values(), well):
        rogue.close()


SETTINGS = "upstream: {firstByteTimeout: 1s, connectTimeout: 1s}"


@pytest.mark.parametrize("fault", FAULTS)
def test_alone_the_client_is_told_and_the_record_says_why(tmp_path, rogues, fault):
    _, status, reason = FAULTS[fault]
    many = Many(tmp_path, {"only": (rogues[0][fault].url, 1, {})}, settings=SETTINGS)
    try:
        mark = calls.mark()
        answer = many.chat(many.caller(), mark)
        assert answer.status == status, answer
        assert b"127.0.0.1" not in answer.body  # nothing of the inside
        row = many.row(mark)
        assert row["status"] == status and row["error_reason"] == reason, row
        many.stop()
    finally:
        many.end()


@pytest.mark.parametrize("fault", FAULTS)
def test_in_a_pool_another_member_answers(tmp_path, rogues, fault):
    made, well = rogues
    many = Many(tmp_path, {"bad": (made[fault].url, 1, {}), "well": (well.url, 2, {})}, settings=SETTINGS)
    try:
        mark = calls.mark()
        answer = many.chat(many.caller(), mark)
        assert answer.status == 200 and answer.body == GOOD_BODY, answer
        row = many.row(mark)
        assert (row["backend"], row["retries"], row["error_reason"]) == ("well", 1, None), row
        assert row["tries"].startswith('[{"backend":"bad",'), row["tries"]
        many.stop()
    finally:
        many.end()


def test_a_member_whose_identity_gets_no_token_is_passed_over(tmp_path, rogues):
    """Nothing answers where the machine's identity would be asked for; the other member needs none."""
    nobody = Rogue(None, listen=False).port
    made, well = rogues
    needs_token = {"credentials": {"managedIdentity": {"resource": "https://cognitiveservices.azure.com"}}}
    many = Many(tmp_path, {"bad": (made["closes without a word"].url, 1, needs_token), "well": (well.url, 2, {})}, settings=SETTINGS,
                hosts={"169.254.169.254": {"address": f"127.0.0.1:{nobody}"}})
    try:
        mark = calls.mark()
        answer = many.chat(many.caller(), mark)
        assert answer.status == 200 and answer.body == GOOD_BODY, answer
        row = many.row(mark)
        assert (row["backend"], row["error_reason"]) == ("well", None), row
        many.stop()
    finally:
        many.end()


def test_a_server_without_tls_is_no_server_for_https(tmp_path, rogues):
    well = rogues[1]
    speaks_plain = well.url.replace("http://", "https://")
    many = Many(tmp_path, {"bad": (speaks_plain, 1, {}), "well": (well.url, 2, {})}, settings=SETTINGS)
    try:
        mark = calls.mark()
        assert many.chat(many.caller(), mark).status == 200
        row = many.row(mark)
        assert row["backend"] == "well" and '"backend":"bad","error":"BackendConnectionFailure"' in row["tries"], row
        many.stop()
    finally:
        many.end()


def test_a_body_that_stops_is_cut_off_for_the_client_too(tmp_path):
    def stops(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        connection.recv(1)  # until the gateway gives up
    rogue = Rogue(stops)
    many = Many(tmp_path, {"only": (rogue.url, 1, {})}, settings="upstream: {readTimeout: 1s}")
    try:
        mark = calls.mark()
        try:
            whole = many.chat(many.caller(), mark).whole
        except OSError:
            whole = False
        assert not whole
        assert many.row(mark)["outcome"] == "upstream_cut"
        many.stop()
    finally:
        many.end()
        rogue.close()


RETRIES = """<policies>
  <inbound><base /><set-backend-service backend-id="only" /></inbound>
  <backend><retry condition="@(context.Response.StatusCode == 503)" count="3" interval="0">
    <forward-request {attributes} /></retry></backend>
  <outbound><base /></outbound><on-error><base /></on-error>
</policies>"""


@pytest.mark.parametrize("attributes, bodies, status, tried", [
    ("", "none", 500, 1), ("", "full", 200, 2), ('buffer-request-body="true"', "none", 200, 2)])
def test_a_body_that_was_not_kept_is_not_sent_again_as_nothing(tmp_path, attributes, bodies, status, tried):
    received = []

    def second_time(connection, request):
        received.append(len(request))
        connection.sendall(GOOD if len(received) > 1 else b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    rogue = Rogue(second_time)
    many = Many(tmp_path, {"only": (rogue.url, 1, {})}, policy=RETRIES.format(attributes=attributes),
                settings=f"record: {{bodies: {bodies}}}")
    try:
        body = b'{"messages":[{"role":"user","content":"' + b"x" * (2 << 20) + b'"}]}'
        answer = many.caller().post(PATH, body)
        assert answer.status == status, answer
        assert len(received) == tried and all(size > len(body) for size in received)
        many.stop()
    finally:
        many.end()
        rogue.close()


def test_what_the_client_has_begun_to_see_is_not_asked_for_again(tmp_path):
    """Cut inside: a stream after its first event, and a plain answer inside its body. The client sees that it is cut."""
    stream = Rogue(sends(STREAM, chunk(b'data: {"choices":[]}\n\n')))
    plain = Rogue(sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
    well = Rogue(good)
    for number, rogue in enumerate((stream, plain)):
        many = Many(tmp_path / str(number), {"bad": (rogue.url, 1, {}), "well": (well.url, 2, {})}, settings=SETTINGS)
        try:
            mark = calls.mark()
            try:
                whole = many.chat(many.caller(), mark).whole
            except OSError:
                whole = False
            assert not whole
            row = many.row(mark)
            assert (row["backend"], row["outcome"]) == ("bad", "upstream_cut"), row
            many.stop()
        finally:
            many.end()
    for rogue in (stream, plain, well):
        rogue.close()


def test_an_outage_of_all_members_is_not_multiplied(tmp_path):
    """Every member fails at once: a burst of tries, then each request fails by itself, and soon without a call."""
    dead = [Rogue(lambda connection, _: None) for _ in range(5)]
    many = Many(tmp_path, {f"m{number}": (rogue.url, 1, {}) for number, rogue in enumerate(dead)})
    try:
        caller = many.caller()
        for _ in range(200):
            assert many.chat(caller, calls.mark()).status in (500, 503)
        # Three failures open a member's breaker.
        assert sum(rogue.calls for rogue in dead) <= 5 * 3 + 5
        answer = many.chat(caller, calls.mark())
        assert answer.status == 503 and 1 <= int(answer.headers["Retry-After"]) <= 10
        assert answer.json()["message"] == "Backend pool 'gpt' is temporarily unavailable"
        many.stop()
    finally:
        many.end()
