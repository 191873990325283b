# ./dev lint [--fast]
source tools/dev/setup.sh
source tools/dev/lint_steps.sh

need "${LINT_PACKAGES[@]}"
attempt "layers" layers check_layers
attempt "house rules" lint check_house_rules
attempt "clang-format" format check_format
if [ "${1:-}" != --fast ]; then
  setup
  need "${TIDY_PACKAGES[@]}"
  # A tree of its own, never built: clang does not know every flag of the GCC trees.
  configure dev -B build/tidy -DCMAKE_CXX_COMPILER=clang++-16
  attempt "clang-tidy" tidy check_tidy
fi
[ "$failures" -eq 0 ]
