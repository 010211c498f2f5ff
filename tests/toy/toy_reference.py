#!/usr/bin/env python3
"""The two toy algorithms in plain Python, for their known answers: README.md here is the definition."""
import hashlib
import struct


def sha(data):
    return hashlib.sha256(data).digest()


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
