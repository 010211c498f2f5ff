/* values.c: see values.h. */
#include "config/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 60, NAME_MAX_LETTERS = 40, NEAR_LETTERS = 2 };

/* Characters of a wrong value that a sentence quotes. */
static int shown(const char *text)
{
    size_t size = strlen(text);
    return size < SHOWN_MAX ? (int)size : SHOWN_MAX;
}

enum base_status miner_value_whole(uint64_t *value, const char *text, uint64_t min, uint64_t max,
                                   const char *label, struct base_error *error)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";
    bool minus =
        text[0] == '-' && text[1] != '\0' && strspn(text + 1, "0123456789") + 1 == strlen(text);

    if (!minus && (digits[0] == '\0' || strspn(digits, allowed) != strlen(digits))) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: \"%.*s\" is no whole number; write one of %" PRIu64
                              " to %" PRIu64,
                              label, shown(text), text, min, max);
    }
    errno = 0;
    unsigned long long number = minus ? 0 : strtoull(digits, NULL, hex ? 16 : 10);
    if (minus || errno == ERANGE || number < min || number > max) {
        return base_error_set(error, BASE_E_RANGE,
                              "%s: %.*s is out of range; write a number of %" PRIu64 " to %" PRIu64,
                              label, shown(text), text, min, max);
    }
    *value = number;
    return BASE_OK;
}

enum base_status miner_value_real(double *value, const char *text, double min, double max,
                                  const char *label, struct base_error *error)
{
    char *end = NULL;
    double number = isdigit((unsigned char)text[0]) || text[0] == '-' || text[0] == '.'
                        ? strtod(text, &end)
                        : 0.0;
    if (end == NULL || end == text || *end != '\0' || !isfinite(number)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: \"%.*s\" is no number; write one of %.12g to %.12g", label,
                              shown(text), text, min, max);
    }
    if (number < min || number > max) {
        return base_error_set(error, BASE_E_RANGE,
                              "%s: %.*s is out of range; write a number of %.12g to %.12g", label,
                              shown(text), text, min, max);
    }
    *value = number;
    return BASE_OK;
}

enum base_status miner_value_time(uint64_t *value_ms, const char *text, uint64_t min_ms,
                                  uint64_t max_ms, const char *label, struct base_error *error)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"", 1e3}, {"s", 1e3}, {"ms", 1.0}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
    char *end = NULL;
    double number = isdigit((unsigned char)text[0]) || text[0] == '.' ? strtod(text, &end) : -1.0;
    double ms = -1.0;

    for (size_t i = 0; end != NULL && end != text && i < BASE_COUNT_OF(units); i++) {
        if (strcmp(end, units[i].name) == 0) {
            ms = number * units[i].ms;
        }
    }
    if (!isfinite(ms) || ms < 0.0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s: \"%.*s\" is no time; write seconds (30, 0.5) or a number with "
                              "ms, s, m, h or d (10m)",
                              label, shown(text), text);
    }
    if (ms < (double)min_ms || ms > (double)max_ms) {
        return base_error_set(error, BASE_E_RANGE,
                              "%s: %.*s is out of range; write a time of %.12g to %.12g seconds",
                              label, shown(text), text, (double)min_ms / 1e3, (double)max_ms / 1e3);
    }
    *value_ms = (uint64_t)llround(ms);
    return BASE_OK;
}

/* Read a decimal number of at most so many digits and move *at behind it. */
static bool take_digits(const char **at, unsigned *value, int most)
{
    const char *start = *at;
    *value = 0;
    while (isdigit((unsigned char)**at) && *at - start < most) {
        *value = *value * 10 + (unsigned)(**at - '0');
        (*at)++;
    }
    return *at > start && !isdigit((unsigned char)**at);
}

static bool take_cpu(const char **at, unsigned *cpu)
{
    return take_digits(at, cpu, 4) && *cpu < MINER_CPUS_MAX;
}

enum base_status miner_value_cpus(struct miner_cpu_list *cpus, const char *text, const char *label,
                                  struct base_error *error)
{
    struct miner_cpu_list made;
    const char *at = text;
    memset(&made, 0, sizeof made);
    made.given = true;
    for (;;) {
        unsigned first = 0;
        unsigned last = 0;
        if (!take_cpu(&at, &first)) {
            break;
        }
        last = first;
        if (*at == '-') {
            at++;
            if (!take_cpu(&at, &last) || last < first) {
                break;
            }
        }
        for (unsigned cpu = first; cpu <= last; cpu++) {
            made.bits[cpu / 64] |= 1ULL << (cpu % 64);
        }
        if (*at == '\0') {
            memcpy(cpus, &made, sizeof made);
            return BASE_OK;
        }
        if (*at++ != ',') {
            break;
        }
    }
    return base_error_set(error, BASE_E_FORMAT,
                          "%s: \"%.*s\" is no list of hardware threads; write numbers and ranges "
                          "below %d such as 0,2-5",
                          label, shown(text), text, MINER_CPUS_MAX);
}

/* ---- OpenCL devices -------------------------------------------------------------------------- */

/* Length of a PCI name at text ("0000:65:00.0" or "65:00.0"), 0 if there is none. */
static size_t pci_length(const char *text, size_t size)
{
    static const char shape[] = "xxxx:xx:xx.x";
    size_t skip = size == 7 ? 5 : 0;
    if (size != 12 && size != 7) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        char want = shape[i + skip];
        bool fits = want == 'x' ? isxdigit((unsigned char)text[i]) != 0 : text[i] == want;
        if (!fits) {
            return 0;
        }
    }
    return size;
}

static enum base_status parse_pick(struct miner_cl_pick *pick, const char *text, size_t size,
                                   struct base_error *error)
{
    const char *at = text;
    memset(pick, 0, sizeof *pick);
    if (pci_length(text, size) > 0) {
        pick->by_pci = true;
        (void)snprintf(pick->pci, sizeof pick->pci, "%s%.*s", size == 7 ? "0000:" : "", (int)size,
                       text);
        for (char *c = pick->pci; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        return BASE_OK;
    }
    if (take_digits(&at, &pick->platform, 3) && *at == ':' && (at++, true) &&
        take_digits(&at, &pick->device, 3) && at == text + size) {
        return BASE_OK;
    }
    return base_error_set(error, BASE_E_FORMAT,
                          "\"%.*s\" names no device; write all, none, or a list such as "
                          "0:0,1:0 or 0000:65:00.0 as `shardpick devices` prints them",
                          (int)(size < 40 ? size : 40), text);
}

enum base_status miner_picks_parse(struct miner_cl_selection *selection, const char *text,
                                   struct base_error *error)
{
    memset(selection, 0, sizeof *selection);
    if (strcmp(text, "all") == 0) {
        return BASE_OK;
    }
    if (strcmp(text, "none") == 0) {
        selection->mode = MINER_CL_NONE;
        return BASE_OK;
    }
    selection->mode = MINER_CL_LIST;
    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ",");
        if (selection->count == MINER_CL_PICKS_MAX) {
            return base_error_set(error, BASE_E_FORMAT, "more than %d devices are listed",
                                  MINER_CL_PICKS_MAX);
        }
        enum base_status status = parse_pick(&selection->picks[selection->count], at, size, error);
        if (status != BASE_OK) {
            selection->count = 0;
            return status;
        }
        selection->count++;
        at += size;
        if (*at == '\0') {
            return BASE_OK;
        }
    }
}

bool miner_pick_same(const struct miner_cl_pick *a, const struct miner_cl_pick *b)
{
    return a->by_pci == b->by_pci && a->platform == b->platform && a->device == b->device &&
           strcmp(a->pci, b->pci) == 0;
}

/* ---- names and addresses -------------------------------------------------------------------- */

/* Levenshtein distance, letters compared without case; SIZE_MAX for texts longer than
 * NAME_MAX_LETTERS. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LETTERS + 1];
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    if (a_size > NAME_MAX_LETTERS || b_size > NAME_MAX_LETTERS) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t best = diagonal + (same ? 0 : 1);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_size];
}

const char *miner_value_nearest(const char *text, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t least = NEAR_LETTERS + 1;
    size_t size = strlen(text);
    for (size_t i = 0; i < count; i++) {
        bool begins = size >= 2 && strncasecmp(names[i], text, size) == 0;
        size_t away = begins ? 1 : distance(text, names[i]);
        if (away < least && away < strlen(names[i])) {
            least = away;
            nearest = names[i];
        }
    }
    return nearest;
}

static bool is_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

enum base_status miner_value_listen(char *host, size_t cap, uint16_t *port, const char *text,
                                    struct base_error *error)
{
    const char *colon = strrchr(text, ':');
    const char *digits = colon != NULL ? colon + 1 : text;
    size_t host_size = colon != NULL ? (size_t)(colon - text) : 0;
    size_t digit_count = strspn(digits, "0123456789");
    bool good = digit_count >= 1 && digit_count <= 5 && digits[digit_count] == '\0' &&
                strtoul(digits, NULL, 10) <= UINT16_MAX;
    const char *from = text;
    if (good && host_size >= 2 && text[0] == '[' && text[host_size - 1] == ']') {
        from += 1;
        host_size -= 2;
        good = memchr(from, ':', host_size) != NULL;
    } else if (good && memchr(text, ':', host_size) != NULL) {
        good = false; /* an IPv6 address without brackets */
    }
    if (good && host_size < cap) {
        memset(host, 0, cap);
        int wrote = snprintf(host, cap, "%.*s", (int)host_size, from);
        good = wrote >= 0 && (size_t)wrote < cap;
        if (host_size == 0 || strcasecmp(host, "localhost") == 0) {
            (void)snprintf(host, cap, "127.0.0.1");
        }
    }
    if (!good || host_size >= cap || !is_address(host)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.60s\" is no place to listen on; write a port (4068: on this "
                              "machine only), or ADDRESS:PORT with a numeric address such as "
                              "0.0.0.0:4068 or [::1]:4068",
                              text);
    }
    *port = (uint16_t)strtoul(digits, NULL, 10);
    return BASE_OK;
}
