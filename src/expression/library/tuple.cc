// System.Tuple and System.ValueTuple of one to seven elements. A ValueTuple's own members are the compiler's.
#include <list>
#include <string>

#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

constexpr size_t kMost = 7;

Value newTuple(Call& c) {
  RecordObject* record = newRecordOf(c.eval, c.type, c.count);
  for (uint32_t i = 0; i < c.count; ++i) record->members[i] = c[i];
  return Value::object(record);
}

template <uint32_t kIndex>
Value part(Call& c) {
  return c.object<RecordObject>(0)->members[kIndex];
}
constexpr Native kParts[kMost] = {part<0>, part<1>, part<2>, part<3>, part<4>, part<5>, part<6>};

// "T1,T2" and "T1 item1, T2 item2"
std::string typeList(size_t count) {
  std::string text;
  for (size_t i = 1; i <= count; ++i) text += (i > 1 ? ",T" : "T") + std::to_string(i);
  return text;
}
std::string paramList(size_t count) {
  std::string text;
  for (size_t i = 1; i <= count; ++i) text += (i > 1 ? ", T" : "T") + std::to_string(i) + " item" + std::to_string(i);
  return text;
}

// Signatures and rows live as long as the library.
struct Rows {
  std::list<std::string> signatures;
  std::vector<MemberRow> rows;

  void add(std::string signature, Native native) {
    signatures.push_back(std::move(signature));
    rows.push_back({signatures.back().c_str(), native});
  }
};
Rows& newRows() {
  static auto* const all = new std::list<Rows>;
  return all->emplace_back();
}

}  // namespace

void declareTuple(Library& library) {
  Rows& create = newRows();
  Rows& create_values = newRows();
  for (size_t count = 1; count <= kMost; ++count) {
    const std::string types = typeList(count), params = paramList(count);
    const std::string head = " Create<" + types + ">(" + params + ")";
    create.add("static Tuple<" + types + ">" + head, newTuple);
    if (count > 1) create_values.add("static (" + types + ")" + head, newTuple);
    Rows& tuple = newRows();
    tuple.add("Tuple(" + params + ")", newTuple);
    for (size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(i + 1);
      tuple.add("T" + number + " Item" + number + " { get; }", kParts[i]);
    }
    library.add("class System.Tuple<" + types + "> : IComparable", tuple.rows);
  }
  library.add("static class System.Tuple", create.rows);
  library.add("static class System.ValueTuple", create_values.rows);
}

}  // namespace sluice::expression
