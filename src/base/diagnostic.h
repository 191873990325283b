// What an author gets told about a configuration: every mistake at once, each with file, line, column, the source line
// with a caret, and what to do. Loading either yields a whole snapshot or a list of these, never half.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class Severity { Note, Warning, Error };

// A place in a file. Lines and columns count from 1; columns count bytes. Line 0: the file as a whole.
struct Location {
  std::string file;
  size_t line = 0;
  size_t column = 0;
};

struct Diagnostic {
  Severity severity = Severity::Error;
  Location location;
  std::string message;
  std::string remedy;       // what to do, one sentence; may be empty
  std::string source_line;  // the text of that line, for the caret; may be empty
};

// file:line:column: error: message / source line / caret / remedy
std::string render(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(Location location, std::string message, std::string remedy = {});
  void warning(Location location, std::string message, std::string remedy = {});
  bool hasErrors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  std::string render() const;

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

// A text and where it came from, to turn byte offsets into Locations with their source lines.
class SourceText {
 public:
  SourceText(std::string file, std::string_view text, size_t first_line = 1, size_t first_column = 1);
  Location at(size_t offset) const;
  std::string_view lineAt(size_t offset) const;
  Diagnostic diagnostic(Severity severity, size_t offset, std::string message, std::string remedy = {}) const;
  std::string_view text() const { return text_; }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::string_view text_;  // must outlive this
  std::vector<size_t> line_starts_;
  size_t first_line_;
  size_t first_column_;
};

// The candidate nearest to `name` by edit distance, or empty when none is near: for "did you mean".
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace sluice
