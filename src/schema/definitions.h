// Definitions: what the specifications say of each operation's parameters, bodies and answers, with compiled schemas:
// the API's schema of the validating policies (reference 2.4). Compiled at load, only where a policy asks for it;
// immutable, shared by threads and by all policies of a configuration.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "config/model.h"
#include "schema/schema.h"

namespace sluice::schema {

enum class Place : uint8_t { Path, Query, Header };

// How several values stand in one text, or fields, of a parameter (OpenAPI's style and explode, Swagger's
// collectionFormat).
enum class Listing : uint8_t { Repeated, Comma, Space, Pipe, Tab, DeepObject, Json };

struct ParameterDefinition {
  std::string name;
  Place place = Place::Query;
  bool required = false;
  Listing listing = Listing::Comma;
  SchemaIndex schema = kNoSchema;  // kNoSchema: any value
};

struct MediaDefinition {
  std::string type;                // lower case, no parameters; may end in `/*`
  std::string name;                // of the definition, for messages
  SchemaIndex schema = kNoSchema;  // kNoSchema: any content
};

struct ResponseDefinition {
  int status = 0;  // 1 to 5: `1XX` to `5XX`; 0: `default`
  std::vector<MediaDefinition> contents;
  std::vector<ParameterDefinition> headers;
};

struct OperationDefinition {
  const Schemas* schemas = nullptr;  // null: the specification cannot be used
  std::vector<ParameterDefinition> parameters;
  std::vector<MediaDefinition> request;
  bool request_required = false;
  std::vector<ResponseDefinition> responses;

  // By name; without case but for the path. Null: not specified.
  const ParameterDefinition* parameter(Place place, std::string_view name) const;
  // The answer for the status itself, for its hundred, or for all; null: not specified.
  const ResponseDefinition* response(int status) const;
};

// The definition for a media type (lower case, no parameters): the same, then `image/*`, then `*/*`.
const MediaDefinition* contentFor(const std::vector<MediaDefinition>& contents, std::string_view type);
// "application/json" of "Application/JSON; charset=utf-8".
std::string bareMediaType(std::string_view value);

class Definitions {
 public:
  static constexpr size_t kMaxSpecification = 4u * 1024 * 1024;  // bytes; reference section 7

  Definitions(const config::Configuration& configuration, Diagnostics& diagnostics);

  // Null: its API has no specification that can be used.
  const OperationDefinition* find(const config::Operation* operation) const;

 private:
  std::vector<std::unique_ptr<const Schemas>> schemas_;
  std::unordered_map<const config::Operation*, OperationDefinition> operations_;
};

// Compiles at the first call. For one load of a configuration.
class DefinitionSource {
 public:
  DefinitionSource(const config::Configuration& configuration, Diagnostics& diagnostics)
      : configuration_(configuration), diagnostics_(diagnostics) {}
  std::shared_ptr<const Definitions> get() {
    if (compiled_ == nullptr) compiled_ = std::make_shared<const Definitions>(configuration_, diagnostics_);
    return compiled_;
  }

 private:
  const config::Configuration& configuration_;
  Diagnostics& diagnostics_;
  std::shared_ptr<const Definitions> compiled_;
};

}  // namespace sluice::schema
