#include "policies/builtin.h"

#include "policies/authentication_basic/authentication_basic.h"
#include "policies/authentication_certificate/authentication_certificate.h"
#include "policies/authentication_managed_identity/authentication_managed_identity.h"
#include "policies/cache_lookup/cache_lookup.h"
#include "policies/cache_lookup_value/cache_lookup_value.h"
#include "policies/cache_remove_value/cache_remove_value.h"
#include "policies/cache_store/cache_store.h"
#include "policies/cache_store_value/cache_store_value.h"
#include "policies/cache_value/cache_value.h"
#include "policies/check_header/check_header.h"
#include "policies/choose/choose.h"
#include "policies/cors/cors.h"
#include "policies/cross_domain/cross_domain.h"
#include "policies/emit_metric/emit_metric.h"
#include "policies/find_and_replace/find_and_replace.h"
#include "policies/forward_request/forward_request.h"
#include "policies/get_authorization_context/get_authorization_context.h"
#include "policies/include_fragment/include_fragment.h"
#include "policies/invoke_request/invoke_request.h"
#include "policies/ip_filter/ip_filter.h"
#include "policies/json_to_xml/json_to_xml.h"
#include "policies/jsonp/jsonp.h"
#include "policies/limit_concurrency/limit_concurrency.h"
#include "policies/log_to_eventhub/log_to_eventhub.h"
#include "policies/mock_response/mock_response.h"
#include "policies/proxy/proxy.h"
#include "policies/quota/quota.h"
#include "policies/quota_by_key/quota_by_key.h"
#include "policies/rate_limit/rate_limit.h"
#include "policies/rate_limit_by_key/rate_limit_by_key.h"
#include "policies/redirect_content_urls/redirect_content_urls.h"
#include "policies/retry/retry.h"
#include "policies/return_response/return_response.h"
#include "policies/rewrite_uri/rewrite_uri.h"
#include "policies/send_one_way_request/send_one_way_request.h"
#include "policies/send_request/send_request.h"
#include "policies/set_backend_service/set_backend_service.h"
#include "policies/set_body/set_body.h"
#include "policies/set_header/set_header.h"
#include "policies/set_method/set_method.h"
#include "policies/set_query_parameter/set_query_parameter.h"
#include "policies/set_status/set_status.h"
#include "policies/set_variable/set_variable.h"
#include "policies/trace/trace.h"
#include "policies/validate_azure_ad_token/validate_azure_ad_token.h"
#include "policies/validate_client_certificate/validate_client_certificate.h"
#include "policies/validate_content/validate_content.h"
#include "policies/validate_headers/validate_headers.h"
#include "policies/validate_jwt/validate_jwt.h"
#include "policies/validate_parameters/validate_parameters.h"
#include "policies/validate_status_code/validate_status_code.h"
#include "policies/wait/wait.h"
#include "policies/xml_to_json/xml_to_json.h"
#include "policies/xsl_transform/xsl_transform.h"

namespace sluice::policies {

const policy::Catalogue& builtinCatalogue() {
  static const policy::Descriptor* const descriptors[] = {
      &authenticationBasicDescriptor(),
      &authenticationCertificateDescriptor(),
      &authenticationManagedIdentityDescriptor(),
      &cacheLookupDescriptor(),
      &cacheLookupValueDescriptor(),
      &cacheRemoveValueDescriptor(),
      &cacheStoreDescriptor(),
      &cacheStoreValueDescriptor(),
      &cacheValueDescriptor(),
      &checkHeaderDescriptor(),
      &chooseDescriptor(),
      &corsDescriptor(),
      &crossDomainDescriptor(),
      &emitMetricDescriptor(),
      &findAndReplaceDescriptor(),
      &forwardRequestDescriptor(),
      &getAuthorizationContextDescriptor(),
      &includeFragmentDescriptor(),
      &invokeRequestDescriptor(),
      &ipFilterDescriptor(),
      &jsonpDescriptor(),
      &jsonToXmlDescriptor(),
      &limitConcurrencyDescriptor(),
      &logToEventhubDescriptor(),
      &mockResponseDescriptor(),
      &proxyDescriptor(),
      &quotaByKeyDescriptor(),
      &quotaDescriptor(),
      &rateLimitByKeyDescriptor(),
      &rateLimitDescriptor(),
      &redirectContentUrlsDescriptor(),
      &retryDescriptor(),
      &returnResponseDescriptor(),
      &rewriteUriDescriptor(),
      &sendOneWayRequestDescriptor(),
      &sendRequestDescriptor(),
      &setBackendServiceDescriptor(),
      &setBodyDescriptor(),
      &setHeaderDescriptor(),
      &setMethodDescriptor(),
      &setQueryParameterDescriptor(),
      &setStatusDescriptor(),
      &setVariableDescriptor(),
      &traceDescriptor(),
      &validateAzureAdTokenDescriptor(),
      &validateClientCertificateDescriptor(),
      &validateContentDescriptor(),
      &validateHeadersDescriptor(),
      &validateJwtDescriptor(),
      &validateParametersDescriptor(),
      &validateStatusCodeDescriptor(),
      &waitDescriptor(),
      &xmlToJsonDescriptor(),
      &xslTransformDescriptor(),
  };
  static const policy::Catalogue catalogue(descriptors);
  return catalogue;
}

}  // namespace sluice::policies
