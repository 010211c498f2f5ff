#!/usr/bin/env bash
# amd_code.sh SOURCE_TREE: alephium.cl compiled for an RX 6000 (bench/device-code.sh) keeps its state
# in at most 40 registers, has nothing in private memory, spills nothing, and needs at most 2 % more
# vector instructions than bench/NOTES.md counts operations (what reports a find is in them too).
set -uo pipefail
table=$(CHIPS=gfx1030 "$1/bench/device-code.sh" -D UNROLL=1 alephium)
status=$?
printf '%s\n' "$table"
[[ $status -eq 0 ]] || exit $status
awk '$2 == "gfx1030" {
  good = $3 <= 40 && $5 == 0 && $6 == 0 && $8 >= 4679 && $8 <= 4773
}
END { exit !good }' <<< "$table"
