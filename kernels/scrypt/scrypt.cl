/* scrypt.cl: search of scrypt (N = 1024, r = 1, p = 1) of the header on a device, OpenCL C 1.2; a piece
 * behind header80.cl and sha256.cl. Facts: README.md here. One nonce at a time a work item, only
 * vectors of one. The table of a work item is in global memory: row r of item i is the 128 bytes at
 * scratch[(r / LOOKUP_GAP * items + i) * 8], so that neighbours write neighbouring lines; only rows
 * whose number is a multiple of LOOKUP_GAP are kept, others are made from the one before. A salsa20 matrix is four
 * quads, its diagonals: columns become rows by turning quads. */
#ifndef KERN_SCRYPT_LAYOUT_H
#include "scrypt_layout.h"
#endif

#ifndef LOOKUP_GAP /* a power of two */
#define LOOKUP_GAP 1
#endif

/* One SHA-256 block on state. */
void compress(uint state[8], const uint block[16])
{
    uint v0 = state[0], v1 = state[1], v2 = state[2], v3 = state[3];
    uint v4 = state[4], v5 = state[5], v6 = state[6], v7 = state[7];
    uint w0 = block[0], w1 = block[1], w2 = block[2], w3 = block[3];
    uint w4 = block[4], w5 = block[5], w6 = block[6], w7 = block[7];
    uint w8 = block[8], w9 = block[9], w10 = block[10], w11 = block[11];
    uint w12 = block[12], w13 = block[13], w14 = block[14], w15 = block[15];
    SHA256_ROUNDS
    state[0] += v0;
    state[1] += v1;
    state[2] += v2;
    state[3] += v3;
    state[4] += v4;
    state[5] += v5;
    state[6] += v6;
    state[7] += v7;
}

void start(uint state[8])
{
    uint v0, v1, v2, v3, v4, v5, v6, v7;
    SHA256_START
    state[0] = v0;
    state[1] = v1;
    state[2] = v2;
    state[3] = v3;
    state[4] = v4;
    state[5] = v5;
    state[6] = v6;
    state[7] = v7;
}

/* A message's last block: words from `used` on are padding. */
void pad(uint block[16], uint used, uint message_bits)
{
    for (uint i = used; i < 15; i++) {
        block[i] = i == used ? 0x80000000U : 0U;
    }
    block[15] = message_bits;
}

void put_tail(__constant const uint *job, uint block[16], uint nonce)
{
    for (uint i = 0; i < 3; i++) {
        block[i] = SWAP(job[JOB_HEADER + 16 + i]);
    }
    block[3] = SWAP(nonce);
}

/* HMAC's inner and outer state: the key is the header's hash. */
void start_hmac(__constant const uint *job, uint inner[8], uint outer[8], uint nonce)
{
    uint key[8];
    uint block[16];
    for (uint i = 0; i < 8; i++) {
        key[i] = job[JOB_MIDSTATE + i];
    }
    put_tail(job, block, nonce);
    pad(block, 4, 640U);
    compress(key, block);
    for (uint i = 0; i < 16; i++) {
        block[i] = (i < 8 ? key[i & 7U] : 0U) ^ 0x36363636U;
    }
    start(inner);
    compress(inner, block);
    for (uint i = 0; i < 16; i++) {
        block[i] ^= 0x36363636U ^ 0x5c5c5c5cU;
    }
    start(outer);
    compress(outer, block);
}

/* The outer hash over the inner digest in state; result in state. */
void finish_hmac(uint state[8], const uint outer[8])
{
    uint block[16];
    for (uint i = 0; i < 8; i++) {
        block[i] = state[i];
        state[i] = outer[i];
    }
    pad(block, 8, 768U);
    compress(state, block);
}

#define HALF_ROUND(b, c, d, turn_1, turn_2, turn_3)                                                \
    b ^= rotate(x0 + d, (uint4)(7U));                                                              \
    c ^= rotate(b + x0, (uint4)(9U));                                                              \
    d ^= rotate(c + b, (uint4)(13U));                                                              \
    x0 ^= rotate(d + c, (uint4)(18U));                                                             \
    x1 = x1.turn_1;                                                                                \
    x2 = x2.turn_2;                                                                                \
    x3 = x3.turn_3;

/* to = salsa20/8(to ^ from); four diagonals each. */
void mix_half(uint4 to[4], const uint4 from[4])
{
    to[0] ^= from[0];
    to[1] ^= from[1];
    to[2] ^= from[2];
    to[3] ^= from[3];
    uint4 x0 = to[0], x1 = to[1], x2 = to[2], x3 = to[3];
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        HALF_ROUND(x1, x2, x3, s3012, s2301, s1230)
        HALF_ROUND(x3, x2, x1, s1230, s2301, s3012)
    }
    to[0] += x0;
    to[1] += x1;
    to[2] += x2;
    to[3] += x3;
}

void ro_mix(uint4 x[8], __global uint4 *table, ulong row_stride)
{
#pragma unroll 1
    for (uint row = 0; row < SCRYPT_N; row++) {
        if (row % LOOKUP_GAP == 0) {
            __global uint4 *to = table + row / LOOKUP_GAP * row_stride;
            for (uint i = 0; i < SCRYPT_ROW_QUADS; i++) {
                to[i] = x[i];
            }
        }
        mix_half(x, x + 4);
        mix_half(x + 4, x);
    }
#pragma unroll 1
    for (uint step = 0; step < SCRYPT_N; step++) {
        const uint row = x[4].s0 % SCRYPT_N;
        __global const uint4 *from = table + row / LOOKUP_GAP * row_stride;
#if LOOKUP_GAP == 1
        for (uint i = 0; i < SCRYPT_ROW_QUADS; i++) {
            x[i] ^= from[i];
        }
#else
        uint4 v[SCRYPT_ROW_QUADS];
        for (uint i = 0; i < SCRYPT_ROW_QUADS; i++) {
            v[i] = from[i];
        }
#pragma unroll 1
        for (uint left = row % LOOKUP_GAP; left > 0; left--) {
            mix_half(v, v + 4);
            mix_half(v + 4, v);
        }
        for (uint i = 0; i < SCRYPT_ROW_QUADS; i++) {
            x[i] ^= v[i];
        }
#endif
        mix_half(x, x + 4);
        mix_half(x + 4, x);
    }
}

/* Word of a block that lies at this place of its diagonals. */
#define WORD_OF(place) ((place) / 16 * 16 + (4 * ((place) / 4 % 4 + (place) % 4) + (place) % 4) % 16)

void scrypt_hash(__constant const uint *job, uint nonce, uint n[8], __global uint4 *table,
                 ulong row_stride)
{
    uint inner[8], outer[8], state[8], block[16], words[32];
    uint4 x[8];
    start_hmac(job, inner, outer, nonce);
    for (uint i = 0; i < 8; i++) {
        n[i] = inner[i]; /* kept for the second PBKDF2 */
    }
    for (uint i = 0; i < 16; i++) {
        block[i] = SWAP(job[JOB_HEADER + i]);
    }
    compress(inner, block);
    for (uint part = 0; part < 4; part++) {
        for (uint i = 0; i < 8; i++) {
            state[i] = inner[i];
        }
        put_tail(job, block, nonce);
        block[4] = part + 1;
        pad(block, 5, 1184U);
        compress(state, block);
        finish_hmac(state, outer);
        for (uint i = 0; i < 8; i++) {
            words[8 * part + i] = SWAP(state[i]);
        }
    }
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        x[i] = (uint4)(words[WORD_OF(4 * i)], words[WORD_OF(4 * i + 1)], words[WORD_OF(4 * i + 2)],
                       words[WORD_OF(4 * i + 3)]);
    }
    ro_mix(x, table, row_stride);
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        words[WORD_OF(4 * i)] = x[i].s0;
        words[WORD_OF(4 * i + 1)] = x[i].s1;
        words[WORD_OF(4 * i + 2)] = x[i].s2;
        words[WORD_OF(4 * i + 3)] = x[i].s3;
    }
    for (uint part = 0; part < 2; part++) {
        for (uint i = 0; i < 16; i++) {
            block[i] = SWAP(words[16 * part + i]);
        }
        compress(n, block);
    }
    block[0] = 1U;
    pad(block, 1, 1568U);
    compress(n, block);
    finish_hmac(n, outer);
    for (uint i = 0; i < 8; i++) {
        state[i] = SWAP(n[7 - i]);
    }
    for (uint i = 0; i < 8; i++) {
        n[i] = state[i];
    }
}

/* As header80.cl's kernels, but items go on until the nonces are done: there are no more of them
 * than have a table in scratch. */
__kernel SEARCH_GROUP void scrypt_search(__constant const uint *job, __global uint *result,
                                         uint first_low, uint first_high, uint last,
                                         __global uint4 *scratch)
{
    const ulong items = get_global_size(0);
    __global uint4 *table = scratch + SCRYPT_ROW_QUADS * get_global_id(0);
    for (ulong at = get_global_id(0); at <= last; at += items) {
        const uint offset = (uint)at;
        uint n[8];
        bool maybe = false;
        scrypt_hash(job, first_low + offset, n, table, SCRYPT_ROW_QUADS * items);
        EACH_WAY(MAYBE)
        if (maybe) {
            EACH_WAY(REPORT)
        }
    }
}
