"""forward-request with http-version 2 and 2or1, against an HTTP/2 server of another make."""

import json
import threading

import pytest
from harness import calls, http2, processes
from harness.site import Site

SPECIFICATION = """
openapi: 3.0.1
info: {title: HTTP/2, version: "1"}
paths:
  /{anything}:
    post:
      operationId: post
      parameters: [{name: anything, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: fine}}
"""


def write_api(configuration, name, version):
    folder = configuration / "apis" / name
    folder.mkdir(parents=True)
    properties = {"displayName": name, "path": name, "protocols": ["http", "https"], "apiRevision": "1",
                  "isCurrent": True, "subscriptionRequired": False}
    (folder / "apiInformation.json").write_text(json.dumps({"properties": properties}))
    (folder / "specification.yaml").write_text(SPECIFICATION)
    (folder / "policy.xml").write_text(f"""<policies>
  <inbound><set-backend-service base-url="https://{http2.HOST}" /></inbound>
  <backend><forward-request http-version="{version}" buffer-response="false" /></backend>
  <outbound />
  <on-error />
</policies>
""")


class World:
    def __init__(self, folder):
        self.go_on = threading.Event()
        self.refusals = 0
        self.exchanges = []
        self.backend = http2.Backend(folder, self.answer, protocols=("h2", "http/1.1"))
        self.site = Site(folder, prepare=self.prepare)

    def prepare(self, configuration):
        for name, version in (("two", "2"), ("either", "2or1")):
            write_api(configuration, name, version)
        settings = configuration / "sluice.yaml"
        line = f'  {http2.HOST}: {{address: "127.0.0.1:{self.backend.port}", ca: {self.backend.certificate}}}\n'
        settings.write_text(settings.read_text().replace("hosts:\n", "hosts:\n" + line, 1))

    def answer(self, exchange, request):
        self.exchanges.append((exchange, request))
        path = request.headers[":path"]
        if path == "/events":
            exchange.head(200, [("content-type", "text/event-stream")])
            exchange.send(b"data: first\n\n")
            self.go_on.wait(20)
            exchange.send(b"data: second\n\n", end=True)
        elif path == "/refused" and self.refusals < 1:
            self.refusals += 1
            exchange.refuse()
        elif path == "/silent":
            exchange.head(200, [("content-type", "text/event-stream")])
            exchange.send(b"data: first\n\n")
        else:
            exchange.head(200, [("content-type", "application/octet-stream")])
            exchange.send(request.body, end=True)

    def stop(self):
        self.go_on.set()
        self.site.stop()
        self.backend.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("http2"))
    yield made
    made.stop()


def post(world, path, body=b"{}"):
    return world.site.caller(None).request("POST", path, body, {"Content-Type": "application/json"})


@pytest.mark.parametrize("api", ["two", "either"])
def test_the_request_and_its_answer_are_whole(world, api):
    answer = post(world, f"/{api}/echo", b"hello")
    assert (answer.status, answer.body) == (200, b"hello")
    _, request = world.exchanges[-1]
    assert request.headers[":authority"] == http2.HOST
    assert request.headers[":scheme"] == "https"
    assert request.headers["content-length"] == "5"
    assert not {"connection", "host", "transfer-encoding"} & set(request.headers)


def test_a_large_body_goes_both_ways(world):
    body = bytes(range(256)) * 40_000
    answer = post(world, "/two/echo", body)
    assert answer.status == 200
    assert answer.body == body


def test_events_pass_as_they_come(world):
    connection = calls.Raw(world.site.url)
    connection.send(b"POST /two/events HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}")
    assert connection.read_head().startswith("HTTP/1.1 200")
    first = connection.read_until(b"data: first\n\n")
    assert b"second" not in first
    world.go_on.set()
    connection.read_until(b"data: second\n\n")
    connection.close()


def test_a_client_that_leaves_resets_its_stream_only(world):
    connection = calls.Raw(world.site.url)
    connection.send(b"POST /two/silent HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}")
    connection.read_until(b"data: first\n\n")
    exchange, _ = world.exchanges[-1]
    connection.close()
    processes.until(exchange.given_up, what="reset of the stream")
    assert post(world, "/two/echo", b"still here").body == b"still here"


def test_what_the_backend_refuses_unseen_is_sent_again(world):
    answer = post(world, "/two/refused", b"again")
    assert (answer.status, answer.body) == (200, b"again")


def test_requests_share_connections(world):
    before = len(world.backend.connections)
    for number in range(20):
        assert post(world, "/two/echo", str(number).encode()).body == str(number).encode()
    assert len(world.backend.connections) - before <= 4  # one for each thread of the gateway that had none
