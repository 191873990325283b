# Shared by the commands of ./dev: steps with a log and elapsed time, package installation, configure and build.
# Sourced from the project's root.
ROOT=$PWD
LOGS=$ROOT/build/log
JOBS=${JOBS:-$(nproc)}
mkdir -p "$LOGS"

# Objects are shared between build folders and clones; nothing in them depends on where the tree lies.
export CCACHE_DIR=${CCACHE_DIR:-$HOME/.cache/ccache} CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=time_macros CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

source tools/dev/packages.sh

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

elapsed() { printf '%dm%02ds' $((($1) / 60)) $((($1) % 60)); }

# Shows how far a long step is, on a terminal only: the last line of its log every second.
show_progress() {
  local title=$1 log=$2
  local start=$SECONDS
  while sleep 1; do
    printf '\r\e[K%s  %s  %.90s' "$title" "$(elapsed $((SECONDS - start)))" "$(tail -n 1 "$log" | tr -d '\r\e')"
  done
}

# run_logged TITLE LOGNAME COMMAND...: quiet when the command succeeds; when it fails, the end of its log and where the
# rest is. Leaves the command's exit status in $status and returns 0: called as the left side of || or after if, bash
# would ignore errors inside COMMAND.
run_logged() {
  local title=$1 log=$LOGS/$2.log
  shift 2
  local start=$SECONDS ticker=
  : >"$log"
  if [ -t 1 ]; then
    show_progress "$title" "$log" &
    ticker=$!
  fi
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r\e[K'
  fi
  if [ "$status" -eq 0 ]; then
    printf '%-46s %s\n' "$title" "$(elapsed $((SECONDS - start)))"
  else
    printf '%-46s %s  FAILED\n' "$title" "$(elapsed $((SECONDS - start)))"
    tail -n 40 "$log" | sed 's/^/    /'
    printf '    (all of it: %s)\n' "${log#"$ROOT"/}"
  fi
}

# step ...: as run_logged, and a failure ends ./dev.
step() {
  run_logged "$@"
  [ "$status" -eq 0 ] || exit "$status"
}

# attempt ...: as run_logged, and a failure is remembered in $failures.
failures=0
attempt() {
  run_logged "$@"
  [ "$status" -eq 0 ] || failures=$((failures + 1))
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root is needed to install packages and there is no sudo. Run as root: $*"
  fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

# Prints what is missing of the given entries. An entry is a Debian package, or COMMAND:PACKAGE when any provider of the
# command will do.
missing_packages() {
  local entry
  for entry in "$@"; do
    case $entry in
      *:*) command -v "${entry%%:*}" >/dev/null || printf '%s\n' "${entry#*:}" ;;
      *) is_installed "$entry" || printf '%s\n' "$entry" ;;
    esac
  done
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# need ENTRY...: installs the missing ones.
need() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "needed, and there is no apt-get to install them: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
    sudo -v || die "sudo was refused; install by hand: ${missing[*]}"
  fi
  step "install ${#missing[@]} Debian packages" apt install_packages "${missing[@]}"
}

# configure PRESET [CMAKE-ARGUMENT...]. Always run: it is quick when nothing changed, and new files are found by it.
configure() {
  local preset=$1
  shift
  step "configure $preset" "configure-$preset" cmake --preset "$preset" "$@"
}

# compile PRESET [TARGET...]
compile() {
  local preset=$1
  shift
  step "compile $preset" "build-$preset" nice cmake --build "build/$preset" -j "$JOBS" ${1:+--target "$@"}
}
