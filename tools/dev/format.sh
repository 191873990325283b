# ./dev format: clang-format over our C++.
source tools/dev/lint_steps.sh
need "${LINT_PACKAGES[@]}"
cpp_files | xargs -0 clang-format-16 -i
