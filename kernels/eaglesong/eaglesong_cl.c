/* eaglesong_cl.c: host side of eaglesong.cl: the numbers of a job that no counter changes, and what
 * may be tuned. */
#include <string.h>

#include "base/endian.h"
#include "eaglesong/eaglesong.h"
#include "eaglesong/eaglesong_layout.h"
#include "opencl/cl_row.h"

extern const unsigned char kern_eaglesong_cl_text[];
extern const size_t kern_eaglesong_cl_text_size;
extern const unsigned char kern_eaglesong_layout_text[];
extern const size_t kern_eaglesong_layout_text_size;
extern const unsigned char kern_eaglesong_matrix_text[];
extern const size_t kern_eaglesong_matrix_text_size;

enum { LAST_ROUND = KERN_EAGLESONG_ROUNDS - 1 };

static void fill_front(uint32_t front[16], const struct kern_work *work)
{
    uint8_t message[KERN_EAGLESONG_MESSAGE_SIZE];
    uint32_t state[16];
    memcpy(message, work->header, sizeof message);
    kern_eaglesong_put_counter(message, 0);
    kern_eaglesong_start(state, message);
    kern_eaglesong_absorb_nonce(state, message);
    kern_eaglesong_front(front, state);
    front[0] = kern_eaglesong_circulant(0, front[0]);
    front[1] = kern_eaglesong_circulant(1, front[1]);
    kern_eaglesong_add_rotate_add(&front[0], &front[1]);
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    uint32_t last[16];
    memset(job, 0, JOB_WORDS * sizeof job[0]);
    for (size_t i = 0; i < 8; i++) {
        job[JOB_TARGET + i] = base_load_be32(work->target_be + 4 * i);
    }
    job[JOB_CLEAR] = kern_eaglesong_clear_bits(work->target_be);
    fill_front(job + JOB_FRONT, work);
    for (unsigned round = 1; round <= LAST_ROUND; round++) {
        kern_eaglesong_inject(job + JOB_ROUNDS + (size_t)16 * (round - 1),
                              KERN_EAGLESONG_LIST_FEWEST, round);
    }
    kern_eaglesong_inject(job + JOB_LAST_BUT_ONE, KERN_EAGLESONG_LIST_LAST_FEWEST, LAST_ROUND - 1);
    kern_eaglesong_inject(last, KERN_EAGLESONG_LIST_NONE, LAST_ROUND);
    job[JOB_LAST] = last[0];
    job[JOB_LAST + 1] = last[1];
}

const struct kern_cl_row kern_eaglesong_cl_row = {
    .sources = {KERN_CL_SEARCH_SOURCE,
                {"eaglesong/eaglesong_layout.h", kern_eaglesong_layout_text,
                 &kern_eaglesong_layout_text_size},
                {"eaglesong/eaglesong_matrix.h", kern_eaglesong_matrix_text,
                 &kern_eaglesong_matrix_text_size},
                {"eaglesong/eaglesong.cl", kern_eaglesong_cl_text, &kern_eaglesong_cl_text_size}},
    .passes = {{.kernel = "eaglesong_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 512, .target_bits = 254}, /* 128 finds */
    .space = {.local_size = {32, 64, 128, 256, 512},
              .per_item = {1, 2, 4, 8, 16, 32},
              .vector = {1, 2, 4, 8, 16},
              .unroll = {1, 2},
              .multiply_add = {1, 2}},
    .default_cpu = {.local_size = 64, .per_item = 16, .vector = 16, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 256, .per_item = 4, .vector = 1, .unroll = 1, .multiply_add = 1},
};
