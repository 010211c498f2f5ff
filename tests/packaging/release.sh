#!/usr/bin/env bash
# release.sh SOURCES FOLDER: a release is made in FOLDER, and holds what packaging/release/README.md says. (That both
# builds are equal and that the programs work is checked by the making.)
set -euo pipefail
sources=$1 out=$2
for tool in git patchelf jq cmake ninja aarch64-linux-gnu-gcc qemu-aarch64 dpkg-deb apt-get; do
    command -v $tool >/dev/null || { echo "skipped: no $tool here"; exit 77; }
done
fail() { echo "release.sh: $*" >&2; exit 1; }
"$sources/packaging/release/release.sh" "$out"
cd "$out/dist"
version=$(sed -n 's/.*"name": "shardpick-\([0-9.]*\)".*/\1/p' ./*.spdx.json)
for file in "shardpick-$version-source.tar.gz" "shardpick_${version}_amd64.deb" "shardpick_${version}_arm64.deb" \
    "shardpick-$version-linux-amd64.tar.gz" "shardpick-$version-linux-arm64.tar.gz" "shardpick-$version.tar.gz" \
    "shardpick-mmpos-$version.tar.gz"; do
    [ -s "$file" ] || fail "no $file"
    sum=$(sha256sum <"$file" | cut -d' ' -f1)
    grep -qx "$sum  $file" SHA256SUMS || fail "no checksum of $file"
    jq -e --arg file "./$file" --arg sum "$sum" 'any(.files[]; .fileName == $file and
        any(.checksums[]; .checksumValue == $sum))' ./*.spdx.json >/dev/null || fail "$file is not in the parts list"
done
jq -e '([.packages[].SPDXID, .files[].SPDXID, .SPDXID]) as $ids | ($ids | length == (unique | length))
    and all(.relationships[]; ([.spdxElementId, .relatedSpdxElement] - $ids) == [])
    and all("libcurl4", "libssl3", "libjansson4"; . as $name | [$ARGS.named.list[].packages[] | select(.name == $name)] | length == 2)' \
    --slurpfile list ./*.spdx.json ./*.spdx.json >/dev/null || fail "the parts list does not fit together"
! tar -tvf "shardpick-$version-source.tar.gz" | awk '{ print $2 }' | grep -qv root/root || fail "owners in the source tarball"
for arch in amd64 arm64; do
    [ "$(dpkg-deb -f "shardpick_${version}_$arch.deb" Architecture)" = $arch ] || fail "wrong processor"
    dpkg-deb -f "shardpick_${version}_$arch.deb" Depends | grep -q 'libcurl4 (>=' || fail "no dependencies"
done
