/* odocrypt_cl.c: host side of odocrypt.cl: the epoch's tables are part of the job, and what may be
 * tuned. */
#include "odocrypt/odocrypt.h"
#include "odocrypt/odocrypt_layout.h"
#include "opencl/cl_row.h"
#include "prim/header80_cl.h"

extern const unsigned char kern_odocrypt_cl_text[];
extern const size_t kern_odocrypt_cl_text_size;
extern const unsigned char kern_odocrypt_layout_text[];
extern const size_t kern_odocrypt_layout_text_size;

static uint32_t *put_pbox(uint32_t *masks, uint32_t *rotations,
                          const struct kern_odocrypt_pbox *pbox)
{
    for (unsigned s = 0; s <= KERN_ODOCRYPT_PBOX_ROUNDS; s++) {
        for (unsigned k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
            *masks++ = (uint32_t)pbox->mask[s][k];
            *masks++ = (uint32_t)(pbox->mask[s][k] >> 32);
            if (s < KERN_ODOCRYPT_PBOX_ROUNDS) {
                *rotations++ = 64U - pbox->rotation[s][k];
            }
        }
    }
    return masks;
}

static void fill_job(uint32_t *job, const struct kern_work *work)
{
    const struct kern_odocrypt_key *key = work->table->data;
    prim_header80_fill_job(job, work);
    uint32_t *masks = put_pbox(job + JOB_MASKS, job + JOB_ROTATIONS, &key->pbox[0]);
    (void)put_pbox(masks, job + JOB_ROTATIONS + 25, &key->pbox[1]);
    for (unsigned k = 0; k < KERN_ODOCRYPT_MIXES; k++) {
        job[JOB_MIXES + k] = 64U - key->mix[k];
    }
    for (unsigned n = 0; n < KERN_ODOCRYPT_ROUNDS; n++) {
        job[JOB_ROUND_KEYS + n] = key->round_key[n];
    }
    for (size_t i = 0; i < 640; i++) {
        const uint8_t *bytes = &key->small[i / 16][4 * (i % 16)];
        job[JOB_SMALL + i] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                             (uint32_t)bytes[3] << 24;
    }
    for (size_t i = 0; i < 5120; i++) {
        const uint16_t *halves = &key->large[i / 512][2 * (i % 512)];
        job[JOB_LARGE + i] = halves[0] | (uint32_t)halves[1] << 16;
    }
}

const struct kern_cl_row kern_odocrypt_cl_row = {
    .sources = {PRIM_HEADER80_CL_SOURCES,
                {"odocrypt/odocrypt_layout.h", kern_odocrypt_layout_text,
                 &kern_odocrypt_layout_text_size},
                {"odocrypt/odocrypt.cl", kern_odocrypt_cl_text, &kern_odocrypt_cl_text_size}},
    .passes = {{.kernel = "odocrypt_search"}},
    .job_words = JOB_WORDS,
    .fill_job = fill_job,
    .proof = {.nonces = 256, .target_bits = 255}, /* 3.2 ms of the portable variant; 128 finds */
    .space = {.local_size = {32, 64, 128, 256, 512},
              .per_item = {1, 2, 4, 8, 16, 32},
              .vector = {1},
              .unroll = {1},
              .multiply_add = {1}},
    .own = {{"halves of a rotation", "TURN_HALVES", {1, 2}, 1, 2}},
    .default_cpu = {.local_size = 64, .per_item = 16, .vector = 1, .unroll = 1, .multiply_add = 1},
    .default_gpu = {.local_size = 256, .per_item = 4, .vector = 1, .unroll = 1, .multiply_add = 1},
};
