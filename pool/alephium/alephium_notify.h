/* alephium_notify.h: what Alephium pools send as parameters, in all the shapes that were seen, made
 * into values (alephium.md 6.3 to 6.8). Lenient in shape, strict in bounds. No state. */
#ifndef POOL_ALEPHIUM_NOTIFY_H
#define POOL_ALEPHIUM_NOTIFY_H

#include <jansson.h>

#include "alephium/alephium_codec.h"

/* One job of a notify. */
struct pool_alephium_notice {
    uint8_t header[POOL_ALEPHIUM_HEADER];
    uint32_t from_group; /* any value */
    uint32_t to_group;
    uint64_t height;
    char id[POOL_JOB_ID_MAX + 1];
    bool id_is_number;
    bool positional; /* AlephiumStratum/1.0.0: [jobId, chain, header] */
    bool has_target;
    uint8_t target_be[32];
};

/** Number of jobs in a notify's params; they are read one at a time. 0: none. */
size_t pool_alephium_notice_count(const json_t *params);

/** Read the index-th job.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence: skip it. */
BASE_MUST_CHECK enum base_status pool_alephium_notice_read(struct pool_alephium_notice *notice,
                                                           const json_t *params, size_t index,
                                                           struct base_error *error);

/** Target as big-endian hex of any length whose value fits 256 bits.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_LIMIT, or BASE_E_RANGE for zero. */
BASE_MUST_CHECK enum base_status pool_alephium_target_hex(uint8_t target_be[32], const char *hex);

/** Extranonce: ["f84d"], "f84d", {"extranonce":"f84d"}, [4711] (decimal, 2 bytes).
 * Returns: BASE_OK with 0..POOL_EXTRANONCE_MAX bytes; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status pool_alephium_extranonce(uint8_t bytes[POOL_EXTRANONCE_MAX],
                                                          size_t *size, const json_t *params,
                                                          struct base_error *error);

/** Share target of a difficulty: floor((2^(256-num_zero) - 1) * 1024 / ceil(difficulty * 1024)),
 * in integers (alephium.md 6.4). num_zero 10..255; the official pool uses 30.
 * Returns: BASE_OK; BASE_E_RANGE: difficulty not above zero, not finite, or above 2^50. */
BASE_MUST_CHECK enum base_status pool_alephium_difficulty(uint8_t target_be[32], double difficulty,
                                                          unsigned num_zero);

/** Difficulty of a target, for display: 2^226 over target. */
double pool_alephium_difficulty_of(const uint8_t target_be[32]);

#endif
