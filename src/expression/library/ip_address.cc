// System.Net.IPAddress and System.Net.Sockets.AddressFamily.
#include <algorithm>

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

AddressObject* newAddress(Eval& eval) {
  static const Type* const kType = libraryType("System.Net.IPAddress");
  return newObject<AddressObject>(eval, kType);
}

Value addressV4(Eval& eval, uint32_t v4) {
  AddressObject* address = newAddress(eval);
  address->v4 = v4;
  return Value::object(address);
}

Value addressV6(Eval& eval, const std::array<uint16_t, 8>& groups, uint32_t scope = 0) {
  AddressObject* address = newAddress(eval);
  address->is_v6 = true;
  address->v6 = {groups, scope};
  return Value::object(address);
}

// The first byte of the address is the lowest of the number.
uint32_t swapped(uint32_t number) {
  return __builtin_bswap32(number);
}

Value fromNumber(Call& c) {
  if (c.int64(0) < 0 || c.int64(0) > 0xFFFFFFFF) return c.eval.raiseOutOfRange("newAddress");
  return addressV4(c.eval, swapped(static_cast<uint32_t>(c.int64(0))));
}

Value fromBytes(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("address");
  const auto* bytes = c.object<BytesObject>(0);
  const bool scoped = c.count > 1;
  if (bytes->length != 16 && (scoped || bytes->length != 4))
    return c.raise("System.ArgumentException", "An invalid IP address was specified.");
  if (scoped && (c.int64(1) < 0 || c.int64(1) > 0xFFFFFFFF)) return c.eval.raiseOutOfRange("scopeid");
  if (bytes->length == 4) {
    uint32_t v4 = 0;
    for (size_t i = 0; i < 4; ++i) v4 = v4 << 8 | bytes->data[i];
    return addressV4(c.eval, v4);
  }
  std::array<uint16_t, 8> groups;
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<uint16_t>(bytes->data[2 * i] << 8 | bytes->data[2 * i + 1]);
  return addressV6(c.eval, groups, scoped ? static_cast<uint32_t>(c.int64(1)) : 0);
}

bool isMapped(const AddressObject& address) {
  static constexpr std::array<uint16_t, 6> kPrefix = {0, 0, 0, 0, 0, 0xFFFF};
  return address.is_v6 && std::equal(kPrefix.begin(), kPrefix.end(), address.v6.groups.begin());
}

uint32_t lastFour(const AddressObject& address) {
  return static_cast<uint32_t>(address.v6.groups[6]) << 16 | address.v6.groups[7];
}

Value mapToV4(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  return address.is_v6 ? addressV4(c.eval, lastFour(address)) : c[0];
}

Value mapToV6(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  if (address.is_v6) return c[0];
  return addressV6(c.eval,
                   {0, 0, 0, 0, 0, 0xFFFF, static_cast<uint16_t>(address.v4 >> 16), static_cast<uint16_t>(address.v4)});
}

Value unsupported(Call& c) {
  return c.raise("System.Net.Sockets.SocketException",
                 "The attempted operation is not supported for the type of object referenced.");
}

Value number(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  return address.is_v6 ? unsupported(c) : Value::int64(swapped(address.v4));
}

Value scope(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  return address.is_v6 ? Value::int64(address.v6.scope) : unsupported(c);
}

// The first bits of an IPv6 address.
template <uint16_t mask, uint16_t prefix>
Value begins(Call& c) {
  const AddressObject& address = addressOf(c[0]);
  return Value::boolean(address.is_v6 && (address.v6.groups[0] & mask) == prefix);
}

template <uint32_t v4>
Value constantV4(Call& c) {
  return addressV4(c.eval, v4);
}
template <uint16_t last>
Value constantV6(Call& c) {
  return addressV6(c.eval, {0, 0, 0, 0, 0, 0, 0, last});
}

constexpr MemberRow kAddress[] = {
    {"IPAddress(long newAddress)", fromNumber},
    {"IPAddress(byte[] address)", fromBytes},
    {"IPAddress(byte[] address, long scopeid)", fromBytes},
    {"static readonly IPAddress Any", constantV4<0>},
    {"static readonly IPAddress Loopback", constantV4<0x7F000001>},
    {"static readonly IPAddress Broadcast", constantV4<0xFFFFFFFF>},
    {"static readonly IPAddress None", constantV4<0xFFFFFFFF>},
    {"static readonly IPAddress IPv6Any", constantV6<0>},
    {"static readonly IPAddress IPv6Loopback", constantV6<1>},
    {"static readonly IPAddress IPv6None", constantV6<0>},
    {"long Address { get; }", number},
    {"long ScopeId { get; }", scope},
    {"IPAddress MapToIPv4()", mapToV4},
    {"IPAddress MapToIPv6()", mapToV6},
    {"bool IsIPv4MappedToIPv6 { get; }", [](Call& c) { return Value::boolean(isMapped(addressOf(c[0]))); }},
    {"bool IsIPv6Multicast { get; }", begins<0xFF00, 0xFF00>},
    {"bool IsIPv6LinkLocal { get; }", begins<0xFFC0, 0xFE80>},
    {"bool IsIPv6SiteLocal { get; }", begins<0xFFC0, 0xFEC0>},
    {"bool IsIPv6Teredo { get; }",
     [](Call& c) {
       const AddressObject& address = addressOf(c[0]);
       return Value::boolean(address.is_v6 && address.v6.groups[0] == 0x2001 && address.v6.groups[1] == 0);
     }},
    {"static short HostToNetworkOrder(short host)",
     [](Call& c) {
       return Value::integer(Tag::Int16, static_cast<int16_t>(__builtin_bswap16(static_cast<uint16_t>(c.int64(0)))));
     }},
    {"static int HostToNetworkOrder(int host)",
     [](Call& c) { return Value::int32(static_cast<int32_t>(swapped(static_cast<uint32_t>(c.int32(0))))); }},
    {"static long HostToNetworkOrder(long host)",
     [](Call& c) { return Value::int64(static_cast<int64_t>(__builtin_bswap64(static_cast<uint64_t>(c.int64(0))))); }},
    {"static short NetworkToHostOrder(short network)",
     [](Call& c) {
       return Value::integer(Tag::Int16, static_cast<int16_t>(__builtin_bswap16(static_cast<uint16_t>(c.int64(0)))));
     }},
    {"static int NetworkToHostOrder(int network)",
     [](Call& c) { return Value::int32(static_cast<int32_t>(swapped(static_cast<uint32_t>(c.int32(0))))); }},
    {"static long NetworkToHostOrder(long network)",
     [](Call& c) { return Value::int64(static_cast<int64_t>(__builtin_bswap64(static_cast<uint64_t>(c.int64(0))))); }},
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
