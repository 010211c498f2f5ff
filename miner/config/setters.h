/* setters.h: one function a kind of option: check a text and store it where the option's row says.
 * All are of the type miner_option_fn, which is described in options.h. Used by options_table.c
 * only. */
#ifndef MINER_SETTERS_H
#define MINER_SETTERS_H

#include "config/options.h"

/** Flag that sets a bool. */
miner_option_fn miner_set_true;

/** Flag that clears a bool. */
miner_option_fn miner_set_false;

/** Printable text; min: least characters. What is behind it in the member becomes zeros. */
miner_option_fn miner_set_text;

/** Whole number of min..max in an integer of 4 or 8 bytes. A max of 2^63 or 2^64 stands for the
 * largest signed or unsigned number of 64 bits. */
miner_option_fn miner_set_whole;

/** Number of min..max in a double. */
miner_option_fn miner_set_real;

/** Time of min..max milliseconds in an integer of 4 or 8 bytes. */
miner_option_fn miner_set_time;

/** Port to listen on in a uint16_t: "off", 0 (any free one) or a number. */
miner_option_fn miner_set_listen_port;

/** Name of a file that must be there and readable; otherwise as text. */
miner_option_fn miner_set_readable;

/** --fault: a list with commas; adds to those given before. The network that is started reads it.
 */
miner_option_fn miner_set_faults;

/** --coin. */
miner_option_fn miner_set_coin;

/** --url: adds a server. */
miner_option_fn miner_set_url;

/** --user, --pass, --rest-port, --rpc-cookie: of the server added last. --user and --pass before
 * the first server are for all servers. */
miner_option_fn miner_set_user;
miner_option_fn miner_set_pass;
miner_option_fn miner_set_rest_port;
miner_option_fn miner_set_rpc_cookie;

/** --algo: a name, in any case. */
miner_option_fn miner_set_algo;

/** --proxy: a SOCKS5 URL, or none. */
miner_option_fn miner_set_proxy;

/** --tls-fingerprint: SHA-256 in hex, colons allowed. */
miner_option_fn miner_set_fingerprint;

/** --threads. */
miner_option_fn miner_set_threads;

/** --cpu-affinity. */
miner_option_fn miner_set_affinity;

/** --opencl. */
miner_option_fn miner_set_opencl;

/** --api: where to listen. */
miner_option_fn miner_set_api;

/** --listen: one more place; those of a weaker layer are forgotten. */
miner_option_fn miner_set_listen;

/** --pay: node or workers. */
miner_option_fn miner_set_pay;

/** --screen. */
miner_option_fn miner_set_screen;

/** --nonce-seed. */
miner_option_fn miner_set_nonce_seed;

/** --allow-redirect: hosts, several with commas; adds to those given before. */
miner_option_fn miner_set_redirect;

#endif
