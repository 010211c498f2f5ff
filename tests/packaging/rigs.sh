#!/usr/bin/env bash
# rigs.sh PROGRAM VERSION PACKAGING: builds the packages for HiveOS and mmpOS, unpacks them into a
# faked rig, and lets their scripts configure, run and ask a miner as the rig's agent does.
set -euo pipefail
program=$1 version=$2 packaging=$3
for tool in jq curl tar python3; do
    command -v $tool >/dev/null || { echo "skipped: no $tool here"; exit 77; }
done
fail() { echo "rigs.sh: $*" >&2; exit 1; }
work=$(mktemp -d)
miner=
faked=
finish() {
    [ -z "$faked" ] || kill "$faked" 2>/dev/null || true
    [ -z "$miner" ] || { kill "$miner" 2>/dev/null && wait "$miner" 2>/dev/null; } || true
    rm -rf "$work"
}
trap finish EXIT

"$packaging/rigs.sh" "$program" "$version" "$work/one" >/dev/null
"$packaging/rigs.sh" "$program" "$version" "$work/two" >/dev/null
diff -r "$work/one" "$work/two" || fail "two runs give different archives"

# ---- HiveOS: /hive/miners/custom/NAME, here below $work ------------------------------------------
custom=$work/hive/miners/custom
mkdir -p "$custom"
tar -C "$custom" -xzf "$work/one/shardpick-$version.tar.gz"
cd "$custom/shardpick"
for file in h-manifest.conf h-config.sh h-run.sh h-stats.sh shardpick; do
    [ -f $file ] || fail "no $file in the archive"
done
sed -i "s|/hive/|$work/hive/|; s|/var/log/|$work/log/|" h-manifest.conf
. ./h-manifest.conf
[ "$CUSTOM_NAME $CUSTOM_VERSION" = "shardpick $version" ] || fail "wrong manifest"

configure() { # the flight sheet's fields: URL TEMPLATE PASS ALGO USER_CONFIG
    CUSTOM_URL=$1 CUSTOM_TEMPLATE=$2 CUSTOM_PASS=$3 CUSTOM_ALGO=$4 CUSTOM_USER_CONFIG=$5 \
        bash -c '. ./h-manifest.conf; . ./h-config.sh'
    ./shardpick config --print -c "$CUSTOM_CONFIG_FILENAME" >"$work/settings"
}
address=12sxfxraVoU8FcSVd7P2SVr2cd2vi8d17KtrprrL7cBbV
configure "pool.example:20032
stratum+ssl://other.example:3333" $address.rig1 x blake3-alephium '"threads": 2'
got=$(jq -Sc . "$CUSTOM_CONFIG_FILENAME")
want='{"api":4068,"coin":"alephium","servers":['
want+='{"pass":"x","url":"stratum+tcp://pool.example:20032","user":"'$address'.rig1"},'
want+='{"pass":"x","url":"stratum+ssl://other.example:3333","user":"'$address'.rig1"}],"threads":2}'
[ "$got" = "$want" ] || fail "configuration: $got"
[ "$(stat -c %a "$CUSTOM_CONFIG_FILENAME")" = 600 ] || fail "the configuration is readable by others"
# An extra configuration that is no JSON is left out, and that is said, now and in the miner's screen;
# the servers and the wallet are those of the new sheet all the same.
CUSTOM_URL=new.example:1 CUSTOM_TEMPLATE=$address.rig2 CUSTOM_PASS=x CUSTOM_ALGO=alephium \
    CUSTOM_USER_CONFIG='"threads: 2' bash -c '. ./h-manifest.conf; . ./h-config.sh' 2>"$work/said"
grep -q 'is no JSON' "$work/said" || fail "a wrong extra configuration is not told"
grep -q 'is no JSON' "$CUSTOM_CONFIG_FILENAME.note" || fail "no note for h-run.sh"
got=$(jq -Sc . "$CUSTOM_CONFIG_FILENAME")
want='{"api":4068,"coin":"alephium","servers":['
want+='{"pass":"x","url":"stratum+tcp://new.example:1","user":"'$address'.rig2"}]}'
[ "$got" = "$want" ] || fail "configuration without the wrong extra: $got"

# The port that the rig's own settings name is asked.
asked() { # API-VALUE-AS-JSON: the URL that h-stats.sh asks
    printf '{"api": %s}' "$1" >"$work/api.json"
    mkdir -p "$work/bin"
    printf '#!/bin/sh\nfor last; do :; done; echo "$last" >>%s/asked; exit 22\n' "$work" >"$work/bin/curl"
    chmod +x "$work/bin/curl"
    : >"$work/asked"
    PATH=$work/bin:$PATH CUSTOM_CONFIG_FILENAME=$work/api.json bash -c '. ./h-stats.sh'
    head -1 "$work/asked"
}
for pair in '40734 http://127.0.0.1:40734' '"0.0.0.0:5000" http://127.0.0.1:5000' \
    '"192.0.2.7:5001" http://192.0.2.7:5001' '"[::]:5002" http://[::1]:5002' 'null http://127.0.0.1:4068'; do
    got=$(asked "${pair% *}")
    [ "$got" = "${pair##* }/api/v1/devices" ] || fail "api ${pair% *}: asked $got"
done

stats() { # as the agent: sourced, then both variables are read
    SHARDPICK_API=http://127.0.0.1:$1 bash -c '. ./h-stats.sh; echo "$khs"; echo "$stats"'
}
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
[ "$(stats "$port" | tr '\n' ' ')" = "0 null " ] || fail "statistics of a miner that does not run"

# A rig with a processor and two cards, one of which has no sensors, as docs/api.schema.json has it.
mkdir -p "$work/rig/api/v1"
cat >"$work/rig/api/v1/devices" <<'JSON'
{"devices": [
 {"device": "cpu", "pci": "", "hashrate": {"10s": 1250000.0},
  "sensors": {"temperature_celsius": null, "fan_percent": null}},
 {"device": "opencl 0000:65:00.0 A", "pci": "0000:65:00.0", "hashrate": {"10s": 3500000000.0},
  "sensors": {"temperature_celsius": 61.4, "fan_percent": 40.0}},
 {"device": "opencl 0000:0a:00.0 B", "pci": "0000:0a:00.0", "hashrate": {"10s": 1000000.0},
  "sensors": {"temperature_celsius": null, "fan_percent": null}}]}
JSON
cat >"$work/rig/api/v1/summary" <<'JSON'
{"version": "9.8.7", "uptime_seconds": 3671.9, "algorithm": "alephium",
 "shares": {"accepted": 41, "rejected": 3, "stale": 2, "invalid_on_device": 1}}
JSON
python3 -m http.server --directory "$work/rig" --bind 127.0.0.1 "$port" >/dev/null 2>&1 &
faked=$!
for ((i = 0; i < 100; i++)); do
    got=$(stats "$port" | tr '\n' ' ')
    [ "$got" = "0 null " ] || break
    sleep 0.1
done
want='{"hs":[1250,3500000,1000],"hs_units":"khs","temp":[0,61,0],"fan":[0,40,0],"uptime":3671,'
want+='"ver":"9.8.7","ar":[41,5,1],"algo":"alephium","bus_numbers":[null,101,10]}'
[ "$got" = "3502250 $want " ] || fail "statistics of a rig: $got"
kill "$faked" && wait "$faked" 2>/dev/null || true
faked=

grep -q . "$CUSTOM_CONFIG_FILENAME.note" || fail "the note is gone too early"
configure "" "" "" "" '{"threads": 1, "opencl": "none", "api": '"$port"'}'
./h-run.sh >"$work/out" 2>&1 &
miner=$!
for ((i = 0; i < 300; i++)); do
    stats "$port" >"$work/stats"
    read -r khs <"$work/stats"
    tail -1 "$work/stats" >"$work/stats.json"
    jq -en --arg k "$khs" '$k | tonumber > 0' >/dev/null && jq -e '.ar[0] > 0' "$work/stats.json" >/dev/null && break
    kill -0 "$miner" 2>/dev/null || { cat "$work/out"; fail "the miner ended"; }
    sleep 0.2
done
jq -e --arg version "$version" '
    (.hs | length == 1 and .[0] > 0) and .hs_units == "khs" and .temp == [0] and .fan == [0]
    and .uptime >= 0 and (.ar | length == 3 and .[0] > 0) and .algo == "alephium"
    and .bus_numbers == [null] and .ver == $version' "$work/stats.json" >/dev/null ||
    { cat "$work/stats.json" "$work/out"; fail "statistics are not what Hive reads"; }
[ ! -e "$CUSTOM_CONFIG_FILENAME.note" ] || fail "a note without a reason"
read -r khs < <(bash -c '. ./h-stats.sh; echo "$khs"') # at the port of the configuration
jq -en --arg k "$khs" '$k | tonumber > 0' >/dev/null || fail "the port of the configuration is not asked"
[ -s "$CUSTOM_LOG_BASENAME.log" ] || fail "no log where the manifest says"

# ---- mmpOS ---------------------------------------------------------------------------------------
mkdir "$work/mmp"
tar -C "$work/mmp" -xzf "$work/one/shardpick-mmpos-$version.tar.gz"
. "$work/mmp/shardpick/mmp-external.conf"
[ "$EXTERNAL_NAME $EXTERNAL_VERSION" = "shardpick $version" ] || fail "wrong mmp-external.conf"
SHARDPICK_API=http://127.0.0.1:$port "$work/mmp/shardpick/mmp-stats.sh" >"$work/mmp.json"
jq -e '(.busid | length == 1) and (.hash[0] > 0) and .units == "hs" and (.air | length == 3)
    and .miner_name == "shardpick" and (.miner_version | length > 0)' "$work/mmp.json" >/dev/null ||
    { cat "$work/mmp.json"; fail "statistics are not what mmpOS reads"; }

kill -TERM "$miner"
code=0
wait "$miner" || code=$?
miner=
[ $code = 0 ] || { cat "$work/out"; fail "the miner ended with $code"; }
SHARDPICK_API=http://127.0.0.1:$port "$work/mmp/shardpick/mmp-stats.sh" |
    jq -e '.hash == [] and .miner_name == "shardpick"' >/dev/null || fail "mmpOS: a miner that is gone"
# The address on the running miner's command line is asked, or that of its configuration file.
for form in "--api 127.0.0.1:$port" "--api=$port" "-c $work/mmp.settings"; do
    printf '{"api": "127.0.0.1:%s"}' "$port" >"$work/mmp.settings"
    # shellcheck disable=SC2086 # several words
    "$work/mmp/shardpick/shardpick" mine -t 1 --opencl none --screen log $form >"$work/out" 2>&1 &
    miner=$!
    for ((i = 0; i < 300; i++)); do
        ! "$work/mmp/shardpick/mmp-stats.sh" | jq -e '.hash[0] > 0' >/dev/null || break
        kill -0 "$miner" 2>/dev/null || { cat "$work/out"; fail "the miner ended"; }
        sleep 0.2
    done
    [ $i -lt 300 ] || { cat "$work/out"; fail "mmpOS: '$form' is not followed"; }
    kill -TERM "$miner"
    wait "$miner" || fail "the miner ended with $?"
    miner=
done
echo "HiveOS and mmpOS: fine"
