/* cl_table.c: tables in the device's memory: which are there, how the next one is built. A table is
 * built by the caller's steps, so that the caller can look between two of them whether it is still
 * wanted. */
#include <string.h>

#include "base/clock.h"
#include "opencl/cl_runner.h"

enum {
    STEP_NS = 10000000,     /* aimed at for a step; 20 ms are promised */
    FIRST_STEP = 1024,      /* elements */
    STEP_GROWTH = 4,        /* at most, from one step to the next */
    PATIENCE_MS = 20000,    /* a device that needs longer for a step hangs */
    RESERVE_EIGHTHS = 1,    /* of the memory that a second table leaves to others */
    LOOK_AHEAD_NS = 100000, /* how long a step takes at least, for the first look at it */
};

static unsigned long long mib(uint64_t bytes)
{
    return (unsigned long long)((bytes + (1U << 20) - 1) >> 20);
}

static bool is_ready(const struct kern_cl_device_table *table)
{
    return table->piece_count > 0 && table->done == table->elements;
}

/* The table of this key, whole or begun, or NULL. */
static struct kern_cl_device_table *find_any(struct kern_cl_runner *runner, uint64_t key)
{
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        if (runner->tables[i].piece_count > 0 && runner->tables[i].key == key) {
            return &runner->tables[i];
        }
    }
    return NULL;
}

struct kern_cl_device_table *kern_cl_table_find(struct kern_cl_runner *runner, uint64_t key)
{
    struct kern_cl_device_table *table = find_any(runner, key);
    return table != NULL && is_ready(table) ? table : NULL;
}

static void release(const struct kern_cl_runner *runner, struct kern_cl_device_table *table)
{
    for (unsigned i = 0; i < table->piece_count; i++) {
        (void)runner->api->clReleaseMemObject(table->pieces[i]);
    }
    memset(table, 0, sizeof *table);
}

enum base_status kern_cl_table_open(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    cl_int code = CL_SUCCESS;
    if (row->table.kernel == NULL) {
        return BASE_OK;
    }
    BASE_ASSERT(runner->algo->table != NULL);
    runner->table_step = FIRST_STEP;
    runner->patience_ms = PATIENCE_MS;
    runner->table_kernel = runner->api->clCreateKernel(runner->program, row->table.kernel, &code);
    if (runner->table_kernel == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateKernel", code);
    }
    return BASE_OK;
}

void kern_cl_table_close(struct kern_cl_runner *runner)
{
    if (runner->ahead_done != NULL) {
        (void)runner->api->clReleaseEvent(runner->ahead_done);
    }
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        release(runner, &runner->tables[i]);
    }
    if (runner->table_kernel != NULL) {
        (void)runner->api->clReleaseKernel(runner->table_kernel);
    }
}

cl_int kern_cl_table_set_args(const struct kern_cl_runner *runner, cl_kernel kernel, cl_uint *index,
                              const struct kern_cl_device_table *table)
{
    cl_int code = CL_SUCCESS;
    for (unsigned i = 0; i < KERN_CL_TABLE_PIECES && code == CL_SUCCESS; i++) {
        const cl_mem *piece = &table->pieces[i < table->piece_count ? i : 0];
        code = runner->api->clSetKernelArg(
            kernel, *index, sizeof *piece, /* NOLINT(bugprone-sizeof-expression): a handle */
            piece);
        *index += 1;
    }
    return code;
}

/* True when the device holds so many bytes besides what it has. */
static bool has_room(const struct kern_cl_runner *runner, uint64_t bytes)
{
    uint64_t taken = runner->buffer_bytes;
    uint64_t memory = runner->info->memory_bytes;
    uint64_t usable = memory - memory / 8 * RESERVE_EIGHTHS;
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        taken += runner->tables[i].bytes;
    }
    return taken <= usable && bytes <= usable - taken;
}

/* Which of the places a new table is built in: one whose building was given up; one without memory
 * if the device has enough for one more; else the one that was not used for longest. */
static struct kern_cl_device_table *choose_place(struct kern_cl_runner *runner, uint64_t bytes)
{
    struct kern_cl_device_table *oldest = NULL;
    struct kern_cl_device_table *empty = NULL;
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        struct kern_cl_device_table *table = &runner->tables[i];
        if (table->piece_count == 0) {
            empty = table;
        } else if (!is_ready(table)) {
            return table;
        } else if (oldest == NULL || table->last_used < oldest->last_used) {
            oldest = table;
        }
    }
    bool another = oldest == NULL || has_room(runner, bytes);
    return empty != NULL && another ? empty : oldest;
}

static cl_int allocate(const struct kern_cl_runner *runner, struct kern_cl_device_table *table,
                       uint64_t bytes)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    uint64_t piece = kern_cl_piece_elements(row, runner->info) * row->table.element_bytes;
    cl_int code = CL_SUCCESS;
    for (uint64_t left = bytes; left > 0;) {
        uint64_t size = left < piece ? left : piece;
        cl_mem made = runner->api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE, (size_t)size,
                                                  NULL, &code);
        if (made == NULL || code != CL_SUCCESS) {
            release(runner, table);
            return code != CL_SUCCESS ? code : CL_MEM_OBJECT_ALLOCATION_FAILURE;
        }
        table->pieces[table->piece_count++] = made;
        left -= size;
    }
    table->bytes = bytes;
    return CL_SUCCESS;
}

static enum base_status too_large(const struct kern_cl_runner *runner, uint64_t bytes,
                                  struct base_error *error)
{
    return base_error_set(error, BASE_E_MEMORY,
                          "%s has too little memory for %s: the table needs %llu MiB and other "
                          "buffers %llu MiB; the device has %llu MiB. Mine another coin on it",
                          runner->info->name, runner->algo->name, mib(bytes),
                          mib(runner->buffer_bytes), mib(runner->info->memory_bytes));
}

/* The device has the memory by what it says; its driver does not give it. */
static enum base_status refused(const struct kern_cl_runner *runner, uint64_t bytes, cl_int code,
                                struct base_error *error)
{
    return base_error_set(error, BASE_E_MEMORY,
                          "%s: the driver gives no memory for the table of %s, which needs %llu "
                          "MiB, in pieces of at most %llu MiB: %s (%d). Other programs may use the "
                          "device's %llu MiB: end them, or mine another coin on it",
                          runner->info->name, runner->algo->name, mib(bytes),
                          mib(runner->info->max_allocation_bytes), kern_cl_error_name(code),
                          (int)code, mib(runner->info->memory_bytes));
}

/* True when the device can hold the table of this key, in as many pieces as there may be. */
static bool can_hold(const struct kern_cl_runner *runner, uint64_t bytes)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    uint64_t elements = bytes / row->table.element_bytes;
    uint64_t memory = runner->info->memory_bytes;
    uint64_t most =
        kern_cl_piece_elements(row, runner->info) * kern_cl_piece_count(row, runner->info);
    return bytes <= memory && runner->buffer_bytes <= memory - bytes && elements <= most &&
           elements <= UINT32_MAX;
}

/* Give a place the memory of the table of this key; none of its elements is built. */
static cl_int settle(struct kern_cl_runner *runner, struct kern_cl_device_table *table,
                     uint64_t key, uint64_t bytes)
{
    if (table->bytes != bytes) {
        release(runner, table);
    }
    cl_int code = table->piece_count > 0 ? CL_SUCCESS : allocate(runner, table, bytes);
    table->key = key;
    table->elements = bytes / runner->algo->opencl->table.element_bytes;
    table->done = 0;
    return code;
}

/* Memory for the table of this key, without the other table if there is too little for both. */
static enum base_status begin(struct kern_cl_runner *runner, struct kern_cl_device_table **begun,
                              uint64_t key, struct base_error *error)
{
    uint64_t bytes = runner->algo->table->size_bytes(key);
    if (!can_hold(runner, bytes)) {
        return too_large(runner, bytes, error);
    }
    *begun = choose_place(runner, bytes);
    cl_int code = settle(runner, *begun, key, bytes);
    if (code != CL_SUCCESS) { /* less memory than the device says */
        for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
            release(runner, &runner->tables[i]);
        }
        *begun = &runner->tables[0];
        code = settle(runner, *begun, key, bytes);
    }
    return code == CL_SUCCESS ? BASE_OK : refused(runner, bytes, code, error);
}

/* Queue the building of the next elements. Out: count of them; done, the kernel's event. */
static enum base_status queue_step(struct kern_cl_runner *runner, uint64_t *count, cl_event *done,
                                   const struct kern_cl_device_table *table,
                                   struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    cl_kernel kernel = runner->table_kernel;
    uint64_t left = table->elements - table->done;
    *count = runner->table_step < left ? runner->table_step : left;
    const cl_uint numbers[] = {(cl_uint)table->key, (cl_uint)(table->key >> 32),
                               (cl_uint)table->done, (cl_uint)(*count - 1)};
    cl_uint index = 0;
    cl_int code = CL_SUCCESS;
    while (index < BASE_COUNT_OF(numbers) && code == CL_SUCCESS) {
        code = api->clSetKernelArg(kernel, index, sizeof numbers[0], &numbers[index]);
        index++;
    }
    if (code == CL_SUCCESS) {
        code = kern_cl_table_set_args(runner, kernel, &index, table);
    }
    if (code != CL_SUCCESS) {
        return kern_cl_runner_fail(runner, "clSetKernelArg", code, error);
    }
    size_t local = runner->params.local_size;
    size_t global = (size_t)((*count + local - 1) / local * local);
    code =
        api->clEnqueueNDRangeKernel(runner->queue, kernel, 1, NULL, &global, &local, 0, NULL, done);
    if (code == CL_SUCCESS) {
        code = api->clFlush(runner->queue);
    }
    return code == CL_SUCCESS ? BASE_OK
                              : kern_cl_runner_fail(runner, "clEnqueueNDRangeKernel", code, error);
}

/* A step has ended: note its elements, and from its time how many the next one has. */
static void note_step(struct kern_cl_runner *runner, struct kern_cl_device_table *table,
                      uint64_t count, uint64_t ns)
{
    double wanted = (double)count * STEP_NS / (double)(ns > 0 ? ns : 1);
    double most = (double)(runner->table_step * STEP_GROWTH);
    table->done += count;
    runner->table_step = (uint64_t)(wanted < 1 ? 1 : wanted < most ? wanted : most);
}

/* Wait for a step, let go of its event and note what it did. begun_ns: before it was queued:
 * drivers that do not tell times may run it at once. */
static enum base_status finish_step(struct kern_cl_runner *runner,
                                    struct kern_cl_device_table *table, uint64_t count,
                                    cl_event done, uint64_t begun_ns, struct base_error *error)
{
    uint64_t deadline_ns = base_clock_ns() + runner->patience_ms * 1000000ULL;
    cl_int state = kern_cl_wait(runner, done, begun_ns, LOOK_AHEAD_NS, deadline_ns);
    if (state > CL_COMPLETE) {
        runner->broken = true;
        runner->hung = true;
        return base_error_set(error, BASE_E_TIMEOUT,
                              "%s hangs: a step of the table of %s did not end within %u ms. Its "
                              "driver is left alone until the program ends",
                              runner->info->name, runner->algo->name, runner->patience_ms);
    }
    uint64_t ns = kern_cl_event_ns(runner, done, done);
    ns = ns != 0 ? ns : base_clock_ns() - begun_ns;
    (void)runner->api->clReleaseEvent(done);
    if (state < CL_COMPLETE) {
        return kern_cl_runner_fail(runner, "a step of the table", state, error);
    }
    note_step(runner, table, count, ns);
    return BASE_OK;
}

/* Build the next elements and wait for them. */
static enum base_status build(struct kern_cl_runner *runner, struct kern_cl_device_table *table,
                              struct base_error *error)
{
    uint64_t count = 0;
    cl_event done = NULL;
    uint64_t begun_ns = base_clock_ns();
    enum base_status status = queue_step(runner, &count, &done, table, error);
    return status == BASE_OK ? finish_step(runner, table, count, done, begun_ns, error) : status;
}

/* Let go of a step that was queued ahead of need, once it has ended. */
static enum base_status finish_ahead(struct kern_cl_runner *runner, struct base_error *error)
{
    struct kern_cl_device_table *table = runner->ahead;
    cl_event done = runner->ahead_done;
    runner->ahead = NULL;
    runner->ahead_done = NULL;
    return table == NULL ? BASE_OK
                         : finish_step(runner, table, runner->ahead_count, done,
                                       runner->ahead_begun_ns, error);
}

void kern_cl_runner_set_patience(struct kern_cl_runner *runner, uint32_t step_ms)
{
    runner->patience_ms = step_ms;
}

bool kern_cl_needs_host_table(const struct kern_algo *algo)
{
    return algo->table != NULL && algo->opencl != NULL && algo->opencl->table.kernel == NULL;
}

bool kern_cl_table_is_ready(const struct kern_cl_runner *runner, const struct kern_work *work)
{
    if (runner->table_kernel == NULL) {
        return true;
    }
    uint64_t key = runner->algo->table->key(work);
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        if (is_ready(&runner->tables[i]) && runner->tables[i].key == key) {
            return true;
        }
    }
    return false;
}

enum base_status kern_cl_table_step(struct kern_cl_runner *runner,
                                    struct kern_cl_table_progress *progress,
                                    const struct kern_work *work, struct base_error *error)
{
    *progress = (struct kern_cl_table_progress){0};
    if (kern_cl_table_is_ready(runner, work)) {
        return BASE_OK;
    }
    if (runner->broken || runner->in_flight > 0) {
        return base_error_set(error, runner->broken ? BASE_E_DEVICE : BASE_E_STATE,
                              "%s: %s before a table can be built", runner->info->name,
                              runner->broken ? "open the device anew" : "collect all launches");
    }
    uint64_t key = runner->algo->table->key(work);
    enum base_status status = finish_ahead(runner, error);
    struct kern_cl_device_table *table = find_any(runner, key);
    if (status == BASE_OK && table == NULL) {
        status = begin(runner, &table, key, error);
    }
    if (status == BASE_OK && !is_ready(table)) {
        status = build(runner, table, error);
    }
    if (status != BASE_OK) {
        return status;
    }
    table->last_used = ++runner->table_uses;
    *progress = (struct kern_cl_table_progress){
        .bytes = table->bytes, .done = table->done, .elements = table->elements};
    return is_ready(table) ? BASE_OK : BASE_E_AGAIN;
}

/* The place for a table that is built ahead of need: never that of the table in use. NULL: there is
 * none, or the table is ready. */
static struct kern_cl_device_table *place_ahead(struct kern_cl_runner *runner, uint64_t key,
                                                const struct kern_cl_device_table *used)
{
    struct kern_cl_device_table *table = find_any(runner, key);
    uint64_t bytes = runner->algo->table->size_bytes(key);
    if (table != NULL || runner->no_ahead) {
        return table == NULL || is_ready(table) ? NULL : table;
    }
    for (unsigned i = 0; i < KERN_CL_TABLES; i++) {
        table = &runner->tables[i] != used ? &runner->tables[i] : table;
    }
    bool fits = table->bytes >= bytes || has_room(runner, bytes - table->bytes);
    if (!fits || !can_hold(runner, bytes)) {
        return NULL;
    }
    if (settle(runner, table, key, bytes) != CL_SUCCESS) {
        runner->no_ahead = true;
        release(runner, table);
        return NULL;
    }
    return table;
}

enum base_status kern_cl_table_ahead(struct kern_cl_runner *runner, bool *queued,
                                     const struct kern_work *work, struct base_error *error)
{
    const struct kern_table_row *row = runner->algo->table;
    struct kern_work next = *work;
    *queued = false;
    if (runner->table_kernel == NULL || row->next == NULL || runner->broken ||
        (runner->ahead != NULL && !kern_cl_event_ended(runner, runner->ahead_done))) {
        return BASE_OK;
    }
    enum base_status status = finish_ahead(runner, error);
    const struct kern_cl_device_table *used = kern_cl_table_find(runner, row->key(work));
    if (status != BASE_OK || used == NULL) {
        return status;
    }
    row->next(&next);
    runner->ahead = place_ahead(runner, row->key(&next), used);
    if (runner->ahead == NULL) {
        return BASE_OK;
    }
    runner->ahead_begun_ns = base_clock_ns();
    status = queue_step(runner, &runner->ahead_count, &runner->ahead_done, runner->ahead, error);
    if (status != BASE_OK) {
        runner->ahead = NULL;
        runner->ahead_done = NULL;
    }
    *queued = status == BASE_OK;
    return status;
}

enum base_status kern_cl_table_build(struct kern_cl_runner *runner, const struct kern_work *work,
                                     struct base_error *error)
{
    struct kern_cl_table_progress progress;
    enum base_status status = BASE_E_AGAIN;
    while (status == BASE_E_AGAIN) {
        status = kern_cl_table_step(runner, &progress, work, error);
    }
    return status;
}
