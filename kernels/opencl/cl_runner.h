/* cl_runner.h: a runner from inside. Internal to opencl/: cl_runner.c builds it, cl_memory.c gives
 * it its buffers, cl_table.c its tables, cl_launch.c starts launches and cl_collect.c takes their
 * results. */
#ifndef KERN_CL_RUNNER_H
#define KERN_CL_RUNNER_H

#include "driver/cl_api.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"

/* One launch's buffers, used again when its result was taken. */
struct kern_cl_slot {
    cl_mem job;                               /* on the device: row->job_words words */
    cl_mem result;                            /* on the device: the runner's result_words */
    uint32_t job_host[KERN_CL_JOB_WORDS_MAX]; /* what job holds, or is being sent */
    bool job_known;                           /* job_host is what the device has */
    uint32_t *result_host;                    /* where the result arrives; pinned memory */
    cl_event begun; /* the launch's first kernel, where it has several; else NULL */
    cl_event kernel_done;
    cl_event result_here;
    uint64_t tag;
    uint64_t first;
    uint64_t count;
    uint64_t launched_ns; /* monotonic clock */
    uint32_t number;      /* of the launch: 1, 2, ..., and over again */
};

/* A table in the device's memory, whole or being built. */
struct kern_cl_device_table {
    cl_mem pieces[KERN_CL_TABLE_PIECES];
    unsigned piece_count; /* 0: no memory is held */
    uint64_t bytes;
    uint64_t key;
    uint64_t elements;
    uint64_t done;      /* elements that are built; ready when equal to elements */
    uint64_t last_used; /* the runner's count of uses at the last one */
};

enum { KERN_CL_TABLES = 2 };

struct kern_cl_runner {
    const struct kern_cl_api *api; /* the list's; so are info's strings */
    const struct kern_cl_info *info;
    const struct kern_algo *algo;
    struct kern_cl_params params;
    struct kern_cl_shape shape; /* points to info and params above */
    uint64_t source_hash;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernels[KERN_CL_PASSES_MAX]; /* the row's passes */
    size_t pass_count;
    size_t result_words;
    cl_mem stop; /* stoppable rows: number of the last launch that is to end, one word */
    cl_command_queue stop_queue; /* which writes it while launches run; NULL: none to be had */
    uint32_t stop_host;          /* what is being written */
    uint32_t launches;           /* so many were started: the last one's number */
    cl_mem pinned; /* results of all slots arrive here; mapped as long as the runner lives */
    uint32_t *pinned_map;
    cl_mem buffers[KERN_CL_BUFFERS_MAX]; /* the row's */
    size_t buffer_count;
    uint64_t buffer_bytes;                        /* of all of them */
    size_t items_max;                             /* work items of a launch; 0: no limit */
    uint8_t *solutions;                           /* of the result that was collected last */
    struct kern_cl_slot slots[KERN_CL_IN_FLIGHT]; /* a ring */
    unsigned oldest;
    unsigned in_flight;
    bool profiling;
    bool broken;            /* a command failed: nothing more is started */
    bool hung;              /* a step of a table did not end: calls of the driver may not return */
    uint64_t seen_count;    /* the last finished launch: nonces, and how long it took. Only to */
    uint64_t seen_ns;       /* predict; 0 before the first */
    uint64_t last_ended_ns; /* when the end of the last finished launch was seen */

    cl_kernel table_kernel; /* rows with a table */
    struct kern_cl_device_table tables[KERN_CL_TABLES];
    uint64_t table_uses;
    uint64_t table_step;                /* elements of the next step */
    uint32_t patience_ms;               /* a step that takes longer hangs */
    struct kern_cl_device_table *ahead; /* a step of it was queued ahead of need; NULL: none */
    cl_event ahead_done;                /* its kernel */
    uint64_t ahead_count;               /* its elements */
    uint64_t ahead_begun_ns;            /* when it was queued */
    bool no_ahead;                      /* the driver gave no memory for a second table */
};

/** Make all buffers of a new runner but those of tables. */
BASE_MUST_CHECK enum base_status kern_cl_memory_open(struct kern_cl_runner *runner,
                                                     struct base_error *error);
void kern_cl_memory_close(struct kern_cl_runner *runner);

/** Make the kernel that builds tables; nothing for rows without. */
BASE_MUST_CHECK enum base_status kern_cl_table_open(struct kern_cl_runner *runner,
                                                    struct base_error *error);
void kern_cl_table_close(struct kern_cl_runner *runner);

/** The ready table of this key, or NULL. */
struct kern_cl_device_table *kern_cl_table_find(struct kern_cl_runner *runner, uint64_t key);

/** Set a table's pieces as the arguments of a kernel from *index on, and move *index behind them.
 * Arguments without a piece get the first one. Returns CL_SUCCESS or the first error. */
cl_int kern_cl_table_set_args(const struct kern_cl_runner *runner, cl_kernel kernel, cl_uint *index,
                              const struct kern_cl_device_table *table);

/** kern_cl_stop for all launches up to this number. */
BASE_MUST_CHECK enum base_status kern_cl_stop_up_to(struct kern_cl_runner *runner, uint32_t number,
                                                    struct base_error *error);

/** A command failed: the runner is of no further use. Returns BASE_E_DEVICE. */
enum base_status kern_cl_runner_fail(struct kern_cl_runner *runner, const char *call, cl_int code,
                                     struct base_error *error);

/** Sleep until an event has ended or deadline_ns has come, looking at it at short intervals from
 * shortly before begun_ns + length_ns on. Returns CL_COMPLETE, a state before it (the deadline has
 * come), or the error that ended the command. */
cl_int kern_cl_wait(const struct kern_cl_runner *runner, cl_event event, uint64_t begun_ns,
                    uint64_t length_ns, uint64_t deadline_ns);

/** True when what the event stands for has ended, well or not. */
bool kern_cl_event_ended(const struct kern_cl_runner *runner, cl_event event);

/** Time from the beginning of first to the end of last, by the device's clock; 0 where it does not
 * tell. */
uint64_t kern_cl_event_ns(const struct kern_cl_runner *runner, cl_event first, cl_event last);

#endif
