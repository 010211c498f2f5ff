/* cl_row.c: numbers that follow from a row. */
#include "opencl/cl_row.h"

size_t kern_cl_row_passes(const struct kern_cl_row *row)
{
    size_t count = 0;
    while (count < KERN_CL_PASSES_MAX && row->passes[count].kernel != NULL) {
        count++;
    }
    return count;
}

size_t kern_cl_row_buffers(const struct kern_cl_row *row)
{
    size_t count = 0;
    while (count < KERN_CL_BUFFERS_MAX && row->buffers[count].name != NULL) {
        count++;
    }
    return count;
}

size_t kern_cl_row_own(const struct kern_cl_row *row)
{
    size_t count = 0;
    while (count < KERN_CL_OWN_MAX && row->own[count].name != NULL) {
        count++;
    }
    return count;
}

uint32_t kern_cl_row_slots(const struct kern_cl_row *row)
{
    return row->layout.slots != 0 ? row->layout.slots : KERN_CL_FINDS_MAX;
}

uint32_t kern_cl_row_slot_words(const struct kern_cl_row *row)
{
    return 1 + row->layout.solution_words;
}

uint32_t kern_cl_row_head_words(const struct kern_cl_row *row)
{
    return 1U + row->layout.units + row->layout.losses + row->stoppable;
}

size_t kern_cl_row_result_words(const struct kern_cl_row *row)
{
    return kern_cl_row_head_words(row) +
           (size_t)kern_cl_row_slots(row) * kern_cl_row_slot_words(row);
}

void kern_cl_measured_work(struct kern_work *work, const struct kern_algo *algo,
                           const struct kern_cl_info *info)
{
    if (algo->opencl != NULL && algo->opencl->measured != NULL) {
        algo->opencl->measured(work, info);
    }
}

uint64_t kern_cl_piece_elements(const struct kern_cl_row *row, const struct kern_cl_info *info)
{
    uint64_t elements = info->max_allocation_bytes / row->table.element_bytes;
    return elements < UINT32_MAX ? elements : UINT32_MAX;
}

unsigned kern_cl_piece_count(const struct kern_cl_row *row, const struct kern_cl_info *info)
{
    uint64_t elements = info->memory_bytes / row->table.element_bytes;
    uint64_t each = kern_cl_piece_elements(row, info);
    uint64_t pieces = each > 0 ? elements / each + (elements % each != 0) : KERN_CL_TABLE_PIECES;
    return pieces < KERN_CL_TABLE_PIECES ? (unsigned)pieces : KERN_CL_TABLE_PIECES;
}
