/* local_net.h: the development networks as `devnet` and `mine` without -o use them: one row a coin
 * that has one. */
#ifndef MINER_LOCAL_NET_H
#define MINER_LOCAL_NET_H

#include <jansson.h>

#include "config/config.h"
#include "faces/summary.h"
#include "kern.h"

/* A coin's network: what can be done with one that runs (net is what start has made). */
struct miner_net_row {
    const char *coin;
    const char *what; /* for the log: "development network of 16 chains" */

    /** Start by the options; with local, on any free ports of this machine, without faults and
     * without what `mine` does not use.
     * Returns: BASE_OK; BASE_E_FORMAT a fault or dialect that this network does not know;
     * BASE_E_IO; BASE_E_MEMORY. */
    enum base_status (*start)(void **net, const struct miner_config *config, bool local,
                              struct base_error *error);
    /** How a miner in this process reaches its node; server is zero. */
    void (*server)(struct pool_server *server, void *net);
    /** URL number index (0..) and what stands before and behind it in the log; false: no more. host
     * is the address as URLs have it. */
    bool (*url)(char text[256], void *net, size_t index, const char *host);
    void (*counts)(struct miner_net_counts *counts, void *net);
    /** One line of counters, and all of them as an object. */
    void (*line)(char text[512], void *net);
    json_t *(*json)(void *net);
    void (*stop)(void *net); /* NULL is fine */
};

extern const struct miner_net_row miner_net_alephium;
extern const struct miner_net_row miner_net_nervos;
extern const struct miner_net_row miner_net_komodo;
extern const struct miner_net_row miner_net_ergo;

/** The row of the coin that is configured.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED with a sentence: it has no network. */
BASE_MUST_CHECK enum base_status miner_local_net_find(const struct miner_net_row **row,
                                                      const struct pool_coin *coin,
                                                      struct base_error *error);

/** Call set for each word of the option --fault, with user. Returns the first error. */
enum base_status miner_local_net_faults(const struct miner_config *config, void *user,
                                        enum base_status (*set)(void *user, const char *word,
                                                                struct base_error *error),
                                        struct base_error *error);

/* A port of a network, and what its URL has before the host and behind the port. */
struct miner_net_port {
    const char *before;
    uint16_t port; /* 0: not served */
    const char *behind;
};

/** A row's url, from its list of ports. */
bool miner_local_net_url(char text[256], const struct miner_net_port *ports, size_t count,
                         size_t index, const char *host);

/** Hash a header as an algorithm's reference does, never a fast kernel: plain code in the order of
 * the definition is all that a network and the miner have in common.
 * In:      work    zero, but for what the algorithm needs besides the header, which is put in.
 *          header  as many bytes as the algorithm's headers have.
 * Returns: as the algorithm's hash. */
enum base_status miner_local_net_hash(uint8_t hash[32], const char *algo, struct kern_work *work,
                                      const uint8_t *header, const uint8_t *solution, size_t size);

#endif
