#include "upstream/delta_tree.h"

#include <algorithm>
#include <array>

namespace sluice::upstream {
namespace {

// What a member or item costs besides its text.
constexpr size_t kNodeBytes = sizeof(DeltaTree) + 64;
constexpr size_t kNameBytes = 256;

// Said once and maybe repeated, never continued.
constexpr std::array<std::string_view, 9> kDescriptions{"id",    "type",   "role",  "name",  "object",
                                                        "index", "format", "model", "status"};

bool isDescription(std::string_view name) {
  return std::find(kDescriptions.begin(), kDescriptions.end(), name) != kDescriptions.end();
}

// Looks ahead: the `index` of the object here, if it has one.
bool indexOfItem(JsonScan scan, uint64_t& index) {
  if (!scan.enterObject()) return false;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "index") return scan.integer(index);
    scan.skip();
  }
  return false;
}

}  // namespace

void appendMember(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

const DeltaTree* DeltaTree::find(std::string_view name) const {
  for (const auto& [known, value] : members_)
    if (known == name) return &value;
  return nullptr;
}

DeltaTree* DeltaTree::member(std::string_view name, const Limits& limits, Budget& budget) {
  for (auto& [known, value] : members_)
    if (known == name) return &value;
  if (members_.size() >= limits.members || name.size() > kNameBytes || !budget.take(kNodeBytes + name.size())) {
    return nullptr;
  }
  return &members_.emplace_back(std::string(name), DeltaTree()).second;
}

void DeltaTree::replace(std::string_view raw, Kind kind, Budget& budget) {
  if (raw.size() > text_.size() && !budget.take(raw.size() - text_.size())) return;
  text_.assign(raw);
  kind_ = kind;
}

void DeltaTree::add(JsonScan& scan, std::string_view name, const Limits& limits, Budget& budget) {
  JsonString value;
  switch (scan.kind()) {
    case JsonKind::Null:
      scan.skip();
      if (kind_ == Kind::None) kind_ = Kind::Null;
      return;
    case JsonKind::String:
      if (scan.string(value)) addString(value, name, budget);
      return;
    case JsonKind::Object:
      if (limits.depth > 0 && (kind_ == Kind::None || kind_ == Kind::Null || kind_ == Kind::Object)) {
        return addObject(scan, limits, budget);
      }
      break;
    case JsonKind::Array:
      if (limits.depth > 0 && kind_ != Kind::Raw && kind_ != Kind::String && kind_ != Kind::Object) {
        return addList(scan, limits, budget);
      }
      break;
    case JsonKind::Broken:
      return scan.skip();
    default:
      break;
  }
  const std::string_view raw = scan.raw();
  // Only small values can be replaced; what is too deep to merge is kept as it came first.
  if (kind_ == Kind::None || kind_ == Kind::Null || kind_ == Kind::Raw) replace(raw, Kind::Raw, budget);
}

void DeltaTree::addString(const JsonString& value, std::string_view name, Budget& budget) {
  if (kind_ != Kind::None && kind_ != Kind::Null && kind_ != Kind::String) return;
  if (kind_ == Kind::String && !text_.empty() && isDescription(name)) return;
  kind_ = Kind::String;
  if (budget.take(value.raw.size())) text_.append(value.raw);
}

void DeltaTree::addObject(JsonScan& scan, const Limits& limits, Budget& budget) {
  kind_ = Kind::Object;
  scan.enterObject();
  Limits inner = limits;
  --inner.depth;
  JsonString name;
  while (scan.nextMember(name)) {
    // Names with escapes have no place in any dialect.
    DeltaTree* place = name.has_escapes ? nullptr : member(name.raw, limits, budget);
    if (place == nullptr) {
      scan.skip();
    } else {
      place->add(scan, name.raw, inner, budget);
    }
  }
}

void DeltaTree::addList(JsonScan& scan, const Limits& limits, Budget& budget) {
  if (kind_ == Kind::None || kind_ == Kind::Null) kind_ = Kind::List;
  scan.enterArray();
  while (scan.nextItem()) {
    uint64_t index = 0;
    const bool indexed = text_.empty() && indexOfItem(scan, index);
    if (indexed) kind_ = Kind::Indexed;
    if (kind_ == Kind::Indexed) {
      addItem(scan, indexed ? index : items_.size(), limits, budget);
      continue;
    }
    const std::string_view raw = scan.raw();
    if (raw.empty() || !budget.take(raw.size() + 1)) continue;
    if (!text_.empty()) text_ += ',';
    text_.append(raw);
  }
}

void DeltaTree::addItem(JsonScan& scan, uint64_t index, const Limits& limits, Budget& budget) {
  Limits inner = limits;
  --inner.depth;
  for (auto& [known, value] : items_)
    if (known == index) return value.add(scan, {}, inner, budget);
  if (items_.size() >= limits.items || !budget.take(kNodeBytes)) return scan.skip();
  items_.emplace_back(index, DeltaTree()).second.add(scan, {}, inner, budget);
}

void DeltaTree::write(std::string& out) const {
  switch (kind_) {
    case Kind::None:
      return;
    case Kind::Null:
      out += "null";
      return;
    case Kind::Raw:
      out += text_;
      return;
    case Kind::String:
      out.append("\"").append(text_).append("\"");
      return;
    case Kind::List:
      out.append("[").append(text_).append("]");
      return;
    case Kind::Object:
      return writeMembers({}, out);
    case Kind::Indexed:
      return writeItems(out);
  }
}

void DeltaTree::writeMembers(std::string_view left_out, std::string& out) const {
  out += '{';
  for (const auto& [name, value] : members_) {
    if (name == left_out || !value.present()) continue;
    appendMember(out, name);
    value.write(out);
  }
  out += '}';
}

void DeltaTree::writeItems(std::string& out) const {
  std::vector<const std::pair<uint64_t, DeltaTree>*> sorted;
  for (const auto& item : items_) sorted.push_back(&item);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  out += '[';
  for (const auto* item : sorted) {
    if (item != sorted.front()) out += ',';
    if (item->second.kind() == Kind::Object) {
      item->second.writeMembers("index", out);
    } else {
      item->second.write(out);
    }
  }
  out += ']';
}

void DeltaTree::appendTexts(std::string& out) const {
  if (kind_ == Kind::String) {
    JsonString{text_, text_.find('\\') != std::string::npos}.appendTo(out);
    return;
  }
  // A called function's name is written by the model; what describes is not.
  for (const auto& [name, value] : members_)
    if (!isDescription(name) || name == "name") value.appendTexts(out);
  for (const auto& [index, value] : items_) value.appendTexts(out);
}

}  // namespace sluice::upstream
