// The part of the identity provider that a browser sees: the authorization endpoint with its sign-in page, and the page
// on which a device's code is approved.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "simulator/identity_provider.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

constexpr size_t kMostDeviceLogins = 100;

Reply page(int status, std::string_view title, std::string_view content) {
  Reply reply;
  reply.status = status;
  reply.set("Content-Type", "text/html; charset=utf-8");
  reply.set("Cache-Control", "no-store");
  reply.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'");
  reply.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<style>body{{font:16px system-ui,sans-serif;max-width:26rem;margin:12vh auto;padding:0 1rem}}"
      "button{{display:block;width:100%;margin:.5rem 0;padding:.8rem;font:inherit;text-align:left}}</style>"
      "<h1>{0}</h1>{1}</html>",
      title, content);
  return reply;
}

Reply errorPage(int number, std::string_view message) {
  return page(400, "Sorry, but we're having trouble signing you in.",
              fmt::format("<p>AADSTS{}: {}</p>", number, htmlEscape(message)));
}

std::string parameter(std::string_view parameters, std::string_view name) {
  return formParameter(parameters, name).value_or("");
}

// http://localhost and http://127.0.0.1 match with any port and path (RFC 8252 section 7.3), as a public client uses
// them; anything else must be registered.
bool redirectAllowed(const Application& client, std::string_view uri) {
  for (const std::string_view local : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (!uri.starts_with(local)) continue;
    const auto rest = uri.substr(local.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return true;
  }
  return std::find(client.redirect_uris.begin(), client.redirect_uris.end(), uri) != client.redirect_uris.end();
}

Reply redirect(std::string location) {
  Reply reply;
  reply.status = 302;
  reply.set("Location", std::move(location));
  reply.set("Cache-Control", "no-store");
  return reply;
}

using Values = std::vector<std::pair<std::string_view, std::string>>;

// Hands `values` to the client by its response mode.
Reply answerClient(std::string_view parameters, const Values& values) {
  const auto uri = parameter(parameters, "redirect_uri");
  const auto mode = parameter(parameters, "response_mode");
  if (mode == "form_post") {
    std::string fields;
    for (const auto& [name, value] : values) {
      fields += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", name, htmlEscape(value));
    }
    return page(200, "Working...",
                fmt::format("<form method=\"post\" action=\"{}\">{}<button>Continue</button></form>"
                            "<script>document.forms[0].submit()</script>",
                            htmlEscape(uri), fields));
  }
  std::string location = uri;
  char separator = mode == "fragment" ? '#' : uri.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : values) {
    location += separator;
    location += fmt::format("{}={}", name, percentEncode(value));
    separator = '&';
  }
  return redirect(std::move(location));
}

Reply clientError(std::string_view parameters, std::string_view error, std::string description) {
  Values values{{"error", std::string(error)}, {"error_description", std::move(description)}};
  if (auto state = formParameter(parameters, "state")) values.emplace_back("state", std::move(*state));
  return answerClient(parameters, values);
}

std::string hiddenFields(std::string_view parameters) {
  std::string result;
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = percentDecode(pair.substr(0, equals), true);
    if (name.empty() || name == "user") continue;
    const auto value = percentDecode(pair.substr(std::min(equals + 1, pair.size())), true);
    result += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", htmlEscape(name), htmlEscape(value));
  }
  return result;
}

}  // namespace

Reply IdentityProvider::authorize(const Request& request, int version) {
  if (request.method != "GET" && request.method != "POST")
    return errorPage(900561, "The endpoint accepts GET and POST.");
  std::string parameters = request.method == "POST" ? request.body : request.query;
  if (version == 1 && !formParameter(parameters, "scope")) {
    parameters +=
        "&scope=" + percentEncode(parameter(parameters, "resource") + "/.default openid profile offline_access");
  }
  const auto* client = world_.application(parameter(parameters, "client_id"));
  if (client == nullptr) {
    return errorPage(700016, fmt::format("Application with identifier '{}' was not found in the directory.",
                                         parameter(parameters, "client_id").substr(0, 200)));
  }
  if (!redirectAllowed(*client, parameter(parameters, "redirect_uri"))) {
    return errorPage(50011,
                     "The redirect URI specified in the request does not match the redirect URIs configured for "
                     "the application.");
  }
  if (parameter(parameters, "response_type") != "code") {
    return clientError(parameters, "unsupported_response_type", "AADSTS700054: response_type must be 'code' here.");
  }
  if (!targetOf(parameter(parameters, "scope"), *client)) {
    return clientError(parameters, "invalid_resource",
                       "AADSTS500011: The resource principal was not found in the tenant, or more than one was named.");
  }
  if (const auto* user = world_.userByName(parameter(parameters, "user"))) return grantCode(request, parameters, *user);
  const auto* automatic = world_.userByName(world_.automatic_user);
  const auto prompt = parameter(parameters, "prompt");
  const auto hint = parameter(parameters, "login_hint");
  const auto* hinted = world_.userByName(hint);
  // A known user is as good as signed in, unless the client wants the page.
  if (prompt.empty() || prompt == "none") {
    if (hinted != nullptr) return grantCode(request, parameters, *hinted);
    if (prompt == "none" && automatic == nullptr) {
      return clientError(parameters, "login_required",
                         "AADSTS50058: A silent sign-in request was sent but no user is "
                         "signed in.");
    }
  }
  if (automatic != nullptr) return grantCode(request, parameters, *automatic);
  return signInPage(request, parameters, hint);
}

Reply IdentityProvider::signInPage(const Request& request, std::string_view parameters, std::string_view hint) const {
  std::string users;
  for (const auto& user : world_.users) {
    users +=
        fmt::format("<button name=\"user\" value=\"{0}\"{3}><b>{1}</b><br>{0}{2}</button>", htmlEscape(user.user_name),
                    htmlEscape(user.name), user.openai_user ? "" : " (may not use Azure OpenAI)",
                    equalsIgnoreCase(hint, user.user_name) ? " autofocus" : "");
  }
  return page(200, "Pick an account",
              fmt::format("<p>This is Sluice's simulator: there are no passwords.</p>"
                          "<form method=\"get\" action=\"{}\">{}{}</form>",
                          htmlEscape(request.path), hiddenFields(parameters), users));
}

Reply IdentityProvider::grantCode(const Request& request, std::string_view parameters, const User& user) {
  Grant grant;
  grant.client_id = parameter(parameters, "client_id");
  grant.user_id = user.object_id;
  grant.scope = parameter(parameters, "scope");
  grant.redirect_uri = parameter(parameters, "redirect_uri");
  grant.challenge = parameter(parameters, "code_challenge");
  grant.challenge_method = parameter(parameters, "code_challenge_method");
  grant.nonce = parameter(parameters, "nonce");
  grant.expires = unixSeconds(request.now) + kCodeSeconds;
  grant.id = random_.token(16);
  Values values{{"code", sealGrant("code", grant)}};
  if (parameter(parameters, "client_info") == "1") {
    values.emplace_back(
        "client_info", base64UrlEncode(fmt::format(R"({{"uid":"{}","utid":"{}"}})", user.object_id, world_.tenant_id)));
  }
  if (auto state = formParameter(parameters, "state")) values.emplace_back("state", std::move(*state));
  values.emplace_back("session_state", random_.guid());
  return answerClient(parameters, values);
}

Reply IdentityProvider::deviceCode(const Request& request, std::string_view tenant) {
  const auto* client = world_.application(parameter(request.body, "client_id"));
  if (client == nullptr) {
    return oauthError(400, "unauthorized_client", 700016, "Application was not found in the directory.", request.now);
  }
  const auto now = unixSeconds(request.now);
  std::erase_if(device_logins_, [&](const auto& each) { return each.second.grant.expires <= now; });
  if (device_logins_.size() >= kMostDeviceLogins) {
    return oauthError(400, "slow_down", 50196, "Too many device codes are open.", request.now);
  }
  DeviceLogin login;
  login.grant.client_id = client->client_id;
  login.grant.scope = parameter(request.body, "scope");
  login.grant.expires = now + kDeviceCodeSeconds;
  login.user_code = random_.token(9);
  const auto code = random_.token(64);
  const auto uri = fmt::format("{}://{}/{}/oauth2/deviceauth", request.scheme, request.authority, tenant);
  JsonWriter json;
  json.beginObject().member("user_code", login.user_code).member("device_code", code).member("verification_uri", uri);
  json.member("expires_in", kDeviceCodeSeconds).member("interval", 1);
  json.member("message", fmt::format("To sign in, use a web browser to open the page {} and enter the code {} to "
                                     "authenticate.",
                                     uri, login.user_code));
  device_logins_.emplace(code, std::move(login));
  return jsonReply(200, json.endObject().take());
}

Reply IdentityProvider::devicePage(const Request& request) {
  const auto& parameters = request.method == "POST" ? request.body : request.query;
  const auto code = parameter(parameters, "code");
  const auto* user = world_.userByName(parameter(parameters, "user"));
  const auto found = std::find_if(device_logins_.begin(), device_logins_.end(),
                                  [&](const auto& each) { return each.second.user_code == code && !code.empty(); });
  if (found != device_logins_.end() && user != nullptr) {
    found->second.approved = true;
    found->second.grant.user_id = user->object_id;
    return page(200, "You are signed in", "<p>You can close this page and return to the device.</p>");
  }
  std::string users;
  for (const auto& each : world_.users) {
    users += fmt::format("<button name=\"user\" value=\"{}\">{}</button>", htmlEscape(each.user_name),
                         htmlEscape(each.name));
  }
  return page(200, "Enter code",
              fmt::format("<form method=\"get\"><input name=\"code\" value=\"{}\" placeholder=\"Code\">{}</form>",
                          htmlEscape(code), users));
}

}  // namespace sluice::simulator
