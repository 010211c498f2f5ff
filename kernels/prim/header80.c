/* header80.c: see header80.h. */
#include "prim/header80.h"

#include "base/endian.h"
#include "base/target.h"

void prim_header80_put_counter(uint8_t *header, uint64_t counter)
{
    base_store_le32(header + PRIM_HEADER80_NONCE, (uint32_t)counter);
}

void prim_header80_number(uint8_t hash_be[32], const uint8_t digest[32])
{
    for (unsigned i = 0; i < 32; i++) {
        hash_be[i] = digest[31 - i];
    }
}

uint32_t prim_header80_clear_bits(const uint8_t target_be[32])
{
    uint32_t top = base_load_be32(target_be);
    return top == 0 ? UINT32_MAX : ~(UINT32_MAX >> __builtin_clz(top));
}

/* One nonce. Returns false when the finds are full and nonces are left. */
static bool try_nonce(struct prim_header80_frame *frame, uint64_t done)
{
    uint8_t hash[32];
    prim_header80_put_counter(frame->work.header, frame->first + done);
    frame->hash(hash, &frame->work);
    if (!base_target_meets(hash, frame->work.target_be)) {
        return true;
    }
    kern_finds_add(frame->finds, frame->first + done, NULL, 0);
    if (kern_finds_room(frame->finds) == 0 && done + 1 < frame->count) {
        *frame->progress = kern_progress_hashes(done + 1);
        return false;
    }
    return true;
}

bool prim_header80_confirm(struct prim_header80_frame *frame, uint64_t done, uint64_t candidates)
{
    while (candidates != 0) {
        if (!try_nonce(frame, done + (unsigned)__builtin_ctzll(candidates))) {
            return false;
        }
        candidates &= candidates - 1;
    }
    return true;
}

enum base_status prim_header80_search(prim_header80_hash_fn hash, struct kern_finds *finds,
                                      struct kern_progress *progress, const struct kern_work *work,
                                      uint64_t first, uint64_t count)
{
    struct prim_header80_frame frame = {.work = *work,
                                        .hash = hash,
                                        .finds = finds,
                                        .progress = progress,
                                        .first = first,
                                        .count = count};
    for (uint64_t done = 0; done < count; done++) {
        if (!try_nonce(&frame, done)) {
            return BASE_E_FULL;
        }
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}
