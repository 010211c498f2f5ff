/* v1_target.c: see v1_target.h. A double is brought back to the shortest decimal digits that mean
 * it, which are the ones its pool wrote, and divided by as digits * 10^exponent. */
#include "bitcoin/v1_target.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/target.h"

enum {
    DIGITS_MIN = 15, /* every decimal of so many digits survives a double */
    DIGITS_MAX = 17, /* and so many name every double */
    TEXT_MAX = 32,   /* characters of a difficulty given as text */
};

/* digits * 10^exponent, digits below 10^19. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static const uint8_t zero[32] = {0};

/* value is finite and above 0. Its text is d.ddde+XX, whatever stands for the point. */
static struct decimal shortest(double value)
{
    struct decimal decimal = {0, 0};
    char text[40] = "";
    int places = DIGITS_MIN - 1;
    (void)snprintf(text, sizeof(text), "%.*e", places, value);
    while (places < DIGITS_MAX - 1 && strtod(text, NULL) != value) {
        places++;
        (void)snprintf(text, sizeof(text), "%.*e", places, value);
    }
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
        }
    }
    decimal.exponent = (int)strtol(at + 1, NULL, 10) - places;
    while (decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    return decimal;
}

/* value = value * 10 + digit; saturates. */
static void push_digit(uint8_t value_be[32], uint64_t digit)
{
    uint8_t tenth[32];
    base_target_ones(tenth, 256);
    base_target_divide(tenth, tenth, 10); /* 2^256 - 1 is 10 times that, and 5 */
    int order = base_target_compare(value_be, tenth);
    if (order > 0 || (order == 0 && digit > 5)) {
        base_target_ones(value_be, 256);
        return;
    }
    base_target_multiply(value_be, value_be, 10);
    for (size_t i = 32; i-- > 0 && digit > 0;) {
        digit += value_be[i];
        value_be[i] = (uint8_t)digit;
        digit >>= 8;
    }
}

/* floor(numerator / (digits * 10^exponent)). */
static void divide(uint8_t value_be[32], struct decimal decimal)
{
    uint64_t numerator = base_load_be64(value_be + 24);
    base_target_divide(value_be, value_be, decimal.digits);
    /* Both modulo 2^64: the remainder is below that. */
    uint64_t remainder = numerator - base_load_be64(value_be + 24) * decimal.digits;
    for (; decimal.exponent > 0; decimal.exponent--) {
        base_target_divide(value_be, value_be, 10);
    }
    for (; decimal.exponent < 0; decimal.exponent++) { /* long division: one decimal a step */
        remainder *= 10; /* negative exponents come with digits below 10^17 */
        push_digit(value_be, remainder / decimal.digits);
        remainder %= decimal.digits;
    }
}

static enum base_status read_number(struct decimal *decimal, double *shown,
                                    const json_t *difficulty)
{
    const char *text = json_string_value(difficulty);
    if (json_is_integer(difficulty)) {
        json_int_t value = json_integer_value(difficulty);
        if (value <= 0) {
            return BASE_E_RANGE;
        }
        *decimal = (struct decimal){(uint64_t)value, 0};
        *shown = (double)value;
        return BASE_OK;
    }
    if (json_is_real(difficulty)) {
        *shown = json_real_value(difficulty);
    } else if (text != NULL && text[0] >= '0' && text[0] <= '9' && strlen(text) <= TEXT_MAX) {
        char *end = NULL;
        *shown = strtod(text, &end);
        if (*end != '\0') {
            return BASE_E_FORMAT;
        }
    } else {
        return BASE_E_FORMAT;
    }
    if (!isfinite(*shown) || *shown <= 0) {
        return BASE_E_RANGE;
    }
    *decimal = shortest(*shown);
    return BASE_OK;
}

enum base_status pool_v1_target(uint8_t target_be[32], double *shown, const json_t *difficulty,
                                uint32_t factor)
{
    struct decimal decimal = {0, 0};
    *shown = 0;
    memset(target_be, 0, 32);
    enum base_status status = read_number(&decimal, shown, difficulty);
    if (status == BASE_OK) {
        target_be[4] = 0xff; /* 0xffff * 2^208 */
        target_be[5] = 0xff;
        base_target_multiply(target_be, target_be, factor);
        divide(target_be, decimal);
        status = memcmp(target_be, zero, 32) == 0 ? BASE_E_RANGE : BASE_OK;
    }
    if (status != BASE_OK) {
        *shown = 0;
    }
    return status;
}

double pool_v1_difficulty_of(const uint8_t target_be[32], uint32_t factor)
{
    double target = base_target_to_double(target_be);
    return target > 0 ? ldexp(0xffff, 208) * factor / target : 0;
}
