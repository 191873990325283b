// Scenario: one test of a configuration, as a YAML file (docs/scenarios.md has the format): a configuration, a clock
// that stands still until told, requests, what backends are to receive and answer, and what must come of it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "text/node.h"

namespace sluice::scenario {

using Fields = std::vector<std::pair<std::string, std::string>>;

// What a message must be. Unset parts are not compared.
struct Expectation {
  std::optional<int> status;
  std::optional<std::string> method, url, body;
  const text::Node* body_json = nullptr;  // lives in Scenario::document
  std::vector<std::string> body_contains;
  Fields headers;
  std::vector<std::string> absent_headers;
  text::Position position;
};

// One call that a backend is to get, and its answer.
struct BackendCall {
  Expectation expect;
  int status = 200;
  Fields headers;
  std::string body;
  std::vector<std::string> events;  // of a stream: sent one write each, instead of `body`
  bool cut = false;                 // the connection is cut after the answer's body so far
  bool drop = false;                // it is cut instead of an answer
  Duration delay{};                 // before the answer
  text::Position position;
};

struct ExpectedEvent {
  std::optional<std::string> logger, payload;
  const text::Node* payload_json = nullptr;
  text::Position position;
};

struct Step {
  // Either time passes...
  std::optional<Duration> advance;
  // ...or a request is made.
  std::string method = "GET", url = "/";
  Fields headers;
  std::vector<std::string> withheld;  // headers with `null`: not sent, though the command line says so
  std::string body;
  std::vector<BackendCall> backend;
  bool backend_given = false;
  Expectation expect;
  std::optional<std::vector<ExpectedEvent>> events;
  Fields record;                   // columns of the exchange's record
  std::vector<std::string> trace;  // texts that the trace must have
  text::Position position;
};

// Whether it runs against a gateway that is not ours: where nothing speaks against it, although its backend calls,
// events, record and trace cannot be compared, or never.
enum class Live : uint8_t { WhereItCan, Always, Never };

struct Scenario {
  std::string file;
  std::string name;
  std::string folder;  // a configuration folder; or
  Fields files;        // inline: relative path -> contents
  Fields named_values;
  UtcTime clock{};
  std::string issuer = "https://issuer.test/";
  Live live = Live::WhereItCan;
  std::string live_path;  // before each request's path, on a live gateway
  std::vector<Step> steps;
  // It says what is to be run. Without, it is for a live gateway only.
  bool configured() const { return !folder.empty() || !files.empty(); }
  std::optional<text::Document> document;  // owns what the pointers above point to
};

// nullopt with what is wrong in `diagnostics`.
std::optional<Scenario> readScenario(const std::string& file, Diagnostics& diagnostics);

}  // namespace sluice::scenario
