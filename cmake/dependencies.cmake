# Third-party libraries, all from Debian 12 unless said. ARCHITECTURE.md gives the reason for each.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlidec)
find_package(simdjson REQUIRED)
find_package(mimalloc REQUIRED)

# DuckDB: the shared library and its C header, put there by `./dev setup` (npm packages, pinned).
set(SLUICE_DEPS ${PROJECT_SOURCE_DIR}/.deps CACHE PATH "What ./dev setup fetched")
if(EXISTS ${SLUICE_DEPS}/duckdb/duckdb.h)
  add_library(duckdb SHARED IMPORTED)
  set_target_properties(duckdb PROPERTIES
    IMPORTED_LOCATION ${SLUICE_DEPS}/duckdb/libduckdb.so
    INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_DEPS}/duckdb)
endif()
