/* autolykos2_cl.c: host side of autolykos2.cl: the numbers of a job, the table in the device's
 * memory, and what may be tuned. */
#include "autolykos2/autolykos2.h"
#include "autolykos2/autolykos2_layout.h"
#include "autolykos2/autolykos2_table.h"
#include "base/endian.h"
#include "opencl/cl_row.h"
#include "prim/blake2b_cl.h"

extern const unsigned char kern_autolykos2_cl_text[];
extern const size_t kern_autolykos2_cl_text_size;
extern const unsigned char kern_autolykos2_layout_text[];
extern const size_t kern_autolykos2_layout_text_size;

enum {
    ROW_ITEMS, /* places in params->own */
    INDEXES,
    MEASURED_CPU_SIZE = 1 << 16, /* elements; a processor fills them in half a second */
};

static void put_number(uint32_t *job, uint64_t number)
{
    job[0] = (uint32_t)number;
    job[1] = (uint32_t)(number >> 32);
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint32_t size = kern_autolykos2_size(work);
    for (size_t i = 0; i < 4; i++) {
        put_number(job + JOB_TARGET + 2 * i, base_load_be64(work->target_be + 8 * (3 - i)));
        put_number(job + JOB_MESSAGE + 2 * i, base_load_le64(work->header + 8 * i));
    }
    job[JOB_SIZE] = size;
    job[JOB_INVERSE] = UINT32_MAX / size;
    put_number(job + JOB_INVERSE_2, UINT64_MAX / size);
}

/* A table of today's size, or three quarters of what the device holds. Processors, whose speed does
 * not depend on it as much as the time to fill it, get a small one. */
static void measured(struct kern_work *work, const struct kern_cl_info *info)
{
    const struct kern_answer *today = &kern_autolykos2_row.answers[0];
    uint64_t room = info->memory_bytes / 4 * 3 / sizeof(struct kern_autolykos2_entry);
    work->height = work->height != 0 ? work->height : today->height;
    if (work->reduced != 0) {
        return;
    }
    if (info->kind == KERN_CL_CPU) {
        work->reduced = MEASURED_CPU_SIZE;
    } else if (kern_autolykos2_size_at(work->height) > room) {
        work->reduced = (uint32_t)room;
    }
}

const struct kern_cl_row kern_autolykos2_cl_row = {
    .sources = {KERN_CL_SEARCH_SOURCE,
                {"autolykos2/autolykos2_layout.h", kern_autolykos2_layout_text,
                 &kern_autolykos2_layout_text_size},
                PRIM_BLAKE2B_CL_SOURCE,
                KERN_CL_TABLE_SOURCE,
                {"autolykos2/autolykos2.cl", kern_autolykos2_cl_text,
                 &kern_autolykos2_cl_text_size}},
    .passes = {{.kernel = "autolykos2_search"}},
    .table = {.kernel = "autolykos2_build", .element_bytes = sizeof(struct kern_autolykos2_entry)},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .measured = measured,
    .proof = {.nonces = 64, .target_bits = 255},
    .space = {.local_size = {32, 64, 128, 256}},
    .own = {[ROW_ITEMS] = {"items a row", "ROW_ITEMS", {1, 2, 4, 8}, 1, 2},
            [INDEXES] = {"indexes at once", "INDEXES", {8, 16, 32}, 8, 16}},
    .default_cpu = {.local_size = 64},
    .default_gpu = {.local_size = 64},
};
