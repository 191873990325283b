// Reads the C# signatures of member rows. They are ours, so a mistake aborts; library_test walks every row.
#include <cctype>
#include <cstdio>

#include "base/assert.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

class Reader {
 public:
  Reader(std::string_view text, std::span<const std::string> type_params) : text_(text), type_params_(type_params) {}

  std::vector<std::string> method_params;

  [[noreturn]] void die(const char* what) const {
    std::fprintf(stderr, "library signature: %s in \"%.*s\" at %zu\n", what, static_cast<int>(text_.size()),
                 text_.data(), at_);
    CHECK(false);
    std::abort();
  }

  void space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool end() {
    space();
    return at_ >= text_.size();
  }
  bool take(std::string_view token) {
    space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool peek(std::string_view token) {
    space();
    return text_.substr(at_).starts_with(token);
  }
  void need(std::string_view token) {
    if (!take(token)) die(token.data());
  }
  bool takeWord(std::string_view word) {
    space();
    const size_t after = at_ + word.size();
    if (!text_.substr(at_).starts_with(word)) return false;
    if (after < text_.size() && isNameChar(text_[after])) return false;
    at_ = after;
    return true;
  }
  std::string_view word() {
    space();
    const size_t from = at_;
    while (at_ < text_.size() && isNameChar(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  std::string_view until(char stop) {
    const size_t from = at_;
    while (at_ < text_.size() && text_[at_] != stop) ++at_;
    return text_.substr(from, at_ - from);
  }

  const Type* type() {
    const Type* result = simpleType();
    for (;;) {
      if (take("?")) {
        result = nullableOf(result);
      } else if (take("[]")) {
        result = arrayOf(result);
      } else if (take("[,]")) {
        result = arrayOf(result, 2);
      } else {
        return result;
      }
    }
  }

  Param param() {
    Param p;
    if (takeWord("out")) p.mode = Param::Mode::Out;
    if (takeWord("ref")) p.mode = Param::Mode::Ref;
    if (takeWord("params")) p.mode = Param::Mode::Params;
    p.type = type();
    p.name = word();
    if (p.name.empty()) die("parameter name");
    if (take("=")) {
      p.optional = true;
      p.default_value = defaultLiteral(p.type);
    }
    return p;
  }

  // The lists behind '(' or '[' up to `close`.
  std::vector<Param> params(std::string_view close, bool& extension) {
    std::vector<Param> all;
    if (take(close)) return all;
    extension = takeWord("this");
    do {
      all.push_back(param());
    } while (take(","));
    need(close);
    return all;
  }

 private:
  static bool isNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  const Type* simpleType() {
    if (take("(")) {
      std::vector<const Type*> elements;
      std::vector<std::string> names;
      do {
        elements.push_back(type());
        names.emplace_back(word());
      } while (take(","));
      need(")");
      return tupleOf(std::move(elements), std::move(names));
    }
    std::string name(word());
    if (name.empty()) die("type");
    while (peek(".")) {
      take(".");
      name += "." + std::string(word());
    }
    for (size_t i = 0; i < method_params.size(); ++i)
      if (method_params[i] == name) return parameterType(true, static_cast<uint32_t>(i), name);
    for (size_t i = 0; i < type_params_.size(); ++i)
      if (type_params_[i] == name) return parameterType(false, static_cast<uint32_t>(i), name);
    std::vector<const Type*> args;
    if (take("<")) {
      do {
        args.push_back(type());
      } while (take(","));
      need(">");
    }
    return named(name, args);
  }

  const Type* named(const std::string& name, std::span<const Type* const> args) {
    static const std::pair<std::string_view, std::string_view> kKeywords[] = {
        {"object", "System.Object"}, {"string", "System.String"}, {"bool", "System.Boolean"},
        {"char", "System.Char"},     {"sbyte", "System.SByte"},   {"byte", "System.Byte"},
        {"short", "System.Int16"},   {"ushort", "System.UInt16"}, {"int", "System.Int32"},
        {"uint", "System.UInt32"},   {"long", "System.Int64"},    {"ulong", "System.UInt64"},
        {"float", "System.Single"},  {"double", "System.Double"}, {"decimal", "System.Decimal"},
    };
    if (name == "void") return core().void_type;
    for (const auto& [keyword, full] : kKeywords)
      if (name == keyword) return closedType(Library::instance().findFull(full, 0));
    if (const TypeDef* full = Library::instance().findFull(name, args.size())) return closedType(full, args);
    const std::vector<const TypeDef*> found = Library::instance().findAnywhere(name, args.size());
    if (found.size() > 1) die(("ambiguous type " + name).c_str());
    if (found.empty()) die(("unknown type " + name).c_str());
    return closedType(found[0], args);
  }

  Value defaultLiteral(const Type* type) {
    if (takeWord("null") || takeWord("default")) return Value::null();
    if (takeWord("true")) return Value::boolean(true);
    if (takeWord("false")) return Value::boolean(false);
    if (take("'")) {
      const char c = text_[at_];
      at_ += 2;
      return Value::character(static_cast<unsigned char>(c));
    }
    if (take("\"")) {
      const std::string_view text = until('"');
      need("\"");
      return Value::ascii(text);
    }
    if (type->kind == TypeKind::Enum) {
      until('.');
      need(".");
      const std::string_view name = word();
      for (const EnumRow& row : type->def->enum_rows)
        if (row.name == name) return Value::tagged(Tag::Enum, static_cast<uint64_t>(row.value), type->index);
      die("enum default");
    }
    const bool minus = take("-");
    int64_t number = 0;
    for (const char c : word()) number = number * 10 + (c - '0');
    return Value::integer(type->tag, minus ? -number : number);
  }

  std::string_view text_;
  std::span<const std::string> type_params_;
  size_t at_ = 0;
};

void takeAccessors(Reader& r) {
  r.need("{");
  r.until('}');
  r.need("}");
}

// Behind "static implicit" and the like: operator, result, parameters.
void readOperator(Reader& r, Member& m) {
  bool extension = false;
  if (m.kind == MemberKind::Implicit || m.kind == MemberKind::Explicit) {
    m.type = r.type();
    m.name = m.kind == MemberKind::Implicit ? "op_Implicit" : "op_Explicit";
  } else {
    r.space();
    m.name = "op_" + std::string(r.until('('));
    while (m.name.back() == ' ') m.name.pop_back();
  }
  r.need("(");
  m.params = r.params(")", extension);
}

void readMethodTail(Reader& r, Member& m) {
  if (r.take("<")) {
    do {
      m.type_params.emplace_back(r.word());
    } while (r.take(","));
    r.need(">");
  }
  r.need("(");
  m.params = r.params(")", m.is_extension);
}

// A generic method's own parameters come after its result type, which may use them: find them first.
void findMethodParams(std::string_view signature, Reader& r) {
  const size_t close = signature.find(">(");
  if (close == std::string_view::npos) return;
  const size_t open = close + 1;
  size_t from = close;
  int depth = 0;
  while (from > 0) {
    if (signature[from] == '>') ++depth;
    if (signature[from] == '<' && --depth == 0) break;
    --from;
  }
  std::string_view list = signature.substr(from + 1, open - from - 2);
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    r.method_params.emplace_back(one);
    list = comma < list.size() ? list.substr(comma + 1) : std::string_view{};
  }
}

}  // namespace

Member parseSignature(const TypeDef& owner, const MemberRow& row) {
  Member m;
  m.get = row.get;
  m.set = row.set;
  m.flags = row.flags;
  m.owner = &owner;
  m.signature = row.signature;
  Reader r(row.signature, owner.type_params);
  findMethodParams(row.signature, r);
  if (r.takeWord("const")) {
    m.kind = MemberKind::Constant;
    m.is_static = true;
    m.type = r.type();
    m.name = r.word();
    return m;
  }
  m.is_static = r.takeWord("static");
  if (r.takeWord("readonly")) m.kind = MemberKind::Property;
  if (r.takeWord("implicit")) m.kind = MemberKind::Implicit;
  if (r.takeWord("explicit")) m.kind = MemberKind::Explicit;
  if (r.takeWord("operator")) {
    readOperator(r, m);
    return m;
  }
  if (r.peek(owner.name + "(")) {
    r.word();
    m.kind = MemberKind::Constructor;
    m.name = owner.name;
    m.is_static = true;
    r.need("(");
    m.params = r.params(")", m.is_extension);
    m.type = core().void_type;
    return m;
  }
  m.type = r.type();
  if (r.takeWord("operator")) {
    m.kind = MemberKind::Operator;
    readOperator(r, m);
    return m;
  }
  if (r.takeWord("this")) {
    m.kind = MemberKind::Indexer;
    m.name = "this";
    r.need("[");
    m.params = r.params("]", m.is_extension);
    takeAccessors(r);
    return m;
  }
  m.name = r.word();
  if (r.end() || r.peek("{")) {
    m.kind = MemberKind::Property;
    if (!r.end()) takeAccessors(r);
    return m;
  }
  readMethodTail(r, m);
  if (!r.end()) r.die("rest");
  return m;
}

const Type* parseTypeText(std::string_view text, std::span<const std::string> type_params,
                          std::span<const std::string> method_params) {
  Reader r(text, type_params);
  r.method_params.assign(method_params.begin(), method_params.end());
  const Type* type = r.type();
  if (!r.end()) r.die("rest of type");
  return type;
}

}  // namespace sluice::expression
