/* cl_tuned.c: see cl_tuned.h. */
#include "opencl/cl_tuned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fnv.h"
#include "opencl/cl_cache.h"
#include "opencl/cl_params.h"

enum {
    FILE_MAX_BYTES = 1 << 20,
    LINE_MAX_BYTES = 768,
    SEAL_CAP = 20, /* 16 hex digits, newline, NUL and one to spare */
    FIELDS_MAX = 6 + KERN_CL_OWN_MAX,
};
static const char file_name[] = "tuned.txt";
static const char by_hand[] = "by hand";

/* "algorithm|device|driver|source hash|" with every '|' inside a name made a '/'. */
static void line_key(char key[LINE_MAX_BYTES], const struct kern_algo *algo,
                     const struct kern_cl_info *info, uint64_t source_hash)
{
    char device[KERN_CL_NAME_MAX];
    char driver[KERN_CL_NAME_MAX];
    memcpy(device, info->name, sizeof device);
    memcpy(driver, info->driver_version, sizeof driver);
    for (size_t i = 0; i < KERN_CL_NAME_MAX; i++) {
        device[i] = device[i] == '|' ? '/' : device[i];
        driver[i] = driver[i] == '|' ? '/' : driver[i];
    }
    int length = snprintf(key, LINE_MAX_BYTES, "%s|%s|%s|%016llx|", algo->name, device, driver,
                          (unsigned long long)source_hash);
    BASE_ASSERT(length > 0 && length < LINE_MAX_BYTES);
}

/* The values that a line holds, in its order. Returns their number. */
static size_t fields_of(uint32_t *fields[FIELDS_MAX], struct kern_cl_params *params,
                        const struct kern_cl_row *row)
{
    uint32_t *const common[] = {&params->local_size, &params->per_item,     &params->vector,
                                &params->unroll,     &params->multiply_add, &params->flags};
    size_t own = kern_cl_row_own(row);
    memcpy(fields, common, sizeof common);
    for (size_t i = 0; i < own; i++) {
        fields[BASE_COUNT_OF(common) + i] = &params->own[i];
    }
    return BASE_COUNT_OF(common) + own;
}

/* "local per_item vector unroll multiply_add flags ...|". Returns false unless that is what the
 * text says. */
static bool read_values(struct kern_cl_params *params, const struct kern_cl_row *row,
                        const char *text)
{
    uint32_t *fields[FIELDS_MAX];
    size_t count = fields_of(fields, params, row);
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        unsigned long value = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
        char after = i + 1 < count ? ' ' : '|';
        if (value == 0 || value > UINT16_MAX || *end != after) {
            return false;
        }
        *fields[i] = (uint32_t)value;
        text = end + 1;
    }
    return true;
}

/* The key, the values and the rate, as they stand before the seal. Returns the length. */
static size_t write_values(char line[LINE_MAX_BYTES], const char *key,
                           const struct kern_cl_params *params, const struct kern_cl_row *row,
                           double hashrate)
{
    struct kern_cl_params copy = *params;
    uint32_t *fields[FIELDS_MAX];
    size_t count = fields_of(fields, &copy, row);
    size_t used = strlen(key);
    memcpy(line, key, used + 1);
    for (size_t i = 0; i < count; i++) {
        int more = snprintf(line + used, LINE_MAX_BYTES - used, "%u%c", *fields[i],
                            i + 1 < count ? ' ' : '|');
        used += more > 0 ? (size_t)more : 0;
    }
    int more = snprintf(line + used, LINE_MAX_BYTES - used, "%.0f|", hashrate);
    used += more > 0 ? (size_t)more : 0;
    BASE_ASSERT(used < LINE_MAX_BYTES - SEAL_CAP);
    return used;
}

/* The seal at the end of a line: the hash of all before it, or "by hand". */
static void make_seal(char seal[SEAL_CAP], const char *line, size_t size)
{
    (void)snprintf(seal, SEAL_CAP, "%016llx",
                   (unsigned long long)base_fnv(BASE_FNV_START, line, size));
}

/* A line that no accident has touched. line: from its first character to before its newline. */
static bool sealed(const char *line, size_t size)
{
    char seal[SEAL_CAP];
    const char *last = memrchr(line, '|', size);
    if (last == NULL) {
        return false;
    }
    size_t sealed_size = (size_t)(last + 1 - line);
    size_t seal_size = size - sealed_size;
    make_seal(seal, line, sealed_size);
    return (seal_size == strlen(seal) && memcmp(last + 1, seal, seal_size) == 0) ||
           (seal_size == sizeof by_hand - 1 && memcmp(last + 1, by_hand, seal_size) == 0);
}

bool kern_cl_tuned_load(struct kern_cl_params *params, const struct kern_algo *algo,
                        const struct kern_cl_info *info, uint64_t source_hash,
                        const char *cache_dir)
{
    char key[LINE_MAX_BYTES];
    size_t size = 0;
    bool found = false;
    char *file = (char *)kern_cl_file_read(cache_dir, file_name, FILE_MAX_BYTES, &size);
    if (file == NULL) {
        return false;
    }
    line_key(key, algo, info, source_hash);
    size_t key_size = strlen(key);
    for (char *line = file; line != NULL && !found;) {
        char *end = strchr(line, '\n');
        struct kern_cl_params read = {0};
        if (end != NULL && strncmp(line, key, key_size) == 0 &&
            sealed(line, (size_t)(end - line)) &&
            read_values(&read, algo->opencl, line + key_size) &&
            kern_cl_params_valid(&read, algo->opencl, info)) {
            *params = read;
            found = true;
        }
        line = end != NULL ? end + 1 : NULL;
    }
    base_free(file);
    return found;
}

enum base_status kern_cl_tuned_store(const struct kern_cl_params *params, double hashrate,
                                     const struct kern_algo *algo, const struct kern_cl_info *info,
                                     uint64_t source_hash, const char *cache_dir)
{
    char key[LINE_MAX_BYTES];
    char line[LINE_MAX_BYTES];
    char seal[SEAL_CAP];
    size_t size = 0;
    size_t kept = 0;
    char *file = (char *)kern_cl_file_read(cache_dir, file_name, FILE_MAX_BYTES, &size);
    line_key(key, algo, info, source_hash);
    size_t length = write_values(line, key, params, algo->opencl, hashrate);
    make_seal(seal, line, length);
    length += (size_t)snprintf(line + length, sizeof line - length, "%s\n", seal);
    size_t key_size = strlen(key);
    for (char *at = file; at != NULL && *at != '\0';) {
        char *end = strchr(at, '\n');
        size_t whole = end != NULL ? (size_t)(end + 1 - at) : strlen(at);
        if (end != NULL && strncmp(at, key, key_size) != 0) { /* a line without end was cut off */
            memmove(file + kept, at, whole);
            kept += whole;
        }
        at += whole;
    }
    enum base_status status =
        kern_cl_file_write(cache_dir, file_name, file != NULL ? file : "", kept, line, length);
    base_free(file);
    return status;
}

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The row's own defaults, and 1 for what it does not have. */
static void complete(struct kern_cl_params *params, const struct kern_cl_row *row, bool cpu)
{
    uint32_t *const common[] = {&params->per_item, &params->vector, &params->unroll,
                                &params->multiply_add, &params->flags};
    size_t own = kern_cl_row_own(row);
    for (size_t i = 0; i < BASE_COUNT_OF(common); i++) {
        *common[i] = *common[i] != 0 ? *common[i] : 1;
    }
    for (size_t i = 0; i < own; i++) {
        params->own[i] = cpu ? row->own[i].default_cpu : row->own[i].default_gpu;
    }
}

struct kern_cl_params kern_cl_tuned_choose(const struct kern_algo *algo,
                                           const struct kern_cl_info *info, uint64_t source_hash,
                                           const char *cache_dir)
{
    const struct kern_cl_row *row = algo->opencl;
    bool cpu = info->kind == KERN_CL_CPU;
    struct kern_cl_params params = cpu ? row->default_cpu : row->default_gpu;
    complete(&params, row, cpu);
    for (size_t i = row->shipped_count; i-- > 0;) { /* the first that fits wins */
        const struct kern_cl_shipped *shipped = &row->shipped[i];
        bool chip =
            shipped->capability_max == 0 || (info->compute_capability >= shipped->capability_min &&
                                             info->compute_capability <= shipped->capability_max);
        if (chip && begins(info->name, shipped->device) &&
            begins(info->driver_version, shipped->driver) &&
            kern_cl_params_valid(&shipped->params, row, info)) {
            params = shipped->params;
        }
    }
    if (cache_dir != NULL) {
        (void)kern_cl_tuned_load(&params, algo, info, source_hash, cache_dir);
    }
    while (params.local_size > info->max_local_size && params.local_size > 1) {
        params.local_size /= 2;
    }
    return params;
}
