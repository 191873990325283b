// Comparing what came with what was expected; each difference is one readable line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.h"
#include "text/node.h"

namespace sluice::scenario {

// A message as it came.
struct Message {
  int status = 0;
  std::string method, url, body;
  Fields headers;
};

using Differences = std::vector<std::string>;

// `what` begins each line: "reply", "backend call 1".
void compare(const Expectation& expected, const Message& actual, std::string_view what, Differences& differences);
// JSON text against a tree: the same structure and values, members in any order.
void compareJson(const text::Node& expected, std::string_view actual, std::string_view what, Differences& differences);

}  // namespace sluice::scenario
