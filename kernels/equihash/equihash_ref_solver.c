/* equihash_ref_solver.c: the reference solver: Wagner's algorithm by the definition, with whole
 * index lists. Never optimised. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "equihash/equihash.h"

/* A list of entries of the same shape. An entry is the digits not yet made zero, the one that
 * collides next first, and behind them its indices. */
struct list {
    uint32_t *words; /* owned */
    size_t count;    /* entries */
    size_t cap;      /* entries there is room for */
    size_t digits;   /* words of an entry that are digits */
    size_t indices;  /* words behind them */
};

static uint32_t *entry(const struct list *list, size_t i)
{
    return list->words + i * (list->digits + list->indices);
}

/* Room for one more entry. */
static enum base_status grow(struct list *list)
{
    if (list->count < list->cap) {
        return BASE_OK;
    }
    size_t cap = list->cap * 2 + 64;
    size_t size = (list->digits + list->indices) * sizeof(uint32_t);
    uint32_t *words =
        list->words == NULL ? base_alloc(cap, size) : base_realloc(list->words, cap, size);
    if (words == NULL) {
        return BASE_E_MEMORY;
    }
    list->words = words;
    list->cap = cap;
    return BASE_OK;
}

static int compare_first(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (left[0] > right[0]) - (left[0] < right[0]);
}

static bool share_index(const uint32_t *a, const uint32_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (a[i] == b[j]) {
                return true;
            }
        }
    }
    return false;
}

/* Append the join of two entries that collide, unless they share an index. In the last round, which
 * leaves one digit, that must collide as well. */
static enum base_status join(struct list *to, const struct list *from, const uint32_t *a,
                             const uint32_t *b)
{
    const uint32_t *a_indices = a + from->digits;
    const uint32_t *b_indices = b + from->digits;
    if ((from->digits == 2 && a[1] != b[1]) || share_index(a_indices, b_indices, from->indices)) {
        return BASE_OK;
    }
    enum base_status status = grow(to);
    if (status != BASE_OK) {
        return status;
    }
    uint32_t *out = entry(to, to->count++);
    for (size_t i = 1; i < from->digits; i++) {
        *out++ = a[i] ^ b[i];
    }
    bool a_left = a_indices[0] < b_indices[0];
    memcpy(out, a_left ? a_indices : b_indices, from->indices * sizeof *out);
    memcpy(out + from->indices, a_left ? b_indices : a_indices, from->indices * sizeof *out);
    return BASE_OK;
}

/* All pairs of every group of equal first digits. Frees from's memory. */
static enum base_status collide(struct list *to, struct list *from)
{
    enum base_status status = BASE_OK;
    *to = (struct list){.digits = from->digits - 1, .indices = from->indices * 2};
    if (from->count > 0) {
        qsort(from->words, from->count, (from->digits + from->indices) * sizeof(uint32_t),
              compare_first);
    }
    for (size_t first = 0, end; first < from->count && status == BASE_OK; first = end) {
        for (end = first; end < from->count && entry(from, end)[0] == entry(from, first)[0];) {
            end++;
        }
        for (size_t a = first; a < end && status == BASE_OK; a++) {
            for (size_t b = a + 1; b < end && status == BASE_OK; b++) {
                status = join(to, from, entry(from, a), entry(from, b));
            }
        }
    }
    base_free(from->words);
    from->words = NULL;
    return status;
}

enum base_status kern_equihash_solve(const struct kern_equihash *equihash, uint32_t *indices,
                                     size_t cap, size_t *count, const uint8_t *input,
                                     size_t input_size)
{
    struct list list = {.digits = equihash->k + 1, .indices = 1};
    enum base_status status = BASE_OK;
    *count = 0;
    for (uint32_t i = 0; i < 1U << equihash->index_bits && status == BASE_OK; i++) {
        status = grow(&list);
        if (status == BASE_OK) {
            uint8_t row[KERN_EQUIHASH_ROW_MAX];
            uint32_t *words = entry(&list, list.count++);
            kern_equihash_hash_row(row, equihash, input, input_size, i);
            kern_equihash_digits(words, equihash, row);
            words[list.digits] = i;
        }
    }
    for (uint32_t round = 0; round < equihash->k && status == BASE_OK; round++) {
        struct list next;
        status = collide(&next, &list);
        list = next;
    }
    if (status == BASE_OK) {
        *count = list.count;
        for (size_t i = 0; i < list.count && i < cap; i++) {
            memcpy(indices + i * equihash->indices, entry(&list, i) + list.digits,
                   equihash->indices * sizeof *indices);
        }
    }
    base_free(list.words);
    return status;
}
