#include "config/named_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice::config {
namespace {

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// The end of the name that begins at `begin` (after "{{"), when "}}" follows it; else npos.
size_t nameEnd(std::string_view text, size_t begin) {
  size_t end = begin;
  while (end < text.size() && isNameCharacter(text[end])) ++end;
  return end > begin && text.substr(end).starts_with("}}") ? end : std::string_view::npos;
}

// Knows where braces may mean something else: comments, and liquid templates, whose own syntax is {{...}}. Asked with
// ascending offsets.
class LenientRanges {
 public:
  explicit LenientRanges(std::string_view text) : text_(text) {}

  bool contains(size_t offset) { return inComment(offset) || inLiquid(offset); }

 private:
  bool inComment(size_t offset) {
    while (comment_end_ <= offset) {
      comment_begin_ = text_.find("<!--", comment_end_);
      if (comment_begin_ == std::string_view::npos) comment_begin_ = text_.size();
      const size_t close = text_.find("-->", comment_begin_);
      comment_end_ = close == std::string_view::npos ? text_.size() + 1 : close;
    }
    return offset >= comment_begin_;
  }

  bool inLiquid(size_t offset) {
    while (liquid_end_ <= offset) {
      liquid_begin_ = text_.find("<set-body", liquid_end_);
      if (liquid_begin_ == std::string_view::npos) {
        liquid_begin_ = liquid_end_ = text_.size() + 1;
        break;
      }
      const size_t tag_end = text_.find('>', liquid_begin_);
      const auto tag =
          text_.substr(liquid_begin_, tag_end == std::string_view::npos ? tag_end : tag_end - liquid_begin_);
      const bool liquid =
          tag.find("\"liquid\"") != std::string_view::npos || tag.find("'liquid'") != std::string_view::npos;
      const size_t close = liquid ? text_.find("</set-body", liquid_begin_) : liquid_begin_ + 1;
      liquid_end_ = close == std::string_view::npos ? text_.size() + 1 : close;
      if (!liquid) liquid_begin_ = text_.size() + 1;
    }
    return offset >= liquid_begin_;
  }

  std::string_view text_;
  size_t comment_begin_ = 0, comment_end_ = 0;
  size_t liquid_begin_ = 0, liquid_end_ = 0;
};

Diagnostic unknownName(std::string_view name, size_t offset, const std::vector<NamedValue>& values,
                       const SourceText& source) {
  std::vector<std::string_view> known;
  for (const auto& value : values) known.push_back(value.display_name);
  const auto near = nearest(name, known);
  return source.diagnostic(Severity::Error, offset, fmt::format("there is no named value `{}`", name),
                           near.empty()
                               ? fmt::format("Add it under `named values/`, or to `namedValues` in sluice.yaml.")
                               : fmt::format("Did you mean `{}`?", near));
}

Diagnostic unresolved(const NamedValue& value, size_t offset, const SourceText& source) {
  return source.diagnostic(
      Severity::Error, offset, fmt::format("the secret named value `{}` has no value here", value.display_name),
      fmt::format("Say where it is in sluice.yaml, for example `namedValues: {{{}: {{env: NAME}}}}`.",
                  value.display_name));
}

}  // namespace

const NamedValue* findNamedValue(const std::vector<NamedValue>& values, std::string_view name) {
  auto found = std::ranges::find(values, name, &NamedValue::display_name);
  if (found == values.end()) found = std::ranges::find(values, name, &NamedValue::name);
  return found == values.end() ? nullptr : &*found;
}

std::vector<std::string> missingNames(std::string_view text, const std::vector<NamedValue>& values, ExpandMode mode) {
  std::vector<std::string> missing;
  LenientRanges lenient(text);
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const size_t end = nameEnd(text, at + 2);
    if (end == std::string_view::npos) {
      ++at;
      continue;
    }
    const auto name = text.substr(at + 2, end - at - 2);
    const NamedValue* value = findNamedValue(values, name);
    const bool is_missing = value == nullptr || !value->resolved;
    if (is_missing && !(mode == ExpandMode::Policy && lenient.contains(at)) &&
        std::ranges::find(missing, name) == missing.end())
      missing.emplace_back(name);
    at = end + 2;
  }
  return missing;
}

ExpandedText expandNamedValues(std::string_view original, const std::vector<NamedValue>& values, ExpandMode mode,
                               const SourceText& source, Diagnostics& diagnostics) {
  ExpandedText result;
  std::set<std::string_view, std::less<>> reported;
  LenientRanges lenient(original);
  size_t copied = 0;
  for (size_t at = original.find("{{"); at != std::string_view::npos; at = original.find("{{", at)) {
    const size_t end = nameEnd(original, at + 2);
    if (end == std::string_view::npos) {
      ++at;  // "{{{x}}": the name may begin one brace later
      continue;
    }
    const auto name = original.substr(at + 2, end - at - 2);
    const NamedValue* value = findNamedValue(values, name);
    if (value == nullptr || !value->resolved) {
      const bool tolerated = mode == ExpandMode::Policy && lenient.contains(at);
      if (!tolerated && reported.insert(name).second)
        diagnostics.add(value == nullptr ? unknownName(name, at, values, source) : unresolved(*value, at, source));
      at = end + 2;
      continue;
    }
    result.text += original.substr(copied, at - copied);
    const size_t begin = result.text.size();
    result.text += value->value.reveal();
    result.replacements.push_back({begin, result.text.size(), at, end + 2, value->secret});
    at = copied = end + 2;
    if (result.text.size() > kMaxExpanded) {
      diagnostics.add(source.diagnostic(Severity::Error, end,
                                        fmt::format("with its named values this is more than {} bytes", kMaxExpanded)));
      return result;
    }
  }
  result.text += original.substr(copied);
  return result;
}

size_t ExpandedText::originalOffset(size_t offset) const {
  // The last replacement that begins at or before `offset`.
  const auto next = std::ranges::upper_bound(replacements, offset, {}, &Replacement::begin);
  if (next == replacements.begin()) return offset;
  const auto& before = *(next - 1);
  return offset < before.end ? before.original_begin : before.original_end + (offset - before.end);
}

bool ExpandedText::touchesSecret(size_t begin, size_t end) const {
  return std::ranges::any_of(replacements, [&](const Replacement& replacement) {
    return replacement.secret && replacement.begin < end && begin < replacement.end;
  });
}

}  // namespace sluice::config
