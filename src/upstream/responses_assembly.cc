// The Responses API: typed events; the last one repeats the whole answer, so that until then only text is gathered.
#include <string>

#include "upstream/answer_parts.h"
#include "upstream/assembly.h"

namespace sluice::upstream {
namespace {

class ResponsesAssembly final : public Assembly {
 public:
  using Assembly::Assembly;

  EventKind event(std::string_view json) override {
    JsonScan scan(json);
    scan.enterObject();
    std::string type;
    std::string_view whole;
    JsonString name;
    JsonString delta;
    JsonString code;
    bool has_delta = false;
    while (scan.nextMember(name)) {
      JsonString text;
      if (name == "type" && scan.string(text)) {
        setName(text, type);
      } else if (name == "response" && scan.kind() == JsonKind::Object) {
        whole = scan.raw();
      } else if (name == "delta" && scan.string(delta)) {
        has_delta = true;
      } else if (name != "code" || !scan.string(code)) {
        scan.skip();
      }
    }
    if (type == "error") {
      facts_.error_code = "error";
      if (!code.raw.empty()) setName(code, facts_.error_code);
      return EventKind::Error;
    }
    if (!whole.empty()) return readWhole(type, whole);
    if (!has_delta) return EventKind::Other;
    if (budget_.take(delta.raw.size())) text_.append(delta.raw);
    return EventKind::Content;
  }

  void appendTexts(std::string& out) const override { JsonString{text_, true}.appendTo(out); }

  std::string answer(const Usage* estimated) const override {
    if (!answer_.empty()) return answer_;
    // Cut short: what there is, in the shape of an answer that was.
    std::string out = "{\"object\":\"response\",\"status\":\"incomplete\"";
    appendMember(out, "output_text");
    out += "\"" + text_ + "\"";
    if (estimated != nullptr && !facts_.usage.any()) {
      appendMember(out, "usage");
      appendUsage(*estimated, out);
    }
    return out + "}";
  }

 private:
  EventKind readWhole(std::string_view type, std::string_view whole) {
    Arena arena;
    const ResponseFacts facts = readResponse(whole, arena);
    if (!facts.id.empty()) facts_.id.assign(facts.id);
    if (!facts.model.empty()) facts_.model.assign(facts.model);
    if (facts.usage.any()) facts_.usage = facts.usage;
    if (!facts.error_code.empty()) facts_.error_code.assign(facts.error_code);
    if (type != "response.completed" && type != "response.incomplete" && type != "response.failed")
      return EventKind::Other;
    facts_.done = true;
    facts_.finish_reason.assign(facts.finish_reason);
    if (budget_.take(whole.size())) answer_.assign(whole);
    return type == "response.failed" ? EventKind::Error : EventKind::Done;
  }

  std::string text_;  // raw
  std::string answer_;
};

}  // namespace

std::unique_ptr<Assembly> makeResponsesAssembly(const AssemblyBounds& bounds) {
  return std::make_unique<ResponsesAssembly>(bounds);
}

}  // namespace sluice::upstream
