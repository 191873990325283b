"""A pool of simulated instances behind one public deployment, and backends that misbehave on purpose."""

import json
import socket
import threading
from pathlib import Path

from . import azure, calls, processes, records
from .site import free_port

SPECIFICATION = """
openapi: 3.0.1
info: {title: Chat, version: "1"}
paths:
  /deployments/{deployment}/chat/completions:
    post:
      operationId: chat
      parameters: [{name: deployment, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: OK}}
"""
POLICY = """<policies>
  <inbound><base /><set-backend-service backend-id="gpt" /></inbound>
  <backend><forward-request timeout="20" buffer-response="false" /></backend>
  <outbound><base /></outbound><on-error><base /></on-error>
</policies>"""
PATH = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if isinstance(text, str) else json.dumps({"properties": text}))


class Many:
    """`members`: name to (url, priority, more properties of the backend). With `instances` a simulator runs them."""

    def __init__(self, folder, members, instances=(), settings="", hosts=None, policy=POLICY):
        self.folder = Path(folder)
        configuration = self.folder / "configuration"
        self.simulator = self.gateway = None
        mapped = dict(hosts or {})
        if instances:
            self._start_simulator(instances)
            for name in instances:
                mapped.setdefault(f"{name}.openai.azure.com", {"address": f"127.0.0.1:{self.azure.tls_port}", "ca": self.azure.ca})
        write(configuration / "apis/chat/apiInformation.json",
              {"displayName": "Chat", "path": "openai", "protocols": ["http", "https"], "subscriptionRequired": False})
        write(configuration / "apis/chat/specification.yaml", SPECIFICATION)
        write(configuration / "apis/chat/policy.xml", policy)
        services = []
        for name, (url, priority, more) in members.items():
            write(configuration / f"backends/{name}/backendInformation.json", {"url": url, "protocol": "http"} | more)
            services.append({"id": f"/backends/{name}", "priority": priority})
        write(configuration / "backends/gpt/backendInformation.json", {"type": "Pool", "pool": {"services": services}})
        self.port = free_port()
        listed = "\n".join(f"  {host}: {json.dumps(target)}" for host, target in mapped.items())
        (configuration / "sluice.yaml").write_text(f"""
listeners: [{{address: "127.0.0.1:{self.port}"}}]
management: {{address: "127.0.0.1:0"}}
journal: {{directory: {self.folder}/journal}}
store: {{path: {self.folder}/store.duckdb}}
{"hosts:" if listed else ""}
{listed}
{settings}""")
        self.records = records.Records(self.folder / "store.duckdb")
        try:
            self.gateway = processes.Program("serve", configuration, folder=self.folder)
        except BaseException:
            self.end()
            raise
        self.url = self.gateway.ready["gateway"][0]

    def _start_simulator(self, instances):
        world = {"instances": [{"name": name, "key": f"key-{name}", "knobs": knobs,
                                "deployments": [{"name": "gpt-4o", "model": "gpt-4o", "version": "2024-11-20"}]}
                               for name, knobs in instances.items()]}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "world.yaml"
        path.write_text(json.dumps(world))
        self.simulator = processes.Program("simulate", "--world", path, "--listen", "127.0.0.1:0", "--admin-listen",
                                           "127.0.0.1:0", "--state", self.folder / "simulator", folder=self.folder)
        self.azure = azure.Azure(self.simulator.ready)

    def caller(self, timeout=30):
        return calls.Caller(self.url, None, timeout)

    def chat(self, caller, mark, **more):
        return caller.post(PATH, calls.chat_body(mark, **more))

    def row(self, mark):
        rows = self.records.wait_for(f"SELECT * FROM exchanges WHERE contains(request_body, {records.quoted(mark)})")
        assert len(rows) == 1, rows
        return rows[0]

    def status(self):
        status = calls.Caller(self.gateway.ready["management"]).get("/status").json()
        return {backend["name"]: backend for backend in status["backends"]}

    def metrics(self):
        return calls.Caller(self.gateway.ready["management"]).get("/metrics").body.decode()

    def knobs(self, instance, **knobs):
        caller = calls.Caller(self.azure.admin)
        answer = caller.post("/simulator/knobs", {"instance": instance, **knobs})
        assert answer.status in (200, 204), answer

    def stop(self):
        try:
            assert self.gateway.stop() == 0, self.gateway.output()
        finally:
            self.end()

    def end(self):
        for program in (self.gateway, self.simulator):
            if program is not None:
                program.kill()


class Rogue:
    """A backend that does with each connection what `behave(socket, request bytes)` says."""

    def __init__(self, behave, listen=True):
        self.behave = behave
        self.calls = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if listen:
            threading.Thread(target=self._run, daemon=True).start()
        else:
            self.listener.close()

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                request = self._read(connection)
                if request:
                    self.calls += 1
                    self.behave(connection, request)
            except OSError:
                pass

    def _read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return data
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(next((line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0))
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self):
        self.listener.close()
