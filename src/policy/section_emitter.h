// SectionEmitter: writes one section of one pipeline: splices the scopes' documents, walks their policies and lets flow
// policies write their jumps. Internal to the compiler.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/compiler_state.h"
#include "policy/emitter.h"
#include "policy/pipeline.h"
#include "policy/splice.h"

namespace sluice::policy {

class SectionEmitter final : public Emitter {
 public:
  SectionEmitter(CompilerState& state, const ScopeChain& chain, Pipeline& pipeline, Section section);

  // False after a mistake, now or when the element was first checked.
  bool run();

  uint32_t here() const override { return static_cast<uint32_t>(code_.size()); }
  uint32_t add(std::shared_ptr<const Step> step, const ElementReader& reader) override;
  uint32_t addBare(std::shared_ptr<const Step> step, const ElementReader& reader) override;
  void setTarget(uint32_t instruction, uint32_t target) override { code_[instruction].target = target; }
  void policies(const ElementReader& parent, Target target) override;
  std::vector<uint32_t> policiesApart(const ElementReader& parent) override;
  Effects effectsFrom(uint32_t first) const override;
  void addEffects(uint32_t instruction, Effects effects) override { code_[instruction].effects |= effects; }
  void guard(uint32_t begin, uint32_t handler) override;
  void fragment(const ElementReader& include, std::string_view name) override;
  uint32_t newSlot() override { return pipeline_.slots++; }

 private:
  // The policy being compiled. The path counts siblings from 1 where there are several of a name (reference 1.4).
  struct Place {
    const Document* document = nullptr;
    Scope scope = Scope::Global;
    const Element* element = nullptr;
    std::string path;
    Target target = Target::Request;
    bool in_fragment = false;
  };

  void splice(const ScopeChain::Part& part);
  bool base(const Document& document, const Element& element);
  void insideOf(const ElementReader& parent, Target target, std::vector<uint32_t>* starts);
  void checkSectionElement(const Document& document, const Element& section);
  void inside(const Element& parent, const Place& outer, Position position, std::span<const ElementSpec> parts,
              std::vector<uint32_t>* starts = nullptr);
  const Descriptor* policy(const Place& place, Position position);
  std::string partPath(const ElementReader& reader) const;
  uint32_t append(std::shared_ptr<const Step> step, const ElementReader& reader, Effects effects);

  CompilerState& state_;
  const ScopeChain& chain_;
  Pipeline& pipeline_;
  Code& code_;
  Section section_;
  const Place* place_ = nullptr;
  bool ok_ = true;
  bool too_long_ = false;
  uint32_t bases_ = 0;
};

}  // namespace sluice::policy
