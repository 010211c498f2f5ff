/* bech32.c: see bech32.h. */
#include "wire/bech32.h"

#include <ctype.h>
#include <string.h>

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t step(uint32_t sum, uint32_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                         0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < BASE_COUNT_OF(generator); i++) {
        sum ^= (top >> i & 1U) != 0 ? generator[i] : 0;
    }
    return sum;
}

/* Checksum of the prefix, in lower case, and what separates it from the rest. */
static uint32_t prefix_sum(const char *prefix, size_t size)
{
    uint32_t sum = 1;
    for (size_t i = 0; i < size; i++) {
        sum = step(sum, (uint32_t)tolower((unsigned char)prefix[i]) >> 5);
    }
    sum = step(sum, 0);
    for (size_t i = 0; i < size; i++) {
        sum = step(sum, (uint32_t)tolower((unsigned char)prefix[i]) & 31U);
    }
    return sum;
}

static bool is_mixed(const char *text, size_t size)
{
    bool upper = false;
    bool lower = false;
    for (size_t i = 0; i < size; i++) {
        upper = upper || isupper((unsigned char)text[i]);
        lower = lower || islower((unsigned char)text[i]);
    }
    return upper && lower;
}

enum base_status pool_bech32_read(uint8_t *symbols, size_t *count, uint32_t *sum, const char *text,
                                  size_t prefix_size, size_t text_size, size_t *bad)
{
    *sum = prefix_sum(text, prefix_size);
    *count = 0;
    for (size_t i = prefix_size + 1; i < text_size; i++) {
        const char *place =
            text[i] == '\0' ? NULL : strchr(alphabet, tolower((unsigned char)text[i]));
        if (place == NULL) {
            *bad = i;
            return BASE_E_FORMAT;
        }
        symbols[*count] = (uint8_t)(place - alphabet);
        *sum = step(*sum, symbols[(*count)++]);
    }
    *bad = text_size;
    return is_mixed(text, text_size) || *count <= POOL_BECH32_CHECK ? BASE_E_FORMAT : BASE_OK;
}

bool pool_bech32_bytes(uint8_t *bytes, size_t cap, size_t *size, const uint8_t *symbols,
                       size_t count)
{
    uint32_t held = 0;
    unsigned bits = 0;
    *size = 0;
    for (size_t i = 0; i < count; i++) {
        held = held << 5 | symbols[i];
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            if (*size == cap) {
                return false;
            }
            bytes[(*size)++] = (uint8_t)(held >> bits);
            held &= (1U << bits) - 1;
        }
    }
    return bits < 5 && held == 0;
}

char *pool_bech32_write(char *text, const char *prefix, const uint8_t *bytes, size_t size,
                        uint32_t kind)
{
    size_t prefix_size = strlen(prefix);
    uint32_t sum = prefix_sum(prefix, prefix_size);
    char *to = text + prefix_size;
    memcpy(text, prefix, prefix_size);
    *to++ = '1';
    for (size_t at = 0; at < 8 * size; at += 5) { /* the last bits are filled up with zeros */
        uint32_t two = (uint32_t)bytes[at / 8] << 8 | (at / 8 + 1 < size ? bytes[at / 8 + 1] : 0U);
        uint32_t symbol = two >> (11 - at % 8) & 31U;
        sum = step(sum, symbol);
        *to++ = alphabet[symbol];
    }
    for (size_t i = 0; i < POOL_BECH32_CHECK; i++) {
        sum = step(sum, 0);
    }
    sum ^= kind;
    for (size_t i = 0; i < POOL_BECH32_CHECK; i++) {
        *to++ = alphabet[sum >> 5 * (POOL_BECH32_CHECK - 1 - i) & 31U];
    }
    *to = '\0';
    return text;
}
