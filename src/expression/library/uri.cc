// System.Uri: instances.
#include "expression/library/uri.h"

#include "expression/expression.h"
#include "expression/library/declarations.h"
#include "expression/library/ip_text.h"
#include "expression/library/uri_text.h"

namespace sluice::expression {
namespace {

const UriObject& self(Call& c) {
  return *c.object<UriObject>(0);
}

// The rest of an absolute URI's text behind its authority.
std::string pathOf(const UriParts& parts) {
  return (parts.is_dos_path ? "/" : "") + escapedPath(parts);
}

std::string authorityOf(const UriParts& parts) {
  if (hasDefaultPort(parts) || parts.port < 0) return parts.host;
  return parts.host + ":" + std::to_string(parts.port);
}

std::string localPath(const UriParts& parts) {
  std::string path = unescapeUri(parts.path);
  if (!parts.is_dos_path && !parts.is_unc) return path;
  for (char& unit : path)
    if (unit == '/') unit = '\\';
  return parts.is_unc ? "\\\\" + parts.host + path : path;
}

std::string dnsSafeHost(const UriParts& parts) {
  if (parts.host_type != HostType::IPv6) return parts.host;
  const std::string address = parts.host.substr(1, parts.host.size() - 2);
  return parts.scope == 0 ? address : address + "%" + std::to_string(parts.scope);
}

bool isLoopback(const UriParts& parts) {
  if (parts.host_type == HostType::IPv4) return parts.host.starts_with("127.");
  if (parts.host_type == HostType::IPv6) return parts.host == "[::1]";
  if (parts.host_type == HostType::Dns) return parts.host == "localhost" || parts.host == "loopback";
  return parts.host.empty() && parts.scheme == "file";
}

// Runs `read` on the components; relative URIs have none.
template <class Read>
Value component(Call& c, Read read) {
  if (!self(c).is_absolute)
    return c.raise("System.InvalidOperationException", "This operation is not supported for a relative URI.");
  UriParts parts;
  return partsOf(c.eval, self(c), parts) ? read(c, parts) : Value();
}

template <std::string (*kRead)(const UriParts&)>
Value text(Call& c) {
  return component(c, [](Call& call, const UriParts& parts) { return call.text(kRead(parts)); });
}
template <bool (*kTest)(const UriParts&)>
Value test(Call& c) {
  return component(c, [](Call&, const UriParts& parts) { return Value::boolean(kTest(parts)); });
}

Value segments(Call& c) {
  return component(c, [](Call& call, const UriParts& parts) {
    const std::string path = escapedPath(parts);
    std::vector<std::string_view> pieces;
    for (size_t at = 0; at < path.size();) {
      const size_t end = std::min(path.find('/', at), path.size() - 1) + 1;
      pieces.push_back(std::string_view(path).substr(at, end - at));
      at = end;
    }
    if (!call.eval.step(pieces.size())) return Value();
    ArrayObject* array = newArray(call.eval, arrayOf(core().string), static_cast<uint32_t>(pieces.size()));
    for (uint32_t i = 0; i < array->length; ++i) array->items[i] = call.text(pieces[i]);
    return Value::object(array);
  });
}

// UriPartial: Scheme, Authority, Path, Query.
Value leftPart(Call& c) {
  return component(c, [](Call& call, const UriParts& parts) {
    const std::string authority = authorityPart(parts);
    const bool has_authority = parts.has_authority && !parts.is_dos_path;
    switch (call.int64(1)) {
      case 0:
        return call.text(parts.scheme + (parts.has_authority ? "://" : ":"));
      case 1:
        return call.text(has_authority ? authority : std::string());
      case 2:
        return call.text(authority + pathOf(parts));
      case 3:
        return call.text(authority + pathOf(parts) + escapedQuery(parts));
      default:
        return call.raise("System.ArgumentException", "Invalid URI part.");
    }
  });
}

// ---- making --------------------------------------------------------------------------------------------------------

Value raiseBad(Call& c, std::string_view message) {
  return c.raise("System.UriFormatException", message);
}

Value create(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("uriString");
  const int64_t kind = c.count > 1 ? c.int64(1) : 1;
  if (kind < 0 || kind > 2) {
    return c.raise("System.ArgumentException",
                   "The value '" + std::to_string(kind) + "' passed for the UriKind parameter is invalid.");
  }
  Value made;
  const auto problem = newUri(c.eval, c[0], static_cast<UriKind>(kind), made);
  return problem ? raiseBad(c, *problem) : made;
}

// A base and what is seen from it; nullopt message: made, or an exception is pending.
std::optional<std::string_view> combine(Eval& eval, const UriObject& base, const UriObject& relative, Value& out) {
  if (relative.is_absolute) {
    out = Value::object(&relative);
    return std::nullopt;
  }
  UriParts parts;
  if (!partsOf(eval, base, parts)) return std::nullopt;
  const std::string joined =
      combineUri(parts, toUtf8(eval.arena, base.original), toUtf8(eval.arena, relative.original));
  return newUri(eval, fromStd(eval.arena, joined), UriKind::Absolute, out);
}

std::optional<std::string_view> combineText(Eval& eval, const UriObject& base, const Value& text, Value& out) {
  Value relative;
  const Value given = text.isNull() ? Value::ascii({}) : text;
  if (const auto problem = newUri(eval, given, UriKind::RelativeOrAbsolute, relative)) return problem;
  if (eval.failed()) return std::nullopt;
  return combine(eval, base, *as<UriObject>(relative), out);
}

Value createFromBase(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("baseUri");
  const bool is_text = c.isNull(1) || c[1].isString();
  if (!self(c).is_absolute) return c.eval.raiseOutOfRange("baseUri");
  Value made;
  const auto problem =
      is_text ? combineText(c.eval, self(c), c[1], made) : combine(c.eval, self(c), *c.object<UriObject>(1), made);
  return problem ? raiseBad(c, *problem) : made;
}

Value createFromUris(Call& c) {
  if (!c.isNull(0) && c.isNull(1)) return c.eval.raiseArgumentNull("relativeUri");
  return createFromBase(c);
}

Value tryCreate(Call& c) {
  c[2] = Value();
  if (c.isNull(0)) return Value::boolean(false);
  const int64_t kind = c.int64(1);
  if (kind < 0 || kind > 2) return create(c);
  newUri(c.eval, c[0], static_cast<UriKind>(kind), c[2]);
  return Value::boolean(!c.isNull(2));
}

Value tryCreateFromBase(Call& c) {
  c[2] = Value();
  if (c.isNull(0) || !self(c).is_absolute) return Value::boolean(false);
  const bool is_uri = c[1].isObject();
  if (is_uri) {
    combine(c.eval, self(c), *c.object<UriObject>(1), c[2]);
  } else if (!c.isNull(1)) {
    combineText(c.eval, self(c), c[1], c[2]);
  }
  return Value::boolean(!c.isNull(2));
}

// ---- comparing -----------------------------------------------------------------------------------------------------

// What counts in a comparison: not the user nor the fragment.
std::string keyOf(const UriParts& parts) {
  return parts.scheme + ":" + authorityOf(parts) + displayIri(parts.path, Component::Path) +
         displayIri(parts.query, Component::Query);
}

bool equal(Eval& eval, const Value& a, const Value& b) {
  if (!b.isObject() || b.asObject()->type != a.asObject()->type) return false;
  const UriObject &x = *as<UriObject>(a), &y = *as<UriObject>(b);
  if (x.is_absolute != y.is_absolute) return false;
  if (!x.is_absolute || sameText(eval, x.original, y.original)) return sameText(eval, x.original, y.original);
  UriParts first, second;
  return partsOf(eval, x, first) && partsOf(eval, y, second) && keyOf(first) == keyOf(second);
}

uint32_t hash(Eval& eval, const Value& value) {
  const UriObject& uri = *as<UriObject>(value);
  UriParts parts;
  if (!uri.is_absolute || !partsOf(eval, uri, parts)) return valueHash(eval, uri.original);
  return valueHash(eval, fromStd(eval.arena, keyOf(parts)));
}

bool same(Call& c) {
  if (c.isNull(0) || c.isNull(1)) return c.isNull(0) && c.isNull(1);
  return c[0].asObject() == c[1].asObject() || equal(c.eval, c[0], c[1]);
}

Value equals(Call& c) {
  if (c.isNull(1)) return Value::boolean(false);
  Value other = c[1];
  if (other.isString()) newUri(c.eval, c[1], UriKind::RelativeOrAbsolute, other);
  return Value::boolean(other.isObject() && equal(c.eval, c[0], other));
}

bool sameServer(const UriParts& a, const UriParts& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

Value isBaseOf(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("uri");
  UriParts parts, other;
  Value made;
  if (!self(c).is_absolute || !partsOf(c.eval, self(c), parts)) return Value::boolean(false);
  if (combine(c.eval, self(c), *c.object<UriObject>(1), made) || c.eval.failed()) return Value::boolean(false);
  if (!partsOf(c.eval, *as<UriObject>(made), other) || !sameServer(parts, other)) return Value::boolean(false);
  const std::string folder = parts.path.substr(0, parts.path.rfind('/') + 1);
  return Value::boolean(std::string_view(other.path).starts_with(folder));
}

// The way from one path to another: "../" for each folder left.
std::string pathBetween(std::string_view from, std::string_view to) {
  size_t i = 0, slash = std::string_view::npos;
  for (; i < from.size() && i < to.size() && from[i] == to[i]; ++i)
    if (from[i] == '/') slash = i;
  if (i == 0) return std::string(to);
  if (i == from.size() && i == to.size()) return {};
  std::string way;
  for (; i < from.size(); ++i)
    if (from[i] == '/') way += "../";
  if (way.empty() && to.size() - 1 == slash) return "./";
  return way + std::string(to.substr(slash + 1));
}

Value makeRelative(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("uri");
  const UriObject& target = *c.object<UriObject>(1);
  UriParts parts, other;
  if (!self(c).is_absolute || !target.is_absolute)
    return c.raise("System.InvalidOperationException", "This operation is not supported for a relative URI.");
  if (!partsOf(c.eval, self(c), parts) || !partsOf(c.eval, target, other)) return {};
  if (!sameServer(parts, other)) return c[1];
  std::string way = pathBetween(escapedPath(parts), escapedPath(other));
  const size_t end = way.find_first_of(":/");
  if (end != std::string::npos && way[end] == ':') way.insert(0, "./");
  Value made;
  newUri(c.eval, c.text(way + escapedQuery(other) + escapedFragment(other)), UriKind::Relative, made);
  return made;
}

Value toText(Eval& eval, const Value& value) {
  const UriObject& uri = *as<UriObject>(value);
  if (!uri.is_absolute) return uri.original;
  UriParts parts;
  return partsOf(eval, uri, parts) ? fromStd(eval.arena, displayUri(parts)) : Value();
}

Value copy(Arena& arena, const Value& value) {
  auto* made = arena.create<UriObject>(*as<UriObject>(value));
  made->original = copyTo(made->original, arena);
  return Value::object(made);
}

std::string hostOf(const UriParts& parts) {
  return parts.host;
}
std::string idnHost(const UriParts& parts) {
  return parts.host_type == HostType::Dns ? punycode(parts.host) : dnsSafeHost(parts);
}
std::string schemeOf(const UriParts& parts) {
  return parts.scheme;
}
std::string pathAndQuery(const UriParts& parts) {
  return escapedPath(parts) + escapedQuery(parts);
}

constexpr MemberRow kUri[] = {
    {"Uri(string uriString)", create},
    {"Uri(string uriString, UriKind uriKind)", create},
    {"Uri(Uri baseUri, string relativeUri)", createFromBase},
    {"Uri(Uri baseUri, Uri relativeUri)", createFromUris},
    {"static bool TryCreate(string uriString, UriKind uriKind, out Uri result)", tryCreate},
    {"static bool TryCreate(Uri baseUri, string relativeUri, out Uri result)", tryCreateFromBase},
    {"static bool TryCreate(Uri baseUri, Uri relativeUri, out Uri result)", tryCreateFromBase},
    {"string OriginalString { get; }", [](Call& c) { return self(c).original; }},
    {"bool IsAbsoluteUri { get; }", [](Call& c) { return Value::boolean(self(c).is_absolute); }},
    {"bool UserEscaped { get; }", [](Call&) { return Value::boolean(false); }},
    {"string AbsoluteUri { get; }", text<absoluteUri>},
    {"string AbsolutePath { get; }", text<escapedPath>},
    {"string LocalPath { get; }", text<localPath>},
    {"string Authority { get; }", text<authorityOf>},
    {"string Host { get; }", text<hostOf>},
    {"string DnsSafeHost { get; }", text<dnsSafeHost>},
    {"string IdnHost { get; }", text<idnHost>},
    {"string Scheme { get; }", text<schemeOf>},
    {"string UserInfo { get; }", text<escapedUserInfo>},
    {"string Query { get; }", text<escapedQuery>},
    {"string Fragment { get; }", text<escapedFragment>},
    {"string PathAndQuery { get; }", text<pathAndQuery>},
    {"string[] Segments { get; }", segments},
    {"int Port { get; }",
     [](Call& c) { return component(c, [](Call&, const UriParts& parts) { return Value::int32(parts.port); }); }},
    {"UriHostNameType HostNameType { get; }",
     [](Call& c) {
       return component(c, [](Call& call, const UriParts& parts) {
         return newEnum(call.type, static_cast<int64_t>(parts.host_type));
       });
     }},
    {"bool IsDefaultPort { get; }", test<hasDefaultPort>},
    {"bool IsFile { get; }", test<[](const UriParts& parts) { return parts.scheme == "file"; }>},
    {"bool IsUnc { get; }", test<[](const UriParts& parts) { return parts.is_unc; }>},
    {"bool IsLoopback { get; }", test<isLoopback>},
    {"string GetLeftPart(UriPartial part)", leftPart},
    {"bool IsBaseOf(Uri uri)", isBaseOf},
    {"Uri MakeRelativeUri(Uri uri)", makeRelative},
    {"bool IsWellFormedOriginalString()", [](Call& c) { return Value::boolean(isWellFormed(c.eval, self(c))); }},
    {"string ToString()", [](Call& c) { return toText(c.eval, c[0]); }},
    {"bool Equals(object comparand)", equals},
    {"static bool operator ==(Uri uri1, Uri uri2)", [](Call& c) { return Value::boolean(same(c)); }},
    {"static bool operator !=(Uri uri1, Uri uri2)", [](Call& c) { return Value::boolean(!same(c)); }},
};

constexpr EnumRow kKinds[] = {{"RelativeOrAbsolute", 0}, {"Absolute", 1}, {"Relative", 2}};
constexpr EnumRow kPartials[] = {{"Scheme", 0}, {"Authority", 1}, {"Path", 2}, {"Query", 3}};
constexpr EnumRow kHostTypes[] = {{"Unknown", 0}, {"Basic", 1}, {"Dns", 2}, {"IPv4", 3}, {"IPv6", 4}};

}  // namespace

bool partsOf(Eval& eval, const UriObject& uri, UriParts& out) {
  const std::string_view text = toUtf8(eval.arena, uri.original);
  return eval.step(1 + text.size() / 8) && parseUri(text, out) == UriError::None;
}

std::optional<std::string_view> newUri(Eval& eval, const Value& text, UriKind kind, Value& out) {
  const std::string_view utf8 = toUtf8(eval.arena, text);
  if (!eval.step(1 + utf8.size() / 8)) return std::nullopt;
  UriParts parts;
  const UriError error = parseUri(utf8, parts);
  bool is_absolute = error == UriError::None;
  if (error > kLastErrorOfRelative) return messageOf(error);
  if (is_absolute && kind != UriKind::Absolute && parts.is_implicit_file) {
    // "/path" is absolute only when it must be; "C:\path" and "\\server" unless they must not.
    const bool backslashes = utf8.starts_with("\\\\");
    if (parts.is_unix_path || kind == UriKind::Relative || (!parts.is_dos_path && !backslashes)) is_absolute = false;
  } else if (is_absolute && kind == UriKind::Relative) {
    return "A relative URI cannot be created because the 'uriString' parameter represents an absolute URI.";
  }
  if (!is_absolute && kind == UriKind::Absolute) return messageOf(error);
  static const Type* const kType = libraryType("System.Uri");
  auto* uri = newObject<UriObject>(eval, kType);
  uri->original = text;
  uri->is_absolute = is_absolute;
  out = Value::object(uri);
  return std::nullopt;
}

std::string absoluteUri(const UriParts& parts) {
  return authorityPart(parts) + pathOf(parts) + escapedQuery(parts) + escapedFragment(parts);
}

std::string displayUri(const UriParts& parts) {
  std::string text = parts.scheme + (parts.has_authority ? "://" : ":");
  if (!parts.user_info.empty()) text += displayIri(parts.user_info, Component::Path) + "@";
  text += authorityOf(parts);
  if (parts.is_dos_path) text += "/";
  return text + displayIri(parts.path, Component::Path) + displayIri(parts.query, Component::Query) +
         displayIri(parts.fragment, Component::Path);
}

// An absolute URI that AbsoluteUri would not escape further, with "://" where it has an authority.
bool isWellFormed(Eval& eval, const UriObject& uri) {
  const std::string_view text = toUtf8(eval.arena, uri.original);
  if (!isWellEscaped(text)) return false;
  const size_t colon = text.find_first_of(":/?#");
  const bool has_colon = colon != std::string_view::npos && text[colon] == ':';
  if (!uri.is_absolute) return !has_colon;
  UriParts parts;
  if (!partsOf(eval, uri, parts) || parts.is_implicit_file || !has_colon) return false;
  return !parts.has_authority || text.substr(colon).starts_with("://");
}

void declareUri(Library& library) {
  Hooks hooks;
  hooks.to_string = toText;
  hooks.equals = equal;
  hooks.hash = hash;
  hooks.copy = copy;
  library.add("class System.Uri", kUri, hooks).rows.push_back(uriStaticRows());
  library.addEnum("System.UriKind", kKinds);
  library.addEnum("System.UriPartial", kPartials);
  library.addEnum("System.UriHostNameType", kHostTypes);
}

}  // namespace sluice::expression
