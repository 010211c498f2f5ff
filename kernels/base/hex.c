/* hex.c: see hex.h. */
#include "base/hex.h"

#include <string.h>

/* 0..15, or -1 for a character that is no hex digit. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

enum base_status base_hex_decode(uint8_t *bytes, size_t cap, size_t *size, const char *text,
                                 size_t text_size)
{
    *size = 0;
    if (text_size % 2 != 0) {
        return BASE_E_FORMAT;
    }
    if (text_size / 2 > cap) {
        return BASE_E_LIMIT;
    }
    for (size_t i = 0; i < text_size / 2; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return BASE_E_FORMAT;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    *size = text_size / 2;
    return BASE_OK;
}

enum base_status base_hex_decode_exact(uint8_t *bytes, size_t size, const char *text)
{
    size_t got = 0;
    enum base_status status = base_hex_decode(bytes, size, &got, text, strlen(text));
    if (status != BASE_OK) {
        return status;
    }
    return got == size ? BASE_OK : BASE_E_RANGE;
}

void base_hex_encode(char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}
