/* neon_autolykos2_main.c: the NEON search of Autolykos 2 against the reference, as a program of its
 * own for a 64-bit ARM machine or an emulator of one: no test framework, nothing but base and the
 * algorithm. neon.sh compiles and runs it. The exit status is 0 when all agree. */
#include <stdio.h>
#include <string.h>

#include "autolykos2/autolykos2_table.h"
#include "base/alloc.h"
#include "base/random.h"
#include "base/target.h"
#include "opencl/cl_row.h"

/* No device here. */
const struct kern_cl_row kern_autolykos2_cl_row = {.job_words = 1};

enum { CAP = 16, SEED = 90210, ROUNDS = 12 };

/* kern_search's contract with nothing but the reference. */
static enum base_status search_plainly(struct kern_finds *finds, struct kern_progress *progress,
                                       const struct kern_work *work, uint64_t first, uint64_t count)
{
    struct kern_work trial = *work;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t hash_be[32];
        *progress = kern_progress_hashes(i);
        if (kern_finds_room(finds) == 0) {
            return BASE_E_FULL;
        }
        kern_autolykos2_put_counter(trial.header, first + i);
        kern_autolykos2_hash(hash_be, &trial);
        if (base_target_meets(hash_be, work->target_be)) {
            kern_finds_add(finds, first + i, NULL, 0);
        }
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

/* One random range with both, every third time with a table; false when they differ. */
static bool agree(void *scratch, struct base_random *random, unsigned round)
{
    static struct kern_autolykos2_entry entries[200];
    struct kern_find lists[2][CAP];
    struct kern_progress progress[2] = {{0, 0}, {0, 0}};
    struct kern_work work;
    struct kern_table table;
    memset(&work, 0, sizeof work);
    work.header_size = KERN_AUTOLYKOS2_TRIAL_SIZE;
    work.height = base_random_below(random, 5000000);
    work.reduced = round % 3 == 0 ? 1 + (uint32_t)base_random_below(random, 200) : 0;
    base_random_bytes(random, work.header, work.header_size);
    base_random_bytes(random, work.target_be, sizeof work.target_be);
    uint64_t first = base_random_next(random) >> 1;
    uint64_t count = 1 + base_random_below(random, 13);
    size_t cap = round % 4 == 0 ? 2 : CAP;
    if (round % 3 == 0) {
        table.key = kern_autolykos2_table_key(&work);
        table.data = entries;
        kern_autolykos2_fill_neon(entries, (uint32_t)work.height, 0, work.reduced);
        work.table = &table;
    }
    struct kern_finds finds[2] = {{.entries = lists[0], .cap = cap},
                                  {.entries = lists[1], .cap = cap}};
    enum base_status a =
        kern_autolykos2_neon.search(scratch, &finds[0], &progress[0], &work, first, count, NULL);
    enum base_status b = search_plainly(&finds[1], &progress[1], &work, first, count);
    bool same = a == b && finds[0].count == finds[1].count &&
                progress[0].tried == progress[1].tried && progress[0].units == progress[1].units;
    for (size_t i = 0; same && i < finds[0].count; i++) {
        same = lists[0][i].counter == lists[1][i].counter;
    }
    return same;
}

int main(void)
{
    struct base_random random = {SEED};
    void *scratch = base_alloc_aligned(KERN_SCRATCH_ALIGN, KERN_AUTOLYKOS2_SCRATCH_SIZE, 1);
    bool same = scratch != NULL;
    for (unsigned round = 0; same && round < ROUNDS; round++) {
        same = agree(scratch, &random, round);
    }
    if (same) {
        (void)kern_autolykos2_neon.probe(scratch, 1);
    }
    printf("autolykos2: %s\n", same ? "ok" : "NEON and reference differ");
    base_free(scratch);
    return same ? 0 : 1;
}
