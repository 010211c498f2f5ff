/* cl_row.h: what an algorithm tells opencl/ about its device code: its device row. Types only;
 * constant data. A field that is zero means "none", so that a plain hash needs few of them.
 *
 * A launch tries the counters first .. first + last. It consists of rounds: a hash does all of them
 * in one round, a solver a few nonces a round (round_nonces). A round is the row's passes in their
 * order, each one kernel; commands run one after the other, so a pass sees all that the passes
 * before it wrote. Every pass of a row has the same arguments, which its source names in a macro:
 *
 *     __constant const uint *job     what fill_job wrote
 *     __global uint *result          layout below
 *     uint first_low, first_high     of the round
 *     uint last                      the round's nonces, less one
 *     uint round_offset              rows with round_nonces: nonces of the launch before the round
 *     __global const uint *stop      stoppable rows: launches up to number *stop are to end: when
 *     uint launch                    (int)(launch - *stop) <= 0, of which every group sets
 *                                    result[3] = 1
 *     __global ... *buffer           each buffer of the row, in its order
 *     __global ... *table0 .. 3      rows with a table: its pieces (opencl/table.cl)
 *     uint number                    passes with numbered: the pass's number
 *
 * The result buffer: result[0] is the number of finds (0 at the start, counted with atomic_inc).
 * Where the layout counts units, result[1] is their number (atomic_add), and where it counts losses
 * result[2] is theirs. Slots follow: the find's
 * offset from the first counter of the launch, then the words of its solution. Finds beyond
 * RESULT_SLOTS are counted and not stored.
 *
 * The runner adds to the compiler's options: -D RESULT_SLOTS, -D of every parameter the row has,
 * -D REDUCED=n for a solver of a reduced size, -D TABLE_PIECES and -D TABLE_PIECE_ELEMENTS. A job
 * may be as large as half of the constant memory that every device has: a small table of an epoch
 * can be part of it. */
#ifndef KERN_CL_ROW_H
#define KERN_CL_ROW_H

#include "kern_opencl.h"
#include "row.h"

/* One piece of source text, as shardpick_embed makes it. */
struct kern_cl_source {
    const char *file;          /* below kernels/, for SHARDPICK_OPENCL_SOURCE and for messages */
    const unsigned char *text; /* NUL-ended */
    const size_t *size_bytes;  /* without the NUL */
};

/* opencl/search.cl, in front of the own pieces of rows that search for hashes. */
extern const unsigned char kern_cl_search_text[];
extern const size_t kern_cl_search_text_size;
#define KERN_CL_SEARCH_SOURCE                                                                      \
    {                                                                                              \
        "opencl/search.cl", kern_cl_search_text, &kern_cl_search_text_size                         \
    }

/* opencl/table.cl, for the sources of rows with a table. */
extern const unsigned char kern_cl_table_text[];
extern const size_t kern_cl_table_text_size;
#define KERN_CL_TABLE_SOURCE                                                                       \
    {                                                                                              \
        "opencl/table.cl", kern_cl_table_text, &kern_cl_table_text_size                            \
    }

enum {
    KERN_CL_SPACE_MAX = 8,
    KERN_CL_SOURCES_MAX = 6,
    KERN_CL_JOB_WORDS_MAX = 8192,
    KERN_CL_PASSES_MAX = 16,
    KERN_CL_BUFFERS_MAX = 6,
    KERN_CL_TABLE_PIECES = 4, /* a device gives at least a quarter of its memory in one piece */
};

/* What sizes may depend on. */
struct kern_cl_shape {
    const struct kern_cl_info *info;
    const struct kern_cl_params *params;
    uint32_t round_nonces; /* most nonces of a round; 0: rows without rounds, and round_nonces */
};

/* One kernel of a round. */
struct kern_cl_pass {
    const char *kernel; /* name of the kernel function; NULL ends the list */

    /* Work items for a round of so many nonces, rounded up to whole groups by the runner: items
     * past the end do nothing. NULL: one item for every per_item nonces. */
    uint64_t (*items)(const struct kern_cl_shape *shape, uint64_t nonces);

    uint32_t local_size; /* work items of a group; 0: the parameter local_size */
    bool numbered;       /* the kernel's last argument is number: one kernel for several passes */
    uint32_t number;
};

/* Device memory of a runner, shared by its launches, which run one after the other. Its content at
 * the beginning of a round is what an earlier launch left. */
struct kern_cl_buffer {
    const char *name; /* for messages: "scratch"; NULL ends the list */

    /* One of both: bytes for each work item of a launch, which then has no more items than fit into
     * the device's memory (item i tries the counters at i, i + number of items, and so on; per_item
     * is 1) ... */
    uint64_t (*item_bytes)(const struct kern_cl_shape *shape);
    /* ... or all its bytes. */
    uint64_t (*bytes)(const struct kern_cl_shape *shape);
};

/* Where finds are in the result buffer. Zeroed: offsets alone, as of a plain hash. */
struct kern_cl_layout {
    uint32_t slots;          /* finds there is room for, at least finds_per_nonce and at most
                                KERN_CL_FINDS_MAX; 0: KERN_CL_FINDS_MAX */
    uint32_t solution_words; /* 32-bit words behind each offset; 0: none */
    bool units;              /* result[1] is work done in the algorithm's unit */
    bool losses;             /* with units: result[2] counts what found no room in the buffers and
                                was not searched (rows of a solver) */

    /** Required with solution_words: the solution as kern_find has it, from the device's words.
     * solution has room for the row's solution_size. Returns the bytes written. */
    size_t (*read_solution)(uint8_t *solution, const uint32_t *words);
};

/* A table in the device's memory: elements of equal size. Its key and its size in bytes are those
 * of the algorithm's kern_table_row; a kernel of the device fills it, one work item an element, in
 * steps of at most 20 ms:
 *     __kernel void NAME(uint key_low, uint key_high, uint first_element, uint last, table0 .. 3)
 * with last the number of elements of the step, less one. A table is in up to KERN_CL_TABLE_PIECES
 * pieces, since devices limit the size of one. Two tables are kept where memory allows. */
struct kern_cl_table_row {
    const char *kernel;     /* NULL: the row has no table on the device */
    uint32_t element_bytes; /* a multiple of 4 */
};

/* Values a tuner may try for one parameter, ended by 0. An empty list: the row does not have the
 * parameter. */
struct kern_cl_space {
    uint32_t local_size[KERN_CL_SPACE_MAX]; /* every row has it */
    uint32_t per_item[KERN_CL_SPACE_MAX];
    uint32_t vector[KERN_CL_SPACE_MAX];
    uint32_t unroll[KERN_CL_SPACE_MAX];
    uint32_t multiply_add[KERN_CL_SPACE_MAX];
};

/* A parameter of the row's own. The value goes to the compiler as -D macro=value. */
struct kern_cl_own_param {
    const char *name;                   /* for people: "bucket bits"; NULL ends the list */
    const char *macro;                  /* "BUCKET_BITS" */
    uint32_t values[KERN_CL_SPACE_MAX]; /* 1 .. 65535, ended by 0 */
    uint32_t default_cpu;               /* one of values, as is default_gpu */
    uint32_t default_gpu;
};

/* Values that come with the program: measured, or counted in the machine code of these chips. */
struct kern_cl_shipped {
    const char *device;      /* beginning of the device's name; "" any */
    const char *driver;      /* beginning of the driver's version; "" any */
    uint32_t capability_min; /* compute capabilities of NVIDIA's chips, as in kern_cl_info; */
    uint32_t capability_max; /* 0: any device */
    struct kern_cl_params params;
};

/* A proof: a range that the device searches while it mines, and whose finds the host has computed
 * (kern_cl_proof_prepare). Hosts differ, so the host's time is limited there; what is chosen here
 * is that the portable variant needs well under that limit on a current processor, that the finds
 * of the range fit into the result buffer except by a chance below 10^-9, and that a device that
 * finds nothing fails except by a chance below 10^-9. */
struct kern_cl_proof_size {
    uint32_t nonces;      /* 1 .. 65536; 0: a nonce takes the host too long (solvers), so that a
                             proof is the search for a known answer, whose finds cost nothing */
    uint32_t target_bits; /* the target is 2^target_bits - 1; where there are several chains, only
                             one of so many hashes that meet it counts */
};

struct kern_cl_row {
    struct kern_cl_source sources[KERN_CL_SOURCES_MAX]; /* in order; file NULL ends */
    struct kern_cl_pass passes[KERN_CL_PASSES_MAX];     /* at least one */
    struct kern_cl_buffer buffers[KERN_CL_BUFFERS_MAX];
    struct kern_cl_layout layout;
    struct kern_cl_table_row table;

    size_t job_words; /* 32-bit words of job, 1..KERN_CL_JOB_WORDS_MAX */

    /* Required: the numbers of a job for the device. With a table on the device, work->table may be
     * NULL. */
    void (*fill_job)(uint32_t *job, const struct kern_work *work);

    /* Optional: what speed is measured on. work: a header, and what the user asked for of height,
     * epoch and size; the rest is zero. With a table, a size that this device fills in seconds. */
    void (*measured)(struct kern_work *work, const struct kern_cl_info *info);

    /* Nonces that a round works on, at least 1, as the buffers allow; NULL: a launch is one round
     * (hashes). */
    uint32_t (*round_nonces)(const struct kern_cl_shape *shape);

    /* The source knows -D BYTE_PERMUTE=1: rotations by whole bytes through the vendor's own
     * instruction, where the compiler has a name for it. */
    bool byte_permute;

    /* Launches can be stopped (kern_cl_stop): all kernels take the arguments stop and launch, and
     * look at them before they work. Needs round_nonces, units and losses. */
    bool stoppable;

    /* Reduced sizes (kern_work) are another program: -D REDUCED. Else the job tells the size. */
    bool reduced_in_source;

    struct kern_cl_proof_size proof;

    struct kern_cl_space space;
    struct kern_cl_own_param own[KERN_CL_OWN_MAX];
    struct kern_cl_params default_cpu; /* a field per list of the space, and none of those 0 */
    struct kern_cl_params default_gpu; /* also for accelerators */
    const struct kern_cl_shipped *shipped;
    size_t shipped_count;
};

/** Number of the row's passes, buffers, own parameters. */
size_t kern_cl_row_passes(const struct kern_cl_row *row);
size_t kern_cl_row_buffers(const struct kern_cl_row *row);
size_t kern_cl_row_own(const struct kern_cl_row *row);

/** Finds and words of one slot, words before the slots, and words of the whole result buffer. */
uint32_t kern_cl_row_slots(const struct kern_cl_row *row);
uint32_t kern_cl_row_slot_words(const struct kern_cl_row *row);
uint32_t kern_cl_row_head_words(const struct kern_cl_row *row);
size_t kern_cl_row_result_words(const struct kern_cl_row *row);

/** Elements that one piece of a table holds on this device, and the pieces that its memory makes of
 * them: at most KERN_CL_TABLE_PIECES. */
uint64_t kern_cl_piece_elements(const struct kern_cl_row *row, const struct kern_cl_info *info);
unsigned kern_cl_piece_count(const struct kern_cl_row *row, const struct kern_cl_info *info);

#endif
