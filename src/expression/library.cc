#include "expression/library.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

// What a policy expression imports, as the C# compiler is given them.
constexpr std::array<std::string_view, 14> kImported = {
    "",
    "System",
    "System.Collections.Generic",
    "System.IO",
    "System.Linq",
    "System.Net",
    "System.Security.Cryptography",
    "System.Security.Cryptography.X509Certificates",
    "System.Text",
    "System.Text.RegularExpressions",
    "System.Xml",
    "System.Xml.Linq",
    "Newtonsoft.Json",
    "Newtonsoft.Json.Linq",
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool takeWord(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != ' ') return false;
  text = trim(text.substr(word.size()));
  return true;
}

void takeTypeParams(TypeDef& def, std::string_view list) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view one = trim(list.substr(0, comma));
    def.covariant.push_back(takeWord(one, "out"));
    def.contravariant.push_back(takeWord(one, "in"));
    def.type_params.emplace_back(one);
    list = comma < list.size() ? list.substr(comma + 1) : std::string_view{};
  }
}

TypeKind kindFor(std::string_view word, Tag tag) {
  if (word == "interface") return TypeKind::Interface;
  if (word == "delegate") return TypeKind::Delegate;
  if (word == "struct") return tag == Tag::Object ? TypeKind::Struct : TypeKind::Primitive;
  return TypeKind::Class;
}

}  // namespace

Library::Library() {
  for (const auto declare : kDeclarations) declare(*this);
  for (const auto& def : defs_) {
    by_name_.emplace(def->name, def.get());
    by_full_name_.emplace(def->full_name, def.get());
    // System.Text makes System a namespace too.
    for (std::string_view space = def->name_space; !space.empty();) {
      namespaces_.insert(space);
      const size_t dot = space.rfind('.');
      space = dot == std::string_view::npos ? std::string_view{} : space.substr(0, dot);
    }
  }
}

const Library& Library::instance() {
  static const auto* const library = new Library;  // never destroyed: types point into it
  return *library;
}

TypeDef& Library::add(std::string_view declaration, std::span<const MemberRow> rows, Hooks hooks, Tag tag) {
  auto def = std::make_unique<TypeDef>();
  def->declaration = declaration;
  std::string_view rest = trim(declaration);
  def->is_static = takeWord(rest, "static");
  def->is_abstract = takeWord(rest, "abstract");
  takeWord(rest, "sealed");
  for (const std::string_view word : {"class", "struct", "interface", "delegate"})
    if (takeWord(rest, word)) def->kind = kindFor(word, tag);
  def->tag = tag;
  def->hooks = hooks;
  const size_t angle = rest.find('<');
  const size_t colon = rest.find(" : ");
  const size_t name_end = std::min({angle, colon, rest.size()});
  const std::string_view full = trim(rest.substr(0, name_end));
  const size_t dot = full.rfind('.');
  if (dot != std::string_view::npos) def->name_space = full.substr(0, dot);
  def->name = dot == std::string_view::npos ? full : full.substr(dot + 1);
  def->full_name = full;
  if (angle < colon && angle < rest.size()) {
    const size_t close = rest.find('>', angle);
    CHECK(close != std::string_view::npos);
    takeTypeParams(*def, rest.substr(angle + 1, close - angle - 1));
  }
  if (colon != std::string_view::npos) def->bases = trim(rest.substr(colon + 3));
  if (full == "System.Object") def->kind = TypeKind::Object;
  if (full == "System.String") def->kind = TypeKind::String;
  def->rows.push_back(rows);
  defs_.push_back(std::move(def));
  return *defs_.back();
}

TypeDef& Library::addEnum(std::string_view full_name, std::span<const EnumRow> rows, bool flags) {
  TypeDef& def = add("class " + std::string(full_name) + " : System.Enum", {}, {}, Tag::Enum);
  def.kind = TypeKind::Enum;
  def.enum_rows = rows;
  def.is_flags = flags;
  return def;
}

std::vector<const TypeDef*> Library::find(std::string_view name, size_t arity) const {
  std::vector<const TypeDef*> found;
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it)
    if (it->second->type_params.size() == arity &&
        std::find(kImported.begin(), kImported.end(), it->second->name_space) != kImported.end())
      found.push_back(it->second);
  return found;
}

std::vector<const TypeDef*> Library::findAnywhere(std::string_view name, size_t arity) const {
  std::vector<const TypeDef*> found;
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it)
    if (it->second->type_params.size() == arity) found.push_back(it->second);
  return found;
}

const TypeDef* Library::findFull(std::string_view full_name, size_t arity) const {
  const auto [first, last] = by_full_name_.equal_range(full_name);
  for (auto it = first; it != last; ++it)
    if (it->second->type_params.size() == arity) return it->second;
  return nullptr;
}

bool Library::isNamespace(std::string_view name) const {
  return namespaces_.contains(name);
}

std::span<const Member* const> Library::extensions(std::string_view name) const {
  std::call_once(extensions_found_, [this] {
    for (const auto& def : defs_) {
      if (!def->is_static) continue;
      for (const Member& member : def->members())
        if (member.is_extension) extensions_[member.name].push_back(&member);
    }
  });
  const auto it = extensions_.find(name);
  return it == extensions_.end() ? std::span<const Member* const>{} : std::span<const Member* const>(it->second);
}

std::vector<std::string_view> Library::typeNames() const {
  std::vector<std::string_view> names;
  for (const auto& def : defs_) names.emplace_back(def->name);
  return names;
}

const std::vector<Member>& TypeDef::members() const {
  std::call_once(parsed, [this] {
    for (const auto& some : rows)
      for (const MemberRow& row : some) parsed_members.push_back(parseSignature(*this, row));
  });
  return parsed_members;
}

}  // namespace sluice::expression
