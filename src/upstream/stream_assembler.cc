#include "upstream/stream_assembler.h"

#include "upstream/assembly.h"
#include "upstream/json_check.h"

namespace sluice::upstream {
namespace {

std::unique_ptr<Assembly> assemblyOf(Dialect dialect, const AssemblyBounds& bounds) {
  switch (dialect) {
    case Dialect::Responses:
      return makeResponsesAssembly(bounds);
    case Dialect::AnthropicMessages:
      return makeMessagesAssembly(bounds);
    default:
      return makeChunkAssembly(dialect, bounds);
  }
}

bool isSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

StreamAssembler::StreamAssembler(Dialect dialect, const AssemblyBounds& bounds)
    : assembly_(assemblyOf(dialect, bounds)) {}
StreamAssembler::~StreamAssembler() = default;

EventKind StreamAssembler::event(std::string_view data) {
  ++events_;
  while (!data.empty() && isSpace(data.front())) data.remove_prefix(1);
  while (!data.empty() && isSpace(data.back())) data.remove_suffix(1);
  if (data == "[DONE]") {
    assembly_->facts().done = true;
    return EventKind::Done;
  }
  if (!data.starts_with('{') || !isJson(data)) return EventKind::Other;
  return assembly_->event(data);
}

bool StreamAssembler::done() const {
  return assembly_->facts().done;
}
bool StreamAssembler::truncated() const {
  return assembly_->budget().exceeded() || assembly_->facts().cut;
}
size_t StreamAssembler::lostBytes() const {
  return assembly_->budget().lost();
}
size_t StreamAssembler::events() const {
  return events_;
}
const Usage& StreamAssembler::usage() const {
  return assembly_->facts().usage;
}
std::string_view StreamAssembler::model() const {
  return assembly_->facts().model;
}
std::string_view StreamAssembler::id() const {
  return assembly_->facts().id;
}
std::string_view StreamAssembler::finishReason() const {
  return assembly_->facts().finish_reason;
}
std::string_view StreamAssembler::errorCode() const {
  return assembly_->facts().error_code;
}
ContentFilter StreamAssembler::contentFilter() const {
  return assembly_->facts().content_filter;
}
std::string StreamAssembler::answer(const Usage* estimated) const {
  return assembly_->answer(estimated);
}

std::string StreamAssembler::completionText() const {
  std::string out;
  assembly_->appendTexts(out);
  return out;
}

}  // namespace sluice::upstream
