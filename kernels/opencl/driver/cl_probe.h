/* cl_probe.h: the walk of cl_walk.h in a child process, so that a driver that crashes, hangs or
 * ends the process does it there. Only for processes in which no driver runs yet. Internal. */
#ifndef KERN_CL_PROBE_H
#define KERN_CL_PROBE_H

#include "driver/cl_walk.h"

enum {
    /* A driver that says nothing for so long hangs. Loading a driver for a rig whose cards are all
     * asleep takes about a second a card. */
    KERN_CL_PROBE_SILENCE_MS = 15000,
    KERN_CL_PROBE_SILENCES = 4, /* and a walk that takes so many times that has no end */
};

enum kern_cl_probe_end {
    KERN_CL_PROBE_DONE,    /* the walk came to its end, or there is no library to walk with */
    KERN_CL_PROBE_CRASHED, /* the child ended without it; detail is the signal, or 0 */
    KERN_CL_PROBE_HUNG,    /* silence_ms passed without a report; the child was killed */
    KERN_CL_PROBE_SLOW,    /* it went on reporting for too long; the child was killed */
    KERN_CL_PROBE_STOPPED, /* the search was ended; the child was killed */
    KERN_CL_PROBE_NONE,    /* no child could be made; detail is errno */
};

struct kern_cl_probe_result {
    enum kern_cl_probe_end end;
    int detail;
    struct kern_cl_report last; /* the last report that came */
};

/** Open the library and walk in a child; its reports arrive here in order.
 * In: icd_dir  NULL, or a folder: the only one in which the loader shall look for drivers.
 *     search   its silence_ms is not 0; its step is not called. */
void kern_cl_probe(struct kern_cl_probe_result *result, uint32_t skip, const char *icd_dir,
                   const struct kern_cl_search *search, kern_cl_report_fn report, void *user);

#endif
