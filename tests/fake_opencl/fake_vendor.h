/* fake_vendor.h: a test's way to the fake OpenCL vendor (fake_opencl.c). Each play is loaded from a
 * copy of the library of its own, as a library that is loaded stays. Failures end the test. */
#ifndef TESTS_FAKE_VENDOR_H
#define TESTS_FAKE_VENDOR_H

#include "kern.h"
#include "kern_opencl.h"

enum { FAKE_SILENCE_MS = 400, FAKE_WAIT_MS = 60000 };

/** Make the folder that all copies and caches of the test live in, and find Alephium.
 * Returns: 0; 1 with a line on standard error. */
int fake_vendor_begin(void);
void fake_vendor_end(void);
const char *fake_vendor_folder(void);
const struct kern_algo *fake_vendor_algo(void);

void fake_vendor_copy(const char *to, const char *from);

/** Discover devices while the vendor plays (tests/fake_opencl/fake_opencl.c). One that hangs is
 * given up after FAKE_SILENCE_MS, or after silence_ms. */
enum base_status fake_vendor_discover_in(struct kern_cl_list **list, const char *play,
                                         uint32_t silence_ms, struct base_error *error);
enum base_status fake_vendor_discover(struct kern_cl_list **list, const char *play,
                                      struct base_error *error);
/** The same, which must succeed. */
struct kern_cl_list *fake_vendor_list(const char *play);
/** A runner on the first device, default parameters. */
struct kern_cl_runner *fake_vendor_runner(const struct kern_cl_list *list);

void fake_vendor_expect(const char *text, const char *part);

#endif
