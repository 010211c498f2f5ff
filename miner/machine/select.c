/* select.c: see select.h. */
#include "machine/select.h"

#include <stdio.h>

#include "base/cpu.h"
#include "base/text.h"

/* ---- CPU kernels ---------------------------------------------------------------------------- */

/* Names of an algorithm's kernels that run with these features, separated by blanks. */
static void kernel_names(char *text, size_t cap, const struct kern_algo *algo, uint32_t features)
{
    text[0] = '\0';
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (kern_variant_runs(algo->variants[i], features)) {
            base_text_add(text, cap, " ", algo->variants[i]->name);
        }
    }
}

enum base_status miner_select_kernel(const struct kern_variant **variant,
                                     const struct kern_algo *algo, const char *name,
                                     uint32_t features, struct base_error *error)
{
    char names[128];
    char lacks[256];
    *variant = NULL;
    if (name == NULL || name[0] == '\0') {
        *variant = kern_variant_best(algo, features);
        return BASE_OK;
    }
    const struct kern_variant *found = kern_variant_find(algo, name);
    kernel_names(names, sizeof names, algo, features);
    if (found == NULL) {
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "--cpu-kernel %s: %s has no such kernel; this processor runs: %s",
                              name, algo->name, names);
    }
    if (!kern_variant_runs(found, features)) {
        return base_error_set(
            error, BASE_E_UNSUPPORTED,
            "--cpu-kernel %s: this processor or system lacks %s; it runs: %s", name,
            base_cpu_names(lacks, sizeof lacks, found->features & ~features), names);
    }
    *variant = found;
    return BASE_OK;
}

/* ---- OpenCL devices ------------------------------------------------------------------------- */

char *miner_select_name(char *text, size_t cap, const struct kern_cl_info *info)
{
    if (info->pci[0] != '\0') {
        (void)snprintf(text, cap, "%s", info->pci);
    } else {
        (void)snprintf(text, cap, "%u:%u", info->platform, info->device);
    }
    return text;
}

/* Say that a device cannot be used, and which ones can. where begins the sentence; why is the
 * reason, "": there is none of that name. */
static enum base_status refuse(const struct miner_cl_pick *pick, const char *where, const char *why,
                               const struct kern_cl_info *const *infos, size_t info_count,
                               struct base_error *error)
{
    char names[200] = "";
    char name[32];
    for (size_t i = 0; i < info_count; i++) {
        if (infos[i]->usable) {
            (void)snprintf(name, sizeof name, "%u:%u", infos[i]->platform, infos[i]->device);
            base_text_add(names, sizeof names, ", ", name);
        }
    }
    (void)snprintf(name, sizeof name, "%u:%u", pick->platform, pick->device);
    return base_error_set(
        error, BASE_E_NOT_FOUND, "%s %s: %s; there is %s (see `shardpick devices`)", where,
        pick->by_pci ? pick->pci : name, why[0] != '\0' ? why : "no such OpenCL device",
        names[0] != '\0' ? names : "none");
}

/* True when an earlier chosen device is the same hardware. */
static bool seen_before(const bool *chosen, const struct kern_cl_info *const *infos, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (chosen[i] && infos[index]->pci[0] != '\0' &&
            strcasecmp(infos[i]->pci, infos[index]->pci) == 0) {
            return true;
        }
    }
    return false;
}

enum base_status miner_select_opencl(bool *chosen, size_t *count,
                                     const struct miner_cl_selection *selection,
                                     const struct kern_cl_info *const *infos, size_t info_count,
                                     struct base_error *error)
{
    char why[256];
    *count = 0;
    for (size_t i = 0; i < info_count; i++) {
        chosen[i] = selection->mode == MINER_CL_ALL && infos[i]->usable &&
                    infos[i]->kind != KERN_CL_CPU && !seen_before(chosen, infos, i);
        *count += chosen[i];
    }
    for (size_t p = 0; selection->mode == MINER_CL_LIST && p < selection->count; p++) {
        const struct miner_cl_pick *pick = &selection->picks[p];
        bool found = false;
        why[0] = '\0';
        for (size_t i = 0; i < info_count && !found; i++) {
            if (!miner_pick_names(pick, infos[i])) {
                continue;
            }
            if (!infos[i]->usable) { /* the same hardware may be usable on another platform */
                (void)snprintf(why, sizeof why, "%s", infos[i]->why_not);
                continue;
            }
            found = true;
            *count += !chosen[i];
            chosen[i] = true;
        }
        if (!found) {
            return refuse(pick, "--opencl", why, infos, info_count, error);
        }
    }
    return BASE_OK;
}

enum base_status miner_select_known(const struct miner_cl_pick *pick,
                                    const struct kern_cl_info *const *infos, size_t info_count,
                                    struct base_error *error)
{
    for (size_t i = 0; i < info_count; i++) {
        if (miner_pick_names(pick, infos[i])) {
            return BASE_OK;
        }
    }
    return refuse(pick, "\"devices\" of the file:", "", infos, info_count, error);
}
