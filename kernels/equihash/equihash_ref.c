/* equihash_ref.c: parameters, rows, encoding, verifier: plain code in the order of the definition.
 * The judge of all solvers; never optimised. */
#include "equihash/equihash.h"

#include <string.h>

#include "base/blake2b.h"
#include "base/endian.h"

enum { INDEX_BITS_MAX = 26 };

enum base_status kern_equihash_init(struct kern_equihash *equihash, uint32_t n, uint32_t k,
                                    const uint8_t *prefix)
{
    static const uint8_t zcash[8] = {'Z', 'c', 'a', 's', 'h', 'P', 'o', 'W'};
    memset(equihash, 0, sizeof *equihash);
    if (k < 1 || k > KERN_EQUIHASH_K_MAX || n == 0 || n > 8 * KERN_EQUIHASH_ROW_MAX || n % 8 != 0 ||
        n % (k + 1) != 0 || n / (k + 1) >= INDEX_BITS_MAX) {
        return BASE_E_UNSUPPORTED;
    }
    equihash->n = n;
    equihash->k = k;
    memcpy(equihash->personal, prefix != NULL ? prefix : zcash, sizeof zcash);
    base_store_le32(equihash->personal + 8, n);
    base_store_le32(equihash->personal + 12, k);
    equihash->digit_bits = n / (k + 1);
    equihash->index_bits = equihash->digit_bits + 1;
    equihash->row_size = n / 8;
    equihash->rows_per_hash = 512 / n;
    equihash->hash_size = equihash->rows_per_hash * equihash->row_size;
    equihash->indices = 1U << k;
    equihash->solution_size = equihash->indices * equihash->index_bits / 8;
    return equihash->solution_size * 8 == equihash->indices * equihash->index_bits
               ? BASE_OK
               : BASE_E_UNSUPPORTED;
}

/* Bits first..first+count-1 of big-endian bytes; count 1..32. */
static uint32_t bits_at(const uint8_t *bytes, size_t first, uint32_t count)
{
    uint32_t value = 0;
    for (size_t bit = first; bit < first + count; bit++) {
        value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1U);
    }
    return value;
}

void kern_equihash_pack(uint8_t *bytes, const uint32_t *indices, size_t count, uint32_t bits)
{
    memset(bytes, 0, (count * bits + 7) / 8);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < bits; j++) {
            size_t bit = i * bits + j;
            uint32_t value = indices[i] >> (bits - 1 - j) & 1U;
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | value << (7 - bit % 8));
        }
    }
}

void kern_equihash_unpack(uint32_t *indices, size_t count, const uint8_t *bytes, uint32_t bits)
{
    for (size_t i = 0; i < count; i++) {
        indices[i] = bits_at(bytes, i * bits, bits);
    }
}

/* A row, from the BLAKE2b state behind the input. */
static void row_behind(uint8_t *row, const struct kern_equihash *equihash,
                       const struct base_blake2b *behind_input, uint32_t index)
{
    uint8_t hash[BASE_BLAKE2B_MAX];
    uint8_t counter[KERN_EQUIHASH_COUNTER_SIZE];
    struct base_blake2b state = *behind_input;
    base_store_le32(counter, index / equihash->rows_per_hash);
    base_blake2b_update(&state, counter, sizeof counter);
    base_blake2b_final(hash, &state);
    memcpy(row, hash + (size_t)(index % equihash->rows_per_hash) * equihash->row_size,
           equihash->row_size);
}

static void behind_input(struct base_blake2b *state, const struct kern_equihash *equihash,
                         const uint8_t *input, size_t input_size)
{
    base_blake2b_init(state, equihash->hash_size, equihash->personal);
    base_blake2b_update(state, input, input_size);
}

void kern_equihash_hash_row(uint8_t *row, const struct kern_equihash *equihash,
                            const uint8_t *input, size_t input_size, uint32_t index)
{
    struct base_blake2b state;
    behind_input(&state, equihash, input, input_size);
    row_behind(row, equihash, &state, index);
}

void kern_equihash_digits(uint32_t *digits, const struct kern_equihash *equihash,
                          const uint8_t *row)
{
    kern_equihash_unpack(digits, equihash->k + 1, row, equihash->digit_bits);
}

void kern_equihash_order(uint32_t *indices, size_t count)
{
    for (size_t half = 1; half < count; half *= 2) {
        for (size_t node = 0; node < count; node += 2 * half) {
            uint32_t *left = indices + node;
            uint32_t *right = left + half;
            if (left[0] > right[0]) {
                for (size_t i = 0; i < half; i++) {
                    uint32_t swap = left[i];
                    left[i] = right[i];
                    right[i] = swap;
                }
            }
        }
    }
}

static bool disjoint(const uint32_t *left, const uint32_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (left[i] == right[j]) {
                return false;
            }
        }
    }
    return true;
}

/* Lexicographic: the right list does not come before the left one. */
static bool in_order(const uint32_t *left, const uint32_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i];
        }
    }
    return true;
}

/* Digits and indices of all leaves; digits of a node are kept in its first leaf. */
struct tree {
    uint32_t digits[KERN_EQUIHASH_INDICES_MAX][KERN_EQUIHASH_DIGITS_MAX];
    uint32_t indices[KERN_EQUIHASH_INDICES_MAX];
};

static enum kern_equihash_flaw join(struct tree *tree, const struct kern_equihash *equihash,
                                    size_t node, size_t half, unsigned digit)
{
    const uint32_t *left = tree->indices + node;
    const uint32_t *right = left + half;
    if (tree->digits[node][digit] != tree->digits[node + half][digit]) {
        return KERN_EQUIHASH_COLLISION;
    }
    if (!in_order(left, right, half)) {
        return KERN_EQUIHASH_ORDER;
    }
    if (!disjoint(left, right, half)) {
        return KERN_EQUIHASH_DUPLICATE;
    }
    for (unsigned i = digit; i <= equihash->k; i++) {
        tree->digits[node][i] ^= tree->digits[node + half][i];
    }
    return KERN_EQUIHASH_VALID;
}

static enum kern_equihash_flaw check(const struct kern_equihash *equihash, const uint8_t *input,
                                     size_t input_size, const uint8_t *solution)
{
    struct tree tree = {.indices = {0}};
    struct base_blake2b state;
    kern_equihash_unpack(tree.indices, equihash->indices, solution, equihash->index_bits);
    behind_input(&state, equihash, input, input_size);
    for (size_t i = 0; i < equihash->indices; i++) {
        uint8_t row[KERN_EQUIHASH_ROW_MAX];
        row_behind(row, equihash, &state, tree.indices[i]);
        kern_equihash_digits(tree.digits[i], equihash, row);
    }
    for (unsigned level = 0; level < equihash->k; level++) {
        size_t half = (size_t)1 << level;
        for (size_t node = 0; node < equihash->indices; node += 2 * half) {
            enum kern_equihash_flaw flaw = join(&tree, equihash, node, half, level);
            if (flaw != KERN_EQUIHASH_VALID) {
                return flaw;
            }
        }
    }
    return tree.digits[0][equihash->k] == 0 ? KERN_EQUIHASH_VALID : KERN_EQUIHASH_NONZERO;
}

enum base_status kern_equihash_verify(const struct kern_equihash *equihash,
                                      enum kern_equihash_flaw *flaw, const uint8_t *input,
                                      size_t input_size, const uint8_t *solution,
                                      size_t solution_size)
{
    enum kern_equihash_flaw found = solution_size != equihash->solution_size
                                        ? KERN_EQUIHASH_LENGTH
                                        : check(equihash, input, input_size, solution);
    if (flaw != NULL) {
        *flaw = found;
    }
    return found == KERN_EQUIHASH_VALID ? BASE_OK : BASE_E_MISMATCH;
}
