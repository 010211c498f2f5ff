#!/usr/bin/env bash
# Called by mmpOS: prints busid, hash, units, air, miner_name and miner_version as one JSON object.
# The miner must run with: --api 4068
curl -sf --max-time 3 "${SHARDPICK_API:-http://127.0.0.1:4068}/mmpos" ||
    echo '{"busid":[],"hash":[],"units":"hs","air":[0,0,0],"miner_name":"shardpick","miner_version":"@VERSION@"}'
