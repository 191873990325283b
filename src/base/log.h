// The gateway's own log: one line of JSON per event on standard error (text when it is a terminal). Not for requests:
// those have records. Thread-safe; one write(2) per line. Never pass a secret or a prompt.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::log {

enum class Level { Debug, Info, Warning, Error };

struct Field {
  std::string_view name;
  std::string value;
};

void setLevel(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields);

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::Debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::Info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::Warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::Error, message, fields);
}

}  // namespace sluice::log
