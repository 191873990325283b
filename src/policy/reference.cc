#include "policy/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sluice::policy {
namespace {

constexpr std::pair<Section, std::string_view> kSectionNames[] = {{Section::Inbound, "inbound"},
                                                                  {Section::Backend, "backend"},
                                                                  {Section::Outbound, "outbound"},
                                                                  {Section::OnError, "on-error"}};
constexpr std::pair<Scope, std::string_view> kScopeNames[] = {
    {Scope::Global, "global"}, {Scope::Product, "product"}, {Scope::Api, "API"}, {Scope::Operation, "operation"}};

template <class Name, size_t Count, class Set>
std::string namesOf(const std::pair<Name, std::string_view> (&names)[Count], Set set) {
  std::string list;
  bool all = true;
  for (const auto& [value, name] : names) {
    if ((set & in(value)) == 0) {
      all = false;
      continue;
    }
    list.append(list.empty() ? "" : ", ").append(name);
  }
  return all ? "all" : list;
}

// Sentences as Markdown has them: element names are code, not markup; in tables bars are text.
enum class Where : uint8_t { Text, Cell };
std::string prose(std::string_view text, Where where) {
  std::string out;
  bool code = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') code = !code;
    const size_t end = c == '<' && !code ? text.find('>', i) : std::string_view::npos;
    if (end != std::string_view::npos) {
      out.append("`").append(text.substr(i, end - i + 1)).append("`");
      i = end;
    } else if (c == '|' && where == Where::Cell) {
      out += "\\|";
    } else {
      out += c;
    }
  }
  return out;
}

std::string typeOf(const AttributeSpec& spec) {
  switch (spec.type) {
    case ValueType::Bool:
      return "true or false";
    case ValueType::Seconds:
      return "seconds";
    case ValueType::Choice: {
      std::string choices;
      for (const auto choice : spec.choices) choices += fmt::format("{}`{}`", choices.empty() ? "" : ", ", choice);
      return choices;
    }
    case ValueType::Integer:
      if (spec.most == std::numeric_limits<int64_t>::max()) return "a whole number";
      return fmt::format("{} to {}", spec.least, spec.most);
    case ValueType::Text:
      break;
  }
  return "text";
}

std::string contentOf(const ElementSpec& element) {
  switch (element.content) {
    case Content::Text:
    case Content::Verbatim:
      return element.text_form == Form::Expression ? " Its text may be an expression." : "";
    case Content::Policies: {
      if (element.policies.empty()) return " Holds any policies.";
      std::string names;
      for (const auto name : element.policies) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", name);
      return fmt::format(" Holds {}.", names);
    }
    case Content::Nothing:
      break;
  }
  return "";
}

void writeAttributes(std::string& out, const ElementSpec& element) {
  if (element.attributes.empty()) return;
  out += "\n| attribute | is | default | expression | |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& spec : element.attributes)
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", spec.name, typeOf(spec),
                       spec.need == Need::Required ? "required"
                       : spec.fallback.empty()     ? std::string()
                                                   : fmt::format("`{}`", spec.fallback),
                       spec.form == Form::Expression ? "yes" : "no", prose(spec.sentence, Where::Cell));
}

void writeChildren(std::string& out, const ElementSpec& element, const std::string& path) {
  for (const auto& child : element.children) {
    const std::string name = fmt::format("{} › {}", path, child.name);
    const std::string often = child.least > 0 && child.most == 1 ? "once"
                              : child.most == 1                  ? "at most once"
                              : child.least > 0                  ? "once or more"
                                                                 : "any number of times";
    out += fmt::format("\n`{}`, {}. {}{}\n", name, often, prose(child.sentence, Where::Text), contentOf(child));
    writeAttributes(out, child);
    writeChildren(out, child, name);
  }
}

void writePolicy(std::string& out, const Descriptor& descriptor) {
  const ElementSpec& element = descriptor.element;
  std::string folder(element.name);
  std::replace(folder.begin(), folder.end(), '-', '_');
  out += fmt::format("\n## {}\n\n{}{} Sections: {}; scopes: {}{}. [With an example](../../src/policies/{}/{}.md).\n",
                     element.name, prose(element.sentence, Where::Text), contentOf(element),
                     namesOf(kSectionNames, descriptor.sections), namesOf(kScopeNames, descriptor.scopes),
                     descriptor.repetition == Repetition::OncePerSection ? "; once in a section" : "", folder, folder);
  if (!descriptor.status.empty()) out += fmt::format("\nHere: {}\n", prose(descriptor.status, Where::Text));
  if (!descriptor.posture.empty()) out += fmt::format("\nMind: {}\n", prose(descriptor.posture, Where::Text));
  writeAttributes(out, element);
  writeChildren(out, element, std::string(element.name));
}

}  // namespace

std::string policyReference(const Catalogue& catalogue) {
  std::string out =
      "# Policies\n\n"
      "Every policy of API Management that this gateway runs, with all that it takes, and those that it refuses at "
      "load.\n"
      "`Here` says where a policy differs from API Management, as far as is known; `Mind` what to think of. This page "
      "is\n"
      "generated from the table that `sluice check` checks documents by.\n\n"
      "| policy | sections | scopes | |\n| --- | --- | --- | --- |\n";
  for (const auto* descriptor : catalogue.all()) {
    const ElementSpec& element = descriptor->element;
    out +=
        fmt::format("| [{0}](#{0}) | {1} | {2} | {3} |\n", element.name, namesOf(kSectionNames, descriptor->sections),
                    namesOf(kScopeNames, descriptor->scopes), prose(element.sentence, Where::Cell));
  }
  out += "\nRefused:\n\n| policy | why |\n| --- | --- |\n";
  for (const auto& [name, reason] : refusedPolicies())
    if (catalogue.find(name) == nullptr) out += fmt::format("| `{}` | {} |\n", name, reason);
  for (const auto* descriptor : catalogue.all()) writePolicy(out, *descriptor);
  return out;
}

}  // namespace sluice::policy
