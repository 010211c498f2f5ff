/* neon_eaglesong_main.c: the NEON and the portable search of Eaglesong against the reference, as a
 * program of its own for a 64-bit ARM machine or an emulator of one: no test framework, nothing but
 * kernels/base and kernels/eaglesong. neon.sh compiles and runs it. Prints one line; the exit
 * status is 0 when all agree. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/target.h"
#include "eaglesong/eaglesong.h"

enum { CAP = 256, SEED = 90210, RANGES = 100 };

static const struct kern_variant *const variants[] = {&kern_eaglesong_neon,
                                                      &kern_eaglesong_portable};
static struct kern_find entries[CAP];
static uint64_t wanted[CAP];

/* kern_search's contract with nothing but the reference. */
static enum base_status search_plainly(const struct kern_work *work, size_t cap, size_t *find_count,
                                       uint64_t *tried, uint64_t first, uint64_t count)
{
    uint8_t message[KERN_EAGLESONG_MESSAGE_SIZE];
    uint8_t hash[32];
    memcpy(message, work->header, sizeof message);
    *find_count = 0;
    for (*tried = 0; *tried < count; *tried += 1) {
        if (*find_count == cap) {
            return BASE_E_FULL;
        }
        kern_eaglesong_put_counter(message, first + *tried);
        kern_eaglesong_digest(hash, message, sizeof message);
        if (base_target_meets(hash, work->target_be)) {
            wanted[(*find_count)++] = first + *tried;
        }
    }
    return BASE_OK;
}

/* One range on every variant; false when one differs. */
static bool agree(void *scratch, const struct kern_work *work, size_t cap, uint64_t first,
                  uint64_t count, size_t *total)
{
    size_t want_count = 0;
    uint64_t want_tried = 0;
    bool same = true;
    enum base_status want = search_plainly(work, cap, &want_count, &want_tried, first, count);
    for (size_t i = 0; i < BASE_COUNT_OF(variants); i++) {
        struct kern_finds finds = {.entries = entries, .cap = cap};
        struct kern_progress progress = {0, 0};
        memset(scratch, 0, KERN_EAGLESONG_SCRATCH_SIZE);
        enum base_status status =
            variants[i]->search(scratch, &finds, &progress, work, first, count, NULL);
        same = same && status == want && progress.tried == want_tried && finds.count == want_count;
        for (size_t j = 0; same && j < finds.count; j++) {
            same = entries[j].counter == wanted[j];
        }
        if (!same) {
            printf("FAILED: %s (first %#" PRIx64 ", count %" PRIu64 ")\n", variants[i]->name, first,
                   count);
            return false;
        }
    }
    *total += want_count;
    return true;
}

int main(void)
{
    struct base_random random = {SEED};
    struct kern_work work;
    size_t total = 0;
    bool same = true;
    void *scratch = base_alloc_aligned(KERN_SCRATCH_ALIGN, KERN_EAGLESONG_SCRATCH_SIZE, 1);
    if (scratch == NULL) {
        printf("FAILED: no memory\n");
        return 1;
    }
    memset(&work, 0, sizeof work);
    work.header_size = KERN_EAGLESONG_MESSAGE_SIZE;
    for (uint64_t i = 0; same && i < RANGES; i++) {
        base_random_bytes(&random, work.header, KERN_EAGLESONG_MESSAGE_SIZE);
        base_random_bytes(&random, work.target_be, 32);
        work.target_be[0] = (uint8_t)(work.target_be[0] >> i % 5);
        uint64_t first = base_random_next(&random) >> 1;
        if (i % 4 == 0) { /* over the border of the low half */
            first = (first & 0xffffffff00000000U) + 0xffffffffU - i % 9;
        }
        same = agree(scratch, &work, i % 3 == 0 ? 1 + i % 7 : CAP, first, 1 + i, &total);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(variants); i++) {
        (void)variants[i]->probe(scratch, 100);
    }
    printf("seed %d, ranges: %d, finds: %zu, %s\n", SEED, RANGES, total,
           same ? "all variants agree" : "variants differ");
    base_free(scratch);
    return same && total > 100 ? 0 : 1;
}
