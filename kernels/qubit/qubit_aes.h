/* qubit_aes.h: SHAvite-3-512 and ECHO-512 of 64 bytes in vectors, one hash a quad: AES instructions
 * work on quads of four words. Part of qubit_body.h. A group is VEC_WAYS / 4 hashes; the caller
 * turns ways into groups and back. */
#ifndef KERN_QUBIT_AES_H
#define KERN_QUBIT_AES_H

enum { SHAVITE_KEYS = 112, SHAVITE_ROUNDS = 14, ECHO_ROUNDS = 10, AES_MESSAGE_BITS = 512 };

struct aes_job {
    vec shavite_start[4];
    vec shavite_padding[4]; /* second half of the block */
    vec shavite_counter[4]; /* what enters the expanded message at its four places */
    vec echo_keys[ECHO_ROUNDS * 16];
    vec echo_padding[4];
    vec echo_start;
};

/* The same four words in every quad. */
static vec same_quads(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    uint32_t words[VEC_WAYS];
    for (unsigned i = 0; i < VEC_WAYS; i += 4) {
        words[i] = w0;
        words[i + 1] = w1;
        words[i + 2] = w2;
        words[i + 3] = w3;
    }
    return vec_load(words);
}

static void prepare_aes(struct aes_job *job)
{
    const uint32_t *start = kern_qubit_shavite_start;
    for (unsigned i = 0; i < 4; i++) {
        job->shavite_start[i] =
            same_quads(start[4 * i], start[4 * i + 1], start[4 * i + 2], start[4 * i + 3]);
        job->shavite_padding[i] = vec_set(0);
        job->echo_padding[i] = vec_set(0);
    }
    /* the padding bit; at byte 110 the length, at byte 126 the digest size, in bits */
    job->shavite_padding[0] = same_quads(0x80, 0, 0, 0);
    job->shavite_padding[2] = same_quads(0, 0, 0, AES_MESSAGE_BITS << 16);
    job->shavite_padding[3] = same_quads(0, 0, 0, 512U << 16);
    /* places 32, 164, 316, 440: the counter's words in four orders, the last inverted */
    job->shavite_counter[0] = same_quads(AES_MESSAGE_BITS, 0, 0, UINT32_MAX);
    job->shavite_counter[1] = same_quads(0, 0, 0, ~(uint32_t)AES_MESSAGE_BITS);
    job->shavite_counter[2] = same_quads(0, 0, AES_MESSAGE_BITS, UINT32_MAX);
    job->shavite_counter[3] = same_quads(0, AES_MESSAGE_BITS, 0, UINT32_MAX);
    for (unsigned i = 0; i < ECHO_ROUNDS * 16; i++) {
        job->echo_keys[i] = same_quads(AES_MESSAGE_BITS + i, 0, 0, 0);
    }
    job->echo_start = same_quads(512, 0, 0, 0);
    job->echo_padding[0] = same_quads(0x80, 0, 0, 0);
    job->echo_padding[2] = same_quads(0, 0, 0, 512U << 16); /* digest size at byte 110 */
    job->echo_padding[3] = same_quads(AES_MESSAGE_BITS, 0, 0, 0);
}

/* Message expansion: quad i is words 4i..4i+3. */
VEC_INLINE void shavite_expand(vec key[SHAVITE_KEYS], const vec message[4],
                               const struct aes_job *job)
{
    vec zero = vec_set(0);
    for (unsigned i = 0; i < 4; i++) {
        key[i] = message[i];
        key[4 + i] = job->shavite_padding[i];
    }
    for (unsigned at = 8; at < SHAVITE_KEYS; at += 8) {
        if (at / 8 % 2 != 0) {
            for (unsigned i = at; i < at + 8; i++) {
                vec mixed = vec_aes_round(VEC_TURN(key[i - 8], 1), zero);
                key[i] = vec_xor(mixed, key[i - 1]);
                if (i == 8) {
                    key[i] = vec_xor(key[i], job->shavite_counter[0]);
                } else if (i == 41) {
                    key[i] = vec_xor(key[i], job->shavite_counter[1]);
                } else if (i == 79) {
                    key[i] = vec_xor(key[i], job->shavite_counter[2]);
                } else if (i == 110) {
                    key[i] = vec_xor(key[i], job->shavite_counter[3]);
                }
            }
        } else {
            for (unsigned i = at; i < at + 8; i++) {
                key[i] = vec_xor(key[i - 8], vec_next_words(key[i - 2], key[i - 1]));
            }
        }
    }
}

/* to ^ four keyed rounds of from. */
VEC_INLINE vec shavite_feistel(vec to, vec from, const vec key[4])
{
    vec x = vec_xor(from, key[0]);
    x = vec_aes_round(x, key[1]);
    x = vec_aes_round(x, key[2]);
    x = vec_aes_round(x, key[3]);
    return vec_aes_round(x, to);
}

/* quads: message, then digest, of one group. */
static __attribute__((noinline)) void shavite(vec quads[4], const struct aes_job *job)
{
    vec key[SHAVITE_KEYS];
    vec p[4];
    shavite_expand(key, quads, job);
    memcpy(p, job->shavite_start, sizeof p);
    for (unsigned round = 0; round < SHAVITE_ROUNDS; round++) {
        vec first = shavite_feistel(p[0], p[1], key + 8 * round);
        vec second = shavite_feistel(p[2], p[3], key + 8 * round + 4);
        p[0] = p[3];
        p[3] = second;
        p[2] = p[1];
        p[1] = first;
    }
    for (unsigned i = 0; i < 4; i++) {
        quads[i] = vec_xor(p[i], job->shavite_start[i]);
    }
}

/* BIG.MixColumns of one column. */
VEC_INLINE void echo_mix_column(vec out[4], vec a, vec b, vec c, vec d)
{
    vec ab = vec_xor(a, b);
    vec bc = vec_xor(b, c);
    vec cd = vec_xor(c, d);
    vec da = vec_xor(d, a);
    vec all = vec_xor(ab, cd);
    out[0] = vec_xor3(a, all, vec_gf_twice(ab));
    out[1] = vec_xor3(b, all, vec_gf_twice(bc));
    out[2] = vec_xor3(c, all, vec_gf_twice(cd));
    out[3] = vec_xor3(d, all, vec_gf_twice(da));
}

VEC_INLINE vec echo_sub_word(vec cell, const vec *key)
{
    return vec_aes_round(vec_aes_round(cell, *key), vec_set(0));
}

/* The digest's quad 1, whose last word decides whether a hash can be a find. */
static __attribute__((noinline)) vec echo_quad_1(const vec message[4], const struct aes_job *job)
{
    vec cells[16];
    vec next[16];
    vec start = job->echo_start;
    const vec *keys = job->echo_keys;
    for (unsigned i = 0; i < 4; i++) {
        cells[i] = start;
        cells[4 + i] = start;
        cells[8 + i] = message[i];
        cells[12 + i] = job->echo_padding[i];
    }
    for (unsigned round = 0; round < ECHO_ROUNDS - 1; round++, keys += 16) {
        for (unsigned i = 0; i < 16; i++) {
            next[i] = echo_sub_word(cells[i], &keys[i]);
        }
        for (unsigned c = 0; c < 16; c += 4) { /* BIG.ShiftRows is in the choice of cells */
            echo_mix_column(cells + c, next[c], next[(c + 5) % 16], next[(c + 10) % 16],
                            next[(c + 15) % 16]);
        }
    }
    vec column[4];
    vec result = vec_xor(start, message[1]);
    for (unsigned c = 0; c < 16; c += 8) { /* of the last round only cells 1 and 9 */
        echo_mix_column(column, echo_sub_word(cells[c], &keys[c]),
                        echo_sub_word(cells[c + 5], &keys[c + 5]),
                        echo_sub_word(cells[(c + 10) % 16], &keys[(c + 10) % 16]),
                        echo_sub_word(cells[(c + 15) % 16], &keys[(c + 15) % 16]));
        result = vec_xor(result, column[1]);
    }
    return result;
}

#endif
