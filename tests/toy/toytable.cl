/* toytable.cl: toytable (README.md here) on a device, OpenCL C 1.2; a piece behind toy.cl and
 * opencl/table.cl. */
#ifndef RESULT_SLOTS
#define RESULT_SLOTS 256
#endif

/* element(i) = SHA-256(height, i); the reduced size in the key's upper byte is not part of it. */
__kernel void toytable_build(uint key_low, uint key_high, uint first_element, uint last,
                             TABLE_ARGUMENTS)
{
    const uint item = (uint)get_global_id(0);
    uint block[16];
    uint element[8];
    if (item > last) {
        return;
    }
    block[0] = key_high & 0xffffffU;
    block[1] = key_low;
    block[2] = first_element + item;
    sha256_words(element, block, 3);
    __global uint *to = TABLE_AT(first_element + item);
    for (uint k = 0; k < 8; k++) {
        to[k] = element[k];
    }
}

__kernel void toytable_search(__constant const uint *job, __global uint *result, uint first_low,
                              uint first_high, uint last, TABLE_ARGUMENTS)
{
    const uint item = (uint)get_global_id(0);
    uint seed[8];
    uint sum[8];
    uint hash[8];
    uint block[16];
    if (item > last) {
        return;
    }
    seed_of(job, first_low + item, seed);
    for (uint k = 0; k < 8; k++) {
        sum[k] = 0;
    }
    for (uint k = 0; k < 8; k++) {
        __global const uint *element = TABLE_AT(seed[k] & ((1U << job[JOB_BITS]) - 1));
        for (uint j = 0; j < 8; j++) {
            sum[j] ^= element[j];
        }
    }
    sha256_start(hash);
    for (uint k = 0; k < 8; k++) {
        block[k] = seed[k];
        block[8 + k] = sum[k];
    }
    sha256_block(hash, block);
    for (uint k = 0; k < 16; k++) {
        block[k] = 0;
    }
    block[0] = 0x80000000U;
    block[15] = 512;
    sha256_block(hash, block);
    if (meets(job, hash)) {
        uint slot = atomic_inc(result + RESULT_COUNT);
        if (slot < RESULT_SLOTS) {
            result[1 + slot] = item;
        }
    }
}
