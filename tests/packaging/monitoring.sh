#!/usr/bin/env bash
# monitoring.sh names|promtool SOURCES [PROGRAM FAKE_OPENCL FAKE_NVML]: the alert rules and the Grafana
# dashboards. names: they use metrics that the program prints, asked of a rig with a processor and a card
# (tests/fake_opencl) at the development network. promtool: the rules are right and fire when they should.
set -euo pipefail
what=$1 sources=$2
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "monitoring.sh: $*" >&2; exit 1; }
rules=$sources/packaging/prometheus/rules.yml
dashboards=("$sources/docs/grafana-dashboard.json" "$sources/packaging/prometheus/fleet-dashboard.json")
command -v jq >/dev/null || skip "no jq here"
work=$(mktemp -d)
miner=
finish() {
    [ -z "$miner" ] || { kill "$miner" 2>/dev/null && wait "$miner" 2>/dev/null; } || true
    rm -rf "$work"
}
trap finish EXIT

for dashboard in "${dashboards[@]}"; do
    jq -r '.. | .expr? // empty' "$dashboard" >>"$work/expressions"
    jq -e '[.panels[].id] | length == (unique | length)' "$dashboard" >/dev/null || fail "$dashboard: an id twice"
done

if [ "$what" = promtool ]; then
    command -v promtool >/dev/null || skip "no promtool (Debian package prometheus)"
    cp "$rules" "$sources/tests/packaging/rules_test.yml" "$work"
    promtool check rules "$work/rules.yml"
    promtool test rules "$work/rules_test.yml"
    # Every alert is in the test: as one that fires.
    for alert in $(sed -n 's/.*- alert: //p' "$rules"); do
        grep -Eq "alertname(: |=\"?)$alert\b" "$work/rules_test.yml" || fail "$alert is not tested"
    done
    # Expressions of dashboards, as rules, with their variables filled in.
    { printf 'groups:\n  - name: dashboards\n    rules:\n'
      jq -R '{record: "x", expr: gsub("\\$[a-z]+"; "a"), labels: {line: "\(input_line_number)"}}' "$work/expressions" |
          jq -c . | sed 's/^/      - /'; } >"$work/dashboards.yml"
    promtool check rules "$work/dashboards.yml" | grep -v "^Checking"
    exit 0
fi

program=$3 fake_opencl=$4 fake_nvml=$5
command -v curl >/dev/null || skip "no curl here"
ln -s "$fake_nvml" "$work/libnvidia-ml.so.1"
cp "$fake_opencl" "$work/opencl.so"
env LD_LIBRARY_PATH="$work" SHARDPICK_OPENCL_LIBRARY="$work/opencl.so" SHARDPICK_FAKE_OPENCL=good FAKE_LAUNCH_US=500 \
    "$program" mine -t 1 --opencl all --no-tune --cache-dir "" --api 0 --screen log >"$work/log" 2>&1 &
miner=$!
url=
for ((i = 0; i < 600; i++)); do
    kill -0 "$miner" 2>/dev/null || { cat "$work/log"; fail "the miner ended"; }
    url=$(sed -n 's|.*dashboard and API: \(http[^ ]*\)/ .*|\1|p' "$work/log")
    if [ -n "$url" ] && curl -sf "$url/metrics" >"$work/metrics" && grep -q power_watts "$work/metrics"; then break; fi
    sleep 0.1
done
sed -n 's/^# TYPE \([^ ]*\) histogram$/\1_bucket\n\1_sum\n\1_count/p; s/^# TYPE \([^ ]*\) .*/\1/p' "$work/metrics" |
    sort >"$work/printed"
grep -qx shardpick_device_power_watts "$work/printed" || { cat "$work/log"; fail "the card's sensors are not read"; }

sed -n 's/.*- record: //p' "$rules" | sort >"$work/recorded"
{ cat "$work/expressions"; jq -r '.templating.list[].query' "${dashboards[@]}"; grep -v '^ *#' "$rules"; } >"$work/uses"
grep -oE '[a-z]+:[a-z_]+:[0-9a-z]+' "$work/uses" | sort -u >"$work/recorded_uses"
sed -E 's/[a-z]+:[a-z_]+:[0-9a-z]+//g' "$work/uses" | grep -oE 'shardpick_[a-z_]+' | sort -u >"$work/printed_uses"
for kind in recorded printed; do
    unknown=$(comm -13 "$work/$kind" "$work/${kind}_uses" | tr '\n' ' ')
    [ -z "$unknown" ] || fail "no such metric ($kind): $unknown"
done
for result in $(grep -ohE 'result!?[=~]+"[a-z_|]+"' "$work/uses" | sed 's/.*"\(.*\)"/\1/; s/|/ /g'); do
    grep -q "^shardpick_shares_total{.*result=\"$result\"" "$work/metrics" || fail "no such result: $result"
done
echo "$(wc -l <"$work/printed_uses") metrics are used, all of them printed"
