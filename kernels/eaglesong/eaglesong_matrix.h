/* eaglesong_matrix.h: the bit matrix of a round as lists of sums that share their terms. Macros
 * only: the vector body, its constants and the device kernel give the entries their meaning.
 *
 * x0 .. x15 are the words before the step, m0 .. m15 those after it, t0 and up sums in between.
 *   SUM2(t, a, b), SUM3(t, a, b, c)  t is the exclusive-or of two or three
 *   OUT1(j, a), OUT2(j, a, b)        mj is a, or a ^ b, and a constant of its own
 *
 *   OF_THREE  38 entries, at most 4 in a chain: where an exclusive-or of three is one instruction
 *   OF_TWO    48 entries of two and 16 constants, at most 8 in a chain: for other widths
 *   FEWEST    35 entries, at most 6 in a chain: for devices, which have other items to wait with
 *
 * OF_TWO has eight entries STEP(0), STEP(2) .. STEP(14) spread over it, where other work may be
 * done. _LAST makes the words that the first word of the hash depends on two steps later: all but
 * 2, 3, 10 and 11. How the lists were found: bench/NOTES.md. The first operand is one that is not
 * read again where there is one: instructions that overwrite an operand then need no copy. */
#ifndef KERN_EAGLESONG_MATRIX_H
#define KERN_EAGLESONG_MATRIX_H

#define EAGLESONG_MATRIX_OF_THREE(SUM2, SUM3, OUT1, OUT2)                                          \
    SUM3(t0, x1, x5, x6)                                                                           \
    SUM3(t1, x5, x0, x7)                                                                           \
    SUM3(t2, x10, x15, t1)                                                                         \
    SUM3(t3, x10, x4, x14)                                                                         \
    SUM3(t4, t1, x6, x15)                                                                          \
    SUM3(t5, x2, x4, x15)                                                                          \
    SUM2(t6, x2, x1)                                                                               \
    SUM3(t7, x3, t3, t6)                                                                           \
    SUM3(t8, x4, x12, t7)                                                                          \
    OUT2(10, t4, t7)                                                                               \
    SUM3(t9, x6, t7, x13)                                                                          \
    SUM3(t10, x15, x3, t3)                                                                         \
    OUT2(0, t8, m10)                                                                               \
    SUM3(t11, t3, x9, x13)                                                                         \
    SUM3(t12, x1, x12, t11)                                                                        \
    SUM3(t13, x12, x0, x8)                                                                         \
    SUM3(t14, x1, x7, t13)                                                                         \
    SUM3(t15, x11, x3, t6)                                                                         \
    OUT2(5, t14, t8)                                                                               \
    OUT2(12, t8, t11)                                                                              \
    SUM3(t16, x0, t11, t15)                                                                        \
    SUM3(t17, x14, t0, t5)                                                                         \
    OUT2(14, t17, t15)                                                                             \
    SUM3(t18, t13, t5, t6)                                                                         \
    SUM3(t19, x3, t10, t18)                                                                        \
    OUT2(1, x13, t18)                                                                              \
    OUT2(8, t19, m14)                                                                              \
    SUM3(t20, t6, t0, t2)                                                                          \
    OUT2(2, t12, t20)                                                                              \
    OUT2(7, t20, x9)                                                                               \
    SUM3(t21, x8, x9, t15)                                                                         \
    OUT2(13, t0, t9)                                                                               \
    OUT2(3, t9, t13)                                                                               \
    OUT2(11, t15, t13)                                                                             \
    OUT2(9, t10, t16)                                                                              \
    OUT2(15, t21, t2)                                                                              \
    OUT2(4, t16, t2)                                                                               \
    OUT2(6, t21, t5)

#define EAGLESONG_MATRIX_OF_TWO(SUM2, SUM3, OUT1, OUT2, STEP)                                      \
    STEP(0)                                                                                        \
    SUM2(t0, x12, x4)                                                                              \
    SUM2(t1, x11, x9)                                                                              \
    SUM2(t2, x0, x13)                                                                              \
    SUM2(t3, t2, t1)                                                                               \
    SUM2(t4, x4, x8)                                                                               \
    SUM2(t5, t4, t1)                                                                               \
    STEP(2)                                                                                        \
    SUM2(t6, x7, t5)                                                                               \
    SUM2(t7, x6, x7)                                                                               \
    SUM2(t8, x0, x10)                                                                              \
    SUM2(t9, x15, t8)                                                                              \
    SUM2(t10, x1, x13)                                                                             \
    SUM2(t11, t0, t10)                                                                             \
    STEP(4)                                                                                        \
    SUM2(t12, x5, t11)                                                                             \
    SUM2(t13, x7, x2)                                                                              \
    SUM2(t14, t13, t8)                                                                             \
    SUM2(t15, t10, t9)                                                                             \
    SUM2(t16, x10, t15)                                                                            \
    SUM2(t17, x3, t16)                                                                             \
    STEP(6)                                                                                        \
    SUM2(t18, t7, t16)                                                                             \
    OUT2(0, t12, t18)                                                                              \
    SUM2(t19, x14, t16)                                                                            \
    SUM2(t20, t0, t19)                                                                             \
    SUM2(t21, t4, t3)                                                                              \
    OUT2(6, t17, t21)                                                                              \
    STEP(8)                                                                                        \
    SUM2(t22, x8, x14)                                                                             \
    OUT2(1, t22, t20)                                                                              \
    SUM2(t23, t22, x3)                                                                             \
    OUT2(5, t14, t23)                                                                              \
    SUM2(t24, x5, m5)                                                                              \
    SUM2(t25, t3, t24)                                                                             \
    STEP(10)                                                                                       \
    OUT2(13, t6, t25)                                                                              \
    OUT2(15, t19, t25)                                                                             \
    OUT2(10, t18, m13)                                                                             \
    SUM2(t26, t5, t24)                                                                             \
    OUT2(4, t15, t26)                                                                              \
    SUM2(t27, t7, t11)                                                                             \
    STEP(12)                                                                                       \
    OUT2(3, t27, m5)                                                                               \
    SUM2(t28, x9, x2)                                                                              \
    SUM2(t29, t7, t28)                                                                             \
    OUT2(2, t20, t29)                                                                              \
    OUT2(8, t25, m2)                                                                               \
    OUT2(7, t29, t9)                                                                               \
    STEP(14)                                                                                       \
    OUT2(14, t26, m7)                                                                              \
    SUM2(t30, t28, t11)                                                                            \
    OUT2(12, x3, t30)                                                                              \
    OUT2(11, t21, m12)                                                                             \
    SUM2(t31, x2, t1)                                                                              \
    OUT2(9, t31, t16)

#define EAGLESONG_MATRIX_FEWEST(SUM2, SUM3, OUT1, OUT2)                                            \
    SUM2(t0, x0, x15)                                                                              \
    SUM3(t1, x7, x6, t0)                                                                           \
    SUM3(t2, x0, x2, x4)                                                                           \
    SUM3(t3, x10, x2, t1)                                                                          \
    SUM3(t4, x4, x12, t0)                                                                          \
    SUM3(t5, x4, x5, t1)                                                                           \
    OUT2(0, x12, t5)                                                                               \
    SUM3(t6, x2, x9, x11)                                                                          \
    SUM3(t7, t0, t6, x1)                                                                           \
    SUM3(t8, x6, x15, t3)                                                                          \
    SUM3(t9, x14, x3, t1)                                                                          \
    SUM3(t10, x1, x13, t4)                                                                         \
    OUT2(9, x13, t7)                                                                               \
    SUM3(t11, x3, x8, t7)                                                                          \
    SUM3(t12, x3, x11, t4)                                                                         \
    OUT2(6, t2, t11)                                                                               \
    SUM3(t13, x2, t4, x9)                                                                          \
    OUT2(12, t12, m9)                                                                              \
    SUM3(t14, x8, t9, t8)                                                                          \
    SUM3(t15, m6, t5, t8)                                                                          \
    OUT2(11, m6, t13)                                                                              \
    SUM3(t16, t5, t9, t3)                                                                          \
    OUT2(8, t13, t15)                                                                              \
    OUT2(7, x9, t3)                                                                                \
    OUT2(3, t10, t14)                                                                              \
    OUT2(15, t15, t1)                                                                              \
    SUM3(t17, m9, t1, t16)                                                                         \
    SUM3(t18, x11, t8, t16)                                                                        \
    OUT2(1, x8, t10)                                                                               \
    OUT2(13, t7, t17)                                                                              \
    OUT2(10, x1, t16)                                                                              \
    OUT2(5, t1, t14)                                                                               \
    OUT1(14, t18)                                                                                  \
    OUT2(4, t8, t17)                                                                               \
    OUT2(2, t9, m12)

#define EAGLESONG_MATRIX_LAST_OF_THREE(SUM2, SUM3, OUT1, OUT2)                                     \
    SUM3(t0, x9, x1, x12)                                                                          \
    SUM3(t1, x15, x11, x12)                                                                        \
    SUM3(t2, x12, x0, x14)                                                                         \
    SUM2(t3, x3, x4)                                                                               \
    SUM3(t4, x0, x2, x10)                                                                          \
    SUM3(t5, x2, x13, t3)                                                                          \
    SUM3(t6, x4, x14, t4)                                                                          \
    SUM3(t7, x14, x5, t5)                                                                          \
    OUT2(12, t5, t0)                                                                               \
    SUM3(t8, x0, t3, t1)                                                                           \
    SUM3(t9, t1, t0, x7)                                                                           \
    SUM3(t10, t3, x7, x8)                                                                          \
    OUT2(9, m12, t8)                                                                               \
    SUM3(t11, x7, x3, x11)                                                                         \
    SUM3(t12, t8, x5, x6)                                                                          \
    SUM3(t13, x3, x5, x8)                                                                          \
    SUM3(t14, x6, x11, x1)                                                                         \
    SUM3(t15, x1, x8, x10)                                                                         \
    SUM3(t16, x13, t13, t14)                                                                       \
    SUM2(t17, t4, t9)                                                                              \
    OUT2(6, t10, t9)                                                                               \
    OUT2(15, t13, t17)                                                                             \
    OUT2(5, t10, t6)                                                                               \
    OUT2(8, t15, t12)                                                                              \
    OUT2(7, t14, t17)                                                                              \
    OUT2(14, t2, t12)                                                                              \
    OUT2(13, x10, t7)                                                                              \
    OUT2(1, t16, t12)                                                                              \
    OUT2(0, t11, t12)                                                                              \
    OUT2(4, t7, t9)

#define EAGLESONG_MATRIX_LAST_OF_TWO(SUM2, SUM3, OUT1, OUT2)                                       \
    SUM2(t0, x4, x15)                                                                              \
    SUM2(t1, x5, x7)                                                                               \
    SUM2(t2, t1, x14)                                                                              \
    SUM2(t3, x8, x13)                                                                              \
    SUM2(t4, t3, x1)                                                                               \
    SUM2(t5, x10, x7)                                                                              \
    SUM2(t6, x13, t5)                                                                              \
    SUM2(t7, x2, t6)                                                                               \
    SUM2(t8, x1, x11)                                                                              \
    SUM2(t9, x12, x0)                                                                              \
    SUM2(t10, t9, t0)                                                                              \
    OUT2(1, t4, t10)                                                                               \
    SUM2(t11, t10, x6)                                                                             \
    OUT2(0, t1, t11)                                                                               \
    SUM2(t12, x7, x6)                                                                              \
    SUM2(t13, x0, x2)                                                                              \
    SUM2(t14, x14, t13)                                                                            \
    SUM2(t15, x3, x4)                                                                              \
    SUM2(t16, x3, x8)                                                                              \
    SUM2(t17, t15, t2)                                                                             \
    OUT2(13, t7, t17)                                                                              \
    SUM2(t18, t13, m13)                                                                            \
    SUM2(t19, t13, t5)                                                                             \
    SUM2(t20, x4, t19)                                                                             \
    SUM2(t21, t12, x11)                                                                            \
    SUM2(t22, t21, x15)                                                                            \
    OUT2(14, t17, t22)                                                                             \
    SUM2(t23, x9, x15)                                                                             \
    SUM2(t24, t19, t23)                                                                            \
    OUT2(7, x6, t24)                                                                               \
    SUM2(t25, t8, t24)                                                                             \
    OUT2(9, t6, t25)                                                                               \
    OUT2(4, t18, t25)                                                                              \
    SUM2(t26, t25, t16)                                                                            \
    OUT2(15, x5, t26)                                                                              \
    OUT2(6, t20, t26)                                                                              \
    SUM2(t27, t16, t5)                                                                             \
    OUT2(5, t14, t27)                                                                              \
    SUM2(t28, t8, t27)                                                                             \
    OUT2(8, t28, m0)                                                                               \
    SUM2(t29, t24, m1)                                                                             \
    OUT2(12, t27, t29)

#define EAGLESONG_MATRIX_LAST_FEWEST(SUM2, SUM3, OUT1, OUT2)                                       \
    SUM2(t0, x1, x15)                                                                              \
    SUM3(t1, x0, x13, t0)                                                                          \
    SUM3(t2, x13, x2, x6)                                                                          \
    SUM2(t3, x3, x5)                                                                               \
    SUM3(t4, x6, x11, t3)                                                                          \
    SUM3(t5, x14, x4, t4)                                                                          \
    SUM3(t6, x9, x11, t1)                                                                          \
    SUM3(t7, x11, x10, t2)                                                                         \
    SUM3(t8, t4, x1, x8)                                                                           \
    SUM3(t9, x1, x7, t7)                                                                           \
    OUT2(7, t9, t6)                                                                                \
    SUM3(t10, x4, x8, t1)                                                                          \
    SUM3(t11, x5, t9, t10)                                                                         \
    SUM3(t12, t2, x12, t11)                                                                        \
    OUT2(15, t8, m7)                                                                               \
    OUT2(9, x2, t6)                                                                                \
    OUT2(14, x15, t5)                                                                              \
    SUM3(t13, x8, x2, t7)                                                                          \
    SUM3(t14, x10, t1, m14)                                                                        \
    OUT2(1, x12, t10)                                                                              \
    SUM3(t15, x2, t3, t7)                                                                          \
    OUT2(8, t15, m1)                                                                               \
    OUT2(0, t13, t12)                                                                              \
    SUM3(t16, x3, t0, t6)                                                                          \
    OUT2(6, t16, t10)                                                                              \
    OUT2(4, t14, m7)                                                                               \
    OUT2(12, t12, m15)                                                                             \
    OUT2(5, t11, m14)                                                                              \
    OUT2(13, t7, t5)

#endif
