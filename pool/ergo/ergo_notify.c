/* ergo_notify.c: see ergo_notify.h. */
#include "ergo/ergo_notify.h"

#include <string.h>

#include "base/hex.h"
#include "base/target.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"

enum {
    HASH_DIGITS = 64,
    /* places of both forms: nine members [id, height, msg, "", "", version, b, "", clean], or four
     * [id, msg, height, clean] */
    AT_ID = 0,
    AT_HEIGHT_OF_9 = 1,
    AT_MSG_OF_9 = 2,
    AT_B = 6,
    AT_CLEAN_OF_9 = 8,
    AT_MSG_OF_4 = 1,
    AT_HEIGHT_OF_4 = 2,
    AT_CLEAN_OF_4 = 3,
};

enum base_status pool_ergo_notice_read(struct pool_ergo_notice *notice, const json_t *params,
                                       struct base_error *error)
{
    uint64_t height = 0;
    memset(notice, 0, sizeof(*notice));
    notice->has_b = json_string_length(json_array_get(params, AT_MSG_OF_4)) != HASH_DIGITS;
    const json_t *msg = json_array_get(params, notice->has_b ? AT_MSG_OF_9 : AT_MSG_OF_4);
    const json_t *clean = json_array_get(params, notice->has_b ? AT_CLEAN_OF_9 : AT_CLEAN_OF_4);
    if (!pool_stratum_read_id(notice->id, &notice->id_is_number, json_array_get(params, AT_ID))) {
        return base_error_set(error, BASE_E_FORMAT, "its id is no text of 1 to %d characters",
                              POOL_JOB_ID_MAX);
    }
    if (!json_is_string(msg) || base_hex_decode_exact(notice->msg, sizeof(notice->msg),
                                                      json_string_value(msg)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT, "its message is not %d hexadecimal digits",
                              HASH_DIGITS);
    }
    /* Without the height there is no table. */
    if (!pool_json_u64(json_array_get(params, notice->has_b ? AT_HEIGHT_OF_9 : AT_HEIGHT_OF_4), 10,
                       &height) ||
        height == 0 || height > UINT32_MAX) {
        return base_error_set(error, BASE_E_FORMAT, "it names no height");
    }
    if (notice->has_b && (!pool_ergo_read_b(notice->b_be, json_array_get(params, AT_B)) ||
                          base_target_bits(notice->b_be) < 2)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "its target b is not an integer from 2 to 2^256 - 1");
    }
    notice->height = (uint32_t)height;
    notice->clean = clean == NULL || pool_json_truthy(clean);
    return BASE_OK;
}
