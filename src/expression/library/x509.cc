// System.Security.Cryptography.X509Certificates.
#include "expression/library/context_support.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

struct CertificateObject : Object {
  std::string_view der;
};

constexpr MemberRow kCertificate[] = {
    {"byte[] RawData { get; }", [](Call& c) { return newBytes(c.eval, c.object<CertificateObject>(0)->der); }},
};

}  // namespace

Value newCertificate(Eval& eval, std::string_view der) {
  if (der.empty()) return {};
  auto* object =
      newObject<CertificateObject>(eval, libraryType("System.Security.Cryptography.X509Certificates.X509Certificate2"));
  object->der = der;
  return Value::object(object);
}

void declareX509(Library& library) {
  library.add("class System.Security.Cryptography.X509Certificates.X509Certificate2 : IDisposable", kCertificate);
}

}  // namespace sluice::expression
