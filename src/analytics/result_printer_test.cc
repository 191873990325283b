#include "analytics/result_printer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace sluice::analytics {
namespace {

using Rows = std::vector<std::vector<ResultCell>>;

std::string print(Format format, size_t wide, const std::vector<ResultColumn>& columns, const Rows& rows,
                  bool truncated = false) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  const auto printer = makePrinter(format, wide, out);
  EXPECT_TRUE(printer->columns(columns));
  for (const auto& row : rows) EXPECT_TRUE(printer->row(row));
  printer->finish({rows.size(), truncated});
  std::fclose(out);
  std::string printed(text, size);
  std::free(text);
  return printed;
}

const std::vector<ResultColumn> kColumns = {
    {"name", ColumnKind::Text}, {"tokens", ColumnKind::Number}, {"ok", ColumnKind::Bool}};

TEST(ResultPrinter, TableAligns) {
  EXPECT_EQ(print(Format::Table, 80, kColumns, {{"Ann", "5", "true"}, {"B\xc3\xa4rbel", "1234567", std::nullopt}}),
            "name     tokens  ok\n"
            "------  -------  ----\n"
            "Ann           5  true\n"
            "B\xc3\xa4rbel  1234567  NULL\n"
            "(2 rows)\n");
  EXPECT_EQ(print(Format::Table, 80, {{"a", ColumnKind::Text}}, {{"x"}}, true), "a\n-\nx\n(first 1 row)\n");
  EXPECT_EQ(print(Format::Table, 80, {{"a", ColumnKind::Text}}, {}), "a\n-\n(0 rows)\n");
}

TEST(ResultPrinter, TableCutsTheWidestCells) {
  const std::string longer(50, 'x');
  EXPECT_EQ(print(Format::Table, 20, {{"a", ColumnKind::Text}, {"b", ColumnKind::Text}}, {{longer, "short"}}),
            "a              b\n"
            "-------------  -----\n"
            "xxxxxxxxxxxx\xe2\x80\xa6  short\n"
            "(1 row)\n");
  EXPECT_NE(print(Format::Table, 0, {{"a", ColumnKind::Text}}, {{longer}}).find(longer), std::string::npos);
  // Two wide ones share the line.
  const auto printed = print(Format::Table, 42, {{"a", ColumnKind::Text}, {"b", ColumnKind::Text}}, {{longer, longer}});
  EXPECT_EQ(printed.substr(printed.find('\n') + 1, 42), std::string(20, '-') + "  " + std::string(20, '-'));
}

TEST(ResultPrinter, ATableNeverSteersTheTerminal) {
  const auto printed = print(Format::Table, 0, {{"a\x1b[2J", ColumnKind::Text}},
                             {{"x\x1b]0;t\x07y\nz\t\xc2\x9b"
                               "31m"}});
  EXPECT_EQ(printed.find('\x1b'), std::string::npos);
  EXPECT_EQ(printed.find('\x07'), std::string::npos);
  EXPECT_EQ(printed.find('\x9b'), std::string::npos);
  EXPECT_NE(printed.find("x\\x1b]0;t\\x07y\\nz\\t\\x9b31m"), std::string::npos);
}

TEST(ResultPrinter, JsonIsOneObjectPerLine) {
  EXPECT_EQ(print(Format::Json, 80, kColumns, {{"A\"\\\n\x01", "5.5", "true"}, {std::nullopt, "nan", "false"}}),
            "{\"name\":\"A\\\"\\\\\\n\\u0001\",\"tokens\":5.5,\"ok\":true}\n"
            "{\"name\":null,\"tokens\":\"nan\",\"ok\":false}\n");
}

TEST(ResultPrinter, CsvQuotesWhatNeedsIt) {
  EXPECT_EQ(print(Format::Csv, 80, kColumns, {{"a,\"b\"\n", "5", std::nullopt}, {"", "6", "true"}}),
            "name,tokens,ok\r\n\"a,\"\"b\"\"\n\",5,\r\n\"\",6,true\r\n");
}

}  // namespace
}  // namespace sluice::analytics
