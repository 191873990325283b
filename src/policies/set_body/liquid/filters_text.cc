#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "policies/set_body/liquid/filters.h"

namespace sluice::policies::liquid {
namespace {

using Args = std::span<const Value>;

constexpr size_t kMaxText = 16u << 20;

// A text that a filter has made; too long is too much work.
Value made(Values& values, const std::string& text) {
  if (text.size() > kMaxText) {
    values.eval().raiseBudget("memory");
    return {};
  }
  return values.text(text);
}

std::u16string_view units(Values& values, const Value& value) {
  return expression::widen(values.arena(), values.print(value));
}
Value fromUnits(Values& values, std::u16string_view text) {
  return values.view(expression::toUtf8(values.arena(), expression::fromUnits(text)));
}

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
std::string_view trimLeft(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view trimRight(std::string_view text) {
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

template <char16_t (*Change)(char16_t)>
Value changeCase(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  std::u16string text(units(values, args[0]));
  for (char16_t& unit : text) unit = Change(unit);
  return fromUnits(values, text);
}

// TextInfo.ToTitleCase, as DotLiquid has it: the first letter of each word; words that are all capitals stay.
Value capitalize(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  std::u16string text(units(values, args[0]));
  for (size_t at = 0; at < text.size();) {
    if (!expression::isLetter(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    bool all_upper = true;
    while (end < text.size() && (expression::isLetter(text[end]) || text[end] == u'\'')) {
      all_upper = all_upper && !expression::isLower(text[end]);
      ++end;
    }
    if (!all_upper || end - at == 1) {
      text[at] = expression::toUpperInvariant(text[at]);
      for (size_t i = at + 1; i < end; ++i) text[i] = expression::toLowerInvariant(text[i]);
    }
    at = end;
  }
  return fromUnits(values, text);
}

Value append(Values& values, Args args) {
  return made(values, std::string(values.print(args[0])).append(values.print(args[1])));
}
Value prepend(Values& values, Args args) {
  return made(values, std::string(values.print(args[1])).append(values.print(args[0])));
}

enum class Which : uint8_t { All, First };
std::string replaced(Values& values, std::string_view text, std::string_view from, std::string_view to, Which which) {
  std::string out;
  if (from.empty()) return std::string(text);
  size_t at = 0;
  for (size_t found = text.find(from); found != std::string_view::npos && values.eval().step();
       found = text.find(from, at)) {
    out.append(text.substr(at, found - at)).append(to);
    at = found + from.size();
    if (which == Which::First || out.size() > kMaxText) break;
  }
  return out.append(text.substr(at));
}

template <Which Wanted>
Value replace(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  const std::string_view to = args.size() > 2 ? values.print(args[2]) : std::string_view();
  return made(values, replaced(values, values.print(args[0]), values.print(args[1]), to, Wanted));
}

Value strip(Values& values, Args args) {
  return values.view(trimLeft(trimRight(values.print(args[0]))));
}
Value lstrip(Values& values, Args args) {
  return values.view(trimLeft(values.print(args[0])));
}
Value rstrip(Values& values, Args args) {
  return values.view(trimRight(values.print(args[0])));
}

Value stripNewlines(Values& values, Args args) {
  std::string out;
  for (const char c : values.print(args[0]))
    if (c != '\n' && c != '\r') out += c;
  return values.text(out);
}
Value newlineToBr(Values& values, Args args) {
  std::string out;
  const std::string_view text = values.print(args[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i] == '\n' ? "<br />\n" : std::string(1, text[i]);
  }
  return made(values, out);
}

// Elements, comments, scripts with what is in them.
Value stripHtml(Values& values, Args args) {
  std::string_view text = values.print(args[0]);
  std::string out;
  const auto skipTo = [&](std::string_view end) {
    const size_t at = text.find(end);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  };
  while (!text.empty()) {
    if (text.starts_with("<!--")) {
      skipTo("-->");
    } else if (text.starts_with("<script")) {
      skipTo("</script>");
    } else if (text.starts_with("<style")) {
      skipTo("</style>");
    } else if (text.front() == '<' && text.find('>') != std::string_view::npos) {
      skipTo(">");
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return values.text(out);
}

Value escape(Values& values, Args args) {
  std::string out;
  for (const char c : values.print(args[0])) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return made(values, out);
}

// WebUtility's: letters, digits and -_.!*() stand; a blank is a plus.
Value urlEncode(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  std::string out;
  for (const char c : values.print(args[0])) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-_.!*()").find(c) != std::string_view::npos;
    static constexpr char kHex[] = "0123456789ABCDEF";
    if (c == ' ') {
      out += '+';
    } else if (plain) {
      out += c;
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return made(values, out);
}
Value urlDecode(Values& values, Args args) {
  return args[0].isNull() ? args[0] : values.text(percentDecode(values.print(args[0]), true));
}

Value slice(Values& values, Args args) {
  const auto from = values.integer(args[1]);
  const auto wanted = args.size() > 2 ? values.integer(args[2]) : std::optional<int64_t>(1);
  if (!from || !wanted || args[0].isNull()) return args[0];
  const auto bounded = [&](int64_t size, int64_t& begin, int64_t& count) {
    begin = *from < 0 ? *from + size : *from;
    count = *wanted;
    if (begin < 0) {
      count += begin;
      begin = 0;
    }
    begin = std::min(begin, size);
    count = std::clamp<int64_t>(count, 0, size - begin);
  };
  int64_t begin = 0, count = 0;
  if (args[0].isArray()) {
    const auto all = values.items(args[0]);
    bounded(static_cast<int64_t>(all.size()), begin, count);
    return Value::list(all.subspan(static_cast<size_t>(begin), static_cast<size_t>(count)));
  }
  const auto text = units(values, args[0]);
  bounded(static_cast<int64_t>(text.size()), begin, count);
  return fromUnits(values, text.substr(static_cast<size_t>(begin), static_cast<size_t>(count)));
}

Value truncate(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  const auto length = args.size() > 1 ? values.integer(args[1]) : std::optional<int64_t>(50);
  const std::u16string_view more = args.size() > 2 ? units(values, args[2]) : u"...";
  const std::u16string_view text = units(values, args[0]);
  if (!length || *length < 0 || text.size() <= static_cast<size_t>(*length)) return args[0];
  const size_t kept = static_cast<size_t>(*length) > more.size() ? static_cast<size_t>(*length) - more.size() : 0;
  std::u16string cut(text.substr(0, kept));
  return fromUnits(values, cut.append(more));
}

Value truncateWords(Values& values, Args args) {
  if (args[0].isNull()) return args[0];
  const auto count = args.size() > 1 ? values.integer(args[1]) : std::optional<int64_t>(15);
  const std::string_view more = args.size() > 2 ? values.print(args[2]) : "...";
  std::string_view text = values.print(args[0]);
  std::string out;
  int64_t words = 0;
  const int64_t most = std::max<int64_t>(count.value_or(15), 1);
  for (text = trimLeft(text); !text.empty(); text = trimLeft(text)) {
    const size_t end =
        std::min(text.size(), static_cast<size_t>(std::find_if(text.begin(), text.end(), isBlank) - text.begin()));
    if (words++ == most) return made(values, out.append(more));
    if (!out.empty()) out += ' ';
    out.append(text.substr(0, end));
    text.remove_prefix(end);
  }
  return args[0];
}

Value split(Values& values, Args args) {
  const std::string_view text = values.print(args[0]);
  const std::string_view separator = values.print(args[1]);
  std::vector<Value> parts;
  if (separator.empty()) {
    for (const char16_t& unit : units(values, args[0])) parts.push_back(fromUnits(values, {&unit, 1}));
    return values.list(parts);
  }
  size_t at = 0;
  while (values.eval().step()) {
    const size_t found = text.find(separator, at);
    const std::string_view part = text.substr(at, found == std::string_view::npos ? found : found - at);
    // .NET's RemoveEmptyEntries.
    if (!part.empty()) parts.push_back(values.view(part));
    if (found == std::string_view::npos) break;
    at = found + separator.size();
  }
  return values.list(parts);
}

constexpr Filter kFilters[] = {
    {"Append", 1, 1, append},
    {"Capitalize", 0, 0, capitalize},
    {"Downcase", 0, 0, changeCase<expression::toLowerInvariant>},
    {"Escape", 0, 0, escape},
    {"H", 0, 0, escape},
    {"Lstrip", 0, 0, lstrip},
    {"NewlineToBr", 0, 0, newlineToBr},
    {"Prepend", 1, 1, prepend},
    {"Remove", 1, 1, replace<Which::All>},
    {"RemoveFirst", 1, 1, replace<Which::First>},
    {"Replace", 1, 2, replace<Which::All>},
    {"ReplaceFirst", 1, 2, replace<Which::First>},
    {"Rstrip", 0, 0, rstrip},
    {"Slice", 1, 2, slice},
    {"Split", 1, 1, split},
    {"Strip", 0, 0, strip},
    {"StripHtml", 0, 0, stripHtml},
    {"StripNewlines", 0, 0, stripNewlines},
    {"Truncate", 0, 2, truncate},
    {"TruncateWords", 0, 2, truncateWords},
    {"Upcase", 0, 0, changeCase<expression::toUpperInvariant>},
    {"UrlDecode", 0, 0, urlDecode},
    {"UrlEncode", 0, 0, urlEncode},
};

}  // namespace

std::span<const Filter> textFilters() {
  return kFilters;
}

}  // namespace sluice::policies::liquid
