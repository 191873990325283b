# ./dev test [STAGE...]: everything that must hold. Stages, in order: lint unit asan tsan e2e gate package. Goes on after a
# failure, and ends with a line of its own: "N passed, N failed".
source tools/dev/setup.sh
source tools/dev/lint_steps.sh

RESULTS=$ROOT/build/results
TSAN_TARGETS=(base_test runtime_test journal_test config_test identity_test upstream_test gateway_test)
PYTHON=build/venv/bin/python
stages=("$@")

wanted() { [ "${#stages[@]}" -eq 0 ] || printf '%s\n' "${stages[@]}" | grep -qx -- "$1"; }

# How many processors' worth of tests run at once: their servers and clients are processes of their own.
run_ctest() {
  local tree=$1
  rm -rf "$RESULTS/$tree"
  mkdir -p "$RESULTS/$tree"
  # Each GoogleTest binary writes NAME.json there, from which its cases are counted.
  GTEST_OUTPUT="json:$RESULTS/$tree/" \
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
  UBSAN_OPTIONS=print_stacktrace=1 \
  TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    ctest --test-dir "build/$tree" -j "$JOBS" --output-on-failure --timeout 600 \
    --output-junit "$RESULTS/$tree/ctest.xml" "${@:2}"
}

# The targets of a tree that its tests run, by the tests that ctest would start.
test_targets() {
  ctest --test-dir "build/$1" --show-only=json-v1 |
    python3 -c 'import json, sys
print("\n".join(t["command"][0].rsplit("/", 1)[1] for t in json.load(sys.stdin)["tests"] if "command" in t))'
}

# tree_stage PRESET: configure, compile its tests, run them. CTest lists only tests that are built once configured.
tree_stage() {
  local preset=$1 targets
  configure "$preset"
  mapfile -t targets < <(ninja_targets "$preset")
  compile "$preset" "${targets[@]}"
  attempt "tests, $preset" "test-$preset" run_ctest "$preset"
}

# Names of the programs that add_test runs in a tree: what `ctest` needs built.
ninja_targets() { test_targets "$1" | sort -u; }

tsan_stage() {
  local known targets
  configure tsan
  known=$(ninja_targets tsan)
  mapfile -t targets < <(printf '%s\n' "${TSAN_TARGETS[@]}" | grep -Fx -f <(printf '%s\n' "$known"))
  compile tsan "${targets[@]}"
  # vm.mmap_rnd_bits above 28 is more than this ThreadSanitizer can place: without randomness it always fits.
  attempt "tests, tsan" test-tsan setarch -R bash -c "$(declare -f run_ctest)
    RESULTS='$RESULTS' JOBS=$JOBS run_ctest tsan -R '^($(printf '%s|' "${targets[@]%_test}" | sed 's/|$//'))\$'"
}

lint_stage() {
  need "${LINT_PACKAGES[@]}"
  attempt "layers" layers check_layers
  attempt "house rules" lint check_house_rules
  attempt "house rules' own tests" lint-test python3 tests/lint_test.py
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
  compile release sluice
}

started=$SECONDS
rm -rf "$RESULTS"
setup
need "${TEST_PACKAGES[@]}"
wanted lint && lint_stage
wanted unit && tree_stage release
wanted asan && tree_stage asan
wanted tsan && tsan_stage
if wanted e2e || wanted gate || wanted package; then
  need "${FETCH_PACKAGES[@]}"
  step "Python and Node environments" environments make_environments
  release_binary
fi
wanted e2e && pytest_stage e2e tests/e2e
wanted gate && pytest_stage gate tests/gate
wanted package && pytest_stage package tests/package
python3 tools/dev/slowest.py build/release build/asan build/tsan
printf 'total time %s\n' "$(elapsed $((SECONDS - started)))"
python3 tools/dev/tally.py "$RESULTS" "$failures"
