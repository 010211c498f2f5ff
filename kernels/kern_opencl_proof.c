/* kern_opencl_proof.c: ranges whose finds are known, for a device that mines. What is compared here
 * are lists of finds; launching and counting is the caller's. */
#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"

enum {
    LEAST_NONCES = 8, /* a shorter range proves too little */
    GROWTH = 8,       /* how much longer a piece may be than all before it */
};

struct kern_cl_proof {
    const struct kern_algo *algo;
    struct kern_case known; /* solvers: the known answer that is asked for */
    size_t next_answer;     /* solvers: index of the one after it */
    const struct kern_variant *variant;
    struct kern_scratch *scratch;
    struct kern_work work;
    uint64_t first;
    uint64_t count;
    struct kern_finds finds; /* KERN_CL_FINDS_MAX: what the device must find */
};

static const struct kern_variant *plainest(const struct kern_algo *algo)
{
    return algo->variants[algo->variant_count - 1];
}

/* True when proofs can be computed by the variant: where the device has its own table there is none
 * in the host's memory. */
static bool is_able(const struct kern_algo *algo, const struct kern_variant *variant,
                    uint32_t features)
{
    return kern_variant_runs(variant, features) &&
           !(variant->needs_table && algo->opencl->table.kernel != NULL);
}

static const struct kern_variant *best_variant(const struct kern_algo *algo, uint32_t features)
{
    size_t i = 0;
    while (i + 1 < algo->variant_count && !is_able(algo, algo->variants[i], features)) {
        i++;
    }
    return algo->variants[i];
}

/* Take a variant that passes its self-test: this one, else the plainest. */
static enum base_status choose_variant(struct kern_cl_proof *proof,
                                       const struct kern_variant *variant, struct base_error *error)
{
    if (proof->algo->opencl->proof.nonces == 0) { /* the host searches nothing */
        return BASE_OK;
    }
    enum base_status status = kern_self_test(proof->algo, variant, error);
    if (status == BASE_E_MISMATCH && variant != plainest(proof->algo)) {
        variant = plainest(proof->algo);
        status = kern_self_test(proof->algo, variant, error);
    }
    if (status != BASE_OK) {
        return status;
    }
    kern_scratch_free(proof->scratch);
    proof->variant = variant;
    proof->scratch = kern_scratch_new(proof->algo, variant);
    return proof->scratch != NULL
               ? BASE_OK
               : base_error_set(error, BASE_E_MEMORY, "no memory for a device's proofs");
}

enum base_status kern_cl_proof_new(struct kern_cl_proof **proof, const struct kern_algo *algo,
                                   uint32_t features, struct base_error *error)
{
    *proof = NULL;
    if (algo->opencl == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s has no OpenCL kernel", algo->name);
    }
    struct kern_cl_proof *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a device's proofs");
    }
    made->algo = algo;
    enum base_status status = kern_finds_new(&made->finds, algo, KERN_CL_FINDS_MAX);
    if (status != BASE_OK) {
        (void)base_error_set(error, status, "no memory for a device's proofs");
    } else {
        status = choose_variant(made, best_variant(algo, features), error);
    }
    if (status != BASE_OK) {
        kern_cl_proof_free(made);
        return status;
    }
    *proof = made;
    return BASE_OK;
}

void kern_cl_proof_free(struct kern_cl_proof *proof)
{
    if (proof != NULL) {
        kern_case_deinit(&proof->known);
        kern_scratch_free(proof->scratch);
        kern_finds_free(&proof->finds);
        base_free(proof);
    }
}

/* Search one piece behind what is done. */
static enum base_status search_piece(struct kern_cl_proof *proof, uint64_t count)
{
    struct kern_progress progress;
    enum base_status status = kern_search(proof->scratch, &proof->finds, &progress, &proof->work,
                                          proof->first + proof->count, count, NULL);
    proof->count += progress.tried;
    return status;
}

/* Length of the next piece: the first is one batch, the next ones what the time that is left allows
 * by the speed seen so far, less a fifth. 0: there is no time for another batch. */
static uint64_t next_piece(const struct kern_cl_proof *proof, uint64_t left, uint64_t used_ns)
{
    const uint64_t limit_ns = KERN_CL_PROOF_HOST_MS * 1000000ULL;
    uint64_t ways = proof->variant->ways;
    uint64_t piece = ways;
    if (proof->count > 0) {
        uint64_t left_ns = used_ns < limit_ns ? (limit_ns - used_ns) / 5 * 4 : 0;
        uint64_t fit = left_ns * proof->count / (used_ns > 0 ? used_ns : 1);
        piece = fit < GROWTH * proof->count ? fit : GROWTH * proof->count;
        piece -= piece % ways;
    }
    return piece < left ? piece : left;
}

/* A solver's proof: the next known answer of the size that is mined, at its own nonce. The device
 * must find it; what it finds besides must be right. */
static enum base_status prepare_answer(struct kern_cl_proof *proof,
                                       struct kern_cl_proof_range *range, uint32_t reduced,
                                       struct base_error *error)
{
    const struct kern_algo *algo = proof->algo;
    for (size_t i = 0; i < algo->answer_count; i++) {
        const struct kern_answer *answer = &algo->answers[proof->next_answer];
        proof->next_answer = (proof->next_answer + 1) % algo->answer_count;
        if (!kern_answer_fits_device(algo, answer, reduced)) {
            continue;
        }
        kern_case_deinit(&proof->known);
        enum base_status status = kern_case_init(&proof->known, algo, answer, error);
        *range = (struct kern_cl_proof_range){&proof->known.work, proof->known.find.counter, 1};
        return status;
    }
    return base_error_set(error, BASE_E_UNSUPPORTED,
                          "%s has no known answer of the size that is mined", algo->name);
}

enum base_status kern_cl_proof_prepare(struct kern_cl_proof *proof,
                                       struct kern_cl_proof_range *range,
                                       const struct kern_work *work, uint64_t first,
                                       struct base_error *error)
{
    const struct kern_cl_proof_size *size = &proof->algo->opencl->proof;
    if (size->nonces == 0) {
        return prepare_answer(proof, range, work->reduced, error);
    }
    uint64_t last_first = kern_counter_max(proof->algo) - (size->nonces - 1);
    uint64_t begun_ns = base_clock_thread_ns();
    uint64_t used_ns = 0;
    enum base_status status = BASE_OK;
    proof->work = *work;
    base_target_ones(proof->work.target_be, size->target_bits);
    proof->first = first < last_first ? first : last_first;
    proof->count = 0;
    proof->finds.count = 0;
    uint64_t piece = next_piece(proof, size->nonces, 0);
    while (status == BASE_OK && piece > 0) {
        status = search_piece(proof, piece);
        used_ns = base_clock_thread_ns() - begun_ns;
        piece = next_piece(proof, size->nonces - proof->count, used_ns);
    }
    if (status == BASE_OK && proof->count < LEAST_NONCES && proof->count < size->nonces) {
        status = BASE_E_TIMEOUT;
    }
    if (status != BASE_OK) {
        return base_error_set(error, status,
                              "a proof of %u nonces of %s could not be prepared by the kernel %s: "
                              "%s after %llu nonces and %llu ms",
                              size->nonces, proof->algo->name, proof->variant->name,
                              base_status_text(status), (unsigned long long)proof->count,
                              (unsigned long long)(used_ns / 1000000U));
    }
    *range = (struct kern_cl_proof_range){&proof->work, proof->first, proof->count};
    return BASE_OK;
}

/* The first find that one side has and the other has not; NULL where there is none. */
static const struct kern_find *first_difference(const struct kern_cl_proof *proof,
                                                const struct kern_cl_result *result)
{
    const struct kern_finds *host = &proof->finds;
    for (size_t i = 0; i < host->count || i < result->find_count; i++) {
        if (i >= result->find_count) {
            return &host->entries[i];
        }
        if (i >= host->count) {
            return &result->finds[i];
        }
        if (!kern_find_same(&host->entries[i], &result->finds[i])) {
            return host->entries[i].counter < result->finds[i].counter ? &host->entries[i]
                                                                       : &result->finds[i];
        }
    }
    return NULL;
}

/* The known answer must be among the finds, and the reference must confirm all of them. */
static enum base_status judge_answer(const struct kern_cl_proof *proof,
                                     const struct kern_cl_result *result, struct base_error *error)
{
    uint8_t hash_be[32];
    bool seen = false;
    bool right = !result->overflow;
    for (size_t i = 0; i < result->find_count && right; i++) {
        const struct kern_find *find = &result->finds[i];
        bool same = kern_find_same(find, &proof->known.find);
        right = same || kern_verify(hash_be, proof->algo, &proof->known.work, find) == BASE_OK;
        seen = seen || same;
    }
    return seen && right ? BASE_OK
                         : base_error_set(error, BASE_E_MISMATCH,
                                          "it misses a known answer or invents finds. "
                                          "Overclocking, heat or a driver fault");
}

enum base_status kern_cl_proof_judge(struct kern_cl_proof *proof,
                                     const struct kern_cl_result *result, struct base_error *error)
{
    if (proof->algo->opencl->proof.nonces == 0) {
        return judge_answer(proof, result, error);
    }
    uint8_t hash_be[32];
    const struct kern_find *odd = first_difference(proof, result);
    if (odd == NULL && !result->overflow) {
        return BASE_OK;
    }
    bool host_has_it = odd != NULL && odd >= proof->finds.entries &&
                       odd < proof->finds.entries + proof->finds.count;
    bool right = odd != NULL && kern_verify(hash_be, proof->algo, &proof->work, odd) == BASE_OK;
    if (!result->overflow && right != host_has_it) {
        const char *wrong = proof->variant->name;
        enum base_status status = choose_variant(proof, plainest(proof->algo), error);
        return status == BASE_E_MEMORY
                   ? status
                   : base_error_set(error, BASE_E_STATE,
                                    "the kernel %s computed a proof wrongly; it says nothing of "
                                    "the device. Choose another kernel with --cpu-kernel and "
                                    "report this",
                                    wrong);
    }
    if (result->overflow) {
        return base_error_set(error, BASE_E_MISMATCH,
                              "of %zu expected finds it reported more than %d: it invents finds. "
                              "Overclocking, heat or a driver fault",
                              proof->finds.count, (int)KERN_CL_FINDS_MAX);
    }
    return base_error_set(error, BASE_E_MISMATCH,
                          "of %zu expected finds it saw %zu or others: it misses or invents finds. "
                          "Overclocking, heat or a driver fault",
                          proof->finds.count, result->find_count);
}
