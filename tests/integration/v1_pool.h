/* v1_pool.h: a stratum v1 pool for tests: hands out jobs of its own templates, rebuilds every
 * submission's header from them and judges it by the kernels' reference. Written from stratum.md
 * and digibyte.md 11, not from the client. */
#ifndef V1_POOL_H
#define V1_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kern.h"

enum { V1_POOL_JOBS = 32, V1_POOL_SHARES = 4096, V1_POOL_STEPS = 8 };

/* What the pool does once so many shares of its newest job were accepted. */
struct v1_pool_step {
    size_t after;
    double difficulty;       /* 0: unchanged; else set_difficulty */
    const char *extranonce1; /* NULL: unchanged; else set_extranonce, 4 bytes of extranonce2 */
    uint32_t ntime_plus;     /* seconds the next job's time moves on */
    bool clean;              /* with another previous block */
    bool hang_up;            /* close the connection instead of a job */
};

struct v1_pool_job {
    char id[16];
    uint8_t prevhash[32]; /* header order */
    uint32_t ntime;
    double difficulty;
    uint8_t extranonce1[8];
    size_t extranonce1_size;
    bool voided;
    bool won; /* a submission met the block target */
};

struct v1_pool {
    /* set before start */
    const struct kern_algo *algo;
    double factor; /* of difficulty 1 */
    double difficulty;
    uint32_t bits; /* of blocks; 0: 1b2dd176, harder than any share here */
    uint32_t version;
    uint32_t ntime;
    uint32_t epoch_s;                         /* 0: none */
    size_t extranonce2_size;                  /* bytes */
    bool tell_key;                            /* odokey beside params */
    struct v1_pool_step steps[V1_POOL_STEPS]; /* ended by after 0 */
    size_t enough; /* shares of the job after the last step; then done_fd is told */
    int done_fd;   /* eventfd */

    uint16_t port;
    int listen_fd;
    int stop_fd;
    pthread_t thread;

    /* the pool's thread; read after stop */
    uint8_t extranonce1[8];
    size_t extranonce1_size;
    uint8_t prevhash[32];
    struct v1_pool_job jobs[V1_POOL_JOBS];
    size_t job_count;
    size_t step;
    uint8_t seen[V1_POOL_SHARES][80];
    size_t seen_count;
    size_t accepted;
    size_t blocks;        /* accepted: the first of a job that met the block target, no share */
    size_t won_by_shares; /* the first that met it was a share, too */
    size_t stale;
    size_t refused;     /* everything else: the client's fault */
    char why[256];      /* the last refusal */
    size_t extranonces; /* different extranonce2 among the accepted, in a row */
    size_t connections;
    size_t accepted_by_job[V1_POOL_JOBS];
    uint8_t last_extranonce2[16];
    struct kern_table *table;
};

/** Listen on loopback; start the thread. */
void v1_pool_start(struct v1_pool *pool);

/** End the thread, close everything. */
void v1_pool_stop(struct v1_pool *pool);

#endif
