/* odocrypt.c: the row of odocrypt: layout, hooks, variants, known answers. */
#include "odocrypt/odocrypt.h"

#define HEADER80_HASH kern_odocrypt_hash
#define HEADER80_NEEDS_TABLE
#include "prim/header80_row.h"

static uint64_t table_key(const struct kern_work *work)
{
    return (uint32_t)work->epoch;
}

static size_t table_size(uint64_t key)
{
    (void)key;
    return sizeof(struct kern_odocrypt_key);
}

static uint64_t table_steps(uint64_t key)
{
    (void)key;
    return 1; /* well under a millisecond */
}

static void table_build(void *data, uint64_t key, uint64_t step)
{
    (void)step;
    kern_odocrypt_key_build(data, (uint32_t)key);
}

/* Around a change of key jobs of both keys are worth hashing: tables are not one_at_a_time. */
static const struct kern_table_row table = {
    .key = table_key, .size_bytes = table_size, .steps = table_steps, .build = table_build};

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_odocrypt_avx512,
    &kern_odocrypt_avx2,
#endif
    &header80_portable,
};

static const struct kern_answer answers[] = {
    {.label = "own block 2161 odo",
     .header_hex =
         "020e00204959eebc2e7e9bfda38ac0a2d7f6615b717a614a37e20eab4a8bfd69f3b21e0109082f61"
         "bcd2281130198eb3bedc55b70ae2696d3ff6041d2157e2e82b187ce44771016b76de2a1f24020000",
     .hash_hex = "00059f41619bf79fbe868b09600b60b907f8a016f9891c4cc6a8d54544f2de95",
     .epoch = 1795256640},
    {.label = "own block 2171 odo",
     .header_hex =
         "020e002059653c43e40eac9af4fc4aa2434214b147079a045cf4eef446973d8572060f459c37ce7d"
         "2dddfc0b2f8ba6e886d6075c171e5f1a8887504b09c5332445613e9b2372016b6c222c1fab050000",
     .hash_hex = "000840d906e0afed451ebd614c1709f8a8e42704d36fa7fb6db698e95e3c3def",
     .epoch = 1795256820},
    {.label = "own block 2166 odo",
     .header_hex =
         "020e002038cdb16824cc69d1af705f07b714837e25f2fca3961eb3a779efa9b87ef870e7a37dfb94"
         "64fdc9dcb80dd2d8f4d23b2dd6da17f30dad8433d535108ae1755772b571016be3442b1fe7020000",
     .hash_hex = "000b6af0624fa8163a710aa199e0223bb8fbfdaf9b478a020c0c9181053f2960",
     .epoch = 1795256700},
};

const struct kern_algo kern_odocrypt_row = {
    .name = "odocrypt",
    .title = "DigiByte Odocrypt",
    HEADER80_ROW,
    .scratch_size = KERN_ODOCRYPT_SCRATCH_SIZE,
    .table = &table,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_odocrypt_cl_row,
};
