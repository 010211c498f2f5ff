/* sha256d_sha_ni.c: SHA-256d search with the SHA instructions of x86. Four nonces go side by side:
 * a pair of rounds has a latency of four cycles, and one stream leaves the unit idle. On Golden
 * Cove the unit is the limit from two streams on: message instructions take as long as rounds
 * there, and the AVX-512 search is faster.
 *
 * The instructions keep a state as two registers (a, b, e, f) and (c, d, g, h), most significant
 * first; _mm_sha256rnds2_epu32 does two rounds. Saved: the first header block (midstate), rounds 0
 * and 1 of the second, and of the second hash the last two rounds: its digest's last word is the
 * word called f after round 61. */
#include <immintrin.h>
#include <string.h>

#include "base/endian.h"
#include "prim/sha256.h"
#include "sha256d/sha256d.h"
#include "vec/vec_sse41.h"

#define KERN_SEARCH_NAME kern_sha256d_search_sha_ni

#define VEC_PROBE_OWN_0(acc, place) _mm_sha256rnds2_epu32(acc, (place)->x, (place)->y)
#define VEC_PROBE_OWN_1(acc, place) _mm_sha256msg1_epu32(acc, (place)->x)
#define VEC_PROBE_OWN_2(acc, place) _mm_sha256msg2_epu32(acc, (place)->x)
/* Operations of one batch; checked by tests/cross/test_sha256d_ni_counts.c. */
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 240)                                                                                    \
    X(LOAD, 0)                                                                                     \
    X(LOGIC, 4)                                                                                    \
    X(SHUFFLE, 236)                                                                                \
    X(OWN_0, 248)                                                                                  \
    X(OWN_1, 96)                                                                                   \
    X(OWN_2, 96)
#include "vec/vec_probe.h"

enum { STREAMS = 4, MESSAGE_BITS = 8 * PRIM_HEADER80_SIZE, INNER_BITS = 256 };

_Static_assert(STREAMS == VEC_WAYS, "header80_search.h takes VEC_WAYS nonces a batch");

#define INLINE static inline __attribute__((always_inline))

struct scratch {
    __m128i midstate[2];
    __m128i front[2];   /* after rounds 0 and 1 */
    __m128i words[4];   /* second block; the nonce's word is zero */
    __m128i start[2];   /* initial hash value */
    __m128i padding[2]; /* words 8..15 of the second hash */
    uint32_t filter;    /* bits of the last digest word that are clear in every find */
};

_Static_assert(sizeof(struct scratch) <= KERN_SHA256D_SCRATCH_SIZE, "the row promises enough");

struct stream {
    __m128i abef;
    __m128i cdgh;
    __m128i w[4]; /* ring of the last sixteen message words */
};

static __m128i pack(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    return _mm_set_epi32((int)w3, (int)w2, (int)w1, (int)w0);
}

static void pack_state(__m128i out[2], const uint32_t v[8])
{
    out[0] = pack(v[5], v[4], v[1], v[0]);
    out[1] = pack(v[7], v[6], v[3], v[2]);
}

INLINE __m128i round_constants(size_t group)
{
    const uint32_t *k = prim_sha256_k + 4 * group;
    return _mm_loadu_si128((const __m128i *)(const void *)k);
}

/* Message words of a group of four rounds, from the fourth group on. */
INLINE __m128i next_words(const __m128i w[4], unsigned group)
{
    __m128i sum = _mm_sha256msg1_epu32(w[group % 4], w[(group + 1) % 4]);
    sum = _mm_add_epi32(sum, _mm_alignr_epi8(w[(group + 3) % 4], w[(group + 2) % 4], 4));
    return _mm_sha256msg2_epu32(sum, w[(group + 3) % 4]);
}

/* Rounds 4 * group .. 4 * group + 3 of all streams. skip_first, skip_last: leave out two of them.
 */
INLINE void rounds(struct stream s[STREAMS], unsigned group, bool skip_first, bool skip_last)
{
    __m128i added[STREAMS];
    for (unsigned i = 0; i < STREAMS; i++) {
        if (group >= 4) {
            s[i].w[group % 4] = next_words(s[i].w, group);
        }
        added[i] = _mm_add_epi32(s[i].w[group % 4], round_constants(group));
    }
    for (unsigned i = 0; i < STREAMS && !skip_first; i++) {
        s[i].cdgh = _mm_sha256rnds2_epu32(s[i].cdgh, s[i].abef, added[i]);
    }
    for (unsigned i = 0; i < STREAMS && !skip_last; i++) {
        added[i] = _mm_unpackhi_epi64(added[i], added[i]);
        s[i].abef = _mm_sha256rnds2_epu32(s[i].abef, s[i].cdgh, added[i]);
    }
}

/* Groups 4..14. */
INLINE void middle_rounds(struct stream s[STREAMS])
{
    rounds(s, 4, false, false);
    rounds(s, 5, false, false);
    rounds(s, 6, false, false);
    rounds(s, 7, false, false);
    rounds(s, 8, false, false);
    rounds(s, 9, false, false);
    rounds(s, 10, false, false);
    rounds(s, 11, false, false);
    rounds(s, 12, false, false);
    rounds(s, 13, false, false);
    rounds(s, 14, false, false);
}

static inline uint64_t batch(void *state, uint32_t nonce)
{
    const struct scratch *job = state;
    struct stream s[STREAMS];
    uint64_t candidates = 0;
    for (unsigned i = 0; i < STREAMS; i++) {
        uint32_t word = __builtin_bswap32(nonce + i);
        s[i].abef = job->front[0];
        s[i].cdgh = job->front[1];
        s[i].w[0] = _mm_or_si128(job->words[0], _mm_set_epi32((int)word, 0, 0, 0));
        s[i].w[1] = job->words[1];
        s[i].w[2] = job->words[2];
        s[i].w[3] = job->words[3];
    }
    /* rounds 0 and 1 are done: what they left in (a, b, e, f) order lies exchanged */
    rounds(s, 0, true, false);
    rounds(s, 1, false, false);
    rounds(s, 2, false, false);
    rounds(s, 3, false, false);
    middle_rounds(s);
    rounds(s, 15, false, false);
    for (unsigned i = 0; i < STREAMS; i++) {
        __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(s[i].abef, job->midstate[0]), 0x1b);
        __m128i hgdc = _mm_shuffle_epi32(_mm_add_epi32(s[i].cdgh, job->midstate[1]), 0x1b);
        s[i].w[0] = _mm_unpacklo_epi64(feba, hgdc); /* a, b, c, d */
        s[i].w[1] = _mm_unpackhi_epi64(feba, hgdc); /* e, f, g, h */
        s[i].w[2] = job->padding[0];
        s[i].w[3] = job->padding[1];
        s[i].abef = job->start[0];
        s[i].cdgh = job->start[1];
    }
    rounds(s, 0, false, false);
    rounds(s, 1, false, false);
    rounds(s, 2, false, false);
    rounds(s, 3, false, false);
    middle_rounds(s);
    rounds(s, 15, false, true);
    for (unsigned i = 0; i < STREAMS; i++) {
        /* two rounds on, the lowest word holds f: the digest's last word but for its start */
        uint32_t last = (uint32_t)_mm_cvtsi128_si32(s[i].cdgh) + prim_sha256_iv[7];
        candidates |= (uint64_t)((last & job->filter) == 0) << i;
    }
    return candidates;
}

static void prepare(struct scratch *job, const struct kern_work *work)
{
    uint32_t block[16];
    uint32_t state[8];
    for (size_t i = 0; i < 16; i++) {
        block[i] = base_load_be32(work->header + 4 * i);
    }
    memcpy(state, prim_sha256_iv, sizeof state);
    pack_state(job->start, state);
    prim_sha256_compress(state, block);
    pack_state(job->midstate, state);
    memset(block, 0, sizeof block);
    for (size_t i = 0; i < 3; i++) {
        block[i] = base_load_be32(work->header + 64 + 4 * i);
    }
    block[4] = 0x80000000U;
    block[15] = MESSAGE_BITS;
    for (size_t i = 0; i < 4; i++) {
        job->words[i] = pack(block[4 * i], block[4 * i + 1], block[4 * i + 2], block[4 * i + 3]);
    }
    pack_state(job->front, state);
    job->front[1] = _mm_sha256rnds2_epu32(job->front[1], job->front[0],
                                          _mm_add_epi32(job->words[0], round_constants(0)));
    job->padding[0] = pack(0x80000000U, 0, 0, 0);
    job->padding[1] = pack(0, 0, 0, INNER_BITS);
    job->filter = __builtin_bswap32(prim_header80_clear_bits(work->target_be));
}

#define HEADER80_HASH kern_sha256d_hash
#include "prim/header80_search.h"

const struct kern_variant kern_sha256d_sha_ni = {
    .name = "sha-ni",
    .features = BASE_CPU_SHA | BASE_CPU_SSSE3 | BASE_CPU_SSE41,
    KERN_VARIANT_OF_BODY,
};
