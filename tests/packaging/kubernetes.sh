#!/usr/bin/env bash
# kubernetes.sh meaning SOURCES PROGRAM VERSION | schemas SOURCES: the manifests of packaging/kubernetes.
# meaning: what they name exists: options, settings, keys, labels, ports; pods fit the profile "restricted"; the
# program, started as the DaemonSet of the processor starts it, answers its probes. schemas: the published
# schemas of several Kubernetes versions, by kubernetes-validate.
set -euo pipefail
what=$1 sources=$2
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "kubernetes.sh: $*" >&2; exit 1; }
manifests=$sources/packaging/kubernetes

if [ "$what" = schemas ]; then
    validator=$sources/.cache/tools/bin/kubernetes-validate
    [ -x "$validator" ] || validator=$(command -v kubernetes-validate) ||
        skip "no kubernetes-validate: python3 -m venv .cache/tools && .cache/tools/bin/pip install kubernetes-validate==1.37.0"
    documents=$(cat "$manifests"/*.yaml | grep -c '^kind: ')
    monitors=$(cat "$manifests"/*.yaml | grep -c '^kind: ServiceMonitor') # not Kubernetes' own: no schema there
    for version in 1.25 1.29 1.33; do
        said=$("$validator" -k "$version.0" --strict "$manifests"/*.yaml 2>&1) || { echo "$said"; fail "not valid in $version"; }
        passed=$(grep -c '^INFO .* passed ' <<<"$said")
        [ "$passed" = $((documents - monitors)) ] || { echo "$said"; fail "$version: $passed of $documents documents"; }
        echo "Kubernetes $version: $passed documents are valid"
    done
    exit 0
fi

program=$3 version=$4
for tool in perl jq curl; do
    command -v $tool >/dev/null || skip "no $tool here"
done
perl -MCPAN::Meta::YAML -MJSON::PP -e 1 2>/dev/null || skip "no perl modules for YAML and JSON (Debian package perl)"
work=$(mktemp -d)
running=()
finish() {
    for pid in "${running[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

# All documents as one list; every scalar is a string there.
perl -MCPAN::Meta::YAML -MJSON::PP -e '
    print encode_json([map { @{CPAN::Meta::YAML->read($_) // die "$_: " . CPAN::Meta::YAML->errstr} } @ARGV])
' "$manifests"/*.yaml >"$work/all.json"
ask() { jq "$@" "$work/all.json"; }
holds() { # SENTENCE JQ-EXPRESSION: true for the list of all documents
    ask -e --arg version "$version" "
        def pods: .[] | select(.kind == \"DaemonSet\" or .kind == \"Deployment\");
        def spec: .spec.template.spec;
        $2" >/dev/null || fail "not so: $1"
}
holds "documents are named, in one namespace" 'all(.[]; .apiVersion and .kind and .metadata.name and
    (.metadata.namespace == "shardpick" or ([.kind] | inside(["Namespace", "PriorityClass"]))))'
holds "no document is there twice" 'map([.kind, .metadata.name]) | length == (unique | length)'
holds "the namespace enforces the profile" 'any(.[]; .kind == "Namespace" and .metadata.name == "shardpick"
    and .metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted")'
holds "pods fit the profile restricted" '[pods | spec] | length > 0 and all(.[];
    .securityContext.runAsNonRoot == "true" and .securityContext.seccompProfile.type == "RuntimeDefault"
    and (.hostNetwork or .hostPID or .hostIPC | not) and .automountServiceAccountToken == "false"
    and all(.volumes[]?; has("configMap") or has("emptyDir") or has("secret"))
    and all(.containers[]; .securityContext.allowPrivilegeEscalation == "false"
        and .securityContext.readOnlyRootFilesystem == "true" and .securityContext.capabilities == {drop: ["ALL"]}
        and all(.ports[]; has("hostPort") | not)))'
holds "images have the version of the sources" 'all(pods | spec.containers[]; .image | endswith("/shardpick:" + $version))'
holds "pods have the labels that are selected" 'all(pods; .spec.selector.matchLabels as $want
    | .spec.template.metadata.labels | contains($want))'
holds "keys of settings exist" '(map(select(.kind == "ConfigMap" or .kind == "Secret"))
    | map({key: (.kind + "/" + .metadata.name), value: ((.data // .stringData) | keys)}) | from_entries) as $keys
    | all(pods | spec | (.containers[].env[]?.valueFrom // {} | to_entries[]
            | select(.key == "configMapKeyRef" or .key == "secretKeyRef")
            | [(if .key == "secretKeyRef" then "Secret/" else "ConfigMap/" end) + .value.name, .value.key]),
        (.volumes[]? | select(.configMap) | ["ConfigMap/" + .configMap.name, .configMap.items[].key]);
        . as [$where, $key] | $keys[$where] // [] | index($key) != null)'
holds "mounted volumes exist" 'all(pods | spec; ([.volumes[]?.name] | sort) == ([.containers[].volumeMounts[]?.name] | unique))'
holds "the priority class exists" '([.[] | select(.kind == "PriorityClass").metadata.name]) as $classes
    | all(pods | spec.priorityClassName // empty; . as $class | $classes | index($class) != null)'
holds "services select pods and name their ports" '[pods | .spec.template] as $templates
    | all(.[] | select(.kind == "Service").spec; . as $service | any($templates[];
        (.metadata.labels | contains($service.selector)) and
        ([.spec.containers[].ports[].name] | contains([$service.ports[].targetPort]))))'
holds "the monitor selects a service and names its port" '[.[] | select(.kind == "Service")] as $services
    | all(.[] | select(.kind == "ServiceMonitor").spec; . as $monitor | any($services[];
        ((.metadata.labels // {}) | contains($monitor.selector.matchLabels)) and .spec.ports[0].name == $monitor.endpoints[0].port))'
holds "miners differ in devices, resources and nodes only" '[pods | select(.kind == "DaemonSet") | spec
    | del(.nodeSelector, .containers[].name, .containers[].args, .containers[].env, .containers[].resources)]
    | unique | length == 1'

# The user that pods run as is the image's.
uid=$(sed -n 's/^USER \([0-9]*\).*/\1/p' "$sources/packaging/Dockerfile")
holds "pods run as the image's user" "all(pods | spec.securityContext.runAsUser; . == \"$uid\")"

# Options on command lines and in the environment are options of the command.
ask -r '.[] | .spec?.template?.spec?.containers[]? | .args[0] as $command
    | (.args[] | select(startswith("--")) | "\($command) \(.)"),
      (.env[].name | select(startswith("SHARDPICK_"))
        | "\($command) --\(ltrimstr("SHARDPICK_") | ascii_downcase | gsub("_"; "-"))")' | sort -u >"$work/options"
"$program" --help >"$work/help"
while read -r command option; do
    if ! grep -q "^  $command  " "$work/help"; then
        echo "not checked: $option, since this program has no command $command"
        continue
    fi
    "$program" "$command" --help >"$work/help-$command"
    grep -Eq "^ +(-[a-zA-Z], )?$option( |$)" "$work/help-$command" || fail "$command has no option $option"
done <"$work/options"

# The miner of the processor, at a pool of the development network: settings, environment and command line are the
# manifest's but for the server's address.
mkdir "$work/etc" "$work/cache"
ask -r '.[] | select(.kind == "ConfigMap").data["shardpick.json"]' >"$work/etc/given.json"
: >"$work/log" && : >"$work/devnet" && : >"$work/devnet.log" # read while the programs start
"$program" devnet --node-port off --rest-port off --pool-port 0 --start-hashes 4096 --json >"$work/devnet" 2>"$work/devnet.log" &
running+=($!)
port=
for ((i = 0; i < 300 && ${port:-0} == 0; i++)); do
    port=$(grep -ohE 'stratum\+tcp://127.0.0.1:[0-9]+' "$work/devnet" "$work/devnet.log" | head -1 | sed 's/.*://') || true
    sleep 0.1
done
[ -n "$port" ] || { cat "$work/devnet.log"; fail "no development network"; }
sed "s|//pool.example:[0-9]*|//127.0.0.1:$port|; s|0.0.0.0:4068|127.0.0.1:0|" "$work/etc/given.json" >"$work/etc/shardpick.json"
cp "$program" "$work/shardpick"
mapfile -t arguments < <(ask -r '.[] | select(.metadata.name == "shardpick-cpu").spec.template.spec.containers[0].args[]')
arguments=("${arguments[@]/\/etc\/shardpick/$work/etc}")
holder=()
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then # as in the pod: no rights, and nothing else to write
    chmod 755 "$work" "$work/etc"
    chown "$uid:$uid" "$work/cache"
    holder=(setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all)
fi
address=12sxfxraVoU8FcSVd7P2SVr2cd2vi8d17KtrprrL7cBbV
HOME=$work/cache SHARDPICK_USER=$address.node-1.example SHARDPICK_PASS=x SHARDPICK_API_TOKEN='' \
    "${holder[@]}" "$work/shardpick" "${arguments[@]}" >"$work/log" 2>&1 &
running+=($!)
url=
for ((i = 0; i < 600; i++)); do
    kill -0 "${running[1]}" 2>/dev/null || { cat "$work/log"; fail "the miner ended"; }
    url=$(sed -n 's|.*dashboard and API: \(http[^ ]*\)/ .*|\1|p' "$work/log")
    if [ -n "$url" ] && curl -sf "$url/metrics" | grep -q '^shardpick_shares_total{result="accepted"} [1-9]'; then break; fi
    sleep 0.1
done
[ "$i" -lt 600 ] || { cat "$work/log"; fail "no share was accepted"; }
[ -d "$work/cache/.cache/shardpick" ] || { ls -A "$work/cache"; fail "the cache is not where the volume is"; }
for path in $(ask -r '.[] | (.. | .httpGet? // empty | .path), (select(.kind == "ServiceMonitor").spec.endpoints[].path)' | sort -u); do
    code=$(curl -s -o /dev/null -w '%{http_code}' "$url$path")
    [ "$code" = 200 ] || fail "$path: $code"
    echo "$path: $code"
done
