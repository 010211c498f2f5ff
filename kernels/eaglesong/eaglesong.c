/* eaglesong.c: the row of Eaglesong: layout, hooks, variants, known answers. */
#include "eaglesong/eaglesong.h"

/* ckb.md 1: the output as it lies is the number, most significant byte first. */
static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    kern_eaglesong_digest(hash_be, work->header, KERN_EAGLESONG_MESSAGE_SIZE);
    return BASE_OK;
}

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_eaglesong_avx512,   &kern_eaglesong_avx2, &kern_eaglesong_sse41, &kern_eaglesong_sse2,
#elif defined(__aarch64__)
    &kern_eaglesong_neon,
#endif
    &kern_eaglesong_portable,
};

static const struct kern_answer answers[] = {
    {.label = "mainnet block 2000",
     .header_hex = "91841de86660024f8a3837a22eae85202ae4a42ce25c91f72f5ededdc31df4ea"
                   "3253ecfa0000000000000001bce9a710",
     .hash_hex = "0000000000000ca76aca2bdde29e86543e1b52ed25b8a4b761c1bb20d6034833"},
    {.label = "mainnet block 20152836",
     .header_hex = "bdc74ef6f58f3ce70bccaac040b7131f74a76bcd92c90fc0464246c0400883d0"
                   "019ff8f6000000030d00005e309a5693",
     .hash_hex = "0000000000000007e96f95737799a7e53b0235bb875c9f069d0a22f29893d12b"},
};

const struct kern_algo kern_eaglesong_row = {
    .name = "eaglesong",
    .title = "Nervos CKB (Eaglesong)",
    .unit = "H",
    .header_size = KERN_EAGLESONG_MESSAGE_SIZE,
    .nonce_offset = KERN_EAGLESONG_NONCE_OFFSET,
    .nonce_size = KERN_EAGLESONG_NONCE_SIZE,
    .counter_offset = KERN_EAGLESONG_COUNTER_OFFSET,
    .counter_size = KERN_EAGLESONG_COUNTER_SIZE,
    .chains = 1,
    .finds_per_nonce = 1,
    .scratch_size = KERN_EAGLESONG_SCRATCH_SIZE,
    .put_counter = kern_eaglesong_put_counter,
    .hash = hash_work,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_eaglesong_cl_row,
};
