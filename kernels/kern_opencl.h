/* kern_opencl.h: OpenCL devices as the rest of Shardpick sees them: find them, test them, keep
 * launches in flight on them. The OpenCL loader is opened at run time: a machine without one gets
 * an empty list and a sentence. Starts no threads and prints nothing; only functions that say so
 * wait. */
#ifndef KERN_OPENCL_H
#define KERN_OPENCL_H

#include "row.h"

enum {
    KERN_CL_IN_FLIGHT = 4,   /* launches one runner can hold; two keep a device busy */
    KERN_CL_FINDS_MAX = 256, /* slots of one launch's result buffer; overflow is rescanned */
    KERN_CL_NAME_MAX = 128,
    KERN_CL_EXTENSIONS_MAX = 2048,
    KERN_CL_OWN_MAX = 8, /* parameters of a row's own */
};

enum kern_cl_kind { KERN_CL_CPU, KERN_CL_GPU, KERN_CL_ACCELERATOR, KERN_CL_OTHER };

/* One device, as a bug report needs it. Value; texts are NUL-ended and printable. */
struct kern_cl_info {
    unsigned platform; /* numbers as `devices` prints them: "platform:device" */
    unsigned device;
    enum kern_cl_kind kind;
    char pci[16]; /* "0000:65:00.0", or "" where no extension tells */
    char name[KERN_CL_NAME_MAX];
    char vendor[KERN_CL_NAME_MAX];
    char platform_name[KERN_CL_NAME_MAX];
    char platform_version[KERN_CL_NAME_MAX];
    char device_version[KERN_CL_NAME_MAX];
    char driver_version[KERN_CL_NAME_MAX];
    char c_version[KERN_CL_NAME_MAX];
    uint32_t
        compute_capability; /* of an NVIDIA chip: 10 * major + minor; 0: not NVIDIA's, or unknown */
    uint32_t compute_units;
    uint32_t clock_mhz;
    uint64_t memory_bytes;
    uint64_t local_memory_bytes;
    uint64_t max_allocation_bytes;
    uint64_t max_local_size;
    char extensions[KERN_CL_EXTENSIONS_MAX]; /* separated by blanks; cut at one if too long */
    bool usable;
    char why_not[256]; /* one sentence while usable is false */
};

struct kern_cl_list; /* all platforms and devices, and the loaded library */

/** Find every platform and device. A platform that fails does not hide the others: its devices, or
 * one entry in its place, are listed as not usable, with the reason. The first call of a process
 * questions all platforms in a child process, so that one that crashes or hangs takes nothing down
 * with it; call it once, before the process starts threads that open libraries (the child opens
 * some, and a lock held in the moment of the fork stays held there). Once the vendors' libraries
 * run here they cannot be forked: a later call goes without the child.
 *
 * SHARDPICK_OPENCL_LIBRARY in the environment names another loader than libOpenCL.so.1.
 * Out:     list    set on BASE_OK, even when it is empty. Free: kern_cl_list_free, after all
 *                  runners of its devices.
 *          error   on BASE_E_NOT_FOUND: what is missing and what to install.
 * Returns: BASE_OK; BASE_E_NOT_FOUND no OpenCL on this machine (a normal answer); BASE_E_MEMORY.
 * Time:    bounded; a platform that hangs is given up after a few seconds. */
BASE_MUST_CHECK enum base_status kern_cl_list_new(struct kern_cl_list **list,
                                                  struct base_error *error);

/* How a search for devices is limited, ended and watched. */
struct kern_cl_search {
    uint32_t silence_ms; /* a driver that reports nothing for so long is given up; one that goes on
                            reporting, after four times that; 0: 15 s, and 60 s */
    int stop_fd;         /* readable: end the search now; -1: nothing does */
    /** Called before each step that may take long, with its name: "loading nvidia.icd, pocl.icd".
     * NULL: not wanted. */
    void (*step)(void *user, const char *what);
    void *user;
};

/** As kern_cl_list_new, also on a thread of its own. Threads that the process starts meanwhile do
 * no harm: glibc gives a child the locks of its loader and of its memory free. Returns: also
 * BASE_E_STATE, when the search was ended by stop_fd. */
BASE_MUST_CHECK enum base_status kern_cl_list_search(struct kern_cl_list **list,
                                                     const struct kern_cl_search *search,
                                                     struct base_error *error);
void kern_cl_list_free(struct kern_cl_list *list);
size_t kern_cl_list_count(const struct kern_cl_list *list);
const struct kern_cl_info *kern_cl_list_at(const struct kern_cl_list *list, size_t index);

/* How an algorithm's kernels are built and launched: what a tuner varies. 0 means: the default for
 * the device. What an algorithm's device row does not have (cl_row.h) is not used. */
struct kern_cl_params {
    uint32_t local_size;           /* work items of a work group */
    uint32_t per_item;             /* nonces one work item tries; a power of two, a multiple of
                                      vector */
    uint32_t vector;               /* width of the vector type: 1, 2, 4, 8, 16 */
    uint32_t unroll;               /* 1 no, 2 yes: what is unrolled the kernel documents */
    uint32_t multiply_add;         /* 1 no, 2 some, 3 most additions through the multiplier */
    uint32_t flags;                /* 1 none; others: options of some drivers, see
                                      kern_cl_flags_text */
    uint32_t own[KERN_CL_OWN_MAX]; /* the row's own parameters, in its order */
    uint32_t reduced;              /* as in kern_work; not tuned. Counts for solvers, whose kernels
                                      are built for one size: runners of 0 search the coin's size
                                      only, others only works of that reduced size */
};

/** The compiler options that a value of flags stands for: "" for none. A device offers those whose
 * extension its driver names (README.md of opencl/). Never NULL; static. */
const char *kern_cl_flags_text(uint32_t flags);

/** Name of the i-th parameter of an algorithm's own; NULL behind the last one, and where it has no
 * device kernel. */
const char *kern_cl_own_name(const struct kern_algo *algo, size_t index);

enum { KERN_CL_PARAMS_TEXT_MAX = 256 };

/** Parameters in words, for people: "local 256, per item 4, ...". algo has a device kernel. Text
 * that does not fit is cut. Returns text. */
char *kern_cl_params_text(char text[KERN_CL_PARAMS_TEXT_MAX], const struct kern_algo *algo,
                          const struct kern_cl_params *params);

struct kern_cl_runner; /* one queue on one device for one algorithm */

/** Build (or take from the cache) and prepare a runner.
 * In:      params     NULL: tuned values if cache_dir holds some, else defaults.
 *          cache_dir  folder for program binaries and tuned values; NULL: none. Created if absent.
 * Out:     log        NULL is allowed; the compiler's whole log on a failed build, else NULL.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED no device kernel for this algorithm; BASE_E_STATE the device
 *          is not usable; BASE_E_ARG params the kernel does not have; BASE_E_DEVICE with the
 *          driver's words (a build log whole, in log if it is not NULL); BASE_E_MEMORY.
 * Free:    kern_cl_runner_free: waits for launches in flight; a runner whose device hangs is left
 * as it is, since its driver might not come back. log: base_free. */
BASE_MUST_CHECK enum base_status kern_cl_runner_new(struct kern_cl_runner **runner,
                                                    const struct kern_cl_list *list, size_t index,
                                                    const struct kern_algo *algo,
                                                    const struct kern_cl_params *params,
                                                    const char *cache_dir, char **log,
                                                    struct base_error *error);
void kern_cl_runner_free(struct kern_cl_runner *runner);

/** What the runner was made for and runs on; borrowed, as long as the runner and its list live. */
const struct kern_algo *kern_cl_runner_algo(const struct kern_cl_runner *runner);
const struct kern_cl_info *kern_cl_runner_info(const struct kern_cl_runner *runner);

/** Values really used: none of those that the algorithm's row has is 0. */
struct kern_cl_params kern_cl_runner_params(const struct kern_cl_runner *runner);

/** Nonces of the smallest launch; counts that are multiples of it run fastest, any is right. */
uint64_t kern_cl_runner_step(const struct kern_cl_runner *runner);

/** Nonces of the largest launch: 2^32 for hashes, fewer for solvers, of which a launch does a few
 * at a time. A multiple of the step where it is below 2^32. */
uint64_t kern_cl_runner_most(const struct kern_cl_runner *runner);

/* How far the building of a table has come. */
struct kern_cl_table_progress {
    uint64_t bytes; /* of the table; 0 where no building was needed */
    uint64_t done;  /* elements */
    uint64_t elements;
};

/** Complete a work that speed is measured with: header and, where the user chose one, height, epoch
 * and reduced size are set. Algorithms with a table take a size that the device holds and fills in
 * seconds. */
void kern_cl_measured_work(struct kern_work *work, const struct kern_algo *algo,
                           const struct kern_cl_info *info);

/** True when the algorithm's device kernel reads the table in the host's memory: work->table. False
 * where it has none, or builds its own in the device's memory. */
bool kern_cl_needs_host_table(const struct kern_algo *algo);

/** True when launches of this work can start: its algorithm has no table on devices, or the table
 * of the work's epoch is in the device's memory. */
bool kern_cl_table_is_ready(const struct kern_cl_runner *runner, const struct kern_work *work);

/** How long a step of a table may take before the device counts as hanging; 20 s unless told. */
void kern_cl_runner_set_patience(struct kern_cl_runner *runner, uint32_t step_ms);

/** Build the next elements of the table that a work needs: at most 20 ms of the device's time, once
 * the first steps have told how fast it is. The epoch's table takes the place of the one that was
 * not used for longest, where the device's memory does not hold both; one that was begun and is not
 * wanted any more is given up when another is begun.
 * Out:     progress  of this table.
 * Returns: BASE_OK the table is ready; BASE_E_AGAIN more steps are to be done; BASE_E_STATE
 * launches are in flight; BASE_E_MEMORY the device's memory is too small, with a sentence;
 *          BASE_E_TIMEOUT the device hangs; BASE_E_DEVICE.
 * Time:    waits for the step, asleep. */
BASE_MUST_CHECK enum base_status kern_cl_table_step(struct kern_cl_runner *runner,
                                                    struct kern_cl_table_progress *progress,
                                                    const struct kern_work *work,
                                                    struct base_error *error);

/** Build the next elements of the table that will be needed after this work's, where that is known
 * and the device's memory holds both: queued behind the launches in flight, at most one step at a
 * time. What the step's kernel did is noted by the next call here or of kern_cl_table_step. The
 * memory of the table before this work's is taken: launches of that are not started any more.
 * In:      work    its own table is ready, and launches in flight are of no other.
 * Out:     queued  a step was queued: the next launch ends later by its time.
 * Returns: BASE_OK; BASE_E_TIMEOUT, BASE_E_DEVICE of the step before. Waits for nothing. */
BASE_MUST_CHECK enum base_status kern_cl_table_ahead(struct kern_cl_runner *runner, bool *queued,
                                                     const struct kern_work *work,
                                                     struct base_error *error);

/** All steps: for tests and measurements. Returns: as kern_cl_table_step, never BASE_E_AGAIN. */
BASE_MUST_CHECK enum base_status kern_cl_table_build(struct kern_cl_runner *runner,
                                                     const struct kern_work *work,
                                                     struct base_error *error);

/** Start one launch; does not wait.
 * In:      work   copied. first, count as kern_search; count 1..kern_cl_runner_most.
 *          tag    comes back with the result.
 * Returns: BASE_OK; BASE_E_FULL KERN_CL_IN_FLIGHT launches are in flight; BASE_E_RANGE;
 *          BASE_E_ARG the work is not the algorithm's or not of the runner's size; BASE_E_STATE
 *          its table is not ready (kern_cl_table_step); BASE_E_DEVICE. */
BASE_MUST_CHECK enum base_status kern_cl_launch(struct kern_cl_runner *runner,
                                                const struct kern_work *work, uint64_t first,
                                                uint64_t count, uint64_t tag,
                                                struct base_error *error);

/** True when launches of this runner can be stopped: its algorithm is a solver whose kernels look
 * for it, and the driver gives a second queue. */
bool kern_cl_can_stop(const struct kern_cl_runner *runner);

/** Ask the oldest launch in flight to end before its nonces are done; does not wait. A device sees
 * it at its next pass, or within one. Its result says whether it did.
 * Returns: BASE_OK; BASE_E_STATE nothing is in flight, or kern_cl_can_stop is false;
 *          BASE_E_DEVICE. */
BASE_MUST_CHECK enum base_status kern_cl_stop(struct kern_cl_runner *runner,
                                              struct base_error *error);

/* The result of a launch. finds are not verified: callers do that (kern_verify). */
struct kern_cl_result {
    uint64_t tag;
    uint64_t first;
    uint64_t count;
    uint64_t units;     /* work done in the algorithm's unit: hashes, one a nonce, or solutions */
    uint64_t lost;      /* of a solver: rows that found no room in the device's memory; each may
                           have been part of a solution */
    uint64_t kernel_ns; /* from profiling events; 0 where the device gives none */
    uint64_t wall_ns;   /* from the launch, or the end of the one before, to the moment the end of
                           this one was seen; what kernel_ns falls short of it is the gap */
    bool stopped;       /* ended by kern_cl_stop: its nonces count as untried, all else is 0 */
    bool overflow;      /* more finds than slots: rescan first..first+count-1 in smaller launches;
                           never with a count of 1 */
    size_t find_count;  /* 0..KERN_CL_FINDS_MAX, ascending by counter; 0 on overflow */
    struct kern_find finds[KERN_CL_FINDS_MAX]; /* their solutions are the runner's, until its next
                                                  kern_cl_collect */
};

/** Number of launches in flight. */
unsigned kern_cl_in_flight(const struct kern_cl_runner *runner);

/** Take the oldest launch's result, if it is finished.
 * In:      timeout_ms  how long to wait for it, asleep; 0: just look.
 * Returns: BASE_OK; BASE_E_AGAIN not finished in that time; BASE_E_STATE nothing in flight;
 *          BASE_E_DEVICE the launch failed (the runner is of no further use).
 * Time:    sleeps until shortly before the predicted end and then looks at short intervals, so that
 *          a waiting thread costs well under 1 % of a core on any driver. */
BASE_MUST_CHECK enum base_status kern_cl_collect(struct kern_cl_runner *runner,
                                                 struct kern_cl_result *result, uint32_t timeout_ms,
                                                 struct base_error *error);

/** Known answers of the algorithm on this runner, as kern_self_test, and a window of nonces with an
 * easy target whose finds must be those of the algorithm's plainest variant, none missed.
 * Returns: BASE_OK; BASE_E_MISMATCH with a sentence; BASE_E_DEVICE; BASE_E_STATE; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_cl_self_test(struct kern_cl_runner *runner,
                                                   struct base_error *error);

/* Proofs: while a device mines, it is given a range with an easy target now and then, whose finds
 * the host has computed. A device that misses finds, or finds nothing, is noticed by nothing else.
 * Order of calls: prepare, kern_cl_launch of the proof's work and range, kern_cl_collect, judge.
 * One thread at a time. */
struct kern_cl_proof;

enum { KERN_CL_PROOF_HOST_MS = 10 }; /* processor time that one proof may cost the host */

/* What is to be launched. Borrowed from the proof until the next prepare. */
struct kern_cl_proof_range {
    const struct kern_work *work;
    uint64_t first;
    uint64_t count;
};

/** Memory for the proofs of one device.
 * In:      algo      has a device kernel.
 *          features  of this processor (base_cpu_detect): proofs are computed by the best variant
 *                    that runs and passes its self-test.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED no device kernel; BASE_E_MISMATCH no variant passes its
 *          self-test; BASE_E_MEMORY.
 * Free:    kern_cl_proof_free. */
BASE_MUST_CHECK enum base_status kern_cl_proof_new(struct kern_cl_proof **proof,
                                                   const struct kern_algo *algo, uint32_t features,
                                                   struct base_error *error);
void kern_cl_proof_free(struct kern_cl_proof *proof);

/** Compute the finds of a range. Its length and target are the device row's; on a processor that
 * does not finish it within KERN_CL_PROOF_HOST_MS it is shorter. For solvers, of which the host
 * cannot search one nonce in that time, it is the nonce of the next known answer.
 * In:      work   header, chain, table of the job being mined; its target is not used. The table
 *                 must live until the proof is judged, the rest is copied.
 *          first  where the range begins; moved where it would leave the counter part.
 * Out:     range  set on BASE_OK.
 * Returns: BASE_OK; BASE_E_FULL the finds do not fit (a chance below 10^-9); BASE_E_TIMEOUT this
 *          processor hashes too slowly for any proof; BASE_E_ARG as kern_search; BASE_E_UNSUPPORTED
 *          a solver without a known answer of its size. Nothing is then to
 *          be launched: the caller counts a proof that was skipped.
 * Time:    KERN_CL_PROOF_HOST_MS of processor time at most. */
BASE_MUST_CHECK enum base_status kern_cl_proof_prepare(struct kern_cl_proof *proof,
                                                       struct kern_cl_proof_range *range,
                                                       const struct kern_work *work, uint64_t first,
                                                       struct base_error *error);

/** Compare what the device found with what the host did. The reference decides each difference.
 * Returns: BASE_OK the device found all of them and nothing else; BASE_E_MISMATCH it missed or
 *          invented finds, with a sentence; BASE_E_STATE the host's variant was wrong: the proof
 *          says nothing of the device, and the next ones are computed by the plainest variant. */
BASE_MUST_CHECK enum base_status kern_cl_proof_judge(struct kern_cl_proof *proof,
                                                     const struct kern_cl_result *result,
                                                     struct base_error *error);

/* What kern_cl_tune tells its caller after each try. */
struct kern_cl_tune_step {
    struct kern_cl_params params; /* tried */
    double hashrate;              /* in the algorithm's unit a second; 0: not built, wrong results,
                                     or failed */
    const char *trouble;          /* why hashrate is 0, a sentence; NULL otherwise */
    struct kern_cl_params best;   /* so far */
    double best_hashrate;
    unsigned tried; /* variants, this one included */
    bool again;     /* one of the fastest, measured once more at the end */
};

/** Progress of kern_cl_tune; step is the caller's to read until it returns. Return false to stop:
 * the best so far is returned, and not kept. */
typedef bool (*kern_cl_tune_fn)(void *user, const struct kern_cl_tune_step *step);

/** Find good parameters for a device: one parameter after the other is varied while the rest stays,
 * until a round changes nothing; then the fastest few are measured again in turns, and that
 * decides. Only variants that pass kern_cl_self_test and whose finds during the measurement the
 * reference confirms take part.
 *
 * Out:     best       parameters found; the device's default on error.
 *          hashrate   theirs in the algorithm's unit a second, from kernel time where the device
 *                     tells it; 0 on error.
 * In:      cache_dir  the result is kept there, keyed by device, driver and kernel source; NULL:
 *                     not kept.
 *          budget_ms  no new variant is tried after so long; at least one is. The last comparison
 *                     may come later.
 *          progress   NULL is allowed.
 * Returns: BASE_OK, also when the budget ended it; BASE_E_IO, BASE_E_LIMIT, or BASE_E_CLOSED when
 *          progress stopped it: found (best and hashrate are set), but not kept; what
 *          kern_cl_runner_new or kern_cl_self_test say when no variant works.
 * Time:    builds a program for each try: about budget_ms. */
BASE_MUST_CHECK enum base_status kern_cl_tune(struct kern_cl_params *best, double *hashrate,
                                              const struct kern_cl_list *list, size_t index,
                                              const struct kern_algo *algo, const char *cache_dir,
                                              uint32_t budget_ms, kern_cl_tune_fn progress,
                                              void *user, struct base_error *error);

/** True when the cache folder holds tuned values for this device and algorithm. */
bool kern_cl_is_tuned(const struct kern_cl_list *list, size_t index, const struct kern_algo *algo,
                      const char *cache_dir);

#endif
