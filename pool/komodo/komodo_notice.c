/* komodo_notice.c: see komodo_notice.h. */
#include "komodo/komodo_notice.h"

#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"
#include "wire/printable.h"

enum { AT_ID, AT_VERSION, AT_CLEAN = 7, AT_PARAMETERS, AT_PERSONAL };

/* The header's fields, one behind the other from params[AT_VERSION] on. */
static const struct {
    const char *name;
    size_t size;
} fields[] = {
    {"version", 4},      {"previous block hash", 32},
    {"merkle root", 32}, {"Sapling root", 32},
    {"time", 4},         {"bits", 4},
};

/* A member that names another proof of work than Komodo's. */
static bool is_other(const json_t *json, const char *right)
{
    return json_is_string(json) && json_string_length(json) > 0 &&
           strcmp(json_string_value(json), right) != 0;
}

static enum base_status check_proof_of_work(const json_t *params, struct base_error *error)
{
    const json_t *parameters = json_array_get(params, AT_PARAMETERS);
    const json_t *personal = json_array_get(params, AT_PERSONAL);
    char shown[2][32] = {"200_9", "ZcashPoW"};
    if (!is_other(parameters, shown[0]) && !is_other(personal, shown[1])) {
        return BASE_OK;
    }
    if (json_is_string(parameters)) {
        (void)pool_printable(shown[0], sizeof(shown[0]), json_string_value(parameters),
                             json_string_length(parameters));
    }
    if (json_is_string(personal)) {
        (void)pool_printable(shown[1], sizeof(shown[1]), json_string_value(personal),
                             json_string_length(personal));
    }
    return base_error_set(error, BASE_E_REFUSED,
                          "its jobs are for Equihash %s with the prefix %s, and Komodo has 200_9 "
                          "and ZcashPoW: choose the pool's port for Komodo",
                          shown[0], shown[1]);
}

enum base_status pool_komodo_notice_read(struct pool_komodo_notice *notice, const json_t *params,
                                         struct base_error *error)
{
    size_t at = 0;
    memset(notice, 0, sizeof(*notice));
    if (!pool_stratum_read_id(notice->id, &notice->id_is_number, json_array_get(params, AT_ID))) {
        return base_error_set(error, BASE_E_FORMAT,
                              "its id is no printable text of 1 to %d characters", POOL_JOB_ID_MAX);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(fields); i++) {
        const char *text = json_string_value(json_array_get(params, AT_VERSION + i));
        if (text == NULL ||
            base_hex_decode_exact(notice->header + at, fields[i].size, text) != BASE_OK) {
            return base_error_set(error, BASE_E_FORMAT, "its %s is not %zu hexadecimal digits",
                                  fields[i].name, 2 * fields[i].size);
        }
        at += fields[i].size;
    }
    BASE_ASSERT(at == sizeof(notice->header));
    if (base_load_le32(notice->header) != POOL_KOMODO_VERSION) {
        return base_error_set(error, BASE_E_FORMAT, "its version is %u, and only %d is valid",
                              base_load_le32(notice->header), POOL_KOMODO_VERSION);
    }
    if (pool_v1_compact(notice->block_target_be,
                        base_load_le32(notice->header + POOL_KOMODO_BITS)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT, "its bits are no target");
    }
    const json_t *clean = json_array_get(params, AT_CLEAN);
    notice->clean = clean == NULL || pool_json_truthy(clean);
    return check_proof_of_work(params, error);
}

struct pool_job_full *pool_komodo_notice_job(const struct pool_komodo_notice *notice)
{
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return NULL;
    }
    struct pool_job *job = &full->job;
    memcpy(job->header, notice->header, sizeof(notice->header));
    job->header_size = POOL_KOMODO_HEADER;
    job->nonce_offset = POOL_KOMODO_NONCE;
    job->nonce_size = POOL_KOMODO_NONCE_SIZE;
    memcpy(job->target_be, notice->target_be, 32);
    memcpy(job->block_target_be, notice->block_target_be, 32);
    memcpy(job->header + POOL_KOMODO_NONCE, notice->nonce1, notice->nonce1_size);
    job->nonce_fixed = notice->nonce1_size;
    job->received_ms = notice->received_ms;
    job->clean = notice->clean;
    memcpy(full->ticket.id, notice->id, sizeof(full->ticket.id));
    full->ticket.id_is_number = notice->id_is_number;
    memcpy(full->ticket.extranonce1, notice->nonce1, notice->nonce1_size);
    full->ticket.extranonce1_size = notice->nonce1_size;
    memcpy(full->parent, notice->header + POOL_KOMODO_PARENT, sizeof(full->parent));
    return full;
}
