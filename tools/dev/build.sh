# ./dev build [PRESET [TARGET...]]
source tools/dev/setup.sh

if [ "$command" = build ]; then
  preset=${1:-release}
  shift || true
  setup
  [ "$preset" = fuzz ] && need "${FUZZ_PACKAGES[@]}"
  configure "$preset"
  if [ "$preset" = release ] && [ $# -eq 0 ]; then
    compile release sluice
  else
    compile "$preset" "$@"
  fi
  printf 'built in build/%s\n' "$preset"
fi
