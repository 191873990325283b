// What StreamAssembler is made of: one Assembly per dialect. Events given to it are JSON objects (json_check.h).
#pragma once

#include <string>
#include <string_view>

#include "upstream/delta_tree.h"
#include "upstream/dialect.h"
#include "upstream/stream_assembler.h"

namespace sluice::upstream {

class Assembly {
 public:
  struct Facts {
    Usage usage;
    std::string model, id, finish_reason, error_code;
    ContentFilter content_filter = ContentFilter::NotReported;
    bool done = false;
    bool cut = false;  // by a count, beside what the budget tells
  };

  explicit Assembly(const AssemblyBounds& bounds) : bounds_(bounds), budget_(bounds.bytes) {}
  virtual ~Assembly() = default;
  virtual EventKind event(std::string_view json) = 0;
  virtual void appendTexts(std::string& out) const = 0;
  virtual std::string answer(const Usage* estimated) const = 0;

  Facts& facts() { return facts_; }
  const Facts& facts() const { return facts_; }
  const Budget& budget() const { return budget_; }

 protected:
  static constexpr size_t kNameBytes = 512;
  // A name that an event gives (model, id, reason): decoded, unless it is too long to be one.
  static void setName(const JsonString& value, std::string& name) {
    if (value.raw.size() > kNameBytes) return;
    name.clear();
    value.appendTo(name);
  }

  const AssemblyBounds bounds_;
  Budget budget_;
  Facts facts_;
};

std::unique_ptr<Assembly> makeChunkAssembly(Dialect dialect, const AssemblyBounds& bounds);
std::unique_ptr<Assembly> makeResponsesAssembly(const AssemblyBounds& bounds);
std::unique_ptr<Assembly> makeMessagesAssembly(const AssemblyBounds& bounds);

}  // namespace sluice::upstream
