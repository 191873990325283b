// Scanner: a policy document as tags and texts. XML, with two differences that APIM's rawxml form needs (reference
// section 3.2): an attribute value or element text that begins with `@(` or `@{` is C# up to its matching bracket, and
// is not searched for markup. No DTD, so no entities but the five of XML and character references. Offsets count bytes
// of the text given; the text must outlive the tokens. Made for hostile input: linear time, every size bounded, it
// stops at the first mistake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/expression_span.h"

namespace sluice::policy {

struct ScanLimits {
  size_t bytes = 512 * 1024;  // reference section 7: the largest that APIM takes
  size_t depth = 100;
  size_t elements = 20'000;
  size_t attributes = 64;  // of one element
};

struct ScanError {
  size_t offset = 0;
  std::string message;
  std::string remedy;
};

enum class TextKind : uint8_t { Literal, Expression };

// A value as it stands in the document. Decode: references in it are still to be replaced.
struct ScannedText {
  TextKind kind = TextKind::Literal;
  Entities entities = Entities::Verbatim;
  std::string_view raw;
  size_t offset = 0;  // of raw
};

struct ScannedAttribute {
  std::string_view name;
  size_t offset = 0;  // of the name
  ScannedText value;
};

struct Token {
  enum class Kind : uint8_t { StartTag, EndTag, Text } kind = Kind::Text;
  size_t offset = 0;          // of the first byte: `<`, or the text's
  size_t end = 0;             // one past the last
  std::string_view name;      // of a tag
  bool self_closing = false;  // a StartTag that no EndTag follows
  std::vector<ScannedAttribute> attributes;
  ScannedText text;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text, const ScanLimits& limits = {});

  // The next tag or text, or false at the end and after a mistake. Comments and processing instructions are passed
  // over. Tags match: an EndTag is always that of the innermost open element; one root.
  bool next(Token& token);
  const std::optional<ScanError>& error() const { return error_; }

 private:
  struct Open {
    std::string_view name;
    size_t offset;
    bool has_content;  // anything but white space so far: an expression cannot begin any more
  };

  bool stop(size_t offset, std::string message, std::string remedy = {});
  bool markup(Token& token, bool& produced);
  bool passOver(std::string_view opening, std::string_view closing, std::string_view what);
  bool cdata(Token& token);
  bool startTag(Token& token);
  bool endTag(Token& token);
  bool attribute(Token& token);
  bool attributeValue(ScannedText& value, char quote);
  bool characters(Token& token);
  bool expressionText(ScannedText& text, size_t begin, char terminator);
  bool checkEntities(ScannedText& text);
  bool finish();
  std::string_view name();
  void skipSpace();
  size_t lineOf(size_t offset) const;

  std::string_view text_;
  ScanLimits limits_;
  size_t at_ = 0;
  size_t elements_ = 0;
  bool seen_root_ = false;
  std::vector<Open> open_;
  std::optional<ScanError> error_;
};

bool isXmlSpace(char c);
std::string_view trimXmlSpace(std::string_view text);

}  // namespace sluice::policy
