// Holds the list of policies together: every folder is registered, documented, shown by a scenario and by an example
// that compiles, and no registered policy is also on the list of refused ones by accident.
#include "policies/builtin.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/certificate.h"
#include "policy/policy_fixture.h"
#include "policy/reference.h"
#include "runtime/test_authority.h"

namespace sluice::policies {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> folders() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "src" / "policies"))
    if (entry.is_directory()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string elementName(const fs::path& folder) {
  std::string name = folder.filename();
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// The ```xml blocks of a page: whole documents.
std::vector<std::string> examplesIn(const std::string& page) {
  static constexpr std::string_view kOpen = "```xml\n", kClose = "```";
  std::vector<std::string> found;
  for (size_t at = page.find(kOpen); at != std::string::npos; at = page.find(kOpen, at)) {
    at += kOpen.size();
    const size_t end = page.find(kClose, at);
    found.push_back(page.substr(at, end - at));
    at = end;
  }
  return found;
}

class Builtin : public policy::fixtures::PolicyFixture {
 protected:
  Builtin() : PolicyFixture(builtinCatalogue()) {
    backend("my-backend", "https://backend.example");
    logger("my-logger");
    fragment("my-fragment", "<fragment><set-header name=\"X\"><value>1</value></set-header></fragment>");
    const runtime::TestAuthority authority;
    const runtime::TlsIdentity identity = authority.issue("DNS:example.test");
    configuration.certificates.push_back({"my-certificate", *readPem(identity.chain_pem, identity.key_pem.reveal())});
    config::Authorization authorization;
    authorization.provider = "my-provider";
    authorization.id = "my-authorization";
    configuration.authorizations.push_back(authorization);
    configuration.products.resize(1);
    product = &configuration.products[0];
  }
  // An example stands in the API's document; of a policy that may not, in the product's or the global one.
  void place(const policy::Descriptor& descriptor, const std::string& example) {
    configuration.policy = configuration.products[0].policy = api().policy = std::nullopt;
    if ((descriptor.scopes & policy::in(policy::Scope::Api)) != 0) {
      policies(example);
    } else if ((descriptor.scopes & policy::in(policy::Scope::Product)) != 0) {
      configuration.products[0].policy = document(example);
    } else {
      configuration.policy = document(example);
    }
  }
};

TEST_F(Builtin, EveryFolderIsAPolicyAndEveryPolicyAFolder) {
  std::set<std::string> names;
  for (const auto& folder : folders()) {
    names.insert(elementName(folder));
    EXPECT_NE(builtinCatalogue().find(elementName(folder)), nullptr) << folder << " is not in builtin.cc";
  }
  for (const auto* descriptor : builtinCatalogue().all()) {
    EXPECT_EQ(names.count(std::string(descriptor->element.name)), 1u) << descriptor->element.name << " has no folder";
    EXPECT_EQ(policy::refusalOf(descriptor->element.name), "") << descriptor->element.name << " is still refused";
    EXPECT_FALSE(descriptor->element.sentence.empty()) << descriptor->element.name;
    EXPECT_NE(descriptor->make == nullptr, descriptor->flow == nullptr) << descriptor->element.name;
  }
}

TEST_F(Builtin, EveryPolicyHasAPageATestAndAScenario) {
  for (const auto& folder : folders()) {
    const std::string name = folder.filename();
    EXPECT_TRUE(fs::exists(folder / (name + ".md"))) << folder;
    EXPECT_TRUE(fs::exists(folder / (name + "_test.cc"))) << folder;
    size_t scenarios = 0;
    if (fs::exists(folder / "scenarios"))
      for (const auto& entry : fs::directory_iterator(folder / "scenarios"))
        scenarios += entry.path().extension() == ".scenario" ? 1 : 0;
    EXPECT_GT(scenarios, 0u) << folder << " has no scenario";
  }
}

TEST_F(Builtin, EveryExampleCompilesAndUsesItsPolicy) {
  for (const auto& folder : folders()) {
    const auto examples = examplesIn(read(folder / (std::string(folder.filename()) + ".md")));
    EXPECT_FALSE(examples.empty()) << folder << " has no example";
    for (const auto& example : examples) {
      EXPECT_NE(example.find("<" + elementName(folder)), std::string::npos) << example;
      place(*builtinCatalogue().find(elementName(folder)), example);
      EXPECT_EQ(mistakes(), "") << folder << "\n" << example;
    }
  }
}

TEST_F(Builtin, TheReferencePageIsTheOneGenerated) {
  const fs::path path = fs::path(SLUICE_SOURCE_DIR) / "docs" / "reference" / "policies.md";
  const std::string generated = policy::policyReference(builtinCatalogue());
  if (std::getenv("SLUICE_WRITE_REFERENCE") != nullptr) std::ofstream(path) << generated;
  EXPECT_TRUE(read(path) == generated) << "run this test with SLUICE_WRITE_REFERENCE=1";
}

void checkSentences(const policy::ElementSpec& element) {
  for (const auto& attribute : element.attributes)
    EXPECT_TRUE(attribute.sentence.ends_with('.')) << element.name << " " << attribute.name;
  for (const auto& child : element.children) {
    EXPECT_TRUE(child.sentence.ends_with('.')) << element.name << " " << child.name;
    checkSentences(child);
  }
}

TEST_F(Builtin, EveryAttributeAndElementHasASentence) {
  for (const auto* descriptor : builtinCatalogue().all()) checkSentences(descriptor->element);
}

}  // namespace
}  // namespace sluice::policies
