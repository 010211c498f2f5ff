/* fake_toy.c: the kernels of the two toys (tests/toy), compiled as C for the fake vendor. Items are
 * those of this build's parameters, whatever was asked for: each kernel tries all that the launch
 * is for. */
#include "fake_toy.h"

#include <string.h>

#include "opencl_shim.h"

static uint32_t bits = 20;                   /* -D REDUCED of the program that runs */
static uint32_t piece_elements = UINT32_MAX; /* -D TABLE_PIECE_ELEMENTS of it */

#define BITS bits
#define CANDIDATES 16
#define CELLS_PER_ITEM 1U
#define TABLE_PIECES 4
#define TABLE_PIECE_ELEMENTS piece_elements

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
/* each stands on the pieces before it */
#include "toy/toy.cl"

#include "toy/toysolver.cl"

#include "opencl/table.cl"
#undef RESULT_SLOTS
#include "toy/toytable.cl"
#pragma GCC diagnostic pop

static uint number_at(const struct fake_arguments *arguments, unsigned index)
{
    uint number = 0;
    memcpy(&number, arguments->values[index], sizeof number);
    return number;
}

bool fake_toy_run(const char *name, const struct fake_arguments *arguments,
                  const struct fake_program *program)
{
    uint *const *m = (uint *const *)arguments->memories;
    bits = program->reduced != 0 ? program->reduced : 20;
    piece_elements = program->piece_elements;
    if (strncmp(name, "toysolver_", 10) == 0) {
        const uint last = number_at(arguments, 4);
        const bool cells = strcmp(name, "toysolver_cells") == 0;
        const bool prepare = strcmp(name, "toysolver_prepare") == 0;
        const size_t items = (last + 1ULL) * (cells ? 1ULL << bits : prepare ? 1 : CANDIDATES);
        for (size_t i = 0; i < items; i++) {
            opencl_shim_global_id = i;
            if (prepare) {
                toysolver_prepare(m[0], m[1], number_at(arguments, 2), number_at(arguments, 3),
                                  last, number_at(arguments, 5), m[6], m[7],
                                  number_at(arguments, 8));
            } else if (cells) {
                toysolver_cells(m[0], m[1], number_at(arguments, 2), number_at(arguments, 3), last,
                                number_at(arguments, 5), m[6], m[7]);
            } else {
                toysolver_solutions(m[0], m[1], number_at(arguments, 2), number_at(arguments, 3),
                                    last, number_at(arguments, 5), m[6], m[7]);
            }
        }
        return true;
    }
    if (strcmp(name, "toytable_build") == 0) {
        for (size_t i = 0; i <= number_at(arguments, 3); i++) {
            opencl_shim_global_id = i;
            toytable_build(number_at(arguments, 0), number_at(arguments, 1),
                           number_at(arguments, 2), number_at(arguments, 3), m[4], m[5], m[6],
                           m[7]);
        }
        return true;
    }
    if (strcmp(name, "toytable_search") == 0) {
        for (size_t i = 0; i <= number_at(arguments, 4); i++) {
            opencl_shim_global_id = i;
            toytable_search(m[0], m[1], number_at(arguments, 2), number_at(arguments, 3),
                            number_at(arguments, 4), m[5], m[6], m[7], m[8]);
        }
        return true;
    }
    return false;
}
