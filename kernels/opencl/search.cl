/* search.cl: what device searches for hashes have in common, OpenCL C 1.2: counters side by side in a
 * vector, the byte order of words, the test of a hash against the target, a find. A piece of the source
 * of such rows, in front of their own. */

/* A call on a device means a stack in memory for what is handed over by address, and registers saved
 * around it; some compilers make one of what is used once. */
#define INLINE static inline __attribute__((always_inline))

#ifndef LOCAL_SIZE /* work items of a group; 0: the compiler is not told */
#define LOCAL_SIZE 0
#endif
#ifndef PER_ITEM /* counters one work item tries: a power of two, a multiple of VECTOR */
#define PER_ITEM 1
#endif
#ifndef VECTOR /* counters computed side by side in one vector: 1, 2, 4, 8 or 16 */
#define VECTOR 1
#endif
#ifndef UNROLL /* as the algorithm says */
#define UNROLL 0
#endif
#ifndef MULTIPLY_ADD /* as the algorithm says */
#define MULTIPLY_ADD 0
#endif
#ifndef RESULT_SLOTS /* finds the result buffer has room for */
#define RESULT_SLOTS 256
#endif

/* Result: a count, then RESULT_SLOTS offsets from the launch's first counter. */
#define RESULT_COUNT 0
#define RESULT_FIRST_SLOT 1

/* EACH_WAY(do_way) is do_way(number of the way, its component of a WORD) for each way. */
#if VECTOR == 1
#define WORD uint
#define WORD64 ulong
#define TO_WORD(x) convert_uint(x)
#define TO_WORD64(x) convert_ulong(x)
#define EACH_WAY(do_way) do_way(0, )
#define WAY_NUMBERS 0U
#elif VECTOR == 2
#define WORD uint2
#define WORD64 ulong2
#define AS_WORD as_uint2
#define TO_WORD(x) convert_uint2(x)
#define TO_WORD64(x) convert_ulong2(x)
#define EACH_WAY(do_way) do_way(0, .s0) do_way(1, .s1)
#define WAY_NUMBERS (uint2)(0, 1)
#elif VECTOR == 4
#define WORD uint4
#define WORD64 ulong4
#define AS_WORD as_uint4
#define TO_WORD(x) convert_uint4(x)
#define TO_WORD64(x) convert_ulong4(x)
#define EACH_WAY(do_way) do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)
#define WAY_NUMBERS (uint4)(0, 1, 2, 3)
#elif VECTOR == 8
#define WORD uint8
#define WORD64 ulong8
#define AS_WORD as_uint8
#define TO_WORD(x) convert_uint8(x)
#define TO_WORD64(x) convert_ulong8(x)
#define EACH_WAY(do_way)                                                                           \
    do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)                                    \
    do_way(4, .s4) do_way(5, .s5) do_way(6, .s6) do_way(7, .s7)
#define WAY_NUMBERS (uint8)(0, 1, 2, 3, 4, 5, 6, 7)
#elif VECTOR == 16
#define WORD uint16
#define WORD64 ulong16
#define AS_WORD as_uint16
#define TO_WORD(x) convert_uint16(x)
#define TO_WORD64(x) convert_ulong16(x)
#define EACH_WAY(do_way)                                                                           \
    do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)                                    \
    do_way(4, .s4) do_way(5, .s5) do_way(6, .s6) do_way(7, .s7)                                    \
    do_way(8, .s8) do_way(9, .s9) do_way(10, .sa) do_way(11, .sb)                                  \
    do_way(12, .sc) do_way(13, .sd) do_way(14, .se) do_way(15, .sf)
#define WAY_NUMBERS (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#error "VECTOR must be 1, 2, 4, 8 or 16"
#endif

/* High words of counters of 64 bits whose low words have been counted on from first_low. */
#if VECTOR == 1
#define CARRY(low, first_low) ((low) < (first_low) ? 1U : 0U)
#else /* a vector comparison gives all ones for true */
#define CARRY(low, first_low) (-AS_WORD((low) < (WORD)(first_low)))
#endif

#if LOCAL_SIZE > 0
#define SEARCH_GROUP __attribute__((reqd_work_group_size(LOCAL_SIZE, 1, 1)))
#else
#define SEARCH_GROUP
#endif

/* Byte order turned round: hashes are strings of bytes, targets are numbers. */
#define SWAP(x) (bitselect(rotate((x), (WORD)8U), rotate((x), (WORD)24U), (WORD)0xff00ff00U))

/* hash <= target as numbers of 256 bits, the most significant word first; seldom tested. */
static bool meets_target(__constant const uint *target, uint n0, uint n1, uint n2, uint n3, uint n4,
                         uint n5, uint n6, uint n7)
{
#define DECIDE(n, i)                                                                               \
    if (n != target[i]) {                                                                          \
        return n < target[i];                                                                      \
    }
    DECIDE(n0, 0)
    DECIDE(n1, 1)
    DECIDE(n2, 2)
    DECIDE(n3, 3)
    DECIDE(n4, 4)
    DECIDE(n5, 5)
    DECIDE(n6, 6)
    return n7 <= target[7];
}

INLINE void report(__global uint *result, uint offset)
{
    const uint slot = atomic_inc(result + RESULT_COUNT);
    if (slot < RESULT_SLOTS) {
        result[RESULT_FIRST_SLOT + slot] = offset;
    }
}
