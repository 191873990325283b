// Documents as trees with positions: what JSON and YAML files become before anyone gives them meaning. Order of keys is
// kept; a key stands once in a mapping. A Document owns its text and its nodes and is immutable; nodes live as long as
// it does (and stay where they are when it is moved).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace sluice::text {

// Line and column in bytes, from 1. Line 0: nowhere in particular.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};

struct Member;

struct Node {
  enum class Kind : uint8_t { Null, Bool, Number, String, Sequence, Mapping };

  Kind kind = Kind::Null;
  Position position;
  std::string scalar;           // Bool, Number, String (and a Null's text): as written, escapes decoded
  std::vector<Node> items;      // Sequence
  std::vector<Member> members;  // Mapping

  bool isScalar() const { return kind != Kind::Sequence && kind != Kind::Mapping; }
  bool isMapping() const { return kind == Kind::Mapping; }
  bool isSequence() const { return kind == Kind::Sequence; }
  bool isNull() const { return kind == Kind::Null; }
  // A mapping's value; null when there is none or this is no mapping.
  const Node* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Position position;  // of the key
  Node value;
};

// "a string", "a list", ...: for messages.
std::string_view kindName(Node::Kind kind);

class Document {
 public:
  Document(std::string file, std::string text, Node root);

  const Node& root() const { return contents_->root; }
  const std::string& file() const { return contents_->file; }
  std::string_view text() const { return contents_->text; }
  Location at(Position position) const { return {contents_->file, position.line, position.column}; }
  // With the source line, for the caret.
  Diagnostic diagnostic(Severity severity, Position position, std::string message, std::string remedy = {}) const;

 private:
  struct Contents {
    std::string file, text;
    Node root;
  };
  std::shared_ptr<const Contents> contents_;
};

// How much a document may be (design: everything from a document is bounded).
struct Bounds {
  size_t bytes = 16u * 1024 * 1024;
  size_t depth = 100;
  size_t nodes = 1'000'000;  // after YAML's aliases are expanded
};

// An error for every key of `mapping` that is not in `known`, with the nearest one as suggestion. `what` names the
// mapping: "`limits`", "the document".
void expectKeys(const Document& document, const Node& mapping, std::span<const std::string_view> known,
                std::string_view what, Diagnostics& diagnostics, Severity severity = Severity::Error);
void expectKeys(const Document& document, const Node& mapping, std::initializer_list<std::string_view> known,
                std::string_view what, Diagnostics& diagnostics, Severity severity = Severity::Error);

// "Did you mean `x`?" or, when nothing is near, "Known here: a, b, c." (a dozen at most). Empty when nothing is known.
std::string suggestion(std::string_view name, std::span<const std::string_view> known);

}  // namespace sluice::text
