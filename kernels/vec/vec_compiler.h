/* vec_compiler.h: what vectors ask of the compiler, the same on every width but for the kind of
 * register. Included by the vec_<isa>.h, which before that define
 *   VEC_REGISTER       the constraint of a register that holds a vector, "x"; or, where a vector
 *                      is more than one register, VEC_OPAQUE_VALUE, VEC_KEEP and VEC_IN_MEMORY
 *   VEC_ROW_IN_MEMORY  1, where that is better; see below
 *   VEC_HAS_XOR3       1, where it is so; see below */
#ifndef BASE_VEC_COMPILER_H
#define BASE_VEC_COMPILER_H

/* What an algorithm's body marks its pieces with: the unrolled code exists only inlined. */
#define VEC_INLINE static inline __attribute__((always_inline))

/* Make the compiler forget what it knows of a pointer. Costs no instruction. Loads through it are
 * then made again where they are used, as memory operands, instead of being kept in registers that
 * the state needs (and spilled from there). */
#define VEC_OPAQUE(pointer) __asm__("" : "+r"(pointer))

/* Make the compiler forget what it knows of a vector: keeps a probe's work from being deleted. */
#ifndef VEC_OPAQUE_VALUE
#define VEC_OPAQUE_VALUE(v) __asm__("" : "+" VEC_REGISTER(v))
#endif

/* A vector is wanted, though nothing uses it: keeps a probe's loads. */
#ifndef VEC_KEEP
#define VEC_KEEP(v) __asm__ volatile("" : : VEC_REGISTER(v))
#endif

/* Make the compiler keep a vector in memory up to its next use. */
#ifndef VEC_IN_MEMORY
#define VEC_IN_MEMORY(v) __asm__("" : "+m"(v))
#endif

/* 1 where a body whose state takes 16 vectors does better to keep four of them in memory itself
 * than to leave it to the compiler to spill what it likes. */
#ifndef VEC_ROW_IN_MEMORY
#define VEC_ROW_IN_MEMORY 0
#endif

/* 1 where vec_xor3 is one instruction. */
#ifndef VEC_HAS_XOR3
#define VEC_HAS_XOR3 0
#endif

#endif
