/* help.c: help texts, made from the table of options. */
#include "config/help.h"

#include <string.h>

#include "config/options.h"

enum { WIDTH = 80, INDENT = 28 };

/* Print text, broken at blanks, starting at a column; lines that follow begin at indent. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        if (column > indent && column + 1 + size > WIDTH) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fprintf(out, "%.*s", (int)size, text);
        column += size;
        text += size;
        text += strspn(text, " ");
    }
    (void)fputc('\n', out);
}

static void print_option(FILE *out, const struct miner_option *option)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter != '\0') {
        (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    int size = snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name,
                        option->argument != NULL ? " " : "",
                        option->argument != NULL ? option->argument : "");
    (void)fputs(left, out);
    if (size > INDENT - 2) {
        (void)fputc('\n', out);
        size = 0;
    }
    (void)fprintf(out, "%*s", INDENT - size, "");
    print_wrapped(out, option->help, INDENT, INDENT);
}

static void print_options(FILE *out, enum miner_command command)
{
    const char *group = "";
    for (const struct miner_option *option = NULL;
         (option = miner_option_next(option, command)) != NULL;) {
        if (strcmp(option->group, group) != 0) {
            group = option->group;
            (void)fprintf(out, "\n%s\n", group);
        }
        print_option(out, option);
    }
}

static void print_program(FILE *out)
{
    (void)fputs("Shardpick mines the proof-of-work chains of the UTXO Alliance on processors\n"
                "and OpenCL devices. No fee, no telemetry.\n"
                "\n"
                "usage: shardpick COMMAND [options]\n"
                "\n"
                "Commands\n",
                out);
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        (void)fprintf(out, "  %-12s ", row->name);
        print_wrapped(out, row->help, 15, 15);
    }
    (void)fputs("  config       the settings in force and where each comes from: config --print\n"
                "  completion   script for bash, zsh or fish; the manual page: man\n"
                "\n"
                "  shardpick COMMAND --help lists the command's options.\n"
                "\n"
                "Examples\n"
                "  shardpick mine\n"
                "      the built-in development network: see it work\n"
                "  shardpick mine -o daemon+tcp://127.0.0.1:10973\n"
                "      your own Alephium node\n"
                "  shardpick mine -o stratum+tcp://pool.example:20032 -u ADDRESS.rig1\n"
                "      a pool; a second -o is a fail-over\n"
                "  shardpick bench -a alephium --device cpu\n"
                "      the hashrate of this processor\n"
                "\n"
                "Environment\n"
                "  SHARDPICK_NAME   as the option --name of a command: SHARDPICK_API_TOKEN=...\n"
                "                   keeps a secret off the command line, which overrides it\n"
                "  NO_COLOR         any value: no colours\n"
                "  XDG_CACHE_HOME   where the cache folder goes (default ~/.cache)\n"
                "\n"
                "Exit codes\n"
                "  0 done   1 failed at run time   2 wrong usage or configuration\n"
                "  3 no usable device, or a self-test failed\n"
                "  4 no server reached in time, in a bounded run\n"
                "  5 an OpenCL driver hangs: a supervisor may start the program again\n",
                out);
}

void miner_help_print(FILE *out, enum miner_command command)
{
    if (command == MINER_COMMAND_NONE) {
        print_program(out);
        return;
    }
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        if (row->command == command) {
            (void)fprintf(out, "shardpick %s:", row->name);
            print_wrapped(out, row->help, 11 + strlen(row->name), 4);
        }
    }
    (void)fprintf(out, "\nusage: shardpick %s %s[options]\n", miner_command_name(command),
                  command == MINER_COMMAND_REPLAY ? "FILE " : "");
    print_options(out, command);
}
