/* cl_params.c: see cl_params.h. */
#include "opencl/cl_params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "opencl/cl_flags.h"

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
    const struct kern_cl_space *space = &row->space;
    size_t own = kern_cl_row_own(row);
    for (size_t i = 0; i < own; i++) {
        if (!offered(row->own[i].values, params->own[i])) {
            return false;
        }
    }
    return offered(space->local_size, params->local_size) &&
           offered(space->per_item, params->per_item) && offered(space->vector, params->vector) &&
           offered(space->unroll, params->unroll) &&
           offered(space->multiply_add, params->multiply_add) &&
           kern_cl_flags_offered(params->flags, row, info) &&
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
