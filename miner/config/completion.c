/* completion.c: the manual page and the completions of shells, made from the table of options. */
#include <string.h>

#include "config/help.h"
#include "config/options.h"

/* ---- shells --------------------------------------------------------------------------------- */

/* The words that can follow an option, separated by blanks. */
static void print_words(FILE *out, const struct miner_option *option)
{
    static const struct {
        const char *name;
        const char *words;
    } rows[] = {
        {"opencl", "all none"},
        {"threads", "auto all"},
        {"node-version", "0 1"},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i].name, option->name) == 0) {
            (void)fputs(rows[i].words, out);
        }
    }
    for (size_t i = 0; strcmp(option->name, "coin") == 0 && pool_coin_at(i) != NULL; i++) {
        if (pool_coin_at(i)->why_not == NULL) {
            (void)fprintf(out, "%s%s", i > 0 ? " " : "", pool_coin_at(i)->name);
        }
    }
}

static bool takes_file(const struct miner_option *option)
{
    return option->argument != NULL &&
           (strcmp(option->argument, "FILE") == 0 || strcmp(option->argument, "DIR") == 0);
}

static void print_commands(FILE *out)
{
    for (size_t i = 0; i < miner_command_count(); i++) {
        (void)fprintf(out, "%s ", miner_command_at(i)->name);
    }
    (void)fputs("config completion help", out);
}

static void print_bash(FILE *out)
{
    (void)fputs("# bash completion for shardpick: shardpick completion bash\n"
                "_shardpick()\n{\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                "    local options=\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "        COMPREPLY=($(compgen -W \"",
                out);
    print_commands(out);
    (void)fputs(" --help --version\" -- \"$word\"))\n        return\n    fi\n    case $before in\n",
                out);
    for (size_t i = 0; i < miner_option_count(); i++) {
        const struct miner_option *option = miner_option_at(i);
        if (option->argument == NULL ||
            miner_option_find(option->name, MINER_COMMAND_NONE) != option) {
            continue;
        }
        (void)fprintf(out, "    --%s", option->name);
        if (option->letter != '\0') {
            (void)fprintf(out, "|-%c", option->letter);
        }
        if (takes_file(option)) {
            (void)fputs(") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", out);
        } else {
            (void)fputs(") COMPREPLY=($(compgen -W \"", out);
            print_words(out, option);
            (void)fputs("\" -- \"$word\")); return ;;\n", out);
        }
    }
    (void)fputs("    esac\n    case ${COMP_WORDS[1]} in\n", out);
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        (void)fprintf(out, "    %s) options=\"", row->name);
        for (const struct miner_option *option = NULL;
             (option = miner_option_next(option, row->command)) != NULL;) {
            (void)fprintf(out, "--%s ", option->name);
        }
        (void)fputs("\" ;;\n", out);
    }
    (void)fputs("    completion) options=\"bash zsh fish man\" ;;\n"
                "    esac\n"
                "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                "}\n"
                "complete -F _shardpick shardpick\n",
                out);
}

/* Text inside single quotes of a shell, without the characters that mean something to zsh's
 * _arguments. */
static void print_quoted(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", out);
        } else if (*text == '[' || *text == ']' || *text == ':') {
            (void)fprintf(out, "\\%c", *text);
        } else {
            (void)fputc(*text, out);
        }
    }
}

static void print_zsh_option(FILE *out, const struct miner_option *option)
{
    (void)fprintf(out, "        '*--%s%s[", option->name, option->argument != NULL ? "=" : "");
    print_quoted(out, option->help);
    (void)fputc(']', out);
    if (takes_file(option)) {
        (void)fputs(":file:_files", out);
    } else if (option->argument != NULL) {
        (void)fprintf(out, ":%s:(", option->argument);
        print_words(out, option);
        (void)fputc(')', out);
    }
    (void)fputs("' \\\n", out);
}

static void print_zsh(FILE *out)
{
    (void)fputs("#compdef shardpick\n"
                "# zsh completion for shardpick: shardpick completion zsh\n"
                "if (( CURRENT == 2 )); then\n    compadd ",
                out);
    print_commands(out);
    (void)fputs("\n    return\nfi\ncase $words[2] in\n", out);
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        (void)fprintf(out, "%s)\n    _arguments \\\n", row->name);
        for (const struct miner_option *option = NULL;
             (option = miner_option_next(option, row->command)) != NULL;) {
            print_zsh_option(out, option);
        }
        (void)fputs("        '*: :'\n    ;;\n", out);
    }
    (void)fputs("completion) compadd bash zsh fish man ;;\nesac\n", out);
}

static void print_fish(FILE *out)
{
    (void)fputs("# fish completion for shardpick: shardpick completion fish\n"
                "complete -c shardpick -f\n"
                "complete -c shardpick -n __fish_use_subcommand -a '",
                out);
    print_commands(out);
    (void)fputs("'\n", out);
    for (size_t i = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        for (const struct miner_option *option = NULL;
             (option = miner_option_next(option, row->command)) != NULL;) {
            (void)fprintf(out, "complete -c shardpick -n '__fish_seen_subcommand_from %s' -l %s",
                          row->name, option->name);
            if (option->letter != '\0') {
                (void)fprintf(out, " -s %c", option->letter);
            }
            if (takes_file(option)) {
                (void)fputs(" -r -F", out);
            } else if (option->argument != NULL) {
                (void)fputs(" -x -a '", out);
                print_words(out, option);
                (void)fputc('\'', out);
            }
            (void)fputs(" -d '", out);
            print_quoted(out, option->help);
            (void)fputs("'\n", out);
        }
    }
}

/* ---- manual page ---------------------------------------------------------------------------- */

/* Text for roff: dashes and backslashes escaped, no line that begins with a control character. */
static void print_roff(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-') {
            (void)fputs("\\-", out);
        } else if (*text == '\\') {
            (void)fputs("\\e", out);
        } else if (*text == '~') {
            (void)fputs("\\(ti", out);
        } else {
            (void)fputc(*text, out);
        }
    }
}

static void print_man_option(FILE *out, const struct miner_option *option)
{
    (void)fputs(".TP\n.B ", out);
    if (option->letter != '\0') {
        (void)fprintf(out, "\\-%c, ", option->letter);
    }
    (void)fputs("\\-\\-", out);
    print_roff(out, option->name);
    if (option->argument != NULL) {
        (void)fprintf(out, " \\fI%s\\fR", option->argument);
    }
    (void)fputs("\n", out);
    print_roff(out, option->help);
    (void)fputs(".\nCommands:", out);
    for (size_t i = 0, shown = 0; i < miner_command_count(); i++) {
        const struct miner_command_row *row = miner_command_at(i);
        if (miner_option_of(option, row->command)) {
            (void)fprintf(out, "%s %s", shown++ > 0 ? "," : "", row->name);
        }
    }
    (void)fputs(".\n", out);
}

static void print_man(FILE *out, const char *version)
{
    (void)fprintf(out, ".TH SHARDPICK 1 \"\" \"shardpick %s\" \"User Commands\"\n", version);
    (void)fputs(".SH NAME\nshardpick \\- proof\\-of\\-work miner for the chains of the UTXO "
                "Alliance\n"
                ".SH SYNOPSIS\n.B shardpick\n.I COMMAND\n.RI [ options ]\n"
                ".SH DESCRIPTION\n"
                "Shardpick finds the processor cores and the OpenCL devices of a machine, takes "
                "jobs from a node or a pool, hashes them, checks every find again on the processor "
                "and hands it in. It takes no fee and sends no telemetry.\n"
                ".SH COMMANDS\n",
                out);
    for (size_t i = 0; i < miner_command_count(); i++) {
        (void)fprintf(out, ".TP\n.B %s\n", miner_command_at(i)->name);
        print_roff(out, miner_command_at(i)->help);
        (void)fputs(".\n", out);
    }
    (void)fputs(".TP\n.B config \\-\\-print \\fR[ options of mine ]\n"
                "print the settings that mine would have, and where each came from.\n"
                ".TP\n.B completion \\fIbash|zsh|fish|man|schema\\fR\n"
                "print a shell's completions, this page, or the JSON schema of configuration "
                "files.\n"
                ".SH OPTIONS\n"
                "Each option names the commands that take it.\n",
                out);
    for (size_t i = 0; i < miner_option_count(); i++) {
        print_man_option(out, miner_option_at(i));
    }
    (void)fputs(".SH CONFIGURATION FILE\n"
                "One JSON object; comments may stand in it (//, #, /* */). Keys are the long names "
                "of options without the dashes, of any "
                "command; flags hold true or false. Servers are listed as\n"
                ".PP\n.nf\n"
                "{\n"
                "  \"servers\": [\n"
                "    {\"url\": \"stratum+tcp://pool.example:20032\", \"user\": \"ADDRESS.rig1\"},\n"
                "    {\"url\": \"daemon+tcp://127.0.0.1:10973\"}\n"
                "  ],\n"
                "  \"threads\": 4\n"
                "}\n.fi\n.PP\n"
                "The environment overrides the file, the command line overrides both; servers of a "
                "stronger place replace those of a weaker one. "
                ".B shardpick config \\-\\-print\n"
                "shows the effective settings and where each came from.\n"
                ".SH ENVIRONMENT\n"
                ".TP\n.BI SHARDPICK_ NAME\nthe value of the option "
                ".BI \\-\\- name\nof the command, in capitals, with _ for \\-: "
                "SHARDPICK_THREADS=4, SHARDPICK_API_TOKEN=word. Flags take 1 or 0. Empty variables "
                "count as absent. SHARDPICK_USER and SHARDPICK_PASS belong to SHARDPICK_URL; "
                "without it, to every server. SHARDPICK_CONFIG names the file.\n"
                ".TP\n.B NO_COLOR\nany value: no colours.\n"
                ".TP\n.B XDG_CACHE_HOME\nwhere the cache folder goes (default \\(ti/.cache).\n"
                ".SH EXIT STATUS\n"
                ".TP\n.B 0\ndone.\n"
                ".TP\n.B 1\nfailed at run time.\n"
                ".TP\n.B 2\nwrong usage or configuration.\n"
                ".TP\n.B 3\nno usable device, or a self\\-test failed.\n"
                ".TP\n.B 4\nno server reached within \\-\\-connect\\-timeout in a bounded run.\n"
                ".TP\n.B 5\nan OpenCL driver did not come back within \\-\\-watchdog; a "
                "supervisor may start the program again, some drivers need a reboot.\n",
                out);
}

void miner_completion_print(FILE *out, const char *topic, const char *version)
{
    if (strcmp(topic, "bash") == 0) {
        print_bash(out);
    } else if (strcmp(topic, "zsh") == 0) {
        print_zsh(out);
    } else if (strcmp(topic, "fish") == 0) {
        print_fish(out);
    } else if (strcmp(topic, "schema") == 0) {
        miner_schema_print(out);
    } else {
        print_man(out, version);
    }
}
