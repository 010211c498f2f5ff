/* header80.h: what all algorithms have in common that hash Bitcoin's 80-byte header: layout, the
 * plain search, and the frame around a vector search. A find is a number read from the digest with
 * its last byte first; a batch only looks at that number's top word, and every candidate is hashed
 * again by the reference, so that a vector kernel cannot report what the judge would not. */
#ifndef PRIM_HEADER80_H
#define PRIM_HEADER80_H

#include "row.h"

enum {
    PRIM_HEADER80_SIZE = 80,
    PRIM_HEADER80_TIME = 68,  /* uint32, little-endian */
    PRIM_HEADER80_NONCE = 76, /* uint32, little-endian: the counter */
    PRIM_HEADER80_NONCE_SIZE = 4,
};

/** The algorithm's reference on a work whose header is complete. */
typedef void (*prim_header80_hash_fn)(uint8_t hash_be[32], const struct kern_work *work);

/** Nonce into the header: the hook put_counter of all these rows. */
void prim_header80_put_counter(uint8_t *header, uint64_t counter);

/** hash_be[i] = digest[31 - i]: digests are little-endian numbers. */
void prim_header80_number(uint8_t hash_be[32], const uint8_t digest[32]);

/** Search with the reference, one nonce after the other; contract: kern_search. */
enum base_status prim_header80_search(prim_header80_hash_fn hash, struct kern_finds *finds,
                                      struct kern_progress *progress, const struct kern_work *work,
                                      uint64_t first, uint64_t count);

/* A search in batches, while it runs. */
struct prim_header80_frame {
    struct kern_work work; /* own copy: candidates' nonces are put into it */
    prim_header80_hash_fn hash;
    struct kern_finds *finds;
    struct kern_progress *progress;
    uint64_t first;
    uint64_t count;
};

/** Bits of the digest's last four bytes, read as a little-endian word, that are clear in every hash
 * that meets the target: the leading zero bits of the target's top word. */
uint32_t prim_header80_clear_bits(const uint8_t target_be[32]);

/** Hash the candidates of a batch with the reference and keep the finds.
 * In:      done        nonces tried before this batch.
 *          candidates  bit i: nonce first + done + i; only bits below count - done.
 * Returns: false when the search ends here: frame's finds are full and *progress is set. */
bool prim_header80_confirm(struct prim_header80_frame *frame, uint64_t done, uint64_t candidates);

/** Look at one batch of `ways` nonces and return its candidates. nonce: the batch's first. */
typedef uint64_t (*prim_header80_batch_fn)(void *state, uint32_t nonce);

/** The loop around batches; inlined, and batch with it. ways: 1..64. Contract: kern_search. The
 * last batch may reach past count: what lies beyond is masked out. */
static inline __attribute__((always_inline)) enum base_status prim_header80_run(
    struct prim_header80_frame *frame, prim_header80_batch_fn batch, unsigned ways, void *state)
{
    uint64_t done = 0;
    while (done < frame->count) {
        uint64_t candidates = batch(state, (uint32_t)(frame->first + done));
        uint64_t left = frame->count - done;
        if (__builtin_expect(candidates != 0, 0)) {
            if (left < ways) {
                candidates &= (1ULL << left) - 1;
            }
            if (!prim_header80_confirm(frame, done, candidates)) {
                return BASE_E_FULL;
            }
        }
        done += left < ways ? left : ways;
    }
    *frame->progress = kern_progress_hashes(frame->count);
    return BASE_OK;
}

#endif
