// System.Net.IPAddress and System.Net.Sockets.AddressFamily.
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/ip_text.h"

namespace sluice::expression {
namespace {

constexpr int64_t kInterNetwork = 2;
constexpr int64_t kInterNetworkV6 = 23;

struct AddressObject : Object {
  bool is_v6;
  uint32_t v4;
  IPv6 v6;
};

const AddressObject& addressOf(const Value& value) {
  return *as<AddressObject>(value);
}

// What stands between [ and ], which a port may follow.
std::string_view unbracket(std::string_view text) {
  if (!text.starts_with('[')) return text;
  const size_t close = text.find(']');
  if (close == std::string_view::npos) return {};
  const std::string_view port = text.substr(close + 1);
  if (!port.empty() &&
      (port.size() < 2 || port[0] != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos))
    return {};
  return text.substr(1, close - 1);
}

Value parse(Call& c) {
  const std::string_view text = c.utf8(0);
  static const Type* const kType = libraryType("System.Net.IPAddress");
  auto* address = newObject<AddressObject>(c.eval, kType);
  if (text.find(':') != std::string_view::npos) {
    const std::optional<IPv6> v6 = parseIPv6(unbracket(text));
    if (!v6) return {};
    address->is_v6 = true;
    address->v6 = *v6;
    return Value::object(address);
  }
  const std::optional<uint32_t> v4 = parseIPv4(text);
  if (!v4) return {};
  address->v4 = *v4;
  return Value::object(address);
}

Value parseOrRaise(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("ipString");
  const Value address = parse(c);
  return address.isNull() ? c.eval.raiseFormat("An invalid IP address was specified.") : address;
}

Value tryParse(Call& c) {
  c[1] = c.isNull(0) ? Value() : parse(c);
  return Value::boolean(!c.isNull(1));
}

Value bytesOf(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  const Value made = newBytesOfSize(c.eval, address.is_v6 ? 16 : 4);
  if (c.eval.failed()) return {};
  uint8_t* bytes = as<BytesObject>(made)->data;
  for (size_t i = 0; i < 4 && !address.is_v6; ++i) bytes[i] = static_cast<uint8_t>(address.v4 >> (24 - 8 * i));
  for (size_t i = 0; i < 16 && address.is_v6; ++i)
    bytes[i] = static_cast<uint8_t>(address.v6.groups[i / 2] >> (i % 2 == 0 ? 8 : 0));
  return made;
}

// 127.0.0.0/8, ::1 and ::ffff:127.0.0.1
Value isLoopback(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("address");
  const AddressObject& address = addressOf(c[0]);
  if (!address.is_v6) return Value::boolean(address.v4 >> 24 == 127);
  static constexpr std::array<uint16_t, 8> kLoopback = {0, 0, 0, 0, 0, 0, 0, 1};
  static constexpr std::array<uint16_t, 8> kMapped = {0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1};
  return Value::boolean(address.v6.groups == kLoopback || address.v6.groups == kMapped);
}

Value toText(Eval& eval, const Value& value) {
  const AddressObject& address = addressOf(value);
  return fromStd(eval.arena, address.is_v6 ? formatIPv6(address.v6) : formatIPv4(address.v4));
}

bool equal(Eval&, const Value& a, const Value& b) {
  if (!b.isObject() || b.asObject()->type != a.asObject()->type) return false;
  const AddressObject &x = addressOf(a), &y = addressOf(b);
  if (x.is_v6 != y.is_v6) return false;
  return x.is_v6 ? x.v6.groups == y.v6.groups && x.v6.scope == y.v6.scope : x.v4 == y.v4;
}

uint32_t hash(Eval&, const Value& value) {
  const AddressObject& address = addressOf(value);
  uint32_t sum = address.v4 * 0x9E3779B1u;
  for (const uint16_t group : address.v6.groups) sum = sum * 31 + group;
  return sum;
}

Value copy(Arena& arena, const Value& value) {
  return Value::object(arena.create<AddressObject>(addressOf(value)));
}

constexpr MemberRow kAddress[] = {
    {"static IPAddress Parse(string ipString)", parseOrRaise},
    {"static bool TryParse(string ipString, out IPAddress address)", tryParse},
    {"static bool IsLoopback(IPAddress address)", isLoopback},
    {"System.Net.Sockets.AddressFamily AddressFamily { get; }",
     [](Call& c) { return newEnum(c.type, addressOf(c[0]).is_v6 ? kInterNetworkV6 : kInterNetwork); }},
    {"byte[] GetAddressBytes()", bytesOf},
    {"bool Equals(object comparand)",
     [](Call& c) { return Value::boolean(!c.isNull(1) && equal(c.eval, c[0], c[1])); }},
    {"string ToString()", [](Call& c) { return toText(c.eval, c[0]); }},
};

constexpr EnumRow kFamilies[] = {
    {"Unknown", -1},
    {"Unspecified", 0},
    {"Unix", 1},
    {"InterNetwork", kInterNetwork},
    {"InterNetworkV6", kInterNetworkV6},
};

}  // namespace

void declareIPAddress(Library& library) {
  Hooks hooks;
  hooks.to_string = toText;
  hooks.equals = equal;
  hooks.hash = hash;
  hooks.copy = copy;
  library.add("class System.Net.IPAddress", kAddress, hooks);
  library.addEnum("System.Net.Sockets.AddressFamily", kFamilies);
}

}  // namespace sluice::expression
