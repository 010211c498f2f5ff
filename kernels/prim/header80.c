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
    struct kern_find *find = &frame->finds[*frame->find_count];
    find->counter = frame->first + done;
    find->solution_size = 0;
    *frame->find_count += 1;
    if (*frame->find_count == frame->cap && done + 1 < frame->count) {
        *frame->tried = done + 1;
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

enum base_status prim_header80_search(prim_header80_hash_fn hash, struct kern_find *finds,
                                      size_t cap, size_t *find_count, uint64_t *tried,
                                      const struct kern_work *work, uint64_t first, uint64_t count)
{
    struct prim_header80_frame frame = {.work = *work,
                                        .hash = hash,
                                        .finds = finds,
                                        .cap = cap,
                                        .find_count = find_count,
                                        .tried = tried,
                                        .first = first,
                                        .count = count};
    for (uint64_t done = 0; done < count; done++) {
        if (!try_nonce(&frame, done)) {
            return BASE_E_FULL;
        }
    }
    *tried = count;
    return BASE_OK;
}
