#include "analytics/json_mapping.h"

#include <charconv>
#include <chrono>
#include <limits>

namespace sluice::analytics {
namespace {

// Reads from the front of a text; false leaves the cause to the caller: the text is no timestamp.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool digits(size_t count, int& value) {
    if (rest_.size() < count) return false;
    value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // .123456789 as microseconds; finer digits are dropped.
  bool fraction(int64_t& micros) {
    micros = 0;
    if (!take('.')) return true;
    int64_t unit = 100000;
    size_t count = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), ++count, unit /= 10) {
      micros += (rest_[0] - '0') * unit;
    }
    return count > 0;
  }
  bool atEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool readOffset(Scanner& scanner, int& minutes) {
  minutes = 0;
  if (scanner.atEnd() || scanner.take('Z') || scanner.take('z')) return true;
  const bool west = scanner.take('-');
  int hour = 0;
  int minute = 0;
  if (!west && !scanner.take('+')) return false;
  if (!scanner.digits(2, hour)) return false;
  scanner.take(':');
  if (!scanner.digits(2, minute) || hour > 23 || minute > 59) return false;
  minutes = (hour * 60 + minute) * (west ? -1 : 1);
  return true;
}

std::optional<int64_t> wholeNumber(simdjson::dom::element value) {
  int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return number;
  return std::nullopt;
}

}  // namespace

std::optional<Timestamp> parseTimestamp(std::string_view text) {
  Scanner scanner(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
  int64_t micros = 0;
  if (!scanner.digits(4, year) || !scanner.take('-') || !scanner.digits(2, month) || !scanner.take('-') ||
      !scanner.digits(2, day)) {
    return std::nullopt;
  }
  if (scanner.take('T') || scanner.take('t') || scanner.take(' ')) {
    if (!scanner.digits(2, hour) || !scanner.take(':') || !scanner.digits(2, minute)) return std::nullopt;
    if (scanner.take(':') && (!scanner.digits(2, second) || !scanner.fraction(micros))) return std::nullopt;
    if (!readOffset(scanner, offset)) return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!scanner.atEnd() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto time = sys_days(date) + hours(hour) + minutes(minute - offset) + seconds(second) + microseconds(micros);
  return Timestamp{time.time_since_epoch().count()};
}

std::string_view JsonMapping::keep(std::string text) {
  kept_.push_back(std::move(text));
  return kept_.back();
}

Cell JsonMapping::convert(simdjson::dom::element value, config::ColumnType type) {
  if (value.is_null()) return {};
  std::string_view text;
  const bool is_string = value.get_string().get(text) == simdjson::SUCCESS;
  switch (type) {
    case config::ColumnType::Bool: {
      bool flag = false;
      return value.get_bool().get(flag) == simdjson::SUCCESS ? Cell(flag) : Cell();
    }
    case config::ColumnType::Int: {
      const auto number = wholeNumber(value);
      const bool fits =
          number && *number >= std::numeric_limits<int32_t>::min() && *number <= std::numeric_limits<int32_t>::max();
      return fits ? Cell(*number) : Cell();
    }
    case config::ColumnType::Long: {
      const auto number = wholeNumber(value);
      return number ? Cell(*number) : Cell();
    }
    case config::ColumnType::Real: {
      double number = 0;
      return value.get_double().get(number) == simdjson::SUCCESS ? Cell(number) : Cell();
    }
    case config::ColumnType::DateTime: {
      const auto time = is_string ? parseTimestamp(text) : std::nullopt;
      return time ? Cell(*time) : Cell();
    }
    case config::ColumnType::String:
      return is_string ? Cell(text) : Cell(keep(simdjson::minify(value)));
    case config::ColumnType::Dynamic: {
      if (!is_string) return keep(simdjson::minify(value));
      simdjson::dom::element held;
      const bool holds_json = inner_.parse(text.data(), text.size()).get(held) == simdjson::SUCCESS &&
                              (held.is_object() || held.is_array());
      return holds_json ? Cell(text) : Cell(keep(simdjson::minify(value)));
    }
  }
  return {};
}

const std::vector<Cell>* JsonMapping::map(std::string_view payload, std::string& reason) {
  simdjson::dom::element root;
  simdjson::dom::object object;
  if (const auto error = parser_.parse(payload.data(), payload.size()).get(root); error != simdjson::SUCCESS) {
    reason = std::string("not JSON: ") + simdjson::error_message(error);
    return nullptr;
  }
  if (root.get_object().get(object) != simdjson::SUCCESS) {
    reason = "not a JSON object";
    return nullptr;
  }
  cells_.assign(columns_.size(), Cell());
  kept_.clear();
  // Views into kept strings must stay: at most one each.
  kept_.reserve(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    simdjson::dom::element value;
    if (object.at_key(columns_[i].name).get(value) == simdjson::SUCCESS) {
      cells_[i] = convert(value, columns_[i].type);
    }
  }
  return &cells_;
}

}  // namespace sluice::analytics
