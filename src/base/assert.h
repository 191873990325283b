// Three strengths, for bugs only (never for input):
//   ASSERT(c)     checked in debug builds, free in release
//   CHECK(c)      always checked, aborts: the process cannot go on
//   INVARIANT(c)  an expression of type bool: debug aborts; release logs and yields false, so that the caller fails
//   this
//                 one request:  if (!INVARIANT(x != nullptr)) return Verdict::Fail;
#pragma once

namespace sluice {
[[noreturn]] void assertionFailed(const char* kind, const char* condition, const char* file, int line);
bool invariantFailed(const char* condition, const char* file, int line);
}  // namespace sluice

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::sluice::assertionFailed("CHECK", #condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define ASSERT(condition) void(0)
#define INVARIANT(condition) \
  (static_cast<bool>(condition) ? true : ::sluice::invariantFailed(#condition, __FILE__, __LINE__))
#else
#define ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::sluice::assertionFailed("ASSERT", #condition, __FILE__, __LINE__))
#define INVARIANT(condition)           \
  (static_cast<bool>(condition) ? true \
                                : (::sluice::assertionFailed("INVARIANT", #condition, __FILE__, __LINE__), false))
#endif
