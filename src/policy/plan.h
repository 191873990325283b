// Plan: what a compiled pipeline needs of bodies and streams, worked out from the effects that its steps declare
// (design, Streaming).
#pragma once

#include "policy/pipeline.h"

namespace sluice::policy {

// Sets deferred_from, buffers_response, reads_request_body and the reason for buffering. REQUIRES: sections and origins
// are final.
void planBodies(Pipeline& pipeline);

}  // namespace sluice::policy
