/* snapshot.h: all numbers of a mining run in one value: of each group of devices, and of all groups
 * added up. Whatever shows a run (screen, log lines, JSON, HTTP, metrics, service manager) reads a
 * snapshot and nothing else. Units: hashes or solutions as `unit` says; rates a second. Texts are
 * NUL-ended; pointers to texts point to constants of the program. */
#ifndef MINER_SNAPSHOT_H
#define MINER_SNAPSHOT_H

#include "bridge/bridge.h"
#include "config/config.h"
#include "kern.h"
#include "lanes/values.h"
#include "machine/sensors.h"
#include "machine/topology.h"
#include "numbers/blocks.h"
#include "numbers/credit.h"
#include "numbers/gauges.h"
#include "pool.h"

/* All CPU lanes of a group together, or one OpenCL device. */
struct miner_snapshot_device {
    char name[MINER_LANE_NAME_MAX]; /* "cpu", "opencl 0000:65:00.0 NVIDIA H200" */
    char select[32];                /* name that selects it: "0000:65:00.0", "0:1"; "" of the CPU */
    char pci[16];                   /* "0000:65:00.0", or "" */
    const char *kernel;
    const char *unit;  /* of its group */
    const char *state; /* "starting", "ready", "paused", "off", "failed", "ended" */
    bool cpu;
    bool up; /* at least one lane hashes whenever there is work */
    struct miner_lane_sum sum;
    double rate[MINER_WINDOWS];
    double mean_rate; /* over mined_s of its group */
    double limit;     /* largest rate of these lanes as a probe measured it; 0: unknown */
    struct miner_reading reading;
    unsigned table_permille; /* of the table that is being built: 0 none, else up to 999 */
    uint64_t table_height;   /* whose it is */
    bool cooling;            /* rests because it was too hot */
    uint64_t cooling_rests;  /* how often it did */
};

/* One shard chain of a group. */
struct miner_snapshot_chain {
    uint32_t number; /* 0, 1 ... in its group */
    bool has_job;    /* false: height and age are 0 */
    bool resting;    /* its template gave its block */
    uint64_t height; /* 0: unknown */
    uint64_t age_ms; /* since the job came */
    uint64_t hashes;
    uint64_t found; /* submitted */
    uint64_t accepted;
    uint64_t rejected;
    uint64_t stale;
};

struct miner_snapshot_server {
    char name[POOL_HOST_MAX + 32]; /* "stratum+tcp://host:port", without login; "" none yet */
    unsigned failed;               /* index in the group's list of servers: of the last failure */
    bool up;
    uint64_t since_ms; /* length of this state of `up`; 0 before the first one */
    uint64_t connects;
    uint64_t failures; /* connections lost, and tries that failed */
    double difficulty; /* as the pool set it; 0 where none did */
};

/* Results of finds, summed over chains. All fields are uint64_t: sums add them as an array. */
struct miner_snapshot_shares {
    uint64_t found; /* submitted */
    uint64_t accepted;
    uint64_t rejected;
    uint64_t stale;
    uint64_t blocks;     /* accepted finds that met the block target */
    uint64_t in_chain;   /* of these, by what their node said in the end: in the chain, */
    uint64_t uncles;     /* uncles, */
    uint64_t orphaned;   /* neither */
    uint64_t open;       /* submitted, not answered yet */
    uint64_t extra;      /* held back: second find of a template that gives one block */
    uint64_t duplicates; /* held back: sent before */
    uint64_t unsent;     /* held back: the source had no room */
    uint64_t held_back;  /* the three above */
    uint64_t faults;     /* never sent: the reference does not confirm them */
    uint64_t verdicts[POOL_VERDICT_COUNT];
};

/* The numbers of one group of devices, or of all. */
struct miner_snapshot_group {
    char name[MINER_NAME_MAX]; /* "": the run has no groups */
    const char *coin;          /* "alephium" */
    const char *algorithm;     /* "alephium" */
    const char *title;         /* of the algorithm, for people */
    const char *unit;          /* "H" or "Sol" */
    uint64_t nonce_session;
    bool paused;
    bool solo;           /* finds are blocks of a node */
    bool cpu;            /* has CPU lanes */
    double start_time_s; /* since 1970 */
    double uptime_s;
    double mined_s; /* from the first job until now, or until the lanes were stopped */
    double wall_s;  /* from the start until now, or until the lanes were stopped */
    double rate[MINER_WINDOWS];
    double mean_rate;          /* over mined_s */
    double highest;            /* largest rate of the first window so far */
    double expected;           /* hashes expected for a find; 0 without a job */
    double block_expected;     /* hashes expected for a block of the newest job; 0 unknown */
    double network_difficulty; /* in the server's unit, or in hashes where it has none; 0 unknown */
    double network_rate;       /* of the coin and algorithm, as the difficulty tells; 0 unknown */
    uint64_t best[MINER_BEST]; /* expected hashes for the luckiest finds, largest first; 0: none */
    uint64_t hashes;
    uint64_t jobs;
    unsigned covered; /* chains that have a job */
    struct miner_snapshot_server server;
    struct miner_snapshot_shares shares;
    struct miner_credit credit;         /* expected 0: nothing to judge */
    struct miner_times switches;        /* job to first hash of it, CPU lanes */
    struct miner_times device_switches; /* likewise, device lanes */
    struct miner_times submits;         /* find to socket */
    struct miner_times answers;         /* socket to verdict */
    struct miner_blocks blocks;         /* the last ones */
    size_t chain_count;
    size_t device_count;
    size_t gone_count; /* devices that have no lane any more, since settings changed */
    const struct miner_snapshot_chain *chains;   /* in the snapshot's own memory, like: */
    const struct miner_snapshot_device *devices; /* CPU first */
    const struct miner_snapshot_device *gone;    /* counts only: no rate and no reading */
};

/* One block of memory; not to be copied, since groups point into it. */
struct miner_snapshot {
    uint64_t now_ms;   /* base_clock_ms of this snapshot */
    bool stopping;     /* lanes were told to end */
    bool restricted;   /* no API token is set: nothing can be changed over HTTP */
    double host_cpu_s; /* processor time of the process outside lanes; 0 until all have stopped */
    struct miner_machine machine;
    uint32_t features;                    /* base_cpu_detect() */
    char stuck_lane[MINER_LANE_NAME_MAX]; /* has work, and has finished nothing for longest */
    uint64_t stuck_ms;                    /* for how long; 0: no lane is stuck */
    /* The other miners that this run serves. */
    bool serves;                      /* false: none, and what follows is empty */
    struct pool_bridge_stats clients; /* of all */
    size_t worker_count;
    const struct pool_bridge_worker *workers; /* in the snapshot's own memory; the most work first
                                               */
    /* Counts and rates of all groups added up (hashes and rates: of those with the first group's
     * unit). Texts, server and expected are the first group's; no credit where there are several.
     */
    struct miner_snapshot_group total;
    size_t group_count; /* 1 or more */
    struct miner_snapshot_group groups[];
};

struct miner_rig;

/** Copy all numbers of a run.
 * Returns: NULL when there is no memory. Free: base_free.
 * Threads: any but lanes. Takes the locks that guard what is copied, each for a short time. */
struct miner_snapshot *miner_snapshot_take(struct miner_rig *rig);

/** Times from a job to the first hash of it: those of CPU lanes, where there are any. */
static inline const struct miner_times *miner_snapshot_switches(
    const struct miner_snapshot_group *group)
{
    return group->cpu ? &group->switches : &group->device_switches;
}

#endif
