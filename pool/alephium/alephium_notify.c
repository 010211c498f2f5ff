/* alephium_notify.c: see alephium_notify.h. */
#include "alephium/alephium_notify.h"

#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"

static enum base_status read_header(struct pool_alephium_notice *notice, const json_t *header,
                                    struct base_error *error)
{
    const char *text = json_string_value(header);
    if (text == NULL) {
        return base_error_set(error, BASE_E_FORMAT, "job %s has no header", notice->id);
    }
    if (base_hex_decode_exact(notice->header, POOL_ALEPHIUM_HEADER, text) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "job %s: the header is not 302 bytes of hex but %zu characters",
                              notice->id, strlen(text));
    }
    return BASE_OK;
}

static enum base_status read_target(struct pool_alephium_notice *notice, const json_t *target,
                                    struct base_error *error)
{
    const char *text = json_string_value(target);
    if (text == NULL || text[0] == '\0') {
        return BASE_OK; /* some pools leave it out */
    }
    if (pool_alephium_target_hex(notice->target_be, text) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "job %s: the target is not hex of 1 to 256 bits above zero",
                              notice->id);
    }
    notice->has_target = true;
    return BASE_OK;
}

static uint32_t group_of(const json_t *json)
{
    uint64_t value = 0;
    return pool_json_u64(json, 10, &value) && value <= UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static enum base_status read_object(struct pool_alephium_notice *notice, const json_t *job,
                                    struct base_error *error)
{
    if (!pool_stratum_read_id(notice->id, &notice->id_is_number, json_object_get(job, "jobId"))) {
        return base_error_set(error, BASE_E_FORMAT, "a job has no usable jobId");
    }
    notice->from_group = group_of(json_object_get(job, "fromGroup"));
    notice->to_group = group_of(json_object_get(job, "toGroup"));
    if (json_object_get(job, "fromGroup") == NULL && json_object_get(job, "chainIndex") != NULL) {
        uint64_t chain = 0;
        (void)pool_json_u64(json_object_get(job, "chainIndex"), 10, &chain);
        notice->from_group = chain < POOL_ALEPHIUM_CHAINS ? (uint32_t)chain / 4 : UINT32_MAX;
        notice->to_group = (uint32_t)chain % 4;
    }
    (void)pool_json_u64(json_object_get(job, "height"), 10, &notice->height);
    enum base_status status = read_header(notice, json_object_get(job, "headerBlob"), error);
    return status != BASE_OK ? status
                             : read_target(notice, json_object_get(job, "targetBlob"), error);
}

static enum base_status read_positional(struct pool_alephium_notice *notice, const json_t *job,
                                        struct base_error *error)
{
    uint64_t chain = UINT64_MAX;
    notice->positional = true;
    if (!pool_stratum_read_id(notice->id, &notice->id_is_number, json_array_get(job, 0))) {
        return base_error_set(error, BASE_E_FORMAT, "a job has no usable id");
    }
    if (json_array_size(job) >= 8 && json_string_length(json_array_get(job, 1)) == 64) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "its jobs are of Bitcoin's kind: this pool is for another coin; name "
                              "it, as in --coin digibyte -a ALGORITHM");
    }
    if (!pool_json_u64(json_array_get(job, 1), 16, &chain) || chain >= POOL_ALEPHIUM_CHAINS) {
        return base_error_set(error, BASE_E_FORMAT, "job %s names no chain from 00 to 0f",
                              notice->id);
    }
    notice->from_group = (uint32_t)chain / POOL_ALEPHIUM_GROUPS;
    notice->to_group = (uint32_t)chain % POOL_ALEPHIUM_GROUPS;
    enum base_status status = read_header(notice, json_array_get(job, 2), error);
    return status != BASE_OK ? status : read_target(notice, json_array_get(job, 3), error);
}

/* One job by itself: an object with headerBlob, or an array that begins with an id. */
static bool is_single(const json_t *params)
{
    const json_t *first = json_array_get(params, 0);
    return json_is_object(params) || json_is_string(first) || json_is_integer(first);
}

size_t pool_alephium_notice_count(const json_t *params)
{
    if (params == NULL || (json_is_object(params) && json_object_size(params) == 0)) {
        return 0;
    }
    if (is_single(params)) {
        return 1;
    }
    return json_array_size(params);
}

enum base_status pool_alephium_notice_read(struct pool_alephium_notice *notice,
                                           const json_t *params, size_t index,
                                           struct base_error *error)
{
    const json_t *job = is_single(params) ? params : json_array_get(params, index);
    memset(notice, 0, sizeof(*notice));
    if (json_is_object(job)) {
        return read_object(notice, job, error);
    }
    if (json_is_array(job)) {
        return read_positional(notice, job, error);
    }
    return base_error_set(error, BASE_E_FORMAT, "a job is neither an object nor an array");
}

enum base_status pool_alephium_target_hex(uint8_t target_be[32], const char *hex)
{
    static const uint8_t zero[32] = {0};
    uint8_t bytes[64];
    char digits[129] = "0"; /* a leading zero evens out an odd number of digits */
    size_t size = 0;
    size_t count = strnlen(hex, 128);
    memset(target_be, 0, 32);
    if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X')) {
        hex += 2;
        count -= 2;
    }
    if (count == 0 || count >= 128) {
        return count == 0 ? BASE_E_FORMAT : BASE_E_LIMIT;
    }
    memcpy(digits + count % 2, hex, count);
    enum base_status status =
        base_hex_decode(bytes, sizeof(bytes), &size, digits, count + count % 2);
    if (status == BASE_OK) {
        status = base_target_from_bytes(target_be, bytes, size);
    }
    return status == BASE_OK && memcmp(target_be, zero, 32) == 0 ? BASE_E_RANGE : status;
}

enum base_status pool_alephium_extranonce(uint8_t bytes[POOL_EXTRANONCE_MAX], size_t *size,
                                          const json_t *params, struct base_error *error)
{
    const json_t *value = params;
    *size = 0;
    if (json_is_array(params)) {
        value = json_array_get(params, 0);
    } else if (json_is_object(params)) {
        value = json_object_get(params, "extranonce");
    }
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        json_integer_value(value) <= 9999) {
        base_store_be16(bytes, (uint16_t)json_integer_value(value)); /* alephium.md 6.8 */
        *size = 2;
        return BASE_OK;
    }
    const char *text = json_string_value(value);
    if (text == NULL) {
        return base_error_set(error, BASE_E_FORMAT, "the extranonce is neither hex nor a number");
    }
    if (text[0] == '0' && text[1] == 'x') {
        text += 2;
    }
    enum base_status status = base_hex_decode(bytes, POOL_EXTRANONCE_MAX, size, text, strlen(text));
    if (status == BASE_E_LIMIT) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the extranonce has %zu digits; at most %d bytes leave room for "
                              "ours",
                              strlen(text), POOL_EXTRANONCE_MAX);
    }
    if (status != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT, "the extranonce is not whole bytes of hex");
    }
    return BASE_OK;
}

enum base_status pool_alephium_difficulty(uint8_t target_be[32], double difficulty,
                                          unsigned num_zero)
{
    memset(target_be, 0, 32);
    /* Scaling by 1024 only changes the exponent, so ceil sees the exact product. */
    double scaled = ceil(difficulty * 1024.0);
    if (!(difficulty > 0.0) || !(scaled <= 0x1p60) || num_zero < 10 || num_zero > 255) {
        return BASE_E_RANGE;
    }
    base_target_ones(target_be, 256 - num_zero);
    base_target_multiply(target_be, target_be, 1024);
    base_target_divide(target_be, target_be, (uint64_t)scaled);
    return BASE_OK;
}

double pool_alephium_difficulty_of(const uint8_t target_be[32])
{
    double target = base_target_to_double(target_be);
    return target > 0 ? ldexp(1.0, 226) / target : 0;
}
