#!/usr/bin/env bash
# Started by Hive's agent inside its screen; stops with it.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./h-manifest.conf
mkdir -p "$(dirname "$CUSTOM_LOG_BASENAME")"
[ ! -s "$CUSTOM_CONFIG_FILENAME.note" ] || cat "$CUSTOM_CONFIG_FILENAME.note" # of h-config.sh
exec ./shardpick mine --screen log -c "$CUSTOM_CONFIG_FILENAME" --log-file "$CUSTOM_LOG_BASENAME.log"
