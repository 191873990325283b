#include "simulator/world.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::simulator {
namespace {

template <class List, class Matches>
auto* findIn(List& list, Matches matches) {
  const auto found = std::find_if(list.begin(), list.end(), matches);
  return found == list.end() ? nullptr : &*found;
}

Deployment deployment(std::string name, std::string model, std::string version) {
  Deployment result;
  result.name = std::move(name);
  result.model = std::move(model);
  result.version = std::move(version);
  return result;
}

Instance instance(const std::string& name, std::string key, std::string region) {
  Instance result;
  result.name = name;
  result.key = Secret(std::move(key));
  result.region = std::move(region);
  // The first is the name that the article's snippet calls.
  result.deployments.push_back(deployment("deployment-" + name + "-gpt-35-turbo-0301", "gpt-35-turbo", "0301"));
  result.deployments.push_back(deployment("gpt-35-turbo", "gpt-35-turbo", "0125"));
  result.deployments.push_back(deployment("gpt-35-turbo-instruct", "gpt-35-turbo-instruct", "0914"));
  result.deployments.push_back(deployment("gpt-4o", "gpt-4o", "2024-11-20"));
  result.deployments.push_back(deployment("text-embedding-ada-002", "text-embedding-ada-002", "2"));
  result.deployments.push_back(deployment("text-embedding-3-small", "text-embedding-3-small", "1"));
  return result;
}

User user(std::string object_id, std::string name, std::string user_name, bool openai_user) {
  User result;
  result.object_id = std::move(object_id);
  result.name = std::move(name);
  result.user_name = std::move(user_name);
  result.openai_user = openai_user;
  return result;
}

Application application(std::string client_id, std::string object_id, std::string name, std::string secret) {
  Application result;
  result.client_id = std::move(client_id);
  result.object_id = std::move(object_id);
  result.name = std::move(name);
  result.secret = Secret(std::move(secret));
  return result;
}

std::vector<Application> defaultApplications() {
  std::vector<Application> result;
  // The public client that azure-identity's InteractiveBrowserCredential signs in as when it is given none.
  result.push_back(application("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "5a1b0000-0000-4000-8000-0000000000c1",
                               "Microsoft Azure CLI", ""));
  result.push_back(application("5a1b0000-0000-4000-8000-0000000000a1", "5a1b0000-0000-4000-8000-0000000000b1",
                               "workload-app", "workload-secret"));
  result.back().openai_user = true;
  result.push_back(application("5a1b0000-0000-4000-8000-0000000000a2", "5a1b0000-0000-4000-8000-0000000000b2",
                               "stranger-app", "stranger-secret"));
  return result;
}

}  // namespace

World defaultWorld() {
  World world;
  world.tenant_id = "5a1b0000-0000-4000-8000-000000000001";
  world.tenant_domain = "contoso.example";
  world.users.push_back(user("5a1b0000-0000-4000-8000-000000000011", "Alice Archer", "alice@contoso.example", true));
  world.users.push_back(user("5a1b0000-0000-4000-8000-000000000012", "Bob Baker", "bob@contoso.example", true));
  world.users.push_back(user("5a1b0000-0000-4000-8000-000000000013", "Carol Cook", "carol@contoso.example", false));
  world.users[0].groups = {"5a1b0000-0000-4000-8000-0000000000e1"};
  world.applications = defaultApplications();
  Resource openai;
  openai.identifier = std::string(kCognitiveServices);
  openai.client_id = "7d312290-28c8-473c-a0ed-8e53749b6d6d";
  world.resources.push_back(std::move(openai));
  Resource vault;
  vault.identifier = std::string(kKeyVault);
  vault.client_id = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";
  world.resources.push_back(std::move(vault));
  world.instances.push_back(instance("dev-openai-instance-1", "simulated-key-1", "West Europe"));
  world.instances.push_back(instance("dev-openai-instance-2", "simulated-key-2", "Switzerland North"));
  world.openai_key = Secret("sk-simulated");
  return world;
}

Deployment* Instance::deployment(std::string_view deployment_name) {
  return findIn(deployments, [&](const Deployment& each) { return equalsIgnoreCase(each.name, deployment_name); });
}

Instance* World::instance(std::string_view name) {
  return findIn(instances, [&](const Instance& each) { return equalsIgnoreCase(each.name, name); });
}

bool World::isKeyOf(const Instance& instance, std::string_view key) const {
  return (!instance.key.empty() && key == instance.key.reveal()) || isCommonKey(key);
}

bool World::isCommonKey(std::string_view key) const {
  return !key.empty() && std::ranges::any_of(common_keys, [&](const Secret& known) { return known.reveal() == key; });
}

const User* World::userByName(std::string_view user_name) const {
  return findIn(users, [&](const User& each) { return equalsIgnoreCase(each.user_name, user_name); });
}

const User* World::userById(std::string_view object_id) const {
  return findIn(users, [&](const User& each) { return each.object_id == object_id; });
}

const Application* World::application(std::string_view client_id) const {
  return findIn(applications, [&](const Application& each) { return equalsIgnoreCase(each.client_id, client_id); });
}

const Resource* World::resource(std::string_view identifier) const {
  while (identifier.ends_with('/')) identifier.remove_suffix(1);
  return findIn(resources, [&](const Resource& each) {
    return equalsIgnoreCase(each.identifier, identifier) || equalsIgnoreCase(each.client_id, identifier);
  });
}

}  // namespace sluice::simulator
