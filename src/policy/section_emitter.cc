#include "policy/section_emitter.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::policy {
namespace {

constexpr uint32_t kMaxBases = 200;          // of one section: each may repeat all broader scopes
constexpr size_t kMaxInstructions = 20'000;  // of one section, with fragments and <base/> spliced in

std::string childPath(const Element& parent, const Element& element, std::string_view parent_path) {
  size_t index = 0, count = 0;
  for (const auto& sibling : parent.children) {
    if (sibling.name != element.name) continue;
    ++count;
    if (&sibling == &element) index = count;
  }
  std::string path(parent_path);
  if (!path.empty()) path += '\\';
  path += element.name;
  if (count > 1) path += fmt::format("[{}]", index);
  return path;
}

}  // namespace

SectionEmitter::SectionEmitter(CompilerState& state, const ScopeChain& chain, Pipeline& pipeline, Section section)
    : state_(state),
      chain_(chain),
      pipeline_(pipeline),
      code_(pipeline.sections[static_cast<size_t>(section)]),
      section_(section) {}

bool SectionEmitter::run() {
  splice(chain_.part(section_));
  return ok_;
}

void SectionEmitter::checkSectionElement(const Document& document, const Element& section) {
  const auto complain = [&](std::string message, std::string remedy) {
    ok_ = false;
    state_.complain(document, section, std::move(message), std::move(remedy));
  };
  for (const auto& attribute : section.attributes)
    complain(fmt::format("<{}> has no attribute `{}`", section.name, attribute.name), "Remove it.");
  if (!trimXmlSpace(section.text.text).empty())
    complain(fmt::format("text in <{}>", section.name), "It may hold elements only; remove the text.");
}

void SectionEmitter::splice(const ScopeChain::Part& part) {
  if (part.section == nullptr) return;
  const Document& document = *part.from.document;
  checkSectionElement(document, *part.section);
  std::vector<const Descriptor*> seen;
  for (const auto& element : part.section->children) {
    if (element.name == "base") {
      if (base(document, element)) splice(chain_.part(section_, part.depth));
      continue;
    }
    const bool response = section_ == Section::Outbound || section_ == Section::OnError;
    const Place place{&document,
                      part.from.scope,
                      &element,
                      childPath(*part.section, element, ""),
                      response ? Target::Response : Target::Request,
                      false};
    const Descriptor* descriptor = policy(place, Position::Section);
    if (descriptor == nullptr || descriptor->repetition == Repetition::Any) continue;
    if (std::find(seen.begin(), seen.end(), descriptor) != seen.end()) {
      ok_ = false;
      state_.complain(document, element, fmt::format("a second <{}> in <{}>", element.name, part.section->name),
                      "It may stand once in a section; join the two.");
    }
    seen.push_back(descriptor);
  }
}

bool SectionEmitter::base(const Document& document, const Element& element) {
  const auto refuse = [&](std::string message, std::string remedy) {
    ok_ = false;
    state_.complain(document, element, std::move(message), std::move(remedy));
    return false;
  };
  if (!element.attributes.empty() || !element.children.empty())
    return refuse("<base> has no attributes and nothing in it", "Write <base />.");
  if (++bases_ > kMaxBases)
    return refuse(fmt::format("more than {} <base /> take part in <{}>", kMaxBases, toString(section_)),
                  "One <base /> in each document's section is enough.");
  return true;
}

const Descriptor* SectionEmitter::policy(const Place& place, Position position) {
  if (too_long_) return nullptr;
  const Placement placement{*place.document, state_.configuration(), place.scope,
                            section_,        place.target,           state_.diagnostics()};
  CheckedElement& checked = state_.check(*place.element, placement, position);
  ok_ = ok_ && checked.ok;
  if (checked.descriptor == nullptr) return nullptr;
  const Place* outer = std::exchange(place_, &place);
  if (checked.descriptor->flow != nullptr) {
    // A faulty one is walked too: the mistakes inside it belong to the list.
    checked.descriptor->flow(*this, *checked.reader);
    checked.ok = checked.ok && checked.reader->ok();
    ok_ = ok_ && checked.ok;
  } else if (checked.step != nullptr) {
    add(checked.step, *checked.reader);
  }
  place_ = outer;
  return checked.descriptor;
}

void SectionEmitter::inside(const Element& parent, const Place& outer, Position position,
                            std::span<const ElementSpec> parts, std::vector<uint32_t>* starts) {
  for (const auto& element : parent.children) {
    const auto is_part = [&](const ElementSpec& spec) { return spec.name == element.name; };
    if (std::any_of(parts.begin(), parts.end(), is_part)) continue;
    if (starts != nullptr) starts->push_back(here());
    Place place = outer;
    place.element = &element;
    place.path = childPath(parent, element, outer.path);
    if (element.name == "base") {
      ok_ = false;
      state_.complain(*place.document, element, "<base> is not allowed here",
                      "It stands directly in a section: <inbound>, <backend>, <outbound> or <on-error>.");
    } else if (place.in_fragment && element.name == "include-fragment") {
      ok_ = false;
      state_.complain(*place.document, element, "a policy fragment cannot include another",
                      "Include both where the outer one is included.");
    } else {
      policy(place, position);
    }
  }
}

std::string SectionEmitter::partPath(const ElementReader& reader) const {
  if (&reader.element() == place_->element) return place_->path;
  return childPath(*place_->element, reader.element(), place_->path);
}

void SectionEmitter::insideOf(const ElementReader& parent, Target target, std::vector<uint32_t>* starts) {
  Place place = *place_;
  place.path = partPath(parent);
  place.target = target;
  const ElementSpec& spec = parent.spec();
  inside(parent.element(), place, spec.policies.empty() ? Position::Nested : Position::ListedByParent, spec.children,
         starts);
}

void SectionEmitter::policies(const ElementReader& parent, Target target) {
  insideOf(parent, target, nullptr);
}

std::vector<uint32_t> SectionEmitter::policiesApart(const ElementReader& parent) {
  std::vector<uint32_t> starts;
  insideOf(parent, parent.target(), &starts);
  return starts;
}

Effects SectionEmitter::effectsFrom(uint32_t first) const {
  Effects effects = 0;
  for (size_t i = first; i < code_.size(); ++i) effects |= code_[i].effects;
  return effects;
}

void SectionEmitter::fragment(const ElementReader& include, std::string_view name) {
  const auto found = state_.fragment(name);
  if (!found.exists) {
    std::vector<std::string_view> names;
    for (const auto& fragment : state_.configuration().fragments) names.push_back(fragment.name);
    const auto near = nearest(name, names);
    ok_ = false;
    state_.complain(include.placement().document, include.element(),
                    fmt::format("there is no policy fragment `{}`", name),
                    near.empty() ? "Add it below `policy fragments/`." : fmt::format("Did you mean `{}`?", near));
    return;
  }
  if (found.document == nullptr) {
    ok_ = false;
    return;
  }
  Place place = *place_;
  place.document = found.document;
  place.in_fragment = true;
  inside(found.document->root(), place, Position::Nested, {});
}

uint32_t SectionEmitter::add(std::shared_ptr<const Step> step, const ElementReader& reader) {
  return append(std::move(step), reader, reader.effects());
}

uint32_t SectionEmitter::addBare(std::shared_ptr<const Step> step, const ElementReader& reader) {
  return append(std::move(step), reader, 0);
}

void SectionEmitter::guard(uint32_t begin, uint32_t handler) {
  pipeline_.guarded[static_cast<size_t>(section_)].push_back({begin, handler});
}

uint32_t SectionEmitter::append(std::shared_ptr<const Step> step, const ElementReader& reader, Effects effects) {
  const auto index = static_cast<uint32_t>(code_.size());
  if (index >= kMaxInstructions) {
    if (!std::exchange(too_long_, true))
      state_.complain(*place_->document, *place_->element,
                      fmt::format("the section <{}> has more than {} steps", toString(section_), kMaxInstructions),
                      "A <base /> or <include-fragment> that repeats itself may be the cause.");
    ok_ = false;
    return index - 1;
  }
  Origin origin;
  origin.policy = std::string(place_->element->name);
  if (const Attribute* id = place_->element->attribute("id")) origin.id = std::string(id->value.text);
  origin.path = partPath(reader);
  origin.scope = place_->scope;
  origin.section = section_;
  origin.location = place_->document->locationOf(reader.element().offset);
  const auto origin_index = static_cast<uint32_t>(pipeline_.origins.size());
  pipeline_.origins.push_back(std::move(origin));
  code_.push_back({step.get(), index + 1, origin_index, effects});
  pipeline_.steps.push_back(std::move(step));
  return index;
}

}  // namespace sluice::policy
