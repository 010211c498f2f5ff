#!/bin/sh
# neon.sh SOURCE_DIR alephium|autolykos2|eaglesong|equihash|header80: compile the NEON kernels with the
# cross compiler and run them against their references in the emulator (or directly, where this machine is
# a 64-bit ARM). Exit 77 where a tool is missing.
set -eu
source_dir=$1
subject=$2
compiler=${SHARDPICK_AARCH64_CC:-aarch64-linux-gnu-gcc}
runner="qemu-aarch64"
if [ "$(uname -m)" = aarch64 ]; then
    compiler=${CC:-cc}
    runner=""
fi
for tool in $compiler $runner; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: $tool is not installed"
        exit 77
    fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! echo 'int main(void) { return 0; }' | "$compiler" -static -x c - -o "$work/probe" 2>/dev/null; then
    echo "skipped: $compiler cannot link a static program (C library for arm64 missing)"
    exit 77
fi
cd "$source_dir"
case $subject in
alephium)
    set -- tests/cross/neon_main.c \
        kernels/alephium/alephium_ref.c kernels/alephium/alephium_neon.c \
        kernels/alephium/alephium_portable.c kernels/base/cpu.c kernels/base/text.c kernels/base/hex.c
    ;;
autolykos2)
    set -- tests/cross/neon_autolykos2_main.c kernels/autolykos2/autolykos2.c \
        kernels/autolykos2/autolykos2_ref.c kernels/autolykos2/autolykos2_neon.c \
        kernels/autolykos2/autolykos2_table.c kernels/base/blake2b.c kernels/base/cpu.c kernels/base/text.c
    ;;
eaglesong)
    set -- tests/cross/neon_eaglesong_main.c \
        kernels/eaglesong/eaglesong_parts.c kernels/eaglesong/eaglesong_ref.c \
        kernels/eaglesong/eaglesong_tables.c \
        kernels/eaglesong/eaglesong_neon.c kernels/eaglesong/eaglesong_portable.c
    ;;
header80)
    set -- -march=armv8-a+crypto tests/cross/neon_header80_main.c \
        kernels/sha256d/sha256d_ref.c kernels/sha256d/sha256d_neon.c \
        kernels/skein/skein_ref.c kernels/skein/skein_neon.c \
        kernels/scrypt/scrypt_ref.c kernels/scrypt/scrypt_neon.c \
        kernels/qubit/*_ref.c kernels/qubit/qubit_neon.c \
        kernels/prim/header80.c kernels/prim/sha256.c
    ;;
equihash)
    set -- tests/cross/neon_equihash_main.c \
        kernels/equihash/equihash.c kernels/equihash/equihash_ref.c \
        kernels/equihash/equihash_ref_solver.c \
        kernels/equihash/equihash_solver.c kernels/equihash/equihash_trees.c \
        kernels/equihash/equihash_neon.c kernels/equihash/equihash_portable.c \
        kernels/base/blake2b.c kernels/prim/sha256.c
    ;;
*)
    echo "usage: neon.sh SOURCE_DIR alephium|autolykos2|eaglesong|equihash|header80"
    exit 1
    ;;
esac
"$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -static -Wall -Wextra -Werror -fno-strict-aliasing \
    -Ikernels -o "$work/neon" "$@" \
    kernels/base/alloc.c kernels/base/random.c kernels/base/status.c kernels/base/target.c -lm
$runner "$work/neon"
