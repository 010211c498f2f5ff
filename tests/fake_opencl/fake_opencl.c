/* fake_opencl.c: an OpenCL library that plays one vendor. It is loaded in the loader's place
 * (SHARDPICK_OPENCL_LIBRARY) and behaves as the environment's SHARDPICK_FAKE_OPENCL says, read when
 * it is loaded. Its device computes: alephium.cl is compiled into it as C, and so are the tests'
 * own algorithms (fake_toy.c); kernels of other algorithms are built and run, and find nothing.
 * Commands run when they are queued; their events end later, when the device would be done
 * (FAKE_LAUNCH_US, and FAKE_NONCE_NS for each nonce). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include <CL/cl.h>

#include "fake_toy.h"
#include "opencl_shim.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"
#include "alephium/alephium.cl"
#pragma GCC diagnostic pop

#define EXPORT __attribute__((visibility("default")))

enum {
    LATE_MS = 2000, /* a driver that answers late */
    SLOW_DEVICES =
        60, /* each answers after FAKE_SLOW_MS: before a silence ends, but not all of them */
    PLATFORMS = 3,
    DEVICES = 2, /* a platform, at most */
    BINARY_SIZE = 64,
    PROOF_LAST = 4095,    /* of the miner's proofs, at most */
    PIECE_SIZE = 1 << 20, /* buffers from here on are pieces of tables */
};

struct _cl_device_id {
    unsigned platform;
    unsigned number;
};
struct _cl_platform_id {
    unsigned number;
    struct _cl_device_id devices[DEVICES];
};
struct _cl_context {
    int unused;
};
struct _cl_command_queue {
    uint64_t busy_until_ns;
};
struct _cl_mem {
    size_t size;
    unsigned char *bytes;
};
struct _cl_program {
    uint64_t percent; /* of FAKE_NONCE_NS that this build takes */
    bool wrong;       /* this build hashes wrongly */
    struct fake_program toy;
};
struct _cl_kernel {
    char name[64];
    uint64_t percent;
    bool wrong;
    struct fake_program toy;
    struct fake_arguments arguments; /* memories are filled in when it runs */
};
struct _cl_event {
    uint64_t begin_ns;
    uint64_t end_ns;
    cl_int state; /* what it is once end_ns has come */
};

static struct _cl_platform_id platforms[PLATFORMS];
static const char *play = "good";
static uint64_t launch_ns;
static uint64_t nonce_ns;
static char all_options[1 << 16]; /* of every build, a line each */
static long slow_ms;
static unsigned spared; /* launches that go right before the play begins (FAKE_SPARED) */

__attribute__((constructor)) static void begin(void)
{
    const char *wanted = getenv("SHARDPICK_FAKE_OPENCL");
    const char *us = getenv("FAKE_LAUNCH_US");
    const char *nonce = getenv("FAKE_NONCE_NS");
    const char *first = getenv("FAKE_SPARED");
    const char *slow = getenv("FAKE_SLOW_MS");
    play = wanted != NULL ? strdup(wanted) : "good";
    slow_ms = slow != NULL ? strtol(slow, NULL, 10) : 0;
    launch_ns = us != NULL ? strtoull(us, NULL, 10) * 1000 : 0;
    nonce_ns = nonce != NULL ? strtoull(nonce, NULL, 10) : 0;
    spared = first != NULL ? (unsigned)strtoul(first, NULL, 10) : 0;
    for (unsigned i = 0; i < PLATFORMS; i++) {
        platforms[i].number = i;
        for (unsigned j = 0; j < DEVICES; j++) {
            platforms[i].devices[j].platform = i;
            platforms[i].devices[j].number = j;
        }
    }
}

EXPORT const char *fake_opencl_options(void)
{
    return all_options;
}

static unsigned pieces; /* buffers of at least PIECE_SIZE that were asked for */

static bool plays(const char *what)
{
    return strcmp(play, what) == 0;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void sleep_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

static void misbehave(const char *where)
{
    size_t size = strlen(where);
    if (strncmp(play, "crash-", 6) == 0 && strncmp(play + 6, where, size) == 0) {
        raise(SIGSEGV);
    }
    if (strncmp(play, "hang-", 5) == 0 && strncmp(play + 5, where, size) == 0) {
        for (;;) {
            pause();
        }
    }
    if (strncmp(play, "late-", 5) == 0 && strncmp(play + 5, where, size) == 0) {
        sleep_ms(LATE_MS);
    }
    if (strncmp(play, "exit-", 5) == 0 && strncmp(play + 5, where, size) == 0) {
        _exit(0);
    }
}

/* Three platforms when one of them is bad, so that there is one before it and one after it. */
static cl_uint platform_count(void)
{
    if (strchr(play, '-') != NULL && strstr(play, "-devices") != NULL) {
        return 3;
    }
    return plays("twin platforms") ? 2 : 1;
}

EXPORT cl_int clGetPlatformIDs(cl_uint cap, cl_platform_id *ids, cl_uint *count)
{
    misbehave("list");
    if (plays("no platform")) {
        return -1001;
    }
    for (cl_uint i = 0; ids != NULL && i < cap && i < platform_count(); i++) {
        ids[i] = &platforms[i];
    }
    *count = plays("many platforms") ? UINT32_MAX : platform_count();
    return CL_SUCCESS;
}

static cl_int answer(const void *value, size_t size, size_t cap, void *out, size_t *out_size)
{
    if (out_size != NULL) {
        *out_size = size;
    }
    if (out != NULL) {
        if (cap < size) {
            return CL_INVALID_VALUE;
        }
        memcpy(out, value, size);
    }
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t cap, void *out, size_t *out_size)
{
    return answer(text, strlen(text) + 1, cap, out, out_size);
}

EXPORT cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t cap,
                                void *out, size_t *size)
{
    static const char *const names[] = {"Fake One", "Fake Two", "Fake Three"};
    if (what == CL_PLATFORM_NAME) {
        return answer_text(names[platform->number], cap, out, size);
    }
    return answer_text("OpenCL 1.2 fake", cap, out, size);
}

EXPORT cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint cap,
                             cl_device_id *ids, cl_uint *count)
{
    (void)type;
    if (platform->number == 1) {
        misbehave("devices");
    }
    if (plays("no device")) {
        return CL_DEVICE_NOT_FOUND;
    }
    if (plays("refusing")) {
        return CL_OUT_OF_HOST_MEMORY;
    }
    bool slow = plays("slow-devices") && platform->number == 1;
    *count = slow ? SLOW_DEVICES : plays("twin devices") ? 2 : 1;
    for (cl_uint i = 0; ids != NULL && i < cap && i < *count; i++) {
        ids[i] = &platform->devices[slow ? 0 : i];
    }
    *count = plays("many devices") ? UINT32_MAX : *count;
    return CL_SUCCESS;
}

static cl_int device_text(cl_device_info what, size_t cap, void *out, size_t *size)
{
    static char long_text[16384]; /* as much as we ask for, and no NUL */
    static const char garbage[] = "\x01\xff\x1b[31m bad\nname\x80";
    if (plays("long texts")) {
        memset(long_text, what == CL_DEVICE_VERSION ? '9' : 'x', sizeof long_text);
        memcpy(long_text, what == CL_DEVICE_VERSION ? "OpenCL 3." : "xxxxxxxxx", 9);
        return answer(long_text, cap < sizeof long_text ? cap : sizeof long_text, cap, out, size);
    }
    switch (what) {
    case CL_DEVICE_NAME:
        if (plays("garbage")) { /* no NUL at the end, and characters that are none */
            return answer(garbage, sizeof garbage - 1, cap, out, size);
        }
        sleep_ms(plays("slow-devices") ? slow_ms : 0);
        return answer_text(plays("nameless") ? "" : "Fake GPU", cap, out, size);
    case CL_DEVICE_VERSION:
        return answer_text(plays("old") ? "OpenCL 1.1 fake" : "OpenCL 1.2 fake", cap, out, size);
    case CL_DEVICE_EXTENSIONS:
        return answer_text(plays("flags") ? "cl_nv_compiler_options cl_nv_device_attribute_query"
                                          : "cl_khr_pci_bus_info_not cl_nv_device_attribute_query",
                           cap, out, size);
    case CL_DRIVER_VERSION:
        return answer_text("1.0", cap, out, size);
    default:
        return answer_text("fake", cap, out, size);
    }
}

EXPORT cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t cap, void *out,
                              size_t *size)
{
    cl_uint narrow = 0;
    cl_ulong wide = 0;
    switch (what) {
    case CL_DEVICE_TYPE:
        wide = plays("processor") ? CL_DEVICE_TYPE_CPU : CL_DEVICE_TYPE_GPU;
        return answer(&wide, sizeof wide, cap, out, size);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
    case CL_DEVICE_LOCAL_MEM_SIZE:
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
        wide = plays("no memory to speak of") ? 0
               : plays("absurd numbers")      ? UINT64_MAX
                                              : 1ULL << 30;
        return answer(&wide, sizeof wide, cap, out, size);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        wide = plays("narrow") ? 64 : plays("absurd numbers") ? UINT64_MAX : 1024;
        return answer(&wide, sizeof wide, cap, out, size);
    case CL_DEVICE_AVAILABLE:
    case CL_DEVICE_ENDIAN_LITTLE:
    case CL_DEVICE_COMPILER_AVAILABLE:
        narrow = plays("no compiler") && what == CL_DEVICE_COMPILER_AVAILABLE ? CL_FALSE : CL_TRUE;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
        narrow = plays("absurd numbers") ? UINT32_MAX : 100;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case 0x4000: /* compute capability: major */
        narrow = plays("absurd numbers") ? UINT32_MAX : 9;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case 0x4001: /* minor */
        narrow = 0;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case 0x4008: /* bus: every platform its own, but for twins */
        narrow = plays("twin platforms") || plays("twin devices") ? 0x65 : 0x10 + device->platform;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case 0x4009: /* slot and function */
        narrow = plays("garbage") ? 0xffffffff : 2 * 8 + 1;
        return answer(&narrow, sizeof narrow, cap, out, size);
    case 0x400a: /* domain: older drivers do not know this question */
        return CL_INVALID_VALUE;
    default:
        return device_text(what, cap, out, size);
    }
}

EXPORT cl_context clCreateContext(const cl_context_properties *properties, cl_uint count,
                                  const cl_device_id *devices,
                                  void (*notify)(const char *, const void *, size_t, void *),
                                  void *user, cl_int *code)
{
    (void)properties;
    (void)count;
    (void)devices;
    (void)notify;
    (void)user;
    *code = plays("no context") ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
    return *code == CL_SUCCESS ? calloc(1, sizeof(struct _cl_context)) : NULL;
}

EXPORT cl_int clReleaseContext(cl_context context)
{
    free(context);
    return CL_SUCCESS;
}

EXPORT cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                             cl_command_queue_properties properties, cl_int *code)
{
    (void)context;
    (void)device;
    if (plays("no profiling") && (properties & CL_QUEUE_PROFILING_ENABLE) != 0) {
        *code = CL_INVALID_QUEUE_PROPERTIES;
        return NULL;
    }
    *code = CL_SUCCESS;
    return calloc(1, sizeof(struct _cl_command_queue));
}

EXPORT cl_int clReleaseCommandQueue(cl_command_queue queue)
{
    free(queue);
    return CL_SUCCESS;
}

EXPORT cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                             cl_int *code)
{
    (void)context;
    (void)flags;
    (void)host;
    pieces += size >= PIECE_SIZE;
    if (plays("no memory") || (plays("refuses pieces") && size >= PIECE_SIZE && pieces % 2 == 0)) {
        *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    cl_mem made = calloc(1, sizeof *made);
    made->size = size;
    made->bytes = calloc(size, 1);
    *code = CL_SUCCESS;
    return made;
}

EXPORT cl_int clReleaseMemObject(cl_mem memory)
{
    free(memory->bytes);
    free(memory);
    return CL_SUCCESS;
}

EXPORT cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **parts,
                                            const size_t *sizes, cl_int *code)
{
    (void)context;
    (void)sizes;
    *code = count > 0 && parts[0] != NULL && !plays("no source") ? CL_SUCCESS : CL_INVALID_VALUE;
    return *code == CL_SUCCESS ? calloc(1, sizeof(struct _cl_program)) : NULL;
}

EXPORT cl_program clCreateProgramWithBinary(cl_context context, cl_uint count,
                                            const cl_device_id *devices, const size_t *sizes,
                                            const unsigned char **binaries, cl_int *each,
                                            cl_int *code)
{
    (void)context;
    (void)devices;
    bool good = count == 1 && sizes[0] == BINARY_SIZE && binaries[0][0] == 'B';
    *each = good && !plays("picky") ? CL_SUCCESS : CL_INVALID_BINARY;
    *code = *each;
    return *code == CL_SUCCESS ? calloc(1, sizeof(struct _cl_program)) : NULL;
}

/* Number behind a name in the options. */
static unsigned long option(const char *options, const char *name, unsigned long without)
{
    const char *at = strstr(options, name);
    return at != NULL ? strtoul(at + strlen(name), NULL, 10) : without;
}

EXPORT cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                             const char *options, void (*notify)(cl_program, void *), void *user)
{
    static bool had_luck;
    (void)count;
    (void)devices;
    (void)notify;
    (void)user;
    program->percent = 100;
    program->toy.reduced = (uint32_t)option(options, "-D REDUCED=", 0);
    program->toy.piece_elements = (uint32_t)option(options, "-D TABLE_PIECE_ELEMENTS=", UINT32_MAX);
    if (plays("lucky") && strstr(options, "-D UNROLL=1") != NULL) { /* slower, but for once */
        program->percent = had_luck ? 130 : 30;
        had_luck = true;
    }
    size_t used = strlen(all_options);
    (void)snprintf(all_options + used, sizeof all_options - used, "%s\n", options);
    if (plays("flags")) {
        /* The fastest one hashes wrongly, one is refused, one is unknown; 96 is the best. */
        program->wrong = strstr(options, "-cl-nv-maxrregcount=40") != NULL;
        program->percent = program->wrong                                      ? 20
                           : strstr(options, "-cl-nv-maxrregcount=96") != NULL ? 50
                                                                               : 100;
        if (strstr(options, "-cl-nv-maxrregcount=48") != NULL) {
            return CL_BUILD_PROGRAM_FAILURE;
        }
        if (strstr(options, "-cl-nv-opt-level=1") != NULL) {
            return CL_INVALID_BUILD_OPTIONS;
        }
    }
    return plays("build failure") ? CL_BUILD_PROGRAM_FAILURE : CL_SUCCESS;
}

EXPORT cl_int clGetProgramInfo(cl_program program, cl_program_info what, size_t cap, void *out,
                               size_t *size)
{
    (void)program;
    size_t binary_size = BINARY_SIZE;
    if (what == CL_PROGRAM_BINARY_SIZES) {
        return answer(&binary_size, sizeof binary_size, cap, out, size);
    }
    memset(*(unsigned char **)out, 'B', BINARY_SIZE);
    return CL_SUCCESS;
}

EXPORT cl_int clGetProgramBuildInfo(cl_program program, cl_device_id device,
                                    cl_program_build_info what, size_t cap, void *out, size_t *size)
{
    static char log[20001];
    (void)program;
    (void)device;
    (void)what;
    memset(log, 'x', sizeof log - 1); /* long: it must come whole */
    memcpy(log, "error: line 1\n", 14);
    memcpy(log + sizeof log - 1 - 8, "the end\n", 8);
    return answer(log, sizeof log, cap, out, size);
}

EXPORT cl_int clReleaseProgram(cl_program program)
{
    free(program);
    return CL_SUCCESS;
}

EXPORT cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    cl_kernel made = calloc(1, sizeof *made);
    *code = CL_SUCCESS;
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    made->toy = program->toy;
    made->percent = program->percent;
    made->wrong = program->wrong;
    return made;
}

EXPORT cl_int clReleaseKernel(cl_kernel kernel)
{
    free(kernel);
    return CL_SUCCESS;
}

EXPORT cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device,
                                       cl_kernel_work_group_info what, size_t cap, void *out,
                                       size_t *size)
{
    (void)kernel;
    (void)device;
    (void)what;
    size_t most = plays("fat kernel") ? 32 : 1024;
    return answer(&most, sizeof most, cap, out, size);
}

EXPORT cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    if (index >= FAKE_ARGUMENTS || size > sizeof kernel->arguments.values[0]) {
        return CL_INVALID_ARG_INDEX;
    }
    memset(kernel->arguments.values[index], 0, sizeof kernel->arguments.values[0]);
    memcpy(kernel->arguments.values[index], value, size);
    kernel->arguments.memories[index] = NULL;
    if (size == sizeof(cl_mem)) { /* NOLINT(bugprone-sizeof-expression): numbers have 32 bits */
        cl_mem memory = NULL;
        memcpy(&memory, value, size);
        kernel->arguments.memories[index] = (uint32_t *)(void *)memory->bytes;
    }
    return CL_SUCCESS;
}

static uint number_at(const struct _cl_kernel *kernel, unsigned index)
{
    uint number = 0;
    memcpy(&number, kernel->arguments.values[index], sizeof number);
    return number;
}

static cl_event make_event(cl_command_queue queue, uint64_t ns, cl_int state)
{
    cl_event event = calloc(1, sizeof *event);
    uint64_t now = now_ns();
    event->begin_ns = queue->busy_until_ns > now ? queue->busy_until_ns : now;
    event->end_ns = event->begin_ns + ns;
    event->state = state;
    queue->busy_until_ns = event->end_ns;
    return event;
}

/* What a device may do to a right result. */
static void spoil(uint *result, uint last, bool wrong)
{
    uint found = result[RESULT_COUNT] < RESULT_SLOTS ? result[RESULT_COUNT] : RESULT_SLOTS;
    if (plays("wrong") || wrong) { /* the neighbour of every find */
        for (uint i = 0; i < found; i++) {
            result[RESULT_FIRST_SLOT + i] ^= last > 0 ? 1 : 0;
        }
    } else if (plays("silent")) {
        result[RESULT_COUNT] = 0;
    } else if (plays("outside") && found > 0) {
        result[RESULT_FIRST_SLOT] = last + 1;
    } else if (plays("twice") && found > 0) {
        result[RESULT_FIRST_SLOT + found] = result[RESULT_FIRST_SLOT];
        result[RESULT_COUNT] = found + 1;
    } else if (plays("loses one") && found > 0) {
        result[RESULT_COUNT] = found - 1;
    } else if (plays("crowded") && last > PROOF_LAST) {
        /* as if the target were that easy */
        result[RESULT_COUNT] = 2 * RESULT_SLOTS;
    }
}

EXPORT cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint waits, const cl_event *waited,
                                     cl_event *event)
{
    (void)dimensions;
    (void)offset;
    (void)waits;
    (void)waited;
    if (plays("no launch")) {
        return CL_OUT_OF_RESOURCES;
    }
    if (*global % *local != 0) {
        return CL_INVALID_WORK_GROUP_SIZE;
    }
    const bool builds_table = strstr(kernel->name, "_build") != NULL; /* by convention */
    uint *result = builds_table ? NULL : kernel->arguments.memories[1];
    const uint last = number_at(kernel, builds_table ? 3 : 4);
    uint64_t all_ns = launch_ns + ((uint64_t)last + 1) * nonce_ns * kernel->percent / 100;
    /* One work item here is one nonce: PER_ITEM is 1 in this build, whatever was asked for. */
    bool idle = plays("idle") && spared == 0 && !builds_table;
    if (!idle && strcmp(kernel->name, "alephium_search") == 0) {
        for (size_t i = 0; i <= last; i++) {
            opencl_shim_global_id = i;
            alephium_search(kernel->arguments.memories[0], result, number_at(kernel, 2),
                            number_at(kernel, 3), last);
        }
    } else if (!idle) {
        (void)fake_toy_run(kernel->name, &kernel->arguments, &kernel->toy);
    }
    cl_event ignored = NULL;
    cl_event *kept = event != NULL ? event : &ignored;
    if (spared > 0) {
        spared -= 1;
        *kept = make_event(queue, all_ns, CL_COMPLETE);
        free(ignored);
        return CL_SUCCESS;
    }
    misbehave("enqueue");
    if (result != NULL) {
        spoil(result, last, kernel->wrong);
    }
    *kept = make_event(queue, all_ns, plays("lost") ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
    if (plays("never") || (plays("never builds") && builds_table && number_at(kernel, 2) > 0)) {
        queue->busy_until_ns = (*kept)->end_ns = UINT64_MAX / 2;
    }
    free(ignored);
    return CL_SUCCESS;
}

EXPORT cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                   size_t offset, size_t size, const void *bytes, cl_uint waits,
                                   const cl_event *waited, cl_event *event)
{
    (void)queue;
    (void)blocking;
    (void)waits;
    (void)waited;
    (void)event;
    memcpy(memory->bytes + offset, bytes, size);
    return CL_SUCCESS;
}

EXPORT cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                  size_t offset, size_t size, void *bytes, cl_uint waits,
                                  const cl_event *waited, cl_event *event)
{
    (void)blocking;
    (void)waits;
    (void)waited;
    memcpy(bytes, memory->bytes + offset, size);
    *event = make_event(queue, 0, plays("lost") && spared == 0 ? CL_OUT_OF_RESOURCES : CL_COMPLETE);
    return CL_SUCCESS;
}

EXPORT void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                cl_map_flags flags, size_t offset, size_t size, cl_uint waits,
                                const cl_event *waited, cl_event *event, cl_int *code)
{
    (void)queue;
    (void)blocking;
    (void)flags;
    (void)size;
    (void)waits;
    (void)waited;
    (void)event;
    *code = plays("no map") ? CL_MAP_FAILURE : CL_SUCCESS;
    return *code == CL_SUCCESS ? memory->bytes + offset : NULL;
}

EXPORT cl_int clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem memory, void *map,
                                      cl_uint waits, const cl_event *waited, cl_event *event)
{
    (void)queue;
    (void)memory;
    (void)map;
    (void)waits;
    (void)waited;
    (void)event;
    return CL_SUCCESS;
}

EXPORT cl_int clGetEventInfo(cl_event event, cl_event_info what, size_t cap, void *out,
                             size_t *size)
{
    (void)what;
    cl_int state = now_ns() >= event->end_ns ? event->state : CL_RUNNING;
    return answer(&state, sizeof state, cap, out, size);
}

EXPORT cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, size_t cap, void *out,
                                      size_t *size)
{
    cl_ulong value = what == CL_PROFILING_COMMAND_START ? event->begin_ns : event->end_ns;
    return answer(&value, sizeof value, cap, out, size);
}

EXPORT cl_int clReleaseEvent(cl_event event)
{
    free(event);
    return CL_SUCCESS;
}

EXPORT cl_int clFlush(cl_command_queue queue)
{
    (void)queue;
    return CL_SUCCESS;
}

EXPORT cl_int clFinish(cl_command_queue queue)
{
    (void)queue;
    misbehave("finish");
    return CL_SUCCESS;
}
