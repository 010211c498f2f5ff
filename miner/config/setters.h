/* setters.h: one function a kind of option: check a text and store it where the option's row says.
 * All are of the type miner_option_fn, which is described in options.h. Used by options_table.c
 * only. */
#ifndef MINER_SETTERS_H
#define MINER_SETTERS_H

#include "config/options.h"

/** Flag that sets a bool. */
enum base_status miner_set_true(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);

/** Flag that clears a bool. */
enum base_status miner_set_false(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error);

/** Printable text; min: least characters. What is behind it in the member becomes zeros. */
enum base_status miner_set_text(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);

/** Whole number of min..max in an integer of 4 or 8 bytes. A max of 2^63 or 2^64 stands for the
 * largest signed or unsigned number of 64 bits. */
enum base_status miner_set_whole(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error);

/** Number of min..max in a double. */
enum base_status miner_set_real(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);

/** Time of min..max milliseconds in an integer of 4 or 8 bytes. */
enum base_status miner_set_time(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);

/** Port to listen on in a uint16_t: "off", 0 (any free one) or a number. */
enum base_status miner_set_listen_port(struct miner_target *target,
                                       const struct miner_option *option, const char *label,
                                       const char *text, struct base_error *error);

/** Name of a file that must be there and readable; otherwise as text. */
enum base_status miner_set_readable(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error);

/** --pool-dialect. */
enum base_status miner_set_dialect(struct miner_target *target, const struct miner_option *option,
                                   const char *label, const char *text, struct base_error *error);

/** --fault: NAME or NAME=NUMBER, several with commas; adds to those given before. */
enum base_status miner_set_faults(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error);

/** --coin. */
enum base_status miner_set_coin(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);

/** --url: adds a server. */
enum base_status miner_set_url(struct miner_target *target, const struct miner_option *option,
                               const char *label, const char *text, struct base_error *error);

/** --user, --pass, --rest-port, --rpc-cookie: of the server added last. --user and --pass before
 * the first server are for all servers. */
enum base_status miner_set_user(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);
enum base_status miner_set_pass(struct miner_target *target, const struct miner_option *option,
                                const char *label, const char *text, struct base_error *error);
enum base_status miner_set_rest_port(struct miner_target *target, const struct miner_option *option,
                                     const char *label, const char *text, struct base_error *error);
enum base_status miner_set_rpc_cookie(struct miner_target *target,
                                      const struct miner_option *option, const char *label,
                                      const char *text, struct base_error *error);

/** --proxy: a SOCKS5 URL. */
enum base_status miner_set_proxy(struct miner_target *target, const struct miner_option *option,
                                 const char *label, const char *text, struct base_error *error);

/** --tls-fingerprint: SHA-256 in hex, colons allowed. */
enum base_status miner_set_fingerprint(struct miner_target *target,
                                       const struct miner_option *option, const char *label,
                                       const char *text, struct base_error *error);

/** --threads. */
enum base_status miner_set_threads(struct miner_target *target, const struct miner_option *option,
                                   const char *label, const char *text, struct base_error *error);

/** --cpu-affinity. */
enum base_status miner_set_affinity(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error);

/** --opencl. */
enum base_status miner_set_opencl(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error);

/** --api: where to listen. */
enum base_status miner_set_api(struct miner_target *target, const struct miner_option *option,
                               const char *label, const char *text, struct base_error *error);

/** --screen. */
enum base_status miner_set_screen(struct miner_target *target, const struct miner_option *option,
                                  const char *label, const char *text, struct base_error *error);

/** --nonce-seed. */
enum base_status miner_set_nonce_seed(struct miner_target *target,
                                      const struct miner_option *option, const char *label,
                                      const char *text, struct base_error *error);

enum base_status miner_set_redirect(struct miner_target *target, const struct miner_option *option,
                                    const char *label, const char *text, struct base_error *error);

#endif
