#include "gateway/trace_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/encoding.h"

namespace sluice::gateway {
namespace {

using policy::Section;
using policy::TraceDetail;
using policy::TraceEntry;

void addText(std::string& to, std::string_view text) {
  const bool valid = isValidUtf8(text);
  to += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to.append({'\\', c});
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", byte);
    } else {
      to += valid || byte < 0x80 ? c : '?';
    }
  }
  to += '"';
}

void addMember(std::string& to, std::string_view name, std::string_view text) {
  if (to.back() != '{') to += ',';
  addText(to, name);
  to += ':';
  addText(to, text);
}

// .NET's TimeSpan: hh:mm:ss.fffffff
std::string timeSpan(Duration duration) {
  const auto ticks = duration.count() / 100;
  const auto seconds = ticks / 10'000'000;
  return fmt::format("{:02}:{:02}:{:02}.{:07}", seconds / 3600, seconds / 60 % 60, seconds % 60, ticks % 10'000'000);
}

std::string timestamp(UtcTime time) {
  const auto ticks = time.time_since_epoch().count() / 100;
  return fmt::format("{:%FT%T}.{:07}Z", fmt::gmtime(static_cast<std::time_t>(ticks / 10'000'000)), ticks % 10'000'000);
}

void addDetails(std::string& to, const TraceEntry& entry, TraceDetail::Kind kind, const policy::TraceMask& mask) {
  const bool changes = kind == TraceDetail::Kind::Change;
  bool any = false;
  for (const auto& detail : entry.details) {
    if (detail.kind != kind) continue;
    if (!any && to.back() != '{') to += ',';
    to += any ? ",{" : changes ? R"("changes":[{)" : R"("expressions":[{)";
    any = true;
    addMember(to, changes ? "name" : "expression", mask.masked(detail.name));
    if (changes) addMember(to, "before", mask.masked(detail.before));
    addMember(to, changes ? "after" : "value", mask.masked(detail.after));
    to += '}';
  }
  if (any) to += ']';
}

void addEntry(std::string& to, const TraceEntry& entry, UtcTime received, const policy::TraceMask& mask) {
  to += '{';
  addMember(to, "source", entry.source);
  addMember(to, "timestamp", timestamp(received + entry.at));
  addMember(to, "elapsed", timeSpan(entry.at));
  if (!entry.scope.empty()) {
    addMember(to, "duration", timeSpan(entry.took));
    addMember(to, "scope", entry.scope);
    addMember(to, "path", entry.path);
  }
  to += R"(,"data":{)";
  if (!entry.message.empty()) addMember(to, "message", mask.masked(entry.message));
  addDetails(to, entry, TraceDetail::Kind::Expression, mask);
  addDetails(to, entry, TraceDetail::Kind::Change, mask);
  to += "}}";
}

}  // namespace

std::string traceJson(const policy::Exchange& exchange, const policy::TraceMask& mask, std::string_view service) {
  std::string json = "{";
  addMember(json, "serviceName", service);
  addMember(json, "traceId", exchange.id);
  json += R"(,"traceEntries":{)";
  for (const Section section : {Section::Inbound, Section::Backend, Section::Outbound, Section::OnError}) {
    if (section != Section::Inbound) json += ',';
    addText(json, policy::toString(section));
    json += ":[";
    for (const auto& entry : exchange.traces) {
      if (entry.section != section) continue;
      if (json.back() != '[') json += ',';
      addEntry(json, entry, exchange.received_utc, mask);
    }
    json += ']';
  }
  return json + "}}";
}

}  // namespace sluice::gateway
