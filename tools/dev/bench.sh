# ./dev bench [--rounds N] [--seconds S] [--only WORD...] [--write]
# ./dev bench expressions [--seconds S] [--write]: policy expressions alone, beside C# on mono
# ./dev bench policies [--seconds S] [--write]: what compiled policies cost, and a choice among a pool's members
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
if [ "${1:-}" = expressions ]; then
  shift
  # No part of the product: where it cannot be had, its column stays empty.
  (need "${MONO_PACKAGES[@]}") || echo "no mono: expressions are measured without C# beside them"
  configure release
  compile release sluice expression_bench
  exec python3 bench/expressions.py "$@"
fi
if [ "${1:-}" = policies ]; then
  shift
  configure release
  compile release pipeline_bench backend_pool_bench
  exec python3 bench/policies.py "$@"
fi
step "nginx" nginx fetch_nginx
configure release
compile release sluice bench_upstream bench_client
exec python3 bench/run.py "$@"
