/* search.h: the search for OpenCL devices on a thread of its own: a driver that hangs, crashes or
 * answers slowly holds up nothing. `mine` has one search for its whole run; engines borrow the list
 * that it finds. */
#ifndef MINER_SEARCH_H
#define MINER_SEARCH_H

#include "kern_opencl.h"
#include "run/host.h"

enum { MINER_SEARCH_TEXT_MAX = 256 };

struct miner_search;

/** Begin, if a group of the settings wants OpenCL devices and its algorithm has kernels for them.
 * Out:     search  NULL where none does, and on error.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO no descriptor or thread. */
BASE_MUST_CHECK enum base_status miner_search_start(struct miner_search **search,
                                                    const struct miner_host *host,
                                                    struct base_error *error);

/** Readable once the search is over; never read it. Borrowed. -1 for NULL. */
int miner_search_fd(const struct miner_search *search);

/** Wait so long for the end. Returns true when it is over, and for NULL. */
bool miner_search_wait(const struct miner_search *search, uint32_t wait_ms);

/** What a search that is not over is at ("loading nvidia.icd"), and for how long that step lasts.
 */
uint64_t miner_search_at(struct miner_search *search, char what[MINER_SEARCH_TEXT_MAX]);

/** Result of a search that is over.
 * Out: list  borrowed until miner_search_free; NULL on error.
 * Returns: as kern_cl_list_new. */
BASE_MUST_CHECK enum base_status miner_search_result(struct miner_search *search,
                                                     struct kern_cl_list **list,
                                                     struct base_error *error);

/** End the search. A child in a driver is killed; a thread of this process that is inside one
 * cannot be ended. Returns false then, after half a second: nothing may be taken down. NULL: true.
 */
bool miner_search_end(struct miner_search *search);

/** After miner_search_end returned true, and after all that borrowed the list. NULL is fine. */
void miner_search_free(struct miner_search *search);

#endif
