"""Who is at the other end of a connection: certificates of clients and of the gateway, forward proxies, addresses."""

import http.client
import json
import socket
import ssl
import urllib.parse

import pytest
from harness import backends, certificates, processes

SPECIFICATION = """openapi: 3.0.1
info: {title: Echo, version: '1'}
paths:
  /*: {get: {operationId: all, responses: {'200': {description: ok}}}}
"""


class Gateway:
    """`sluice serve` with an API for each policy, at the path of its name."""

    def __init__(self, folder, settings, policies, url="https://backend.test"):
        self.configuration = folder / "configuration"
        for name, policy in policies.items():
            api = self.configuration / "apis" / name
            api.mkdir(parents=True)
            properties = {"displayName": name, "path": name, "serviceUrl": url, "subscriptionRequired": False}
            (api / "apiInformation.json").write_text(json.dumps({"properties": properties}))
            (api / "specification.yaml").write_text(SPECIFICATION)
            (api / "policy.xml").write_text(f"""<policies>
  <inbound><base />{policy}</inbound>
  <on-error><base />
    <set-header name="X-Error"><value>@(context.LastError.Source + "|" + context.LastError.Reason)</value></set-header>
    <set-header name="X-Message"><value>@(context.LastError.Message)</value></set-header>
  </on-error>
</policies>""")
        (self.configuration / "sluice.yaml").write_text(
            f"management: {{address: '127.0.0.1:0'}}\nstore: {{enabled: false}}\njournal: {{directory: {folder}/journal}}\n{settings}")
        self.program = processes.Program("serve", self.configuration, folder=folder)
        parts = urllib.parse.urlsplit(self.program.ready["gateway"][0])
        self.host, self.port = parts.hostname, parts.port

    def get(self, path, context=None, source="127.0.0.1", headers=None):
        """Over a connection of its own."""
        if context is None:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=20, source_address=(source, 0))
        else:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=20, context=context)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()


@pytest.fixture
def started():
    """What has to be ended after the test."""
    things = []
    yield things
    for thing in reversed(things):
        if isinstance(thing, Gateway):
            assert thing.program.stop() == 0, thing.program.output()
        else:
            thing.close()


def client_of(authority, certificate=None):
    context = ssl.create_default_context(cafile=authority.file)
    if certificate:
        context.load_cert_chain(certificate.file, certificate.key_file)
    return context


def test_certificates_of_clients(tmp_path, started):
    servers = certificates.Authority(tmp_path, "Servers")
    partners = certificates.Authority(tmp_path, "Partners")
    strangers = certificates.Authority(tmp_path, "Strangers")
    server = servers.issue("gateway", addresses=["127.0.0.1"])
    ada, bob, eve = partners.issue("ada"), partners.issue("bob"), partners.issue("eve")
    revoked = tmp_path / "partners.crl"
    partners.write_revocation_list(revoked, [eve])
    who = '<return-response><set-body>@(context.Request.Certificate == null ? "nobody" : ' \
          'context.Request.Certificate.Thumbprint + " " + context.Request.Certificate.Subject)</set-body></return-response>'
    gateway = Gateway(tmp_path, f"""
listeners:
  - {{address: "127.0.0.1:0", tls: {{certificate: {server.file}, key: {server.key_file}}}, clientCertificates: request}}
certificates:
  partners: {{certificate: {partners.file}}}
revocationLists: [{revoked}]
""", {
        "open": who,
        "partners": "<validate-client-certificate />" + who,
        "ada": '<validate-client-certificate><identities><identity common-name="ada" issuer-certificate-id="partners" />'
               "</identities></validate-client-certificate>" + who,
    })
    started.append(gateway)

    nobody, as_ada, as_bob = client_of(servers), client_of(servers, ada), client_of(servers, bob)
    assert gateway.get("/open/", nobody).text == "nobody"
    assert gateway.get("/open/", as_ada).text == f"{ada.thumbprint()} CN=ada"
    refused = gateway.get("/partners/", nobody)
    assert (refused.status, refused.headers["X-Error"]) == (403, "validate-client-certificate|ClientCertificateInvalid")
    assert "showed no certificate" in refused.headers["X-Message"]
    assert gateway.get("/partners/", as_ada).status == 200
    assert gateway.get("/partners/", as_bob).status == 200
    assert gateway.get("/ada/", as_ada).status == 200
    assert gateway.get("/ada/", as_bob).status == 403
    stranger = gateway.get("/partners/", client_of(servers, strangers.issue("ada")))
    assert stranger.status == 403 and "not trusted" in stranger.headers["X-Message"]
    gone = gateway.get("/partners/", client_of(servers, eve))
    assert gone.status == 403 and "revoked" in gone.headers["X-Message"]

    # A list that changes counts without a restart.
    partners.write_revocation_list(revoked, [eve, bob])
    processes.until(lambda: gateway.get("/partners/", as_bob).status == 403, what="the new list")
    assert gateway.get("/partners/", as_ada).status == 200


def test_a_certificate_of_the_gateways_own(tmp_path, started):
    authority = certificates.Authority(tmp_path)
    backend = backends.Backend(authority.issue("backend", hosts=["backend.test", "other.test"]), client_ca=authority.file)
    started.append(backend)
    one, two = authority.issue("one"), authority.issue("two")
    own = '<authentication-certificate certificate-id="one" />'
    ask = f"""<send-request response-variable-name="r"><set-url>https://other.test/asked</set-url><set-method>GET</set-method>
      <authentication-certificate thumbprint="{two.thumbprint()}" /></send-request>
      <return-response><set-body>@(((IResponse)context.Variables["r"]).Body.As<string>())</set-body></return-response>"""
    gateway = Gateway(tmp_path, f"""
listeners: [{{address: "127.0.0.1:0"}}]
tls: {{ca: {authority.file}}}
hosts:
  backend.test: {{address: "127.0.0.1:{backend.port}"}}
  other.test: {{address: "127.0.0.1:{backend.port}"}}
certificates:
  one: {{certificate: {one.file}, key: {one.key_file}}}
  two: {{certificate: {two.file}, key: {two.key_file}}}
""", {"own": own, "two": own.replace("one", "two"), "none": "", "ask": ask})
    started.append(gateway)

    assert json.loads(gateway.get("/own/x").text) == {"path": "/x", "host": "backend.test", "client": "one"}
    # Connections that were opened with one certificate are not there for others.
    refused = gateway.get("/none/x")
    assert (refused.status, refused.headers["X-Error"]) == (500, "forward-request|BackendConnectionFailure")
    assert json.loads(gateway.get("/two/x").text)["client"] == "two"
    assert json.loads(gateway.get("/own/y").text)["client"] == "one"
    assert json.loads(gateway.get("/ask/").text) == {"path": "/asked", "host": "other.test", "client": "two"}


def test_a_forward_proxy(tmp_path, started):
    authority = certificates.Authority(tmp_path)
    secure = backends.Backend(authority.issue("backend", hosts=["backend.test"]))
    plain = backends.Backend()
    proxy = backends.ForwardProxy("gateway", "secret", {443: secure.port, 80: plain.port})
    started += [secure, plain, proxy]
    through = f'<proxy url="http://127.0.0.1:{proxy.port}" username="gateway" password="secret" />'
    ask = f"""<send-request response-variable-name="r"><set-url>http://plain.test/asked</set-url><set-method>GET</set-method>
      {through}</send-request>
      <return-response><set-body>@(((IResponse)context.Variables["r"]).Body.As<string>())</set-body></return-response>"""
    gateway = Gateway(tmp_path, f"listeners: [{{address: '127.0.0.1:0'}}]\ntls: {{ca: {authority.file}}}\n", {
        "secure": through,
        "plain": '<set-backend-service base-url="http://plain.test/base" />' + through,
        "wrong": through.replace("secret", "guess"),
        "nowhere": '<proxy url="http://127.0.0.1:9" />',
        "ask": ask,
    })
    started.append(gateway)

    assert json.loads(gateway.get("/secure/x").text)["host"] == "backend.test"
    assert json.loads(gateway.get("/plain/x").text)["path"] == "/base/x"
    assert json.loads(gateway.get("/ask/").text)["path"] == "/asked"
    assert set(proxy.asked) == {"backend.test:443", "plain.test:80"}  # a tunnel may serve the next request too
    for name in ("wrong", "nowhere"):
        refused = gateway.get(f"/{name}/x")
        assert (refused.status, refused.headers["X-Error"]) == (500, "forward-request|BackendConnectionFailure")
        assert "activityId" in json.loads(refused.text)
    assert proxy.refused == 1
    assert len(secure.calls) == 1 and len(plain.calls) == 2


def test_a_client_that_leaves_is_an_error_too(tmp_path, started):
    """on-error runs though nobody is there to be answered."""
    backend = backends.Backend()
    started.append(backend)
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    (configuration / "policy.xml").write_text("""<policies>
  <backend><forward-request id="f" /></backend>
  <on-error>
    <send-one-way-request>
      <set-url>@("http://backend.test/told/" + context.LastError.Source + "/" + context.LastError.Reason + "/"
        + context.LastError.Section + "/" + context.LastError.PolicyId + "/" + context.Response.StatusCode)</set-url>
      <set-method>GET</set-method>
    </send-one-way-request>
  </on-error>
</policies>""")
    gateway = Gateway(tmp_path, f"""
listeners: [{{address: '127.0.0.1:0'}}]
hosts:
  backend.test: {{address: "127.0.0.1:{backend.port}"}}
""", {"echo": ""}, url="http://backend.test")
    started.append(gateway)
    with socket.create_connection((gateway.host, gateway.port)) as client:
        client.sendall(b"GET /echo/slow HTTP/1.1\r\nHost: gateway\r\n\r\n")
        processes.until(lambda: "/slow" in backend.calls, what="the backend's call")
    processes.until(lambda: len(backend.calls) > 1, what="on-error")
    assert backend.calls[1] == "/told/forward-request/ClientConnectionFailure/backend/f/499"


def test_addresses_of_callers(tmp_path, started):
    """A caller's address is its connection's, whatever it says of itself."""
    here = "<return-response />"
    gateway = Gateway(tmp_path, "listeners: [{address: '127.0.0.1:0'}]\n", {
        "allow": '<ip-filter action="allow"><address-range from="127.0.0.1" to="127.0.0.5" /></ip-filter>' + here,
        "forbid": '<ip-filter action="forbid"><address>127.0.0.6</address></ip-filter>' + here,
    })
    started.append(gateway)
    assert gateway.get("/allow/").status == 200
    assert gateway.get("/allow/", source="127.0.0.5").status == 200
    refused = gateway.get("/allow/", source="127.0.0.6", headers={"X-Forwarded-For": "127.0.0.1"})
    assert (refused.status, refused.headers["X-Error"]) == (403, "ip-filter|CallerIpNotAllowed")
    assert json.loads(refused.text) == {
        "statusCode": 403, "message": "Caller IP address 127.0.0.6 is not allowed. Access denied."}
    assert gateway.get("/forbid/", source="127.0.0.5").status == 200
    refused = gateway.get("/forbid/", source="127.0.0.6")
    assert (refused.status, refused.headers["X-Error"]) == (403, "ip-filter|CallerIpBlocked")
