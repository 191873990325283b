// IRequest, IResponse, IUrl, IMessageBody, and the dictionaries of headers, query and matched parameters.
#include <cctype>

#include "base/encoding.h"
#include "expression/json/token.h"
#include "expression/library/context_support.h"
#include "expression/library/declarations.h"
#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

struct ResponseObject : Object {
  ResponseView* view;
};
struct BodyObject : Object {
  Body* body;
};
struct UrlObject : Object {
  UrlParts parts;
};
struct MultiMapObject : Object {
  const MultiMap* map;
  bool single;  // matched parameters: one value each
};

RequestView& request(Call& c) {
  return c.eval.context()->request();
}
ResponseView& response(Call& c) {
  return *c.object<ResponseObject>(0)->view;
}

Value bodyObject(Call& c, Body* body) {
  if (body == nullptr) return {};
  auto* object = newObject<BodyObject>(c.eval, c.type);
  object->body = body;
  return Value::object(object);
}

// ---- Dictionaries --------------------------------------------------------------------------------------------------

const MultiMap& multiMap(Call& c) {
  return *c.object<MultiMapObject>(0)->map;
}

Value asArray(Arena& arena, std::span<const std::string_view> values) {
  return makeStringArray(values, arena);
}

Value joined(Call& c, std::span<const std::string_view> values) {
  if (values.size() == 1) return fromUtf8(c.arena(), values[0]);
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) text.append(i == 0 ? "" : ",").append(values[i]);
  return c.text(text);
}

Value shown(Call& c, std::span<const std::string_view> values) {
  if (!c.object<MultiMapObject>(0)->single) return asArray(c.arena(), values);
  return values.empty() ? Value() : fromUtf8(c.arena(), values[0]);
}

Value mapItem(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const auto found = multiMap(c).find(c.utf8(1), c.arena());
  if (found) return shown(c, *found);
  return c.raise("System.Collections.Generic.KeyNotFoundException",
                 "The given key '" + std::string(c.utf8(1)) + "' was not present in the dictionary.");
}

Value mapTryGet(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const auto found = multiMap(c).find(c.utf8(1), c.arena());
  c[2] = found ? shown(c, *found) : Value();
  return Value::boolean(found.has_value());
}

Value mapOrDefault(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const auto found = multiMap(c).find(c.utf8(1), c.arena());
  if (found) return joined(c, *found);
  return c.count > 2 ? c[2] : Value();
}

Value mapPart(Call& c, bool keys) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  for (size_t i = 0; i < multiMap(c).size(); ++i) {
    const Value item = keys ? fromUtf8(c.arena(), multiMap(c).nameAt(i)) : shown(c, multiMap(c).valuesAt(i, c.arena()));
    if (!append(c.eval, list, item)) return {};
  }
  return Value::object(list);
}

Enumerator* enumerateMap(Eval& eval, const Value& value) {
  const auto* object = as<MultiMapObject>(value);
  const Type* two[] = {core().string, object->single ? core().string : arrayOf(core().string)};
  const Type* pair = libraryType("System.Collections.Generic.KeyValuePair", two);
  auto* list = newObject<ListObject>(eval, core().object, ObjectKind::List);
  for (size_t i = 0; i < object->map->size(); ++i) {
    const auto values = object->map->valuesAt(i, eval.arena);
    Value item = asArray(eval.arena, values);
    if (object->single) item = values.empty() ? Value() : fromUtf8(eval.arena, values[0]);
    if (!append(eval, list, newRecord(eval, pair, {fromUtf8(eval.arena, object->map->nameAt(i)), item})))
      return nullptr;
  }
  return enumerate(eval, Value::object(list));
}

Value mapContains(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  return Value::boolean(multiMap(c).find(c.utf8(1), c.arena()).has_value());
}

Value mapCount(Call& c) {
  return Value::int32(static_cast<int32_t>(multiMap(c).size()));
}

constexpr MemberRow kMultiMap[] = {
    {"string[] this[string key] { get; }", mapItem},
    {"int Count { get; }", mapCount},
    {"bool ContainsKey(string key)", mapContains},
    {"bool TryGetValue(string key, out string[] value)", mapTryGet},
    {"string GetValueOrDefault(string key)", mapOrDefault},
    {"string GetValueOrDefault(string key, string defaultValue)", mapOrDefault},
    {"IEnumerable<string> Keys { get; }", [](Call& c) { return mapPart(c, true); }},
    {"IEnumerable<string[]> Values { get; }", [](Call& c) { return mapPart(c, false); }},
};
constexpr MemberRow kSingleMap[] = {
    {"string this[string key] { get; }", mapItem},
    {"int Count { get; }", mapCount},
    {"bool ContainsKey(string key)", mapContains},
    {"bool TryGetValue(string key, out string value)", mapTryGet},
    {"string GetValueOrDefault(string key)", mapOrDefault},
    {"string GetValueOrDefault(string key, string defaultValue)", mapOrDefault},
    {"IEnumerable<string> Keys { get; }", [](Call& c) { return mapPart(c, true); }},
    {"IEnumerable<string> Values { get; }", [](Call& c) { return mapPart(c, false); }},
};

Value newMultiMap(Eval& eval, const MultiMap& map, bool single) {
  static const Type* const kSingle = libraryType("IStringMap");
  static const Type* const kMany = libraryType("IStringValuesMap");
  auto* object = newObject<MultiMapObject>(eval, single ? kSingle : kMany);
  object->map = &map;
  object->single = single;
  return Value::object(object);
}

// The decoded query of a URL whose owner gives none: names and values in order.
class QueryMap final : public MultiMap {
 public:
  QueryMap(std::string_view query, Arena& arena) : entries_(&arena) {
    if (query.starts_with('?')) query.remove_prefix(1);
    while (!query.empty()) {
      const size_t amp = std::min(query.find('&'), query.size());
      const std::string_view pair = query.substr(0, amp);
      query = amp < query.size() ? query.substr(amp + 1) : std::string_view{};
      if (pair.empty()) continue;
      const size_t equal = std::min(pair.find('='), pair.size());
      add(arena.copy(percentDecode(pair.substr(0, equal), true)),
          equal < pair.size() ? arena.copy(percentDecode(pair.substr(equal + 1), true)) : std::string_view{}, arena);
    }
  }
  size_t size() const override { return entries_.size(); }
  std::string_view nameAt(size_t index) const override { return entries_[index].name; }
  std::span<const std::string_view> valuesAt(size_t index, Arena&) const override { return entries_[index].values; }
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena&) const override {
    for (const Entry& entry : entries_)
      if (equalsIgnoreCase(entry.name, name)) return entry.values;
    return std::nullopt;
  }

 private:
  struct Entry {
    std::string_view name;
    std::pmr::vector<std::string_view> values;
  };
  void add(std::string_view name, std::string_view value, Arena& arena) {
    for (Entry& entry : entries_)
      if (equalsIgnoreCase(entry.name, name)) {
        entry.values.push_back(value);
        return;
      }
    entries_.push_back({name, std::pmr::vector<std::string_view>({value}, &arena)});
  }
  std::pmr::vector<Entry> entries_;
};

// ---- URL -----------------------------------------------------------------------------------------------------------

const UrlParts& url(Call& c) {
  return c.object<UrlObject>(0)->parts;
}

Value urlQuery(Call& c) {
  const MultiMap* query = url(c).query;
  if (query == nullptr) query = c.arena().create<QueryMap>(url(c).query_string, c.arena());
  return newMultiMap(c.eval, *query, false);
}

bool isDefaultPort(const UrlParts& parts) {
  return parts.port == 0 || (parts.scheme == "https" && parts.port == 443) ||
         (parts.scheme == "http" && parts.port == 80);
}

Value urlToString(Eval& eval, const Value& value) {
  const UrlParts& parts = as<UrlObject>(value)->parts;
  std::string text(parts.scheme);
  text.append("://").append(parts.host);
  if (!isDefaultPort(parts)) text += ":" + std::to_string(parts.port);
  text.append(parts.path).append(parts.query_string);
  return fromStd(eval.arena, text);
}

constexpr MemberRow kUrl[] = {
    {"string Scheme { get; }", [](Call& c) { return fromUtf8(c.arena(), url(c).scheme); }},
    {"string Host { get; }", [](Call& c) { return fromUtf8(c.arena(), url(c).host); }},
    {"int Port { get; }", [](Call& c) { return Value::int32(url(c).port); }},
    {"string Path { get; }", [](Call& c) { return fromUtf8(c.arena(), url(c).path); }},
    {"string QueryString { get; }", [](Call& c) { return fromUtf8(c.arena(), url(c).query_string); }},
    {"IStringValuesMap Query { get; }", urlQuery},
};

// ---- Body ----------------------------------------------------------------------------------------------------------

// The tree parsed from a body, kept with it so that readers share one (see Body::parsed).
struct ParsedBody {
  JToken* root;
  const void* bytes;
  size_t size;
  bool given_out;  // to an expression that may change it or keep it
};

JToken* parsedBody(Eval& eval, Body& body, std::string_view text, Expect expect) {
  auto* known = static_cast<ParsedBody*>(body.parsed);
  const bool usable = known != nullptr && known->bytes == text.data() && known->size == text.size() &&
                      (known->root->flags & kMutatedTree) == 0 && known->root->parent == nullptr;
  const bool kind_fits =
      usable && (expect == Expect::Any ||
                 known->root->kind == (expect == Expect::Object ? ObjectKind::JObject : ObjectKind::JArray));
  if (kind_fits && (eval.shares_trees || !known->given_out)) {
    known->given_out = known->given_out || !eval.shares_trees;
    return known->root;
  }
  JToken* root = parseJsonBytes(eval, text, expect);
  if (root == nullptr) return nullptr;
  if (!usable || !eval.shares_trees)
    body.parsed = eval.arena.create<ParsedBody>(ParsedBody{root, text.data(), text.size(), !eval.shares_trees});
  return root;
}

// The bytes of the body, which are gone for the next reader unless they are to be preserved.
bool take(Call& c, std::string_view& out) {
  Body& body = *c.object<BodyObject>(0)->body;
  if (body.state() == Body::State::Consumed) {
    c.raise("System.InvalidOperationException",
            "The message body was consumed already. Read it with preserveContent: true to be able to read it again.");
    return false;
  }
  out = body.bytes();
  if (!c.boolean(1)) body.consume();
  return true;
}

std::string_view withoutMark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

Value bodyAs(Call& c) {
  const Type* type = c.type_args[0];
  Body& body = *c.object<BodyObject>(0)->body;
  const JsonTypes& json = jsonTypes();
  // A stream that was put together answers JSON questions with the whole answer.
  const std::string_view assembled = body.state() == Body::State::Ready ? body.assembledJson() : std::string_view{};
  std::string_view bytes;
  if (!take(c, bytes)) return {};
  if (type->kind == TypeKind::String) return fromUtf8(c.arena(), withoutMark(bytes));
  if (type == core().byte_array) return newBytes(c.eval, bytes);
  if (type == json.object || type == json.token || type == json.array) {
    const std::string_view text = assembled.empty() || type == json.array ? withoutMark(bytes) : assembled;
    const Expect expect = type == json.object ? Expect::Object : type == json.array ? Expect::Array : Expect::Any;
    JToken* root = parsedBody(c.eval, body, text, expect);
    return root == nullptr ? Value() : Value::object(root);
  }
  if (type->def != nullptr && type->def->hooks.read != nullptr)
    return type->def->hooks.read(c.eval, withoutMark(bytes));
  return c.raise("System.NotSupportedException", "A body cannot be read as " + type->fullName() + ".");
}

Value bodyAsForm(Call& c) {
  std::string_view bytes;
  if (!take(c, bytes)) return {};
  const QueryMap form(bytes, c.arena());
  const Type* one[] = {core().string};
  MapObject* map = newMap(c.eval, libraryType("System.Collections.Generic.Dictionary", c.type->args));
  for (size_t i = 0; i < form.size(); ++i) {
    ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", one));
    for (const std::string_view value : form.valuesAt(i, c.arena()))
      if (!append(c.eval, list, fromUtf8(c.arena(), value))) return {};
    if (!mapPut(c.eval, map, fromUtf8(c.arena(), form.nameAt(i)), Value::object(list))) return {};
  }
  return Value::object(map);
}

// a=1&a=2&b=x+y of a dictionary of lists, as WebUtility.UrlEncode writes names and values.
Value formText(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("dictionary");
  Enumerator* pairs = enumerate(c.eval, c[0]);
  std::string text;
  const auto add = [&](const Value& part) {
    for (const char byte : part.isNull() ? std::string_view() : toUtf8(c.arena(), part)) {
      const auto unit = static_cast<unsigned char>(byte);
      const bool plain =
          unit < 0x80 && (std::isalnum(unit) != 0 || std::string_view("-_.!*()").find(byte) != std::string_view::npos);
      if (plain) {
        text += byte;
      } else if (byte == ' ') {
        text += '+';
      } else {
        addEscaped(text, unit);
      }
    }
  };
  Value pair;
  while (pairs != nullptr && pairs->next(c.eval, pair)) {
    const auto* entry = as<RecordObject>(pair);
    Enumerator* values = entry->members[1].isNull() ? nullptr : enumerate(c.eval, entry->members[1]);
    Value value;
    while (values != nullptr && values->next(c.eval, value)) {
      if (!c.eval.reserve(text.size() / 8)) return {};
      if (!text.empty()) text += '&';
      add(entry->members[0]);
      text += '=';
      add(value);
    }
  }
  return c.eval.failed() ? Value() : c.text(text);
}

constexpr MemberRow kFormExtensions[] = {
    {"static string ToQueryString(this IDictionary<string,IList<string>> dictionary)", formText},
    {"static string ToFormUrlEncodedContent(this IDictionary<string,IList<string>> dictionary)", formText},
};

constexpr MemberRow kBody[] = {
    {"T As<T>(bool preserveContent = false)", bodyAs},
    {"IDictionary<string,IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)", bodyAsForm},
};

// ---- Request and response ------------------------------------------------------------------------------------------

constexpr MemberRow kRequest[] = {
    {"IMessageBody Body { get; }", [](Call& c) { return bodyObject(c, request(c).body()); }},
    {"X509Certificate2 Certificate { get; }",
     [](Call& c) { return newCertificate(c.eval, request(c).certificateDer()); }},
    {"IStringValuesMap Headers { get; }", [](Call& c) { return newMultiMap(c.eval, request(c).headers(), false); }},
    {"string IpAddress { get; }", [](Call& c) { return fromUtf8(c.arena(), request(c).ipAddress()); }},
    {"IStringMap MatchedParameters { get; }",
     [](Call& c) { return newMultiMap(c.eval, request(c).matchedParameters(), true); }},
    {"string Method { get; }", [](Call& c) { return fromUtf8(c.arena(), request(c).method()); }},
    {"IUrl OriginalUrl { get; }", [](Call& c) { return urlObject(c.eval, request(c).originalUrl()); }},
    {"IUrl Url { get; }", [](Call& c) { return urlObject(c.eval, request(c).url()); }},
    {"IPrivateEndpointConnection PrivateEndpointConnection { get; }", [](Call&) { return Value(); }},
};

constexpr MemberRow kPrivateEndpoint[] = {
    {"string Name { get; }", [](Call&) { return Value(); }},
    {"string GroupId { get; }", [](Call&) { return Value(); }},
    {"string MemberName { get; }", [](Call&) { return Value(); }},
};

constexpr MemberRow kResponse[] = {
    {"IMessageBody Body { get; }", [](Call& c) { return bodyObject(c, response(c).body()); }},
    {"IStringValuesMap Headers { get; }", [](Call& c) { return newMultiMap(c.eval, response(c).headers(), false); }},
    {"int StatusCode { get; }", [](Call& c) { return Value::int32(response(c).statusCode()); }},
    {"string StatusReason { get; }", [](Call& c) { return fromUtf8(c.arena(), response(c).statusReason()); }},
};

}  // namespace

Value requestObject(Call& c) {
  static const Object kRequestObject{c.type};
  return Value::object(&kRequestObject);
}

Value responseObject(Eval& eval, ResponseView* view) {
  return view == nullptr ? Value() : makeResponse(*view, eval.arena);
}

Value makeResponse(ResponseView& view, Arena& arena) {
  static const Type* const kType = libraryType("IResponse");
  auto* object = arena.create<ResponseObject>();
  object->type = kType;
  object->view = &view;
  return Value::object(object);
}

Value urlObject(Eval& eval, const UrlParts& parts) {
  static const Type* const kType = libraryType("IUrl");
  auto* object = newObject<UrlObject>(eval, kType);
  object->parts = parts;
  return Value::object(object);
}

Value multiMapObject(Eval& eval, const MultiMap& map) {
  return newMultiMap(eval, map, false);
}

void declareContextMessage(Library& library) {
  library.add("static class FormExtensions", kFormExtensions);
  Hooks map_hooks;
  map_hooks.enumerate = enumerateMap;
  library.add("class IStringValuesMap : IReadOnlyDictionary<string,string[]>", kMultiMap, map_hooks);
  library.add("class IStringMap : IReadOnlyDictionary<string,string>", kSingleMap, map_hooks);
  Hooks url_hooks;
  url_hooks.to_string = urlToString;
  library.add("class IUrl", kUrl, url_hooks);
  library.add("interface IMessageBody", kBody);
  library.add("interface IRequest", kRequest).is_singleton = true;
  library.add("interface IResponse", kResponse);
  library.add("interface IPrivateEndpointConnection", kPrivateEndpoint);
}

}  // namespace sluice::expression
