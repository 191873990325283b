// The syntax tree of one expression, as the parser makes it and the binder reads it. Nodes and their texts live in the
// arena given to the parser and in the source.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/value.h"

namespace sluice::expression {

enum class Syn : uint8_t {
  Error,
  // Expressions. `kids` as noted.
  Literal,              // value
  Interpolated,         // parts: Literal or Hole
  Hole,                 // expression [, alignment]; text: format
  Name,                 // text; types: type arguments
  Member,               // target; text; types; flags: kInvoked (by the binder)
  ConditionalAccess,    // receiver, rest (which begins at a ConditionalReceiver)
  ConditionalReceiver,  //
  Call,                 // callee, Argument...
  Index,                // target, Argument...
  Argument,             // expression; text: name; flags: kRef, kOut
  New,                  // type; Argument...; initializer
  NewArray,             // type: element; sizes...; initializer; number: rank
  ImplicitArray,        // initializer; number: rank
  Anonymous,            // InitMember...
  Initializer,          // expressions, InitMember, InitIndex, or nested Initializer
  InitMember,           // text = expression (or Initializer)
  InitIndex,            // value, Argument...
  Unary,                // operand; text: operator
  Postfix,              // operand; text
  Binary,               // left, right; text
  Assign,               // target, value; text: "=", "+=", ...
  Conditional,          // condition, then, else
  Cast,                 // expression; type
  Is,                   // expression, pattern
  As,                   // expression; type
  Lambda,               // Parameter..., body (expression or Block); aliases
  Tuple,                // Argument...
  Default,              // type
  TypeOf,               // type
  NameOf,               // expression
  Checked,              // expression (or Block); flags: kUnchecked
  Throw,                // expression, or none: rethrow (also a statement)
  Declaration,          // type; text: name (out var x, (int a, ...))
  DeclarationTuple,     // Declaration... (var (x, y))
  Discard,
  // Patterns
  PatternConstant,  // expression
  PatternType,      // type; text: name or empty
  PatternVar,       // text
  // Types
  TypeName,      // text: dotted; types: arguments
  TypeArray,     // type: element; number: rank
  TypeNullable,  // type
  TypeTuple,     // Declaration...
  TypeVar,
  // Statements
  Block,       // statements
  Local,       // type; Declarator...; flags: kConst
  Declarator,  // [initializer]; text: name
  Evaluate,    // expression
  If,          // condition, then [, else]
  For,         // Block of initialisers, condition or null, Block of iterators, body
  Foreach,     // sequence, body; type; text: name (or DeclarationTuple as third kid)
  While,       // condition, body
  Do,          // body, condition
  Switch,      // value, Section...
  Section,     // labels (Case, DefaultLabel)..., statements; number: labels
  Case,        // pattern [, guard]
  DefaultLabel,
  Break,
  Continue,
  Goto,         // text
  GotoCase,     // expression
  GotoDefault,  //
  Label,        // text; statement
  Return,       // [expression]
  Try,          // Block, Catch..., [Finally]
  Catch,        // Block [, guard]; type; text
  Finally,      // Block
  Using,        // Local or expression, body
  Function,     // Parameter..., body; type: result; text; names: type parameters
  Parameter,    // [default]; type (may be null); text; flags: kRef, kOut, kParams
  YieldReturn,  // expression
  YieldBreak,
  Empty,
};

enum SyntaxFlags : uint8_t { kRef = 1, kOut = 2, kParams = 4, kConst = 8, kUnchecked = 16, kInvoked = 32 };

struct Syntax {
  struct Alias {
    std::string_view name;
    Syntax* access;
  };

  Syn kind = Syn::Error;
  uint8_t flags = 0;
  uint32_t offset = 0;
  uint32_t end = 0;
  uint32_t number = 0;
  std::string_view text;
  Syntax* type = nullptr;
  Syntax* initializer = nullptr;
  std::span<Syntax*> kids;
  std::span<Syntax*> types;
  std::span<std::string_view> names;
  std::span<Alias> aliases;
  Value value;
};

// One mistake in an expression; offset into its source.
struct Mistake {
  size_t offset = 0;
  std::string message;
  std::string remedy;
};
using Mistakes = std::vector<Mistake>;

}  // namespace sluice::expression
