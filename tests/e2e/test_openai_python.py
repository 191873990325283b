"""The current OpenAI client for Python, Azure and plain, streaming and not. Each call leaves its rows with the numbers
that the client saw."""

import openai
import pytest
from harness import azure, calls

QUESTION = "Who were the founders of Microsoft? "


@pytest.fixture(params=[calls.OLD_VERSION, calls.NEW_VERSION])
def version(request):
    return request.param


@pytest.fixture
def azure_client(demo, application_token, version):
    return openai.AzureOpenAI(azure_endpoint=f"{demo.gateway}/{azure.INSTANCE_1}/python", api_version=version,
                              azure_ad_token=application_token, max_retries=0)


@pytest.fixture
def plain_client(demo, application_token):
    """The second sample: what tools know that know only OpenAI."""
    return openai.OpenAI(base_url=f"{demo.gateway}/openai/v1", api_key=application_token, max_retries=0)


def expect_rows(demo, mark, usage, streamed, estimated=False):
    exchange = demo.records.exchange_with(mark)
    numbers = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    assert (exchange["prompt_tokens"], exchange["completion_tokens"], exchange["total_tokens"]) == numbers
    assert exchange["tokens_source"] == ("estimated" if estimated else "reported")
    assert exchange["streamed"] is streamed
    assert exchange["outcome"] == "complete"
    assert exchange["status"] == 200
    event = demo.records.event_with(mark)
    assert (event["prompt_tokens"], event["completion_tokens"], event["total_tokens"]) == numbers
    return exchange, event


def test_chat(demo, azure_client, version):
    mark = calls.mark()
    answer = azure_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark))
    exchange, event = expect_rows(demo, mark, answer.usage, streamed=False)
    assert exchange["api_version"] == version
    assert exchange["deployment"] == calls.DEPLOYMENT
    assert event["WorkloadIdentifier"] == "python"
    assert event["Backend"] == azure.INSTANCE_1
    assert answer.choices[0].message.content in str(event["FullResponseBody"])


def messages(mark):
    return [{"role": "system", "content": "Assistant is a large language model trained by OpenAI."},
            {"role": "user", "content": QUESTION + mark}]


def test_chat_stream_is_counted_as_the_answer_in_one_piece_is(demo, azure_client, version):
    """2023-05-15 does not know stream_options: counted by us. Later versions report. Both must be what the instance says
    for the same question without a stream (the simulator's answer to a question is always the same)."""
    mark = calls.mark()
    whole = azure_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark))
    demo.records.exchange_with(mark)
    chunks = list(azure_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark), stream=True))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    assert all(chunk.usage is None for chunk in chunks), "the usage that the gateway asked for is the gateway's"
    where = f"contains(request_body, '{mark}') AND streamed"
    [exchange] = demo.records.wait_for(f"SELECT * FROM exchanges WHERE {where}")
    assert exchange["tokens_source"] == ("estimated" if version == calls.OLD_VERSION else "reported")
    assert (exchange["prompt_tokens"], exchange["completion_tokens"]) == (
        whole.usage.prompt_tokens, whole.usage.completion_tokens)
    events = demo.records.wait_for(
        f"SELECT * FROM openaiA WHERE contains(CAST(FullRequestBody AS VARCHAR), '{mark}') ORDER BY time", count=2)
    assert [event["total_tokens"] for event in events] == [whole.usage.total_tokens] * 2
    assert text in str(events[1]["FullResponseBody"]), "the assembled answer"


@pytest.mark.parametrize("version", [calls.NEW_VERSION], indirect=True)
def test_a_client_that_asks_for_usage_gets_it(demo, azure_client):
    mark = calls.mark()
    chunks = list(azure_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark), stream=True,
                                                       stream_options={"include_usage": True}))
    assert chunks[-1].usage is not None
    expect_rows(demo, mark, chunks[-1].usage, streamed=True)


def test_completions(demo, azure_client):
    mark = calls.mark()
    answer = azure_client.completions.create(model="gpt-35-turbo-instruct", prompt=QUESTION + mark)
    expect_rows(demo, mark, answer.usage, streamed=False)


def test_completions_stream(demo, azure_client, version):
    mark = calls.mark()
    whole = azure_client.completions.create(model="gpt-35-turbo-instruct", prompt=QUESTION + mark)
    chunks = list(azure_client.completions.create(model="gpt-35-turbo-instruct", prompt=QUESTION + mark, stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == whole.choices[0].text
    [exchange] = demo.records.wait_for(f"SELECT * FROM exchanges WHERE contains(request_body, '{mark}') AND streamed")
    assert exchange["total_tokens"] == whole.usage.total_tokens


def test_embeddings(demo, azure_client):
    mark = calls.mark()
    answer = azure_client.embeddings.create(model="text-embedding-ada-002", input=QUESTION + mark)
    assert len(answer.data[0].embedding) == 1536
    event = demo.records.event_with(mark)
    assert (event["prompt_tokens"], event["total_tokens"]) == (answer.usage.prompt_tokens, answer.usage.total_tokens)
    assert not event["completion_tokens"]


def test_the_key_header_carries_a_token_too(demo, application_token):
    """`Authorization` from the `api-key` header when absent: the plain Azure client with api_key."""
    mark = calls.mark()
    client = openai.AzureOpenAI(azure_endpoint=f"{demo.gateway}/{azure.INSTANCE_2}/python", max_retries=0,
                                api_version=calls.OLD_VERSION, api_key=application_token)
    client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark))
    assert demo.records.event_with(mark)["Backend"] == azure.INSTANCE_2


def test_plain_client_chat(demo, plain_client):
    mark = calls.mark()
    answer = plain_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark))
    exchange = demo.records.exchange_with(mark)
    assert exchange["total_tokens"] == answer.usage.total_tokens
    assert exchange["deployment"] == calls.DEPLOYMENT or exchange["model"].startswith("gpt-35-turbo")


def test_plain_client_stream(demo, plain_client):
    mark = calls.mark()
    whole = plain_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark))
    chunks = list(plain_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark), stream=True))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    [exchange] = demo.records.wait_for(f"SELECT * FROM exchanges WHERE contains(request_body, '{mark}') AND streamed")
    assert exchange["total_tokens"] == whole.usage.total_tokens


def test_an_instance_error_reaches_the_client_as_it_is(demo, azure_client):
    mark = calls.mark()
    with pytest.raises(openai.RateLimitError) as error:
        azure_client.chat.completions.create(model=calls.DEPLOYMENT, messages=messages(mark),
                                             extra_headers={"x-simulator": "status=429; retry-after=7"})
    assert error.value.response.headers["retry-after"] == "7"
    exchange = demo.records.exchange_with(mark)
    assert (exchange["status"], exchange["backend_status"]) == (429, 429)
    demo.records.event_with(mark)


def test_an_unknown_deployment_is_the_instance_to_say(azure_client):
    with pytest.raises(openai.NotFoundError) as error:
        azure_client.chat.completions.create(model="no-such-deployment", messages=messages("x"))
    assert error.value.code == "DeploymentNotFound"
