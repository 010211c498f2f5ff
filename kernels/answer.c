/* answer.c: see answer.h. */
#include "answer.h"

#include <string.h>

#include "base/hex.h"
#include "opencl/cl_row.h"

/* Counter value in a header: the inverse of put_counter without a hook of its own. Bytes are
 * tried one after the other, since a row's byte order may be any permutation. */
static uint64_t counter_of(const struct kern_algo *algo, const uint8_t *header)
{
    uint8_t probe[KERN_HEADER_MAX];
    uint64_t counter = 0;
    for (unsigned shift = 0; shift < 8 * algo->counter_size; shift += 8) {
        memset(probe, 0, sizeof probe);
        algo->put_counter(probe, 0xffULL << shift);
        for (size_t i = algo->counter_offset; i < algo->counter_offset + algo->counter_size; i++) {
            if (probe[i] == 0xff) {
                counter |= (uint64_t)header[i] << shift;
            }
        }
    }
    return counter;
}

enum base_status kern_case_init(struct kern_case *known, const struct kern_algo *algo,
                                const struct kern_answer *answer, struct base_error *error)
{
    uint8_t want[32];
    uint8_t got[32];
    const char *solution_hex = answer->solution_hex != NULL ? answer->solution_hex : "";

    memset(known, 0, sizeof *known);
    struct kern_work *work = &known->work;
    struct kern_find *find = &known->find;
    work->header_size = algo->header_size;
    work->height = answer->height;
    work->epoch = answer->epoch;
    work->reduced = answer->reduced;
    enum base_status status =
        base_hex_decode_exact(work->header, algo->header_size, answer->header_hex);
    if (status == BASE_OK) {
        status = base_hex_decode_exact(want, sizeof want, answer->hash_hex);
    }
    if (status == BASE_OK) {
        status = base_hex_decode(known->solution, sizeof known->solution, &find->solution_size,
                                 solution_hex, strlen(solution_hex));
    }
    if (status == BASE_OK && algo->table != NULL &&
        algo->table->size_bytes(algo->table->key(work)) <= KERN_ANSWER_TABLE_MAX) {
        status = kern_table_build(&known->table, algo, work);
    }
    if (status != BASE_OK) {
        return base_error_set(error, status, "%s: known answer \"%s\" cannot be prepared: %s",
                              algo->name, answer->label, base_status_text(status));
    }
    work->table = known->table;
    memcpy(work->target_be, want, sizeof want);
    work->chain = kern_chain_of(algo, want);
    find->counter = counter_of(algo, work->header);
    find->solution = find->solution_size > 0 ? known->solution : NULL;
    status = kern_hash(got, algo, work, find->counter, find->solution, find->solution_size);
    if (status != BASE_OK || memcmp(got, want, sizeof want) != 0) {
        return base_error_set(error, BASE_E_MISMATCH,
                              "%s: the reference does not reproduce the known answer \"%s\"; "
                              "this build hashes wrongly, do not mine with it",
                              algo->name, answer->label);
    }
    return BASE_OK;
}

void kern_case_deinit(struct kern_case *known)
{
    kern_table_free(known->table);
    known->table = NULL;
    known->work.table = NULL;
}

bool kern_answer_fits_device(const struct kern_algo *algo, const struct kern_answer *answer,
                             uint32_t reduced)
{
    const struct kern_work work = {
        .height = answer->height, .epoch = answer->epoch, .reduced = answer->reduced};
    bool size_fits = !algo->opencl->reduced_in_source || answer->reduced == reduced;
    return size_fits && (algo->table == NULL ||
                         algo->table->size_bytes(algo->table->key(&work)) <= KERN_ANSWER_TABLE_MAX);
}
