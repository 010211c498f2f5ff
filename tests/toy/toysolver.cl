/* toysolver.cl: toysolver (README.md here) on a device, OpenCL C 1.2; a piece behind toy.cl. Three
 * passes: seeds (a kernel that runs twice, by number), cells, solutions. Buffers: seeds, eight words a
 * nonce of the round; candidates, for each nonce their number and then CANDIDATES indices. */
#ifndef BITS
#ifdef REDUCED
#define BITS REDUCED
#else
#define BITS 20
#endif
#endif
#ifndef CANDIDATES /* of one nonce; two are expected */
#define CANDIDATES 16
#endif
#ifndef CELLS_PER_ITEM
#define CELLS_PER_ITEM 1
#endif
#ifndef RESULT_SLOTS
#define RESULT_SLOTS 32
#endif

#define ARGUMENTS                                                                                  \
    __constant const uint *job, __global uint *result, uint first_low, uint first_high, uint last, \
        uint round_offset, __global uint *seeds, __global uint *candidates

/* SHA-256(seed, i) */
static void cell_of(uint *cell, const uint *seed, uint i)
{
    uint block[16];
    for (uint k = 0; k < 8; k++) {
        block[k] = seed[k];
    }
    block[8] = i;
    sha256_words(cell, block, 9);
}

static void load_seed(uint *seed, __global const uint *seeds, uint nonce)
{
    for (uint k = 0; k < 8; k++) {
        seed[k] = seeds[8 * nonce + k];
    }
}

/* 0: seeds; 1: no candidates yet. */
__kernel void toysolver_prepare(ARGUMENTS, uint number)
{
    const uint nonce = (uint)get_global_id(0);
    uint seed[8];
    if (nonce > last) {
        return;
    }
    if (number == 1) {
        candidates[nonce * (1 + CANDIDATES)] = 0;
        return;
    }
    seed_of(job, first_low + nonce, seed);
    for (uint k = 0; k < 8; k++) {
        seeds[8 * nonce + k] = seed[k];
    }
}

__kernel void toysolver_cells(ARGUMENTS)
{
    const uint item = (uint)get_global_id(0);
    const uint nonce = item / ((1U << BITS) / CELLS_PER_ITEM);
    const uint begin = item % ((1U << BITS) / CELLS_PER_ITEM) * CELLS_PER_ITEM;
    uint seed[8];
    uint cell[8];
    if (nonce > last) {
        return;
    }
    load_seed(seed, seeds, nonce);
    for (uint i = begin; i < begin + CELLS_PER_ITEM; i++) {
        cell_of(cell, seed, i);
        if (cell[0] >> (32 - (BITS - 1)) == 0) {
            __global uint *list = candidates + nonce * (1 + CANDIDATES);
            uint place = atomic_inc(list);
            if (place < CANDIDATES) {
                list[1 + place] = i;
            }
            atomic_inc(result + RESULT_UNITS);
        }
    }
}

/* Word j of header and solution; solution word 0 is i, the others the blocks of cell. */
static uint message_word(__constant const uint *job, uint counter, const uint *cell, uint i, uint j,
                         uint *block, uint *block_number)
{
    if (j < 19) {
        return job[JOB_HEADER + j];
    }
    if (j == 19) {
        return swapped(counter);
    }
    if (j == 20) {
        return i;
    }
    uint k = (j - 21) / 8;
    if (k != *block_number) {
        cell_of(block, cell, k);
        *block_number = k;
    }
    return block[(j - 21) % 8];
}

__kernel void toysolver_solutions(ARGUMENTS)
{
    const uint item = (uint)get_global_id(0);
    const uint nonce = item / CANDIDATES;
    __global const uint *list = candidates + nonce * (1 + CANDIDATES);
    if (nonce > last || item % CANDIDATES >= list[0]) {
        return;
    }
    const uint i = list[1 + item % CANDIDATES];
    const uint counter = first_low + nonce;
    uint seed[8];
    uint cell[8];
    uint hash[8];
    uint inner[16];
    uint w[16];
    uint block[8];
    uint block_number = 0xffffffffU;
    load_seed(seed, seeds, nonce);
    cell_of(cell, seed, i);
    sha256_start(hash);
    for (uint j = 0; j < 288; j++) { /* 276 words, one bit, the length */
        w[j & 15] = j < 276    ? message_word(job, counter, cell, i, j, block, &block_number)
                    : j == 276 ? 0x80000000U
                    : j == 287 ? 276 * 32
                               : 0;
        if ((j & 15) == 15) {
            sha256_block(hash, w);
        }
    }
    for (uint k = 0; k < 8; k++) {
        inner[k] = hash[k];
    }
    sha256_words(hash, inner, 8);
    if (!meets(job, hash)) {
        return;
    }
    uint slot = atomic_inc(result + RESULT_COUNT);
    if (slot < RESULT_SLOTS) {
        __global uint *find = result + 2 + slot * (1 + SOLUTION_WORDS);
        block_number = 0xffffffffU;
        find[0] = round_offset + nonce;
        for (uint j = 20; j < 276; j++) {
            find[1 + j - 20] = message_word(job, counter, cell, i, j, block, &block_number);
        }
    }
}
