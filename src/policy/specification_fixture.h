// For tests of policies that validate: PolicyFixture's API with a specification.
#pragma once

#include <memory>
#include <string>

#include "config/openapi.h"
#include "policy/policy_fixture.h"
#include "text/yaml_document.h"

namespace sluice::policy::fixtures {

class SpecificationFixture : public PolicyFixture {
 protected:
  using PolicyFixture::PolicyFixture;

  // One operation, POST `path`, with what `members` (YAML, on one line or indented by eight) says of it.
  void specification(const std::string& members, const std::string& components = "{}", const std::string& path = "/x") {
    const std::string text = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  " + path +
                             ":\n    post:\n      operationId: all\n      " + members + "\ncomponents: " + components +
                             "\n";
    auto document = text::parseYaml("specification.yaml", text, diagnostics);
    ASSERT_TRUE(document) << diagnostics.render();
    auto read = config::readOpenApi(*document, diagnostics);
    ASSERT_FALSE(diagnostics.hasErrors()) << diagnostics.render();
    api().operations = std::move(read.operations);
    api().specification = std::make_shared<const text::Document>(std::move(*document));
  }
};

}  // namespace sluice::policy::fixtures
