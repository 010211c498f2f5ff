/* alephium.c: the row of Alephium: layout, hooks, variants, known answers. */
#include "alephium/alephium.h"

#include "base/endian.h"

void kern_alephium_put_counter(uint8_t *message, uint64_t counter)
{
    base_store_le32(message + 20, (uint32_t)counter);
    base_store_le32(message + 16, (uint32_t)(counter >> 32));
}

static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    (void)solution;
    (void)solution_size;
    kern_alephium_hash(hash_be, work->header);
    return BASE_OK;
}

/* alephium.md 2, "chain of a block": the low nibble of the last byte, since 16 divides 256. */
static uint32_t chain_of(const uint8_t hash_be[32])
{
    return hash_be[31] & 15U;
}

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_alephium_avx512x2, &kern_alephium_avx512, &kern_alephium_avx2,
    &kern_alephium_sse41,    &kern_alephium_sse2,
#elif defined(__aarch64__)
    &kern_alephium_neon,
#endif
    &kern_alephium_portable,
};

static const struct kern_answer answers[] = {
    {.label = "mainnet block 1->1 height 1826597 (Oct 2024)",
     .header_hex =
         "17a50000000000000000000000000000000602f633e2f5e400070000000000001de862d80529c1f539c9"
         "6f8b9dcb42482edf68da5e3e42f7e48000000000000011f838f9bd5e5be68b865c5c6b5acffd0af0d38f"
         "710ad69097aa0000000000001f88535dda19bf72dcaf94f29c9067e5fa822c736c7c2731901f00000000"
         "0000168caff24e31a69817cd795d42b0b07fbb334957bc0cae0c61b400000000000032dafa8539cc5274"
         "0a26c310a5fc6b9d1700242ffb3671936df50000000000003376aed6f7183c6abae082040b0e2a535685"
         "c03fc78b0077692600000000000031bdaae0b4b9847f37a104a46b5de87b42f6a8f53ae7c3fe0857a9f5"
         "ae1e71270952df22595efd0d43030f311a2c044006ef98af10bfb310402c2171272f353e30871ffe8780"
         "8798c2de38aa2d21b82cd938a4695084a7e4c6ca00000192754d66c41a3bca56",
     .hash_hex = "0000000000002bc06aac6acb3bf983bd6d97d3c85e22ede07d55d59d108ef165"},
    {.label = "mainnet block 1->1 height 1826598 (Oct 2024)",
     .header_hex =
         "afd0d72cd25dd99c0000000000000000000000000000000000070000000000001de862d80529c1f539c9"
         "6f8b9dcb42482edf68da5e3e42f7e48000000000000011f838f9bd5e5be68b865c5c6b5acffd0af0d38f"
         "710ad69097aa0000000000001f88535dda19bf72dcaf94f29c9067e5fa822c736c7c2731901f00000000"
         "0000247e2264fd2118df85c574193b00e2ad664acc9474b8748187d40000000000002bc06aac6acb3bf9"
         "83bd6d97d3c85e22ede07d55d59d108ef1650000000000003376aed6f7183c6abae082040b0e2a535685"
         "c03fc78b0077692600000000000031bdaae0b4b9847f37a104a46b5de87b42f6a8f53ae7c3fe0857a8b7"
         "c9509288c35cc9b4a7aa839196742c025428d763346d51ac264846b9b4928a649a2e51f327dd61430d8a"
         "d3d2d7028178019566fc362c872a5286057d6ac900000192754d6c341a3bca56",
     .hash_hex = "000000000000014f3963fc99219e35dfaf2fb78f38c40c9610e21a65cb2e6885"},
};

const struct kern_algo kern_alephium_row = {
    .name = "alephium",
    .title = "Alephium (double BLAKE3, 16 chains)",
    .unit = "H",
    .header_size = KERN_ALEPHIUM_MESSAGE_SIZE,
    .nonce_offset = 0,
    .nonce_size = KERN_ALEPHIUM_NONCE_SIZE,
    .counter_offset = KERN_ALEPHIUM_COUNTER_OFFSET,
    .counter_size = KERN_ALEPHIUM_COUNTER_SIZE,
    .chains = KERN_ALEPHIUM_CHAINS,
    .finds_per_nonce = 1,
    .scratch_size = KERN_ALEPHIUM_SCRATCH_SIZE,
    .put_counter = kern_alephium_put_counter,
    .hash = hash_work,
    .chain_of = chain_of,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_alephium_cl_row,
};
