/* base58.c: see base58.h. The number is built digit by digit in base 256, from the right. */
#include "wire/base58.h"

#include <string.h>

enum base_status pool_base58_decode(uint8_t *bytes, size_t cap, size_t *size, const char *text,
                                    size_t text_size, size_t *bad)
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    size_t zeros = 0;
    size_t used = 0; /* bytes of the number so far, at the end of bytes */
    *size = 0;
    *bad = 0;
    while (zeros < text_size && text[zeros] == '1') {
        zeros++;
    }
    for (size_t i = zeros; i < text_size; i++) {
        const char *place = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (place == NULL) {
            *bad = i;
            return BASE_E_FORMAT;
        }
        uint32_t carry = (uint32_t)(place - alphabet);
        for (size_t j = 0; j < used; j++) {
            carry += 58U * bytes[cap - 1 - j];
            bytes[cap - 1 - j] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) {
            if (used == cap) {
                return BASE_E_LIMIT;
            }
            used++;
            bytes[cap - used] = (uint8_t)carry;
        }
    }
    if (zeros > cap || used > cap - zeros) {
        return BASE_E_LIMIT;
    }
    memmove(bytes + zeros, bytes + cap - used, used);
    memset(bytes, 0, zeros);
    *size = zeros + used;
    return BASE_OK;
}
