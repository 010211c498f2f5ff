/* toy.h: the two algorithms of README.md here, which no coin uses. */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include "prim/header80.h"

enum {
    TOYSOLVER_BITS = 20,
    TOYSOLVER_SOLUTION = 1024, /* bytes */
    TOYSOLVER_FINDS = 8,       /* of one nonce, at most */
    TOYTABLE_BITS = 18,
    TOYTABLE_STEPS = 64,
    TOYTABLE_STEPS_REDUCED = 4,
};

extern const struct kern_algo kern_toysolver_row;
extern const struct kern_algo kern_toytable_row;
extern const struct kern_cl_row kern_toysolver_cl_row;
extern const struct kern_cl_row kern_toytable_cl_row;

/* toytable under a name that a coin has: such a coin's nodes and pools can be mined with it. */
extern const struct kern_algo kern_toytable_as_sha256d_row;

/** SHA-256(seed, i) as eight words: one cell of toysolver. */
void toysolver_cell(uint32_t cell[8], const uint32_t seed[8], uint32_t i);

#endif
