// The reference page is what the declarations say, and says something about every type.
#include "expression/reference.h"

#include <gtest/gtest.h>

#include "expression/library.h"
#include "text/file.h"

namespace sluice::expression {
namespace {

TEST(Reference, PageIsCurrent) {
  const auto page = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/docs/reference/expressions.md", 1u << 20);
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(*page == expressionsReference())
      << "docs/reference/expressions.md is stale: sluice eval --reference > docs/reference/expressions.md";
}

TEST(Reference, EveryTypeHasASentence) {
  for (const auto& def : Library::instance().all()) EXPECT_NE(typeSentence(def->full_name), "") << def->full_name;
}

TEST(Reference, SentencesAreAboutWhatExists) {
  EXPECT_EQ(staleSentences(), "");
}

TEST(Reference, EveryMemberHasItsLine) {
  const std::string page = expressionsReference();
  size_t members = 0;
  for (const auto& def : Library::instance().all())
    for (const Member& member : def->members()) {
      EXPECT_NE(page.find("- `" + std::string(member.signature) + "`"), std::string::npos) << member.signature;
      ++members;
    }
  EXPECT_GT(members, 2000u);
}

}  // namespace
}  // namespace sluice::expression
