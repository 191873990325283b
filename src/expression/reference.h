// The reference page of the library: every type and member with its C# signature. Generated from the declarations that
// binding uses, so it cannot tell of what does not exist.
#pragma once

#include <string>
#include <string_view>

namespace sluice::expression {

// docs/reference/expressions.md
std::string expressionsReference();

// A sentence on each declared type, by full name, and on members that their signature does not explain, by
// "Type.Member" (reference_text.cc). Empty: none.
std::string_view typeSentence(std::string_view full_name);
std::string_view memberSentence(std::string_view full_type_name, std::string_view member);
// Entries of those tables that name nothing declared: "System.Strnig"; for the test.
std::string staleSentences();

}  // namespace sluice::expression
