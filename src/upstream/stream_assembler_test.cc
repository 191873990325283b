#include "upstream/stream_assembler.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <initializer_list>
#include <string>

namespace sluice::upstream {
namespace {

void feed(StreamAssembler& stream, std::initializer_list<std::string_view> events) {
  for (const std::string_view event : events) stream.event(event);
}

// The answer, which must be JSON for a parser that is not ours.
std::string answer(const StreamAssembler& stream, const Usage* estimated = nullptr) {
  const std::string out = stream.answer(estimated);
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(out).error(), simdjson::SUCCESS) << out;
  return out;
}

TEST(StreamAssembler, MakesTheWholeAnswerOfAnAzureChat) {
  StreamAssembler stream(Dialect::ChatCompletions);
  EXPECT_EQ(
      stream.event(
          R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,)"
          R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})"),
      EventKind::Prompt);
  EXPECT_EQ(stream.event(
                R"({"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},)"
                R"("finish_reason":null,"index":0,"logprobs":null}],"created":1700000000,"id":"chatcmpl-1",)"
                R"("model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_1"})"),
            EventKind::Content);
  feed(
      stream,
      {R"({"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"The \"sky\""},"finish_reason":null,"index":0,"logprobs":null}],"created":1700000000,"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_1"})",
       R"({"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"low"}},"delta":{"content":"\n\ud83d"},"finish_reason":null,"index":0,"logprobs":null}],"created":1700000000,"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_1"})",
       R"({"choices":[{"delta":{"content":"\ude00."},"finish_reason":null,"index":0}],"id":"chatcmpl-1"})",
       R"({"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"created":1700000000,"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_1"})"});
  EXPECT_FALSE(stream.done());
  EXPECT_EQ(
      stream.event(
          R"({"choices":[],"created":1700000000,"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk",)"
          R"("system_fingerprint":"fp_1","usage":{"completion_tokens":5,"prompt_tokens":12,"total_tokens":17}})"),
      EventKind::UsageOnly);
  EXPECT_EQ(stream.event("[DONE]"), EventKind::Done);
  EXPECT_EQ(
      answer(stream),
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"The \"sky\"\n\ud83d\ude00.","refusal":null},"logprobs":null,"finish_reason":"stop",)"
      R"("content_filter_results":{"hate":{"filtered":false,"severity":"low"}}}],"prompt_filter_results":[{"prompt_index":0,)"
      R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"system_fingerprint":"fp_1",)"
      R"("usage":{"completion_tokens":5,"prompt_tokens":12,"total_tokens":17}})");
  EXPECT_TRUE(stream.done());
  EXPECT_FALSE(stream.truncated());
  EXPECT_EQ(stream.events(), 8u);
  EXPECT_EQ(stream.usage().total, 17u);
  EXPECT_EQ(stream.model(), "gpt-4o-2024-08-06");
  EXPECT_EQ(stream.id(), "chatcmpl-1");
  EXPECT_EQ(stream.finishReason(), "stop");
  EXPECT_EQ(stream.contentFilter(), ContentFilter::Passed);
  EXPECT_EQ(stream.completionText(), "The \"sky\"\n\xf0\x9f\x98\x80.");
}

TEST(StreamAssembler, AssemblesToolCallsByIndex) {
  StreamAssembler stream(Dialect::ChatCompletions);
  feed(
      stream,
      {R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}]}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"time","arguments":"{}"}},{"index":0,"function":{"arguments":"\"Oslo\"}"}}]}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"});
  EXPECT_EQ(
      answer(stream),
      R"({"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[)"
      R"({"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}},)"
      R"({"id":"call_b","type":"function","function":{"name":"time","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]})");
  EXPECT_EQ(stream.completionText(), "weather{\"city\":\"Oslo\"}time{}");
}

TEST(StreamAssembler, AssemblesFunctionCallsAndRefusalsAndUnknownTexts) {
  StreamAssembler stream(Dialect::ChatCompletions);
  feed(stream,
       {R"({"choices":[{"delta":{"role":"assistant","content":"","function_call":{"name":"f","arguments":"{\"a"}}}]})",
        R"({"choices":[{"delta":{"function_call":{"arguments":"\":1}"},"reasoning_content":"so"}}]})",
        R"({"choices":[{"delta":{"reasoning_content":" on","refusal":"I "}}]})",
        R"({"choices":[{"delta":{"refusal":"can't"}}]})"});
  EXPECT_EQ(
      answer(stream),
      R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"f",)"
      R"("arguments":"{\"a\":1}"},"reasoning_content":"so on","refusal":"I can't"},"logprobs":null,"finish_reason":null}]})");
  EXPECT_EQ(stream.completionText(), "I can'tso onf{\"a\":1}");
}

TEST(StreamAssembler, KeepsChoicesApartAndInOrder) {
  StreamAssembler stream(Dialect::ChatCompletions);
  feed(stream, {R"({"choices":[{"delta":{"content":"b1"},"index":1},{"index":0,"delta":{"content":"a1"}}]})",
                R"({"choices":[{"index":0,"delta":{"content":"a2"},"finish_reason":"length"}]})",
                R"({"choices":[{"index":1,"delta":{"content":"b2"},"finish_reason":"stop"}]})"});
  EXPECT_EQ(
      answer(stream),
      R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a1a2"},"logprobs":null,"finish_reason":"length"},)"
      R"({"index":1,"message":{"role":"assistant","content":"b1b2"},"logprobs":null,"finish_reason":"stop"}]})");
  EXPECT_EQ(stream.finishReason(), "length");
}

TEST(StreamAssembler, JoinsLogprobs) {
  StreamAssembler stream(Dialect::ChatCompletions);
  feed(
      stream,
      {R"({"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.1,"bytes":[97]}],"refusal":null}}]})",
       R"({"choices":[{"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-0.2,"bytes":[98]}],"refusal":null}}]})"});
  EXPECT_NE(
      answer(stream).find(
          R"("logprobs":{"content":[{"token":"a","logprob":-0.1,"bytes":[97]},{"token":"b","logprob":-0.2,"bytes":[98]}],"refusal":null})"),
      std::string::npos);
}

TEST(StreamAssembler, MakesTheWholeAnswerOfACompletion) {
  StreamAssembler stream(Dialect::Completions);
  feed(
      stream,
      {R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"text":"Once","index":0,"finish_reason":null,"logprobs":{"tokens":["Once"],"token_logprobs":[-1],"text_offset":[0]}}]})",
       R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"text":" upon","index":0,"finish_reason":"stop","logprobs":{"tokens":[" upon"],"token_logprobs":[-2],"text_offset":[4]}}]})",
       "[DONE]"});
  Usage estimated;
  estimated.prompt = 3;
  estimated.completion = 2;
  EXPECT_EQ(
      answer(stream, &estimated),
      R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"Once upon","logprobs":{"tokens":["Once"," upon"],"token_logprobs":[-1,-2],"text_offset":[0,4]},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");
  EXPECT_EQ(stream.completionText(), "Once upon");
}

TEST(StreamAssembler, UsageBesideContentIsNotTheEventThatWeCaused) {
  StreamAssembler stream(Dialect::ChatCompletions);
  EXPECT_EQ(stream.event(R"({"choices":[{"index":0,"delta":{"content":"x"}}],"usage":null})"), EventKind::Content);
  EXPECT_EQ(stream.event(R"({"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1}})"), EventKind::Content);
  EXPECT_EQ(stream.event(R"({"choices":[],"usage":null})"), EventKind::Prompt);
  EXPECT_EQ(stream.event(R"({"usage":{"prompt_tokens":1}})"), EventKind::Other);
  EXPECT_EQ(stream.event(R"({"choices":[],"usage":{"prompt_tokens":2}})"), EventKind::UsageOnly);
  EXPECT_EQ(stream.usage().prompt, 2u);
}

TEST(StreamAssembler, ErrorsInsideAStreamAreSeen) {
  StreamAssembler stream(Dialect::ChatCompletions);
  stream.event(R"({"choices":[{"index":0,"delta":{"content":"half"}}]})");
  EXPECT_EQ(stream.event(R"({"error":{"message":"overloaded","type":"server_error","code":null}})"), EventKind::Error);
  EXPECT_EQ(stream.errorCode(), "server_error");
  EXPECT_FALSE(stream.done());
  EXPECT_NE(answer(stream).find("half"), std::string::npos);
}

TEST(StreamAssembler, AFilterThatStruckStays) {
  StreamAssembler stream(Dialect::ChatCompletions);
  feed(
      stream,
      {R"({"choices":[{"index":0,"delta":{"content":"x"},"content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}]})",
       R"({"choices":[{"index":0,"delta":{},"finish_reason":"content_filter","content_filter_results":{"hate":{"filtered":false}}}]})"});
  EXPECT_EQ(stream.contentFilter(), ContentFilter::Filtered);
  EXPECT_NE(answer(stream).find(R"({"hate":{"filtered":true,"severity":"high"}})"), std::string::npos);
}

TEST(StreamAssembler, IsCutAtItsBoundAndSaysSo) {
  AssemblyBounds bounds;
  bounds.bytes = 5000;
  StreamAssembler stream(Dialect::ChatCompletions, bounds);
  const std::string event = R"({"choices":[{"index":0,"delta":{"content":")" + std::string(100, 'x') + R"("}}]})";
  for (int i = 0; i < 1000; ++i) stream.event(event);
  stream.event(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}})");
  stream.event("[DONE]");
  EXPECT_TRUE(stream.truncated());
  EXPECT_GE(stream.lostBytes(), 95'000u);
  EXPECT_LT(answer(stream).size(), 6000u);
  EXPECT_EQ(stream.completionText().size() % 100, 0u);
  EXPECT_EQ(stream.usage().total, 10u) << "counted even where there is no room to keep it";
  EXPECT_TRUE(stream.done());
}

TEST(StreamAssembler, CountsAreBounded) {
  StreamAssembler stream(Dialect::ChatCompletions);
  for (int i = 0; i < 5000; ++i) {
    const std::string number = std::to_string(i);
    stream.event("{\"m" + number + "\":1,\"choices\":[{\"index\":" + number + ",\"delta\":{\"a" + number +
                 "\":\"x\",\"tool_calls\":[{\"index\":" + number + ",\"id\":\"i\"}]}},{\"index\":0,\"o" + number +
                 "\":1,\"delta\":{\"b" + number + "\":\"y\",\"tool_calls\":[{\"index\":" + number + "}]}}]}");
  }
  EXPECT_TRUE(stream.truncated());
  EXPECT_LT(answer(stream).size(), 200'000u);
}

TEST(StreamAssembler, NothingUnderstoodLeavesAnEmptyAnswer) {
  StreamAssembler stream(Dialect::ChatCompletions);
  for (const std::string_view event : {"", "x", "[]", "null", "{", "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]",
                                       "{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}", "{\"choices\":[tru]}",
                                       "{\"choices\":[{\"delta\":{\"content\":\"a\nb\"}}]}", "[DONE]x"}) {
    EXPECT_EQ(stream.event(event), EventKind::Other) << event;
  }
  EXPECT_EQ(stream.event(R"({"choices":7})"), EventKind::Other);
  EXPECT_EQ(
      stream.event(
          R"({"choices":[7,null,{"delta":"x"},{"delta":{"content":{"a":[1]}}},{"index":-1,"delta":{"content":["y"]}}]})"),
      EventKind::Content);
  answer(stream);
}

TEST(StreamAssembler, MixedKindsDoNotBreakTheAnswer) {
  StreamAssembler stream(Dialect::ChatCompletions);
  const std::initializer_list<std::string_view> values = {
      "\"a\"",         "null", "1",
      "{\"x\":\"y\"}", "[1]",  "[{\"index\":0,\"z\":\"q\"}]",
      "[[\"deep\"]]",  "true", "{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":1}}}}}}}}"};
  for (const auto first : values)
    for (const auto second : values)
      for (const auto value : {first, second}) {
        stream.event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":" + std::string(value) +
                     ",\"tool_calls\":" + std::string(value) + ",\"k" +
                     std::to_string(first.size() * 40 + second.size()) + "\":" + std::string(value) +
                     "},\"logprobs\":" + std::string(value) + ",\"finish_reason\":" + std::string(value) + "}]}");
        answer(stream);
      }
}

TEST(StreamAssembler, TheResponsesApiRepeatsItsAnswerAtTheEnd) {
  StreamAssembler stream(Dialect::Responses);
  EXPECT_EQ(
      stream.event(R"({"type":"response.created","response":{"id":"resp_1","model":"gpt-5","status":"in_progress"}})"),
      EventKind::Other);
  EXPECT_EQ(stream.event(R"({"type":"response.output_text.delta","delta":"Hel"})"), EventKind::Content);
  stream.event(R"({"delta":"lo","type":"response.output_text.delta"})");
  EXPECT_EQ(stream.completionText(), "Hello");
  EXPECT_NE(answer(stream).find("Hello"), std::string::npos);
  const std::string whole =
      R"({"id":"resp_1","model":"gpt-5","status":"completed","output":[],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}})";
  EXPECT_EQ(stream.event(R"({"type":"response.completed","response":)" + whole + "}"), EventKind::Done);
  EXPECT_EQ(answer(stream), whole);
  EXPECT_EQ(stream.usage().total, 5u);
  EXPECT_EQ(stream.finishReason(), "completed");
  EXPECT_TRUE(stream.done());
  EXPECT_EQ(stream.event(" [DONE] "), EventKind::Done);
  StreamAssembler failing(Dialect::Responses);
  EXPECT_EQ(failing.event(R"({"type":"error","code":"server_error","message":"x"})"), EventKind::Error);
  EXPECT_EQ(failing.errorCode(), "server_error");
}

TEST(StreamAssembler, MakesTheWholeAnswerOfAnAnthropicMessage) {
  StreamAssembler stream(Dialect::AnthropicMessages);
  feed(
      stream,
      {R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":25,"output_tokens":1}}})",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})", R"({"type":"ping"})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me "}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"look."}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"find","input":{}}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" \"x\"}"}})",
       R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":15}})"});
  EXPECT_EQ(stream.event(R"({"type":"message_stop"})"), EventKind::Done);
  EXPECT_EQ(
      answer(stream),
      R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Let me look."},)"
      R"({"type":"tool_use","id":"t1","name":"find","input":{"q": "x"}}],"stop_reason":"tool_use","usage":{"input_tokens":25,"output_tokens":15}})");
  EXPECT_EQ(stream.usage().prompt, 25u);
  EXPECT_EQ(stream.usage().completion, 15u);
  EXPECT_EQ(stream.finishReason(), "tool_use");
  EXPECT_EQ(stream.completionText(), "Let me look.find{\"q\": \"x\"}");
  StreamAssembler failing(Dialect::AnthropicMessages);
  EXPECT_EQ(failing.event(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"), EventKind::Error);
  EXPECT_EQ(failing.errorCode(), "overloaded_error");
}

}  // namespace
}  // namespace sluice::upstream
