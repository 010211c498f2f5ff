/* cl_icd.h: for the rare machine on which a driver crashes or hangs as soon as the loader loads it,
 * and with it every program that asks for OpenCL. The loader reads a folder of small files, one a
 * driver; each is tried alone in a child process, and the loader of this process is shown a folder
 * that holds only those that live. Internal to opencl/. */
#ifndef KERN_CL_ICD_H
#define KERN_CL_ICD_H

#include "driver/cl_probe.h"

enum { KERN_CL_ICDS_MAX = 32, KERN_CL_ICD_NAME_MAX = 128 };

struct kern_cl_icds {
    char folder[64]; /* of the good files; "" when there is none */
    size_t bad_count;
    char bad[KERN_CL_ICDS_MAX][KERN_CL_ICD_NAME_MAX]; /* file names */
    struct kern_cl_probe_result why[KERN_CL_ICDS_MAX];
    size_t good_count;
    bool shown;
    char *before; /* what the environment variable held; NULL: it was not set */
};

/** "loading a.icd, b.icd": what the loader is about to load; "loading the drivers" where the files
 * are not known. Text that does not fit is cut. */
void kern_cl_icds_name_all(char *text, size_t cap);

/** Try every driver file alone.
 * Out: icds  folder exists when good_count > 0. Free: kern_cl_icds_remove.
 * In:  search  told of each file before it is tried; when it is ended, so is this.
 * Returns false when the files cannot be told apart (the environment names libraries instead of a
 * folder) or no folder can be made; icds is empty then. */
bool kern_cl_icds_try(struct kern_cl_icds *icds, const struct kern_cl_search *search);

/** Point the loader of this process to the folder, by its environment variable. Other threads may
 * read the environment meanwhile: glibc's setenv frees no text, and leaves the array of the
 * program's start where it is. */
bool kern_cl_icds_show(struct kern_cl_icds *icds);

/** Once the loader has read the folder: delete it, and put the variable back. */
void kern_cl_icds_remove(struct kern_cl_icds *icds);

#endif
