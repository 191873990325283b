#include "analytics/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::analytics {
namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

Wide wideOf(duckdb_hugeint value) {
  return (static_cast<Wide>(value.upper) << 64) | value.lower;
}

std::string digitsOf(Wide value) {
  const bool negative = value < 0;
  UnsignedWide rest = negative ? -static_cast<UnsignedWide>(value) : static_cast<UnsignedWide>(value);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

std::string decimalText(Wide value, uint8_t scale) {
  std::string text = digitsOf(value);
  if (scale == 0) return text;
  const size_t sign = text[0] == '-' ? 1 : 0;
  if (text.size() - sign <= scale) text.insert(sign, scale + 1 - (text.size() - sign), '0');
  text.insert(text.size() - scale, ".");
  return text;
}

std::string dateText(duckdb_date_struct date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, static_cast<int>(date.month), static_cast<int>(date.day));
}

std::string timeText(duckdb_time_struct time) {
  auto text = fmt::format("{:02}:{:02}:{:02}", static_cast<int>(time.hour), static_cast<int>(time.min),
                          static_cast<int>(time.sec));
  if (time.micros != 0) {
    text += fmt::format(".{:06}", time.micros);
    while (text.ends_with('0')) text.pop_back();
  }
  return text;
}

std::string timestampText(duckdb_timestamp value) {
  if (!duckdb_is_finite_timestamp(value)) return value.micros > 0 ? "infinity" : "-infinity";
  const auto parts = duckdb_from_timestamp(value);
  return dateText(parts.date) + " " + timeText(parts.time);
}

std::string realText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  auto text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

template <class T>
T valueAt(const void* data, size_t row) {
  return static_cast<const T*>(data)[row];
}

}  // namespace

bool isNumber(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return true;
    default:
      return false;
  }
}

bool hasText(duckdb_type type) {
  return isNumber(type) || type == DUCKDB_TYPE_BOOLEAN || type == DUCKDB_TYPE_VARCHAR || type == DUCKDB_TYPE_DATE ||
         type == DUCKDB_TYPE_TIME || type == DUCKDB_TYPE_TIMESTAMP;
}

ColumnText::ColumnText(duckdb_vector vector)
    : data_(duckdb_vector_get_data(vector)),
      validity_(duckdb_vector_get_validity(vector)),
      logical_(duckdb_vector_get_column_type(vector)),
      type_(duckdb_get_type_id(logical_)) {}

ColumnText::ColumnText(ColumnText&& other) noexcept
    : data_(other.data_),
      validity_(other.validity_),
      logical_(std::exchange(other.logical_, nullptr)),
      type_(other.type_) {}

ColumnText::~ColumnText() {
  if (logical_ != nullptr) duckdb_destroy_logical_type(&logical_);
}

bool ColumnText::at(size_t row, std::string_view& text) {
  if (validity_ != nullptr && !duckdb_validity_row_is_valid(validity_, row)) return false;
  if (type_ == DUCKDB_TYPE_VARCHAR) {
    auto& string = static_cast<duckdb_string_t*>(data_)[row];
    text = {duckdb_string_t_data(&string), duckdb_string_t_length(string)};
    return true;
  }
  format(row);
  text = text_;
  return true;
}

void ColumnText::format(size_t row) {
  switch (type_) {
    case DUCKDB_TYPE_BOOLEAN:
      text_ = valueAt<bool>(data_, row) ? "true" : "false";
      break;
    case DUCKDB_TYPE_TINYINT:
      text_ = std::to_string(valueAt<int8_t>(data_, row));
      break;
    case DUCKDB_TYPE_SMALLINT:
      text_ = std::to_string(valueAt<int16_t>(data_, row));
      break;
    case DUCKDB_TYPE_INTEGER:
      text_ = std::to_string(valueAt<int32_t>(data_, row));
      break;
    case DUCKDB_TYPE_BIGINT:
      text_ = std::to_string(valueAt<int64_t>(data_, row));
      break;
    case DUCKDB_TYPE_UTINYINT:
      text_ = std::to_string(valueAt<uint8_t>(data_, row));
      break;
    case DUCKDB_TYPE_USMALLINT:
      text_ = std::to_string(valueAt<uint16_t>(data_, row));
      break;
    case DUCKDB_TYPE_UINTEGER:
      text_ = std::to_string(valueAt<uint32_t>(data_, row));
      break;
    case DUCKDB_TYPE_UBIGINT:
      text_ = std::to_string(valueAt<uint64_t>(data_, row));
      break;
    case DUCKDB_TYPE_HUGEINT:
      text_ = digitsOf(wideOf(valueAt<duckdb_hugeint>(data_, row)));
      break;
    case DUCKDB_TYPE_FLOAT:
      text_ = realText(static_cast<double>(valueAt<float>(data_, row)));
      break;
    case DUCKDB_TYPE_DOUBLE:
      text_ = realText(valueAt<double>(data_, row));
      break;
    case DUCKDB_TYPE_DATE:
      text_ = dateText(duckdb_from_date(valueAt<duckdb_date>(data_, row)));
      break;
    case DUCKDB_TYPE_TIME:
      text_ = timeText(duckdb_from_time(valueAt<duckdb_time>(data_, row)));
      break;
    case DUCKDB_TYPE_TIMESTAMP:
      text_ = timestampText(valueAt<duckdb_timestamp>(data_, row));
      break;
    case DUCKDB_TYPE_DECIMAL: {
      const uint8_t scale = duckdb_decimal_scale(logical_);
      switch (duckdb_decimal_internal_type(logical_)) {
        case DUCKDB_TYPE_SMALLINT:
          text_ = decimalText(valueAt<int16_t>(data_, row), scale);
          break;
        case DUCKDB_TYPE_INTEGER:
          text_ = decimalText(valueAt<int32_t>(data_, row), scale);
          break;
        case DUCKDB_TYPE_BIGINT:
          text_ = decimalText(valueAt<int64_t>(data_, row), scale);
          break;
        default:
          text_ = decimalText(wideOf(valueAt<duckdb_hugeint>(data_, row)), scale);
      }
      break;
    }
    default:
      text_ = "?";
  }
}

}  // namespace sluice::analytics
