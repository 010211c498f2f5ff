/* options.h: the one table of options, and the way from words to a configuration. Parsing, help,
 * configuration file, manual page and completions all read this table. */
#ifndef MINER_OPTIONS_H
#define MINER_OPTIONS_H

#include "config/config.h"

struct miner_option;

/* Where settings stand, weakest first: each layer overrides those before it. */
enum miner_layer {
    MINER_LAYER_DEFAULT,
    MINER_LAYER_FILE,
    MINER_LAYER_ENVIRONMENT,
    MINER_LAYER_LINE, /* the command line */
};

/* Where one setting came from. Value. */
struct miner_origin {
    enum miner_layer layer;
    char from[160]; /* "rig.json:7", "SHARDPICK_THREADS", "--threads"; "" for defaults */
};

/* What may be said of one server. The first may also be said of all servers. */
enum miner_server_key {
    MINER_SERVER_USER,
    MINER_SERVER_PASS,
    MINER_SERVER_PROXY,
    MINER_SERVER_LOGINS, /* number of them */
    MINER_SERVER_URL = MINER_SERVER_LOGINS,
    MINER_SERVER_REST_PORT,
    MINER_SERVER_RPC_COOKIE,
    MINER_SERVER_KEYS,
};

/* Which settings were given, and where. */
enum { MINER_TRACE_ROWS = 128 };
struct miner_trace {
    struct {
        char text[MINER_PATH_MAX]; /* as it was written, shortened to fit */
        struct miner_origin origin;
    } rows[MINER_TRACE_ROWS]; /* one an option, by its index in the table */
    struct miner_origin servers[POOL_SERVERS_MAX][MINER_SERVER_KEYS]; /* as in the configuration */
    struct miner_origin logins[MINER_SERVER_LOGINS];                  /* of the collector's */
    char file[MINER_PATH_MAX];                                        /* that was read; "": none */
    bool once; /* it was a pipe: it cannot be read again */
};

/* A complete set of settings and where each came from. Large: on the heap. */
struct miner_settings {
    struct miner_config config; /* with groups: as the first one's */
    struct miner_groups groups;
    struct miner_trace trace;
};

/* The command line, to read all settings again. Borrowed for the life of the process. */
struct miner_words {
    int argc;
    char *const *argv;
    const char *cache_dir;
    struct miner_settings *settings; /* as they were at the start */
};

/* Where settings are collected; see options.c. */
struct miner_collector {
    struct miner_config *config;
    struct miner_trace *trace;   /* NULL: origins are not noted */
    struct miner_groups *groups; /* NULL: groups are not read */
    enum miner_layer layer;      /* that is being read */
    size_t first_server;         /* servers from here on were named in this layer */
    struct miner_login {
        enum miner_layer from;
        char text[POOL_LOGIN_MAX];
    } logins[MINER_SERVER_LOGINS]; /* -u and -p before the first -o of a layer, and --proxy anywhere
                                    * but in an entry of "servers": for every server without its
                                    * own, and instead of what weaker layers say */
};

#define MINER_NO_PROXY                                                                             \
    "none" /* a server's own: until miner_config_finish, which makes "" of it                      \
            */

/** Where such a word of a server stands; POOL_LOGIN_MAX bytes. */
static inline char *miner_server_login(struct pool_server *server, enum miner_server_key key)
{
    return key == MINER_SERVER_USER   ? server->user
           : key == MINER_SERVER_PASS ? server->pass
                                      : server->proxy;
}

/** Begin or end the reading of a layer. */
void miner_collector_begin(struct miner_collector *collector, enum miner_layer layer);
void miner_collector_end(struct miner_collector *collector);

/** Give a server a word that is for all of them, and its origin. */
void miner_collector_give_login(struct miner_collector *collector, size_t server,
                                enum miner_server_key key);

/* One option as it was written. Borrowed. */
struct miner_entry {
    struct miner_collector *collector;
    const struct miner_option *option;
    const char *label; /* begins the sentence about it: "--threads" */
    const char *text;
    struct base_error *error;
};

/** Check a text and put it into the collector. */
typedef enum base_status miner_option_fn(const struct miner_entry *in);

enum miner_json_kind { MINER_JSON_FLAG, MINER_JSON_NUMBER, MINER_JSON_TEXT, MINER_JSON_EITHER };

/* Where an option may stand. A set. */
enum miner_place_bits {
    MINER_PLACE_LINE = 1,        /* the command line */
    MINER_PLACE_FILE = 2,        /* a key of the configuration file */
    MINER_PLACE_ENVIRONMENT = 4, /* SHARDPICK_NAME */
    MINER_PLACE_SERVER = 8,      /* also a key of an entry of "servers" */
    MINER_PLACE_GROUP = 16,      /* also a key of an entry of "groups" */
};

/* What a change of the option needs while `mine` runs. */
enum miner_reload_class {
    MINER_RELOAD_START,  /* a new start of the program; until then the former value stays */
    MINER_RELOAD_LIVE,   /* nothing: the run reads it from its settings whenever it needs it */
    MINER_RELOAD_ENGINE, /* a new engine: new lanes and a new connection */
};

/* One row. Constant. */
struct miner_option {
    const char *name;               /* long name, without "--"; the key in a configuration file */
    char letter;                    /* 0: none */
    const char *argument;           /* as help shows it; NULL: a flag */
    unsigned commands;              /* set of 1 << enum miner_command */
    unsigned places;                /* set of enum miner_place_bits */
    enum miner_reload_class reload; /* of mine; servers are compared as a list */
    enum miner_json_kind json;      /* what the file holds; EITHER: number or text */
    miner_option_fn *apply;         /* NULL: handled by the parser (config, help, version) */
    size_t offset;                  /* of what it sets in struct miner_config */
    size_t size;                    /* of that; 0: it belongs to a server */
    double min;                     /* range of numbers, in the unit of the member; texts: least */
    double max;                     /* characters in min */
    const char *group;              /* heading in help */
    const char *help;               /* one or two lines; ends without a full stop */
};

/* A command as help and the parser know it. Constant. */
struct miner_command_row {
    enum miner_command command;
    const char *name;
    const char *help;
};

/** Apply an option, and note its origin where the collector has a trace.
 * In: text  of a flag: "", or "false" to take back what a weaker layer says. */
BASE_MUST_CHECK enum base_status miner_option_apply(struct miner_collector *collector,
                                                    const struct miner_option *option,
                                                    const char *label, const char *text,
                                                    struct base_error *error);

size_t miner_option_count(void);
const struct miner_option *miner_option_at(size_t index);

/** Option of a command by its long name, or NULL; any command's with MINER_COMMAND_NONE. */
const struct miner_option *miner_option_find(const char *name, enum miner_command command);

/** True when a command takes an option. */
static inline bool miner_option_of(const struct miner_option *option, enum miner_command command)
{
    return (option->commands >> command & 1) != 0;
}

/** The option that follows one in the table and is a command's; after NULL, the first one.
 * Returns: NULL behind the last. */
const struct miner_option *miner_option_next(const struct miner_option *option,
                                             enum miner_command command);

/** Names of the options that may stand in a place, at most cap of them. Returns their number. */
size_t miner_option_names(const char **names, size_t cap, enum miner_place_bits place);

/** True when an option's value is the same in both configurations. */
bool miner_option_same(const struct miner_option *option, const struct miner_config *a,
                       const struct miner_config *b);

/** Copy an option's value from one configuration to another. */
void miner_option_copy(const struct miner_option *option, struct miner_config *to,
                       const struct miner_config *from);

size_t miner_command_count(void);
const struct miner_command_row *miner_command_at(size_t index);

/** A command by its name, or MINER_COMMAND_NONE. */
enum miner_command miner_command_find(const char *name);

/** Name of a command; "" for MINER_COMMAND_NONE. */
const char *miner_command_name(enum miner_command command);

/* What the words ask for. */
enum miner_request {
    MINER_REQUEST_RUN,        /* config->command */
    MINER_REQUEST_HELP,       /* of config->command; of the program for MINER_COMMAND_NONE */
    MINER_REQUEST_VERSION,    /* */
    MINER_REQUEST_COMPLETION, /* *topic: bash, zsh, fish, man or schema */
    MINER_REQUEST_CONFIG,     /* print the settings: see miner_options_trace */
};

/** From the words of the command line (argv[0] is the program) to checked settings, with groups of
 * devices and the origin of each: defaults, then the file of -c, then the environment (see
 * miner_config_environment), then the command line.
 * In:      cache_dir  default folder for caches.
 * Out:     topic      set for MINER_REQUEST_COMPLETION, borrowed from argv.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO the file cannot be read at the moment; anything else
 * is wrong usage, with one sentence: what, where, what would be right. */
BASE_MUST_CHECK enum base_status miner_options_load(struct miner_settings *settings,
                                                    enum miner_request *request, const char **topic,
                                                    int argc, char *const *argv,
                                                    const char *cache_dir,
                                                    struct base_error *error);

/** As miner_options_load for `config --print` and the words after it, which are mine's. */
BASE_MUST_CHECK enum base_status miner_options_trace(struct miner_settings *settings, int argc,
                                                     char *const *argv, const char *cache_dir,
                                                     struct base_error *error);

/* A configuration file, read once: it may be a pipe. */
struct miner_config_file {
    const char *path;    /* borrowed */
    char *text;          /* owned: whole file without comments, NUL-ended */
    struct json_t *root; /* owned: the object in it */
    bool regular;        /* it can be read again */
};

/** Read a file and the JSON in it. A UTF-8 mark at its start is skipped.
 * Returns: BASE_OK; BASE_E_NOT_FOUND, BASE_E_LIMIT, BASE_E_FORMAT ... with file, line where
 * possible, and what would be right. Free: miner_config_close, in any case. */
BASE_MUST_CHECK enum base_status miner_config_open(struct miner_config_file *file, const char *path,
                                                   struct base_error *error);
void miner_config_close(struct miner_config_file *file);

/** Put what a file says into the collector.
 * In: skip_servers  true: the command line names servers, the file's are checked but not used.
 * Returns: BASE_OK; BASE_E_FORMAT, BASE_E_RANGE ... with file, line where possible, and what would
 * be right. */
BASE_MUST_CHECK enum base_status miner_config_read(struct miner_collector *collector,
                                                   const struct miner_config_file *file,
                                                   bool skip_servers, struct base_error *error);

/** Read "groups" of a file into the collector's groups, each over what the collector's config says
 * by now, and check them: their logins and algorithms, and that no device is in two of them. Their
 * number is 0 when the file has none. After miner_config_read. */
BASE_MUST_CHECK enum base_status miner_config_read_groups(struct miner_collector *collector,
                                                          const struct miner_config_file *file,
                                                          struct base_error *error);

/** File that SHARDPICK_CONFIG names, or NULL; true when SHARDPICK_URL names a server. */
const char *miner_config_environment_file(void);
bool miner_config_environment_urls(void);

/** Read the environment into the collector: SHARDPICK_ and the long name of an option of the
 * collector's command, in capitals, with _ for -. Empty variables count as absent. Names that are
 * nearly an option's give a warning.
 * In: skip_urls  true: the command line names servers; SHARDPICK_URL is left alone.
 * Returns: as option->apply, with the variable's name in the sentence. */
BASE_MUST_CHECK enum base_status miner_config_environment(struct miner_collector *collector,
                                                          bool skip_urls, struct base_error *error);

/** Checks that need more than one option: logins, algorithm of the coin, contradictions.
 * The collector's config is complete afterwards. */
BASE_MUST_CHECK enum base_status miner_config_finish(struct miner_collector *collector,
                                                     struct base_error *error);

#endif
