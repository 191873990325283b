#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sluice {

std::string render(const Diagnostic& diagnostic) {
  static constexpr std::string_view kSeverity[] = {"note", "warning", "error"};
  const auto& where = diagnostic.location;
  std::string out = where.file;
  if (where.line > 0) out += fmt::format(":{}:{}", where.line, where.column);
  out += fmt::format(": {}: {}\n", kSeverity[static_cast<int>(diagnostic.severity)], diagnostic.message);
  if (!diagnostic.source_line.empty() && where.column > 0) {
    out += fmt::format("  {}\n  ", diagnostic.source_line);
    // Tabs stay tabs so that the caret lines up however wide they are shown.
    for (size_t i = 0; i + 1 < where.column; ++i)
      out += i < diagnostic.source_line.size() && diagnostic.source_line[i] == '\t' ? '\t' : ' ';
    out += "^\n";
  }
  if (!diagnostic.remedy.empty()) out += fmt::format("  {}\n", diagnostic.remedy);
  return out;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::Error) ++errors_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Location location, std::string message, std::string remedy) {
  add({Severity::Error, std::move(location), std::move(message), std::move(remedy), {}});
}

void Diagnostics::warning(Location location, std::string message, std::string remedy) {
  add({Severity::Warning, std::move(location), std::move(message), std::move(remedy), {}});
}

std::string Diagnostics::render() const {
  std::string out;
  for (const auto& diagnostic : all_) out += sluice::render(diagnostic);
  return out;
}

SourceText::SourceText(std::string file, std::string_view text, size_t first_line, size_t first_column)
    : file_(std::move(file)), text_(text), first_line_(first_line), first_column_(first_column) {
  line_starts_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') line_starts_.push_back(i + 1);
}

Location SourceText::at(size_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<size_t>(next - line_starts_.begin()) - 1;
  const size_t column = offset - line_starts_[line];
  return {file_, first_line_ + line, line == 0 ? first_column_ + column : column + 1};
}

std::string_view SourceText::lineAt(size_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t start = *(next - 1);
  size_t end = text_.find('\n', start);
  if (end == std::string_view::npos) end = text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return text_.substr(start, end - start);
}

Diagnostic SourceText::diagnostic(Severity severity, size_t offset, std::string message, std::string remedy) const {
  Diagnostic result{severity, at(offset), std::move(message), std::move(remedy), std::string(lineAt(offset))};
  // A text that starts in mid-line has no whole first line to show; pad so that the caret still lines up.
  if (result.location.line == first_line_ && first_column_ > 1) result.source_line.insert(0, first_column_ - 1, ' ');
  return result;
}

namespace {

size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const bool same = (a[i] | 0x20) == (b[j] | 0x20);
      const size_t changed = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2);
  for (const auto candidate : candidates) {
    // An abbreviation such as GetOrDefault for GetValueOrDefault is near though many letters are missing.
    const size_t distance = editDistance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace sluice
