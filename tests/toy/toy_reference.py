#!/usr/bin/env python3
"""The two toy algorithms in plain Python, for their known answers: README.md here is the definition."""
import hashlib
import struct


def sha(data):
    return hashlib.sha256(data).digest()


def sha_of(data):
    return hashlib.sha256(data)


def toysolver(header, bits):
    """All solutions of a header: (solution, hash)."""
    seed = sha(header)
    for i in range(1 << bits):
        cell = sha(seed + struct.pack(">I", i))
        if int.from_bytes(cell, "big") >> (256 - (bits - 1)) == 0:
            stream = b"".join(sha(cell + struct.pack(">I", k)) for k in range(32))
            solution = struct.pack(">I", i) + stream[:1020]
            yield solution, sha(sha(header + solution))


def toytable(header, height, bits):
    seed = sha(header)
    acc = bytes(32)
    for word in struct.unpack(">8I", seed):
        element = sha(struct.pack(">QI", height, word % (1 << bits)))
        acc = bytes(a ^ b for a, b in zip(acc, element))
    return sha(seed + acc)


def header(label, nonce):
    return (sha(label) + sha(label + b"2") + sha(label + b"3"))[:76] + struct.pack("<I", nonce)


def splitmix64(seed, size):
    mask, out, state = (1 << 64) - 1, b"", seed
    while len(out) < size:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out += struct.pack("<Q", z ^ (z >> 31))
    return out[:size]


def fixed_toysolver(nonces, seed):
    """Digest of fixed work (bench/README.md), every solution being a find."""
    digest = sha_of(b"shardpick fixed work 1\ntoysolver" + struct.pack(">QQ", nonces, seed))
    finds, head = 0, splitmix64(seed, 80)[:76]
    for nonce in range(nonces):
        for solution, value in toysolver(head + struct.pack("<I", nonce), 20):
            digest.update(struct.pack(">Q", nonce) + value + solution)
            finds += 1
    return finds, digest.hexdigest()


if __name__ == "__main__":
    for bits, nonce in ((6, 1), (6, 77), (10, 5), (20, 4)):
        head = header(b"toysolver", nonce)
        found = list(toysolver(head, bits))
        print(f"toysolver bits {bits} nonce {nonce}: {len(found)} solutions\n  header {head.hex()}")
        for solution, digest in found:
            print(f"  solution {solution.hex()}\n  hash {digest.hex()}")
    for bits, nonce, height in ((8, 89112, 1000), (8, 18037, 1001), (18, 43262, 700000), (20, 41497, 2)):
        head = header(b"toytable", nonce)
        print(f"toytable bits {bits} height {height}\n  header {head.hex()}\n"
              f"  hash {toytable(head, height, bits).hex()}")
    print("toysolver fixed work of 6 nonces, seed 5:", *fixed_toysolver(6, 5))
