// Splits text into the pieces that byte pairs are merged within: the regular expressions of cl100k_base and o200k_base,
// by hand. Linear in the text for any input (each character is looked at a bounded number of times), no allocation.
#pragma once

#include <string_view>

#include "upstream/tokenizer.h"
#include "upstream/unicode_class.h"

namespace sluice::upstream {

class Splitter {
 public:
  // `text` must be valid UTF-8 and outlive this.
  Splitter(Encoding encoding, std::string_view text);

  // The next piece, never empty; false at the end. Pieces joined are the text.
  bool next(std::string_view& piece);

 private:
  struct Char {
    CharClass kind;
    unsigned char size;  // bytes
    char ascii;          // 0 for others
  };
  // A run of white space from some position on.
  struct WhiteSpace {
    size_t end;
    size_t last;           // where its last character begins
    size_t after_newline;  // behind its last \r or \n; 0: none
  };

  Char at(size_t position) const;
  Char decode(size_t position) const;
  size_t endCl100k(size_t from) const;
  size_t endO200k(size_t from) const;
  size_t contraction(size_t from) const;
  size_t numberEnd(size_t from) const;
  size_t punctuationEnd(size_t from) const;
  size_t mixedWordEnd(size_t from) const;
  size_t upperWordEnd(size_t from) const;
  size_t wordEnd(size_t from, Char first) const;
  WhiteSpace whiteSpace(size_t from) const;
  template <class Belongs>
  size_t runEnd(size_t from, Belongs belongs) const;

  const UnicodeClasses& classes_;
  const std::string_view text_;
  size_t position_ = 0;
  const Encoding encoding_;
};

}  // namespace sluice::upstream
