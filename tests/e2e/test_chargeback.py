"""The sample's optional block: a workload belongs to applications or groups, so that chargeback cannot be forged."""

import json

import pytest
from harness import azure, calls
from harness.site import Site

ALICES_GROUP = "5a1b0000-0000-4000-8000-0000000000e1"
OWNERS = f"support={azure.APPLICATION};research={ALICES_GROUP};both={ALICES_GROUP},{azure.APPLICATION}"


def uncomment(text):
    """The comment that holds the block, but for its introduction, becomes policy."""
    begin = text.index("<!-- Chargeback")
    block = text.index("<choose>", begin)
    end = text.index("-->", block)
    return text[:begin] + text[block:end] + text[end + len("-->"):]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    def prepare(configuration):
        policy = configuration / "apis/azure-openai/policy.xml"
        policy.write_text(uncomment(policy.read_text()))
        value = configuration / "named values/workload-owners/namedValueInformation.json"
        value.parent.mkdir()
        value.write_text(json.dumps({"properties": {"displayName": "workload-owners", "value": OWNERS}}))

    made = Site(tmp_path_factory.mktemp("chargeback"), prepare=prepare)
    yield made
    made.stop()


@pytest.mark.parametrize("principal, workload, allowed", [
    (azure.APPLICATION, "support", True),
    (azure.APPLICATION, "research", False),
    (azure.APPLICATION, "both", True),
    (azure.APPLICATION, "unlisted", False),
    (azure.ALICE, "research", True),
    (azure.ALICE, "support", False),
    (azure.ALICE, "both", True),
    (azure.BOB, "research", False),
])
def test_a_workload_is_its_owners(site, principal, workload, allowed):
    answer = site.caller(site.azure.issue(principal)).chat(workload)
    assert answer.status == (200 if allowed else 403), answer
    assert allowed or answer.json()["error"] == "invalid_workload"
