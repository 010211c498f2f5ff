#!/usr/bin/env python3
"""fixed_reference.py HASHES SEED: digest of Alephium's fixed work, from the definition in README.md
and the official BLAKE3 library (pip install blake3). Shares no code with Shardpick: it is what the
expected digests in tests/cross/test_bench_fixed.c were computed with. About 1 us a hash and slow."""
import hashlib
import struct
import sys

from blake3 import blake3

MASK = (1 << 64) - 1
CHAINS = 16
FINDS = 1024


def splitmix64(seed, size):
    out, state = b"", seed
    while len(out) < size:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        out += struct.pack("<Q", z ^ (z >> 31))
    return out[:size]


def main():
    hashes, seed = int(sys.argv[1]), int(sys.argv[2])
    message = bytearray(splitmix64(seed, 326))
    target = (1 << 256) - 1
    if hashes // FINDS > CHAINS:
        target //= hashes // FINDS // CHAINS
    digest = hashlib.sha256(b"shardpick fixed work 1\nalephium" + struct.pack(">QQ", hashes, seed))
    finds = 0
    for counter in range(hashes):
        message[16:24] = struct.pack("<II", counter >> 32, counter & 0xFFFFFFFF)
        value = blake3(blake3(bytes(message)).digest()).digest()
        if value[31] % CHAINS == 0 and int.from_bytes(value, "big") <= target:
            digest.update(struct.pack(">Q", counter) + value)
            finds += 1
    print(finds, digest.hexdigest())


main()
