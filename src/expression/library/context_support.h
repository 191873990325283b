// Shared by the files of the context object.
#pragma once

#include "expression/collection.h"
#include "expression/context.h"
#include "expression/library.h"

namespace sluice::expression {

Value requestObject(Call& c);
Value responseObject(Eval& eval, ResponseView* response);  // null for null
Value urlObject(Eval& eval, const UrlParts& parts);
// IReadOnlyDictionary<string, string[]> over headers, query or claims. `map` must live as long as the arena.
Value multiMapObject(Eval& eval, const MultiMap& map);
// X509Certificate2 of DER bytes; null for none (x509.cc).
Value newCertificate(Eval& eval, std::string_view der);

}  // namespace sluice::expression
