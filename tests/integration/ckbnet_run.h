/* ckbnet_run.h: a run of `mine --coin nervos` on a development network of CKB of the test's own. */
#ifndef CKBNET_RUN_H
#define CKBNET_RUN_H

#include "ckbnet/ckbnet.h"
#include "mine_device.h"
#include "mine_run.h"

/* Of one key each: for the development network, and for the main one. */
extern const char ckbnet_run_test_address[];
extern const char ckbnet_run_main_address[];

/* What mines; list NULL, as at first: the processor. */
extern struct opencl_device ckbnet_run_device;

/* HTTP; TCP lines with a subscription; stratum. */
enum ckbnet_run_port { CKBNET_RUN_NODE, CKBNET_RUN_EVENTS, CKBNET_RUN_POOL };

/** A network whose blocks take 2^15 hashes at first, judged by the reference. */
struct pool_net_config ckbnet_run_easy(void);

struct pool_net *ckbnet_run_start(const struct pool_net_config *config);

/** A run at one of its ports, of two minutes at most. */
void ckbnet_run_ready(struct mine_run *run, const struct pool_net *net, enum ckbnet_run_port port,
                      const char *user);

/** Run to the end and stop the network; nothing that was handed in may be wrong. */
struct pool_net_stats ckbnet_run_finish(struct mine_run *run, struct pool_net *net);

#endif
