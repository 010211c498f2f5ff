/* eaglesong_parts.c: what searches on processors and devices compute before the first nonce: the
 * injection constants as the matrix step takes them, and round 0 of a job. */
#include "base/endian.h"
#include "eaglesong/eaglesong.h"
#include "eaglesong/eaglesong_matrix.h"

static uint32_t rotate_left(uint32_t word, unsigned bits)
{
    return bits % 32 == 0 ? word : (word << bits % 32) | (word >> (32 - bits % 32));
}

/* With polynomials over the field of two elements modulo z^32 - 1 the circulant is p = 1 + z^a +
 * z^b. Squaring doubles exponents, so p^32 = 1, and the inverse is p^31 = p p^2 p^4 p^8 p^16. */
static uint32_t inverse_circulant(unsigned word, uint32_t value)
{
    for (unsigned power = 1; power < 32; power *= 2) {
        value = value ^ rotate_left(value, power * kern_eaglesong_rotations[word][0]) ^
                rotate_left(value, power * kern_eaglesong_rotations[word][1]);
    }
    return value;
}

/* An output that is made of other outputs already holds their constants: here a list runs on a
 * state of zeros, and each output gets the constant that makes it right. */
#define TERM(t, sum) const uint32_t t __attribute__((unused)) = (sum);
#define SUM2(t, a, b) TERM(t, (a) ^ (b))
#define SUM3(t, a, b, c) TERM(t, (a) ^ (b) ^ (c))
#define OUT1(j, a)                                                                                 \
    TERM(m##j, inverse[j])                                                                         \
    constant[j] = inverse[j] ^ (a);
#define OUT2(j, a, b) OUT1(j, (a) ^ (b))
#define STEP(j)

void kern_eaglesong_inject(uint32_t constant[16], enum kern_eaglesong_list list, unsigned round)
{
    uint32_t inverse[16];
    const uint32_t x0 = 0, x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0, x6 = 0, x7 = 0;
    const uint32_t x8 = 0, x9 = 0, x10 = 0, x11 = 0, x12 = 0, x13 = 0, x14 = 0, x15 = 0;
    for (unsigned j = 0; j < 16; j++) {
        inverse[j] = inverse_circulant(j, kern_eaglesong_constants[16 * round + j]);
        constant[j] = inverse[j];
    }
    switch (list) {
    case KERN_EAGLESONG_LIST_NONE:
        break;
    case KERN_EAGLESONG_LIST_OF_THREE: {
        EAGLESONG_MATRIX_OF_THREE(SUM2, SUM3, OUT1, OUT2)
        break;
    }
    case KERN_EAGLESONG_LIST_OF_TWO: {
        EAGLESONG_MATRIX_OF_TWO(SUM2, SUM3, OUT1, OUT2, STEP)
        break;
    }
    case KERN_EAGLESONG_LIST_FEWEST: {
        EAGLESONG_MATRIX_FEWEST(SUM2, SUM3, OUT1, OUT2)
        break;
    }
    case KERN_EAGLESONG_LIST_LAST_OF_THREE: {
        EAGLESONG_MATRIX_LAST_OF_THREE(SUM2, SUM3, OUT1, OUT2)
        break;
    }
    case KERN_EAGLESONG_LIST_LAST_OF_TWO: {
        EAGLESONG_MATRIX_LAST_OF_TWO(SUM2, SUM3, OUT1, OUT2)
        break;
    }
    case KERN_EAGLESONG_LIST_LAST_FEWEST: {
        EAGLESONG_MATRIX_LAST_FEWEST(SUM2, SUM3, OUT1, OUT2)
        break;
    }
    }
}

void kern_eaglesong_front(uint32_t word[16], const uint32_t state[16])
{
    for (unsigned j = 0; j < 16; j++) {
        word[j] = inverse_circulant(j, kern_eaglesong_constants[j]);
        for (unsigned k = 0; k < 16; k++) {
            word[j] ^= (kern_eaglesong_matrix[j] >> k & 1) != 0 ? state[k] : 0;
        }
    }
}

void kern_eaglesong_add_rotate_add(uint32_t *x, uint32_t *y)
{
    *x += *y;
    *x = *x << 8 | *x >> 24;
    *y = (*y << 24 | *y >> 8) + *x;
}

uint32_t kern_eaglesong_clear_bits(const uint8_t target_be[32])
{
    uint32_t top = base_load_be32(target_be);
    uint32_t zeros = __builtin_bswap32(top == 0 ? UINT32_MAX : ~(UINT32_MAX >> __builtin_clz(top)));
    return zeros >> 8 | zeros << 24;
}
