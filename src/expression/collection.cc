#include "expression/collection.h"

#include <algorithm>

#include "expression/chars.h"
#include "expression/library.h"

namespace sluice::expression {

Comparison comparisonOf(const Value& comparer) {
  return comparer.isNull() ? Comparison::Default : static_cast<Comparison>(comparer.asObject()->detail);
}

bool equalBy(Eval& eval, Comparison how, const Value& a, const Value& b) {
  if (how == Comparison::Default || !a.isString() || !b.isString()) return valueEquals(eval, a, b);
  if (how == Comparison::Ordinal || how == Comparison::Culture) return sameText(eval, a, b);
  return compareOrdinalIgnoreCase(chars(eval, a), chars(eval, b)) == 0;
}

uint32_t hashBy(Eval& eval, Comparison how, const Value& value) {
  const bool folds = how == Comparison::OrdinalIgnoreCase || how == Comparison::CultureIgnoreCase;
  if (!folds || !value.isString()) return valueHash(eval, value);
  const Chars text = chars(eval, value);
  uint64_t hash = 14695981039346656037ull;
  for (uint32_t i = 0; i < text.size; ++i) hash = (hash ^ toUpperInvariant(text[i])) * 1099511628211ull;
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

int compareBy(Eval& eval, Comparison how, const Value& a, const Value& b) {
  if (!a.isString() || !b.isString()) return valueCompare(eval, a, b);
  switch (how) {
    case Comparison::Ordinal:
      return compareOrdinal(chars(eval, a), chars(eval, b));
    case Comparison::OrdinalIgnoreCase:
      return compareOrdinalIgnoreCase(chars(eval, a), chars(eval, b));
    case Comparison::CultureIgnoreCase:
      return compareCulture(chars(eval, a), chars(eval, b), true);
    default:
      return compareCulture(chars(eval, a), chars(eval, b), false);
  }
}

MapObject* newMap(Eval& eval, const Type* type, Comparison comparison) {
  auto* map = newObject<MapObject>(eval, type, ObjectKind::Map);
  map->comparison = comparison;
  return map;
}

namespace {

bool grow(Eval& eval, MapObject* map) {
  const uint32_t capacity = map->capacity == 0 ? 8 : map->capacity * 2;
  if (!eval.reserve(uint64_t{capacity} * (sizeof(MapObject::Entry) + sizeof(int32_t)))) return false;
  auto* entries = static_cast<MapObject::Entry*>(
      eval.arena.allocateBytes(sizeof(MapObject::Entry) * capacity, alignof(MapObject::Entry)));
  auto* buckets = static_cast<int32_t*>(eval.arena.allocateBytes(sizeof(int32_t) * capacity, alignof(int32_t)));
  std::fill_n(buckets, capacity, -1);
  for (uint32_t i = 0; i < map->used; ++i) {
    entries[i] = map->entries[i];
    if (entries[i].next < -1) continue;
    int32_t& bucket = buckets[entries[i].hash & (capacity - 1)];
    entries[i].next = bucket;
    bucket = static_cast<int32_t>(i);
  }
  map->entries = entries;
  map->buckets = buckets;
  map->capacity = capacity;
  return true;
}

// A free entry's `next` is -3 minus the free entry behind it, as in .NET.
constexpr int32_t kStartOfFreeList = -3;

}  // namespace

MapObject::Entry* mapFind(Eval& eval, MapObject* map, const Value& key) {
  if (map->capacity == 0) return nullptr;
  const uint32_t hash = hashBy(eval, map->comparison, key);
  for (int32_t i = map->buckets[hash & (map->capacity - 1)]; i >= 0; i = map->entries[i].next) {
    if (!eval.step()) return nullptr;
    if (map->entries[i].hash == hash && equalBy(eval, map->comparison, map->entries[i].key, key))
      return &map->entries[i];
  }
  return nullptr;
}

bool mapPut(Eval& eval, MapObject* map, const Value& key, const Value& value, bool* added) {
  if (added != nullptr) *added = false;
  if (MapObject::Entry* entry = mapFind(eval, map, key)) {
    entry->value = value;
    ++map->version;
    return true;
  }
  if (eval.failed()) return false;
  uint32_t at = 0;
  if (map->free_count > 0) {
    at = static_cast<uint32_t>(map->free_list);
    map->free_list = kStartOfFreeList - map->entries[at].next;
    --map->free_count;
  } else {
    if (map->used == map->capacity && !grow(eval, map)) return false;
    at = map->used++;
  }
  const uint32_t hash = hashBy(eval, map->comparison, key);
  int32_t& bucket = map->buckets[hash & (map->capacity - 1)];
  map->entries[at] = {hash, bucket, key, value};
  bucket = static_cast<int32_t>(at);
  ++map->version;
  if (added != nullptr) *added = true;
  return true;
}

bool mapRemove(Eval& eval, MapObject* map, const Value& key) {
  const MapObject::Entry* entry = mapFind(eval, map, key);
  if (entry == nullptr) return false;
  const auto at = static_cast<int32_t>(entry - map->entries);
  int32_t* link = &map->buckets[entry->hash & (map->capacity - 1)];
  while (*link != at) link = &map->entries[*link].next;
  *link = entry->next;
  map->entries[at].next = kStartOfFreeList - map->free_list;
  map->entries[at].key = map->entries[at].value = Value();
  map->free_list = at;
  ++map->free_count;
  return true;
}

void mapClear(MapObject* map) {
  std::fill_n(map->buckets, map->capacity, -1);
  map->used = map->free_count = 0;
  map->free_list = -1;
  ++map->version;
}

MapObject::Entry* mapNext(MapObject* map, uint32_t& index) {
  while (index < map->used) {
    MapObject::Entry* entry = &map->entries[index++];
    if (entry->next >= -1) return entry;
  }
  return nullptr;
}

bool listInsert(Eval& eval, ListObject* list, uint32_t at, const Value& value) {
  if (!append(eval, list, value)) return false;
  Value* items = list->items + list->head;
  std::rotate(items + at, items + list->count - 1, items + list->count);
  return eval.step(list->count / 16);
}

void listRemoveAt(ListObject* list, uint32_t at) {
  Value* items = list->items + list->head;
  std::copy(items + at + 1, items + list->count, items + at);
  --list->count;
  ++list->version;
}

namespace {

// What a comparison throws reaches the caller of Sort and OrderBy inside another exception.
void wrapFailure(Eval& eval) {
  ExceptionObject* inner = eval.pending();
  if (inner == nullptr || eval.pendingIsBudget()) return;
  eval.clearPending();
  eval.raise("System.InvalidOperationException", "Failed to compare two elements in the array.");
  if (eval.pending() != nullptr) eval.pending()->inner = Value::object(inner);
}

}  // namespace

bool sortValues(Eval& eval, Value* items, uint32_t count, CompareFunction compare, void* state) {
  if (count < 2) return !eval.failed();
  if (!eval.reserve(uint64_t{count} * sizeof(Value))) return false;
  auto* other = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * count, alignof(Value)));
  Value* from = items;
  Value* to = other;
  for (uint64_t width = 1; width < count; width *= 2) {
    for (uint64_t start = 0; start < count; start += 2 * width) {
      uint64_t left = start, right = std::min<uint64_t>(start + width, count);
      const uint64_t middle = right, end = std::min<uint64_t>(start + 2 * width, count);
      for (uint64_t at = start; at < end; ++at) {
        if (!eval.step()) return false;
        const bool take_right = left >= middle || (right < end && compare(eval, state, from[right], from[left]) < 0);
        if (eval.failed()) {
          wrapFailure(eval);
          return false;
        }
        to[at] = take_right ? from[right++] : from[left++];
      }
    }
    std::swap(from, to);
  }
  if (from != items) std::copy(from, from + count, items);
  return true;
}

}  // namespace sluice::expression
