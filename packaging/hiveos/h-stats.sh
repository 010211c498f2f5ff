#!/usr/bin/env bash
# Sourced by Hive's agent: sets khs (all devices, in kilohashes a second) and stats (JSON). A miner
# that does not answer is khs=0 and stats=null.
shardpick_api=${SHARDPICK_API:-http://127.0.0.1:4068}
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
