/* status.c: texts of status codes and the printf behind base_error_set. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *base_status_text(enum base_status status)
{
    switch (status) {
#define X(name, text)                                                                              \
    case BASE_##name:                                                                              \
        return text;
        BASE_STATUS_MAP(X)
#undef X
    }
    return "unknown status";
}

/* The name in brackets: it may be a macro, see status.h. */
enum base_status(base_error_set)(struct base_error *error, enum base_status status,
                                 const char *format, ...)
{
    BASE_ASSERT(status != BASE_OK);
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        error->status = status;
    }
    return status;
}

enum base_status base_error_prefix(struct base_error *error, const char *prefix)
{
    char text[sizeof error->text];
    memcpy(text, error->text, sizeof text);
    /* The tail of an over-long sentence may be cut; the place it happened stays. */
    (void)snprintf(error->text, sizeof error->text, "%.200s: %.300s", prefix, text);
    return error->status;
}
