/* address.c: see address.h. */
#include "devnet/address.h"

#include <stdint.h>
#include <string.h>

enum { DECODED_SIZE = 33, TEXT_MAX = 64, WORKER_MAX = 32 };

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Base58 of exactly DECODED_SIZE bytes, leading zero bytes written as '1'. */
static bool decode(uint8_t bytes[DECODED_SIZE], const char *text, size_t size)
{
    size_t ones = 0;
    memset(bytes, 0, DECODED_SIZE);
    if (size == 0 || size > TEXT_MAX) {
        return false;
    }
    while (ones < size && text[ones] == '1') {
        ones++;
    }
    for (size_t i = 0; i < size; i++) {
        const char *digit = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
        if (digit == NULL) {
            return false;
        }
        unsigned carry = (unsigned)(digit - alphabet);
        for (int k = DECODED_SIZE - 1; k >= 0; k--) {
            carry += 58U * bytes[k];
            bytes[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) {
            return false;
        }
    }
    size_t zeros = 0;
    while (zeros < DECODED_SIZE && bytes[zeros] == 0) {
        zeros++;
    }
    return zeros == ones;
}

int pool_devnet_address_group(const char *text, size_t size)
{
    uint8_t bytes[DECODED_SIZE];
    if (!decode(bytes, text, size) || bytes[0] != 0) {
        return -1;
    }
    uint32_t sum = 5381; /* djb2 */
    for (size_t i = 1; i < DECODED_SIZE; i++) {
        sum = sum * 33 + bytes[i];
    }
    sum |= 1;
    return (int)((sum ^ sum >> 8 ^ sum >> 16 ^ sum >> 24) & 3);
}

bool pool_devnet_address_worker(const char *worker)
{
    size_t size = strlen(worker);
    const char *first = strchr(worker, '.');
    const char *last = strrchr(worker, '.');
    if (first == NULL) {
        return pool_devnet_address_group(worker, size) >= 0;
    }
    if (pool_devnet_address_group(worker, (size_t)(first - worker)) >= 0) {
        return size - (size_t)(first - worker) - 1 <= WORKER_MAX;
    }
    return (size_t)(last - worker) <= WORKER_MAX &&
           pool_devnet_address_group(last + 1, strlen(last + 1)) >= 0;
}
