/* autolykos2_table.h: all elements of a height in memory. A search whose work has the table of its
 * height and size (kern_work.table) reads elements instead of computing them: 33 reads of 32 bytes
 * and three compressions a nonce instead of 2,148 compressions. A work without one is searched
 * directly: results are the same.
 *
 * Memory: 32 bytes an element, 2 GiB at the smallest size of a real chain. Who allocates it should
 * ask for large pages: every read is at a place of its own. */
#ifndef KERN_AUTOLYKOS2_TABLE_H
#define KERN_AUTOLYKOS2_TABLE_H

#include "autolykos2/autolykos2.h"

/* An element as a number: word 0 is the least significant one, of word 3 the top byte is zero. */
struct kern_autolykos2_entry {
    uint64_t word[4];
};

_Static_assert(sizeof(struct kern_autolykos2_entry) == 32, "two entries a cache line");

/** Which table a work needs: height (32 bits) above size. */
uint64_t kern_autolykos2_table_key(const struct kern_work *work);

/** Bytes of a table's data. */
size_t kern_autolykos2_table_bytes(uint64_t key);

/* Elements of one step of building: 11 ms where nothing but plain C runs (bench/NOTES.md), 1 ms
 * with AVX-512. */
enum { KERN_AUTOLYKOS2_STEP = 1024 };

/** Fill the elements of a step, with the widest code that this processor runs. data:
 * kern_autolykos2_table_bytes(key) bytes, aligned to 64. */
void kern_autolykos2_table_build(void *data, uint64_t key, uint64_t step);

/** kern_table_row.reduced_to and .probe. */
uint32_t kern_autolykos2_table_reduced_to(const struct kern_work *work, uint64_t bytes);
uint32_t kern_autolykos2_table_probe(const void *data, uint64_t key, uint64_t hashes);

/** The entries that a work is searched with, or NULL: it has no table. */
const struct kern_autolykos2_entry *kern_autolykos2_table_of(const struct kern_work *work);

/** sum += entry; sum: least significant word first; what goes beyond 256 bits is lost. */
static inline void kern_autolykos2_entry_add(uint64_t sum[4],
                                             const struct kern_autolykos2_entry *entry)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; i++) {
        uint64_t total = 0;
        uint64_t over = __builtin_add_overflow(sum[i], entry->word[i], &total) ? 1 : 0;
        over += __builtin_add_overflow(total, carry, &sum[i]) ? 1 : 0;
        carry = over;
    }
}

/** Hit of a work whose header is complete, from its table. */
void kern_autolykos2_table_hash(uint8_t hash_be[32], const struct kern_work *work,
                                const struct kern_autolykos2_entry *entries);

/** Compute elements first .. first + count - 1 of a height. One a width. */
typedef void (*kern_autolykos2_fill_fn)(struct kern_autolykos2_entry *entries, uint32_t height,
                                        uint32_t first, uint32_t count);
void kern_autolykos2_fill_portable(struct kern_autolykos2_entry *entries, uint32_t height,
                                   uint32_t first, uint32_t count);
void kern_autolykos2_fill_avx512(struct kern_autolykos2_entry *entries, uint32_t height,
                                 uint32_t first, uint32_t count);
void kern_autolykos2_fill_avx2(struct kern_autolykos2_entry *entries, uint32_t height,
                               uint32_t first, uint32_t count);
void kern_autolykos2_fill_sse41(struct kern_autolykos2_entry *entries, uint32_t height,
                                uint32_t first, uint32_t count);
void kern_autolykos2_fill_neon(struct kern_autolykos2_entry *entries, uint32_t height,
                               uint32_t first, uint32_t count);

/* A fill and what it needs. */
struct kern_autolykos2_filler {
    const char *name;
    uint32_t features; /* BASE_CPU_* */
    kern_autolykos2_fill_fn fill;
};

/** The fills of this target, best first; the last one runs anywhere. */
size_t kern_autolykos2_filler_count(void);
const struct kern_autolykos2_filler *kern_autolykos2_filler_at(size_t index);

#endif
