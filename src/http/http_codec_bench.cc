// What the codec costs: a chat request's head (800-byte token, 1.2 KB in all), its rewriting, a streamed event.
#include <benchmark/benchmark.h>

#include <string>

#include "base/arena.h"
#include "http/codec.h"
#include "http/sse.h"

namespace {

using namespace sluice;
using namespace sluice::http;

std::string chatRequest() {
  return "POST /openai/deployments/gpt-4o/chat/completions?api-version=2024-06-01 HTTP/1.1\r\n"
         "Host: gateway.example.org\r\nAccept: application/json\r\nAccept-Encoding: gzip, deflate\r\n"
         "Connection: keep-alive\r\nContent-Length: 400\r\nContent-Type: application/json\r\n"
         "User-Agent: AzureOpenAI/Python 1.40.0\r\nX-Stainless-Arch: x64\r\nX-Stainless-Lang: python\r\n"
         "X-Stainless-OS: Linux\r\nX-Stainless-Runtime: CPython\r\nworkload: chat\r\nAuthorization: Bearer " +
         std::string(800, 'x') + "\r\n\r\n";
}

void parseRequest(benchmark::State& state) {
  const std::string text = chatRequest();
  Arena arena;
  for (auto _ : state) {
    RequestHead head(&arena);
    benchmark::DoNotOptimize(parseRequestHead(text, HeadLimits(), head));
    arena.reset();
  }
}
BENCHMARK(parseRequest);

void writeRequest(benchmark::State& state) {
  const std::string text = chatRequest();
  RequestHead head;
  parseRequestHead(text, HeadLimits(), head);
  const RequestLineParts line{head.method, head.target, {}};
  std::string out(requestHeadSize(line, head.headers), '\0');
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        writeRequestHead(line, head.headers, Framing::Length, 400, ConnectionOption::Default, out.data()));
  }
}
BENCHMARK(writeRequest);

void parseEvent(benchmark::State& state) {
  const std::string text =
      "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\"," + std::string(140, 'x') + "}\n\n";
  SseParser parser;
  SseEvent event;
  for (auto _ : state) {
    parser.feed(text);
    while (parser.next(event) == SseParser::State::Event) benchmark::DoNotOptimize(event);
  }
}
BENCHMARK(parseEvent);

void decodeChunk(benchmark::State& state) {
  BodyDecoder decoder;
  decoder.start(Framing::Chunked, 0);
  const std::string text = "c8\r\n" + std::string(200, 'x') + "\r\n";
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(text));
}
BENCHMARK(decodeChunk);

}  // namespace

BENCHMARK_MAIN();
