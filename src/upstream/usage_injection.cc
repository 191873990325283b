#include "upstream/usage_injection.h"

#include <algorithm>

#include "base/encoding.h"
#include "upstream/json_scan.h"

namespace sluice::upstream {
namespace {

// The first api-version of Azure OpenAI whose specification has stream_options.
constexpr std::string_view kFirstDate = "2024-09-01";

bool isDate(std::string_view text) {
  if (text.size() < kFirstDate.size()) return false;
  for (size_t i = 0; i < kFirstDate.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

// Where to put what.
struct Edit {
  size_t offset = 0;
  size_t replaced = 0;  // bytes from offset that go away
  std::string_view text;
};

// What a request's members say. Anything that two parsers could read differently makes it doubtful.
struct Findings {
  bool stream = false;
  bool doubtful = false;
  bool client_decided = false;
  std::optional<Edit> edit;  // of stream_options that are there
  size_t first_member = 0;   // behind the opening brace
};

// Inside stream_options' object: whether include_usage is there, and where to insert it otherwise.
void findInOptions(JsonScan& scan, Findings& findings) {
  const size_t inside = scan.offset() + 1;
  if (!scan.enterObject()) return;
  bool empty = true;
  JsonString name;
  while (scan.nextMember(name)) {
    empty = false;
    if (name == "include_usage") findings.client_decided = true;
    scan.skip();
  }
  findings.edit = Edit{inside, 0, empty ? R"("include_usage":true)" : R"("include_usage":true,)"};
}

void findStreamOptions(JsonScan& scan, Findings& findings) {
  const size_t start = scan.offset();
  switch (scan.kind()) {
    case JsonKind::Object:
      return findInOptions(scan, findings);
    case JsonKind::Null:
      findings.doubtful = findings.doubtful || !scan.null();
      findings.edit = Edit{start, 4, R"({"include_usage":true})"};
      return;
    default:
      findings.doubtful = true;
      scan.skip();
  }
}

Findings find(std::string_view body) {
  Findings findings;
  JsonScan scan(body);
  findings.first_member = scan.offset() + 1;
  if (!scan.enterObject()) {
    findings.doubtful = true;
    return findings;
  }
  int streams = 0;
  int options = 0;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "stream") {
      ++streams;
      if (!scan.boolean(findings.stream)) scan.skip();
    } else if (name == "stream_options") {
      ++options;
      findStreamOptions(scan, findings);
    } else {
      // Azure's "on your data" refuses stream_options beside data_sources.
      if (name == "data_sources" || name == "dataSources") findings.doubtful = true;
      scan.skip();
    }
  }
  if (!scan.complete() || streams > 1 || options > 1) findings.doubtful = true;
  return findings;
}

}  // namespace

bool knowsStreamOptions(std::string_view api_version) {
  if (api_version.empty()) return true;
  for (const std::string_view name : {"v1", "latest", "preview"})
    if (equalsIgnoreCase(api_version, name)) return true;
  // Dates compare as text.
  return isDate(api_version) && api_version.substr(0, kFirstDate.size()) >= kFirstDate;
}

std::optional<std::string> injectUsage(Dialect dialect, std::string_view api_version, std::string_view body) {
  if (dialect != Dialect::ChatCompletions && dialect != Dialect::Completions) return std::nullopt;
  if (!knowsStreamOptions(api_version)) return std::nullopt;
  const Findings findings = find(body);
  if (findings.doubtful || !findings.stream || findings.client_decided) return std::nullopt;
  const Edit edit =
      findings.edit.value_or(Edit{findings.first_member, 0, R"("stream_options":{"include_usage":true},)"});
  std::string out;
  out.reserve(body.size() + edit.text.size());
  out.append(body.substr(0, edit.offset));
  out.append(edit.text);
  out.append(body.substr(edit.offset + edit.replaced));
  return out;
}

}  // namespace sluice::upstream
