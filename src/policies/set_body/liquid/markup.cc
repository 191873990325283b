#include "policies/set_body/liquid/markup.h"

#include <fmt/format.h>

#include <charconv>

#include "base/diagnostic.h"
#include "base/encoding.h"

namespace sluice::policies::liquid {
namespace {

constexpr size_t kMaxDepth = 20;  // of ranges and indexes in each other

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool startsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool continuesName(char c) {
  return startsName(c) || isDigit(c) || c == '-';
}

}  // namespace

void Markup::skipSpace() {
  while (at_ < text_.size() && isBlank(text_[at_])) ++at_;
}
bool Markup::atEnd() {
  skipSpace();
  return at_ >= text_.size();
}
bool Markup::take(char c) {
  skipSpace();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}
bool Markup::takeWord(std::string_view word) {
  skipSpace();
  if (!text_.substr(at_).starts_with(word)) return false;
  const size_t end = at_ + word.size();
  if (end < text_.size() && continuesName(text_[end])) return false;
  at_ = end;
  return true;
}
std::string_view Markup::name() {
  skipSpace();
  if (at_ >= text_.size() || !startsName(text_[at_])) return {};
  const size_t from = at_;
  while (at_ < text_.size() && continuesName(text_[at_])) ++at_;
  return text_.substr(from, at_ - from);
}
bool Markup::fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
  return false;
}
bool Markup::expectEnd() {
  return atEnd() || fail(fmt::format("unexpected `{}`", text_.substr(at_, 30)));
}

bool Markup::quoted(std::string& out) {
  const char quote = text_[at_];
  const size_t end = text_.find(quote, at_ + 1);
  if (end == std::string_view::npos) return fail("this text has no end");
  out = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return true;
}

bool Markup::number(Operand& out) {
  const size_t from = at_;
  if (text_[at_] == '-' || text_[at_] == '+') ++at_;
  while (at_ < text_.size() && isDigit(text_[at_])) ++at_;
  bool real = false;
  // "1..5" is a range.
  if (at_ + 1 < text_.size() && text_[at_] == '.' && isDigit(text_[at_ + 1])) {
    real = true;
    ++at_;
    while (at_ < text_.size() && isDigit(text_[at_])) ++at_;
  }
  std::string_view digits = text_.substr(from, at_ - from);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  out.kind = real ? Operand::Kind::Real : Operand::Kind::Whole;
  out.text = digits;
  if (real) return true;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.whole);
  return (error == std::errc() && end == digits.data() + digits.size()) || fail("this number is too large");
}

bool Markup::operand(Operand& out, size_t depth) {
  if (depth > kMaxDepth) return fail("this is nested too deep");
  if (atEnd()) return fail("a value is missing");
  const char c = text_[at_];
  if (c == '"' || c == '\'') {
    out.kind = Operand::Kind::Text;
    return quoted(out.text);
  }
  const bool sign = (c == '-' || c == '+') && at_ + 1 < text_.size() && isDigit(text_[at_ + 1]);
  if (isDigit(c) || sign) return number(out);
  if (take('(')) {
    out.kind = Operand::Kind::Range;
    out.from = std::make_unique<Operand>();
    out.to = std::make_unique<Operand>();
    if (!operand(*out.from, depth + 1)) return false;
    if (!take('.') || !take('.')) return fail("a range is written as (1..5)");
    return operand(*out.to, depth + 1) && (take(')') || fail("`)` is missing"));
  }
  return path(out, depth);
}

bool Markup::path(Operand& out, size_t depth) {
  const std::string_view first = name();
  if (first.empty()) return fail(fmt::format("unexpected `{}`", text_.substr(at_, 30)));
  static constexpr std::pair<std::string_view, Operand::Kind> kWords[] = {
      {"true", Operand::Kind::True}, {"false", Operand::Kind::False}, {"nil", Operand::Kind::Null},
      {"null", Operand::Kind::Null}, {"empty", Operand::Kind::Empty}, {"blank", Operand::Kind::Empty},
  };
  for (const auto& [word, kind] : kWords) {
    if (first != word) continue;
    out.kind = kind;
    return true;
  }
  out.kind = Operand::Kind::Path;
  out.text = first;
  names_.emplace_back(first);
  for (;;) {
    if (at_ + 1 < text_.size() && text_[at_] == '.' && startsName(text_[at_ + 1])) {
      ++at_;
      std::string_view step = name();
      // `a.b?`: Ruby's questions have the same name without the mark.
      if (at_ < text_.size() && text_[at_] == '?') ++at_;
      out.steps.push_back({std::string(step), nullptr});
    } else if (at_ < text_.size() && text_[at_] == '[') {
      ++at_;
      auto index = std::make_unique<Operand>();
      if (!operand(*index, depth + 1)) return false;
      if (!take(']')) return fail("`]` is missing");
      out.steps.push_back({{}, std::move(index)});
    } else {
      return true;
    }
  }
}

bool Markup::filter(FilterCall& out) {
  const size_t from = at_;
  const std::string_view wanted = name();
  if (wanted.empty()) return fail("a filter's name is missing");
  out.filter = findFilter(wanted);
  if (out.filter == nullptr) {
    const auto names = filterNames();
    for (const auto known : names)
      if (equalsIgnoreCase(known, wanted))
        return fail(fmt::format("there is no filter `{}`: it is called `{}` here", wanted, known));
    const auto near = nearest(wanted, names);
    at_ = from;
    return fail(fmt::format("there is no filter `{}`{}", wanted,
                            near.empty() ? std::string() : fmt::format("; did you mean `{}`?", near)));
  }
  if (take(':')) {
    do {
      Operand argument;
      if (!operand(argument, 0)) return false;
      out.arguments.push_back(std::move(argument));
    } while (take(','));
  }
  const size_t given = out.arguments.size();
  if (given < out.filter->least || given > out.filter->most)
    return fail(fmt::format("the filter `{}` takes {} arguments, not {}", wanted,
                            out.filter->least == out.filter->most
                                ? std::to_string(out.filter->least)
                                : fmt::format("{} to {}", out.filter->least, out.filter->most),
                            given));
  return true;
}

bool Markup::output(Output& out) {
  if (!operand(out.operand, 0)) return false;
  while (take('|')) {
    FilterCall call;
    if (!filter(call)) return false;
    out.filters.push_back(std::move(call));
  }
  return expectEnd();
}

bool Markup::comparator(Compare& out) {
  static constexpr std::pair<std::string_view, Compare> kSigns[] = {
      {"==", Compare::Equal},       {"!=", Compare::NotEqual},       {"<>", Compare::NotEqual},
      {"<=", Compare::LessOrEqual}, {">=", Compare::GreaterOrEqual}, {"<", Compare::Less},
      {">", Compare::Greater},
  };
  static constexpr std::pair<std::string_view, Compare> kWords[] = {
      {"contains", Compare::Contains},     {"Contains", Compare::Contains},     {"startsWith", Compare::StartsWith},
      {"StartsWith", Compare::StartsWith}, {"startswith", Compare::StartsWith}, {"endsWith", Compare::EndsWith},
      {"EndsWith", Compare::EndsWith},     {"endswith", Compare::EndsWith},     {"hasKey", Compare::HasKey},
      {"HasKey", Compare::HasKey},         {"haskey", Compare::HasKey},         {"hasValue", Compare::HasValue},
      {"HasValue", Compare::HasValue},     {"hasvalue", Compare::HasValue},
  };
  skipSpace();
  for (const auto& [sign, how] : kSigns) {
    if (!text_.substr(at_).starts_with(sign)) continue;
    at_ += sign.size();
    out = how;
    return true;
  }
  for (const auto& [word, how] : kWords) {
    if (!takeWord(word)) continue;
    out = how;
    return true;
  }
  return false;
}

bool Markup::comparison(Comparison& out) {
  if (!operand(out.left, 0)) return false;
  if (!comparator(out.how)) return true;
  return operand(out.right, 0);
}

bool Markup::condition(Condition& out) {
  for (;;) {
    Comparison next;
    if (!comparison(next)) return false;
    out.parts.push_back(std::move(next));
    if (takeWord("and")) {
      out.ands.push_back(true);
    } else if (takeWord("or")) {
      out.ands.push_back(false);
    } else {
      return expectEnd();
    }
  }
}

}  // namespace sluice::policies::liquid
