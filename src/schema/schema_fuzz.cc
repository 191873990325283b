// Fuzzes schemas and bodies: the first line is a schema (JSON), the rest a body. Whatever both are, validating ends,
// says the same twice, and places what it tells inside the body.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "schema/validator.h"
#include "text/json_document.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  Diagnostics diagnostics;
  auto document = text::parseJson("schema.json", std::string(input.substr(0, line)), diagnostics);
  if (!document) return 0;
  const std::string_view body = input.substr(line + 1);
  for (const auto dialect : {schema::Dialect::Swagger2, schema::Dialect::OpenApi30, schema::Dialect::OpenApi31}) {
    schema::Schemas schemas(std::make_shared<const text::Document>(*document), dialect, diagnostics);
    const auto root = schemas.add(schemas.document().root());
    schemas.compileAll();
    schema::ValidationOptions options;
    options.steps = 100'000;
    options.ignore_case = size % 2 == 0;
    if (size % 3 == 0) options.additional_properties = size % 9 == 0;
    const auto first = schema::validate(schemas, root, body, options);
    const auto second = schema::validate(schemas, root, body, options);
    CHECK(first.exception == second.exception && first.mistakes.size() == second.mistakes.size());
    for (const auto& mistake : first.mistakes) CHECK(mistake.line > 0 && mistake.position <= body.size() + 1);
    schemas.effectiveTypes(root);
    schemas.itemsOf(root);
    schemas.propertiesOf(root);
  }
  return 0;
}
