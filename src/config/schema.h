// Schema<T>: the keys of one mapping in sluice.yaml, each declared once with its name, member, and sentence. Reading,
// unknown-key diagnostics and the reference page derive from it; a key's type is the member's type and its default the
// member's value in a default-made T. Schemas are made once and are immutable.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "config/units.h"
#include "text/file.h"
#include "text/node.h"

namespace sluice::config {

// What reading needs besides the node.
struct ReadContext {
  const text::Document& document;
  const std::string& folder;  // what relative paths are relative to
  Diagnostics& diagnostics;
  std::vector<std::string>& files;  // every FilePath read, for the watcher

  void error(text::Position position, std::string message, std::string remedy = {}) const {
    diagnostics.add(document.diagnostic(Severity::Error, position, std::move(message), std::move(remedy)));
  }
  void expected(const text::Node& node, std::string_view path, std::string_view what) const {
    error(node.position, fmt::format("`{}` has to be {}, this is {}", path, what,
                                     node.isScalar() && !node.scalar.empty() ? fmt::format("`{}`", node.scalar)
                                                                             : std::string(kindName(node.kind))));
  }
};

// One row of the reference page.
struct KeyDescription {
  std::string path;  // `limits.requestBody`, `listeners[].address`, `hosts.*.ca`
  std::string type;
  std::string default_value;  // empty: none
  std::string sentence;
};

// How a member type is read, named and printed. Specialised below for leaves and containers; a struct gets it from its
// schema through `schema<T>()`.
template <class T>
struct Value;

enum class Presence { Optional, Required };

template <class T>
class Schema {
 public:
  template <class M>
  Schema& key(std::string_view name, M T::*member, std::string_view sentence, Presence presence = Presence::Optional) {
    Key key;
    key.name = name;
    key.required = presence == Presence::Required;
    key.read = [member](const text::Node& node, std::string_view path, T& into, ReadContext& context) {
      Value<M>::read(node, path, into.*member, context);
    };
    key.describe = [member, sentence, required = key.required](const std::string& path, const T& defaults,
                                                               std::vector<KeyDescription>& out) {
      Value<M>::describe(path, required ? nullptr : &(defaults.*member), sentence, out);
      if (required) out.back().default_value = out.back().default_value.empty() ? "required" : out.back().default_value;
    };
    keys_.push_back(std::move(key));
    return *this;
  }

  void read(const text::Node& node, std::string_view path, T& into, ReadContext& context) const {
    if (node.isNull()) return checkRequired(node, path, context);
    if (!node.isMapping()) return context.expected(node, path, "a mapping");
    std::vector<std::string_view> names;
    for (const auto& key : keys_) names.push_back(key.name);
    text::expectKeys(context.document, node, names, path.empty() ? "sluice.yaml" : fmt::format("`{}`", path),
                     context.diagnostics);
    for (const auto& member : node.members)
      for (const auto& key : keys_)
        if (key.name == member.key) key.read(member.value, join(path, key.name), into, context);
    checkRequired(node, path, context);
  }

  void describe(const std::string& path, std::vector<KeyDescription>& out) const {
    const T defaults{};
    for (const auto& key : keys_) key.describe(join(path, key.name), defaults, out);
  }

 private:
  struct Key {
    std::string_view name;
    bool required = false;
    std::function<void(const text::Node&, std::string_view, T&, ReadContext&)> read;
    std::function<void(const std::string&, const T&, std::vector<KeyDescription>&)> describe;
  };

  static std::string join(std::string_view path, std::string_view name) {
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }

  void checkRequired(const text::Node& node, std::string_view path, ReadContext& context) const {
    for (const auto& key : keys_)
      if (key.required && node.find(key.name) == nullptr)
        context.error(node.position, fmt::format("`{}` is missing", join(path, key.name)));
  }

  std::vector<Key> keys_;
};

// The schema of a struct; specialised once per struct in settings_schema.cc.
template <class T>
const Schema<T>& schema();

// Names of an enum's values, in declaration order from 0; specialised beside the schemas.
template <class E>
std::vector<std::string_view> enumNames();

// Leaves: a type's name, its parser from a scalar's text and its printer.
template <class T>
struct Leaf;

template <>
struct Leaf<bool> {
  static std::string type() { return "true or false"; }
  static std::optional<bool> parse(const text::Node& node, ReadContext&) {
    if (node.kind != text::Node::Kind::Bool) return std::nullopt;
    return node.scalar[0] == 't' || node.scalar[0] == 'T';
  }
  static std::string print(bool value) { return value ? "true" : "false"; }
};

template <>
struct Leaf<uint32_t> {
  static std::string type() { return "a whole number"; }
  static std::optional<uint32_t> parse(const text::Node& node, ReadContext&) {
    const auto number = parseUnsigned(node.scalar);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<uint32_t>(*number);
  }
  static std::string print(uint32_t value) { return fmt::format("{}", value); }
};

template <>
struct Leaf<std::string> {
  static std::string type() { return "a string"; }
  static std::optional<std::string> parse(const text::Node& node, ReadContext&) { return node.scalar; }
  static std::string print(const std::string& value) { return value; }
};

template <>
struct Leaf<Duration> {
  static std::string type() { return "a duration such as `30s`"; }
  static std::optional<Duration> parse(const text::Node& node, ReadContext&) { return parseDuration(node.scalar); }
  static std::string print(Duration value) { return printDuration(value); }
};

template <>
struct Leaf<ByteSize> {
  static std::string type() { return "a size such as `64MiB`"; }
  static std::optional<ByteSize> parse(const text::Node& node, ReadContext&) { return parseByteSize(node.scalar); }
  static std::string print(ByteSize value) { return printByteSize(value); }
};

template <>
struct Leaf<Address> {
  static std::string type() { return "an address such as `127.0.0.1:8080`"; }
  static std::optional<Address> parse(const text::Node& node, ReadContext&) {
    return parseAddress(node.scalar, PortPolicy::Required);
  }
  static std::string print(const Address& value) { return printAddress(value); }
};

template <>
struct Leaf<HostAddress> {
  static std::string type() { return "a host, with `:port` where it changes"; }
  static std::optional<HostAddress> parse(const text::Node& node, ReadContext&) {
    const auto address = parseAddress(node.scalar, PortPolicy::Optional);
    if (!address) return std::nullopt;
    return HostAddress{*address};
  }
  static std::string print(const HostAddress& value) { return printAddress(value); }
};

template <>
struct Leaf<Path> {
  static std::string type() { return "a path"; }
  static std::optional<Path> parse(const text::Node& node, ReadContext& context) {
    if (node.scalar.empty() || node.scalar.find('\0') != std::string::npos) return std::nullopt;
    return Path{text::resolvePath(context.folder, node.scalar)};
  }
  static std::string print(const Path& value) { return value.text; }
};

template <>
struct Leaf<FilePath> {
  static std::string type() { return "a file's path"; }
  static std::optional<FilePath> parse(const text::Node& node, ReadContext& context) {
    const auto path = Leaf<Path>::parse(node, context);
    if (!path) return std::nullopt;
    context.files.push_back(path->text);
    if (text::pathKind(path->text) != text::PathKind::File)
      context.error(node.position, fmt::format("there is no file `{}`", path->text),
                    "Relative paths are relative to the configuration's folder.");
    return FilePath{*path};
  }
  static std::string print(const FilePath& value) { return value.text; }
};

template <class E>
  requires std::is_enum_v<E>
struct Leaf<E> {
  static std::string type() { return fmt::format("{}", fmt::join(enumNames<E>(), " or ")); }
  static std::optional<E> parse(const text::Node& node, ReadContext&) {
    const auto names = enumNames<E>();
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] == node.scalar) return static_cast<E>(i);
    return std::nullopt;
  }
  static std::string print(E value) { return std::string(enumNames<E>()[static_cast<size_t>(value)]); }
};

template <class T>
concept IsLeaf = requires { Leaf<T>::type(); };

// A leaf.
template <IsLeaf T>
struct Value<T> {
  static void read(const text::Node& node, std::string_view path, T& into, ReadContext& context) {
    std::optional<T> parsed;
    if (node.isScalar() && !node.isNull()) parsed = Leaf<T>::parse(node, context);
    if (!parsed) return context.expected(node, path, Leaf<T>::type());
    into = std::move(*parsed);
  }
  static void describe(const std::string& path, const T* value, std::string_view sentence,
                       std::vector<KeyDescription>& out) {
    out.push_back({path, Leaf<T>::type(), value != nullptr ? Leaf<T>::print(*value) : "", std::string(sentence)});
  }
};

// A struct with a schema.
template <class T>
struct Value {
  static void read(const text::Node& node, std::string_view path, T& into, ReadContext& context) {
    schema<T>().read(node, path, into, context);
  }
  static void describe(const std::string& path, const T*, std::string_view sentence, std::vector<KeyDescription>& out) {
    if (!sentence.empty()) out.push_back({path, "a mapping", "", std::string(sentence)});
    schema<T>().describe(path, out);
  }
};

template <class T>
struct Value<std::optional<T>> {
  static void read(const text::Node& node, std::string_view path, std::optional<T>& into, ReadContext& context) {
    T value{};
    Value<T>::read(node, path, value, context);
    into = std::move(value);
  }
  static void describe(const std::string& path, const std::optional<T>*, std::string_view sentence,
                       std::vector<KeyDescription>& out) {
    Value<T>::describe(path, nullptr, sentence, out);
  }
};

template <class T>
struct Value<std::vector<T>> {
  static void read(const text::Node& node, std::string_view path, std::vector<T>& into, ReadContext& context) {
    if (!node.isSequence()) return context.expected(node, path, "a list");
    into.clear();
    for (const auto& item : node.items) {
      into.emplace_back();
      Value<T>::read(item, fmt::format("{}[{}]", path, into.size() - 1), into.back(), context);
    }
  }
  static void describe(const std::string& path, const std::vector<T>*, std::string_view sentence,
                       std::vector<KeyDescription>& out) {
    if constexpr (IsLeaf<T>) {
      out.push_back({path, fmt::format("a list, each {}", Leaf<T>::type()), "", std::string(sentence)});
    } else {
      out.push_back({path, "a list", "", std::string(sentence)});
      Value<T>::describe(path + "[]", nullptr, {}, out);
    }
  }
};

template <class T>
struct Value<std::vector<std::pair<std::string, T>>> {
  static void read(const text::Node& node, std::string_view path, Named<T>& into, ReadContext& context) {
    if (node.isNull()) return;
    if (!node.isMapping()) return context.expected(node, path, "a mapping of names");
    for (const auto& member : node.members) {
      T value{};
      Value<T>::read(member.value, fmt::format("{}.{}", path, member.key), value, context);
      into.emplace_back(member.key, std::move(value));
    }
  }
  static void describe(const std::string& path, const Named<T>*, std::string_view sentence,
                       std::vector<KeyDescription>& out) {
    if constexpr (IsLeaf<T>) {
      out.push_back({path + ".*", Leaf<T>::type(), "", std::string(sentence)});
    } else {
      out.push_back({path + ".*", "a mapping", "", std::string(sentence)});
      Value<T>::describe(path + ".*", nullptr, {}, out);
    }
  }
};

}  // namespace sluice::config
