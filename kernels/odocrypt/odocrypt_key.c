/* odocrypt_key.c: the tables of a key, drawn in the order of digibyte.md 6.2 and 6.3. */
#include <string.h>

#include "odocrypt/odocrypt.h"

/* Knuth's linear congruential generator, sampled at growing strides. */
struct generator {
    uint64_t x;
    uint64_t multiply;
    uint64_t add;
};

static uint32_t draw32(struct generator *g)
{
    g->add += g->multiply * 1442695040888963407ULL;
    g->multiply *= 6364136223846793005ULL;
    g->x = g->x * g->multiply + g->add;
    return (uint32_t)(g->x >> 32);
}

static uint64_t draw64(struct generator *g)
{
    uint64_t high = draw32(g);
    return (high << 32) | draw32(g);
}

static uint32_t draw_below(struct generator *g, uint32_t bound)
{
    return (uint32_t)(((uint64_t)draw32(g) * bound) >> 32);
}

/* Permutation of 0..size-1. */
static void draw_permutation(struct generator *g, uint16_t *p, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        p[i] = (uint16_t)i;
    }
    for (uint32_t i = 1; i < size; i++) {
        uint32_t j = draw_below(g, i + 1);
        uint16_t swap = p[i];
        p[i] = p[j];
        p[j] = swap;
    }
}

static void draw_pbox(struct generator *g, struct kern_odocrypt_pbox *pbox)
{
    for (unsigned s = 0; s <= KERN_ODOCRYPT_PBOX_ROUNDS; s++) {
        for (unsigned k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
            pbox->mask[s][k] = draw64(g);
        }
    }
    for (unsigned s = 0; s < KERN_ODOCRYPT_PBOX_ROUNDS; s++) {
        for (unsigned k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
            pbox->rotation[s][k] = (uint8_t)(draw_below(g, 63) + 1);
        }
    }
}

/* Six rotations whose sum is odd: with an even sum the mixing could not be inverted. */
static void draw_mix(struct generator *g, uint8_t mix[KERN_ODOCRYPT_MIXES])
{
    uint16_t p[63];
    unsigned sum = 0;
    draw_permutation(g, p, 63);
    for (unsigned i = 0; i < KERN_ODOCRYPT_MIXES - 1; i++) {
        mix[i] = (uint8_t)(p[i] + 1);
        sum += mix[i];
    }
    for (unsigned j = KERN_ODOCRYPT_MIXES - 1; j < 63; j++) {
        if ((sum + p[j] + 1U) % 2 != 0) {
            mix[KERN_ODOCRYPT_MIXES - 1] = (uint8_t)(p[j] + 1);
            return;
        }
    }
}

void kern_odocrypt_key_build(struct kern_odocrypt_key *tables, uint32_t key)
{
    struct generator g = {.x = key, .multiply = 1, .add = 0};
    uint16_t small[64];
    memset(tables, 0, sizeof *tables);
    for (unsigned i = 0; i < KERN_ODOCRYPT_SMALL; i++) {
        draw_permutation(&g, small, 64);
        for (unsigned k = 0; k < 64; k++) {
            tables->small[i][k] = (uint8_t)small[k];
        }
    }
    for (unsigned i = 0; i < KERN_ODOCRYPT_LARGE; i++) {
        draw_permutation(&g, tables->large[i], 1024);
    }
    draw_pbox(&g, &tables->pbox[0]);
    draw_pbox(&g, &tables->pbox[1]);
    draw_mix(&g, tables->mix);
    for (unsigned i = 0; i < KERN_ODOCRYPT_ROUNDS; i++) {
        tables->round_key[i] = (uint16_t)draw_below(&g, 1024);
    }
}

uint32_t kern_odocrypt_epoch(uint32_t time, uint32_t interval)
{
    return time - time % interval;
}
