"""The gateways under test. Each listens on `port`; `pids` are the processes whose time counts."""

import json
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from processes import Process, children

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TENANT = "5a1b0000-0000-4000-8000-000000000001"  # the simulator's


class Direct:
    """No gateway: the base of added latency."""

    name = "direct"

    def __init__(self, upstream_port):
        self.port = upstream_port
        self.pids = []

    def end(self):
        pass


class Nginx:
    name = "nginx"

    def __init__(self, core, upstream_port, port, folder):
        folder = folder / "nginx"
        folder.mkdir(parents=True)
        text = (HERE / "nginx.conf").read_text()
        for word, value in (("@DIR@", folder), ("@UPSTREAM@", upstream_port), ("@PORT@", port)):
            text = text.replace(word, str(value))
        (folder / "nginx.conf").write_text(text)
        self.port = port
        self.process = Process(core, [binary(), "-p", folder, "-c", folder / "nginx.conf"], folder / "log")
        wait_for(port)
        self.pids = children(self.process.pid)

    def end(self):
        self.process.end()


def binary():
    """nginx as installed, or unpacked by ./dev bench (installing the package would start a server)."""
    found = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
    return found or str(ROOT / ".deps/nginx/usr/sbin/nginx")


def wait_for(port, seconds=20):
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


PLAIN_API = {
    "apiInformation.json": json.dumps({"properties": {
        "displayName": "@NAME@", "path": "@NAME@", "protocols": ["http", "https"], "subscriptionRequired": False,
        "serviceUrl": "http://127.0.0.1:@UPSTREAM@"}}),
    "specification.yaml": """openapi: 3.0.1
info: {title: plain, version: '1'}
paths:
  /{any}:
    post:
      operationId: forward
      parameters: [{name: any, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: OK}}
""",
}


class Sluice:
    """The sample configuration in front of the bench upstream, one thread, and an API beside it that only forwards. The
    identity provider is the simulator, on the load's core; only its keys are asked for."""

    name = "sluice"

    def __init__(self, core, load_core, upstream_port, port, folder, binary, wrapper=()):
        """`wrapper`: a program that runs the gateway, with its arguments. Port 0: any."""
        self.folder = folder / "sluice"
        configuration = self.folder / "configuration"
        shutil.copytree(ROOT / "examples/azure-openai", configuration)
        self.simulator = self.start_simulator(load_core, binary)
        self.write_configuration(configuration, upstream_port, port, bool(wrapper))
        ready = self.folder / "ready.json"
        self.process = Process(core, [*wrapper, binary, "serve", configuration, "--ready-file", ready], self.folder / "log")
        self.port = int(read_when_there(ready)["gateway"][0].rsplit(":", 1)[1])
        self.pids = [self.process.pid]
        # The explorer is a process apart, beside the load; what it costs is not the gateway's.
        for child in children(self.process.pid):
            subprocess.run(["taskset", "-a", "-c", "-p", str(load_core), str(child)], check=True, capture_output=True)

    def start_simulator(self, core, binary):
        ready = self.folder / "simulator.json"
        arguments = [binary, "simulate", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--state",
                     self.folder / "simulator", "--ready-file", ready]
        process = Process(core, arguments, self.folder / "simulator-log")
        self.azure = read_when_there(ready)
        return process

    def write_configuration(self, configuration, upstream_port, port, wrapped):
        """The sample, its instance being the bench upstream, without TLS; and beside it three APIs that only forward, one of
        them with records, since nginx keeps none, and one to a pool of five members with circuit breakers. Under a wrapper there is no store: the explorer would run under it too, or not at all."""
        for api in ("plain", "recorded", "pooled"):
            folder = configuration / "apis" / api
            folder.mkdir(parents=True)
            for name, text in PLAIN_API.items():
                (folder / name).write_text(text.replace("@UPSTREAM@", str(upstream_port)).replace("@NAME@", api))
        (configuration / "apis/pooled/policy.xml").write_text(
            '<policies><inbound><set-backend-service backend-id="five" /></inbound></policies>')
        members = [f"m{number}" for number in range(5)]
        breaker = {"name": "r", "tripDuration": "PT10S", "acceptRetryAfter": True, "failureCondition": {
            "count": 3, "interval": "PT10S", "statusCodeRanges": [{"min": 429, "max": 429}, {"min": 500, "max": 599}]}}
        backends = {name: {"url": f"http://127.0.0.1:{upstream_port}", "circuitBreaker": {"rules": [breaker]}} for name in members}
        backends["five"] = {"type": "Pool", "pool": {"services": [{"id": f"/backends/{name}"} for name in members]}}
        for name, properties in backends.items():
            (configuration / "backends" / name).mkdir(parents=True)
            (configuration / "backends" / name / "backendInformation.json").write_text(json.dumps({"properties": properties}))
        settings = (configuration / "sluice.yaml").read_text()
        tables = settings[settings.index("tables:"):settings.index("# namedValues:")]
        (configuration / "sluice.yaml").write_text(f"""
threads: 1
listeners:
  - address: 127.0.0.1:{port}
management:
  address: 127.0.0.1:0
hosts:
  login.microsoftonline.com: {{address: "127.0.0.1:{self.azure["simulatorPort"]}", ca: {self.azure["ca"]}}}
  dev-openai-instance-1.openai.azure.com: {{address: "127.0.0.1:{upstream_port}", plain: true}}
namedValues:
  tenant: {{value: {TENANT}}}
journal:
  directory: {self.folder}/journal
store:
  path: {self.folder}/store.duckdb
  enabled: {"false" if wrapped else "true"}
{tables.rstrip()}
  apis: {{plain: none, pooled: none}}
""")

    def token(self):
        """An application's, as it gets it."""
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": "5a1b0000-0000-4000-8000-0000000000a1",
            "client_secret": "workload-secret", "scope": "https://cognitiveservices.azure.com/.default"}).encode()
        trust = ssl.create_default_context(cafile=self.azure["ca"])
        with urllib.request.urlopen(f"https://localhost:{self.azure['simulatorPort']}/{TENANT}/oauth2/v2.0/token", form, context=trust) as answer:
            return json.load(answer)["access_token"]

    def end(self):
        self.process.end()
        self.simulator.end()


def read_when_there(path, seconds=30):
    end = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end:
            raise RuntimeError(f"nothing wrote {path}")
        time.sleep(0.02)
    return json.loads(path.read_text())
