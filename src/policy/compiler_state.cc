#include "policy/compiler_state.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace sluice::policy {
namespace {

constexpr Section kSections[] = {Section::Inbound, Section::Backend, Section::Outbound, Section::OnError};
constexpr Scope kScopes[] = {Scope::Global, Scope::Workspace, Scope::Product, Scope::Api, Scope::Operation};

std::string sectionList(Sections sections) {
  std::string list;
  for (const Section section : kSections)
    if ((sections & in(section)) != 0) list += fmt::format("{}<{}>", list.empty() ? "" : ", ", toString(section));
  return list;
}

std::string scopeList(Scopes scopes) {
  std::string list;
  for (const Scope scope : kScopes)
    if ((scopes & in(scope)) != 0) list += fmt::format("{}{}", list.empty() ? "" : ", ", toString(scope));
  return list;
}

}  // namespace

CompilerState::CompilerState(const config::Configuration& configuration, const Catalogue& catalogue,
                             Diagnostics& diagnostics)
    : configuration_(configuration),
      catalogue_(catalogue),
      diagnostics_(diagnostics),
      definitions_(configuration, diagnostics) {
  const auto take = [this](const std::optional<config::PolicyDocument>& source) {
    if (source) parse(*source, DocumentKind::Policies);
  };
  take(configuration.policy);
  for (const auto& product : configuration.products) take(product.policy);
  for (const auto& api : configuration.apis) {
    take(api.policy);
    for (const auto& operation : api.operations) take(operation.policy);
  }
  for (const auto& fragment : configuration.fragments) parse(fragment.policy, DocumentKind::Fragment);
}

void CompilerState::parse(const config::PolicyDocument& source, DocumentKind kind) {
  documents_.emplace(&source, Document::parse(source, kind, diagnostics_));
}

const Document* CompilerState::document(const std::optional<config::PolicyDocument>& source) const {
  if (!source) return nullptr;
  const auto found = documents_.find(&*source);
  return found == documents_.end() ? nullptr : found->second.get();
}

bool CompilerState::broken(const std::optional<config::PolicyDocument>& source) const {
  return source && document(source) == nullptr;
}

CompilerState::Fragment CompilerState::fragment(std::string_view name) const {
  const config::Fragment* found = configuration_.findFragment(name);
  if (found == nullptr) return {};
  const auto parsed = documents_.find(&found->policy);
  return {true, parsed == documents_.end() ? nullptr : parsed->second.get()};
}

void CompilerState::complain(const Document& document, const Element& element, std::string message,
                             std::string remedy) {
  if (!complaints_.emplace(&element, message).second) return;
  document.error(diagnostics_, element.offset, std::move(message), std::move(remedy));
}

const Descriptor* CompilerState::describe(const Element& element, const Placement& placement, Position position) {
  const Document& document = placement.document;
  const Descriptor* descriptor = catalogue_.find(element.name);
  if (descriptor == nullptr) {
    const auto refusal = refusalOf(element.name);
    if (!refusal.empty()) {
      complain(document, element, fmt::format("the policy <{}> is refused: {}", element.name, refusal),
               "Remove it, or leave this API out.");
      return nullptr;
    }
    const auto near = nearest(element.name, catalogue_.names());
    complain(document, element, fmt::format("there is no policy <{}>", element.name),
             near.empty() ? "See the reference of policies." : fmt::format("Did you mean <{}>?", near));
    return nullptr;
  }
  if (position == Position::ListedByParent) return descriptor;
  if ((descriptor->sections & in(placement.section)) == 0)
    complain(document, element, fmt::format("<{}> is not allowed in <{}>", element.name, toString(placement.section)),
             fmt::format("It may stand in {}.", sectionList(descriptor->sections)));
  else if ((descriptor->scopes & in(placement.scope)) == 0)
    complain(document, element,
             fmt::format("<{}> is not allowed in a policy document of the scope {}", element.name,
                         toString(placement.scope)),
             fmt::format("It may stand in these scopes: {}.", scopeList(descriptor->scopes)));
  else
    return descriptor;
  return nullptr;
}

CheckedElement& CompilerState::check(const Element& element, const Placement& placement, Position position) {
  const Place place{&element, placement.scope, placement.section, placement.target};
  const auto [at, is_new] = checked_.try_emplace(place);
  CheckedElement& checked = at->second;
  if (!is_new) return checked;
  checked.descriptor = describe(element, placement, position);
  if (checked.descriptor == nullptr) return checked;
  checked.placement = std::make_unique<Placement>(placement);
  checked.placement->definitions = &definitions_;
  checked.reader = std::make_unique<ElementReader>(element, checked.descriptor->element, *checked.placement);
  checked.ok = checked.reader->ok();
  if (!checked.ok || checked.descriptor->make == nullptr) return checked;
  checked.step = checked.descriptor->make(*checked.reader);
  checked.ok = checked.reader->ok();
  CHECK(!checked.ok || checked.step != nullptr);
  return checked;
}

}  // namespace sluice::policy
