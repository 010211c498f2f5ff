/* autolykos2_ref.c: the reference, in the order of ergo.md 2 and 3. Never optimised. */
#include <string.h>

#include "autolykos2/autolykos2.h"
#include "base/blake2b.h"
#include "base/endian.h"

uint32_t kern_autolykos2_size_at(uint64_t height)
{
    uint32_t size = KERN_AUTOLYKOS2_SIZE_MIN;
    if (height > KERN_AUTOLYKOS2_GROWTH_LAST) {
        height = KERN_AUTOLYKOS2_GROWTH_LAST;
    }
    if (height < KERN_AUTOLYKOS2_GROWTH_FIRST) {
        return size;
    }
    uint64_t steps = (height - KERN_AUTOLYKOS2_GROWTH_FIRST) / KERN_AUTOLYKOS2_GROWTH_PERIOD + 1;
    for (uint64_t i = 0; i < steps; i++) {
        size = size / 100 * 105; /* in this order: up to 99 are lost */
    }
    return size;
}

uint32_t kern_autolykos2_size(const struct kern_work *work)
{
    if (work->reduced >= 1 && work->reduced <= KERN_AUTOLYKOS2_SIZE_MAX) {
        return work->reduced;
    }
    return kern_autolykos2_size_at(work->height);
}

void kern_autolykos2_element(uint8_t element[KERN_AUTOLYKOS2_ELEMENT_SIZE], uint32_t index,
                             uint64_t height)
{
    uint8_t message[KERN_AUTOLYKOS2_ROW_SIZE];
    uint8_t digest[32];
    base_store_be32(message, index);
    base_store_be32(message + 4, (uint32_t)height);
    for (size_t i = 0; i < KERN_AUTOLYKOS2_CONSTANT_WORDS; i++) {
        base_store_be64(message + 8 + 8 * i, i);
    }
    base_blake2b(digest, 32, NULL, message, sizeof message);
    memcpy(element, digest + 1, KERN_AUTOLYKOS2_ELEMENT_SIZE);
}

void kern_autolykos2_seed(uint8_t seed[32], const uint8_t trial[KERN_AUTOLYKOS2_TRIAL_SIZE],
                          uint64_t height, uint32_t size)
{
    uint8_t digest[32];
    uint8_t message[KERN_AUTOLYKOS2_ELEMENT_SIZE + KERN_AUTOLYKOS2_TRIAL_SIZE];
    base_blake2b(digest, 32, NULL, trial, KERN_AUTOLYKOS2_TRIAL_SIZE);
    uint32_t index = (uint32_t)(base_load_be64(digest + 24) % size);
    kern_autolykos2_element(message, index, height);
    memcpy(message + KERN_AUTOLYKOS2_ELEMENT_SIZE, trial, KERN_AUTOLYKOS2_TRIAL_SIZE);
    base_blake2b(seed, 32, NULL, message, sizeof message);
}

void kern_autolykos2_indexes(uint32_t indexes[KERN_AUTOLYKOS2_INDEXES], const uint8_t seed[32],
                             uint32_t size)
{
    uint8_t ring[35]; /* the first three bytes once more behind the last one */
    memcpy(ring, seed, 32);
    memcpy(ring + 32, seed, 3);
    for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
        indexes[t] = base_load_be32(ring + t) % size;
    }
}

/* sum += element, both most significant byte first. */
static void add(uint8_t sum[32], const uint8_t element[KERN_AUTOLYKOS2_ELEMENT_SIZE])
{
    unsigned carry = 0;
    for (size_t i = 32; i-- > 0;) {
        carry += sum[i] + (i > 0 ? element[i - 1] : 0U);
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

void kern_autolykos2_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint32_t size = kern_autolykos2_size(work);
    uint8_t seed[32];
    uint32_t indexes[KERN_AUTOLYKOS2_INDEXES];
    uint8_t sum[32] = {0};
    kern_autolykos2_seed(seed, work->header, work->height, size);
    kern_autolykos2_indexes(indexes, seed, size);
    for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
        uint8_t element[KERN_AUTOLYKOS2_ELEMENT_SIZE];
        kern_autolykos2_element(element, indexes[t], work->height);
        add(sum, element);
    }
    base_blake2b(hash_be, 32, NULL, sum, sizeof sum);
}
