#include "gateway/path_template.h"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class PathTemplateTest : public testing::Test {
 protected:
  void add(std::string id, std::string method, std::string path, std::vector<config::TemplateQuery> query = {}) {
    auto operation = std::make_unique<config::Operation>();
    operation->id = std::move(id);
    operation->method = std::move(method);
    operation->path = std::move(path);
    operation->query = std::move(query);
    tree_.add(*operation, operations_.size());
    operations_.push_back(std::move(operation));
  }

  std::string find(std::string_view method, std::string_view path, std::string_view query = {}) {
    matched_.clear();
    const auto* leaf = tree_.match(method, path, query, arena_, matched_);
    return leaf == nullptr ? "none" : leaf->operation->id;
  }

  std::string parameter(std::string_view name) {
    for (const auto& [key, value] : matched_)
      if (key == name) return std::string(value);
    return "absent";
  }

  Arena arena_;
  PathTemplateTree tree_;
  std::vector<std::unique_ptr<config::Operation>> operations_;
  std::pmr::vector<policy::NameValue> matched_{&arena_};
};

TEST_F(PathTemplateTest, LiteralBeatsParameterBeatsWildcard) {
  add("wild", "GET", "/*");
  add("param", "GET", "/a/{x}");
  add("literal", "GET", "/a/b");
  EXPECT_EQ(find("GET", "/a/b"), "literal");
  EXPECT_EQ(find("GET", "/A/B"), "literal");
  EXPECT_EQ(find("GET", "/a/c%20d"), "param");
  EXPECT_EQ(parameter("x"), "c d");
  EXPECT_EQ(find("GET", "/q/r/s"), "wild");
  EXPECT_EQ(parameter("*"), "q/r/s");
}

TEST_F(PathTemplateTest, GoesBackWhenALiteralLeadsNowhere) {
  add("deep", "GET", "/a/b/c");
  add("other", "GET", "/{x}/b/d");
  EXPECT_EQ(find("GET", "/a/b/d"), "other");
  EXPECT_EQ(parameter("x"), "a");
  EXPECT_EQ(find("GET", "/a/b/e"), "none");
}

TEST_F(PathTemplateTest, AnEmptySegmentMatchesAParameter) {
  add("chat", "POST", "/{backend}/{usecase}/openai");
  EXPECT_EQ(find("POST", "/east//openai"), "chat");
  EXPECT_EQ(parameter("usecase"), "");
  EXPECT_EQ(parameter("backend"), "east");
}

TEST_F(PathTemplateTest, TheWrongMethodIsNoMatch) {
  add("post", "POST", "/a");
  EXPECT_EQ(find("GET", "/a"), "none");
  EXPECT_EQ(find("POST", "/a/"), "post");
}

TEST_F(PathTemplateTest, ARequiredQueryParameterIsPartOfTheTemplate) {
  add("with", "POST", "/c", {{"api-version", "api-version", ""}});
  EXPECT_EQ(find("POST", "/c"), "none");
  EXPECT_EQ(find("POST", "/c", "x=1&API-version=2023-05-15"), "with");
  EXPECT_EQ(parameter("api-version"), "2023-05-15");
}

TEST_F(PathTemplateTest, AnOperationOfODataHasTextAroundItsParameter) {
  add("user", "GET", "/users('{id}')");
  EXPECT_EQ(find("GET", "/users('42')"), "user");
  EXPECT_EQ(parameter("id"), "42");
  EXPECT_EQ(find("GET", "/users(42)"), "none");
}

TEST_F(PathTemplateTest, ADeepHostilePathEnds) {
  add("a", "GET", "/{a}/{b}");
  std::string path;
  for (int i = 0; i < 5000; ++i) path += "/x";
  EXPECT_EQ(find("GET", path), "none");
}

}  // namespace
}  // namespace sluice::gateway
