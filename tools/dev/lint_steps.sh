# The checks of ./dev lint, the quick ones of which ./dev test runs too.
cpp_files() { find src tests bench -type f \( -name '*.cc' -o -name '*.h' \) -print0; }

check_format() { cpp_files | xargs -0 clang-format-16 --dry-run --Werror; }

check_layers() { python3 tools/check_layers.py; }

check_house_rules() { python3 tools/lint.py; }

# One process per core; clang-tidy reads .clang-tidy, and its warnings are errors.
check_tidy() {
  find src bench -name '*.cc' -print0 |
    xargs -0 -P "$JOBS" -n 4 nice clang-tidy-16 -p build/tidy --quiet
}
