"""The current OpenAI client for Python, Azure and plain, streaming and not. Each call leaves its rows with the numbers
that the client saw."""

import openai
import pytest
from harness import azure, calls
from harness.records import of_mark

MESSAGES = [{"role": "system", "content": "Assistant is a large language model trained by OpenAI."},
            {"role": "user", "content": "Who were the founders of Microsoft?"}]
INSTRUCT, EMBEDDING = "gpt-35-turbo-instruct", "text-embedding-ada-002"


class Client:
    """A client of the library whose calls are a workload of their own."""

    def __init__(self, demo, make):
        self.records = demo.records
        self.mark = calls.mark()
        self.openai = make(self.mark)

    def chat(self, **more):
        return self.openai.chat.completions.create(model=calls.DEPLOYMENT, messages=MESSAGES, **more)

    def rows(self, count=1):
        """Of exchanges and openaiA, in the order of time."""
        return (self.records.wait_for(f"SELECT * FROM exchanges WHERE {of_mark(self.mark)} ORDER BY time", count),
                self.records.wait_for(f"SELECT * FROM openaiA WHERE WorkloadIdentifier = '{self.mark}' ORDER BY time", count))


def azure_client(demo, token, version, instance=azure.INSTANCE_1):
    return Client(demo, lambda mark: openai.AzureOpenAI(azure_endpoint=f"{demo.gateway}/{instance}/{mark}", max_retries=0,
                                                        api_version=version, azure_ad_token=token))


@pytest.fixture(params=[calls.OLD_VERSION, calls.NEW_VERSION])
def version(request):
    return request.param


@pytest.fixture(params=["azure, old version", "azure, new version", "plain"])
def client(request, demo, plain_demo):
    """Each way that the library can call the gateway. Its rows are told apart by path, or by the project header."""
    if request.param == "plain":
        token = plain_demo.azure.application_token()
        return Client(plain_demo, lambda mark: openai.OpenAI(base_url=f"{plain_demo.gateway}/openai/v1", api_key=token,
                                                             project=mark, max_retries=0))
    version = calls.OLD_VERSION if "old" in request.param else calls.NEW_VERSION
    return azure_client(demo, demo.azure.application_token(), version)


def numbers_of(row):
    return row["prompt_tokens"], row["completion_tokens"], row["total_tokens"]


def expect_complete(row, streamed, usage, source):
    assert (row["outcome"], row["status"], row["streamed"]) == ("complete", 200, streamed), row
    assert numbers_of(row) == (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), row
    assert row["tokens_source"] == source, row


def test_chat(client):
    answer = client.chat()
    [exchange], [event] = client.rows()
    expect_complete(exchange, False, answer.usage, "reported")
    assert exchange["deployment"] == calls.DEPLOYMENT
    assert numbers_of(event) == numbers_of(exchange)
    assert event["Backend"] == azure.INSTANCE_1
    assert event["User"] == azure.APPLICATION
    assert answer.choices[0].message.content in str(event["FullResponseBody"])
    assert MESSAGES[1]["content"] in str(event["FullRequestBody"])


def test_a_stream_is_counted_as_the_answer_in_one_piece_is(client, request):
    """2023-05-15 does not know stream_options: counted by us. Later versions report. Both must be what the instance says
    for the same question without a stream (the simulator's answer to a question is always the same)."""
    whole = client.chat()
    client.rows()
    chunks = list(client.chat(stream=True))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    assert len(chunks) > 3
    assert all(chunk.usage is None for chunk in chunks), "the usage that the gateway asked for is the gateway's"
    exchanges, events = client.rows(count=2)
    expect_complete(exchanges[1], True, whole.usage, "estimated" if "old" in request.node.name else "reported")
    assert numbers_of(events[1]) == numbers_of(exchanges[1])
    assert text in str(events[1]["FullResponseBody"]), "the assembled answer"


def test_a_client_that_asks_for_usage_gets_it(demo, application_token):
    client = azure_client(demo, application_token, calls.NEW_VERSION)
    chunks = list(client.chat(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].usage is not None and chunks[-1].choices == []
    [exchange], _ = client.rows()
    expect_complete(exchange, True, chunks[-1].usage, "reported")


def test_completions(demo, application_token, version):
    client = azure_client(demo, application_token, version)
    answer = client.openai.completions.create(model=INSTRUCT, prompt="Once upon a time")
    [exchange], [event] = client.rows()
    expect_complete(exchange, False, answer.usage, "reported")
    assert numbers_of(event) == numbers_of(exchange)


def test_completions_stream(demo, application_token, version):
    client = azure_client(demo, application_token, version)
    whole = client.openai.completions.create(model=INSTRUCT, prompt="Once upon a time")
    client.rows()
    chunks = list(client.openai.completions.create(model=INSTRUCT, prompt="Once upon a time", stream=True))
    text = "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].text
    exchanges, events = client.rows(count=2)
    assert exchanges[1]["streamed"] is True
    assert numbers_of(exchanges[1]) == numbers_of(events[1]) == numbers_of(exchanges[0])
    assert text in str(events[1]["FullResponseBody"])


def test_embeddings(demo, application_token, version):
    client = azure_client(demo, application_token, version)
    answer = client.openai.embeddings.create(model=EMBEDDING, input="Who were the founders of Microsoft?")
    assert len(answer.data[0].embedding) == 1536
    _, [event] = client.rows()
    assert numbers_of(event) == (answer.usage.prompt_tokens, 0, answer.usage.total_tokens)


def test_the_key_header_carries_a_token_too(demo, application_token):
    """`Authorization` from the `api-key` header when absent: the Azure client with api_key."""
    client = Client(demo, lambda mark: openai.AzureOpenAI(
        azure_endpoint=f"{demo.gateway}/{azure.INSTANCE_2}/{mark}", max_retries=0, api_version=calls.OLD_VERSION,
        api_key=application_token))
    client.chat()
    _, [event] = client.rows()
    assert event["Backend"] == azure.INSTANCE_2


def test_the_plain_clients_list_of_models(plain_demo):
    client = openai.OpenAI(base_url=f"{plain_demo.gateway}/openai/v1", max_retries=0,
                           api_key=plain_demo.azure.application_token())
    assert calls.DEPLOYMENT in [model.id for model in client.models.list()]


def test_an_error_of_the_instance_reaches_the_client_as_it_is(client):
    with pytest.raises(openai.RateLimitError) as error:
        client.chat(extra_headers={"x-simulator": "status=429; retry-after=7"})
    assert error.value.response.headers["retry-after"] == "7"
    row = client.records.exchange_with(client.mark)
    assert (row["status"], row["backend_status"]) == (429, 429)


def test_an_unknown_deployment_is_for_the_instance_to_say(demo, application_token):
    client = azure_client(demo, application_token, calls.NEW_VERSION)
    with pytest.raises(openai.NotFoundError) as error:
        client.openai.chat.completions.create(model="no-such-deployment", messages=MESSAGES)
    assert error.value.code == "DeploymentNotFound"
    row = client.records.exchange_with(client.mark)
    assert (row["status"], row["backend_status"], row["deployment"]) == (404, 404, "no-such-deployment")
