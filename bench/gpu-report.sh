#!/usr/bin/env bash
# gpu-report.sh: one text file that says how Shardpick does on this machine's OpenCL devices: what
# was found, self-test, tuning, benchmark of every OpenCL algorithm, a minute of mining on the
# development network. For a bug report, or for the table in bench/NOTES.md.
#
#   bench/gpu-report.sh [-s SHARDPICK] [-d DEVICES] [-o FILE] [-m SECONDS]
#     -s  program; default: build/shardpick of this source tree, built if it is missing
#     -d  devices as --opencl takes them; default all. PoCL only when named, e.g. -d 0:0
#     -o  report; default gpu-report.txt in the current folder
#     -m  seconds of mining; default 60
# Nothing leaves the machine. Exit: 0 all steps passed, 1 one failed (the report says which),
# 2 wrong usage.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/shardpick
devices=all
report=gpu-report.txt
mining_seconds=60
usage() { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
while getopts s:d:o:m:h option; do
  case $option in
    s) program=$OPTARG ;;
    d) devices=$OPTARG ;;
    o) report=$OPTARG ;;
    m) mining_seconds=$OPTARG ;;
    *) usage ;;
  esac
done
[[ $mining_seconds =~ ^[1-9][0-9]*$ ]] || usage
if [[ ! -x $program ]]; then
  "$root/bootstrap" build || { echo "gpu-report: $program is not there and cannot be built" >&2; exit 1; }
fi
: > "$report" || { echo "gpu-report: cannot write $report" >&2; exit 1; }

failed=()
say() { printf '%s\n' "$@" | tee -a "$report"; }
# step NAME COMMAND...: run, report output and time, remember a failure and go on.
step() {
  local name=$1 begun=$SECONDS status
  shift
  say "" "== $name" "\$ $*"
  "$@" 2>&1 < /dev/null | tee -a "$report"
  status=${PIPESTATUS[0]}
  say "-- exit $status after $((SECONDS - begun)) s"
  [[ $status -eq 0 ]] || failed+=("$name")
}
has_command() { "$program" --help 2>&1 | grep -qE "^ +$1( |\$)"; }

say "Shardpick GPU report"
step "version" "$program" -V
step "system" uname -srm
[[ -r /etc/os-release ]] && say "$(. /etc/os-release; echo "${PRETTY_NAME:-unknown distribution}")"
say "$(grep -m1 'model name' /proc/cpuinfo || echo 'processor unknown')"
if command -v nvidia-smi > /dev/null; then
  step "nvidia-smi" nvidia-smi --format=csv \
    --query-gpu=name,driver_version,pci.bus_id,clocks.max.sm,clocks.max.mem,power.limit,temperature.gpu
fi
step "devices" "$program" devices
step "self-test" "$program" selftest --opencl "$devices"
if has_command tune; then
  step "tune" "$program" tune --opencl "$devices"
else
  say "" "== tune" "this build has no tune command; the defaults are measured"
fi
# Twice: the first run may meet a device whose clocks are still asleep.
step "bench, warm-up" "$program" bench --device "$devices" --seconds 5
step "bench" "$program" bench --device "$devices" --seconds 10
step "bench, machine-readable" "$program" bench --json --device "$devices" --seconds 10
step "mining $mining_seconds s on the development network" \
  "$program" mine -t 0 --opencl "$devices" --duration "$mining_seconds" --no-color
if command -v nvidia-smi > /dev/null; then
  step "nvidia-smi after mining" nvidia-smi --format=csv \
    --query-gpu=name,clocks.sm,clocks.mem,power.draw,temperature.gpu,clocks_event_reasons.active
fi

say "" "== result"
if [[ ${#failed[@]} -eq 0 ]]; then
  say "all steps passed"
  exit 0
fi
say "failed: $(printf '%s; ' "${failed[@]}")"
exit 1
