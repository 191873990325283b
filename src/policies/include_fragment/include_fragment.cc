#include "policies/include_fragment/include_fragment.h"

#include "policy/emitter.h"

namespace sluice::policies {
namespace {

using namespace policy;

void flow(Emitter& emitter, ElementReader& reader) {
  if (reader.has("fragment-id")) emitter.fragment(reader, reader.literal("fragment-id"));
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "fragment-id",
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The fragment's name: its folder below `policy fragments/`."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "include-fragment",
                .sentence = "Stands for the policies of a policy fragment, as if they were written in its place.",
                .attributes = kAttributes},
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& includeFragmentDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
