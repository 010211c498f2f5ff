/* huge_pages.c: see huge_pages.h. */
#include "machine/huge_pages.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

enum {
    HUGE_FROM = 1 << 20, /* bytes: from here on base_alloc_aligned asks for huge pages */
    PATH_CAP = 256,
};

/* The chosen word of "always [madvise] never" is never: a program that asks gets none. */
static bool is_off(const char *root)
{
    char path[PATH_CAP];
    char line[64];
    (void)snprintf(path, sizeof path, "%s/enabled",
                   root != NULL ? root : "/sys/kernel/mm/transparent_hugepage");
    /* A kernel without the setting: there is nothing to switch on. */
    return strstr(base_file_line(line, sizeof line, path), "[never]") != NULL;
}

bool miner_huge_pages_advice(char *text, size_t cap, const struct kern_algo *algo, const char *root)
{
    text[0] = '\0';
    if (algo->scratch_size < HUGE_FROM || !is_off(root)) {
        return false;
    }
    /* bench/NOTES.md, "huge pages for scratch" */
    (void)snprintf(text, cap,
                   "the system gives no huge pages, which %s lanes would be a few percent faster "
                   "with: echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
                   algo->name);
    return true;
}
