/* vec_in_place.h: operations whose result takes the place of the first operand, for bodies whose
 * state fills the registers. Included after one vec_<isa>.h. One whose compiler does not keep
 * results in place defines VEC_HAS_IN_PLACE and these itself: VEC_ADD_TO(a, b)          a += b
 *   VEC_ADD_WORD_TO(a, word)  a += a vec_word
 *   VEC_XOR_TO(a, b)          a ^= b
 *   VEC_ROR_TO(a, bits)       a is rotated to the right, by 16, 12, 8 or 7; bits is a literal
 *   VEC_ADD64_TO, VEC_ADD_WORD64_TO, VEC_ROR64_TO  the same of lanes of 64 bits; by 32, 24, 16 or
 * 63 a is a variable. */
#ifndef BASE_VEC_IN_PLACE_H
#define BASE_VEC_IN_PLACE_H

#ifndef VEC_HAS_IN_PLACE

#define VEC_ADD_TO(a, b) ((a) = vec_add(a, b))
#define VEC_ADD_WORD_TO(a, word) ((a) = vec_add(a, vec_word_get(&(word))))
#define VEC_XOR_TO(a, b) ((a) = vec_xor(a, b))
#define VEC_ROR_TO(a, bits) ((a) = vec_ror##bits(a))

#define VEC_ADD64_TO(a, b) ((a) = vec_add64(a, b))
#define VEC_ADD_STORED64_TO(a, b) VEC_ADD64_TO(a, b)
#define VEC_ADD_WORD64_TO(a, word) ((a) = vec_add64(a, vec_word64_get(&(word))))
#define VEC_ROR64_TO(a, bits) ((a) = vec_ror64_##bits(a))
#define vec_ror64_63(a) VEC_ROL64(a, 1)

#endif

#endif
