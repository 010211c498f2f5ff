/* test_base.c: the small things at the bottom: hex, byte order, random numbers, allocation, status
 * texts, processor features. Targets have a file of their own. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/text.h"
#include "base/thread.h"

static void hex_decodes(void **state)
{
    uint8_t bytes[4] = {9, 9, 9, 9};
    size_t size = 99;
    (void)state;
    assert_int_equal(base_hex_decode(bytes, 4, &size, "00fFA9", 6), BASE_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "\x00\xff\xa9\x09", 4);
    assert_int_equal(base_hex_decode(bytes, 4, &size, "", 0), BASE_OK);
    assert_int_equal(size, 0);
    assert_int_equal(base_hex_decode(bytes, 4, &size, "123", 3), BASE_E_FORMAT);
    assert_int_equal(base_hex_decode(bytes, 4, &size, "0011223344", 10), BASE_E_LIMIT);
    assert_int_equal(size, 0);
    for (int c = 0; c < 256; c++) { /* exactly 22 characters are digits, at both places */
        const char high[2] = {(char)c, '0'};
        const char low[2] = {'0', (char)c};
        bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;
        assert_int_equal(base_hex_decode(bytes, 4, &size, high, 2) == BASE_OK, digit);
        assert_int_equal(base_hex_decode(bytes, 4, &size, low, 2) == BASE_OK, digit);
    }
    assert_int_equal(base_hex_decode_exact(bytes, 2, "abcd"), BASE_OK);
    assert_memory_equal(bytes, "\xab\xcd", 2);
    assert_int_equal(base_hex_decode_exact(bytes, 2, "ab"), BASE_E_RANGE);
    assert_int_equal(base_hex_decode_exact(bytes, 2, "abcdef"), BASE_E_LIMIT);
    assert_int_equal(base_hex_decode_exact(bytes, 2, "0xab"), BASE_E_FORMAT);
}

static void hex_encodes(void **state)
{
    char text[7] = "zzzzzz";
    (void)state;
    base_hex_encode(text, (const uint8_t *)"\x00\x9a\xff", 3);
    assert_string_equal(text, "009aff");
    base_hex_encode(text, (const uint8_t *)"", 0);
    assert_string_equal(text, "");
}

static void byte_order(void **state)
{
    const uint8_t bytes[9] = {0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    uint8_t out[9] = {0};
    (void)state;
    assert_int_equal(base_load_be16(bytes + 1), 0x0123);
    assert_int_equal(base_load_be32(bytes + 1), 0x01234567);
    assert_true(base_load_be64(bytes + 1) == 0x0123456789abcdefU);
    assert_int_equal(base_load_le32(bytes + 1), 0x67452301);
    assert_true(base_load_le64(bytes + 1) == 0xefcdab8967452301U);
    assert_true(base_load_be32(bytes + 5) == 0x89abcdefU); /* the top bit is no sign */
    base_store_be16(out + 1, 0x0123);
    assert_memory_equal(out, "\x00\x01\x23\x00", 4);
    base_store_be32(out + 1, 0x01234567);
    assert_memory_equal(out + 1, bytes + 1, 4);
    base_store_be64(out + 1, 0x0123456789abcdefU);
    assert_memory_equal(out + 1, bytes + 1, 8);
    base_store_le32(out + 1, 0x67452301);
    assert_memory_equal(out + 1, bytes + 1, 4);
    base_store_le64(out + 1, 0xefcdab8967452301U);
    assert_memory_equal(out + 1, bytes + 1, 8);
    assert_int_equal(out[0], 0);
}

/* splitmix64's published sequence for seed 1234567 (Rosetta Code, "Pseudo-random numbers/
 * Splitmix64"). */
static void seeded_generator(void **state)
{
    static const uint64_t want[5] = {6457827717110365317U, 3203168211198807973U,
                                     9817491932198370423U, 4593380528125082431U,
                                     16408922859458223821U};
    struct base_random random = {1234567};
    uint8_t bytes[20];
    uint8_t first[8];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(want); i++) {
        assert_true(base_random_next(&random) == want[i]);
    }
    random.state = 1234567;
    memset(bytes, 0, sizeof bytes);
    base_random_bytes(&random, bytes, 19);
    base_store_le64(first, want[0]);
    assert_memory_equal(bytes, first, 8);
    assert_int_equal(bytes[19], 0);
}

static void bounded_numbers(void **state)
{
    struct base_random random = {7};
    unsigned seen[6] = {0};
    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        uint64_t value = base_random_below(&random, 6);
        assert_true(value < 6);
        seen[value]++;
    }
    for (unsigned i = 0; i < 6; i++) { /* 1000 expected, standard deviation 29 */
        assert_true(seen[i] > 850 && seen[i] < 1150);
    }
    assert_true(base_random_below(&random, 1) == 0);
    assert_true(base_random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static void system_generator(void **state)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    (void)state;
    assert_int_equal(base_random_os(a, sizeof a), BASE_OK);
    assert_int_equal(base_random_os(b, sizeof b), BASE_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(base_random_os(a, 0), BASE_OK);
}

static void allocation(void **state)
{
    enum { PAGES = 5 << 20 };
    const size_t half = SIZE_MAX / 2;
    (void)state;
    uint8_t *memory = base_alloc(3, 5);
    assert_non_null(memory);
    for (size_t i = 0; i < 15; i++) {
        assert_int_equal(memory[i], 0);
    }
    memory[14] = 7;
    memory = base_realloc(memory, 100, 10);
    assert_non_null(memory);
    assert_int_equal(memory[14], 7);
    assert_null(base_realloc(memory, half, 3)); /* the product overflows; memory is still ours */
    memory[999] = 1;
    base_free(memory);
    base_free(NULL);
    assert_null(base_alloc(half, 3));
    assert_null(base_alloc_aligned(64, half, 3));
    for (size_t alignment = 16; alignment <= 4096; alignment *= 2) {
        memory = base_alloc_aligned(alignment, 3, 7);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignment, 0);
        assert_int_equal(memory[0] | memory[20], 0);
        base_free(memory);
    }
    assert_null(base_alloc_pages(0));
    assert_null(base_alloc_pages(SIZE_MAX));
    memory = base_alloc_pages(PAGES + 1);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 4096, 0);
    for (size_t i = 0; i <= PAGES; i += 4096) {
        assert_int_equal(memory[i], 0);
        memory[i] = 1;
    }
    base_free_pages(memory, PAGES + 1);
    base_free_pages(NULL, 1);
    char *copy = base_strdup("shard");
    assert_string_equal(copy, "shard");
    base_free(copy);
}

static void failing_allocation(void **state)
{
    (void)state;
    base_alloc_fail_after(1);
    void *first = base_alloc(1, 1);
    assert_non_null(first);
    assert_null(base_alloc(1, 1));
    void *third = base_alloc_aligned(64, 1, 1); /* once only */
    assert_non_null(third);
    base_alloc_fail_after(0);
    assert_null(base_alloc_aligned(64, 1, 1));
    base_alloc_fail_after(0);
    assert_null(base_alloc_pages(1));
    base_alloc_fail_after(0);
    assert_null(base_strdup("x"));
    base_alloc_fail_after(0);
    assert_null(base_realloc(first, 2, 2));
    base_alloc_fail_after(UINT64_MAX);
    base_free(first);
    base_free(third);
}

static void status_texts(void **state)
{
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_string_equal(base_status_text(BASE_OK), "success");
    assert_string_equal(base_status_text(BASE_E_FORMAT), "malformed input");
    assert_non_null(base_status_text((enum base_status)9999));
    assert_int_equal(base_error_set(&error, BASE_E_LIMIT, "line %d is too long", 3), BASE_E_LIMIT);
    assert_int_equal(error.status, BASE_E_LIMIT);
    assert_string_equal(error.text, "line 3 is too long");
    assert_int_equal(base_error_prefix(&error, "file"), BASE_E_LIMIT);
    assert_string_equal(error.text, "file: line 3 is too long");
    assert_int_equal(base_error_set(NULL, BASE_E_IO, "dropped"), BASE_E_IO);
    for (unsigned i = 0; i < 200; i++) { /* cut, never overflown */
        (void)base_error_prefix(&error, "0123456789");
    }
    assert_true(strlen(error.text) < sizeof error.text);
}

static void processor_features(void **state)
{
    char text[256];
    char small[10];
    uint32_t features = base_cpu_detect();
    (void)state;
    assert_int_equal(base_cpu_detect(), features);
    assert_string_equal(base_cpu_names(text, sizeof text, 0), "");
    assert_string_equal(base_cpu_names(text, sizeof text, BASE_CPU_SSE2 | BASE_CPU_AVX2),
                        "sse2 avx2");
    assert_string_equal(base_cpu_names(text, sizeof text, BASE_CPU_NEON), "neon");
    assert_true(strlen(base_cpu_names(small, sizeof small, UINT32_MAX)) < sizeof small);
    assert_true(strlen(base_cpu_model(text, sizeof text)) > 0);
    assert_true(strlen(base_cpu_model(small, sizeof small)) < sizeof small);
#if defined(__x86_64__)
    assert_true((features & BASE_CPU_SSE2) != 0); /* part of x86-64 */
    /* each set includes the one before it, wherever the system enables it */
    assert_true((features & BASE_CPU_AVX2) == 0 || (features & BASE_CPU_AVX) != 0);
    assert_true((features & BASE_CPU_AVX512F) == 0 || (features & BASE_CPU_AVX2) != 0);
    assert_int_equal((features & BASE_CPU_AVX2) != 0, __builtin_cpu_supports("avx2") != 0);
    assert_int_equal((features & BASE_CPU_AVX512F) != 0, __builtin_cpu_supports("avx512f") != 0);
    assert_int_equal((features & BASE_CPU_SSE41) != 0, __builtin_cpu_supports("sse4.1") != 0);
#elif defined(__aarch64__)
    assert_true((features & BASE_CPU_NEON) != 0);
#endif
}

/* A short slice is all that changes: policy and nice value stay, and another policy is respected.
 */
static void thread_prompt(void **state)
{
    struct sched_param none = {.sched_priority = 0};
    (void)state;
    int nice_before = getpriority(PRIO_PROCESS, 0);
    (void)base_thread_prompt(); /* false on an older kernel */
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), nice_before);
    assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    assert_false(base_thread_prompt());
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &none), 0);
}

/* A thread of the house leaves signals to others, and a wait for it has an end. */
struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool blocked;
    bool there;
};

static void *meet(void *user)
{
    struct meeting *meeting = user;
    sigset_t mask;
    (void)pthread_mutex_lock(&meeting->lock);
    meeting->blocked = pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 &&
                       sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1;
    meeting->there = true;
    (void)pthread_cond_signal(&meeting->changed);
    (void)pthread_mutex_unlock(&meeting->lock);
    return NULL;
}

static void thread_start_and_wait(void **state)
{
    struct meeting meeting = {.lock = PTHREAD_MUTEX_INITIALIZER, .there = false};
    pthread_t thread;
    sigset_t mask;
    (void)state;
    base_thread_condition(&meeting.changed);
    (void)pthread_mutex_lock(&meeting.lock);
    assert_false(base_thread_wait(&meeting.changed, &meeting.lock, base_clock_ms()));
    assert_int_equal(base_thread_start(&thread, meet, &meeting), 0);
    while (!meeting.there) {
        (void)base_thread_wait(&meeting.changed, &meeting.lock, base_clock_ms() + 60000);
    }
    (void)pthread_mutex_unlock(&meeting.lock);
    assert_true(meeting.blocked);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGTERM), 0); /* the caller's are as before */
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_cond_destroy(&meeting.changed), 0);
}

static void lists_of_words(void **state)
{
    char list[9] = "";
    (void)state;
    base_text_add(list, sizeof list, ", ", "ab");
    assert_string_equal(list, "ab");
    base_text_add(list, sizeof list, ", ", "cd");
    assert_string_equal(list, "ab, cd");
    base_text_add(list, sizeof list, " ", "efgh"); /* cut off, and no byte beyond */
    assert_string_equal(list, "ab, cd e");
    base_text_add(list, sizeof list, " ", "i");
    assert_string_equal(list, "ab, cd e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_decodes),     cmocka_unit_test(hex_encodes),
        cmocka_unit_test(byte_order),      cmocka_unit_test(seeded_generator),
        cmocka_unit_test(bounded_numbers), cmocka_unit_test(system_generator),
        cmocka_unit_test(allocation),      cmocka_unit_test(failing_allocation),
        cmocka_unit_test(status_texts),    cmocka_unit_test(processor_features),
        cmocka_unit_test(thread_prompt),   cmocka_unit_test(thread_start_and_wait),
        cmocka_unit_test(lists_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
