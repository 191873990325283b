"""HTTP calls of a gateway, with what libraries hide: whether an answer was whole, and bytes as they are."""

import http.client
import json
import socket
import urllib.parse
import uuid

from . import azure

DEPLOYMENT = "gpt-35-turbo"
OLD_VERSION, NEW_VERSION = "2023-05-15", "2024-10-21"  # without and with stream_options


def mark():
    """A workload of its own for a call, to find its records by."""
    return f"mark-{uuid.uuid4().hex}"


def chat_path(workload="team-a", instance=azure.INSTANCE_1, deployment=DEPLOYMENT, version=OLD_VERSION, kind="chat/completions"):
    return f"/{instance}/{workload}/openai/deployments/{deployment}/{kind}?api-version={version}"


def chat_body(text, **more):
    return {"messages": [{"role": "user", "content": text}], **more}


class Answer:
    def __init__(self, status, headers, body, whole=True):
        self.status = status
        self.headers = headers
        self.body = body
        self.whole = whole  # False: the connection ended before the answer did

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The data of a stream's events, [DONE] included, as text."""
        return [line[5:].strip() for line in self.body.decode().splitlines() if line.startswith("data:")]

    def chunks(self):
        return [json.loads(event) for event in self.events() if event != "[DONE]"]

    def text(self):
        """What the model said in a stream of chat completion chunks."""
        deltas = (choice["delta"] for chunk in self.chunks() for choice in chunk["choices"])
        return "".join(delta.get("content") or "" for delta in deltas)

    def __repr__(self):
        return f"{self.status} {self.body[:500]}"


class Caller:
    """Calls one gateway over kept-alive connections, one at a time."""

    def __init__(self, gateway, token=None, timeout=30):
        parts = urllib.parse.urlsplit(gateway)
        self.host, self.port = parts.hostname, parts.port
        self.token = token
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def post(self, path, body, headers=None):
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        headers = {"Content-Type": "application/json"} | (headers or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return self.request("POST", path, data, headers)

    def chat(self, workload, headers=None, text="Who were the founders of Microsoft?", **more):
        path_parts = {name: more.pop(name) for name in ("instance", "deployment", "version") if name in more}
        return self.post(chat_path(workload=workload, **path_parts), chat_body(text, **more), headers)

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers or {})

    def request(self, method, path, data, headers):
        try:
            self.connection.request(method, path, data, headers)
            response = self.connection.getresponse()
        except BaseException:
            self.connection.close()
            raise
        try:
            return Answer(response.status, response.headers, response.read())
        except http.client.IncompleteRead as cut:
            self.connection.close()
            return Answer(response.status, response.headers, cut.partial, whole=False)

    def close(self):
        self.connection.close()


class Raw:
    """A socket, for what no library would send."""

    def __init__(self, gateway, timeout=30):
        parts = urllib.parse.urlsplit(gateway)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def read_head(self):
        """Status line and header fields; what came after them is kept for read()."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(65536)
            if not more:
                break
            data += more
        head, _, self.rest = data.partition(b"\r\n\r\n")
        return head.decode()

    def read(self):
        """The next bytes; empty at the end."""
        if getattr(self, "rest", b""):
            rest, self.rest = self.rest, b""
            return rest
        return self.socket.recv(65536)

    def read_until(self, wanted):
        data = b""
        while wanted not in data:
            more = self.read()
            if not more:
                break
            data += more
        return data

    def close(self):
        self.socket.close()


def request_head(path, token, length=None, headers=None):
    lines = [f"POST {path} HTTP/1.1", "Host: gateway", "Content-Type: application/json", f"Authorization: Bearer {token}"]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines) + "\r\n\r\n"
