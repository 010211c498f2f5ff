#!/usr/bin/env bash
# Writes the configuration from the flight sheet: CUSTOM_URL (several with blanks or lines),
# CUSTOM_TEMPLATE (login), CUSTOM_PASS, CUSTOM_ALGO (a coin or an algorithm) and CUSTOM_USER_CONFIG
# (further options as JSON: {"threads": 0} or just "threads": 0). Hive's agent sources this file.

[[ -z ${CUSTOM_CONFIG_FILENAME:-} ]] && . "$(dirname "${BASH_SOURCE[0]}")/h-manifest.conf"

shardpick_config() { # EXTRA
    local extra=$1 coin=${CUSTOM_ALGO:-alephium} algo=
    [[ -n $extra && ! $extra =~ ^[[:space:]]*\{ ]] && extra="{$extra}"
    case ${coin,,} in
        blake3 | blake3-alephium | blake3_alephium | alph | alephium) coin=alephium ;;
        eaglesong | ckb | nervos) coin=nervos ;;
        sha256d | scrypt | skein | qubit | odocrypt) algo=${coin,,} coin=digibyte ;;
        autolykos | autolykos2 | autolykosv2 | autolykos_v2 | erg | ergo) coin=ergo ;;
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

# The servers and the wallet of this sheet are written in any case: a former sheet's wallet must not
# be mined for. An extra configuration that is no JSON is left out, and h-run.sh says so.
shardpick_note=$CUSTOM_CONFIG_FILENAME.note
mkdir -p "$(dirname "$CUSTOM_CONFIG_FILENAME")"
rm -f "$shardpick_note"
if ! shardpick_text=$(shardpick_config "${CUSTOM_USER_CONFIG:-}" 2>/dev/null); then
    echo "shardpick: the extra configuration is no JSON and is left out:" \
        "${CUSTOM_USER_CONFIG:-}" | tee "$shardpick_note" >&2
    shardpick_text=$(shardpick_config "")
fi
(umask 077 && printf '%s\n' "$shardpick_text" >"$CUSTOM_CONFIG_FILENAME.new") &&
    mv -f "$CUSTOM_CONFIG_FILENAME.new" "$CUSTOM_CONFIG_FILENAME"
unset shardpick_note shardpick_text
