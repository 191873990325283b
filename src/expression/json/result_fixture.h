// For the tests of JSON: what an expression gives, as cases.h writes results.
#pragma once

#include <gtest/gtest.h>

#include "expression/cases.h"

namespace sluice::expression {

inline void expectResult(std::string_view expression, std::string_view result) {
  const auto context = fixtureContext(
      R"({"request":{"method":"GET","url":"https://a.example/","originalUrl":"https://a.example/","headers":{}}})");
  EXPECT_EQ(runCase(expression, *context), result) << expression;
}

}  // namespace sluice::expression
