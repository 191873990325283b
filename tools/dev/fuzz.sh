# ./dev fuzz [TARGET] [SECONDS]: each fuzzer for a while, on its corpus in tests/fuzz/corpus; what it finds new is merged
# into build/fuzz-corpus, and a crash is left in build/fuzz-crashes.
source tools/dev/setup.sh

fuzz_targets() { (cd src && find . -name '*_fuzz.cc' -printf '%f\n' | sed 's/\.cc$//' | sort); }

# run_fuzzer TARGET SECONDS
run_fuzzer() {
  local target=$1 seconds=$2
  local found=build/fuzz-corpus/$target crashes=build/fuzz-crashes/$target binary
  binary=$(find build/fuzz -type f -name "$target" -perm -u+x | head -n 1)
  mkdir -p "$found" "$crashes"
  "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$crashes/" "$found" "tests/fuzz/corpus/$target"
}

setup
need "${FUZZ_PACKAGES[@]}"
only=${1:-}
seconds=${2:-60}
mapfile -t targets < <(fuzz_targets | { [ -n "$only" ] && grep -x -- "$only" || cat; })
[ "${#targets[@]}" -gt 0 ] || die "no fuzzer named $only; there are: $(fuzz_targets | tr '\n' ' ')"
configure fuzz
compile fuzz "${targets[@]}"
for target in "${targets[@]}"; do
  mkdir -p "tests/fuzz/corpus/$target"
  step "fuzz $target, $seconds s" "fuzz-$target" run_fuzzer "$target" "$seconds"
done
