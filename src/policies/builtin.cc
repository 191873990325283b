#include "policies/builtin.h"

#include "policies/choose/choose.h"
#include "policies/forward_request/forward_request.h"
#include "policies/include_fragment/include_fragment.h"
#include "policies/log_to_eventhub/log_to_eventhub.h"
#include "policies/retry/retry.h"
#include "policies/return_response/return_response.h"
#include "policies/rewrite_uri/rewrite_uri.h"
#include "policies/set_backend_service/set_backend_service.h"
#include "policies/set_body/set_body.h"
#include "policies/set_header/set_header.h"
#include "policies/set_method/set_method.h"
#include "policies/set_query_parameter/set_query_parameter.h"
#include "policies/set_status/set_status.h"
#include "policies/set_variable/set_variable.h"
#include "policies/trace/trace.h"
#include "policies/validate_jwt/validate_jwt.h"

namespace sluice::policies {

const policy::Catalogue& builtinCatalogue() {
  static const policy::Descriptor* const descriptors[] = {
      &chooseDescriptor(),    &forwardRequestDescriptor(), &includeFragmentDescriptor(), &logToEventhubDescriptor(),
      &retryDescriptor(),     &returnResponseDescriptor(), &rewriteUriDescriptor(),      &setBackendServiceDescriptor(),
      &setBodyDescriptor(),   &setHeaderDescriptor(),      &setMethodDescriptor(),       &setQueryParameterDescriptor(),
      &setStatusDescriptor(), &setVariableDescriptor(),    &traceDescriptor(),           &validateJwtDescriptor(),
  };
  static const policy::Catalogue catalogue(descriptors);
  return catalogue;
}

}  // namespace sluice::policies
