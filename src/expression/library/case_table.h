// For tests of the library: expressions with the results that .NET gives, as the conformance cases write them.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "expression/cases.h"

namespace sluice::expression {

struct TableRow {
  std::string_view expression;  // or { statements }
  std::string_view expected;
};

inline void expectRows(std::initializer_list<TableRow> rows) {
  for (const TableRow& row : rows) {
    const auto context = fixtureContext("{}");
    const std::string text(row.expression);
    const std::string actual = runCase(text.starts_with('{') ? "@" + text : "@(" + text + ")", *context);
    EXPECT_TRUE(agrees(actual, row.expected)) << text << "\n  expected " << row.expected << "\n  actual   " << actual;
  }
}

// The result is that string.
inline void expectTexts(std::initializer_list<TableRow> rows) {
  for (const TableRow& row : rows) {
    const std::string expected = R"({"type":"string","value":")" + std::string(row.expected) + "\"}";
    expectRows({{row.expression, expected}});
  }
}

// The expression throws that class of exception.
inline void expectThrows(std::initializer_list<TableRow> rows) {
  for (const TableRow& row : rows) {
    const std::string expected = R"({"exception":")" + std::string(row.expected) + "\"}";
    expectRows({{row.expression, expected}});
  }
}

// The expression throws an exception with that message.
inline void expectMessages(std::initializer_list<TableRow> rows) {
  for (const TableRow& row : rows) {
    const std::string source =
        "{ try { return (object)(" + std::string(row.expression) + "); } catch (Exception e) { return e.Message; } }";
    expectTexts({{source, row.expected}});
  }
}

}  // namespace sluice::expression
