"""Backends as entities: certificates, pins, proxies and the gateway's own identity, and secrets of a Key Vault, over TLS."""

import base64
import json
import subprocess
import urllib.request

import pytest
from harness import azure, calls, processes, records
from harness.tls_backend import Authority, Proxy, TlsBackend

KEY = "the-callers-key"
SPECIFICATION = {"openapi": "3.0.1", "info": {"title": "A", "version": "1"},
                 "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "-"}}}}}}


class Gateway:
    """A configuration written by a test, served with a store."""

    def __init__(self, folder, settings=""):
        self.folder = folder
        self.configuration = folder / "configuration"
        self.configuration.mkdir()
        self.program = None
        (self.configuration / "sluice.yaml").write_text(f"""
listeners: [{{address: "127.0.0.1:0"}}]
management: {{address: "127.0.0.1:0"}}
threads: 2
journal: {{directory: {folder}/journal}}
store: {{path: {folder}/store.duckdb}}
subscriptions: {{master: {{primaryKey: {{value: {KEY}}}}}}}
{settings}""")

    def write(self, path, value):
        file = self.configuration / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value if isinstance(value, str) else json.dumps({"properties": value}))

    def api(self, name, policy, specification=None):
        self.write(f"apis/{name}/apiInformation.json", {"displayName": name, "path": name, "protocols": ["https"],
                   "subscriptionKeyParameterNames": {"header": "api-key", "query": "api-key"}})
        self.write(f"apis/{name}/specification.json", json.dumps(specification or SPECIFICATION))
        self.write(f"apis/{name}/policy.xml", f"<policies><inbound><base />{policy}</inbound></policies>")

    def backend(self, name, **properties):
        self.write(f"backends/{name}/backendInformation.json", properties | {"protocol": "http"})
        self.api(name, f'<set-backend-service backend-id="{name}" />')

    def start(self, environment=None):
        self.program = processes.Program("serve", self.configuration, folder=self.folder, environment=environment)
        self.records = records.Records(self.folder / "store.duckdb")
        self.url = self.program.ready["gateway"][0]

    def get(self, path, key=KEY):
        return calls.Caller(self.url).get(path, headers={"api-key": key})

    def status(self):
        return calls.Caller(self.program.ready["management"]).get("/status").json()

    def stop(self):
        assert self.program.stop() == 0, self.program.output()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def simulated(tmp_path):
    program = processes.Program("simulate", "--listen", "127.0.0.1:0", "--plain-listen", "127.0.0.1:0", "--admin-listen",
                                "127.0.0.1:0", "--state", tmp_path / "simulator", folder=tmp_path)
    yield azure.Azure(program.ready)
    program.stop()


def test_certificates_pins_and_proxies_of_backends(tmp_path, authority):
    strict, plain, proxy = TlsBackend(authority, "strict", demands=True), TlsBackend(authority, "plain"), Proxy()
    authority.issue("gateway")
    gateway = Gateway(tmp_path, f"""
tls: {{ca: {tmp_path}/ca.pem}}
certificates:
  own: {{certificate: {tmp_path}/gateway.pem, key: {tmp_path}/gateway.key}}
""")
    gateway.backend("shows", url=strict.url, credentials={"certificateIds": ["own"]})
    gateway.backend("shows-none", url=strict.url)
    gateway.backend("pinned", url=plain.url, tls={"serverCertificateThumbprints": [plain.thumbprint.lower()]})
    gateway.backend("pinned-to-another", url=plain.url, tls={"serverCertificateThumbprints": [strict.thumbprint]})
    gateway.backend("proxied", url=plain.url, proxy={"url": proxy.url, "username": "u", "password": "p"})
    gateway.backend("lacks", url=plain.url, credentials={"certificateIds": ["gone"]})
    gateway.start()
    try:
        assert gateway.get("/shows/x").body == b"certificate: gateway"
        assert gateway.get("/pinned/x").body == b"certificate: none"
        assert gateway.get("/shows-none/x").status == 500
        assert gateway.get("/pinned-to-another/x").status == 500
        assert gateway.get("/proxied/x").body == b"certificate: none"
        assert proxy.asked == [(f"localhost:{plain.port}", "Basic " + base64.b64encode(b"u:p").decode())]
        assert gateway.get("/lacks/x").status == 501
        rows = gateway.records.wait_for("SELECT api, error_reason, error_message FROM exchanges WHERE status = 500", 2)
        assert {row["error_reason"] for row in rows} == {"BackendConnectionFailure"}
        pinned = next(row for row in rows if row["api"] == "pinned-to-another")
        assert "thumbprint is pinned" in pinned["error_message"]
    finally:
        gateway.stop()
        for server in (strict, plain, proxy):
            server.stop()


@pytest.mark.parametrize("form", ["machine", "app-service", "secret"])
def test_a_backend_gets_a_token_of_the_gateways_identity(tmp_path, simulated, form):
    hosts = f"""
hosts:
  "*.openai.azure.com": {{address: "127.0.0.1:{simulated.tls_port}", ca: {simulated.ca}}}
  login.microsoftonline.com: {{address: "127.0.0.1:{simulated.tls_port}", ca: {simulated.ca}}}
  169.254.169.254: {{address: "127.0.0.1:{simulated.plain_port}"}}
"""
    environment = {"app-service": {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{simulated.plain_port}/msi/token",
                                   "IDENTITY_HEADER": "anything"},
                   "secret": {"AZURE_TENANT_ID": azure.TENANT, "AZURE_CLIENT_ID": azure.APPLICATION,
                              "AZURE_CLIENT_SECRET": azure.APPLICATION_SECRET}}.get(form, {})
    gateway = Gateway(tmp_path, hosts)
    gateway.write("backends/openai/backendInformation.json",
                  {"url": f"https://{azure.INSTANCE_1}.openai.azure.com/openai", "protocol": "http",
                   "credentials": {"managedIdentity": {"resource": azure.AUDIENCE}}})
    gateway.api("openai", '<set-backend-service backend-id="openai" />',
                {"openapi": "3.0.1", "info": {"title": "A", "version": "1"}, "paths": {"/deployments/{d}/chat/completions": {
                    "post": {"operationId": "chat", "responses": {"200": {"description": "-"}}}}}})
    gateway.start(environment)
    try:
        before = simulated.counters()["identity"]["requests"]
        for _ in range(8):
            request = urllib.request.Request(
                f"{gateway.url}/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-10-21",
                json.dumps(calls.chat_body("hello")).encode(), {"api-key": KEY, "Content-Type": "application/json"})
            with urllib.request.urlopen(request) as answer:
                assert json.load(answer)["choices"]
        assert simulated.counters()["identity"]["requests"] == before + 1, "one request for all threads"
    finally:
        gateway.stop()


def vault_settings(simulated, more=""):
    return f"""
hosts:
  "*.vault.azure.net": {{address: "127.0.0.1:{simulated.tls_port}", ca: {simulated.ca}}}
  login.microsoftonline.com: {{address: "127.0.0.1:{simulated.tls_port}", ca: {simulated.ca}}}
identity:
  outbound:
    source: clientSecret
    tenantId: {azure.TENANT}
    clientId: {azure.APPLICATION}
    clientSecret: {{value: {azure.APPLICATION_SECRET}}}
keyVault: {{refresh: 200ms, wait: 10s}}
{more}"""


def set_secret(simulated, name, value):
    body = json.dumps({"vault": "kv", "name": name} | ({"value": value} if value else {})).encode()
    urllib.request.urlopen(f"{simulated.admin}/simulator/secrets", body).close()


def add_named_value(gateway, name):
    gateway.write(f"named values/{name}/namedValueInformation.json",
                  {"displayName": name, "secret": True, "keyVault": {"secretIdentifier": f"https://kv.vault.azure.net/secrets/{name}"}})
    gateway.api(name, f"<return-response><set-status code='200' /><set-body>{{{{{name}}}}}</set-body></return-response>")


def test_secrets_of_a_key_vault_are_read_and_followed(tmp_path, simulated):
    gateway = Gateway(tmp_path, vault_settings(simulated))
    set_secret(simulated, "here", "first")
    for name in ("here", "later"):
        add_named_value(gateway, name)
    gateway.start()
    try:
        assert gateway.get("/here/x").body == b"first"
        assert gateway.get("/later/x").status == 501, "an API whose secret is missing is left out alone"
        vault = gateway.status()["keyVault"]
        assert (vault["secrets"], vault["failing"]) == (2, 1)
        assert "https://kv.vault.azure.net/secrets/later: the vault answered 404 (SecretNotFound)" in vault["errors"][0]
        set_secret(simulated, "here", "second")
        processes.until(lambda: gateway.get("/here/x").body == b"second", what="the new version")
        set_secret(simulated, "later", "came")
        processes.until(lambda: gateway.get("/later/x").body == b"came", what="the API that was left out")
        processes.until(lambda: gateway.status()["keyVault"]["failing"] == 0, what="a vault without failures")
        set_secret(simulated, "here", None)
        processes.until(lambda: gateway.status()["keyVault"]["failing"] == 1, what="the failure")
        assert gateway.get("/here/x").body == b"second", "the last good value serves"
    finally:
        gateway.stop()


def test_a_secret_that_everything_needs_stops_the_start_and_check_asks_nobody(tmp_path, simulated):
    gateway = Gateway(tmp_path, vault_settings(simulated))
    add_named_value(gateway, "gone")
    gateway.write("policy.xml", "<policies><inbound><set-variable name='x' value='{{gone}}' /></inbound>"
                                "<backend><forward-request /></backend></policies>")
    result = subprocess.run([processes.SLUICE, "serve", gateway.configuration], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "the named value `gone` comes from https://kv.vault.azure.net/secrets/gone" in result.stderr
    assert "Key Vault Secrets User" in result.stderr
    checked = subprocess.run([processes.SLUICE, "check", gateway.configuration], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout
    assert "would be fetched: https://kv.vault.azure.net/secrets/gone for the named value `gone`" in checked.stdout
