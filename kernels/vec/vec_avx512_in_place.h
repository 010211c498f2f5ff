/* vec_avx512_in_place.h: vec_avx512.h with operations in place (vec_in_place.h) that gcc keeps in
 * place: from intrinsics it gives results new registers, has none left where two states of 16
 * vectors fill them, and spills. */
#ifndef BASE_VEC_AVX512_IN_PLACE_H
#define BASE_VEC_AVX512_IN_PLACE_H

#include "vec/vec_avx512.h"

#define VEC_HAS_IN_PLACE 1
#define VEC_IN_PLACE(instruction, a, b) __asm__(instruction " %1, %0, %0" : "+v"(a) : "v"(b))
#define VEC_IN_PLACE_BITS(instruction, a, bits)                                                    \
    __asm__(instruction " %1, %0, %0" : "+v"(a) : "i"(bits))
#define VEC_XOR_TO(a, b) VEC_IN_PLACE("vpxord", a, b)
#define VEC_ADD64_TO(a, b) VEC_IN_PLACE("vpaddq", a, b)
#define VEC_ADD_STORED64_TO(a, b) __asm__("vpaddq %1, %0, %0" : "+v"(a) : "m"(b))
#define VEC_ADD_WORD64_TO(a, word) __asm__("vpaddq %1%{1to8%}, %0, %0" : "+v"(a) : "m"(word))
#define VEC_ROR64_TO(a, bits) VEC_IN_PLACE_BITS("vprorq", a, bits)

#endif
