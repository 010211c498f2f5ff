/* status.h: how functions of every room report failure. A fallible function returns enum
 * base_status; slow paths also fill a struct base_error with one sentence that says what failed,
 * where, and what to do. Nothing here prints. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdbool.h>

#include "base/assume.h"

/* code, text: one table, so a code cannot lack its name. */
#define BASE_STATUS_MAP(X)                                                                         \
    X(OK, "success")                                                                               \
    X(E_ARG, "wrong argument")                                                                     \
    X(E_RANGE, "value out of range")                                                               \
    X(E_FULL, "no room left")                                                                      \
    X(E_MEMORY, "out of memory")                                                                   \
    X(E_FORMAT, "malformed input")                                                                 \
    X(E_LIMIT, "input exceeds a limit")                                                            \
    X(E_IO, "input/output failed")                                                                 \
    X(E_TIMEOUT, "timed out")                                                                      \
    X(E_CLOSED, "closed")                                                                          \
    X(E_AGAIN, "not ready yet")                                                                    \
    X(E_STOPPED, "stopped before the end")                                                         \
    X(E_NOT_FOUND, "not found")                                                                    \
    X(E_UNSUPPORTED, "not supported")                                                              \
    X(E_MISMATCH, "result differs from the known answer")                                          \
    X(E_REFUSED, "refused by the peer")                                                            \
    X(E_DEVICE, "device failed")                                                                   \
    X(E_STATE, "not allowed in this state")

enum base_status {
#define X(name, text) BASE_##name,
    BASE_STATUS_MAP(X)
#undef X
};

#define BASE_MUST_CHECK __attribute__((warn_unused_result))
#define BASE_PRINTF(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))

/** A failure in words. Plain value: copy freely, nothing to release. */
struct base_error {
    enum base_status status; /* BASE_OK while nothing went wrong */
    char text[512];          /* one sentence without newline; "" while status is BASE_OK */
};

/** Short English text of a status, e.g. "malformed input". Never NULL. */
const char *base_status_text(enum base_status status);

/** Fill error and return status, so that callers can write `return base_error_set(...)`.
 * In/out:  error   NULL is allowed: the text is dropped. Text that does not fit is cut.
 * In:      status  what to return; not BASE_OK.
 *          format  printf format of one sentence: what, where, what to do. */
BASE_PRINTF(3, 4)
enum base_status base_error_set(struct base_error *error, enum base_status status,
                                const char *format, ...);
#if defined(__clang_analyzer__) /* so that it sees what is returned */
#define base_error_set(error, status, ...)                                                         \
    ((void)(base_error_set)(error, status, __VA_ARGS__), (status))
#endif

/** Put "prefix: " before the text that error already holds; returns error->status.
 * For callers that know where it happened. error must not be NULL. */
enum base_status base_error_prefix(struct base_error *error, const char *prefix);

/** Broken invariants only, never input. On in every build type: a miner that goes on with broken
 * state sends wrong shares. Compiles to a trap: kernels may not print or exit. */
#define BASE_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#define BASE_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
