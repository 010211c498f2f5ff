/* fake_icd.c: a driver that does not live through being loaded: it crashes, or hangs when its name
 * says so (the file is copied under two names). */
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void begin(void)
{
    Dl_info here;
    if (dladdr((void *)&begin, &here) != 0 && strstr(here.dli_fname, "hang") != NULL) {
        for (;;) {
            pause();
        }
    }
    raise(SIGSEGV);
}
