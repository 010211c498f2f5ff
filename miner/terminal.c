/* terminal.c: see terminal.h. */
#include "terminal.h"

#include <curses.h>
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
