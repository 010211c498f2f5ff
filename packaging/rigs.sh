#!/usr/bin/env bash
# rigs.sh PROGRAM VERSION FOLDER: the packages for HiveOS and mmpOS from a built program:
# FOLDER/shardpick-VERSION.tar.gz and FOLDER/shardpick-mmpos-VERSION.tar.gz. Equal input gives equal
# archives.
set -euo pipefail
[ $# = 3 ] || { echo "usage: $0 PROGRAM VERSION FOLDER" >&2; exit 2; }
program=$1 version=$2 out=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
pack() { # NAME FOLDER
    mkdir "$work/$1"
    for file in "$here/$2"/*; do
        sed "s/@VERSION@/$version/g" "$file" >"$work/$1/${file##*/}"
        chmod --reference="$file" "$work/$1/${file##*/}"
    done
    install -m 755 "$program" "$work/$1/shardpick"
    install -m 644 "$here/../LICENSE" "$work/$1/LICENSE"
}
archive() { # FILE NAME
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" \
        -c "$2" | gzip -n >"$out/$1"
    echo "$out/$1"
}
pack shardpick hiveos
archive "shardpick-$version.tar.gz" shardpick
rm -r "$work/shardpick"
pack shardpick mmpos
archive "shardpick-mmpos-$version.tar.gz" shardpick
