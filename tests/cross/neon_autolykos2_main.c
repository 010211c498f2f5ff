/* neon_autolykos2_main.c: the NEON search of Autolykos 2 against the reference, as a program of its
 * own for a 64-bit ARM machine or an emulator of one: no test framework, nothing but base and the
 * algorithm. neon.sh compiles and runs it. The exit status is 0 when all agree. */
#include <stdio.h>
#include <string.h>

#include "autolykos2/autolykos2_table.h"
#include "base/alloc.h"
#include "base/random.h"
#include "base/target.h"

enum { CAP = 16, SEED = 90210, ROUNDS = 12 };

/* kern_search's contract with nothing but the reference. */
static enum base_status search_plainly(struct kern_find *finds, size_t cap, size_t *find_count,
                                       uint64_t *tried, const struct kern_work *work,
                                       uint64_t first, uint64_t count)
{
    struct kern_work trial = *work;
    for (*tried = 0; *tried < count; *tried += 1) {
        uint8_t hash_be[32];
        if (*find_count == cap) {
            return BASE_E_FULL;
        }
        kern_autolykos2_put_counter(trial.header, first + *tried);
        kern_autolykos2_hash(hash_be, &trial);
        if (base_target_meets(hash_be, work->target_be)) {
            finds[(*find_count)++].counter = first + *tried;
        }
    }
    return BASE_OK;
}

/* One random range with both, every third time with a table; false when they differ. */
static bool agree(void *scratch, struct base_random *random, unsigned round)
{
    static struct kern_autolykos2_entry entries[200];
    struct kern_find finds[2][CAP];
    size_t find_count[2] = {0, 0};
    uint64_t tried[2] = {0, 0};
    struct kern_work work;
    struct kern_table table;
    memset(&work, 0, sizeof work);
    work.header_size = KERN_AUTOLYKOS2_TRIAL_SIZE;
    work.height = base_random_below(random, 5000000);
    work.epoch = round % 3 == 0 ? 1 + base_random_below(random, 200) : 0;
    base_random_bytes(random, work.header, work.header_size);
    base_random_bytes(random, work.target_be, sizeof work.target_be);
    uint64_t first = base_random_next(random) >> 1;
    uint64_t count = 1 + base_random_below(random, 13);
    size_t cap = round % 4 == 0 ? 2 : CAP;
    if (round % 3 == 0) {
        table.key = kern_autolykos2_table_key(&work);
        table.data = entries;
        kern_autolykos2_fill_neon(entries, (uint32_t)work.height, 0, (uint32_t)work.epoch);
        work.table = &table;
    }
    enum base_status a = kern_autolykos2_neon.search(scratch, finds[0], cap, &find_count[0],
                                                     &tried[0], &work, first, count);
    enum base_status b =
        search_plainly(finds[1], cap, &find_count[1], &tried[1], &work, first, count);
    bool same = a == b && find_count[0] == find_count[1] && tried[0] == tried[1];
    for (size_t i = 0; same && i < find_count[0]; i++) {
        same = finds[0][i].counter == finds[1][i].counter;
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
