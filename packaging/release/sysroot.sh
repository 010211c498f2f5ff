#!/usr/bin/env bash
# sysroot.sh ARCH FOLDER: unpacks into FOLDER what Shardpick is compiled against on the processor ARCH
# (amd64, arm64), out of this system's Debian release. Nothing is installed: apt has lists and a state
# of its own there. FOLDER/packages then holds the packages, FOLDER/control what each says of itself and the list of
# its files. Needs a mirror, no root.
set -euo pipefail
[ $# = 2 ] || { echo "usage: $0 ARCH FOLDER" >&2; exit 2; }
arch=$1 folder=$(realpath -m "$2")
wanted=(libc6-dev libcurl4-openssl-dev libjansson-dev libhwloc-dev libmicrohttpd-dev libncurses-dev
    libpsl-dev libssl-dev opencl-c-headers libcmocka-dev)
apt=$folder/apt
[ ! -f "$folder/complete" ] || exit 0
mkdir -p "$apt/lists/partial" "$folder/packages/partial"
: >"$apt/status"
get() {
    apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o APT::Sandbox::User= \
        -o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt" \
        -o Dir::Cache::Archives="$folder/packages" "$@"
}
get update
get install --download-only --no-install-recommends -y "${wanted[@]}"
mkdir -p "$folder/usr/lib" "$folder/control"
ln -s usr/lib "$folder/lib" # as on an installed system, where /lib and /usr/lib are one folder
ln -s usr/lib64 "$folder/lib64"
mkdir -p "$folder/usr/lib64"
for package in "$folder"/packages/*.deb; do
    name=${package##*/}
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$folder" --keep-directory-symlink --no-same-owner
    dpkg-deb -e "$package" "$folder/control/${name%%_*}"
    dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's|^\./||' >"$folder/control/${name%%_*}/list"
done
: >"$folder/complete"
