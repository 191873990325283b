#include "policies/authentication_basic/authentication_basic.h"

#include <string>

#include "base/encoding.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

class AuthenticationBasic final : public Step {
 public:
  explicit AuthenticationBasic(const ElementReader& reader)
      : user_(reader.text("username")), password_(reader.text("password")), target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto user = user_.evaluate(exchange);
    const auto password = user ? password_.evaluate(exchange) : std::nullopt;
    if (!password) return Verdict::Fail;
    std::string pair(*user);
    pair.append(":").append(*password);
    headersOf(exchange, target_).set("Authorization", exchange.arena().copy("Basic " + base64Encode(pair)));
    return Verdict::Next;
  }

 private:
  TextOperand user_, password_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(changeOf(reader.target()));
  return std::make_shared<AuthenticationBasic>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "username", .need = Need::Required, .sentence = "The user's name; without a colon (RFC 7617)."},
    {.name = "password", .need = Need::Required, .sentence = "The password; best a secret named value."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "authentication-basic",
                .sentence = "Sets the header Authorization for the backend from user name and password.",
                .attributes = kAttributes},
    .sections = kInbound,
    .make = &make,
};

}  // namespace

const policy::Descriptor& authenticationBasicDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
