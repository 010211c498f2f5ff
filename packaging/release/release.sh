#!/usr/bin/env bash
# release.sh FOLDER: a release of the commit that is checked out, in FOLDER/dist: source tarball; for amd64 and arm64
# a Debian package and a portable tarball; for amd64 HiveOS's and mmpOS's; the parts list (SPDX); checksums.
# All of it is built twice, from folders of different names, without compiler caches, and compared bit for bit. Of the
# first build, unit tests and self-tests run, those of arm64 in qemu-user. README.md here says what is not done.
# Environment: SHARDPICK_RELEASE_ARCHS (default "amd64 arm64"), SHARDPICK_RELEASE_TESTS=no leaves the tests out.
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$(realpath -m "$1")
archs=${SHARDPICK_RELEASE_ARCHS:-amd64 arm64}
say() { echo "release: $*"; }
fail() { echo "release: $*" >&2; exit 1; }
quietly() { # STEP COMMAND...: its output only where it fails
    local log=$out/logs/$1.log
    shift
    "$@" >"$log" 2>&1 || { tail -30 "$log" >&2; fail "failed: $* (all of it: $log)"; }
}

cd "$root"
git rev-parse HEAD >/dev/null 2>&1 || fail "a release is made of a commit, and this is no git repository"
version=$(sed -n 's/^project(shardpick VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
unset CMAKE_C_COMPILER_LAUNCHER CFLAGS LDFLAGS CPPFLAGS
umask 022
[ -z "$(git status --porcelain)" ] || say "changes that are not committed are left out"
say "shardpick $version, commit ${commit:0:12}, for $archs"
rm -rf "$out/dist" "$out/first" "$out/second" "$out/logs"
mkdir -p "$out/logs"

triplet() { case $1 in amd64) echo x86_64-linux-gnu ;; arm64) echo aarch64-linux-gnu ;; *) fail "no such processor: $1" ;; esac; }
emulator() { # ARCH: words before the name of a program for it
    [ "$1" = "$(dpkg --print-architecture)" ] || echo "qemu-$(triplet "$1" | sed 's/-.*//') -L $out/sysroot-$1"
}
# archive FILE FOLDER NAME: FOLDER/NAME packed, equal for equal files.
archive() {
    tar -C "$2" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u+w,go=rX \
        --format=gnu -c "$3" | gzip -n -9 >"$1"
}
needed() { objdump -p "$@" | sed -n 's/^ *NEEDED *//p' | sort -u; }
is_libc() { [[ $1 =~ ^(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv)\.so ]]; }

# The program with its libraries but the C library's, their licences, manual and completions.
portable() { # ARCH BUILD FOLDER
    local arch=$1 build=$2 name=shardpick-$version-linux-$1 dir soname more
    local libraries=$out/sysroot-$arch/usr/lib/$(triplet "$arch")
    dir=$3/$name
    cmake --install "$build" --prefix "$dir" --strip
    mkdir "$dir/lib"
    more=$(needed "$dir/bin/shardpick")
    while [ -n "$more" ]; do
        for soname in $more; do
            is_libc "$soname" || [ -e "$dir/lib/$soname" ] || cp -L "$libraries/$soname" "$dir/lib/$soname"
        done
        more=$(for soname in $(needed "$dir"/lib/*); do
            is_libc "$soname" || [ -e "$dir/lib/$soname" ] || echo "$soname"
        done)
    done
    patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$dir/bin/shardpick"
    "$here/owners.sh" "$out/sysroot-$arch" "$dir"/lib/* | while read -r package _; do
        install -D -m 644 "$out/sysroot-$arch/usr/share/doc/$package/copyright" "$dir/licenses/$package"
    done
    sed "s/@GLIBC@/$(glibc "$dir"/bin/* "$dir"/lib/*)/g" "$here/portable.txt" >"$dir/README"
    archive "$3/$name.tar.gz" "$3" "$name"
}
# The C library that programs need.
glibc() { objdump -T "$@" | grep -o 'GLIBC_2\.[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1; }

build() { # NAME TESTS: all that a release holds but lists, in $out/NAME/out
    local work=$out/$1 tests=$2 arch source build
    mkdir -p "$work/out" "$work/parts"
    git archive --format=tar --prefix="shardpick-$version/" "$commit" | gzip -n -9 >"$work/out/shardpick-$version-source.tar.gz"
    tar -C "$work" -xzf "$work/out/shardpick-$version-source.tar.gz"
    source=$work/shardpick-$version
    for arch in $archs; do
        say "$1 build: $arch"
        build=$work/build-$arch
        quietly "$1-$arch-configure" cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DSHARDPICK_TESTS="$tests" -DCMAKE_TOOLCHAIN_FILE="$source/packaging/release/toolchain.cmake" \
            -DSHARDPICK_ARCH="$arch" -DSHARDPICK_SYSROOT="$out/sysroot-$arch"
        quietly "$1-$arch-build" cmake --build "$build" --target shardpick
        (cd "$work" && quietly "$1-$arch-package" cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/parts/deb-$arch" \
            -D CPACK_DEBIAN_PACKAGE_ARCHITECTURE="$arch" -D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF \
            -D CPACK_DEBIAN_PACKAGE_DEPENDS="udev, $("$here/depends.py" "$out/sysroot-$arch" "$build/shardpick")")
        quietly "$1-$arch-portable" portable "$arch" "$build" "$work/parts"
        cp "$work/parts/deb-$arch"/*.deb "$work/parts"/*-"$arch".tar.gz "$work/out"
        dpkg-deb -x "$work/parts/deb-$arch"/*.deb "$work/parts/installed-$arch"
        [ "$arch" != amd64 ] || quietly "$1-rigs" "$source/packaging/rigs.sh" \
            "$work/parts/installed-amd64/usr/bin/shardpick" "$version" "$work/out"
    done
}

check() { # ARCH: unit tests of the first build; what its packages hold passes its self-test
    local arch=$1 build=$out/first/build-$1 run
    run=$(emulator "$arch")
    quietly "check-$arch-deb" $run "$out/first/parts/installed-$arch/usr/bin/shardpick" selftest --opencl none
    say "$arch: the program of the Debian package passes its self-test${run:+ in ${run%% *}}: $(tail -1 "$out/logs/check-$arch-deb.log")"
    if [ -n "$run" ]; then # on nothing but a C library: its own libraries are all there
        mkdir -p "$out/first/bare-$arch"
        dpkg-deb --fsys-tarfile "$out/sysroot-$arch"/packages/libc6_*.deb | tar -x -C "$out/first/bare-$arch"
        run="${run%% *} -L $out/first/bare-$arch"
    fi
    quietly "check-$arch-portable" $run "$out/first/parts/shardpick-$version-linux-$arch/bin/shardpick" \
        mine -t 1 --opencl none --until-blocks 1 --json
    say "$arch: the portable program mines the development network${run:+ with the C library alone}"
    quietly "check-$arch-tests" cmake --build "$build"
    quietly "check-$arch-unit" ctest --test-dir "$build" -L '^unit$' -j2 --output-on-failure
    say "$arch: $(grep 'tests passed' "$out/logs/check-$arch-unit.log") (unit tests${run:+, in ${run%% *}})"
}

for arch in $archs; do
    say "libraries of $arch"
    quietly "sysroot-$arch" "$here/sysroot.sh" "$arch" "$out/sysroot-$arch"
done
tests=ON
[ "${SHARDPICK_RELEASE_TESTS:-yes}" = yes ] || tests=OFF
build first $tests
build second OFF
for file in "$out"/first/out/*; do
    cmp "$file" "$out/second/out/${file##*/}" || fail "the two builds of ${file##*/} differ"
done
say "the two builds are equal: $(ls "$out/first/out" | wc -l) files"
if [ $tests = ON ]; then
    for arch in $archs; do check "$arch"; done
fi
cp -r "$out/first/out" "$out/dist"
"$here/sbom.py" "$out" "$version" "$commit" $archs >"$out/dist/shardpick-$version.spdx.json"
(cd "$out/dist" && sha256sum -- * >SHA256SUMS && sha256sum --check --quiet SHA256SUMS)
[ $tests = ON ] || say "not done: the tests"
say "not done here: a signature of SHA256SUMS (sign it with your own key: gpg --armor --detach-sign SHA256SUMS), images of" \
    "containers, a run on arm64 hardware"
say "in $out/dist:"
(cd "$out/dist" && ls -l | awk 'NR > 1 { print "  " $5 "  " $9 }')
