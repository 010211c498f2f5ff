/* gbt_parts.c: see gbt_parts.h. */
#include "bitcoin/gbt_parts.h"

#include <string.h>

#include "base/hex.h"
#include "bitcoin/v1_header.h"
#include "wire/json.h"

enum { HEX_STEP = 4096 /* bytes turned into digits at a time */ };

static void reverse(uint8_t to[32], const uint8_t from[32])
{
    for (size_t i = 0; i < 32; i++) {
        to[i] = from[31 - i];
    }
}

enum base_status pool_gbt_unusable(struct base_error *error, const char *what)
{
    return base_error_set(error, BASE_E_FORMAT, "the node's template has no usable %s", what);
}

bool pool_gbt_read_hash(uint8_t hash[32], const json_t *json)
{
    uint8_t shown[32];
    const char *text = json_string_value(json);
    if (text == NULL || base_hex_decode_exact(shown, sizeof(shown), text) != BASE_OK) {
        return false;
    }
    reverse(hash, shown);
    return true;
}

bool pool_gbt_read_u32(uint32_t *value, const json_t *json)
{
    uint64_t wide = 0;
    bool fits = json_is_integer(json) && pool_json_u64(json, 10, &wide) && wide <= UINT32_MAX;
    *value = fits ? (uint32_t)wide : 0;
    return fits;
}

bool pool_gbt_read_poll_id(char id[POOL_POLL_ID_MAX + 1], const json_t *json)
{
    const char *text = json_string_value(json);
    size_t size = text == NULL ? 0 : json_string_length(json);
    if (size > POOL_POLL_ID_MAX || (text != NULL && strlen(text) != size)) {
        return false;
    }
    memcpy(id, text == NULL ? "" : text, size);
    id[size] = '\0';
    return true;
}

enum base_status pool_gbt_branch(uint8_t branch[POOL_V1_BRANCHES_MAX][32], size_t *branch_count,
                                 uint8_t (*hashes)[32], size_t count)
{
    enum base_status status = BASE_OK;
    *branch_count = 0;
    while (count > 0 && status == BASE_OK) {
        size_t pairs = 0;
        BASE_ASSERT(*branch_count < POOL_V1_BRANCHES_MAX); /* 2^32 leaves */
        memcpy(branch[(*branch_count)++], hashes[0], 32);
        /* The caller folds the first leaf with its neighbour. The others are folded here in pairs;
         * a last one without a neighbour is folded with itself. */
        for (size_t i = 1; i < count && status == BASE_OK; i += 2) {
            uint8_t both[64];
            memcpy(both, hashes[i], 32);
            memcpy(both + 32, hashes[i + 1 < count ? i + 1 : i], 32);
            status = pool_v1_sha256d(hashes[pairs++], both, sizeof(both));
        }
        count = pairs;
    }
    return status;
}

size_t pool_gbt_put_count(uint8_t bytes[3], size_t count)
{
    if (count < 0xfd) {
        bytes[0] = (uint8_t)count;
        return 1;
    }
    bytes[0] = 0xfd; /* POOL_GBT_TXS_MAX is below 65536 */
    bytes[1] = (uint8_t)(count & 0xff);
    bytes[2] = (uint8_t)(count >> 8);
    return 3;
}

enum base_status pool_gbt_put_hex(struct pool_buffer *hex, const uint8_t *bytes, size_t size)
{
    enum base_status status = BASE_OK;
    for (size_t at = 0; at < size && status == BASE_OK; at += HEX_STEP) {
        char text[2 * HEX_STEP + 1];
        size_t step = size - at < HEX_STEP ? size - at : HEX_STEP;
        base_hex_encode(text, bytes + at, step);
        status = pool_buffer_append(hex, text, 2 * step);
    }
    return status;
}

void pool_gbt_show_hash(char shown[65], const uint8_t hash[32])
{
    uint8_t reversed[32];
    reverse(reversed, hash);
    base_hex_encode(shown, reversed, sizeof(reversed));
}
