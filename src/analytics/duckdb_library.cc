#include "analytics/duckdb_library.h"

#include <dlfcn.h>

#include <string>

namespace sluice::analytics {

#define SLUICE_DEFINE(name) decltype(&::name) name = nullptr;
SLUICE_DUCKDB_FUNCTIONS(SLUICE_DEFINE)
#undef SLUICE_DEFINE

namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Status load() {
  // Never unloaded. Found by the program's run path: beside it, in ../lib/sluice, or where ./dev setup has put it.
  void* library = ::dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return fail(std::string("DuckDB's library cannot be loaded: ") + (why == nullptr ? "unknown" : why) +
                ". It belongs beside the program, or into ../lib/sluice.");
  }
#define SLUICE_FIND(name) \
  if (!find(library, #name, name)) return fail("libduckdb.so has no function " #name ": it is of another version");
  SLUICE_DUCKDB_FUNCTIONS(SLUICE_FIND)
#undef SLUICE_FIND
  return {};
}

}  // namespace

Status loadDuckdb() {
  static const Status loaded = load();
  return loaded;
}

}  // namespace sluice::analytics
