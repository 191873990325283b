// System.Random: Knuth's subtractive generator, so that a seed gives the numbers that .NET gives for it.
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

constexpr int32_t kLargest = INT32_MAX;

struct RandomObject : Object {
  std::array<int32_t, 56> state;  // [1, 55]
  int32_t next;
  int32_t next_other;
};

// Sums as C# computes them unchecked.
int32_t subtract(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

void seed(RandomObject& random, int32_t number) {
  const int32_t positive = number == INT32_MIN ? INT32_MAX : number < 0 ? -number : number;
  int32_t last = 161803398 - positive;
  int32_t one = 1;
  random.state[0] = 0;
  random.state[55] = last;
  for (int i = 1; i < 55; ++i) {
    const auto at = static_cast<size_t>(21 * i % 55);
    random.state[at] = one;
    one = subtract(last, one);
    if (one < 0) one += kLargest;
    last = random.state[at];
  }
  for (int round = 1; round < 5; ++round) {
    for (size_t i = 1; i < 56; ++i) {
      int32_t& cell = random.state[i];
      cell = subtract(cell, random.state[1 + (i + 30) % 55]);
      if (cell < 0) cell += kLargest;
    }
  }
  random.next = 0;
  random.next_other = 21;
}

// Without a seed every cell is random.
void seedFreely(RandomObject& random) {
  const std::string bytes = randomBytes(sizeof(int32_t) * 55);
  random.state[0] = 0;
  for (size_t i = 1; i < 56; ++i) {
    uint32_t number;
    std::memcpy(&number, bytes.data() + (i - 1) * sizeof number, sizeof number);
    random.state[i] = static_cast<int32_t>(number % static_cast<uint32_t>(kLargest));
  }
  random.next = 0;
  random.next_other = 21;
}

int32_t sample(RandomObject& random) {
  if (++random.next >= 56) random.next = 1;
  if (++random.next_other >= 56) random.next_other = 1;
  int32_t number =
      subtract(random.state[static_cast<size_t>(random.next)], random.state[static_cast<size_t>(random.next_other)]);
  if (number == kLargest) --number;
  if (number < 0) number += kLargest;
  random.state[static_cast<size_t>(random.next)] = number;
  return number;
}

double fraction(RandomObject& random) {
  return sample(random) * (1.0 / kLargest);
}

// For ranges beyond int: two samples, one of which gives the sign.
double largeFraction(RandomObject& random) {
  const int32_t magnitude = sample(random);
  const int32_t number = sample(random) % 2 == 0 ? -magnitude : magnitude;
  return (static_cast<double>(number) + (kLargest - 1)) / (2.0 * kLargest - 1);
}

RandomObject& self(Call& c) {
  return *c.object<RandomObject>(0);
}

Value create(Call& c) {
  auto* random = newObject<RandomObject>(c.eval, c.type);
  if (c.count > 0) {
    seed(*random, c.int32(0));
  } else {
    seedFreely(*random);
  }
  return Value::object(random);
}

Value nextBelow(Call& c) {
  if (c.int32(1) < 0) return c.eval.raiseOutOfRange("maxValue", "'maxValue' must be greater than zero.");
  return Value::int32(static_cast<int32_t>(fraction(self(c)) * c.int32(1)));
}

Value nextBetween(Call& c) {
  const int64_t low = c.int32(1), high = c.int32(2);
  if (low > high) return c.eval.raiseOutOfRange("minValue", "'minValue' cannot be greater than maxValue.");
  const int64_t range = high - low;
  const double at = range <= kLargest ? fraction(self(c)) : largeFraction(self(c));
  return Value::int32(static_cast<int32_t>(static_cast<int64_t>(at * static_cast<double>(range)) + low));
}

Value nextBytes(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("buffer");
  auto* bytes = c.object<BytesObject>(1);
  if (!c.eval.step(1 + bytes->length / 8)) return {};
  for (uint32_t i = 0; i < bytes->length; ++i) bytes->data[i] = static_cast<uint8_t>(sample(self(c)));
  return {};
}

constexpr MemberRow kRandom[] = {
    {"Random()", create},
    {"Random(int Seed)", create},
    {"int Next()", [](Call& c) { return Value::int32(sample(self(c))); }},
    {"int Next(int maxValue)", nextBelow},
    {"int Next(int minValue, int maxValue)", nextBetween},
    {"double NextDouble()", [](Call& c) { return Value::real(fraction(self(c))); }},
    {"void NextBytes(byte[] buffer)", nextBytes},
};

}  // namespace

void declareRandom(Library& library) {
  library.add("class System.Random", kRandom);
}

}  // namespace sluice::expression
