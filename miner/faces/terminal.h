/* terminal.h: the state of the terminal before the live screen took it, so that code that ends the
 * process at once can restore it. screen.c fills it; main.c owns it for the life of the process. */
#ifndef MINER_TERMINAL_H
#define MINER_TERMINAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <termios.h>

/* Zeroed memory: nothing taken. */
struct miner_terminal {
    atomic_bool taken; /* the fields below are set, and the screen has the terminal */
    struct termios modes;
    char leave[128]; /* bytes that bring the ordinary screen and cursor back */
};

/** Note how curses' current terminal is left, once curses has it; modes were noted before.
 * Returns: false when it cannot move its cursor: nothing is taken. */
bool miner_terminal_take(struct miner_terminal *terminal);

/** Put the terminal of standard input and output back as it was, if it was taken; also when its
 * output was held (Ctrl-S). The first call does it. NULL is fine.
 * Threads: any; makes system calls only. */
void miner_terminal_restore(struct miner_terminal *terminal);

/** From now on a crash (a fault, an abort) and Ctrl-\ restore this terminal before they end the
 * process as usual. NULL: no more. Main thread. Does not work for a thread whose stack overflowed.
 */
void miner_terminal_guard(struct miner_terminal *terminal);

#endif
