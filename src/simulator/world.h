// What the simulator pretends exists: one tenant with its users and applications, Azure OpenAI instances with their
// deployments, and the faults (knobs) that are switched on. Plain data, read from YAML or built in (defaultWorld); the
// file format is described in docs/simulator.md. Owned by the Simulator, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/secret.h"
#include "simulator/knobs.h"

namespace sluice::simulator {

inline constexpr std::string_view kCognitiveServices = "https://cognitiveservices.azure.com";
inline constexpr std::string_view kKeyVault = "https://vault.azure.net";

// Someone who can sign in on the sign-in page. There are no passwords.
struct User {
  std::string object_id;
  std::string name;       // claim `name`
  std::string user_name;  // claim `upn`: alice@contoso.example
  std::vector<std::string> groups;
  bool openai_user = false;  // has the role "Cognitive Services OpenAI User" on every instance
};

struct Application {
  std::string client_id;
  std::string object_id;  // of its service principal: `oid` of application tokens
  std::string name;
  Secret secret;                           // empty: a public client, no client_credentials
  std::vector<std::string> redirect_uris;  // besides http://localhost and http://127.0.0.1 with any port and path
  std::vector<std::string> roles;          // claim `roles` of application tokens
  bool openai_user = false;
  // 1 or 2: the version of the access tokens issued to this application, whatever the resource says; 0: the resource's.
  int token_version = 0;
};

// Something tokens are asked for.
struct Resource {
  std::string identifier;  // https://cognitiveservices.azure.com
  std::string client_id;   // audience of version 2 tokens
  std::string scope = "user_impersonation";
  int token_version = 1;
};

struct Deployment {
  std::string name;
  std::string model;    // gpt-35-turbo, gpt-4o, text-embedding-ada-002, ...
  std::string version;  // 0301
  Knobs knobs;
};

// A secret of a Key Vault, VAULT.vault.azure.net. Setting it again adds a version.
struct VaultSecret {
  std::string vault;
  std::string name;
  Secret value;
};

struct Instance {
  std::string name;  // NAME.openai.azure.com
  Secret key;
  std::string region;
  std::vector<Deployment> deployments;
  Knobs knobs;

  Deployment* deployment(std::string_view deployment_name);
};

struct World {
  uint64_t seed = 1;
  std::string tenant_id;
  std::string tenant_domain;  // contoso.example: an alias of the tenant id in paths
  std::vector<User> users;
  std::vector<Application> applications;
  std::vector<Resource> resources;
  std::vector<Instance> instances;
  std::vector<VaultSecret> secrets;
  Secret openai_key;                // of the plain OpenAI service, api.openai.com
  std::vector<Secret> common_keys;  // good for every instance and for plain OpenAI, besides their own
  Knobs knobs;                      // for everything
  Duration token_lifetime = std::chrono::minutes(70);
  Duration key_rotation{0};    // a new signing key this often; 0: only when told
  std::string automatic_user;  // user_name that is signed in without the page; empty: the page is shown

  Instance* instance(std::string_view name);
  bool isKeyOf(const Instance& instance, std::string_view key) const;
  bool isCommonKey(std::string_view key) const;
  const User* userByName(std::string_view user_name) const;
  const User* userById(std::string_view object_id) const;
  const Application* application(std::string_view client_id) const;
  const Resource* resource(std::string_view identifier) const;
};

// Two instances with the same five deployments each, three users (the third without the role), a public client, two
// applications: what `sluice demo` and the sample configuration use.
World defaultWorld();

// Reads a world from YAML. What the file leaves out stays as in defaultWorld(); a list in the file replaces the list.
// Mistakes go to `diagnostics`; the result is then not to be used.
World readWorld(const std::string& file, std::string_view yaml, Diagnostics& diagnostics);

}  // namespace sluice::simulator
