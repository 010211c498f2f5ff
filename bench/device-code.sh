#!/usr/bin/env bash
# device-code.sh: what an AMD compiler makes of the device kernels, on a machine without any GPU:
# registers, spills, private and local memory, instructions by kind. clang can compile for these
# chips; what it lacks of OpenCL's library is a few lines here. NVIDIA's assembler is not free: for
# its chips only that the source passes the compiler is shown.
#
#   bench/device-code.sh [-D MACRO=VALUE]... [ALGORITHM...]
#
# CLANG names the compiler (default clang-14, then clang), CHIPS the chips (default "gfx1030 gfx90a":
# RX 6000, MI200). Exit: 0; 1 a kernel did not compile; 77 no compiler for these chips.
set -uo pipefail

kernels=$(cd "$(dirname "$0")/../kernels" && pwd)
macros=()
while getopts D:h option; do
  case $option in
    D) macros+=("-D$OPTARG") ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
algorithms=("$@")
[[ $# -gt 0 ]] || algorithms=(alephium sha256d skein scrypt qubit odocrypt eaglesong equihash autolykos2)
clang=${CLANG:-$(command -v clang-14 || command -v clang || true)}
if [[ -z $clang ]] || ! "$clang" --print-targets 2> /dev/null | grep -q amdgcn; then
  echo "skipped: no clang that compiles for AMD's chips"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Pieces of an algorithm's source, in the order of its row.
pieces() {
  [[ $1 == equihash ]] || echo opencl/search.cl
  case $1 in alephium | eaglesong | equihash | autolykos2) ;; *) echo prim/header80_layout.h prim/header80.cl ;; esac
  case $1 in equihash | autolykos2) echo prim/blake2b.cl ;; esac
  case $1 in sha256d | skein | scrypt | equihash) echo prim/sha256.cl ;; esac
  [[ ! -e $kernels/$1/$1_layout.h ]] || echo "$1/$1_layout.h"
  [[ ! -e $kernels/$1/$1_matrix.h ]] || echo "$1/$1_matrix.h"
  case $1 in autolykos2) echo opencl/table.cl ;; esac
  echo "$1/$1.cl"
  [[ ! -e $kernels/$1/$1_solutions.cl ]] || echo "$1/$1_solutions.cl"
}

# Work items of a group are fixed: the counts do not depend on it.
library() {
  cat << 'END'
#define OVER __attribute__((overloadable)) static inline
OVER uint turn(uint x, uint n) { return __builtin_rotateleft32(x, n); }
OVER ulong turn(ulong x, ulong n) { return __builtin_rotateleft64(x, n); }
OVER uint4 turn(uint4 x, uint4 n) { return (x << n) | (x >> (32U - n)); }
#define rotate(x, n) turn((x), (n))
#define bitselect(a, b, c) (((a) & ~(c)) | ((b) & (c)))
#define convert_uint(x) ((uint)(x))
#define convert_ulong(x) ((ulong)(x))
OVER uint high(uint a, uint b) { return (uint)((ulong)a * b >> 32); }
OVER ulong high(ulong a, ulong b) { return (ulong)((unsigned __int128)a * b >> 64); }
#define mul_hi(a, b) high((a), (b))
#define atomic_inc(p) __sync_fetch_and_add((p), 1U)
#define atomic_add(p, more) __sync_fetch_and_add((p), (more))
#define atomic_xchg(p, value) __atomic_exchange_n((p), (value), __ATOMIC_RELAXED)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define get_local_size(d) 64U
#ifdef __AMDGCN__
#define get_local_id(d) __builtin_amdgcn_workitem_id_x()
#define get_group_id(d) __builtin_amdgcn_workgroup_id_x()
#define get_global_id(d) (get_group_id(d) * 64U + get_local_id(d))
#define get_global_size(d) __builtin_amdgcn_grid_size_x()
#define barrier(f) __builtin_amdgcn_s_barrier()
#define amd_bytealign(a, b, n) __builtin_amdgcn_alignbyte((a), (b), (n))
#define amd_bitalign(a, b, n) __builtin_amdgcn_alignbit((a), (b), (n))
#else
#define get_local_id(d) __nvvm_read_ptx_sreg_tid_x()
#define get_group_id(d) __nvvm_read_ptx_sreg_ctaid_x()
#define get_global_id(d) (get_group_id(d) * 64U + get_local_id(d))
#define get_global_size(d) (__nvvm_read_ptx_sreg_nctaid_x() * 64U)
#define barrier(f) __syncthreads()
#endif
END
}

# compile ALGORITHM TARGET-OPTIONS...: source in $folder/a.cl, assembly in $folder/a.s
compile() {
  library > "$folder/a.cl"
  (cd "$kernels" && cat $(pieces "$1")) >> "$folder/a.cl"
  "$clang" -x cl -cl-std=CL1.2 "${@:2}" -O3 -Xclang -finclude-default-header -DLOCAL_SIZE=64 \
    "${macros[@]}" -I"$kernels/prim" -I"$kernels/$1" -w -S "$folder/a.cl" -o "$folder/a.s"
}

failed=0
printf '%-18s %-8s %5s %5s %6s %8s %7s %7s %6s %7s\n' kernel chip VGPRs SGPRs spills private \
  local vector LDS memory
for algorithm in "${algorithms[@]}"; do
  name=$algorithm
  for chip in ${CHIPS:-gfx1030 gfx90a}; do
    if ! compile "$name" -target amdgcn-amd-amdhsa -mcpu="$chip" -nogpulib; then
      failed=1
      continue
    fi
    awk -v algorithm="$name" -v chip="$chip" '
      /^[a-z0-9_]+:/ { kernel = $1; sub(":", "", kernel) }
      /^\.Lfunc_end/ { kernel = "" }
      /^\tv_/ { vector[kernel]++ }
      /^\tds_/ { lds[kernel]++ }
      /^\t(global|flat|buffer|scratch)_/ { memory[kernel]++ }
      /^ +- ?\.|^ +\./ { sub("^ *-? *", "") } # what the driver is told of each kernel, in this order
      $1 == ".group_segment_fixed_size:" { group = $2 }
      $1 == ".name:" { named = $2 }
      $1 == ".private_segment_fixed_size:" { private = $2 }
      $1 == ".sgpr_count:" { sgprs = $2 }
      $1 == ".vgpr_count:" { vgprs = $2 }
      $1 == ".vgpr_spill_count:" {
        label = named == algorithm "_search" ? algorithm : named
        printf "%-18s %-8s %5d %5d %6d %8d %7d %7d %6d %7d\n", label, chip, vgprs, sgprs, $2,
          private, group, vector[named], lds[named], memory[named]
      }' "$folder/a.s"
  done
  if compile "$name" -target nvptx64-nvidia-nvcl -D__NV_CL_C_VERSION=120 2> "$folder/nvidia.log"; then
    printf '%-18s %-8s %s\n' "$name" nvptx64 "compiles"
  else
    printf '%-18s %-8s %s\n' "$name" nvptx64 "does not compile:"
    head -5 "$folder/nvidia.log"
    failed=1
  fi
done
exit $failed
