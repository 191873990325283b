#include "policies/validate_content/validate_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "http/encoding.h"
#include "policies/validate_content/content_schema.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/message_edit.h"
#include "policy/validation_report.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr int64_t kMaxSize = 4 * 1024 * 1024;   // reference section 7
constexpr uint64_t kDecodedPiece = 64u * 1024;  // more than a decoder appends at a time

struct TypeRule {
  std::string from;  // empty: `when` decides
  BoolOperand when;
  std::string to;
};

struct ContentRule {
  std::string type;  // empty: all
  ActionOperand action;
  schema::ValidationOptions options;
  ContentSchema schema;
};

// The body as it is looked at.
struct Content {
  std::string_view bytes;
  std::string decoded;      // what `bytes` view, where they were compressed
  std::string_view broken;  // not empty: why it cannot be decoded
  bool too_large = false;   // it decodes to more than is allowed
};

class ValidateContent final : public Step {
 public:
  explicit ValidateContent(const ElementReader& reader)
      : definitions_(reader.definitions()),
        unspecified_(reader, "unspecified-content-type-action"),
        size_exceeded_(reader, "size-exceeded-action"),
        max_size_(reader.integer("max-size")),
        variable_(reader.literal("errors-variable-name")),
        target_(reader.target() == Target::Request ? Target::Request : Target::Response) {
    if (const auto* map = reader.child("content-type-map")) readMap(*map);
    for (const auto* child : reader.children("content")) rules_.push_back(ruleOf(*child));
  }
  // REQUIRES: of the child at that place, before it runs
  void setSchema(size_t index, ContentSchema schema) { rules_[index].schema = std::move(schema); }

  Verdict run(Exchange& exchange) const override {
    const auto max_size = max_size_.evaluate(exchange);
    const auto too_large = max_size ? size_exceeded_.evaluate(exchange) : std::nullopt;
    const auto unspecified = too_large ? unspecified_.evaluate(exchange) : std::nullopt;
    if (!unspecified) return Verdict::Fail;
    ValidationReport report(exchange, "validate-content", target_, variable_);
    const http::Headers& headers = headersOf(exchange, target_);
    Content content;
    read(request() ? exchange.request.body : exchange.response.body, headers, *max_size, content);
    if (!checkSize(content, *max_size, *too_large, report)) return report.finish();

    const auto type = mappedType(exchange, headers);
    if (!type) return Verdict::Fail;
    const auto* operation = definitions_->find(exchange.operation);
    if (content.bytes.empty() && content.broken.empty() && !(request() && operation && operation->request_required))
      return report.finish();
    const bool described = std::ranges::any_of(
        rules_, [&](const ContentRule& rule) { return rule.schema.ofItsOwn() && rule.type == *type; });
    if (operation == nullptr && !described) {
      const auto action = strictest(exchange, *type);
      if (!action) return Verdict::Fail;
      report.addNoSchema("API's schema does not exist or it could not be resolved.", *action);
      return report.finish();
    }
    const auto* definition = operation == nullptr ? nullptr : definitionFor(exchange, *operation, *type);
    if (definition == nullptr && !described) {
      const std::string text = fmt::format("Unspecified content type {} is not allowed.", *type);
      report.add({*type, bodyType(), "Unspecified", text, text}, *unspecified);
      return report.finish();
    }
    for (const auto& rule : rules_) {
      if (!rule.type.empty() && rule.type != *type) continue;
      const auto action = rule.action.evaluate(exchange);
      if (!action) return Verdict::Fail;
      if (*action == ValidationAction::Ignore) continue;
      if (rule.schema.isXml())
        checkXml(exchange, rule.schema, content, *type, *action, report);
      else if (const auto* own = rule.schema.json())
        check(*own->schemas, own->definition, content, *type, rule.options, *action, report);
      else if (definition != nullptr)
        check(*operation->schemas, *definition, content, *type, rule.options, *action, report);
      if (report.prevented()) break;
    }
    return report.finish();
  }

 private:
  void readMap(const ElementReader& map) {
    any_ = schema::bareMediaType(map.literal("any-content-type-value"));
    missing_ = schema::bareMediaType(map.literal("missing-content-type-value"));
    for (const auto* type : map.children("type"))
      types_.push_back({schema::bareMediaType(type->literal("from")),
                        type->has("when") ? type->boolean("when") : BoolOperand(),
                        schema::bareMediaType(type->literal("to"))});
  }

  static ContentRule ruleOf(const ElementReader& content) {
    ContentRule rule{schema::bareMediaType(content.literal("type")), ActionOperand(content, "action"), {}, {}};
    if (content.has("allow-additional-properties"))
      rule.options.additional_properties = parseBool(content.literal("allow-additional-properties"));
    rule.options.ignore_case = parseBool(content.literal("case-insensitive-property-names")).value_or(false);
    return rule;
  }

  bool request() const { return target_ == Target::Request; }
  std::string_view bodyType() const { return request() ? "RequestBody" : "ResponseBody"; }
  std::string_view bodyName() const { return request() ? "request" : "response"; }

  static void read(const MessageBody& body, const http::Headers& headers, int64_t max_size, Content& content) {
    content.bytes = body.content();
    const auto coding = http::contentCoding(headers.find("Content-Encoding").value_or("identity"));
    if (coding == http::ContentCoding::Identity || content.bytes.empty()) return;
    // Room for one more piece, so that what is too large is seen to be: decoding stops there.
    http::ContentDecoder decoder(coding, static_cast<uint64_t>(max_size) + kDecodedPiece);
    const auto decoded = decoder.decode(content.bytes, content.decoded);
    const bool whole = decoded && decoder.finish();
    content.too_large = content.decoded.size() > static_cast<size_t>(max_size);
    if (!whole && !content.too_large) content.broken = "its Content-Encoding cannot be undone";
    content.bytes = content.decoded;
  }

  // False: prevented, or there is nothing more that could be looked at.
  bool checkSize(const Content& content, int64_t max_size, ValidationAction action, ValidationReport& report) const {
    const size_t size = content.bytes.size();
    if (size <= static_cast<size_t>(max_size)) return true;
    const std::string_view who = request() ? "Request" : "Response";
    const bool go_on = report.add(
        {{},
         bodyType(),
         "SizeLimit",
         fmt::format("{}'s body is {} bytes long and it exceeds the configured limit of {} bytes.", who, size,
                     max_size),
         fmt::format("{}'s body is {} bytes long and it exceeds the limit of {} bytes.", who, size, max_size)},
        action);
    // Beyond the most that a policy may allow, and where decoding stopped, nothing is validated.
    return go_on && !content.too_large && size <= static_cast<size_t>(kMaxSize);
  }

  // The content type that counts; nothing: an expression failed.
  std::optional<std::string> mappedType(Exchange& exchange, const http::Headers& headers) const {
    std::string type = schema::bareMediaType(headers.find("Content-Type").value_or(std::string_view()));
    for (const auto& rule : types_) {
      if (!rule.from.empty()) {
        if (rule.from == type) return rule.to;
        continue;
      }
      const auto holds = rule.when.evaluate(exchange);
      if (!holds) return std::nullopt;
      if (*holds) return rule.to;
    }
    if (!any_.empty()) return any_;
    return type.empty() ? missing_ : type;
  }

  const schema::MediaDefinition* definitionFor(const Exchange& exchange, const schema::OperationDefinition& operation,
                                               std::string_view type) const {
    if (request()) return schema::contentFor(operation.request, type);
    const auto* response = operation.response(exchange.response.status);
    return response == nullptr ? nullptr : schema::contentFor(response->contents, type);
  }

  // What is done where there is no schema at all: the strictest of the actions that would have counted.
  std::optional<ValidationAction> strictest(Exchange& exchange, std::string_view type) const {
    ValidationAction result = ValidationAction::Ignore;
    for (const auto& rule : rules_) {
      if (!rule.type.empty() && rule.type != type) continue;
      const auto action = rule.action.evaluate(exchange);
      if (!action) return std::nullopt;
      if (result == ValidationAction::Ignore || *action == ValidationAction::Prevent) result = *action;
    }
    return result;
  }

  void check(const schema::Schemas& schemas, const schema::MediaDefinition& definition, const Content& content,
             const std::string& type, const schema::ValidationOptions& options, ValidationAction action,
             ValidationReport& report) const {
    if (definition.schema == schema::kNoSchema) return;
    if (!schemas.at(definition.schema).broken.empty()) {
      report.add(
          {type,
           bodyType(),
           "MissingDefinition",
           fmt::format("API's schema does not contain definition {}, which is associated with the content type {}.",
                       definition.name, type),
           {}},
          action);
      return;
    }
    schema::ValidationResult result;
    if (content.broken.empty())
      result = schema::validate(schemas, definition.schema, content.bytes, options);
    else
      result.exception = content.broken;
    for (const auto& mistake : result.mistakes) addMistake(definition.name, type, mistake.text(), action, report);
    addException(type, result.exception, action, report);
  }

  void checkXml(const Exchange& exchange, const ContentSchema& schema, const Content& content, const std::string& type,
                ValidationAction action, ValidationReport& report) const {
    const auto* found = schema.xml(exchange.api);
    if (found == nullptr) {
      report.addNoSchema("API's schema does not exist or it could not be resolved.", action);
      return;
    }
    XmlValidation result;
    if (content.broken.empty())
      result = found->schemas->validate(content.bytes, schema.envelope());
    else
      result.exception = content.broken;
    for (const auto& mistake : result.mistakes) addMistake(found->name, type, mistake, action, report);
    // What is no XML is the sender's mistake, as text that is no JSON is.
    if (content.broken.empty() && !result.exception.empty())
      addMistake(found->name, type, result.exception, action, report);
    else
      addException(type, result.exception, action, report);
  }

  void addMistake(const std::string& definition, const std::string& type, const std::string& mistake,
                  ValidationAction action, ValidationReport& report) const {
    const std::string text = fmt::format(
        "Body of the {} does not conform to the definition {}, which is associated with the content type {}.\n\n{}",
        bodyName(), definition, type, mistake);
    report.add({type, bodyType(), "IncorrectMessage", text, text}, action);
  }

  void addException(const std::string& type, const std::string& exception, ValidationAction action,
                    ValidationReport& report) const {
    if (exception.empty()) return;
    const auto text =
        fmt::format("Body of the {} cannot be validated for the content type {}.\n\n{}", bodyName(), type, exception);
    report.add({{}, bodyType(), "ValidationException", text, {}}, action);
  }

  std::shared_ptr<const schema::Definitions> definitions_;
  ActionOperand unspecified_, size_exceeded_;
  IntegerOperand max_size_;
  std::string variable_;
  Target target_;
  std::string any_, missing_;  // content types; empty: none
  std::vector<TypeRule> types_;
  std::vector<ContentRule> rules_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  ContentSchemas compiler(reader);
  std::vector<ContentSchema> schemas;
  for (const auto* content : reader.children("content")) schemas.push_back(compiler.compile(*content));
  if (const auto* map = reader.child("content-type-map"))
    for (const auto* type : map->children("type"))
      if (type->has("from") == type->has("when"))
        reader.errorIn(type->element(), "<type> needs `from` or `when`, one of the two");
  if (!reader.ok()) return nullptr;
  const Target target = reader.target();
  reader.touches(target == Target::Request ? Effects(kReadsRequestBody)
                                           : Effects(kReadsResponseBody | kChangesResponse));
  auto step = std::make_shared<ValidateContent>(reader);
  for (size_t i = 0; i < schemas.size(); ++i) step->setSchema(i, std::move(schemas[i]));
  return step;
}

constexpr std::string_view kEngines[] = {"json", "xml", "soap"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "unspecified-content-type-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a content type that the specification does not have.",
     .choices = kValidationActions},
    {.name = "max-size",
     .type = ValueType::Integer,
     .need = Need::Required,
     .sentence = "How many bytes the body may have, decompressed.",
     .least = 1,
     .most = kMaxSize},
    {.name = "size-exceeded-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a larger body.",
     .choices = kValidationActions},
    kErrorsVariable,
};
constexpr AttributeSpec kMapAttributes[] = {
    {.name = "any-content-type-value",
     .form = Form::Literal,
     .sentence = "The content type that counts whatever the message says."},
    {.name = "missing-content-type-value",
     .form = Form::Literal,
     .sentence = "The content type that counts where the message has none."},
};
constexpr AttributeSpec kTypeAttributes[] = {
    {.name = "from", .form = Form::Literal, .sentence = "A content type of messages."},
    {.name = "when", .type = ValueType::Bool, .sentence = "Instead of `from`: whether this line counts."},
    {.name = "to", .need = Need::Required, .form = Form::Literal, .sentence = "The content type that counts for it."},
};
constexpr AttributeSpec kContentAttributes[] = {
    {.name = "type", .form = Form::Literal, .sentence = "The content type; without it, all of the specification."},
    {.name = "validate-as",
     .type = ValueType::Choice,
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "How: as JSON, as XML, or as what is in the Body of a SOAP envelope.",
     .choices = kEngines},
    {.name = "schema-id",
     .form = Form::Literal,
     .sentence = "A schema resource; without it, the specification, or for XML the API's own schema resources."},
    {.name = "schema-ref",
     .form = Form::Literal,
     .sentence = "Where in a JSON schema resource the schema is: #/components/schemas/Pet."},
    {.name = "action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a body that does not conform.",
     .choices = kValidationActions},
    {.name = "allow-additional-properties",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Instead of what the schemas say with additionalProperties."},
    {.name = "case-insensitive-property-names",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Whether names of properties compare without case.",
     .fallback = "false"},
};
constexpr ElementSpec kType[] = {
    {.name = "type", .sentence = "One content type for another.", .attributes = kTypeAttributes},
};
constexpr ElementSpec kChildren[] = {
    {.name = "content-type-map",
     .sentence = "Which content type counts.",
     .attributes = kMapAttributes,
     .children = kType,
     .most = 1},
    {.name = "content", .sentence = "Validates bodies of a content type.", .attributes = kContentAttributes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-content",
                .sentence =
                    "Checks size, content type and JSON or XML of a body against the API's specification and schemas.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound | kOutbound | kOnError,
    .status = "JSON is validated against the API's specification; schema resources, XML and SOAP are refused at load.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateContentDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
