/* cpu.h: which instruction sets this processor AND this operating system let us use. Detected once,
 * when the caller asks; the result is a value to pass on, not a global. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* name as users see it; order is from old to new and has no other meaning. */
#define BASE_CPU_FEATURE_MAP(X)                                                                    \
    X(SSE2, "sse2")                                                                                \
    X(SSSE3, "ssse3")                                                                              \
    X(SSE41, "sse4.1")                                                                             \
    X(AES, "aes")                                                                                  \
    X(SHA, "sha")                                                                                  \
    X(AVX, "avx")                                                                                  \
    X(AVX2, "avx2")                                                                                \
    X(BMI2, "bmi2")                                                                                \
    X(AVX512F, "avx512f")                                                                          \
    X(AVX512VL, "avx512vl")                                                                        \
    X(AVX512BW, "avx512bw")                                                                        \
    X(AVX512VBMI, "avx512vbmi")                                                                    \
    X(GFNI, "gfni")                                                                                \
    X(VAES, "vaes")                                                                                \
    X(NEON, "neon")                                                                                \
    X(ARM_AES, "arm-aes")                                                                          \
    X(ARM_SHA2, "arm-sha2")

enum base_cpu_feature_bit {
#define X(name, text) BASE_CPU_BIT_##name,
    BASE_CPU_FEATURE_MAP(X)
#undef X
        BASE_CPU_BIT_COUNT
};

/* Set of features: OR of these, kept in a uint32_t. */
enum base_cpu_feature {
#define X(name, text) BASE_CPU_##name = 1U << BASE_CPU_BIT_##name,
    BASE_CPU_FEATURE_MAP(X)
#undef X
};

/** Detect. Vector sets wider than 128 bits count only when the operating system saves their
 * registers (xgetbv). Cheap (a few cpuid), no state. */
uint32_t base_cpu_detect(void);

/** Write the names in features, separated by blanks. text is always NUL-ended; cut if too small
 * (256 is enough for all). Returns text. */
char *base_cpu_names(char *text, size_t cap, uint32_t features);

/** Processor model as the hardware or the system names it, e.g. "Intel(R) Xeon(R) ...". text is
 * NUL-ended, "unknown" when nobody says. Returns text. */
char *base_cpu_model(char *text, size_t cap);

#endif
