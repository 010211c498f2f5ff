#!/usr/bin/env bash
# owners.sh SYSROOT LIBRARY...: the packages of a sysroot that the libraries (by their file names) come from, a line
# each: package, version, architecture, source package.
set -euo pipefail
sysroot=$1
shift
for library in "$@"; do
    grep -l -E "^(\./)?(usr/)?lib/[^/]+/$(basename "$library" | sed 's/[.+]/\\&/g')$" "$sysroot"/control/*/list ||
        { echo "owners.sh: whose is $library?" >&2; exit 1; }
done | sort -u | while read -r list; do
    awk -F': ' '{ field[$1] = $2 } END {
        source = "Source" in field ? field["Source"] : field["Package"]
        sub(/ .*/, "", source)
        print field["Package"], field["Version"], field["Architecture"], source }' "${list%/list}/control"
done
