/* autolykos2.c: the row of Autolykos 2: layout, hooks, table, variants, known answers. */
#include "autolykos2/autolykos2.h"

#include "autolykos2/autolykos2_table.h"
#include "base/endian.h"
#include "base/target.h"

void kern_autolykos2_put_counter(uint8_t *header, uint64_t counter)
{
    base_store_be64(header + KERN_AUTOLYKOS2_MESSAGE_SIZE, counter);
}

static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    kern_autolykos2_hash(hash_be, work);
    return BASE_OK;
}

bool kern_autolykos2_keep(struct kern_autolykos2_frame *frame, uint64_t done)
{
    kern_finds_add(frame->finds, frame->first + done, NULL, 0);
    if (kern_finds_room(frame->finds) == 0 && done + 1 < frame->count) {
        *frame->progress = kern_progress_hashes(done + 1);
        return false;
    }
    return true;
}

/* The reference, one nonce after the other; with a table, a plain hash that reads it. */
static enum base_status search_portable(void *scratch, struct kern_finds *finds,
                                        struct kern_progress *progress,
                                        const struct kern_work *work, uint64_t first,
                                        uint64_t count, const struct kern_stop *stop)
{
    struct kern_autolykos2_frame frame = {
        .finds = finds, .progress = progress, .first = first, .count = count};
    const struct kern_autolykos2_entry *entries = kern_autolykos2_table_of(work);
    struct kern_work trial = *work;
    (void)scratch;
    (void)stop; /* a nonce takes about a millisecond */
    for (uint64_t done = 0; done < count; done++) {
        uint8_t hash_be[32];
        kern_autolykos2_put_counter(trial.header, first + done);
        if (entries != NULL) {
            kern_autolykos2_table_hash(hash_be, &trial, entries);
        } else {
            kern_autolykos2_hash(hash_be, &trial);
        }
        if (base_target_meets(hash_be, work->target_be) && !kern_autolykos2_keep(&frame, done)) {
            return BASE_E_FULL;
        }
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

static uint64_t table_steps(uint64_t key)
{
    size_t entries = kern_autolykos2_table_bytes(key) / sizeof(struct kern_autolykos2_entry);
    return (entries + KERN_AUTOLYKOS2_STEP - 1) / KERN_AUTOLYKOS2_STEP;
}

/* A hash without table computes 33 elements. */
static uint64_t worth_hashes(uint64_t key)
{
    return kern_autolykos2_table_bytes(key) / sizeof(struct kern_autolykos2_entry) /
           (KERN_AUTOLYKOS2_INDEXES + 1);
}

static void next_height(struct kern_work *work)
{
    work->height += 1;
}

/* A block takes 120 s on average, and a search with the table is some 40 times as fast as one
 * without (bench/NOTES.md): when building takes 120 s * ln(40), as much is lost as is gained
 * afterwards. */
enum { WORTH_S = 440 };

/* Elements hash the height, and every block has its own. */
static const struct kern_table_row table = {.key = kern_autolykos2_table_key,
                                            .size_bytes = kern_autolykos2_table_bytes,
                                            .steps = table_steps,
                                            .build = kern_autolykos2_table_build,
                                            .parallel = true,
                                            .worth_s = WORTH_S,
                                            .worth_hashes = worth_hashes,
                                            .reduced_to = kern_autolykos2_table_reduced_to,
                                            .probe = kern_autolykos2_table_probe,
                                            .next = next_height,
                                            .one_at_a_time = true};

static const struct kern_variant portable = {
    .name = "portable", .ways = 1, .uses_table = true, .search = search_portable};

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_autolykos2_avx512,
    &kern_autolykos2_avx2,
    &kern_autolykos2_sse41,
#elif defined(__aarch64__)
    &kern_autolykos2_neon,
#endif
    &portable,
};

/* The first one is at a height of late 2026: what bench measures when nobody names another. */
static const struct kern_answer answers[] = {
    {.label = "computed with Python hashlib, height 1928000",
     .header_hex = "902f8e449d99edec72dd623dbe3e6a8793f2ac0b95f33a194537f5a412ddd75d"
                   "0000000000000900",
     .hash_hex = "0000e99c2ff7202f588ef780db31280a8abab9d8b5548f4d68e867044189dc7e",
     .height = 1928000},
    {.label = "mainnet block, height 1821899",
     .header_hex = "7a9ca95b15f6af2d06177d7422aac89dfe94b0aa929d0883d6b5bd7d97b33047"
                   "421f5cc7dee7c0b6",
     .hash_hex = "0000000000008067ae9f092c51931a805918f0eced19ce7ba2681ff93c703b5f",
     .height = 1821899},
    {.label = "test of the node, height 614400",
     .header_hex = "548c3e602a8f36f8f2738f5f643b02425038044d98543a51cabaa9785e7e864f"
                   "0000000000003105",
     .hash_hex = "0002fcb113fe65e5754959872dfdbffea0489bf830beb4961ddc0e9e66a1412a",
     .height = 614400},
    {.label = "mainnet block, height 418138",
     .header_hex = "1554925edb3be1d8a16a74a83889cc26a64592bc154beb843f9f25a68c30eeed"
                   "1b95db2168f95fda",
     .hash_hex = "000000000000b9dded923147baf32fe4916947e5e64f0f5d766bb007c6f1eade",
     .height = 418138},
    {.label = "computed with Python hashlib, table of 1024 elements",
     .header_hex = "3a66b78dc0f02e8652efd978871480819047ea2d6797ddebd30623939b113aee"
                   "ffffffff0000060e",
     .hash_hex = "0000853b09e50b4cf3c67d80e4461173d1c158315162a8de3759f4108524dd16",
     .height = 614400,
     .reduced = 1024},
};

const struct kern_algo kern_autolykos2_row = {
    .name = "autolykos2",
    .title = "Ergo (Autolykos 2)",
    .unit = "H",
    .header_size = KERN_AUTOLYKOS2_TRIAL_SIZE,
    .nonce_offset = KERN_AUTOLYKOS2_MESSAGE_SIZE,
    .nonce_size = KERN_AUTOLYKOS2_NONCE_SIZE,
    .counter_offset = KERN_AUTOLYKOS2_MESSAGE_SIZE,
    .counter_size = KERN_AUTOLYKOS2_NONCE_SIZE,
    .chains = 1,
    .finds_per_nonce = 1,
    .scratch_size = KERN_AUTOLYKOS2_SCRATCH_SIZE,
    .put_counter = kern_autolykos2_put_counter,
    .hash = hash_work,
    .table = &table,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_autolykos2_cl_row,
};
