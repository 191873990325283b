# ./dev bench [--rounds N] [--seconds S] [--only WORD...] [--write]
source tools/dev/setup.sh

# nginx unpacked, not installed: installing it would start a server.
fetch_nginx() {
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || [ -x .deps/nginx/usr/sbin/nginx ] && return 0
  local scratch
  scratch=$(mktemp -d)
  chmod 755 "$scratch"
  (cd "$scratch" && apt-get download nginx)
  rm -rf .deps/nginx
  dpkg-deb -x "$scratch"/nginx_*.deb .deps/nginx
  rm -rf "$scratch"
}

setup
need "${BENCH_PACKAGES[@]}"
step "nginx" nginx fetch_nginx
configure release
compile release sluice bench_upstream bench_client
exec python3 bench/run.py "$@"
