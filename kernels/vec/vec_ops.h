/* vec_ops.h: kinds of vector operations, by what they cost on some width, for counting what a
 * kernel executes and for executing the same mix without dependencies (vec_probe.h). Names only:
 * what an operation is says vec_portable.h. */
#ifndef BASE_VEC_OPS_H
#define BASE_VEC_OPS_H

enum vec_op {
    VEC_OP_ADD,          /* additions and subtractions of any lane width */
    VEC_OP_LOAD,         /* words in memory that all ways have in common; most are operands of
                            additions, and a probe gives all to additions */
    VEC_OP_LOGIC,        /* and, or, exclusive-or, and-not */
    VEC_OP_XOR3,         /* exclusive-or of three */
    VEC_OP_CHOOSE,       /* bit by bit one of two */
    VEC_OP_MAJORITY,     /* bit by bit two of three */
    VEC_OP_LOGIC_TWICE,  /* vec_or_xor, vec_and_xor, vec_xnor */
    VEC_OP_AND_XNOR,     /* vec_and_xnor */
    VEC_OP_ROTATE_BYTES, /* vec_ror24, vec_ror16, vec_ror8 */
    VEC_OP_ROTATE_BITS,  /* other rotations of 32 bits */
    VEC_OP_ROTATE_64,    /* rotations of 64 bits */
    VEC_OP_SHIFT,        /* shifts of any lane width */
    VEC_OP_SHUFFLE,      /* words moved within quads, quads among vectors: one instruction each */
    VEC_OP_MULTIPLY_16,  /* low or high half of a product */
    VEC_OP_ABOVE_16,     /* comparison to a mask of all ones */
    VEC_OP_AES,          /* one round of AES on each quad */
    VEC_OP_TWICE,        /* bytes times x in AES's field */
    VEC_OP_VECTOR_LOAD,  /* whole vectors from a large table */
    VEC_OP_VECTOR_STORE, /* and to it */
    VEC_OP_OWN_0,        /* what an algorithm has for itself; its body says what */
    VEC_OP_OWN_1,
    VEC_OP_OWN_2,
    VEC_OP_COMPARE, /* vec_clear_ways; the last kind: not part of a probe */
    VEC_OP_KINDS
};

#endif
