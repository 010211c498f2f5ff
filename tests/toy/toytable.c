/* toytable.c: an algorithm with the shape of Autolykos: README.md here. */
#include <string.h>

#include "base/endian.h"
#include "base/target.h"
#include "prim/sha256.h"
#include "toy.h"

enum { REDUCED_SHIFT = 56 }; /* of a key: height below, reduced above */

static unsigned bits_of_key(uint64_t key)
{
    unsigned reduced = (unsigned)(key >> REDUCED_SHIFT);
    return reduced != 0 ? reduced : TOYTABLE_BITS;
}

static void element(uint8_t bytes[32], uint64_t key, uint32_t i)
{
    uint8_t message[12];
    base_store_be64(message, key & ((1ULL << REDUCED_SHIFT) - 1));
    base_store_be32(message + 8, i);
    prim_sha256(bytes, message, sizeof message);
}

static uint64_t table_key(const struct kern_work *work)
{
    return work->height | (uint64_t)work->reduced << REDUCED_SHIFT;
}

static size_t table_size(uint64_t key)
{
    return (size_t)32 << bits_of_key(key);
}

static uint64_t table_steps(uint64_t key)
{
    return key >> REDUCED_SHIFT != 0 ? TOYTABLE_STEPS_REDUCED : TOYTABLE_STEPS;
}

static void table_build(void *data, uint64_t key, uint64_t step)
{
    uint8_t *elements = data;
    uint64_t count = (1ULL << bits_of_key(key)) / table_steps(key);
    for (uint64_t i = step * count; i < (step + 1) * count; i++) {
        element(elements + 32 * i, key, (uint32_t)i);
    }
}

static void next_height(struct kern_work *work)
{
    work->height += 1;
}

static const struct kern_table_row table = {.key = table_key,
                                            .size_bytes = table_size,
                                            .steps = table_steps,
                                            .build = table_build,
                                            .parallel = true,
                                            .next = next_height,
                                            .one_at_a_time = true};

/* elements: NULL, then they are computed. */
static void hash_header(uint8_t hash_be[32], const struct kern_work *work, const uint8_t *elements)
{
    uint8_t joined[64] = {0}; /* seed, then the exclusive-or of the elements */
    uint8_t own[32];
    uint64_t key = table_key(work);
    prim_sha256(joined, work->header, PRIM_HEADER80_SIZE);
    for (unsigned k = 0; k < 8; k++) {
        uint32_t i = base_load_be32(joined + (size_t)4 * k) & ((1U << bits_of_key(key)) - 1);
        const uint8_t *from = own;
        if (elements != NULL) {
            from = elements + 32 * (size_t)i;
        } else {
            element(own, key, i);
        }
        for (unsigned b = 0; b < 32; b++) {
            joined[32 + b] ^= from[b];
        }
    }
    prim_sha256(hash_be, joined, sizeof joined);
}

static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    hash_header(hash_be, work, NULL);
    return BASE_OK;
}

static void hash_from_table(uint8_t hash_be[32], const struct kern_work *work)
{
    hash_header(hash_be, work, work->table->data);
}

static void hash_directly(uint8_t hash_be[32], const struct kern_work *work)
{
    hash_header(hash_be, work, NULL);
}

static enum base_status search_table(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    (void)scratch;
    (void)stop;
    return prim_header80_search(hash_from_table, finds, progress, work, first, count);
}

static enum base_status search_directly(void *scratch, struct kern_finds *finds,
                                        struct kern_progress *progress,
                                        const struct kern_work *work, uint64_t first,
                                        uint64_t count, const struct kern_stop *stop)
{
    (void)scratch;
    (void)stop;
    return prim_header80_search(hash_directly, finds, progress, work, first, count);
}

static const struct kern_variant from_table = {
    .name = "table", .ways = 1, .needs_table = true, .search = search_table};
static const struct kern_variant directly = {
    .name = "direct", .ways = 1, .search = search_directly};
static const struct kern_variant *const variants[] = {&from_table, &directly};

static const struct kern_answer answers[] = {
    {.label = "8 bits, height 1000",
     .header_hex =
         "ea1dd77b4c02e602aeacba61527f8f06541f39d2d0691a912ff46c6b8da6ec849ab8d95169db2f72cf0f"
         "3ece7e6915e2bd9504fb3ab83dc4a941268a24c2fa6efc965c8625586451bb6dee31185c0100",
     .hash_hex = "00003286ff84adba8b6c51e4905889cbec217746e0534478aac6d57df2d079d8",
     .height = 1000,
     .reduced = 8},
    {.label = "8 bits, height 1001",
     .header_hex =
         "ea1dd77b4c02e602aeacba61527f8f06541f39d2d0691a912ff46c6b8da6ec849ab8d95169db2f72cf0f"
         "3ece7e6915e2bd9504fb3ab83dc4a941268a24c2fa6efc965c8625586451bb6dee3175460000",
     .hash_hex = "000068ede563118e7b453a3efad78e365d33c04ba04e97418b99abebd6c967eb",
     .height = 1001,
     .reduced = 8},
    {.label = "18 bits, height 700000",
     .header_hex =
         "ea1dd77b4c02e602aeacba61527f8f06541f39d2d0691a912ff46c6b8da6ec849ab8d95169db2f72cf0f"
         "3ece7e6915e2bd9504fb3ab83dc4a941268a24c2fa6efc965c8625586451bb6dee31fea80000",
     .hash_hex = "0000b7c94a1c15ecf1aec25528ce8ec8d882667895d4766a8055e13a72649863",
     .height = 700000,
     .reduced = 0},
    {.label = "20 bits, height 2",
     .header_hex =
         "ea1dd77b4c02e602aeacba61527f8f06541f39d2d0691a912ff46c6b8da6ec849ab8d95169db2f72cf0f"
         "3ece7e6915e2bd9504fb3ab83dc4a941268a24c2fa6efc965c8625586451bb6dee3119a20000",
     .hash_hex = "0000ec84c2167d23b1022119983027e939c7fa6bcc48a58b0b82eae3b0ee0047",
     .height = 2,
     .reduced = 20},
};

#define TOYTABLE_FIELDS                                                                            \
    .title = "toy table (tests)", .unit = "H", .header_size = PRIM_HEADER80_SIZE,                  \
    .nonce_offset = PRIM_HEADER80_NONCE, .nonce_size = PRIM_HEADER80_NONCE_SIZE,                   \
    .counter_offset = PRIM_HEADER80_NONCE, .counter_size = PRIM_HEADER80_NONCE_SIZE, .chains = 1,  \
    .finds_per_nonce = 1, .put_counter = prim_header80_put_counter, .hash = hash_work,             \
    .table = &table, .variants = variants, .variant_count = BASE_COUNT_OF(variants),               \
    .answers = answers, .answer_count = BASE_COUNT_OF(answers), .opencl = &kern_toytable_cl_row

const struct kern_algo kern_toytable_row = {.name = "toytable", TOYTABLE_FIELDS};
const struct kern_algo kern_toytable_as_sha256d_row = {.name = "sha256d", TOYTABLE_FIELDS};
