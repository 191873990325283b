// Schemas: the JSON schemas of one OpenAPI or Swagger document, compiled once into a graph that all of its operations
// share and any thread may read. Understood is what OpenAPI 3.0, 3.1 and Swagger 2.0 have of JSON Schema (drafts 4 to
// 2020-12), references inside the document included; recursive ones are cycles of the graph. What cannot be compiled (a
// pattern that is none, a reference that leads nowhere) is marked and told, and nothing conforms to it.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/diagnostic.h"
#include "expression/regex/program.h"
#include "text/node.h"

namespace sluice::schema {

enum Type : uint8_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
};
using Types = uint8_t;  // 0: any
constexpr Types kAnyType = kNull | kBoolean | kInteger | kNumber | kString | kArray | kObject;
// "String, Null"
std::string typeNames(Types types);

enum class Format : uint8_t {
  None,
  DateTime,
  Date,
  Time,
  Email,
  Hostname,
  Ipv4,
  Ipv6,
  Uri,
  Uuid,
  Base64,
  Int32,
  Int64
};
Format formatOf(std::string_view name);
std::string_view formatName(Format format);
bool conforms(std::string_view text, Format format);

using SchemaIndex = uint32_t;
constexpr SchemaIndex kNoSchema = std::numeric_limits<SchemaIndex>::max();
constexpr SchemaIndex kNever = 0;  // `false`: nothing conforms
constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

struct Property {
  std::string_view name;
  SchemaIndex schema;
};
struct Pattern {
  const expression::regex::Program* program;
  std::string_view text;
};
struct PatternProperty {
  Pattern pattern;
  SchemaIndex schema;
};
struct Range {
  uint64_t least = 0;
  uint64_t most = kUnlimited;
};

// Views point into the document.
struct Schema {
  std::string broken;  // not empty: why it cannot be used
  Types types = 0;
  Format format = Format::None;
  bool unique_items = false;
  bool nullable = false;  // null conforms, whatever else is said
  const text::Node* constant = nullptr;
  const text::Node* choices = nullptr;  // enum
  std::optional<long double> minimum, maximum, above, below, multiple_of;
  Range length, items_count, properties_count;
  std::optional<Pattern> pattern;
  std::vector<Property> properties;        // by name
  std::vector<std::string_view> required;  // by name
  std::vector<PatternProperty> pattern_properties;
  SchemaIndex additional = kNoSchema;
  SchemaIndex property_names = kNoSchema;
  SchemaIndex items = kNoSchema;
  std::vector<SchemaIndex> leading_items;
  SchemaIndex contains = kNoSchema;
  std::vector<SchemaIndex> all, any, one;
  SchemaIndex none = kNoSchema;  // not
  SchemaIndex condition = kNoSchema, then = kNoSchema, otherwise = kNoSchema;
};

enum class Dialect : uint8_t { Swagger2, OpenApi30, OpenApi31 };

class Schemas {
 public:
  static constexpr size_t kMaxSchemas = 200'000;  // of one document
  static constexpr size_t kMaxPatterns = 5'000;

  // Keeps the document. Problems go to `diagnostics` as warnings.
  Schemas(std::shared_ptr<const text::Document> document, Dialect dialect, Diagnostics& diagnostics);

  // The schema at a node of the document. compileAll() is due before it is used.
  SchemaIndex add(const text::Node& node);
  void compileAll();

  const Schema& at(SchemaIndex index) const { return schemas_[index]; }
  // Whether the schema is about objects: says so, or has properties; itself or what it is composed of.
  bool describesObjects(SchemaIndex index) const;
  // Whether some schema that applies to the same object has the property: the schema or what it is composed of.
  bool knowsProperty(SchemaIndex index, std::string_view name, bool ignore_case) const;
  // The types that a value may have, references and compositions looked through; kAnyType when it does not say.
  Types effectiveTypes(SchemaIndex index) const;
  // Of an array's items, looked for likewise; kNoSchema: not said.
  SchemaIndex itemsOf(SchemaIndex index) const;
  // Properties of an object, looked for likewise.
  std::vector<Property> propertiesOf(SchemaIndex index) const;

  // Follows a $ref inside the document; null: it leads nowhere, or in a circle, or out.
  const text::Node* resolve(const text::Node& node) const;
  const text::Document& document() const { return *document_; }
  Dialect dialect() const { return dialect_; }
  void warn(const text::Node& node, std::string message, std::string remedy = {});

 private:
  friend class SchemaCompiler;
  // Calls visit(schema) for the schema and all that it is composed of (allOf, anyOf, oneOf), once each, until it
  // returns false.
  template <class Visit>
  void eachPart(SchemaIndex index, const Visit& visit) const;
  const text::Node* followPointer(std::string_view pointer) const;

  std::shared_ptr<const text::Document> document_;
  Dialect dialect_;
  Diagnostics* diagnostics_;  // while compiling
  Arena arena_;               // patterns
  std::vector<Schema> schemas_;
  std::vector<const text::Node*> nodes_;  // by index, while compiling
  std::unordered_map<const text::Node*, SchemaIndex> known_;
  size_t compiled_ = 0;
  size_t patterns_ = 0;
};

}  // namespace sluice::schema
