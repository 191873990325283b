// Emitter: how flow policies (choose, retry, return-response) write instructions into a pipeline's section.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "policy/document.h"
#include "policy/element_reader.h"
#include "policy/pipeline.h"

namespace sluice::policy {

class Emitter {
 public:
  virtual ~Emitter() = default;

  // The index of the next instruction.
  virtual uint32_t here() const = 0;
  // Adds an instruction for `reader`'s element; its effects are the reader's.
  virtual uint32_t add(std::shared_ptr<const Step> step, const ElementReader& reader) = 0;
  // The same for an instruction that touches nothing: bookkeeping around the policies inside.
  virtual uint32_t addBare(std::shared_ptr<const Step> step, const ElementReader& reader) = 0;
  virtual void setTarget(uint32_t instruction, uint32_t target) = 0;
  // Compiles the policies inside `parent`'s element, in their order; they work on `target`.
  virtual void policies(const ElementReader& parent, Target target) = 0;
  void policies(const ElementReader& parent) { policies(parent, parent.target()); }
  // The same; gives where each of them begins, for parents that run them apart (wait).
  virtual std::vector<uint32_t> policiesApart(const ElementReader& parent) = 0;
  // What the instructions from `first` on touch, for a step that runs them itself.
  virtual Effects effectsFrom(uint32_t first) const = 0;
  virtual void addEffects(uint32_t instruction, Effects effects) = 0;
  // The step at `handler` is told of failures of the instructions from `begin` up to it (Step::unwound).
  virtual void guard(uint32_t begin, uint32_t handler) = 0;
  // Compiles a fragment's policies in place.
  virtual void fragment(const ElementReader& include, std::string_view name) = 0;
  // A per-exchange counter, zero at the start, for Exchange::slot.
  virtual uint32_t newSlot() = 0;

  // An instruction that only jumps to its target, for the ends of branches.
  uint32_t jump(const ElementReader& reader);
};

}  // namespace sluice::policy
