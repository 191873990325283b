// Descriptor: the only declaration of a policy. Its name, where it may stand, its attributes and children, what it is
// for, and how it becomes steps. Load diagnostics, reference pages and fuzz seeds derive from it. Descriptors are
// constants of the program; one per folder of src/policies, collected in policies/builtin.cc.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "policy/step.h"

namespace sluice::policy {

class ElementReader;
class Emitter;

enum class ValueType : uint8_t {
  Text,
  Bool,     // true, false
  Integer,  // within least..most
  Seconds,  // a count of seconds (fractions allowed), an ISO 8601 duration or .NET's [d.]hh:mm:ss
  Choice,   // one of choices
};
enum class Need : uint8_t { Optional, Required };
enum class Form : uint8_t { Expression, Literal };  // Expression: a literal or an expression; Literal: only a literal

struct AttributeSpec {
  std::string_view name;
  ValueType type = ValueType::Text;
  Need need = Need::Optional;
  Form form = Form::Expression;
  std::string_view sentence;  // for the reference page and diagnostics
  std::string_view fallback;  // what absence means, as a literal; empty: nothing
  std::span<const std::string_view> choices;
  int64_t least = std::numeric_limits<int64_t>::min();
  int64_t most = std::numeric_limits<int64_t>::max();
};

enum class Content : uint8_t {
  Nothing,   // children at most
  Text,      // a literal or expression, trimmed
  Verbatim,  // the same, white space kept; markup inside is text
  Policies,  // policies, besides the children
};

constexpr uint32_t kUnbounded = std::numeric_limits<uint32_t>::max();

struct ElementSpec {
  std::string_view name;
  std::string_view sentence;
  std::span<const AttributeSpec> attributes;
  Content content = Content::Nothing;
  Form text_form = Form::Expression;
  std::span<const ElementSpec> children;
  uint32_t least = 0;  // how often it stands in its parent
  uint32_t most = kUnbounded;
  std::span<const std::string_view> policies;  // Content::Policies: only these; empty: any
};

using Sections = uint8_t;
constexpr Sections in(Section section) {
  return static_cast<Sections>(1u << static_cast<unsigned>(section));
}
constexpr Sections kInbound = in(Section::Inbound), kBackend = in(Section::Backend), kOutbound = in(Section::Outbound),
                   kOnError = in(Section::OnError);
constexpr Sections kAllSections = kInbound | kBackend | kOutbound | kOnError;

using Scopes = uint8_t;
constexpr Scopes in(Scope scope) {
  return static_cast<Scopes>(1u << static_cast<unsigned>(scope));
}
constexpr Scopes kAllScopes = 0x1F;

enum class Repetition : uint8_t { Any, OncePerSection };

// Makes the step of a checked element; what it touches is declared through the reader.
using StepFactory = std::shared_ptr<const Step> (*)(ElementReader& reader);
// Emits instructions itself: policies with jumps or with policies inside.
using FlowFactory = void (*)(Emitter& emitter, ElementReader& reader);

struct Descriptor {
  ElementSpec element;
  Sections sections = kAllSections;
  Scopes scopes = kAllScopes;
  Repetition repetition = Repetition::Any;
  std::string_view status;                   // where it differs from API Management; empty: nowhere that we know
  std::string_view posture;                  // what a hostile caller can reach through it, in one sentence
  std::span<const std::string_view> events;  // kinds of events that it writes
  StepFactory make = nullptr;                // exactly one of these two
  FlowFactory flow = nullptr;
};

}  // namespace sluice::policy
