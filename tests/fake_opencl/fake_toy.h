/* fake_toy.h: kernels of the tests' own algorithms on the fake vendor. */
#ifndef TESTS_FAKE_TOY_H
#define TESTS_FAKE_TOY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_ARGUMENTS = 16 };

/* What clSetKernelArg said: the bytes, and where an argument is a buffer its memory. */
struct fake_arguments {
    unsigned char values[FAKE_ARGUMENTS][8];
    uint32_t *memories[FAKE_ARGUMENTS]; /* NULL: a number */
};

/* What the options of a build said. */
struct fake_program {
    uint32_t reduced;        /* -D REDUCED, or 0 */
    uint32_t piece_elements; /* -D TABLE_PIECE_ELEMENTS */
};

/** Run a kernel of this name over all its items. Returns false if none of the toys has it. */
bool fake_toy_run(const char *name, const struct fake_arguments *arguments,
                  const struct fake_program *program);

#endif
