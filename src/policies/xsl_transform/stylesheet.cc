#include "policies/xsl_transform/stylesheet.h"

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <libxslt/documents.h>
#include <libxslt/imports.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xslt.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace sluice::policies {
namespace {

constexpr size_t kMaxInput = 32u << 20;
constexpr unsigned long kMaxOperations = 2'000'000;  // instructions of one transformation
constexpr unsigned long kMaxPathSteps = 20'000'000;  // of all its XPath expressions
constexpr int kMaxTemplateDepth = 500;
constexpr int kMaxTemplateVariables = 5'000;

struct Free {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
  void operator()(xsltStylesheet* sheet) const { xsltFreeStylesheet(sheet); }
  void operator()(xsltTransformContext* context) const { xsltFreeTransformContext(context); }
  void operator()(xsltSecurityPrefs* preferences) const { xsltFreeSecurityPrefs(preferences); }
  void operator()(xmlChar* text) const { xmlFree(text); }
};
template <class T>
using Ptr = std::unique_ptr<T, Free>;

// Where libxslt's messages go, one transformation at a time on a thread.
void collect(void* to, const char* format, ...) __attribute__((format(printf, 2, 3)));
void collect(void* to, const char* format, ...) {
  auto& text = *static_cast<std::string*>(to);
  if (text.size() > 2000) return;
  char line[500];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text += line;
}

void ignore(void*, const char*, ...) {}

// Stylesheets and documents are what they are: nothing else is read, for xsl:import, xsl:include and document().
xmlDocPtr loadNothing(const xmlChar*, xmlDictPtr, int, void*, xsltLoadType) {
  return nullptr;
}

const Ptr<xsltSecurityPrefs>& security() {
  static const Ptr<xsltSecurityPrefs> preferences = [] {
    xmlInitParser();
    xsltInit();
    xsltSetLoaderFunc(&loadNothing);
    xsltSetGenericErrorFunc(nullptr, &ignore);
    Ptr<xsltSecurityPrefs> made(xsltNewSecurityPrefs());
    for (const auto what : {XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
                            XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK})
      xsltSetSecurityPrefs(made.get(), what, &xsltSecurityForbid);
    return made;
  }();
  return preferences;
}

// Messages in one line, not too long.
std::string oneLine(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 300)) {
    if (static_cast<unsigned char>(c) >= 0x20) {
      line += c;
    } else if (!line.empty() && !line.ends_with("; ")) {
      line += "; ";
    }
  }
  while (line.ends_with(' ') || line.ends_with(';')) line.pop_back();
  return line;
}

Result<Ptr<xmlDoc>> parse(std::string_view text) {
  if (text.size() > kMaxInput) return fail("it is too large");
  const Ptr<xmlParserCtxt> parser(xmlNewParserCtxt());
  if (parser == nullptr) return fail("there is no memory");
  // No entities put in, no DTD read, nothing fetched; libxml2's own bounds on depth and size stay.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  Ptr<xmlDoc> document(
      xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, kOptions));
  if (document != nullptr) return document;
  const xmlError* error = xmlCtxtGetLastError(parser.get());
  if (error == nullptr || error->message == nullptr) return fail("it is not XML");
  return fail("it is not XML: line " + std::to_string(error->line) + ": " + oneLine(error->message));
}

// The generic handlers are the library's, for all threads: compiling, which has no handler of its own, takes turns.
std::mutex& compiling() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

struct Stylesheet::Impl {
  Ptr<xsltStylesheet> sheet;
};

Stylesheet::Stylesheet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stylesheet::~Stylesheet() = default;

Result<std::shared_ptr<const Stylesheet>> Stylesheet::compile(std::string_view text) {
  security();
  auto document = parse(text);
  if (!document) return tl::make_unexpected(document.error());
  const std::scoped_lock lock(compiling());
  std::string messages;
  xsltSetGenericErrorFunc(&messages, &collect);
  Ptr<xsltStylesheet> sheet(xsltParseStylesheetDoc(document->get()));
  xsltSetGenericErrorFunc(nullptr, &ignore);
  if (sheet != nullptr) document->release();  // it belongs to the stylesheet now
  if (sheet == nullptr || sheet->errors > 0)
    return fail(messages.empty() ? "libxslt does not take it" : oneLine(messages));
  auto impl = std::make_unique<Impl>();
  impl->sheet = std::move(sheet);
  return std::shared_ptr<const Stylesheet>(new Stylesheet(std::move(impl)));
}

Result<std::string> Stylesheet::transform(std::string_view xml, const Parameters& parameters, size_t limit) const {
  auto document = parse(xml);
  if (!document) return tl::make_unexpected(document.error());
  xsltStylesheet* sheet = impl_->sheet.get();
  const Ptr<xsltTransformContext> context(xsltNewTransformContext(sheet, document->get()));
  if (context == nullptr) return fail("there is no memory");
  std::string messages;
  xsltSetTransformErrorFunc(context.get(), &messages, &collect);
  xsltSetCtxtSecurityPrefs(security().get(), context.get());
  context->opLimit = kMaxOperations;
  context->maxTemplateDepth = kMaxTemplateDepth;
  context->maxTemplateVars = kMaxTemplateVariables;
  context->xpathCtxt->opLimit = kMaxPathSteps;
  for (const auto& [name, value] : parameters)
    xsltQuoteOneUserParam(context.get(), reinterpret_cast<const xmlChar*>(name.c_str()),
                          reinterpret_cast<const xmlChar*>(value.c_str()));
  const Ptr<xmlDoc> result(xsltApplyStylesheetUser(sheet, document->get(), nullptr, nullptr, nullptr, context.get()));
  if (result == nullptr || context->state == XSLT_STATE_ERROR || context->state == XSLT_STATE_STOPPED)
    return fail(messages.empty() ? "the transformation failed" : oneLine(messages));
  xmlChar* raw = nullptr;
  int size = 0;
  const bool saved = xsltSaveResultToString(&raw, &size, result.get(), sheet) == 0;
  const Ptr<xmlChar> text(raw);
  if (!saved) return fail("its output cannot be written");
  if (static_cast<size_t>(size) > limit) return fail("the result is larger than this gateway buffers");
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text.get()), size_t(size));
}

}  // namespace sluice::policies
