/* screen.c: see screen.h. Curses is used by one thread at a time: by the one that starts the
 * screen, then by the screen's own. */
#include "faces/screen.h"

#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "faces/screen_look.h"
#include "faces/terminal.h"

enum {
    PAINT_MS = 250,     /* time between two pictures when nothing happens */
    PAINT_MIN_MS = 100, /* shortest time between two pictures */
    CTRL_Z = 'z' & 0x1f,
    REPRINTED = 50, /* lines that are written to standard error at the end */
    STOP_WAIT_MS = 1000,
};

struct miner_screen {
    struct miner_face face;
    struct miner_log *log;           /* borrowed, constant like all up to `ending` */
    struct miner_terminal *terminal; /* borrowed */
    struct miner_rig *rig;           /* borrowed */
    bool want_color;
    bool running; /* the terminal is taken and the thread runs */
    pthread_t thread;
    int wake_fd; /* eventfd: a line has come, or the end */
    atomic_bool ending;

    pthread_mutex_t lock; /* guards: */
    size_t event_first;
    size_t event_count;
    struct miner_log_line kept[REPRINTED]; /* a ring; kept_count lines were ever put in */
    size_t kept_count;
    struct miner_screen_event events[MINER_SCREEN_EVENTS_MAX];

    /* the thread's own */
    size_t group; /* shown */
    SCREEN *curses;
    bool color;
    bool unicode;
    struct miner_screen_past past;
    struct miner_canvas canvas;
};

/* ---- the log --------------------------------------------------------------------------------- */

/* On the log's writer thread. */
static void on_line(void *user, const struct miner_log_line *line)
{
    struct miner_screen *screen = user;
    struct tm tm;
    (void)pthread_mutex_lock(&screen->lock);
    screen->kept[screen->kept_count++ % REPRINTED] = *line;
    if (screen->event_count == MINER_SCREEN_EVENTS_MAX) {
        screen->event_first = (screen->event_first + 1) % MINER_SCREEN_EVENTS_MAX;
        screen->event_count -= 1;
    }
    struct miner_screen_event *event =
        &screen->events[(screen->event_first + screen->event_count) % MINER_SCREEN_EVENTS_MAX];
    screen->event_count += 1;
    event->level = line->level;
    memcpy(event->tag, line->tag, sizeof event->tag);
    memcpy(event->text, line->text, sizeof event->text);
    event->stamp[0] = '\0';
    if (localtime_r(&line->when.tv_sec, &tm) != NULL) {
        (void)strftime(event->stamp, sizeof event->stamp, "%H:%M:%S", &tm);
    }
    (void)pthread_mutex_unlock(&screen->lock);
    base_event_raise(screen->wake_fd);
}

/* ---- styles ---------------------------------------------------------------------------------- */

struct look_of {
    short front; /* of 256 colours; -1: the terminal's own */
    short back;
    short front8; /* of 8 */
    short back8;
    attr_t attributes; /* with colours */
    attr_t colorless;  /* without */
};

static const struct look_of looks[MINER_STYLE_COUNT] = {
    [MINER_STYLE_PLAIN] = {-1, -1, -1, -1, A_NORMAL, A_NORMAL},
    [MINER_STYLE_BAR] = {252, 236, COLOR_WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE},
    [MINER_STYLE_BAR_GOOD] = {114, 236, COLOR_GREEN, COLOR_BLUE, A_BOLD, A_REVERSE},
    [MINER_STYLE_BAR_WARN] = {221, 236, COLOR_YELLOW, COLOR_BLUE, A_BOLD, A_REVERSE | A_BOLD},
    [MINER_STYLE_LABEL] = {245, -1, COLOR_CYAN, -1, A_NORMAL, A_NORMAL},
    [MINER_STYLE_VALUE] = {-1, -1, -1, -1, A_NORMAL, A_NORMAL},
    [MINER_STYLE_MAIN] = {114, -1, COLOR_GREEN, -1, A_BOLD, A_BOLD},
    [MINER_STYLE_GOOD] = {114, -1, COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
    [MINER_STYLE_WARN] = {221, -1, COLOR_YELLOW, -1, A_NORMAL, A_BOLD},
    [MINER_STYLE_BAD] = {203, -1, COLOR_RED, -1, A_BOLD, A_BOLD},
    [MINER_STYLE_TAG] = {74, -1, COLOR_CYAN, -1, A_NORMAL, A_NORMAL},
    [MINER_STYLE_KEY] = {-1, -1, -1, -1, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE},
    [MINER_STYLE_HEAT] = {16, 77, COLOR_BLACK, COLOR_GREEN, A_NORMAL, A_REVERSE},
    [MINER_STYLE_HEAT_1] = {16, 149, COLOR_BLACK, COLOR_GREEN, A_NORMAL, A_REVERSE},
    [MINER_STYLE_HEAT_2] = {16, 221, COLOR_BLACK, COLOR_YELLOW, A_NORMAL, A_NORMAL},
    [MINER_STYLE_HEAT_3] = {16, 174, COLOR_BLACK, COLOR_RED, A_NORMAL, A_NORMAL},
};

static void make_colors(struct miner_screen *screen)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    screen->color = screen->want_color && (no_color == NULL || no_color[0] == '\0') &&
                    has_colors() && start_color() == OK && use_default_colors() == OK;
    for (short i = 0; screen->color && i < MINER_STYLE_COUNT; i++) {
        const struct look_of *look = &looks[i];
        bool many = COLORS >= 256;
        (void)init_pair((short)(i + 1), many ? look->front : look->front8,
                        many ? look->back : look->back8);
    }
}

/* Take or leave colours when the settings say otherwise than before. */
static void follow_color(struct miner_screen *screen)
{
    const struct miner_face_settings settings = miner_rig_face_settings(screen->rig);
    if (settings.color != screen->want_color) {
        screen->want_color = settings.color;
        make_colors(screen);
        (void)clearok(stdscr, TRUE);
    }
}

/* ---- painting -------------------------------------------------------------------------------- */

/* Follow the terminal's size without waiting for its signal, which another thread may get. */
static void follow_size(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != LINES || size.ws_col != COLS)) {
        (void)resizeterm(size.ws_row, size.ws_col);
        (void)clearok(stdscr, TRUE);
    }
}

static void show_canvas(const struct miner_screen *screen)
{
    const struct miner_canvas *canvas = &screen->canvas;
    wchar_t run[MINER_CANVAS_COLUMNS_MAX];
    (void)erase();
    for (unsigned row = 0; row < canvas->rows; row++) {
        const struct miner_cell *cells = &canvas->cells[(size_t)row * canvas->columns];
        for (unsigned from = 0, end = 0; from < canvas->columns; from = end) {
            enum miner_style style = cells[from].style;
            for (end = from; end < canvas->columns && cells[end].style == style; end++) {
                run[end - from] = (wchar_t)cells[end].glyph;
            }
            (void)attr_set(screen->color ? looks[style].attributes : looks[style].colorless,
                           screen->color ? (short)(style + 1) : 0, NULL);
            (void)mvaddnwstr((int)row, (int)from, run, (int)(end - from));
        }
    }
    (void)refresh();
}

static void paint(struct miner_screen *screen, const struct miner_snapshot *snapshot,
                  const struct miner_snapshot_group *group)
{
    struct miner_screen_look look = {
        .snapshot = snapshot,
        .group = group,
        .version = SHARDPICK_VERSION,
        .unicode = screen->unicode,
        .past = &screen->past,
    };
    follow_size();
    miner_canvas_clear(&screen->canvas, (unsigned)LINES, (unsigned)COLS);
    (void)pthread_mutex_lock(&screen->lock);
    look.events = screen->events;
    look.event_first = screen->event_first;
    look.event_count = screen->event_count;
    miner_screen_draw(&screen->canvas, &look);
    (void)pthread_mutex_unlock(&screen->lock);
    show_canvas(screen);
}

/* Give the terminal to the shell until it continues the process. */
static void suspend(void)
{
    (void)endwin();
    (void)raise(SIGTSTP);
    (void)clearok(stdscr, TRUE);
    (void)refresh();
}

/* One group at a time is shown. */
static void show_next_group(struct miner_screen *screen, const struct miner_snapshot *snapshot)
{
    screen->group = (screen->group + 1) % snapshot->group_count;
    memset(&screen->past, 0, sizeof screen->past);
    miner_log(screen->log, MINER_LOG_INFO, "miner", "group %s is shown",
              snapshot->groups[screen->group].name);
}

static void obey_keys(struct miner_screen *screen, const struct miner_snapshot *snapshot)
{
    for (int key = getch(); key != ERR; key = getch()) {
        if (key == CTRL_Z) {
            suspend();
        } else if (key == 'g' && snapshot->group_count > 1) {
            show_next_group(screen, snapshot);
        } else {
            miner_screen_key(screen->rig, screen->log, &snapshot->groups[screen->group], key);
        }
    }
}

static void *run(void *argument)
{
    struct miner_screen *screen = argument;
    struct pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = screen->wake_fd, .events = POLLIN}};
    while (!atomic_load(&screen->ending)) {
        uint64_t start_ms = base_clock_ms();
        struct miner_snapshot *snapshot = miner_snapshot_take(screen->rig);
        if (snapshot != NULL) {
            const struct miner_snapshot_group *group = &snapshot->groups[screen->group];
            miner_screen_follow(&screen->past, snapshot, group);
            follow_color(screen);
            paint(screen, snapshot, group);
        }
        /* Keys at once; lines a few times a second. */
        bool key = poll(polled, 1, PAINT_MIN_MS) > 0;
        uint64_t now_ms = base_clock_ms();
        if (!key && now_ms - start_ms < PAINT_MS) {
            (void)poll(polled, 2, (int)(start_ms + PAINT_MS - now_ms));
        }
        if ((polled[0].revents & (POLLHUP | POLLERR)) != 0) {
            polled[0].fd = -1; /* the terminal is gone */
        }
        (void)base_event_take(screen->wake_fd);
        if (polled[0].fd >= 0 && snapshot != NULL) {
            obey_keys(screen, snapshot);
        }
        base_free(snapshot);
    }
    (void)endwin();
    return NULL;
}

/* ---- the terminal ---------------------------------------------------------------------------- */

/* True when a live screen is wanted and possible. */
static bool is_possible(const struct miner_config *config)
{
    const char *term = getenv("TERM");
    return !config->json && !config->quiet && !config->plain_log && isatty(STDIN_FILENO) == 1 &&
           isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && term != NULL &&
           term[0] != '\0' && strcmp(term, "dumb") != 0 &&
           tcgetpgrp(STDIN_FILENO) ==
               getpgrp(); /* a process in the background is stopped when it reads */
}

/* Take the terminal: no echo, keys without Enter; Ctrl-Z comes as a key. */
static bool take_terminal(struct miner_screen *screen)
{
    struct miner_terminal *terminal = screen->terminal;
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &terminal->modes) != 0) {
        return false;
    }
    screen->curses = newterm(NULL, stdout, stdin);
    if (screen->curses == NULL) {
        return false;
    }
    if (!miner_terminal_take(terminal)) {
        (void)endwin();
        delscreen(screen->curses);
        screen->curses = NULL;
        return false;
    }
    miner_terminal_guard(terminal);
    (void)signal(SIGTSTP, SIG_DFL); /* curses' handler would work from any thread */
    (void)cbreak();
    (void)noecho();
    (void)nodelay(stdscr, TRUE);
    (void)keypad(stdscr, TRUE);
    (void)set_escdelay(25);
    (void)curs_set(0);
    if (tcgetattr(STDIN_FILENO, &modes) == 0) {
        modes.c_cc[VSUSP] = _POSIX_VDISABLE;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &modes);
        (void)def_prog_mode();
    }
    screen->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    make_colors(screen);
    return true;
}

/* ---- start and stop -------------------------------------------------------------------------- */

static void release(struct miner_screen *screen)
{
    if (screen->curses != NULL) {
        delscreen(screen->curses);
    }
    if (screen->wake_fd >= 0) {
        (void)close(screen->wake_fd);
    }
    (void)pthread_mutex_destroy(&screen->lock);
    base_free(screen);
}

/* Without a screen the log goes on: no failure ends the run. */
static enum base_status start(struct miner_face *face, struct miner_rig *rig,
                              struct base_error *error)
{
    struct miner_screen *screen = (void *)face;
    (void)error;
    screen->rig = rig;
    screen->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (screen->wake_fd < 0 || !take_terminal(screen)) {
        miner_log(screen->log, MINER_LOG_WARNING, "miner",
                  "this terminal cannot show the live screen; TERM is %s", getenv("TERM"));
        return BASE_OK;
    }
    miner_log_divert(screen->log, on_line, screen);
    screen->running = pthread_create(&screen->thread, NULL, run, screen) == 0;
    if (!screen->running) {
        miner_log_divert(screen->log, NULL, NULL);
        (void)endwin();
        atomic_store(&screen->terminal->taken, false);
        miner_terminal_guard(NULL);
    }
    return BASE_OK;
}

/* Give the terminal and the log back. Returns: false when the thread is blocked in a write. */
static bool end_thread(struct miner_screen *screen)
{
    atomic_store(&screen->ending, true);
    base_event_raise(screen->wake_fd);
    bool ended = base_thread_join(screen->thread, STOP_WAIT_MS);
    if (ended) {
        atomic_store(&screen->terminal->taken, false);
    } else {
        miner_terminal_restore(screen->terminal);
    }
    miner_terminal_guard(NULL);
    miner_log_divert(screen->log, NULL, NULL);
    size_t count = screen->kept_count < REPRINTED ? screen->kept_count : REPRINTED;
    for (size_t i = 0; i < count; i++) {
        miner_log_reprint(screen->log, &screen->kept[(screen->kept_count - count + i) % REPRINTED]);
    }
    return ended;
}

static bool stop(struct miner_face *face)
{
    struct miner_screen *screen = (void *)face;
    bool ended = !screen->running || end_thread(screen);
    if (ended) {
        release(screen);
    }
    return ended;
}

struct miner_face *miner_screen_new(const struct miner_config *config, struct miner_log *log,
                                    struct miner_terminal *terminal)
{
    if (terminal == NULL || !is_possible(config)) {
        return NULL;
    }
    struct miner_screen *screen = base_alloc(1, sizeof *screen);
    if (screen == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&screen->lock, NULL);
    screen->face = (struct miner_face){start, NULL, stop}; /* its thread takes snapshots */
    screen->log = log;
    screen->terminal = terminal;
    screen->want_color = config->color;
    screen->wake_fd = -1;
    return &screen->face;
}
