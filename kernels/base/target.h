/* target.h: 256-bit targets and difficulties. A target or a hash is 32 bytes, most significant
 * byte first, compared as one unsigned number. Integer arithmetic throughout; the functions that
 * return double are for display and statistics only, never for a decision about a share. */
#ifndef BASE_TARGET_H
#define BASE_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { BASE_TARGET_SIZE = 32 };

/** -1, 0 or 1 as a is below, equal to or above b. */
int base_target_compare(const uint8_t a_be[32], const uint8_t b_be[32]);

/** True when hash <= target: the rule of every chain we mine (inclusive). */
bool base_target_meets(const uint8_t hash_be[32], const uint8_t target_be[32]);

/** Target from big-endian bytes of any length up to 32 significant ones; leading zero bytes beyond
 * 32 are accepted up to size_bytes 64, as Java's BigInteger and pools write them.
 * Returns: BASE_OK; BASE_E_FORMAT empty; BASE_E_LIMIT more than 256 significant bits or more than
 *          64 bytes. target_be is zero on error. */
BASE_MUST_CHECK enum base_status base_target_from_bytes(uint8_t target_be[32], const uint8_t *bytes,
                                                        size_t size_bytes);

/** Compact form with an unsigned 24-bit mantissa, as Alephium writes it (alephium.md 3.5).
 * Size byte s and mantissa m: m >> 8*(3-s) for s <= 3, else m << 8*(s-3).
 * Returns: BASE_OK, or BASE_E_LIMIT when the value needs more than 256 bits (target_be zero). */
BASE_MUST_CHECK enum base_status base_target_from_compact(uint8_t target_be[32], uint32_t compact);

/** The inverse: low bytes are lost. */
uint32_t base_target_to_compact(const uint8_t target_be[32]);

/** floor(numerator / divisor), divisor 1 or more. quotient_be may be numerator_be. */
void base_target_divide(uint8_t quotient_be[32], const uint8_t numerator_be[32], uint64_t divisor);

/** floor(value * factor); saturates at 2^256-1. product_be may be value_be. */
void base_target_multiply(uint8_t product_be[32], const uint8_t value_be[32], uint64_t factor);

/** 2^bits - 1 for bits 0..256. */
void base_target_ones(uint8_t target_be[32], unsigned bits);

/** Number of significant bits, 0..256. */
unsigned base_target_bits(const uint8_t target_be[32]);

/** The number as a double (rounded); for display. */
double base_target_to_double(const uint8_t target_be[32]);

/** Expected tries until a uniform hash meets the target: 2^256 / (target + 1); for display and
 * statistics. */
double base_target_expected_tries(const uint8_t target_be[32]);

#endif
