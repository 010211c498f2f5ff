/* cpu.c: see cpu.h. Built without instruction-set flags, so that it runs anywhere.
 * Sources: Intel SDM vol. 2A "CPUID", vol. 1 ch. 13 (XCR0); Linux hwcap documentation for arm64. */
#include "base/cpu.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#if defined(__x86_64__)
#include <cpuid.h>

static uint64_t read_xcr0(void)
{
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

uint32_t base_cpu_detect(void)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    uint32_t found = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) {
        return 0;
    }
    uint64_t xcr0 = (c & (1U << 27)) != 0 ? read_xcr0() : 0; /* bit 27: OSXSAVE */
    bool os_avx = (xcr0 & 0x06) == 0x06;                     /* XMM and YMM state */
    bool os_avx512 = (xcr0 & 0xe6) == 0xe6;                  /* also opmask and both ZMM halves */

    found |= (d & (1U << 26)) != 0 ? BASE_CPU_SSE2 : 0;
    found |= (c & (1U << 9)) != 0 ? BASE_CPU_SSSE3 : 0;
    found |= (c & (1U << 19)) != 0 ? BASE_CPU_SSE41 : 0;
    found |= (c & (1U << 25)) != 0 ? BASE_CPU_AES : 0;
    found |= os_avx && (c & (1U << 28)) != 0 ? BASE_CPU_AVX : 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        found |= (b & (1U << 29)) != 0 ? BASE_CPU_SHA : 0;
        found |= (b & (1U << 8)) != 0 ? BASE_CPU_BMI2 : 0;
        found |= os_avx && (b & (1U << 5)) != 0 ? BASE_CPU_AVX2 : 0;
        found |= (c & (1U << 8)) != 0 ? BASE_CPU_GFNI : 0;
        found |= os_avx && (c & (1U << 9)) != 0 ? BASE_CPU_VAES : 0;
        if (os_avx512 && (b & (1U << 16)) != 0) {
            found |= BASE_CPU_AVX512F;
            found |= (b & (1U << 31)) != 0 ? BASE_CPU_AVX512VL : 0;
            found |= (b & (1U << 30)) != 0 ? BASE_CPU_AVX512BW : 0;
            found |= (c & (1U << 1)) != 0 ? BASE_CPU_AVX512VBMI : 0;
        }
    }
    return found;
}

char *base_cpu_model(char *text, size_t cap)
{
    uint32_t words[12];
    char name[49];
    memset(words, 0, sizeof words);
    (void)snprintf(text, cap, "unknown");
    if ((uint32_t)__get_cpuid_max(0x80000000U, NULL) < 0x80000004U) {
        return text;
    }
    for (size_t i = 0; i < 3; i++) {
        (void)__get_cpuid(0x80000002U + (uint32_t)i, &words[4 * i], &words[4 * i + 1],
                          &words[4 * i + 2], &words[4 * i + 3]);
    }
    memcpy(name, words, 48);
    name[48] = '\0';
    const char *start = name + strspn(name, " ");
    if (*start != '\0') {
        (void)snprintf(text, cap, "%s", start);
    }
    return text;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

uint32_t base_cpu_detect(void)
{
    unsigned long caps = getauxval(AT_HWCAP);
    uint32_t found = 0;
    found |= (caps & (1UL << 1)) != 0 ? BASE_CPU_NEON : 0;     /* HWCAP_ASIMD */
    found |= (caps & (1UL << 3)) != 0 ? BASE_CPU_ARM_AES : 0;  /* HWCAP_AES */
    found |= (caps & (1UL << 6)) != 0 ? BASE_CPU_ARM_SHA2 : 0; /* HWCAP_SHA2 */
    return found;
}

char *base_cpu_model(char *text, size_t cap)
{
    (void)snprintf(text, cap, "unknown"); /* arm64 has no model string; miner/ asks hwloc */
    return text;
}

#else

uint32_t base_cpu_detect(void)
{
    return 0;
}

char *base_cpu_model(char *text, size_t cap)
{
    (void)snprintf(text, cap, "unknown");
    return text;
}

#endif

char *base_cpu_names(char *text, size_t cap, uint32_t features)
{
    static const char *const names[] = {
#define X(name, text) text,
        BASE_CPU_FEATURE_MAP(X)
#undef X
    };
    text[0] = '\0';
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        if ((features & (1U << i)) != 0) {
            base_text_add(text, cap, " ", names[i]);
        }
    }
    return text;
}
