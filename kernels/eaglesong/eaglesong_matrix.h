/* eaglesong_matrix.h: the bit matrix of a round as lists of sums that share their terms. Macros
 * only: the vector body, its constants and the device kernel give the entries their meaning.
 *
 * x0 .. x15 are the words before the step, m0 .. m15 those after it, t0 and up sums in between.
 *   SUM2(t, a, b), SUM3(t, a, b, c)  t is the exclusive-or of two or three
 *   OUT1(j, a), OUT2(j, a, b)        mj is a, or a ^ b, and a constant of its own
 * _OF_THREE is for widths where the exclusive-or of three is one instruction, _OF_TWO for the
 * others. _LAST makes the words that the first word of the hash depends on two steps later: all but
 * 2, 3, 10 and 11. How the lists were found, and what they cost: bench/NOTES.md. */
#ifndef KERN_EAGLESONG_MATRIX_H
#define KERN_EAGLESONG_MATRIX_H

/* 2 of two, 35 of three */
#define EAGLESONG_MATRIX_OF_THREE(SUM2, SUM3, OUT1, OUT2)                                          \
    SUM3(t0, x7, x9, x15)                                                                          \
    SUM3(t1, x11, x13, t0)                                                                         \
    SUM3(t2, x0, x7, t1)                                                                           \
    SUM3(t3, x2, x12, t2)                                                                          \
    SUM2(t4, x1, t3)                                                                               \
    OUT2(9, x12, t4)                                                                               \
    SUM3(t5, x3, t2, t4)                                                                           \
    SUM3(t6, x4, x13, t5)                                                                          \
    OUT2(12, x9, t6)                                                                               \
    SUM3(t7, x0, x8, t6)                                                                           \
    OUT2(6, t3, t7)                                                                                \
    SUM3(t8, x10, x14, t7)                                                                         \
    OUT2(3, x6, t8)                                                                                \
    SUM3(t9, x2, x15, t7)                                                                          \
    OUT2(1, x3, t9)                                                                                \
    SUM3(t10, t3, t5, t8)                                                                          \
    SUM3(t11, m9, t6, t10)                                                                         \
    OUT2(5, x7, t11)                                                                               \
    SUM3(t12, x15, t2, m5)                                                                         \
    SUM2(t13, x5, t12)                                                                             \
    SUM3(t14, x5, t7, t11)                                                                         \
    OUT2(13, t5, t14)                                                                              \
    SUM3(t15, x14, t0, m13)                                                                        \
    SUM3(t16, m3, t9, t15)                                                                         \
    OUT2(14, t1, t16)                                                                              \
    SUM3(t17, t11, m13, m14)                                                                       \
    OUT2(7, t12, t17)                                                                              \
    OUT2(8, t14, t17)                                                                              \
    OUT2(2, t13, m8)                                                                               \
    SUM3(t18, x4, t15, t17)                                                                        \
    OUT2(0, t10, t18)                                                                              \
    OUT2(10, m6, t18)                                                                              \
    SUM3(t19, x11, t5, t7)                                                                         \
    OUT2(11, t6, t19)                                                                              \
    SUM3(t20, t4, t15, t19)                                                                        \
    OUT2(4, t10, t20)                                                                              \
    OUT2(15, t3, t20)

/* 32 of two, 16 of three */
#define EAGLESONG_MATRIX_OF_TWO(SUM2, SUM3, OUT1, OUT2)                                            \
    SUM2(t0, x4, x5)                                                                               \
    SUM2(t1, x3, t0)                                                                               \
    SUM2(t2, x0, x8)                                                                               \
    SUM2(t3, x1, x9)                                                                               \
    SUM2(t4, x2, x13)                                                                              \
    SUM2(t5, t1, t4)                                                                               \
    SUM2(t6, x5, t5)                                                                               \
    SUM2(t7, x6, t6)                                                                               \
    SUM2(t8, x7, t6)                                                                               \
    SUM2(t9, t3, t4)                                                                               \
    SUM2(t10, x14, t1)                                                                             \
    SUM2(t11, x0, t10)                                                                             \
    SUM2(t12, x0, x15)                                                                             \
    SUM2(t13, x7, t12)                                                                             \
    SUM2(t14, x6, t13)                                                                             \
    SUM2(t15, t0, t14)                                                                             \
    OUT2(0, x12, t15)                                                                              \
    SUM2(t16, x11, t12)                                                                            \
    OUT2(9, t9, t16)                                                                               \
    SUM2(t17, x6, t16)                                                                             \
    OUT2(14, t11, t17)                                                                             \
    SUM2(t18, t6, m9)                                                                              \
    OUT2(6, t2, t18)                                                                               \
    SUM2(t19, t6, m0)                                                                              \
    SUM2(t20, t3, t19)                                                                             \
    OUT2(12, t15, t20)                                                                             \
    OUT2(2, t10, t20)                                                                              \
    SUM2(t21, t11, t18)                                                                            \
    OUT2(4, t8, t21)                                                                               \
    SUM2(t22, x10, x14)                                                                            \
    OUT2(13, t5, t22)                                                                              \
    SUM2(t23, x1, t2)                                                                              \
    SUM2(t24, x12, t23)                                                                            \
    SUM2(t25, t22, t24)                                                                            \
    OUT2(8, m14, t25)                                                                              \
    OUT2(3, t7, t25)                                                                               \
    SUM2(t26, x4, x13)                                                                             \
    SUM2(t27, t24, t26)                                                                            \
    OUT2(1, x15, t27)                                                                              \
    SUM2(t28, t2, t27)                                                                             \
    SUM2(t29, t25, t28)                                                                            \
    OUT2(5, t8, t29)                                                                               \
    OUT2(15, t21, m5)                                                                              \
    SUM2(t30, t22, t28)                                                                            \
    OUT2(7, m2, t30)                                                                               \
    OUT2(10, t19, t30)                                                                             \
    SUM2(t31, t6, t27)                                                                             \
    OUT2(11, x11, t31)

/* 1 of two, 28 of three */
#define EAGLESONG_MATRIX_LAST_OF_THREE(SUM2, SUM3, OUT1, OUT2)                                     \
    SUM3(t0, x0, x8, x10)                                                                          \
    SUM3(t1, x1, x12, t0)                                                                          \
    SUM3(t2, x10, x13, t1)                                                                         \
    SUM2(t3, x4, x15)                                                                              \
    OUT2(1, t2, t3)                                                                                \
    SUM3(t4, x3, x11, t3)                                                                          \
    SUM3(t5, x1, x9, t4)                                                                           \
    OUT2(6, x8, t5)                                                                                \
    SUM3(t6, x4, x5, t5)                                                                           \
    SUM3(t7, x2, t0, t6)                                                                           \
    OUT2(15, x7, t7)                                                                               \
    SUM3(t8, x0, x12, t4)                                                                          \
    SUM3(t9, x2, x13, t5)                                                                          \
    SUM3(t10, x0, x4, t9)                                                                          \
    OUT2(9, x3, t10)                                                                               \
    OUT2(12, t8, m9)                                                                               \
    SUM3(t11, x3, x14, t6)                                                                         \
    OUT2(5, m15, t11)                                                                              \
    SUM3(t12, x5, x14, t9)                                                                         \
    OUT2(4, x7, t12)                                                                               \
    SUM3(t13, x10, t9, m5)                                                                         \
    OUT2(13, m15, t13)                                                                             \
    SUM3(t14, x5, x6, t4)                                                                          \
    OUT2(8, t1, t14)                                                                               \
    OUT2(14, x14, t14)                                                                             \
    SUM3(t15, x7, t3, t14)                                                                         \
    OUT2(0, t8, t15)                                                                               \
    SUM3(t16, x8, t7, t15)                                                                         \
    OUT2(7, x1, t16)

/* 30 of two, 12 of three */
#define EAGLESONG_MATRIX_LAST_OF_TWO(SUM2, SUM3, OUT1, OUT2)                                       \
    SUM2(t0, x1, x6)                                                                               \
    SUM2(t1, x3, x8)                                                                               \
    SUM2(t2, x2, x9)                                                                               \
    SUM2(t3, x0, t2)                                                                               \
    SUM2(t4, x7, x10)                                                                              \
    SUM2(t5, t3, t4)                                                                               \
    SUM2(t6, x9, t5)                                                                               \
    SUM2(t7, x6, x12)                                                                              \
    SUM2(t8, x10, t7)                                                                              \
    SUM2(t9, x0, t8)                                                                               \
    SUM2(t10, x13, t2)                                                                             \
    SUM2(t11, t7, t10)                                                                             \
    SUM2(t12, x4, t11)                                                                             \
    SUM2(t13, t0, t12)                                                                             \
    OUT2(12, x3, t13)                                                                              \
    SUM2(t14, x14, t6)                                                                             \
    OUT2(5, t1, t14)                                                                               \
    SUM2(t15, x15, t5)                                                                             \
    OUT2(7, x6, t15)                                                                               \
    SUM2(t16, t1, t15)                                                                             \
    SUM2(t17, x11, x15)                                                                            \
    SUM2(t18, x1, t17)                                                                             \
    SUM2(t19, x4, t18)                                                                             \
    SUM2(t20, t1, t19)                                                                             \
    OUT2(6, x9, t20)                                                                               \
    SUM2(t21, x5, t20)                                                                             \
    OUT2(8, t9, t21)                                                                               \
    SUM2(t22, x8, t21)                                                                             \
    SUM2(t23, t3, t18)                                                                             \
    OUT2(9, x13, t23)                                                                              \
    SUM2(t24, t16, t23)                                                                            \
    OUT2(0, m8, t24)                                                                               \
    SUM2(t25, m12, t16)                                                                            \
    OUT2(1, t4, t25)                                                                               \
    SUM2(t26, x14, t22)                                                                            \
    OUT2(14, t0, t26)                                                                              \
    SUM2(t27, x7, t26)                                                                             \
    OUT2(4, t10, t27)                                                                              \
    SUM2(t28, t23, m4)                                                                             \
    OUT2(13, t6, t28)                                                                              \
    SUM2(t29, x4, t5)                                                                              \
    OUT2(15, t21, t29)

#endif
