/* gbt_run.h: a run of `mine --coin digibyte` in this process, and the test's node that it mines at
 * (gbt_node.h): every block is judged whole. */
#ifndef GBT_RUN_H
#define GBT_RUN_H

#include "gbt_node.h"
#include "mine_run.h"

enum gbt_run_lane {
    GBT_RUN_SKEIN,
    GBT_RUN_QUBIT,
    GBT_RUN_ODOCRYPT,
    GBT_RUN_SHA256D,
    GBT_RUN_SCRYPT,
    GBT_RUN_LANES
};

enum { GBT_RUN_EPOCH_S = 864000 }; /* odocrypt's, main network */

/* Whom blocks pay. */
extern const char gbt_run_address[];

/** A node that is not started; blocks take a few hundredths of a second of one core. Released with
 * free. */
struct gbt_node *gbt_run_node(enum gbt_run_lane lane);

/** Start the node, and have a run that mines at it until so many blocks are accepted. */
void gbt_run_ready(struct mine_run *run, struct gbt_node *node, uint64_t blocks);

/** Mine to the end; nothing may be refused but what a race explains. */
void gbt_run_go(struct mine_run *run, struct gbt_node *node);

#endif
