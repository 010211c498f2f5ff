/* cl_flags.c: see cl_flags.h. Values are kept in users' files (tuned.txt): new ones go to the end,
 * none is ever given another meaning. */
#include "opencl/cl_flags.h"

#include "driver/cl_walk.h"

/* Registers: a compiler that thinks of occupancy first spills what a hash needs, one that thinks of
 * the hash first leaves too few groups on a multiprocessor; which is better depends on chip, kernel
 * and vector. The extension's text takes multiples of 4 up to 128. Level 1 schedules less: long
 * straight code is sometimes better off in the order of the source. */
static const struct {
    const char *extension;   /* NULL: every device */
    const char *or_this_one; /* NULL: no other */
    const char *options;
    bool byte_permute; /* for kernels that know BYTE_PERMUTE */
} table[KERN_CL_FLAGS_COUNT] = {
    {NULL, NULL, "", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=40", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=48", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=64", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=80", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=96", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-maxrregcount=128", false},
    {"cl_nv_compiler_options", NULL, "-cl-nv-opt-level=1", false},
    {"cl_nv_compiler_options", "cl_amd_media_ops", "-D BYTE_PERMUTE=1", true},
};

const char *kern_cl_flags_text(uint32_t flags)
{
    return flags >= 1 && flags <= KERN_CL_FLAGS_COUNT ? table[flags - 1].options : "";
}

bool kern_cl_flags_offered(uint32_t flags, const struct kern_cl_row *row,
                           const struct kern_cl_info *info)
{
    if (flags < 1 || flags > KERN_CL_FLAGS_COUNT) {
        return false;
    }
    const char *extension = table[flags - 1].extension;
    const char *other = table[flags - 1].or_this_one;
    return (row->byte_permute || !table[flags - 1].byte_permute) &&
           (extension == NULL || kern_cl_has_extension(info, extension) ||
            (other != NULL && kern_cl_has_extension(info, other)));
}
