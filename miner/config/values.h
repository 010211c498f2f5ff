/* values.h: texts to checked values: numbers with ranges, times, lists of processors
 * and of OpenCL devices, addresses. label is the beginning of the sentence ("--threads",
 * "rig.json:7: \"threads\""). */
#ifndef MINER_VALUES_H
#define MINER_VALUES_H

#include "config/config.h"

/** Decimal, or hexadecimal after 0x; digits only, within min..max.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_RANGE with a sentence that names the range. *value is
 *          unchanged on error. */
BASE_MUST_CHECK enum base_status miner_value_whole(uint64_t *value, const char *text, uint64_t min,
                                                   uint64_t max, const char *label,
                                                   struct base_error *error);

/** Decimal number with a fraction and an exponent allowed, within min..max. */
BASE_MUST_CHECK enum base_status miner_value_real(double *value, const char *text, double min,
                                                  double max, const char *label,
                                                  struct base_error *error);

/** Time: seconds, a fraction allowed, or with a unit: "90", "0.5", "250ms", "10m", "2h", "1d".
 * In: min_ms, max_ms  the range, in milliseconds. */
BASE_MUST_CHECK enum base_status miner_value_time(uint64_t *value_ms, const char *text,
                                                  uint64_t min_ms, uint64_t max_ms,
                                                  const char *label, struct base_error *error);

/** Hardware threads: "0,2-5". */
BASE_MUST_CHECK enum base_status miner_value_cpus(struct miner_cpu_list *cpus, const char *text,
                                                  const char *label, struct base_error *error);

/** "all", "none", or a list such as "0:0,0000:65:00.0".
 * Out:     selection  bytes that the text does not set are zero, so that equal ones compare equal.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that does not name the option. */
BASE_MUST_CHECK enum base_status miner_picks_parse(struct miner_cl_selection *selection,
                                                   const char *text, struct base_error *error);

/** True when both entries are the same. */
bool miner_pick_same(const struct miner_cl_pick *a, const struct miner_cl_pick *b);

/** "HOST:PORT", "[IPV6]:PORT", ":PORT" or "PORT" to listen on. The host is a numeric address or
 * localhost; left out, 127.0.0.1. Port 0: any free one.
 * Out:     host  with room for cap bytes.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status miner_value_listen(char *host, size_t cap, uint16_t *port,
                                                    const char *text, struct base_error *error);

/** The name in names[0..count-1] that is most like text: equal but for case, beginning with it, or
 * at most two letters away; NULL if none is near. */
const char *miner_value_nearest(const char *text, const char *const *names, size_t count);

#endif
