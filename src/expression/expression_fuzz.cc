// Fuzzes lexer, parser, binder and evaluator: whatever the text, it compiles to mistakes or evaluates to an end within
// tight limits.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "expression/cases.h"
#include "expression/expression.h"

namespace {

constexpr std::string_view kFixture = R"({
  "requestId": "0f8fad5b-d9cb-469f-a165-70867728950e", "timestamp": "2024-05-06T07:08:09Z", "elapsed": "00:00:00.25",
  "api": {"id": "a", "name": "b"}, "product": {"id": "p", "state": "Published"},
  "deployment": {"gatewayId": "managed", "certificates": {"c": "$CERTIFICATE"}},
  "lastError": {"source": "s", "reason": "r", "message": "m"},
  "request": {"method": "POST", "certificate": "$CERTIFICATE", "url": "https://a.example/x?y=1", "originalUrl": "https://a.example/x?y=1",
              "headers": {"Accept": ["a", "b"]}, "body": "{\"model\": \"m\", \"n\": [1, 2]}"},
  "response": {"statusCode": 200, "statusReason": "OK", "headers": {}, "body": "{\"usage\": {\"total_tokens\": 5}}"},
  "variables": {"xml": {"type": "string", "value": "<a b='c'><d>e</d><!--f--><g/></a>"},
                "bytes": {"type": "bytes", "value": "AQIDBAUGBwgJCgsMDQ4PEA=="}, "model": {"type": "string", "value": "gpt"}, "n": {"type": "int", "value": 3}}
})";

// Self-signed, of tests/expressions.
constexpr std::string_view kCertificate =
    "MIIDQzCCAiugAwIBAgIGGis8TV5vMA0GCSqGSIb3DQEBCwUAMDcxFDASBgNVBAoMC0NvbnRvc28gTHRkMR8wHQYDVQQDDBZjbGllbnQu"
    "Y29udG9zby5leGFtcGxlMCAXDTI2MTEyMzE1NDI0MloYDzIxMjYxMDMwMTU0MjQyWjA3MRQwEgYDVQQKDAtDb250b3NvIEx0ZDEfMB0G"
    "A1UEAwwWY2xpZW50LmNvbnRvc28uZXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAM6BukVd/ZVFganUb7k+4neD"
    "3cgxz0ZQLT8GXr8TeOuVVKVGIgkW8+XOps5RkUDX/0UIzsMMN6LE2ox5PqRDOpamL+rv4AfANYslNmobM0JkJKKOuHG7iajdKG+Uaz4p"
    "j8k1M8kkW8tPoWcjaiur6yS4R6iiQX+DAqT8l93GKuq3p4nAUXVYwc3plEqpWknJaRJwvGhWzzkILN2gbCPOy+DqEdOlQhbwqlnx73+3"
    "Tr8Di2ESFmLOoDBOBXxzmM6Eog6lXduaisIdXc2DrAdtoL/soQVRQvuCoc7fhPklNbZDgYTsO1gqas+Gj+OV3RKj0xWWK0Hn3EsDKX0H"
    "RKQaicUCAwEAAaNTMFEwHQYDVR0OBBYEFLM2sCk9cIf08+AE2v2b/jLZNbBRMB8GA1UdIwQYMBaAFLM2sCk9cIf08+AE2v2b/jLZNbBR"
    "MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAL/hqGY6b9mn1/1Kz3drxJsiNO5xdpTnrAE5ZWW8F09xi1PAZDauz4JF"
    "obmZkB/OAhtLMLKOh7Kei1MzGiF6eWdSQ7OrEmf3W+xAWr1fOKBNwkbJxKJKNZUMaBd3deRCtFatwQ2ZUMOH8UieynG8LSdUCfxDm6fA"
    "ltBhl40EzLSzgv7ANHX2QlKd73w87iCbaT9l/kabkhT7ZO+nFK+0F/uzMo9jHozzVzQB9xQG+ENNs5nEPrEjlOsywbhnlxCEr6TlThq5"
    "l3B106+sKyeSLsWEFMPu3Feo3/dfewvnSD/PD40BwNaJvuKzDgMtJuM8IeOilkgwM474/hp0vjkCe4Q=";

std::string fixture() {
  std::string json(kFixture);
  constexpr std::string_view kPlace = "$CERTIFICATE";
  for (size_t at = json.find(kPlace); at != std::string::npos; at = json.find(kPlace))
    json.replace(at, kPlace.size(), kCertificate);
  return json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  if (size > 4096) return 0;
  std::string source(reinterpret_cast<const char*>(data), size);
  if (!expression::Expression::looksLike(source)) source = "@(" + source + ")";
  Diagnostics diagnostics;
  const SourceText where("fuzz", source);
  const auto compiled = expression::Expression::compile(source, where, diagnostics);
  if (compiled == nullptr) {
    if (!diagnostics.hasErrors()) __builtin_trap();
    return 0;
  }
  static const std::string kJson = fixture();
  const auto context = expression::fixtureContext(kJson);
  Arena arena;
  expression::Limits limits;
  limits.steps = 20'000;
  limits.memory = 4 * 1024 * 1024;
  limits.regex_matches = 10'000;
  const expression::Outcome outcome = compiled->evaluate(*context, arena, limits);
  if (outcome.ok()) {
    expression::toText(outcome.value, arena);
    Arena keeper;
    expression::copyTo(outcome.value, keeper);
  }
  return 0;
}
