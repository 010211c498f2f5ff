/* neon_main.c: the NEON and the portable search of Alephium against the reference, as a program of
 * its own for a 64-bit ARM machine or an emulator of one: no test framework, no JSON, nothing but
 * kernels/base and kernels/alephium. neon.sh compiles and runs it. Prints one line a step; the exit
 * status is 0 when all agree. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alephium/alephium.h"
#include "base/alloc.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/target.h"

enum { CAP = 256, SEED = 90210 };

static const struct kern_variant *const variants[] = {&kern_alephium_neon, &kern_alephium_portable};

/* Mainnet block 1->1, height 1826597 (Oct 2024; alephium/docs docs/sdk/block.md). */
static const char block_hex[] =
    "17a50000000000000000000000000000000602f633e2f5e400070000000000001de862d80529c1f539c96f8b9dcb42"
    "482edf68da5e3e42f7e48000000000000011f838f9bd5e5be68b865c5c6b5acffd0af0d38f710ad69097aa00000000"
    "00001f88535dda19bf72dcaf94f29c9067e5fa822c736c7c2731901f000000000000168caff24e31a69817cd795d42"
    "b0b07fbb334957bc0cae0c61b400000000000032dafa8539cc52740a26c310a5fc6b9d1700242ffb3671936df50000"
    "000000003376aed6f7183c6abae082040b0e2a535685c03fc78b0077692600000000000031bdaae0b4b9847f37a104"
    "a46b5de87b42f6a8f53ae7c3fe0857a9f5ae1e71270952df22595efd0d43030f311a2c044006ef98af10bfb310402c"
    "2171272f353e30871ffe87808798c2de38aa2d21b82cd938a4695084a7e4c6ca00000192754d66c41a3bca56";
static const char block_hash_hex[] =
    "0000000000002bc06aac6acb3bf983bd6d97d3c85e22ede07d55d59d108ef165";

static struct kern_find wanted[CAP];
static struct kern_find entries[CAP];

static _Noreturn void fail(const char *what, uint64_t first, uint64_t count)
{
    printf("FAILED: %s (first %#" PRIx64 ", count %" PRIu64 ")\n", what, first, count);
    exit(1);
}

/* kern_search's contract with nothing but the reference. */
static enum base_status search_plainly(const struct kern_work *work, size_t cap, size_t *find_count,
                                       uint64_t *tried, uint64_t first, uint64_t count)
{
    uint8_t message[KERN_ALEPHIUM_MESSAGE_SIZE];
    uint8_t hash[32];
    memcpy(message, work->header, sizeof message);
    *find_count = 0;
    for (*tried = 0; *tried < count; *tried += 1) {
        if (*find_count == cap) {
            return BASE_E_FULL;
        }
        base_store_le32(message + 20, (uint32_t)(first + *tried));
        base_store_le32(message + 16, (uint32_t)((first + *tried) >> 32));
        kern_alephium_hash(hash, message);
        if (base_target_meets(hash, work->target_be) && hash[31] % 16 == work->chain) {
            wanted[(*find_count)++].counter = first + *tried;
        }
    }
    return BASE_OK;
}

/* One range on every variant; returns the number of finds. */
static size_t compare(void *scratch, const struct kern_work *work, size_t cap, uint64_t first,
                      uint64_t count)
{
    size_t want_count = 0;
    uint64_t want_tried = 0;
    enum base_status want = search_plainly(work, cap, &want_count, &want_tried, first, count);
    for (size_t i = 0; i < BASE_COUNT_OF(variants); i++) {
        struct kern_finds finds = {.entries = entries, .cap = cap};
        struct kern_progress progress = {0, 0};
        enum base_status status =
            variants[i]->search(scratch, &finds, &progress, work, first, count, NULL);
        if (status != want || progress.tried != want_tried || finds.count != want_count) {
            fail(variants[i]->name, first, count);
        }
        for (size_t j = 0; j < finds.count; j++) {
            if (entries[j].counter != wanted[j].counter) {
                fail(variants[i]->name, first, count);
            }
        }
    }
    return want_count;
}

static void known_block(void *scratch, struct kern_work *work)
{
    uint8_t hash[32];
    memset(work, 0, sizeof *work);
    work->header_size = KERN_ALEPHIUM_MESSAGE_SIZE;
    if (base_hex_decode_exact(work->header, KERN_ALEPHIUM_MESSAGE_SIZE, block_hex) != BASE_OK ||
        base_hex_decode_exact(work->target_be, 32, block_hash_hex) != BASE_OK) {
        fail("known block cannot be read", 0, 0);
    }
    kern_alephium_hash(hash, work->header);
    if (memcmp(hash, work->target_be, 32) != 0) {
        fail("reference does not reproduce the known block", 0, 0);
    }
    work->chain = hash[31] % 16;
    uint64_t counter =
        base_load_le32(work->header + 20) | (uint64_t)base_load_le32(work->header + 16) << 32;
    if (compare(scratch, work, CAP, counter - 10, 31) != 1 || entries[0].counter != counter) {
        fail("known block", counter - 10, 31);
    }
}

int main(void)
{
    struct base_random random = {SEED};
    struct kern_work work;
    char names[256];
    size_t total = 0;
    void *scratch = base_alloc_aligned(KERN_SCRATCH_ALIGN, KERN_ALEPHIUM_SCRATCH_SIZE, 1);
    uint32_t features = base_cpu_detect();
    printf("seed %d, features: %s\n", SEED, base_cpu_names(names, sizeof names, features));
    if (scratch == NULL || (features & BASE_CPU_NEON) == 0) {
        fail("no memory, or NEON not detected", 0, 0);
    }
    known_block(scratch, &work);
    printf("known block: found\n");
    for (uint64_t i = 0; i < 200; i++) {
        base_random_bytes(&random, work.header, KERN_ALEPHIUM_MESSAGE_SIZE);
        base_random_bytes(&random, work.target_be, 32);
        work.target_be[0] = (uint8_t)(work.target_be[0] >> i % 5);
        work.chain = (uint32_t)(i % 16);
        uint64_t first = base_random_next(&random) >> 1;
        if (i % 4 == 0) { /* over the border of the low half */
            first = (first & 0xffffffff00000000U) + 0xffffffffU - i % 9;
        }
        total += compare(scratch, &work, i % 3 == 0 ? 1 + i % 7 : CAP, first, 1 + i);
    }
    printf("ranges: 200, finds: %zu, all variants agree\n", total);
    for (size_t i = 0; i < BASE_COUNT_OF(variants); i++) {
        (void)variants[i]->probe(scratch, 100);
    }
    base_free(scratch);
    return total > 100 ? 0 : 1;
}
