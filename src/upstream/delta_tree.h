// DeltaTree: a JSON value that grows by deltas, as streamed answers send it: strings are lengthened, lists whose items
// carry an `index` are merged item by item, other lists are lengthened, objects are merged member by member, null
// changes nothing, numbers and booleans are replaced. Members that name or describe rather than tell (`id`, `type`,
// `role`, `name`, ...) keep their first text. Texts are kept as JSON writes them, escapes and all, so that adding is
// copying.
//
// What is added must be JSON (json_check.h); then what is written is JSON.
//
// Memory is bounded by a Budget shared by all trees of one answer; what does not fit is left out, and the budget says
// so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "upstream/json_scan.h"

namespace sluice::upstream {

class Budget {
 public:
  explicit Budget(size_t bytes) : left_(bytes) {}
  // False: it does not fit. From then on nothing does, so that texts have no holes.
  bool take(size_t bytes) {
    if (exceeded_ || bytes > left_) {
      exceeded_ = true;
      lost_ += bytes;
      return false;
    }
    left_ -= bytes;
    return true;
  }
  bool exceeded() const { return exceeded_; }
  size_t lost() const { return lost_; }

 private:
  size_t left_;
  size_t lost_ = 0;
  bool exceeded_ = false;
};

class DeltaTree {
 public:
  enum class Kind : uint8_t { None, Null, Raw, String, Object, List, Indexed };
  struct Limits {
    size_t depth = 8;
    size_t members = 64;
    size_t items = 128;  // of lists merged by index
  };

  DeltaTree() = default;
  DeltaTree(DeltaTree&&) = default;
  DeltaTree& operator=(DeltaTree&&) = default;

  // Takes the value at `scan` and adds it. `name` is the member it stands under.
  void add(JsonScan& scan, std::string_view name, const Limits& limits, Budget& budget);

  Kind kind() const { return kind_; }
  bool present() const { return kind_ != Kind::None; }
  const std::string& text() const { return text_; }  // Raw, String (raw, without quotes)
  const DeltaTree* find(std::string_view name) const;
  // An object's members, in the order of their coming.
  const std::vector<std::pair<std::string, DeltaTree>>& members() const { return members_; }
  const std::vector<std::pair<uint64_t, DeltaTree>>& items() const { return items_; }

  // The value as JSON; nothing for None. Items of lists merged by index lose their `index`, as whole answers have none.
  void write(std::string& out) const;
  // Every text that the model wrote in here: strings, decoded, without ids, roles and types.
  void appendTexts(std::string& out) const;

 private:
  void addString(const JsonString& value, std::string_view name, Budget& budget);
  void addObject(JsonScan& scan, const Limits& limits, Budget& budget);
  void addList(JsonScan& scan, const Limits& limits, Budget& budget);
  void addItem(JsonScan& scan, uint64_t index, const Limits& limits, Budget& budget);
  void writeMembers(std::string_view left_out, std::string& out) const;
  void writeItems(std::string& out) const;
  void replace(std::string_view raw, Kind kind, Budget& budget);
  DeltaTree* member(std::string_view name, const Limits& limits, Budget& budget);

  Kind kind_ = Kind::None;
  std::string text_;  // Raw, String; List: its items with commas between
  std::vector<std::pair<std::string, DeltaTree>> members_;
  std::vector<std::pair<uint64_t, DeltaTree>> items_;
};

// "name": before a value, with a comma where one is needed.
void appendMember(std::string& out, std::string_view name);

}  // namespace sluice::upstream
