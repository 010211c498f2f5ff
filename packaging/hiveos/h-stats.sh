#!/usr/bin/env bash
# Sourced by Hive's agent: sets khs (all devices, in kilohashes a second) and stats (JSON). A miner
# that does not answer is khs=0 and stats=null. The miner is asked at the address that its
# configuration names: "api": PORT, "ADDRESS:PORT" or "[ADDRESS]:PORT"; an address that stands for all
# (0.0.0.0, ::) is reached over loopback.
[[ -z ${CUSTOM_CONFIG_FILENAME:-} ]] && . "$(dirname "${BASH_SOURCE[0]}")/h-manifest.conf"
shardpick_api=$(jq -r '.api // 4068 | tostring
    | capture("^(?:(?<host>.*):)?(?<port>[0-9]+)$")
    | (.host // "127.0.0.1") as $host
    | "http://" + (if $host == "" or $host == "0.0.0.0" then "127.0.0.1"
                   elif $host == "[::]" then "[::1]" else $host end) + ":" + .port' \
    "$CUSTOM_CONFIG_FILENAME" 2>/dev/null) || shardpick_api=
shardpick_api=${SHARDPICK_API:-${shardpick_api:-http://127.0.0.1:4068}}
khs=0
stats=null
if shardpick_devices=$(curl -sf --max-time 3 "$shardpick_api/api/v1/devices") &&
    shardpick_summary=$(curl -sf --max-time 3 "$shardpick_api/api/v1/summary"); then
    # bus_numbers: the PCI bus as a decimal number, null for the processor.
    stats=$(jq -nc --argjson d "$shardpick_devices" --argjson s "$shardpick_summary" '
        def hex: ascii_downcase | explode
            | reduce .[] as $c (0; . * 16 + (if $c > 57 then $c - 87 else $c - 48 end));
        $d.devices as $all
        | {hs: [$all[].hashrate["10s"] / 1000], hs_units: "khs",
           temp: [$all[] | .sensors.temperature_celsius // 0 | round],
           fan: [$all[] | .sensors.fan_percent // 0],
           uptime: ($s.uptime_seconds | floor), ver: $s.version,
           ar: [$s.shares.accepted, $s.shares.rejected + $s.shares.stale,
                $s.shares.invalid_on_device],
           algo: $s.algorithm,
           bus_numbers: [$all[] | if .pci == "" then null else .pci | split(":")[1] | hex end]}') &&
        khs=$(jq -r '.hs | add' <<<"$stats") || { khs=0 stats=null; }
fi
unset shardpick_api shardpick_devices shardpick_summary
