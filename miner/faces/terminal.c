/* terminal.c: see terminal.h. */
#include "faces/terminal.h"

#include <curses.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

static const char *capability(const char *name)
{
    const char *value = tigetstr((char *)name); /* curses only reads it */
    return value != (const char *)-1 ? value : NULL;
}

bool miner_terminal_take(struct miner_terminal *terminal)
{
    static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    size_t used = 0;
    terminal->leave[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = capability(names[i]);
        size_t size = value != NULL ? strlen(value) : 0;
        if (size > 0 && used + size < sizeof terminal->leave) {
            memcpy(terminal->leave + used, value, size + 1);
            used += size;
        }
    }
    bool usable = capability("cup") != NULL;
    atomic_store(&terminal->taken, usable);
    return usable;
}

void miner_terminal_restore(struct miner_terminal *terminal)
{
    if (terminal != NULL && atomic_exchange(&terminal->taken, false)) {
        (void)tcflow(STDOUT_FILENO, TCOON);
        (void)!write(STDOUT_FILENO, terminal->leave, strlen(terminal->leave));
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->modes);
    }
}

/* ---- crashes --------------------------------------------------------------------------------- */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGABRT, SIGQUIT};

enum { FATAL_COUNT = sizeof fatal / sizeof fatal[0] };

/* A signal handler gets no pointer of this program, so what it needs is global: the terminal, and
 * the former action of each signal, which is written before the handler is installed. */
static _Atomic(struct miner_terminal *) guarded;
static struct sigaction before[FATAL_COUNT];

/* System calls only. */
static void on_fatal(int number, siginfo_t *info, void *context)
{
    (void)context;
    miner_terminal_restore(atomic_load(&guarded));
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        if (fatal[i] == number) {
            (void)sigaction(number, &before[i], NULL);
        }
    }
    /* A fault happens again on return, with its context for a core dump or a sanitizer. A signal
     * that was sent must be sent again: it is delivered on return. */
    if (info->si_code <= 0) {
        (void)raise(number);
    }
}

void miner_terminal_guard(struct miner_terminal *terminal)
{
    atomic_store(&guarded, terminal);
    for (size_t i = 0; i < FATAL_COUNT && terminal != NULL; i++) {
        struct sigaction now;
        struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
        action.sa_sigaction = on_fatal;
        (void)sigemptyset(&action.sa_mask);
        if (sigaction(fatal[i], NULL, &now) != 0 || now.sa_handler == SIG_IGN ||
            now.sa_sigaction == on_fatal) {
            continue;
        }
        before[i] = now;
        (void)sigaction(fatal[i], &action, NULL);
    }
}
