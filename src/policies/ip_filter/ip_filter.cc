#include "policies/ip_filter/ip_filter.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

// An address as IPv6; IPv4 is mapped (::ffff:a.b.c.d), so that both notations of one address are equal.
using Address = std::array<uint8_t, 16>;

std::optional<Address> parseAddress(std::string_view text) {
  const std::string terminated(text);
  Address address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) != 1) return std::nullopt;
  address = {};
  address[10] = address[11] = 0xFF;
  std::memcpy(address.data() + 12, &four, 4);
  return address;
}

constexpr std::string_view kActions[] = {"allow", "forbid"};
enum class Action : uint8_t { Allow, Forbid };

class IpFilter final : public Step {
 public:
  explicit IpFilter(const ElementReader& reader) : action_(reader.choice("action")) {
    for (const auto* address : reader.children("address")) ranges_.push_back({address->content(), address->content()});
    for (const auto* range : reader.children("address-range"))
      ranges_.push_back({range->text("from"), range->text("to")});
  }

  Verdict run(Exchange& exchange) const override {
    const auto action = action_.evaluate(exchange);
    if (!action) return Verdict::Fail;
    const bool allows = static_cast<Action>(*action) == Action::Allow;
    const auto caller = parseAddress(exchange.request.client_address);
    if (!caller) {
      if (!allows) return Verdict::Next;
      return exchange.fail(403, "FailedToParseCallerIP",
                           "Failed to establish IP address for the caller. Access denied.");
    }
    bool listed = false;
    for (const auto& range : ranges_) {
      const auto inside = contains(exchange, range, *caller);
      if (!inside) return Verdict::Fail;
      listed = listed || *inside;
    }
    if (listed == allows) return Verdict::Next;
    if (!allows) return exchange.fail(403, "CallerIpBlocked", "Caller IP address is blocked. Access denied.");
    return exchange.fail(
        403, "CallerIpNotAllowed",
        fmt::format("Caller IP address {} is not allowed. Access denied.", exchange.request.client_address));
  }

 private:
  struct Range {
    TextOperand from, to;
  };

  // nullopt: an expression failed, or gave no address.
  static std::optional<bool> contains(Exchange& exchange, const Range& range, const Address& caller) {
    const auto from_text = range.from.evaluate(exchange);
    const auto to_text = from_text ? range.to.evaluate(exchange) : std::nullopt;
    if (!to_text) return std::nullopt;
    const auto from = parseAddress(*from_text), to = parseAddress(*to_text);
    if (from && to) return *from <= caller && caller <= *to;
    exchange.fail(500, "AddressInvalid",
                  fmt::format("'{}' is not an IP address.", (from ? *to_text : *from_text).substr(0, 100)));
    return std::nullopt;
  }

  ChoiceOperand action_;
  std::vector<Range> ranges_;
};

void checkAddress(ElementReader& reader, const ElementReader& part, const TextOperand& address) {
  if (!address.isExpression() && !parseAddress(address.literal()))
    reader.errorIn(part.element(), fmt::format("`{}` is not an IP address", address.literal()),
                   "Write one such as 192.0.2.10 or 2001:db8::1; for a network, an <address-range>.");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  for (const auto* address : reader.children("address")) checkAddress(reader, *address, address->content());
  for (const auto* range : reader.children("address-range"))
    for (const std::string_view end : {"from", "to"}) checkAddress(reader, *range, range->text(end));
  if (reader.children().empty())
    reader.error("<ip-filter> needs an element <address> or <address-range> in it", "An empty list would say nothing.");
  return std::make_shared<IpFilter>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "Whether the addresses listed are the only ones allowed, or forbidden.",
     .choices = kActions},
};
constexpr AttributeSpec kRangeAttributes[] = {
    {.name = "from", .need = Need::Required, .sentence = "The first address."},
    {.name = "to", .need = Need::Required, .sentence = "The last address; it belongs to the range."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "address", .sentence = "One address.", .content = Content::Text},
    {.name = "address-range", .sentence = "All addresses from one to another.", .attributes = kRangeAttributes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "ip-filter",
                .sentence = "Lets callers pass, or not, by their IP address.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .posture = "The address is that of the connection; X-Forwarded-For is not believed.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& ipFilterDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
