// An identity provider as Microsoft Entra ID is one, for the simulator's tenant: OpenID metadata and keys (v1 and v2),
// authorization code with PKCE and a sign-in page that asks for no password, refresh tokens, client credentials, device
// code, username (ROPC), and the virtual machines' managed identity endpoint. Issuers are the official ones; endpoints
// in metadata are those of the host and port that the metadata was asked through, so that MSAL works against localhost.
// Shapes after Microsoft identity platform's documentation and MSAL's expectations. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/jwt.h"
#include "simulator/message.h"
#include "simulator/random.h"
#include "simulator/signing_keys.h"
#include "simulator/world.h"

namespace sluice::simulator {

// Who a valid token speaks of.
struct Principal {
  std::string object_id;
  bool openai_user = false;
};

struct TokenRequest;

class IdentityProvider {
 public:
  // Both must outlive this.
  IdentityProvider(const World& world, SigningKeys& keys) : world_(world), keys_(keys), random_(world.seed) {}

  Reply handle(const Request& request);
  // GET /metadata/identity/oauth2/token, as a virtual machine has it.
  Reply managedIdentity(const Request& request);

  // A token by the simulator's own word. See Simulator::issueToken.
  Result<std::string> issue(std::string_view principal, std::string_view audience, Duration lifetime, UtcTime now);
  // The principal of an access token for Azure OpenAI; nullopt: not valid, not (or no more) good, or for others.
  std::optional<Principal> check(std::string_view token, UtcTime now) const;
  // Whether the token is good now and for that resource.
  bool isGoodFor(std::string_view token, std::string_view resource, UtcTime now) const;
  // Rotates the signing key if the world's interval has passed.
  void tick(UtcTime now);

 private:
  // What a code, a refresh token or a device's approval stands for.
  struct Grant {
    std::string client_id;
    std::string user_id;
    std::string scope;
    std::string redirect_uri;
    std::string challenge;  // PKCE; empty: none
    std::string challenge_method;
    std::string nonce;
    int64_t expires = 0;  // seconds since 1970
    std::string id;       // of a code: it is good once
  };
  struct DeviceLogin {
    Grant grant;
    std::string user_code;
    bool approved = false;
  };

  // --- metadata (identity_provider.cc) ---
  Reply metadata(const Request& request, std::string_view tenant, int version) const;
  Reply instanceDiscovery(const Request& request) const;
  bool isTenant(std::string_view name) const;

  // --- authorize.cc ---
  Reply authorize(const Request& request, int version);
  Reply signInPage(const Request& request, std::string_view parameters, std::string_view hint) const;
  Reply grantCode(const Request& request, std::string_view parameters, const User& user);
  Reply deviceCode(const Request& request, std::string_view tenant);
  Reply devicePage(const Request& request);

  // --- token_endpoint.cc ---
  Reply token(const Request& request, int version);
  Reply redeemCode(const TokenRequest& request);
  Reply redeemRefreshToken(const TokenRequest& request);
  Reply redeemDeviceCode(const TokenRequest& request);
  Reply clientCredentials(const TokenRequest& request);
  Reply userName(const TokenRequest& request);
  Reply userTokens(const TokenRequest& request, const User& user, const Grant& grant);
  Reply oauthError(int status, std::string_view error, int number, std::string_view description, UtcTime now);
  std::optional<Reply> refuseClient(const TokenRequest& request);
  std::optional<Reply> refuseAssertion(const TokenRequest& request, std::string_view assertion);

  // --- access_tokens.cc ---
  struct Target {
    std::string audience;  // as asked for
    std::string scope;     // granted, without the audience
    std::string granted;   // the scopes as the token response lists them
    const Resource* resource = nullptr;
    const Application* application = nullptr;  // an application of the world is the resource
    int version = 1;
  };
  std::shared_ptr<const identity::Token> goodToken(std::string_view text, std::string_view resource, UtcTime now) const;
  std::optional<Target> targetOf(std::string_view scope, const Application& client) const;
  Result<std::string> accessToken(const Application& client, const User* user, const Target& target, Duration lifetime,
                                  UtcTime now);
  Result<std::string> idToken(const Application& client, const User& user, std::string_view nonce, UtcTime now);

  std::string sealGrant(std::string_view purpose, const Grant& grant) const;
  std::optional<Grant> unsealGrant(std::string_view purpose, std::string_view sealed) const;

  const World& world_;
  SigningKeys& keys_;
  Random random_;
  std::map<std::string, int64_t> used_codes_;         // id -> expiry
  std::map<std::string, DeviceLogin> device_logins_;  // by device code
  UtcTime rotated_{};
};

// What the token endpoint was sent.
struct TokenRequest {
  const Request& http;
  int version = 2;
  const Application* client = nullptr;
  std::string client_id;
  std::string secret;  // of the body or of Basic authentication
  std::string scope;
  std::string value(std::string_view name) const { return http.formValue(name).value_or(""); }
};

// Shared by the parts above.
inline constexpr int64_t kCodeSeconds = 600;
inline constexpr int64_t kDeviceCodeSeconds = 900;
inline constexpr int64_t kRefreshSeconds = 90 * 24 * 3600;
std::string htmlEscape(std::string_view text);
int64_t unixSeconds(UtcTime time);
std::string issuerOf(const World& world, int version);

}  // namespace sluice::simulator
