#include "expression/reference.h"

#include <algorithm>
#include <map>
#include <vector>

#include "expression/library.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kIntroduction =
    R"(# What expressions may use

`@(...)` and `@{...}` in policies are C# 7 with the types and members below and no others. They behave as in .NET, with
the invariant culture and the time zone UTC. Names of these namespaces need no `using`: System,
System.Collections.Generic, System.IO, System.Linq, System.Net, System.Security.Cryptography,
System.Security.Cryptography.X509Certificates, System.Text, System.Text.RegularExpressions, System.Xml, System.Xml.Linq,
Newtonsoft.Json and Newtonsoft.Json.Linq. `context` is an `IExpressionContext`. Every class also has the members of
System.Object. This page is generated from the declarations that the compiler of expressions uses.
)";

// "abstract class System.IO.TextReader : IDisposable" -> "abstract class TextReader : IDisposable"
std::string declarationOf(const TypeDef& def) {
  std::string text = def.declaration;
  if (def.kind == TypeKind::Enum) text = std::string(def.is_flags ? "[Flags] enum " : "enum ") + def.name;
  if (def.name_space.empty()) return text;
  const size_t at = text.find(" " + def.name_space + ".");
  if (at != std::string::npos) text.erase(at + 1, def.name_space.size() + 1);
  return text;
}

std::string heading(const TypeDef& def) {
  std::string name = def.name;
  for (size_t i = 0; i < def.type_params.size(); ++i) name += (i == 0 ? "<" : ", ") + def.type_params[i];
  return def.type_params.empty() ? name : name + ">";
}

// A delegate's is its declaration; of an enum each value, of other types each row.
void addMembers(std::string& page, const TypeDef& def) {
  for (const EnumRow& row : def.enum_rows)
    page.append("- `").append(row.name).append(" = ").append(std::to_string(row.value)).append("`\n");
  for (const Member& member : def.members()) {
    page.append("- `").append(member.signature).append("`");
    if (const std::string_view sentence = memberSentence(def.full_name, member.name); !sentence.empty())
      page.append(" ").append(sentence);
    page.append("\n");
  }
}

}  // namespace

std::string expressionsReference() {
  std::map<std::string, std::vector<const TypeDef*>> spaces;
  for (const auto& def : Library::instance().all()) spaces[def->name_space].push_back(def.get());
  std::string page(kIntroduction);
  for (auto& [space, types] : spaces) {
    page.append("\n## ").append(space.empty() ? "context and its types" : space).append("\n");
    std::stable_sort(types.begin(), types.end(),
                     [](const TypeDef* a, const TypeDef* b) { return heading(*a) < heading(*b); });
    for (const TypeDef* def : types) {
      page.append("\n### ").append(heading(*def)).append("\n\n`").append(declarationOf(*def)).append("`\n");
      if (const std::string_view sentence = typeSentence(def->full_name); !sentence.empty())
        page.append("\n").append(sentence).append("\n");
      if (!def->enum_rows.empty() || !def->members().empty()) page.append("\n");
      addMembers(page, *def);
    }
  }
  return page;
}

}  // namespace sluice::expression
