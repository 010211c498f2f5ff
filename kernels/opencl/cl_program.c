/* cl_program.c: see cl_program.h. */
#include "opencl/cl_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fnv.h"
#include "opencl/cl_cache.h"

enum {
    SOURCE_MAX = 1 << 20, /* bytes of one source file on disk */
    LOG_MAX = 16 << 20,   /* bytes of a build log; longer ones are faults of a driver */
    BINARY_MAX = KERN_CL_CACHE_BINARY_MAX,
    KEY_MAX = 2048, /* six texts of KERN_CL_NAME_MAX, the options, words between them */
};

static enum base_status read_source(char **text, size_t *size, const char *dir, const char *file,
                                    struct base_error *error)
{
    char path[512];
    enum base_status status = BASE_OK;
    FILE *stream = NULL;
    char *bytes = NULL;
    int length = snprintf(path, sizeof path, "%s/%s", dir, file);
    if (length < 0 || (size_t)length >= sizeof path) {
        return base_error_set(error, BASE_E_LIMIT, "SHARDPICK_OPENCL_SOURCE is too long a path");
    }
    stream = fopen(path, "rbe");
    if (stream == NULL) {
        status = base_error_set(error, BASE_E_IO,
                                "%s: %s; SHARDPICK_OPENCL_SOURCE must name a folder like kernels/ "
                                "of the source tree",
                                path, strerror(errno));
        goto out;
    }
    bytes = base_alloc(SOURCE_MAX + 1, 1);
    if (bytes == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory to read %s", path);
        goto out;
    }
    *size = fread(bytes, 1, SOURCE_MAX + 1, stream);
    if (ferror(stream) != 0 || *size > SOURCE_MAX) {
        status = base_error_set(error, BASE_E_LIMIT, "%s: unreadable or over 1 MiB", path);
        goto out;
    }
    *text = bytes;
    bytes = NULL;
out:
    base_free(bytes);
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return status;
}

enum base_status kern_cl_text_init(struct kern_cl_text *text, const struct kern_cl_row *row,
                                   struct base_error *error)
{
    const char *dir = getenv("SHARDPICK_OPENCL_SOURCE");
    memset(text, 0, sizeof *text);
    text->hash = BASE_FNV_START;
    for (unsigned i = 0; i < KERN_CL_SOURCES_MAX && row->sources[i].file != NULL; i++) {
        const struct kern_cl_source *source = &row->sources[i];
        text->parts[i] = (const char *)source->text;
        text->sizes[i] = *source->size_bytes;
        if (dir != NULL && dir[0] != '\0') {
            enum base_status status =
                read_source(&text->owned[i], &text->sizes[i], dir, source->file, error);
            if (status != BASE_OK) {
                return status;
            }
            text->parts[i] = text->owned[i];
        }
        text->hash = base_fnv(text->hash, text->parts[i], text->sizes[i]);
        text->count = i + 1;
    }
    return BASE_OK;
}

void kern_cl_text_deinit(struct kern_cl_text *text)
{
    for (unsigned i = 0; i < KERN_CL_SOURCES_MAX; i++) {
        base_free(text->owned[i]);
        text->owned[i] = NULL;
    }
}

/* Append " -D name=value". */
static void define(char options[KERN_CL_OPTIONS_MAX], const char *name, uint64_t value)
{
    size_t used = strlen(options);
    int length = snprintf(options + used, KERN_CL_OPTIONS_MAX - used, " -D %s=%llu", name,
                          (unsigned long long)value);
    BASE_ASSERT(length > 0 && (size_t)length < KERN_CL_OPTIONS_MAX - used);
}

void kern_cl_options(char options[KERN_CL_OPTIONS_MAX], const struct kern_cl_row *row,
                     const struct kern_cl_params *params, const struct kern_cl_info *info)
{
    const struct kern_cl_space *space = &row->space;
    const struct {
        const char *name;
        bool has;
        uint32_t value;
    } common[] = {
        {"LOCAL_SIZE", true, params->local_size},
        {"PER_ITEM", space->per_item[0] != 0, params->per_item},
        {"VECTOR", space->vector[0] != 0, params->vector},
        {"UNROLL", space->unroll[0] != 0, params->unroll - 1},
        {"MULTIPLY_ADD", space->multiply_add[0] != 0, params->multiply_add - 1},
        {"RESULT_SLOTS", true, kern_cl_row_slots(row)},
        {"REDUCED", row->reduced_in_source && params->reduced != 0, params->reduced},
    };
    (void)snprintf(options, KERN_CL_OPTIONS_MAX, "-cl-std=CL1.2");
    for (size_t i = 0; i < BASE_COUNT_OF(common); i++) {
        if (common[i].has) {
            define(options, common[i].name, common[i].value);
        }
    }
    for (size_t i = 0; i < kern_cl_row_own(row); i++) {
        define(options, row->own[i].macro, params->own[i]);
    }
    if (row->table.kernel != NULL) {
        define(options, "TABLE_PIECES", kern_cl_piece_count(row, info));
        define(options, "TABLE_PIECE_ELEMENTS", kern_cl_piece_elements(row, info));
    }
    const char *flags = kern_cl_flags_text(params->flags);
    size_t used = strlen(options);
    if (flags[0] != '\0') {
        int length = snprintf(options + used, KERN_CL_OPTIONS_MAX - used, " %s", flags);
        BASE_ASSERT(length > 0 && (size_t)length < KERN_CL_OPTIONS_MAX - used);
    }
}

/* Everything that changes the binary. */
static void make_key(char key[KEY_MAX], const struct kern_cl_info *info,
                     const struct kern_cl_text *text, const char *options)
{
    int length = snprintf(key, KEY_MAX,
                          "source %016llx\noptions %s\ndevice %s\nvendor %s\nversion %s\n"
                          "driver %s\nplatform %s\nplatform version %s\n",
                          (unsigned long long)text->hash, options, info->name, info->vendor,
                          info->device_version, info->driver_version, info->platform_name,
                          info->platform_version);
    BASE_ASSERT(length > 0 && length < KEY_MAX);
}

static char *build_log(const struct kern_cl_api *api, cl_program program, cl_device_id device)
{
    size_t size = 0;
    if (api->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) !=
            CL_SUCCESS ||
        size == 0 || size > LOG_MAX) {
        return NULL;
    }
    char *log = base_alloc(size + 1, 1);
    if (log != NULL && api->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log,
                                                  NULL) != CL_SUCCESS) {
        base_free(log);
        log = NULL;
    }
    return log;
}

/* A program from the cache, or NULL: any doubt is a miss. */
static cl_program from_cache(const struct kern_cl_api *api, cl_context context, cl_device_id device,
                             const char *options, const char *cache_dir, const char *key)
{
    cl_int code = CL_SUCCESS;
    cl_int binary_code = CL_SUCCESS;
    size_t size = 0;
    unsigned char *binary = kern_cl_cache_load(cache_dir, key, &size);
    if (binary == NULL) {
        return NULL;
    }
    const unsigned char *borrowed = binary;
    cl_program program =
        api->clCreateProgramWithBinary(context, 1, &device, &size, &borrowed, &binary_code, &code);
    base_free(binary);
    if (program == NULL || code != CL_SUCCESS || binary_code != CL_SUCCESS) {
        if (program != NULL) {
            (void)api->clReleaseProgram(program);
        }
        return NULL;
    }
    if (api->clBuildProgram(program, 1, &device, options, NULL, NULL) != CL_SUCCESS) {
        (void)api->clReleaseProgram(program);
        return NULL;
    }
    return program;
}

/* Best effort: a cache that cannot be written costs time at the next start, nothing else. */
static void to_cache(const struct kern_cl_api *api, cl_program program, const char *cache_dir,
                     const char *key)
{
    size_t size = 0;
    if (api->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) !=
            CL_SUCCESS ||
        size == 0 || size > BINARY_MAX) {
        return;
    }
    unsigned char *binary = base_alloc(size, 1);
    if (binary != NULL && api->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary,
                                                (void *)&binary, NULL) == CL_SUCCESS) {
        (void)kern_cl_cache_store(cache_dir, key, binary, size);
    }
    base_free(binary);
}

static enum base_status from_source(cl_program *program, const struct kern_cl_api *api,
                                    cl_context context, cl_device_id device,
                                    const struct kern_cl_info *info,
                                    const struct kern_cl_text *text, const char *options,
                                    char **log, struct base_error *error)
{
    cl_int code = CL_SUCCESS;
    const char *parts[KERN_CL_SOURCES_MAX];
    memcpy(parts, text->parts, sizeof parts);
    cl_program made =
        api->clCreateProgramWithSource(context, text->count, parts, text->sizes, &code);
    if (made == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, info->name, "clCreateProgramWithSource", code);
    }
    code = api->clBuildProgram(made, 1, &device, options, NULL, NULL);
    if (code == CL_SUCCESS) {
        *program = made;
        return BASE_OK;
    }
    char *words = build_log(api, made, device);
    (void)api->clReleaseProgram(made);
    enum base_status status = base_error_set(
        error, BASE_E_DEVICE,
        "%s (driver %s) does not build the kernel with \"%s\": %s (%d); the compiler's log %s",
        info->name, info->driver_version, options, kern_cl_error_name(code), code,
        words != NULL && words[0] != '\0' ? "follows" : "is empty");
    if (log != NULL) {
        *log = words;
    } else {
        base_free(words);
    }
    return status;
}

enum base_status kern_cl_program_new(cl_program *program, const struct kern_cl_api *api,
                                     cl_context context, cl_device_id device,
                                     const struct kern_cl_info *info,
                                     const struct kern_cl_text *text, const char *options,
                                     const char *cache_dir, char **log, struct base_error *error)
{
    char key[KEY_MAX];
    *program = NULL;
    if (log != NULL) {
        *log = NULL;
    }
    make_key(key, info, text, options);
    if (cache_dir != NULL) {
        *program = from_cache(api, context, device, options, cache_dir, key);
        if (*program != NULL) {
            return BASE_OK;
        }
    }
    enum base_status status =
        from_source(program, api, context, device, info, text, options, log, error);
    if (status == BASE_OK && cache_dir != NULL) {
        to_cache(api, *program, cache_dir, key);
    }
    return status;
}
