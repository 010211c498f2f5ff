/* inherited.c: see inherited.h. */
#include "process/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

void miner_inherited_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", O_RDWR); /* the lowest free number: this one */
        }
    }
}

void miner_inherited_signals(void (*end)(int signal))
{
    sigset_t none;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&none);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGCHLD, &action, NULL); /* ignored, it takes away what waitpid would return */
    action.sa_handler = end;
    if (getpid() == 1) {
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
    }
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

bool miner_inherited_ignores(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
           action.sa_handler == SIG_IGN;
}
