// The YAML form of a world (docs/simulator.md).
#include <fmt/format.h>

#include <charconv>

#include "simulator/world.h"
#include "text/yaml_document.h"

namespace sluice::simulator {
namespace {

using text::Node;

class WorldReader {
 public:
  WorldReader(const text::Document& document, Diagnostics& diagnostics)
      : document_(document), diagnostics_(diagnostics) {}

  void read(const Node& root, World& world) {
    if (!isMapping(root, "the document")) return;
    text::expectKeys(document_, root,
                     {"seed", "tenant", "users", "applications", "resources", "instances", "secrets", "openai-key",
                      "knobs", "token-lifetime", "key-rotation", "sign-in"},
                     "the document", diagnostics_);
    readTenant(root.find("tenant"), world);
    readNumber(root.find("seed"), world.seed);
    readKnobs(root.find("knobs"), world.knobs);
    readSecret(root.find("openai-key"), world.openai_key);
    readDuration(root.find("token-lifetime"), world.token_lifetime);
    readDuration(root.find("key-rotation"), world.key_rotation);
    readText(root.find("sign-in"), world.automatic_user);
    readList(root.find("users"), world.users, "users", &WorldReader::readUser);
    readList(root.find("applications"), world.applications, "applications", &WorldReader::readApplication);
    readList(root.find("resources"), world.resources, "resources", &WorldReader::readResource);
    readList(root.find("secrets"), world.secrets, "secrets", &WorldReader::readVaultSecret);
    readList(root.find("instances"), world.instances, "instances", &WorldReader::readInstance);
    checkWhole(root, world);
  }

 private:
  void error(const Node& at, std::string message, std::string remedy = {}) {
    diagnostics_.add(document_.diagnostic(Severity::Error, at.position, std::move(message), std::move(remedy)));
  }

  bool isMapping(const Node& node, std::string_view what) {
    if (!node.isMapping()) error(node, fmt::format("{} should be a mapping, not {}", what, kindName(node.kind)));
    return node.isMapping();
  }

  void readText(const Node* node, std::string& to) {
    if (node == nullptr) return;
    if (!node->isScalar() || node->isNull()) return error(*node, "a text is expected here");
    to = node->scalar;
  }

  void readSecret(const Node* node, Secret& to) {
    std::string value;
    readText(node, value);
    if (!value.empty()) to = Secret(std::move(value));
  }

  void readBool(const Node* node, bool& to) {
    if (node == nullptr) return;
    if (node->kind != Node::Kind::Bool) return error(*node, "true or false is expected here");
    to = node->scalar == "true" || node->scalar == "True" || node->scalar == "TRUE";
  }

  template <class Number>
  void readNumber(const Node* node, Number& to) {
    if (node == nullptr) return;
    const auto& scalar = node->scalar;
    const auto [end, failed] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), to);
    if (failed != std::errc() || end != scalar.data() + scalar.size() || scalar.empty()) {
      error(*node, "a whole number is expected here");
    }
  }

  void readDuration(const Node* node, Duration& to) {
    if (node == nullptr) return;
    const auto parsed = parseDuration(node->scalar);
    if (!parsed) return error(*node, parsed.error().message);
    to = *parsed;
  }

  void readTexts(const Node* node, std::vector<std::string>& to) {
    if (node == nullptr) return;
    if (!node->isSequence()) return error(*node, "a list is expected here");
    to.clear();
    for (const Node& item : node->items) readText(&item, to.emplace_back());
  }

  void readKnobs(const Node* node, Knobs& to) {
    if (node == nullptr || !isMapping(*node, "`knobs`")) return;
    for (const auto& [name, position, value] : node->members) {
      const auto status = to.set(name, value.scalar);
      if (!status) {
        const auto names = knobNames();
        error(value, status.error().message, text::suggestion(name, names));
      }
    }
  }

  template <class Item>
  void readList(const Node* node, std::vector<Item>& to, std::string_view what,
                void (WorldReader::*read_item)(const Node&, Item&)) {
    if (node == nullptr) return;
    if (!node->isSequence()) return error(*node, fmt::format("`{}` should be a list", what));
    to.clear();
    for (const Node& item : node->items) {
      to.emplace_back();
      if (isMapping(item, fmt::format("an entry of `{}`", what))) (this->*read_item)(item, to.back());
    }
  }

  void require(const Node& at, const std::string& value, std::string_view key) {
    if (value.empty()) error(at, fmt::format("`{}` is missing", key));
  }

  void readTenant(const Node* node, World& world) {
    if (node == nullptr || !isMapping(*node, "`tenant`")) return;
    text::expectKeys(document_, *node, {"id", "domain"}, "`tenant`", diagnostics_);
    readText(node->find("id"), world.tenant_id);
    readText(node->find("domain"), world.tenant_domain);
  }

  void readUser(const Node& node, User& user) {
    text::expectKeys(document_, node, {"id", "name", "user-name", "groups", "openai-user"}, "a user", diagnostics_);
    readText(node.find("id"), user.object_id);
    readText(node.find("name"), user.name);
    readText(node.find("user-name"), user.user_name);
    readTexts(node.find("groups"), user.groups);
    readBool(node.find("openai-user"), user.openai_user);
    require(node, user.object_id, "id");
    require(node, user.user_name, "user-name");
  }

  void readApplication(const Node& node, Application& application) {
    text::expectKeys(document_, node,
                     {"id", "object-id", "name", "secret", "redirect-uris", "roles", "openai-user", "token-version"},
                     "an application", diagnostics_);
    readText(node.find("id"), application.client_id);
    readText(node.find("object-id"), application.object_id);
    readText(node.find("name"), application.name);
    readSecret(node.find("secret"), application.secret);
    readTexts(node.find("redirect-uris"), application.redirect_uris);
    readTexts(node.find("roles"), application.roles);
    readBool(node.find("openai-user"), application.openai_user);
    readTokenVersion(node.find("token-version"), application.token_version);
    require(node, application.client_id, "id");
    if (application.object_id.empty()) application.object_id = application.client_id;
  }

  void readResource(const Node& node, Resource& resource) {
    text::expectKeys(document_, node, {"identifier", "id", "scope", "token-version"}, "a resource", diagnostics_);
    readText(node.find("identifier"), resource.identifier);
    readText(node.find("id"), resource.client_id);
    readText(node.find("scope"), resource.scope);
    readTokenVersion(node.find("token-version"), resource.token_version);
    require(node, resource.identifier, "identifier");
    if (resource.client_id.empty()) resource.client_id = resource.identifier;
  }

  void readVaultSecret(const Node& node, VaultSecret& secret) {
    text::expectKeys(document_, node, {"vault", "name", "value"}, "a secret", diagnostics_);
    readText(node.find("vault"), secret.vault);
    readText(node.find("name"), secret.name);
    readSecret(node.find("value"), secret.value);
    require(node, secret.vault, "vault");
    require(node, secret.name, "name");
  }

  void readTokenVersion(const Node* node, int& to) {
    readNumber(node, to);
    if (node != nullptr && to != 1 && to != 2) error(*node, "the token version is 1 or 2");
  }

  void readInstance(const Node& node, Instance& instance) {
    text::expectKeys(document_, node, {"name", "key", "region", "deployments", "knobs"}, "an instance", diagnostics_);
    instance.region = "West Europe";
    readText(node.find("name"), instance.name);
    readSecret(node.find("key"), instance.key);
    readText(node.find("region"), instance.region);
    readKnobs(node.find("knobs"), instance.knobs);
    readList(node.find("deployments"), instance.deployments, "deployments", &WorldReader::readDeployment);
    require(node, instance.name, "name");
    if (instance.name.find('.') != std::string::npos) {
      error(node, "an instance's name has no dots", "Write `name` for name.openai.azure.com.");
    }
  }

  void readDeployment(const Node& node, Deployment& deployment) {
    text::expectKeys(document_, node, {"name", "model", "version", "knobs"}, "a deployment", diagnostics_);
    readText(node.find("name"), deployment.name);
    readText(node.find("model"), deployment.model);
    readText(node.find("version"), deployment.version);
    readKnobs(node.find("knobs"), deployment.knobs);
    require(node, deployment.name, "name");
    if (deployment.model.empty()) deployment.model = deployment.name;
  }

  void checkWhole(const Node& root, const World& world) {
    if (world.instances.empty()) error(root, "there is no instance", "Give at least one in `instances`.");
    if (!world.automatic_user.empty() && world.userByName(world.automatic_user) == nullptr) {
      error(*root.find("sign-in"), fmt::format("there is no user `{}`", world.automatic_user),
            "Name the user-name of one of `users`.");
    }
  }

  const text::Document& document_;
  Diagnostics& diagnostics_;
};

}  // namespace

World readWorld(const std::string& file, std::string_view yaml, Diagnostics& diagnostics) {
  World world = defaultWorld();
  const auto document = text::parseYaml(file, std::string(yaml), diagnostics);
  if (document) WorldReader(*document, diagnostics).read(document->root(), world);
  return world;
}

}  // namespace sluice::simulator
