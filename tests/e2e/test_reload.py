"""Reloads under load, good and bad: no failed request; the next configuration is there, or the old one stays."""

import signal

from harness import calls, processes
from harness.load import Load


class Policy:
    """The sample's API policy, with a version that answers show in a header."""

    def __init__(self, site):
        self.path = max(site.configuration.glob("apis/*/policy.xml"), key=lambda path: path.stat().st_size)
        self.text = self.path.read_text()
        assert "<outbound>" in self.text

    def write(self, version):
        header = f'<set-header name="x-version" exists-action="override"><value>{version}</value></set-header>'
        self.path.write_text(self.text.replace("<outbound>", f"<outbound>{header}", 1))

    def break_it(self, how):
        self.path.write_text(how(self.text))


def version_of(site, token):
    return site.caller(token).chat("version").headers["x-version"]


def test_good_and_bad_reloads_fail_no_request(site):
    token = site.azure.application_token()
    policy = Policy(site)
    versions = set()
    load = Load(site.url, token, threads=8, check=lambda answer: versions.add(answer.headers["x-version"]))
    try:
        for version in range(1, 9):
            policy.write(version)
            if version % 2:
                site.gateway.signal(signal.SIGHUP)  # else noticed by itself
            processes.until(lambda: version_of(site, token) == str(version), what=f"version {version}")
            so_far = len(load.whole)
            processes.until(lambda: len(load.whole) > so_far + 20, what="answers")
            break_and_mend(site, policy, version, token, load)
    finally:
        load.stop()
    assert load.failed == []
    assert {str(version) for version in range(1, 9)} <= versions
    assert len(load.whole) > 300
    site.stop()


BREAKS = [
    lambda text: text[:len(text) // 2],
    lambda text: text.replace("<outbound>", "<outbound><no-such-policy />", 1),
    lambda text: text.replace("<outbound>", '<outbound><set-variable name="x" value="@(1 + )" />', 1),
    lambda text: "",
]


def break_and_mend(site, policy, version, token, load):
    rejected = site.status()["configuration"]["failedReloads"]
    policy.break_it(BREAKS[version % len(BREAKS)])
    processes.until(lambda: site.status()["configuration"]["failedReloads"] > rejected, what="refusal of a bad configuration")
    so_far = len(load.whole)
    processes.until(lambda: len(load.whole) > so_far + 20, what="answers from the old configuration")
    assert version_of(site, token) == str(version)


def test_an_exchange_keeps_the_configuration_that_it_began_with(site):
    token = site.azure.application_token()
    policy = Policy(site)
    policy.write(1)
    processes.until(lambda: version_of(site, token) == "1", what="version 1")
    raw = calls.Raw(site.url)
    body = '{"messages":[{"role":"user","content":"x"}],"stream":true}'
    raw.send(calls.request_head(calls.chat_path(), token, len(body), {"x-simulator": "tps=20; tokens=60"}) + body)
    assert "x-version: 1" in raw.read_head()
    policy.write(2)
    processes.until(lambda: version_of(site, token) == "2", what="version 2")
    assert b"[DONE]" in raw.read_until(b"[DONE]")
    raw.close()
    site.stop()
