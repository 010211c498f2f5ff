#!/usr/bin/env bash
# Writes the configuration from the flight sheet: CUSTOM_URL (several with blanks or lines),
# CUSTOM_TEMPLATE (login), CUSTOM_PASS, CUSTOM_ALGO (a coin or an algorithm) and CUSTOM_USER_CONFIG
# (further options as JSON: {"threads": 0} or just "threads": 0). Hive's agent sources this file.

[[ -z ${CUSTOM_CONFIG_FILENAME:-} ]] && . "$(dirname "${BASH_SOURCE[0]}")/h-manifest.conf"

shardpick_config() {
    local extra=${CUSTOM_USER_CONFIG:-} coin=${CUSTOM_ALGO:-alephium} algo=
    [[ -n $extra && ! $extra =~ ^[[:space:]]*\{ ]] && extra="{$extra}"
    case ${coin,,} in
        blake3 | blake3-alephium | blake3_alephium | alph | alephium) coin=alephium ;;
        sha256d | scrypt | skein | qubit | odocrypt) algo=${coin,,} coin=digibyte ;;
        *) coin=${coin,,} ;;
    esac
    jq -n --arg urls "${CUSTOM_URL:-}" --arg user "${CUSTOM_TEMPLATE:-}" \
        --arg pass "${CUSTOM_PASS:-}" --arg coin "$coin" --arg algo "$algo" \
        --argjson extra "${extra:-{\}}" '
        {servers: [$urls | splits("[ \t\r\n]+") | select(. != "")
                   | if test("://") then . else "stratum+tcp://" + . end
                   | {url: .}
                     + (if startswith("daemon+tcp:") or $user == "" then {} else {user: $user} end)
                     + (if startswith("daemon+tcp:") or $pass == "" then {} else {pass: $pass} end)],
         coin: $coin, api: 4068}
        + (if $algo == "" then {} else {algo: $algo} end) + $extra'
}

# A wrong user configuration leaves the former file in place, and says so.
if text=$(shardpick_config); then
    mkdir -p "$(dirname "$CUSTOM_CONFIG_FILENAME")"
    (umask 077 && printf '%s\n' "$text" >"$CUSTOM_CONFIG_FILENAME")
else
    echo "shardpick: the extra configuration is no JSON: ${CUSTOM_USER_CONFIG:-}" >&2
fi
