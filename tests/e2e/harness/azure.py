"""The simulated Azure as tests see it: its addresses, tokens of its provider, its counters."""

import json
import ssl
import urllib.parse
import urllib.request

TENANT = "5a1b0000-0000-4000-8000-000000000001"
APPLICATION, APPLICATION_SECRET = "5a1b0000-0000-4000-8000-0000000000a1", "workload-secret"
STRANGER, STRANGER_SECRET = "5a1b0000-0000-4000-8000-0000000000a2", "stranger-secret"  # without the role
ALICE, BOB = "alice@contoso.example", "bob@contoso.example"
CAROL = "carol@contoso.example"  # without the role
AUDIENCE = "https://cognitiveservices.azure.com"
INSTANCE_1, INSTANCE_2 = "dev-openai-instance-1", "dev-openai-instance-2"


class Azure:
    """`ready` is what the ready file of demo or simulate says."""

    def __init__(self, ready):
        self.tls_port = ready["simulatorPort"]
        self.plain_port = ready.get("simulatorPlainPort")
        self.ca = ready["ca"]
        self.admin = ready["simulatorAdmin"]
        self.authority = f"https://localhost:{self.tls_port}/{TENANT}"
        self.trust = ssl.create_default_context(cafile=self.ca)

    def application_token(self, client=APPLICATION, secret=APPLICATION_SECRET):
        """Client credentials, as a service gets its token."""
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client, "client_secret": secret,
                                       "scope": f"{AUDIENCE}/.default"}).encode()
        with urllib.request.urlopen(f"{self.authority}/oauth2/v2.0/token", form, context=self.trust) as answer:
            return json.load(answer)["access_token"]

    def issue(self, principal=ALICE, audience=AUDIENCE, lifetime=600):
        """A token as no client could ask for it: expired (a negative lifetime, seconds), for another audience."""
        wanted = json.dumps({"principal": principal, "audience": audience, "expires_in": lifetime}).encode()
        with urllib.request.urlopen(f"{self.admin}/simulator/token", wanted) as answer:
            return json.load(answer)["access_token"]

    def counters(self):
        with urllib.request.urlopen(f"{self.admin}/simulator/counters") as answer:
            return json.load(answer)
