/* summary.h: the result of a mining run: log lines for people, one object for programs. */
#ifndef MINER_SUMMARY_H
#define MINER_SUMMARY_H

#include "log/log.h"
#include "run/snapshot.h"

/* What a development network in this process has counted of the blocks handed in. */
struct miner_net_counts {
    uint64_t accepted;
    uint64_t uncles;  /* accepted, too, beside the chain */
    uint64_t refused; /* good ones that came too late */
    uint64_t wrong_chain;
    uint64_t above_target; /* and what else was wrong with them */
    uint64_t duplicates;
    uint64_t malformed; /* requests, frames or lines that broke the protocol */
};

/** Log the closing lines of every group.
 * In: devnet  counters of the development network in this process; NULL: none ran. */
void miner_summary_log(struct miner_log *log, const struct miner_snapshot *snapshot,
                       const struct miner_net_counts *devnet);

/** Write the closing object, with a newline, to out.
 * Returns: BASE_OK, BASE_E_MEMORY, BASE_E_IO. */
BASE_MUST_CHECK enum base_status miner_summary_json(const struct miner_snapshot *snapshot,
                                                    const struct miner_net_counts *devnet,
                                                    FILE *out);

#endif
