#include "policy/element_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "policy/expression_span.h"

namespace sluice::policy {
namespace {

constexpr std::string_view kId = "id";

Effects effectsOf(const expression::Effects& from) {
  Effects effects = 0;
  if (from.reads_request_body) effects |= kReadsRequestBody;
  if (from.reads_response_body) effects |= kReadsResponseBody;
  if (from.consumes_request_body) effects |= kReadsRequestBody | kConsumesRequestBody;
  if (from.consumes_response_body) effects |= kReadsResponseBody | kConsumesResponseBody;
  return effects;
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& known, std::string_view otherwise) {
  const auto near = nearest(name, known);
  if (!near.empty()) return fmt::format("Did you mean `{}`?", near);
  if (known.empty()) return std::string(otherwise);
  return fmt::format("It knows: {}.", fmt::join(known, ", "));
}

std::string expectation(const AttributeSpec& spec) {
  switch (spec.type) {
    case ValueType::Bool:
      return "true or false";
    case ValueType::Seconds:
      return "a number of seconds";
    case ValueType::Choice:
      return fmt::format("one of {}", fmt::join(spec.choices, ", "));
    case ValueType::Integer:
      if (spec.most == std::numeric_limits<int64_t>::max())
        return spec.least == std::numeric_limits<int64_t>::min() ? "a whole number"
                                                                 : fmt::format("a whole number from {}", spec.least);
      return fmt::format("a whole number from {} to {}", spec.least, spec.most);
    case ValueType::Text:
      break;
  }
  return "a text";
}

bool isValid(const AttributeSpec& spec, std::string_view literal) {
  switch (spec.type) {
    case ValueType::Bool:
      return parseBool(literal).has_value();
    case ValueType::Seconds:
      return parseDuration(literal).has_value();
    case ValueType::Choice:
      return parseChoice(literal, spec.choices).has_value();
    case ValueType::Integer: {
      const auto number = parseInteger(literal);
      return number && *number >= spec.least && *number <= spec.most;
    }
    case ValueType::Text:
      break;
  }
  return true;
}

}  // namespace

ElementReader::ElementReader(const Element& element, const ElementSpec& spec, const Placement& placement)
    : element_(&element), spec_(&spec), placement_(&placement) {
  checkAttributes();
  checkContent();
  checkChildren();
}

void ElementReader::error(std::string message, std::string remedy) {
  errorIn(*element_, std::move(message), std::move(remedy));
}

void ElementReader::errorIn(const Element& part, std::string message, std::string remedy) {
  ok_ = false;
  placement_->document.error(placement_->diagnostics, part.offset, std::move(message), std::move(remedy));
}

bool ElementReader::knows(std::string_view name) const {
  const auto has_name = [&](const AttributeSpec& spec) { return spec.name == name; };
  return std::any_of(spec_->attributes.begin(), spec_->attributes.end(), has_name);
}

void ElementReader::errorAt(std::string_view attribute, std::string message, std::string remedy) {
  const Attribute* given = element_->attribute(attribute);
  if (given == nullptr) return error(std::move(message), std::move(remedy));
  ok_ = false;
  placement_->document.error(placement_->diagnostics, given->value.offset, std::move(message), std::move(remedy));
}

void ElementReader::checkAttributes() {
  std::vector<std::string_view> known;
  for (const auto& spec : spec_->attributes) known.push_back(spec.name);
  for (const auto& given : element_->attributes) {
    if (given.name.starts_with("xmlns") || std::find(known.begin(), known.end(), given.name) != known.end()) continue;
    if (given.name == kId) {
      if (given.value.isExpression()) errorAt(kId, "the attribute `id` takes no expression", "Write a literal.");
      continue;
    }
    ok_ = false;
    placement_->document.error(placement_->diagnostics, given.offset,
                               fmt::format("<{}> has no attribute `{}`", spec_->name, given.name),
                               suggestion(given.name, known, "It takes no attributes; remove it."));
  }
  for (const auto& spec : spec_->attributes) prepare(spec);
}

void ElementReader::prepare(const AttributeSpec& spec) {
  Prepared& prepared = prepared_.emplace_back(Prepared{&spec, element_->attribute(spec.name), nullptr, std::nullopt});
  if (prepared.given == nullptr) {
    if (spec.need == Need::Required)
      error(fmt::format("<{}> needs the attribute `{}`", spec_->name, spec.name), std::string(spec.sentence));
    if (!spec.fallback.empty()) prepared.literal = std::string(spec.fallback);
    return;
  }
  const Text& text = prepared.given->value;
  if (!text.isExpression()) {
    prepared.literal = std::string(text.text);
  } else if (spec.form == Form::Literal) {
    errorAt(spec.name, fmt::format("the attribute `{}` of <{}> takes no expression", spec.name, spec_->name),
            fmt::format("Write {} here.", expectation(spec)));
    return;
  } else {
    prepared.expression = compile(text);
    if (prepared.expression == nullptr) return;
    prepared.literal = folded(*prepared.expression);
    if (!prepared.literal) return;
  }
  if (spec.type != ValueType::Text) prepared.literal = std::string(trimXmlSpace(*prepared.literal));
  checkLiteral(spec, *prepared.given, *prepared.literal);
}

void ElementReader::checkLiteral(const AttributeSpec& spec, const Attribute& given, std::string_view literal) {
  if (isValid(spec, literal)) return;
  const bool may_show = placement_->document.isPublic(given.value);
  std::string remedy(spec.sentence);
  if (spec.type == ValueType::Choice) {
    const auto near = nearest(literal, {spec.choices.begin(), spec.choices.end()});
    if (!near.empty()) remedy = fmt::format("Did you mean `{}`?", near);
  }
  errorAt(spec.name,
          fmt::format("the attribute `{}` of <{}> is {}, not {}", spec.name, spec_->name,
                      may_show ? fmt::format("`{}`", literal) : "a secret", expectation(spec)),
          std::move(remedy));
}

void ElementReader::checkContent() {
  const Text& text = element_->text;
  const bool blank = !text.present || trimXmlSpace(text.text).empty();
  if (spec_->content == Content::Nothing || spec_->content == Content::Policies) {
    if (blank) return;
    ok_ = false;
    placement_->document.error(placement_->diagnostics, text.offset, fmt::format("text in <{}>", spec_->name),
                               "It may hold elements only; remove the text.");
    return;
  }
  if (text.isExpression()) {
    if (spec_->text_form == Form::Literal) {
      ok_ = false;
      placement_->document.error(placement_->diagnostics, text.offset,
                                 fmt::format("<{}> takes no expression", spec_->name), "Write a literal.");
      return;
    }
    content_ = compile(text);
    return;
  }
  const bool markup = spec_->content == Content::Verbatim && !element_->children.empty();
  const std::string_view literal = markup ? element_->inner : text.text;
  content_literal_ = std::string(spec_->content == Content::Text ? trimXmlSpace(literal) : literal);
}

bool ElementReader::isPolicyHere(const Element& child) const {
  if (spec_->content != Content::Policies) return false;
  return spec_->policies.empty() ||
         std::find(spec_->policies.begin(), spec_->policies.end(), child.name) != spec_->policies.end();
}

void ElementReader::checkChildren() {
  if (spec_->content == Content::Verbatim) return;
  std::vector<uint32_t> counts(spec_->children.size());
  size_t newest = 0;
  for (const auto& child : element_->children) {
    const auto known = std::find_if(spec_->children.begin(), spec_->children.end(),
                                    [&](const ElementSpec& spec) { return spec.name == child.name; });
    if (known == spec_->children.end()) {
      if (isPolicyHere(child)) continue;
      std::vector<std::string_view> names(spec_->policies.begin(), spec_->policies.end());
      for (const auto& spec : spec_->children) names.push_back(spec.name);
      ok_ = false;
      placement_->document.error(placement_->diagnostics, child.offset,
                                 fmt::format("<{}> has no element <{}> in it", spec_->name, child.name),
                                 suggestion(child.name, names, "It takes no elements; remove it."));
      continue;
    }
    const auto index = static_cast<size_t>(known - spec_->children.begin());
    if (index < newest)
      placement_->document.warning(placement_->diagnostics, child.offset,
                                   fmt::format("<{}> comes after <{}>", child.name, spec_->children[newest].name),
                                   "API Management wants the elements in the order of its documentation.");
    newest = std::max(newest, index);
    ++counts[index];
    children_.emplace_back(child, *known, *placement_);
    ok_ = ok_ && children_.back().ok_;
    effects_ |= children_.back().effects_;
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    const ElementSpec& spec = spec_->children[i];
    if (counts[i] < spec.least)
      error(fmt::format("<{}> needs an element <{}> in it", spec_->name, spec.name), std::string(spec.sentence));
    if (counts[i] > spec.most)
      error(fmt::format("<{}> takes <{}> at most {}", spec_->name, spec.name,
                        spec.most == 1 ? "once" : fmt::format("{} times", spec.most)),
            "Remove the others.");
  }
}

SharedExpression ElementReader::compile(const Text& text) {
  Diagnostics mistakes;
  const Document& document = placement_->document;
  SharedExpression result;
  if (text.text.data() == text.raw.data()) {
    result = expression::Expression::compile(text.text, document.expanded(), mistakes, text.offset);
    for (const auto& mistake : mistakes.all()) placement_->diagnostics.add(document.source().relocate(mistake));
  } else {
    // References were decoded: find each mistake's place in the text as the author wrote it.
    const SourceText decoded("", text.text);
    result = expression::Expression::compile(text.text, decoded, mistakes);
    for (const auto& mistake : mistakes.all()) {
      size_t offset = 0;
      for (size_t line = 1; line < mistake.location.line; ++line) offset = text.text.find('\n', offset) + 1;
      offset += mistake.location.column > 0 ? mistake.location.column - 1 : 0;
      const size_t at = text.offset + undecodedOffset(text.raw, offset);
      placement_->diagnostics.add(document.source().diagnostic(mistake.severity, at, mistake.message, mistake.remedy));
    }
  }
  if (result == nullptr) {
    ok_ = false;
  } else {
    effects_ |= effectsOf(result->effects());
  }
  return result;
}

std::optional<std::string> ElementReader::folded(const expression::Expression& expression) const {
  const auto constant = expression.constant();
  if (!constant) return std::nullopt;
  Arena arena;
  return std::string(expression::toText(*constant, arena));
}

const ElementReader::Prepared& ElementReader::prepared(std::string_view name) const {
  for (const auto& prepared : prepared_)
    if (prepared.spec->name == name) return prepared;
  CHECK(false && "a factory asked for an attribute that its descriptor does not have");
  return prepared_.front();
}

std::string ElementReader::literal(std::string_view name) const {
  return prepared(name).literal.value_or("");
}

TextOperand ElementReader::text(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.literal) return TextOperand(*from.literal);
  return from.expression == nullptr ? TextOperand() : TextOperand(from.expression);
}

ValueOperand ElementReader::value(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.expression != nullptr) return ValueOperand(from.expression);  // a folded constant keeps its type
  return from.literal ? ValueOperand(*from.literal) : ValueOperand();
}

BoolOperand ElementReader::boolean(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.literal) return BoolOperand(parseBool(*from.literal).value_or(false));
  return from.expression == nullptr ? BoolOperand() : BoolOperand(from.expression);
}

IntegerOperand ElementReader::integer(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.literal) return IntegerOperand(parseInteger(*from.literal).value_or(0));
  return from.expression == nullptr ? IntegerOperand()
                                    : IntegerOperand(from.expression, from.spec->least, from.spec->most);
}

DurationOperand ElementReader::seconds(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.literal) return DurationOperand(parseDuration(*from.literal).value_or(Duration{}));
  return from.expression == nullptr ? DurationOperand() : DurationOperand(from.expression);
}

ChoiceOperand ElementReader::choice(std::string_view name) const {
  const Prepared& from = prepared(name);
  if (from.literal) return ChoiceOperand(parseChoice(*from.literal, from.spec->choices).value_or(0));
  return from.expression == nullptr ? ChoiceOperand() : ChoiceOperand(from.expression, from.spec->choices);
}

bool ElementReader::hasContent() const {
  return content_ != nullptr || !trimXmlSpace(content_literal_).empty();
}

TextOperand ElementReader::content() const {
  if (content_ == nullptr) return TextOperand(content_literal_);
  const auto constant = folded(*content_);
  return constant ? TextOperand(*constant) : TextOperand(content_);
}

ValueOperand ElementReader::contentValue() const {
  return content_ == nullptr ? ValueOperand(content_literal_) : ValueOperand(content_);
}

std::vector<const ElementReader*> ElementReader::children(std::string_view name) const {
  std::vector<const ElementReader*> found;
  for (const auto& child : children_)
    if (child.element_->name == name) found.push_back(&child);
  return found;
}

const ElementReader* ElementReader::child(std::string_view name) const {
  for (const auto& child : children_)
    if (child.element_->name == name) return &child;
  return nullptr;
}

}  // namespace sluice::policy
