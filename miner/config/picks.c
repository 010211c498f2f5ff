/* picks.c: see picks.h. */
#include "config/picks.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Read a decimal number of 0..999 and move *at behind it. */
static bool take_number(const char **at, unsigned *value)
{
    const char *start = *at;
    *value = 0;
    while (isdigit((unsigned char)**at) && *at - start < 3) {
        *value = *value * 10 + (unsigned)(**at - '0');
        (*at)++;
    }
    return *at > start && !isdigit((unsigned char)**at);
}

/* Length of a PCI name at text ("0000:65:00.0" or "65:00.0"), 0 if there is none. */
static size_t pci_length(const char *text, size_t size)
{
    static const char shape[] = "xxxx:xx:xx.x";
    size_t skip = size == 7 ? 5 : 0;
    if (size != 12 && size != 7) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        char want = shape[i + skip];
        bool fits = want == 'x' ? isxdigit((unsigned char)text[i]) != 0 : text[i] == want;
        if (!fits) {
            return 0;
        }
    }
    return size;
}

static enum base_status parse_pick(struct miner_cl_pick *pick, const char *text, size_t size,
                                   struct base_error *error)
{
    const char *at = text;
    memset(pick, 0, sizeof *pick);
    if (pci_length(text, size) > 0) {
        pick->by_pci = true;
        (void)snprintf(pick->pci, sizeof pick->pci, "%s%.*s", size == 7 ? "0000:" : "", (int)size,
                       text);
        for (char *c = pick->pci; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        return BASE_OK;
    }
    if (take_number(&at, &pick->platform) && *at == ':' && (at++, true) &&
        take_number(&at, &pick->device) && at == text + size) {
        return BASE_OK;
    }
    return base_error_set(error, BASE_E_FORMAT,
                          "\"%.*s\" names no device; write all, none, or a list such as "
                          "0:0,1:0 or 0000:65:00.0 as `shardpick devices` prints them",
                          (int)(size < 40 ? size : 40), text);
}

enum base_status miner_picks_parse(struct miner_cl_selection *selection, const char *text,
                                   struct base_error *error)
{
    memset(selection, 0, sizeof *selection);
    if (strcmp(text, "all") == 0) {
        return BASE_OK;
    }
    if (strcmp(text, "none") == 0) {
        selection->mode = MINER_CL_NONE;
        return BASE_OK;
    }
    selection->mode = MINER_CL_LIST;
    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ",");
        if (selection->count == MINER_CL_PICKS_MAX) {
            return base_error_set(error, BASE_E_FORMAT, "more than %d devices are listed",
                                  MINER_CL_PICKS_MAX);
        }
        enum base_status status = parse_pick(&selection->picks[selection->count], at, size, error);
        if (status != BASE_OK) {
            selection->count = 0;
            return status;
        }
        selection->count++;
        at += size;
        if (*at == '\0') {
            return BASE_OK;
        }
    }
}

bool miner_pick_same(const struct miner_cl_pick *a, const struct miner_cl_pick *b)
{
    return a->by_pci == b->by_pci && a->platform == b->platform && a->device == b->device &&
           strcmp(a->pci, b->pci) == 0;
}
