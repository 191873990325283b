#include "upstream/answer_parts.h"

namespace sluice::upstream {
namespace {

constexpr size_t kCodeBytes = 512;

void readCategory(JsonScan& scan, ContentFilter& filter) {
  if (!scan.enterObject()) return scan.skip();
  JsonString name;
  while (scan.nextMember(name)) {
    bool value = false;
    if (name == "filtered" && scan.boolean(value)) {
      if (value) filter = ContentFilter::Filtered;
      if (filter == ContentFilter::NotReported) filter = ContentFilter::Passed;
    } else {
      scan.skip();
    }
  }
}

void readText(JsonScan& scan, std::string& text) {
  JsonString value;
  if (!scan.string(value)) return scan.skip();
  if (value.raw.empty() || value.raw.size() > kCodeBytes) return;
  text.clear();
  value.appendTo(text);
}

}  // namespace

void readContentFilter(JsonScan& scan, ContentFilter& filter) {
  if (!scan.enterObject()) return scan.skip();
  JsonString category;
  while (scan.nextMember(category)) readCategory(scan, filter);
}

void readPromptFilters(JsonScan& scan, ContentFilter& filter) {
  if (!scan.enterArray()) return scan.skip();
  while (scan.nextItem()) {
    if (!scan.enterObject()) {
      scan.skip();
      continue;
    }
    JsonString name;
    while (scan.nextMember(name)) name == "content_filter_results" ? readContentFilter(scan, filter) : scan.skip();
  }
}

void readErrorCode(JsonScan& scan, std::string& code) {
  if (scan.null()) return;
  std::string found = "error";
  if (!scan.enterObject()) {
    scan.skip();
    code = found;
    return;
  }
  bool has_code = false;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "code" && scan.kind() == JsonKind::String) {
      readText(scan, found);
      has_code = true;
    } else if (name == "type" && !has_code) {
      readText(scan, found);
    } else {
      scan.skip();
    }
  }
  code = std::move(found);
}

}  // namespace sluice::upstream
