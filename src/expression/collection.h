// The collections behind List, Queue, Stack, Dictionary and HashSet, and the comparers that they and LINQ take.
#pragma once

#include <cstdint>

#include "expression/eval.h"
#include "expression/object.h"

namespace sluice::expression {

// An IEqualityComparer or IComparer that an expression can name: StringComparer's. A null Value is the default one.
enum class Comparison : uint8_t { Default, Ordinal, OrdinalIgnoreCase, Culture, CultureIgnoreCase };
// REQUIRES: value is null or a comparer object.
Comparison comparisonOf(const Value& comparer);
bool equalBy(Eval& eval, Comparison how, const Value& a, const Value& b);
uint32_t hashBy(Eval& eval, Comparison how, const Value& value);
int compareBy(Eval& eval, Comparison how, const Value& a, const Value& b);

// Hash table with .NET's enumeration order: entries in order of insertion, a removed one's place is taken by the next.
struct MapObject : Object {
  struct Entry {
    uint32_t hash;
    int32_t next;  // below -1: free
    Value key;
    Value value;
  };

  uint32_t used = 0;  // entries, with free ones
  uint32_t free_count = 0;
  int32_t free_list = -1;
  uint32_t capacity = 0;
  int32_t* buckets = nullptr;
  Entry* entries = nullptr;
  Comparison comparison = Comparison::Default;

  uint32_t size() const { return used - free_count; }
};

MapObject* newMap(Eval& eval, const Type* type, Comparison comparison = Comparison::Default);
// Null: absent (or an exception is pending).
MapObject::Entry* mapFind(Eval& eval, MapObject* map, const Value& key);
// Adds or replaces; false with an exception pending. `added` says which.
bool mapPut(Eval& eval, MapObject* map, const Value& key, const Value& value, bool* added = nullptr);
bool mapRemove(Eval& eval, MapObject* map, const Value& key);
void mapClear(MapObject* map);
// The live entry at or after `index`, or null at the end; moves `index` behind it.
MapObject::Entry* mapNext(MapObject* map, uint32_t& index);

bool listInsert(Eval& eval, ListObject* list, uint32_t at, const Value& value);
void listRemoveAt(ListObject* list, uint32_t at);
// Stable merge sort; false with an exception pending. `compare` may raise.
using CompareFunction = int (*)(Eval& eval, void* state, const Value& a, const Value& b);
bool sortValues(Eval& eval, Value* items, uint32_t count, CompareFunction compare, void* state);

}  // namespace sluice::expression
