#include "analytics/result_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "analytics/utf8.h"

namespace sluice::analytics {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kEllipsis = "\xe2\x80\xa6";  // U+2026
constexpr size_t kNarrowest = 8;
// A table is held in memory to align it; longer cells would not be read anyway.
constexpr size_t kLongestCell = 4096;

bool put(std::FILE* out, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size();
}

std::string quoteJson(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          quoted += fmt::format("\\u{:04x}", c);
        } else {
          quoted += c;
        }
    }
  }
  return quoted + '"';
}

// What a prompt contains must not steer the terminal.
std::string forTerminal(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n') {
      plain += "\\n";
    } else if (byte == '\r') {
      plain += "\\r";
    } else if (byte == '\t') {
      plain += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      plain += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      plain += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));  // C1 controls
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string cut(std::string_view text, size_t width) {
  if (countCodePoints(text) <= width) return std::string(text);
  std::string shorter;
  for (size_t taken = 0; taken + 1 < width; ++taken) {
    const size_t length = codePointLength(text);
    shorter.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return shorter.append(kEllipsis);
}

class TablePrinter final : public ResultPrinter {
 public:
  TablePrinter(size_t wide, std::FILE* out) : wide_(wide), out_(out) {}

  bool columns(std::span<const ResultColumn> columns) override {
    columns_.assign(columns.begin(), columns.end());
    for (auto& column : columns_) column.name = forTerminal(column.name);
    return true;
  }

  bool row(std::span<const ResultCell> cells) override {
    auto& row = rows_.emplace_back();
    for (const auto& cell : cells) {
      const auto text = cell ? *cell : std::string_view("NULL");
      row.push_back(forTerminal(wide_ == 0 ? text : replaceInvalidUtf8(text.substr(0, kLongestCell))));
    }
    return true;
  }

  void finish(const QueryOutcome& outcome) override {
    const auto widths = fitted();
    std::vector<std::string> names;
    std::vector<std::string> rules;
    for (size_t i = 0; i < columns_.size(); ++i) {
      names.push_back(columns_[i].name);
      rules.emplace_back(widths[i], '-');
    }
    line(names, widths);
    line(rules, widths);
    for (const auto& row : rows_) line(row, widths);
    put(out_,
        fmt::format("({}{} row{})\n", outcome.truncated ? "first " : "", outcome.rows, outcome.rows == 1 ? "" : "s"));
  }

 private:
  // The widths that the texts need, the widest made narrower until a line fits.
  std::vector<size_t> fitted() const {
    std::vector<size_t> widths;
    for (size_t i = 0; i < columns_.size(); ++i) {
      size_t width = countCodePoints(columns_[i].name);
      for (const auto& row : rows_) width = std::max(width, countCodePoints(row[i]));
      widths.push_back(width);
    }
    if (wide_ == 0 || widths.empty()) return widths;
    const size_t gaps = kGap.size() * (widths.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), gaps) > wide_) {
      const auto widest = std::ranges::max_element(widths);
      if (*widest <= kNarrowest) break;
      // Straight down to the second widest, or to what is over.
      const size_t over = std::accumulate(widths.begin(), widths.end(), gaps) - wide_;
      size_t second = kNarrowest;
      for (auto at = widths.begin(); at != widths.end(); ++at) {
        if (at != widest) second = std::max(second, std::min(*at, *widest - 1));
      }
      *widest = std::max({kNarrowest, second, *widest - std::min(over, *widest)});
    }
    return widths;
  }

  void line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = cut(cells[i], widths[i]);
      const std::string padding(widths[i] - std::min(widths[i], countCodePoints(cell)), ' ');
      const bool right = columns_[i].kind == ColumnKind::Number;
      if (i > 0) text += kGap;
      text += right ? padding + cell : cell + padding;
    }
    while (text.ends_with(' ')) text.pop_back();
    put(out_, text + "\n");
  }

  size_t wide_;
  std::FILE* out_;
  std::vector<ResultColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

class JsonPrinter final : public ResultPrinter {
 public:
  explicit JsonPrinter(std::FILE* out) : out_(out) {}

  bool columns(std::span<const ResultColumn> columns) override {
    for (const auto& column : columns) {
      keys_.push_back(quoteJson(column.name) + ":");
      kinds_.push_back(column.kind);
    }
    return true;
  }

  bool row(std::span<const ResultCell> cells) override {
    std::string text = "{";
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += ",";
      text += keys_[i];
      text += cells[i] ? valueText(kinds_[i], *cells[i]) : "null";
    }
    return put(out_, text + "}\n");
  }

  void finish(const QueryOutcome&) override {}

 private:
  static std::string valueText(ColumnKind kind, std::string_view text) {
    // JSON has no infinity and no NaN.
    const bool bare =
        kind == ColumnKind::Bool || (kind == ColumnKind::Number && text.back() >= '0' && text.back() <= '9');
    return bare ? std::string(text) : quoteJson(text);
  }

  std::FILE* out_;
  std::vector<std::string> keys_;
  std::vector<ColumnKind> kinds_;
};

class CsvPrinter final : public ResultPrinter {
 public:
  explicit CsvPrinter(std::FILE* out) : out_(out) {}

  bool columns(std::span<const ResultColumn> columns) override {
    std::vector<ResultCell> names;
    for (const auto& column : columns) names.emplace_back(column.name);
    return row(names);
  }

  // Null is an empty field, the empty string a quoted one.
  bool row(std::span<const ResultCell> cells) override {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += ',';
      if (!cells[i]) continue;
      if (!cells[i]->empty() && cells[i]->find_first_of(",\"\r\n") == std::string_view::npos) {
        text += *cells[i];
        continue;
      }
      text += '"';
      for (const char c : *cells[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    return put(out_, text + "\r\n");
  }

  void finish(const QueryOutcome&) override {}

 private:
  std::FILE* out_;
};

}  // namespace

std::unique_ptr<ResultPrinter> makePrinter(Format format, size_t columns_wide, std::FILE* out) {
  switch (format) {
    case Format::Json:
      return std::make_unique<JsonPrinter>(out);
    case Format::Csv:
      return std::make_unique<CsvPrinter>(out);
    case Format::Table:
      break;
  }
  return std::make_unique<TablePrinter>(columns_wide, out);
}

}  // namespace sluice::analytics
