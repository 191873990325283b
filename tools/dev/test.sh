# ./dev test [STAGE...]: everything that must hold. Stages, in order: lint unit asan tsan golden e2e gate package. Goes on after a
# failure, and ends with a line of its own: "N passed, N failed".
source tools/dev/setup.sh
source tools/dev/lint_steps.sh

RESULTS=$ROOT/build/results
TSAN_TARGETS=(base_test runtime_test journal_test config_test identity_test upstream_test gateway_test)
PYTHON=build/venv/bin/python
stages=("$@")

wanted() { [ "${#stages[@]}" -eq 0 ] || printf '%s\n' "${stages[@]}" | grep -qx -- "$1"; }

# run_ctest TREE [CTEST-ARGUMENT...], started by "${runner[@]}".
runner=()
run_ctest() {
  local tree=$1
  shift
  rm -rf "$RESULTS/$tree"
  mkdir -p "$RESULTS/$tree"
  # Each GoogleTest binary writes NAME.json there, from which its cases are counted.
  env GTEST_OUTPUT="json:$RESULTS/$tree/" \
    ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
    UBSAN_OPTIONS=print_stacktrace=1 \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    "${runner[@]}" ctest --test-dir "build/$tree" -j "$JOBS" --output-on-failure --timeout 600 \
    --output-junit "$RESULTS/$tree/ctest.xml" "$@"
}

# Everything of a tree: its modules' tests and the replay of the fuzzers' corpora.
tree_stage() {
  configure "$1"
  compile "$1"
  attempt "tests, $1" "test-$1" run_ctest "$1"
}

# The modules where threads meet. Those not in the tree (yet) are left out.
tsan_stage() {
  local targets
  configure tsan
  mapfile -t targets < <(ninja -C build/tsan -t targets all | sed -n 's/^\([a-z_]*_test\): phony$/\1/p' |
    grep -Fx -f <(printf '%s\n' "${TSAN_TARGETS[@]}"))
  compile tsan "${targets[@]}"
  # This ThreadSanitizer cannot place its shadow when addresses are randomised as far as newer kernels do.
  runner=(setarch -R)
  attempt "tests, tsan" test-tsan run_ctest tsan -R "^($(IFS='|' && printf '%s' "${targets[*]%_test}"))\$"
  runner=()
}

lint_stage() {
  need "${LINT_PACKAGES[@]}"
  attempt "layers" layers check_layers
  attempt "house rules" lint check_house_rules
  attempt "the tools' own tests" tools-test python3 -m unittest discover -s tests -p '*_test.py'
  attempt "clang-format" format check_format
}

make_venv() {
  local folder=$1 requirements=$2
  local stamp=$folder/requirements.sha256
  if [ -f "$stamp" ] && sha256sum --check --status "$stamp"; then
    return 0
  fi
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --no-input -r "$requirements"
  sha256sum "$requirements" >"$stamp"
}

# Two environments: the article's openai 0.27 cannot live beside the current one.
make_environments() {
  make_venv build/venv tests/requirements.txt
  make_venv build/venv-article tests/requirements-article.txt
  mkdir -p build/node
  cp tests/e2e/node/package.json tests/e2e/node/package-lock.json build/node/
  if ! cmp -s build/node/package-lock.json build/node/installed-lock.json; then
    (cd build/node && npm ci --no-audit --no-fund && cp package-lock.json installed-lock.json)
  fi
}

# pytest_stage NAME PATH...
pytest_stage() {
  local name=$1
  shift
  mkdir -p "$RESULTS/$name"
  attempt "tests, $name" "test-$name" "$PYTHON" -m pytest -q --color=no -p no:cacheprovider \
    --junit-xml "$RESULTS/$name/pytest.xml" "$@"
}

release_binary() {
  configure release
  compile release sluice bench_upstream
}

started=$SECONDS
rm -rf "$RESULTS"
setup
need "${TEST_PACKAGES[@]}"
wanted lint && lint_stage
wanted unit && tree_stage release
wanted asan && tree_stage asan
wanted tsan && tsan_stage
if wanted golden || wanted e2e || wanted gate || wanted package; then
  need "${FETCH_PACKAGES[@]}"
  step "Python and Node environments" environments make_environments
  release_binary
fi
wanted golden && pytest_stage golden tests/golden
wanted e2e && pytest_stage e2e tests/e2e
wanted gate && pytest_stage gate tests/gate
wanted package && pytest_stage package tests/package
python3 tools/dev/slowest.py build/release build/asan build/tsan
printf 'total time %s\n' "$(elapsed $((SECONDS - started)))"
python3 tools/dev/tally.py "$RESULTS" "$failures"
