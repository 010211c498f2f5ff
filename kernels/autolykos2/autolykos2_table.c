/* autolykos2_table.c: see autolykos2_table.h. */
#include "autolykos2/autolykos2_table.h"

#include <string.h>

#include "base/blake2b.h"
#include "base/endian.h"

static const struct kern_autolykos2_filler fillers[] = {
#if defined(__x86_64__)
    {"avx512", BASE_CPU_AVX512F, kern_autolykos2_fill_avx512},
    {"avx2", BASE_CPU_AVX2, kern_autolykos2_fill_avx2},
    {"sse41", BASE_CPU_SSSE3 | BASE_CPU_SSE41, kern_autolykos2_fill_sse41},
#elif defined(__aarch64__)
    {"neon", BASE_CPU_NEON, kern_autolykos2_fill_neon},
#endif
    {"portable", 0, kern_autolykos2_fill_portable},
};

size_t kern_autolykos2_filler_count(void)
{
    return BASE_COUNT_OF(fillers);
}

const struct kern_autolykos2_filler *kern_autolykos2_filler_at(size_t index)
{
    BASE_ASSERT(index < BASE_COUNT_OF(fillers));
    return &fillers[index];
}

uint64_t kern_autolykos2_table_key(const struct kern_work *work)
{
    return (uint64_t)(uint32_t)work->height << 32 | kern_autolykos2_size(work);
}

static uint32_t size_of_key(uint64_t key)
{
    return (uint32_t)key;
}

static uint32_t height_of_key(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

size_t kern_autolykos2_table_bytes(uint64_t key)
{
    return size_of_key(key) * sizeof(struct kern_autolykos2_entry);
}

void kern_autolykos2_table_build(void *data, uint64_t key, uint64_t step)
{
    struct kern_autolykos2_entry *entries = data;
    uint32_t features = base_cpu_detect();
    size_t i = 0;
    while ((fillers[i].features & ~features) != 0) {
        i++;
    }
    uint32_t first = (uint32_t)(step * KERN_AUTOLYKOS2_STEP);
    uint32_t left = size_of_key(key) - first;
    fillers[i].fill(entries + first, height_of_key(key), first,
                    left < KERN_AUTOLYKOS2_STEP ? left : KERN_AUTOLYKOS2_STEP);
}

uint32_t kern_autolykos2_table_reduced_to(const struct kern_work *work, uint64_t bytes)
{
    uint64_t entries = bytes / sizeof(struct kern_autolykos2_entry);
    entries = entries > 0 ? entries : 1;
    return entries < kern_autolykos2_size(work) ? (uint32_t)entries : 0;
}

uint32_t kern_autolykos2_table_probe(const void *data, uint64_t key, uint64_t hashes)
{
    enum { AHEAD = 32 };
    const struct kern_autolykos2_entry *entries = data;
    uint32_t ahead[AHEAD] = {0};
    uint64_t random = key | 1;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < hashes * (KERN_AUTOLYKOS2_INDEXES + 1); i++) {
        uint32_t *place = &ahead[i % AHEAD];
        random = random * 6364136223846793005ULL + 1442695040888963407ULL; /* Knuth's MMIX */
        sum += entries[*place].word[0];
        *place = (uint32_t)((random >> 32) * size_of_key(key) >> 32);
        __builtin_prefetch(&entries[*place]);
    }
    return (uint32_t)sum;
}

const struct kern_autolykos2_entry *kern_autolykos2_table_of(const struct kern_work *work)
{
    return work->table != NULL ? work->table->data : NULL;
}

void kern_autolykos2_fill_portable(struct kern_autolykos2_entry *entries, uint32_t height,
                                   uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t number[32] = {0};
        kern_autolykos2_element(number + 1, first + i, height);
        for (size_t w = 0; w < 4; w++) {
            entries[i].word[w] = base_load_be64(number + 24 - 8 * w);
        }
    }
}

void kern_autolykos2_table_hash(uint8_t hash_be[32], const struct kern_work *work,
                                const struct kern_autolykos2_entry *entries)
{
    uint32_t size = kern_autolykos2_size(work);
    uint8_t digest[32];
    uint8_t text[32 + KERN_AUTOLYKOS2_TRIAL_SIZE]; /* an element behind a byte of zero, the trial */
    uint32_t indexes[KERN_AUTOLYKOS2_INDEXES];
    uint64_t sum[4] = {0};
    base_blake2b(digest, 32, NULL, work->header, KERN_AUTOLYKOS2_TRIAL_SIZE);
    const struct kern_autolykos2_entry *entry = &entries[base_load_be64(digest + 24) % size];
    for (size_t w = 0; w < 4; w++) {
        base_store_be64(text + 24 - 8 * w, entry->word[w]);
    }
    memcpy(text + 32, work->header, KERN_AUTOLYKOS2_TRIAL_SIZE);
    base_blake2b(digest, 32, NULL, text + 1, sizeof text - 1);
    kern_autolykos2_indexes(indexes, digest, size);
    for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
        kern_autolykos2_entry_add(sum, &entries[indexes[t]]);
    }
    for (size_t w = 0; w < 4; w++) {
        base_store_be64(text + 24 - 8 * w, sum[w]);
    }
    base_blake2b(hash_be, 32, NULL, text, 32);
}
