# ./dev package: build/package/sluice_VERSION_amd64.deb, from the release build.
source tools/dev/setup.sh

PACKAGE=build/package
STAGE=$PACKAGE/root

version() { sed -n 's/^project(sluice VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

stage_files() {
  rm -rf "$STAGE"
  mkdir -p "$STAGE"
  cmake --install build/release --prefix "$ROOT/$STAGE/usr" --component sluice --strip
  install -D -m 644 .deps/duckdb/libduckdb.so "$STAGE/usr/lib/sluice/libduckdb.so"
  install -D -m 644 -t "$STAGE/usr/share/sluice/tokenizer" .deps/tokenizer/*.tiktoken
  mkdir -p "$STAGE/usr/share/sluice"
  cp -r examples "$STAGE/usr/share/sluice/"
  install -D -m 644 packaging/sluice.service "$STAGE/lib/systemd/system/sluice.service"
  install -D -m 644 packaging/sluice.default "$STAGE/etc/default/sluice"
  install -D -m 644 packaging/sluice.yaml "$STAGE/etc/sluice/sluice.yaml"
  install -D -m 644 packaging/copyright "$STAGE/usr/share/doc/sluice/copyright"
  install -D -m 644 README.md "$STAGE/usr/share/doc/sluice/README.md"
  find "$STAGE" -type d -exec chmod 755 {} +
}

# The Debian packages whose libraries the binaries load, with the versions they need.
dependencies() {
  local scratch
  scratch=$(mktemp -d)
  mkdir "$scratch/debian"
  printf 'Source: sluice\n\nPackage: sluice\nArchitecture: amd64\n' >"$scratch/debian/control"
  (cd "$scratch" && dpkg-shlibdeps -O -l"$ROOT/$STAGE/usr/lib/sluice" --ignore-missing-info \
    -e "$ROOT/$STAGE/usr/bin/sluice" -e "$ROOT/$STAGE/usr/lib/sluice/libduckdb.so") | sed -n 's/^shlibs:Depends=//p'
  rm -rf "$scratch"
}

write_control() {
  local depends size
  depends=$(dependencies)
  size=$(du -sk "$STAGE" | cut -f 1)
  mkdir -p "$STAGE/DEBIAN"
  sed -e "s/@VERSION@/$(version)/" -e "s/@DEPENDS@/$depends/" -e "s/@SIZE@/$size/" packaging/control.in \
    >"$STAGE/DEBIAN/control"
  (cd "$STAGE" && find etc -type f -printf '/%p\n' | sort) >"$STAGE/DEBIAN/conffiles"
  (cd "$STAGE" && find usr lib -type f -exec md5sum {} +) >"$STAGE/DEBIAN/md5sums"
}

build_package() {
  stage_files
  write_control
  # The same input gives the same bytes.
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
  export SOURCE_DATE_EPOCH
  dpkg-deb --root-owner-group -Zzstd --build "$STAGE" "$PACKAGE/sluice_$(version)_amd64.deb"
}

setup
need "${PACKAGE_PACKAGES[@]}"
configure release
compile release sluice
step "package" package build_package
printf '%s\n' "$PACKAGE/sluice_$(version)_amd64.deb"
