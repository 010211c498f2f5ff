/* cl_params.c: see cl_params.h. */
#include "opencl/cl_params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "opencl/cl_flags.h"

unsigned kern_cl_param_count(const struct kern_cl_row *row)
{
    return KERN_CL_OWN + (unsigned)kern_cl_row_own(row);
}

uint32_t *kern_cl_param(struct kern_cl_params *params, unsigned number)
{
    uint32_t *const common[KERN_CL_OWN] = {[KERN_CL_LOCAL_SIZE] = &params->local_size,
                                           [KERN_CL_PER_ITEM] = &params->per_item,
                                           [KERN_CL_VECTOR] = &params->vector,
                                           [KERN_CL_UNROLL] = &params->unroll,
                                           [KERN_CL_MULTIPLY_ADD] = &params->multiply_add,
                                           [KERN_CL_FLAGS] = &params->flags};
    return number < KERN_CL_OWN ? common[number] : &params->own[number - KERN_CL_OWN];
}

const uint32_t *kern_cl_param_values(const struct kern_cl_row *row, unsigned number)
{
    const struct kern_cl_space *space = &row->space;
    const uint32_t *const common[KERN_CL_OWN] = {[KERN_CL_LOCAL_SIZE] = space->local_size,
                                                 [KERN_CL_PER_ITEM] = space->per_item,
                                                 [KERN_CL_VECTOR] = space->vector,
                                                 [KERN_CL_UNROLL] = space->unroll,
                                                 [KERN_CL_MULTIPLY_ADD] = space->multiply_add};
    return number < KERN_CL_OWN ? common[number] : row->own[number - KERN_CL_OWN].values;
}

static bool offered(const uint32_t space[KERN_CL_SPACE_MAX], uint32_t value)
{
    for (unsigned i = 0; i < KERN_CL_SPACE_MAX && space[i] != 0; i++) {
        if (space[i] == value) {
            return true;
        }
    }
    return space[0] == 0 && value == 1; /* the row does not have the parameter */
}

bool kern_cl_params_valid(const struct kern_cl_params *params, const struct kern_cl_row *row,
                          const struct kern_cl_info *info)
{
    struct kern_cl_params copy = *params;
    for (unsigned i = 0; i < kern_cl_param_count(row); i++) {
        if (i != KERN_CL_FLAGS &&
            !offered(kern_cl_param_values(row, i), *kern_cl_param(&copy, i))) {
            return false;
        }
    }
    return kern_cl_flags_offered(params->flags, row, info) &&
           params->per_item % params->vector == 0 && params->local_size <= info->max_local_size;
}

/* Append a text to what is there, cut where it does not fit. */
static void append(char text[KERN_CL_PARAMS_TEXT_MAX], const char *before, const char *more)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, KERN_CL_PARAMS_TEXT_MAX - used, "%s%s%s", used > 0 ? ", " : "",
                   before, more);
}

static void append_number(char text[KERN_CL_PARAMS_TEXT_MAX], const char *name, uint32_t value)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, KERN_CL_PARAMS_TEXT_MAX - used, "%s%s %" PRIu32,
                   used > 0 ? ", " : "", name, value);
}

char *kern_cl_params_text(char text[KERN_CL_PARAMS_TEXT_MAX], const struct kern_algo *algo,
                          const struct kern_cl_params *params)
{
    static const char *const additions[] = {"", "none", "some", "most"};
    const struct kern_cl_row *row = algo->opencl;
    const struct kern_cl_space *space = &row->space;
    const char *flags = kern_cl_flags_text(params->flags);
    size_t own = kern_cl_row_own(row);
    text[0] = '\0';
    append_number(text, "local", params->local_size);
    if (space->per_item[0] != 0) {
        append_number(text, "per item", params->per_item);
    }
    if (space->vector[0] != 0) {
        append_number(text, "vector", params->vector);
    }
    if (space->unroll[0] != 0) {
        append(text, "unroll ", params->unroll == 2 ? "yes" : "no");
    }
    if (space->multiply_add[0] != 0) {
        append(text, "multiply-add ", additions[params->multiply_add & 3U]);
    }
    for (size_t i = 0; i < own; i++) {
        append_number(text, row->own[i].name, params->own[i]);
    }
    if (flags[0] != '\0') {
        append(text, "", flags);
    }
    return text;
}

const char *kern_cl_own_name(const struct kern_algo *algo, size_t index)
{
    return algo->opencl != NULL && index < kern_cl_row_own(algo->opencl)
               ? algo->opencl->own[index].name
               : NULL;
}
