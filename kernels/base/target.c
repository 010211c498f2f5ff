/* target.c: see target.h. Plain byte arithmetic: none of this is in a hot path. */
#include "base/target.h"

#include <math.h>
#include <string.h>

int base_target_compare(const uint8_t a_be[32], const uint8_t b_be[32])
{
    int order = memcmp(a_be, b_be, 32);
    return (order > 0) - (order < 0);
}

bool base_target_meets(const uint8_t hash_be[32], const uint8_t target_be[32])
{
    return base_target_compare(hash_be, target_be) <= 0;
}

enum base_status base_target_from_bytes(uint8_t target_be[32], const uint8_t *bytes,
                                        size_t size_bytes)
{
    memset(target_be, 0, 32);
    if (size_bytes == 0) {
        return BASE_E_FORMAT;
    }
    if (size_bytes > 64) {
        return BASE_E_LIMIT;
    }
    while (size_bytes > 32) {
        if (bytes[0] != 0) {
            return BASE_E_LIMIT;
        }
        bytes++;
        size_bytes--;
    }
    memcpy(target_be + 32 - size_bytes, bytes, size_bytes);
    return BASE_OK;
}

enum base_status base_target_from_compact(uint8_t target_be[32], uint32_t compact)
{
    uint32_t size = compact >> 24;
    uint32_t mantissa = compact & 0xffffffU;
    memset(target_be, 0, 32);
    if (size <= 3) {
        mantissa >>= 8 * (3 - size);
        size = 3;
    }
    for (uint32_t i = 0; i < 3; i++) { /* byte i of the mantissa has weight 256^(size - 3 + i) */
        uint8_t byte = (uint8_t)(mantissa >> (8 * i));
        uint32_t weight = size - 3 + i;
        if (byte == 0) {
            continue;
        }
        if (weight >= 32) {
            memset(target_be, 0, 32);
            return BASE_E_LIMIT;
        }
        target_be[31 - weight] = byte;
    }
    return BASE_OK;
}

uint32_t base_target_to_compact(const uint8_t target_be[32])
{
    uint32_t size = (base_target_bits(target_be) + 7) / 8;
    uint32_t mantissa = 0;
    for (uint32_t i = 0; i < 3; i++) { /* top three bytes of the value, left aligned if shorter */
        mantissa = (mantissa << 8) | (i < size ? target_be[32 - size + i] : 0U);
    }
    return (size << 24) | mantissa;
}

void base_target_divide(uint8_t quotient_be[32], const uint8_t numerator_be[32], uint64_t divisor)
{
    BASE_ASSERT(divisor > 0);
    unsigned __int128 rest = 0;
    for (int i = 0; i < 32; i++) {
        rest = (rest << 8) | numerator_be[i];
        quotient_be[i] = (uint8_t)(rest / divisor);
        rest %= divisor;
    }
}

void base_target_multiply(uint8_t product_be[32], const uint8_t value_be[32], uint64_t factor)
{
    unsigned __int128 carry = 0;
    for (int i = 31; i >= 0; i--) {
        carry += (unsigned __int128)value_be[i] * factor;
        product_be[i] = (uint8_t)carry;
        carry >>= 8;
    }
    if (carry != 0) {
        memset(product_be, 0xff, 32);
    }
}

void base_target_ones(uint8_t target_be[32], unsigned bits)
{
    BASE_ASSERT(bits <= 256);
    memset(target_be, 0, 32);
    memset(target_be + 32 - bits / 8, 0xff, bits / 8);
    if (bits % 8 != 0) {
        target_be[31 - bits / 8] = (uint8_t)((1U << (bits % 8)) - 1U);
    }
}

unsigned base_target_bits(const uint8_t target_be[32])
{
    for (unsigned i = 0; i < 32; i++) {
        if (target_be[i] != 0) {
            return 8 * (32 - i) - (unsigned)(__builtin_clz(target_be[i]) - 24);
        }
    }
    return 0;
}

double base_target_to_double(const uint8_t target_be[32])
{
    double value = 0;
    for (int i = 0; i < 32; i++) {
        value = value * 256 + target_be[i];
    }
    return value;
}

double base_target_expected_tries(const uint8_t target_be[32])
{
    return ldexp(1.0, 256) / (base_target_to_double(target_be) + 1);
}
