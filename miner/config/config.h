/* config.h: what the user asked for, as plain data: every option of the command line and of the
 * configuration file, checked and in the units the program works with. options.h fills it; it is
 * constant afterwards. */
#ifndef MINER_CONFIG_H
#define MINER_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "config/devices.h"
#include "devnet/devnet.h"
#include "pool.h"

enum {
    MINER_PATH_MAX = 512, /* characters with NUL of a file name */
    MINER_GROUPS_MAX = 8,
    MINER_DEVICES_MAX = 16, /* whose settings a file can hold */
    MINER_NAME_MAX = 32,    /* characters with NUL of an algorithm or kernel name */
    MINER_API_TOKEN_MIN = 8,
    MINER_API_TOKEN_MAX = 256, /* characters with NUL */
    MINER_LISTENS_MAX = 4,
};

enum miner_command {
    MINER_COMMAND_NONE,
    MINER_COMMAND_MINE,
    MINER_COMMAND_BENCH,
    MINER_COMMAND_DEVICES,
    MINER_COMMAND_SELFTEST,
    MINER_COMMAND_TUNE,
    MINER_COMMAND_DEVNET,
    MINER_COMMAND_DOCTOR,
    MINER_COMMAND_REPLAY,
    MINER_COMMAND_BRIDGE,
    MINER_COMMAND_COUNT,
};

/* What `bench` measures and how it reports. Value. */
struct miner_bench_options {
    char device[256]; /* "": the CPU and every OpenCL device that is not CPU-type */
    bool kernels;     /* every CPU kernel that this processor runs */
    bool table;       /* with a table in memory, where kernels can use one */
    bool csv;         /* instead of text; and so is markdown */
    bool markdown;
    uint32_t result_ms;                /* for each result; default 5000 */
    uint64_t hashes;                   /* fixed work: nonces; 0: timed */
    uint64_t seed;                     /* of fixed work */
    uint64_t height;                   /* of the block; 0: the algorithm's own */
    char save_file[MINER_PATH_MAX];    /* "": none */
    char compare_file[MINER_PATH_MAX]; /* "": none */
};

/* Where `bridge` serves other miners, and what they may use. */
struct miner_bridge_options {
    struct miner_listen {
        char host[64];
        uint16_t port;
    } listens[MINER_LISTENS_MAX]; /* numeric addresses */
    size_t listen_count;
    unsigned listen_layer;        /* enum miner_layer in which they were named */
    bool pay_workers;             /* blocks pay the address that a worker's login begins with */
    char pass[POOL_LOGIN_MAX];    /* that clients must know; "": none */
    uint32_t share_ms;            /* between two shares of a client; default 5000 */
    double difficulty;            /* of every client; 0: it follows the client */
    uint32_t clients;             /* at once; default 20000 */
    uint32_t clients_per_address; /* 0: no limit */
};

/* Value; copy freely. Zero is the default of every field unless the comment says otherwise.
 * Settings that are equal are equal bytes (unused ones are zero), so that rows of options can be
 * compared. */
struct miner_config {
    enum miner_command command;
    char group[MINER_NAME_MAX]; /* name of the group of devices these are for; "": all there are */

    /* what to mine */
    const struct pool_coin *coin; /* never NULL; alephium by default */
    bool coin_given;              /* by the user */
    char algo[MINER_NAME_MAX];    /* "" : the coin's first for mine, every one elsewhere */

    /* where: empty for the development network in this process */
    struct pool_server servers[POOL_SERVERS_MAX];
    size_t server_count;
    bool proxy_local; /* the proxies of servers are also for addresses of local networks */
    char tls_ca_file[MINER_PATH_MAX];
    char tls_fingerprint[65]; /* 64 lower-case hex digits, or "" */
    bool tls_insecure;
    bool multiply_difficulty; /* pools of Ergo: as in pool_config */
    struct pool_redirects redirects;
    uint32_t template_wait_ms; /* of nodes over HTTP; 0: it adapts */
    uint32_t try_timeout_ms;   /* for these four, 0 means the default of pool_config */
    uint32_t job_timeout_ms;
    uint32_t dead_peer_ms;
    uint32_t reject_limit;
    char api_key[128];                          /* for the REST interface of a node */
    char coinbase_text[POOL_COINBASE_TEXT_MAX]; /* for blocks of our own; "" none */
    char record_file[MINER_PATH_MAX]; /* new file for a recording of the sessions; "": none */
    char replay_file[MINER_PATH_MAX]; /* of the command replay */
    double replay_speed;              /* times as fast as it was recorded; 0: as fast as it goes */
    uint32_t connect_timeout_ms;      /* of a bounded run: exit 4 after it; default 30000 */

    /* with what */
    enum miner_threads_rule threads_rule;
    unsigned threads; /* for MINER_THREADS_COUNT; 0: no CPU lanes */
    struct miner_cpu_list affinity;
    char cpu_kernel[MINER_NAME_MAX]; /* "": the best this processor runs */
    struct miner_cl_selection opencl;
    bool opencl_given; /* by the user */
    struct miner_device_settings devices[MINER_DEVICES_MAX];
    size_t device_count;            /* of devices */
    char cache_dir[MINER_PATH_MAX]; /* OpenCL programs and tuned values; "": none */

    uint64_t counters_per_job; /* as in pool_config; no option sets it: for tests */
    uint32_t look_ms;          /* likewise */
    uint32_t tune_budget_ms;   /* for each device and algorithm; default 60000 */
    uint32_t temp_limit_c;     /* an OpenCL device at this temperature rests; 0: no limit */
    uint32_t max_temp_c;       /* CPU lanes rest at this temperature; 0: no limit */
    double max_difficulty;     /* lanes rest while the network's is above it; 0: no limit */
    uint32_t watchdog_ms;      /* a launch that takes longer is taken for hung; default 30000 */
    uint32_t niceness;         /* of CPU lanes; 0: as the process */
    bool auto_tune;            /* mine tunes a device that it sees first; default true */
    bool pause_on_battery;     /* lanes rest while the machine runs on its battery */
    bool nonce_seed_given;     /* nonce_seed is the user's */
    uint64_t nonce_seed;       /* session part of the nonces, to repeat a run */

    /* until when; 0: no bound. A run is bounded when any of the three is set. */
    uint64_t duration_ms;
    uint64_t until_blocks;
    uint64_t until_shares;

    /* faces */
    bool json;
    bool quiet;      /* warnings and errors only */
    bool verbose;    /* also what is of use to developers */
    bool color;      /* colours are wanted where they can be shown; default true */
    bool plain_log;  /* no live screen on a terminal */
    bool syslog;     /* the log goes to syslog(3) instead of standard error */
    bool background; /* the process leaves its terminal */
    char log_file[MINER_PATH_MAX];
    uint16_t api_port;                   /* with api_host; 0: any free one */
    char api_host[64];                   /* numeric address that the API listens on; "": no API */
    char api_token[MINER_API_TOKEN_MAX]; /* that POST requests must show; "": all are refused */
    uint32_t summary_interval_ms;        /* of the summary line; default 10000 */

    struct pool_devnet_config devnet; /* of `devnet`, and of `mine` without a server; but these: */
    uint32_t reduced;                 /* kern_work.reduced of all jobs, or 0 */
    char devnet_faults[256];          /* NAME=N,... as the coin's network knows them; "" none */
    char devnet_dialect[32];          /* of its pool port; "" its usual one */
    struct miner_bench_options bench;
    struct miner_bridge_options bridge;

    char warning[512]; /* to be logged at start, one line; "" none */
};

/** Add a sentence to config->warning; one that does not fit is cut. */
BASE_PRINTF(2, 3)
void miner_config_warn(struct miner_config *config, const char *format, ...);

/* Groups of devices, each with an algorithm and servers of its own ("groups" of a file); all
 * other settings are the same in all groups. Large: on the heap. */
struct miner_groups {
    size_t count; /* 0: there are none, the one configuration is for all devices */
    struct miner_config configs[MINER_GROUPS_MAX];
};

/** True when the run stops by itself. */
static inline bool miner_config_bounded(const struct miner_config *config)
{
    return config->duration_ms > 0 || config->until_blocks > 0 || config->until_shares > 0;
}

/** Settings of a device, or NULL. */
const struct miner_device_settings *miner_config_device(const struct miner_config *config,
                                                        const struct kern_cl_info *info);

/** Every default, for the environment given.
 * In: cache_dir  default folder for caches, "" none. */
void miner_config_defaults(struct miner_config *config, const char *cache_dir);

#endif
