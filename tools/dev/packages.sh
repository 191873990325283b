# What each command needs from Debian 12, see need() in common.sh. ARCHITECTURE.md gives the reason for each library.
BUILD_PACKAGES=(
  ca-certificates cmake:cmake ninja:ninja-build g++:g++ pkg-config:pkgconf ccache:ccache mold:mold libc6-dev
  libssl-dev libfmt-dev libyaml-cpp-dev libgtest-dev libbenchmark-dev libc-ares-dev libnghttp2-dev libpugixml-dev
  zlib1g-dev libbrotli-dev libsimdjson-dev libmimalloc-dev libexpected-dev libcli11-dev libxxhash-dev
  libxslt1-dev
)
# npm brings DuckDB and the token ranks.
FETCH_PACKAGES=(node:nodejs npm:npm)
TEST_PACKAGES=(
  python3:python3 python3-venv curl:curl openssl:openssl valgrind:valgrind chromium:chromium chromedriver:chromium-driver
  dpkg-deb:dpkg dpkg-shlibdeps:dpkg-dev procps
)
LINT_PACKAGES=(python3:python3 clang-format-16:clang-format-16)
TIDY_PACKAGES=(clang-tidy-16:clang-tidy-16 clang++-16:clang-16)
FUZZ_PACKAGES=(clang++-16:clang-16 libclang-rt-16-dev)
BENCH_PACKAGES=(python3:python3 wrk:wrk openssl:openssl taskset:util-linux)
MONO_PACKAGES=(mcs:mono-mcs mono:mono-runtime libnewtonsoft-json5.0-cil)
PACKAGE_PACKAGES=(dpkg-deb:dpkg dpkg-shlibdeps:dpkg-dev)
