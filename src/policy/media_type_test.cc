#include "policy/media_type.h"

#include <gtest/gtest.h>

namespace sluice::policy {
namespace {

TEST(MediaType, Notations) {
  for (const auto* type : {"application/json", "Text/JSON; charset=utf-8", "application/problem+json"})
    EXPECT_TRUE(isOf(type, Notation::Json)) << type;
  for (const auto* type : {"", "json", "application/jsonp", "application/xml", "*/*"})
    EXPECT_FALSE(isOf(type, Notation::Json)) << type;
  EXPECT_TRUE(isOf("application/soap+xml;action=x", Notation::Xml));
}

TEST(MediaType, Accept) {
  const auto asks = [](std::string_view accept) {
    http::Headers headers;
    headers.add("accept", accept);
    return asksFor(headers, Notation::Json);
  };
  EXPECT_TRUE(asks("application/json"));
  EXPECT_TRUE(asks("text/html, application/hal+json ; q=0.5"));
  EXPECT_TRUE(asks("text/json;q=0.001"));
  EXPECT_FALSE(asks("*/*"));
  EXPECT_FALSE(asks("text/html"));
  EXPECT_FALSE(asks("application/json;q=0"));
  EXPECT_FALSE(asks("application/json; v=1; Q=0.00"));
  EXPECT_FALSE(asksFor(http::Headers(), Notation::Json));
}

}  // namespace
}  // namespace sluice::policy
