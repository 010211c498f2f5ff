/* assume.h: everything Shardpick expects of a compiler and its target, checked at compile time.
 * Included by base/status.h, hence by every file. Not a place for run-time checks. */
#ifndef BASE_ASSUME_H
#define BASE_ASSUME_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(CHAR_BIT == 8, "bytes have eight bits");
_Static_assert(sizeof(int) == 4, "int is 32 bits: uint32_t arithmetic does not promote");
_Static_assert(sizeof(size_t) == 8, "tables of 4 GiB and more need a 64-bit size_t");
_Static_assert((-1 >> 1) == -1, "right shift of negative numbers is arithmetic");

#if !defined(__GNUC__)
#error "Shardpick needs gcc or clang (GNU C11 extensions)"
#endif

#endif
