#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Diagnostic, ShowsTheLineWithACaretAndTheRemedy) {
  const std::string text = "<a>\n\t<b x='1'/>\n</a>";
  const SourceText source("policy.xml", text);
  const auto diagnostic = source.diagnostic(Severity::Error, text.find("x="), "unknown attribute `x`", "Remove it.");
  EXPECT_EQ(render(diagnostic),
            "policy.xml:2:5: error: unknown attribute `x`\n  \t<b x='1'/>\n  \t   ^\n  Remove it.\n");
}

TEST(Diagnostic, NearestSuggestsNearMissesOnly) {
  EXPECT_EQ(nearest("set-heder", {"set-header", "set-body"}), "set-header");
  EXPECT_EQ(nearest("GetOrDefault", {"GetValueOrDefault", "Count"}), "GetValueOrDefault");
  EXPECT_EQ(nearest("quux", {"set-header", "set-body"}), "");
}

}  // namespace
}  // namespace sluice
