#include "analytics/schema.h"

#include <gtest/gtest.h>

#include <string>

#include "text/file.h"

namespace sluice::analytics {
namespace {

TEST(Schema, TablesAreMadeFromTheColumnsOfEvents) {
  const auto statement = exchangesTable().createStatement();
  EXPECT_TRUE(
      statement.starts_with("CREATE TABLE IF NOT EXISTS \"exchanges\" (\"time\" TIMESTAMP, \"request_id\" VARCHAR"))
      << statement;
  EXPECT_NE(statement.find("\"streamed\" BOOLEAN"), std::string::npos);
  EXPECT_NE(statement.find("\"cost\" DOUBLE"), std::string::npos);
  EXPECT_EQ(eventsTable().columns.size() + 1, unmappedTable().columns.size());
}

TEST(Schema, ThePageInTheDocumentationIsTheOneGenerated) {
  const auto page = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/docs/reference/tables.md", 1u << 20);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, tablesReference()) << "write analytics::tablesReference() to docs/reference/tables.md";
}

}  // namespace
}  // namespace sluice::analytics
