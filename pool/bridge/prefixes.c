/* prefixes.c: see prefixes.h. */
#include "bridge/prefixes.h"

#include "base/alloc.h"

enum { WORD = 64 };

enum base_status bridge_prefixes_init(struct bridge_prefixes *prefixes, uint32_t count)
{
    prefixes->count = count;
    prefixes->next = 0;
    prefixes->taken = base_alloc((count + WORD - 1) / WORD, sizeof prefixes->taken[0]);
    return prefixes->taken != NULL ? BASE_OK : BASE_E_MEMORY;
}

void bridge_prefixes_deinit(struct bridge_prefixes *prefixes)
{
    base_free(prefixes->taken);
    prefixes->taken = NULL;
}

bool bridge_prefixes_reserve(struct bridge_prefixes *prefixes, uint32_t number)
{
    uint64_t bit = 1ULL << number % WORD;
    if (number >= prefixes->count || (prefixes->taken[number / WORD] & bit) != 0) {
        return false;
    }
    prefixes->taken[number / WORD] |= bit;
    return true;
}

enum base_status bridge_prefixes_take(struct bridge_prefixes *prefixes, uint32_t *number)
{
    for (uint32_t tries = 0; tries < prefixes->count;) {
        uint32_t at = prefixes->next;
        bool word_is_full = at % WORD == 0 && prefixes->taken[at / WORD] == UINT64_MAX;
        uint32_t step = word_is_full ? WORD : 1;
        prefixes->next = at + step >= prefixes->count ? 0 : at + step;
        tries += step;
        if (!word_is_full && bridge_prefixes_reserve(prefixes, at)) {
            *number = at;
            return BASE_OK;
        }
    }
    return BASE_E_FULL;
}

void bridge_prefixes_give(struct bridge_prefixes *prefixes, uint32_t number)
{
    prefixes->taken[number / WORD] &= ~(1ULL << number % WORD);
}
