// An XML body as liquid templates see it: elements by their local names, several of one name as an array, an element
// with text alone as a text. Attributes are members too where no element has the name; what text an element has beside
// them is its value when it is printed.
#pragma once

#include <string>
#include <string_view>

#include "expression/eval.h"
#include "expression/json/token.h"

namespace sluice::policies::liquid {

enum class Nil : uint8_t { Blank, Null };  // what an element with xsi:nil="true" is: "" or null

// Null: it is no XML document, and `error` says why.
expression::JToken* parseXmlBody(expression::Eval& eval, std::string_view xml, Nil nil, std::string& error);

}  // namespace sluice::policies::liquid
