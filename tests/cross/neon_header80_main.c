/* neon_header80_main.c: the NEON searches over 80-byte headers against their references, as a
 * program of its own for a 64-bit ARM machine or an emulator of one: no test framework, nothing but
 * base, prim and the algorithms. neon.sh compiles and runs it. Prints one line an
 * algorithm; the exit status is 0 when all agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "qubit/qubit.h"
#include "scrypt/scrypt.h"
#include "sha256d/sha256d.h"
#include "skein/skein.h"

enum { CAP = 64, SEED = 90210 };

static const struct {
    const char *name;
    const struct kern_variant *neon;
    prim_header80_hash_fn hash;
    size_t scratch_size;
    unsigned rounds;
} subjects[] = {
    {"sha256d", &kern_sha256d_neon, kern_sha256d_hash, KERN_SHA256D_SCRATCH_SIZE, 40},
    {"skein", &kern_skein_neon, kern_skein_hash, KERN_SKEIN_SCRATCH_SIZE, 40},
    {"qubit", &kern_qubit_neon, kern_qubit_hash, KERN_QUBIT_SCRATCH_SIZE, 20},
    {"scrypt", &kern_scrypt_neon, kern_scrypt_hash, KERN_SCRYPT_SCRATCH_SIZE, 2},
};

/* One random range with both; false when they differ. */
static bool agree(size_t subject, void *scratch, struct base_random *random)
{
    struct kern_find entries[2][CAP];
    struct kern_finds finds[2] = {{.entries = entries[0], .cap = CAP},
                                  {.entries = entries[1], .cap = CAP}};
    struct kern_progress progress[2];
    struct kern_work work;
    memset(&work, 0, sizeof work);
    work.header_size = PRIM_HEADER80_SIZE;
    base_random_bytes(random, work.header, work.header_size);
    base_random_bytes(random, work.target_be, sizeof work.target_be);
    uint64_t first = base_random_below(random, 1U << 31);
    uint64_t count = 1 + base_random_below(random, 17);
    enum base_status a =
        subjects[subject].neon->search(scratch, &finds[0], &progress[0], &work, first, count, NULL);
    enum base_status b =
        prim_header80_search(subjects[subject].hash, &finds[1], &progress[1], &work, first, count);
    bool same =
        a == b && finds[0].count == finds[1].count && progress[0].tried == progress[1].tried;
    for (size_t i = 0; same && i < finds[0].count; i++) {
        same = entries[0][i].counter == entries[1][i].counter;
    }
    return same;
}

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(subjects); i++) {
        struct base_random random = {SEED};
        void *scratch = base_alloc_aligned(KERN_SCRATCH_ALIGN, subjects[i].scratch_size, 1);
        bool same = scratch != NULL;
        for (unsigned round = 0; same && round < subjects[i].rounds; round++) {
            same = agree(i, scratch, &random);
        }
        printf("%s: %s\n", subjects[i].name, same ? "ok" : "NEON and reference differ");
        failed += same ? 0 : 1;
        base_free(scratch);
    }
    return failed == 0 ? 0 : 1;
}
