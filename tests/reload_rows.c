/* reload_rows.c: see reload_rows.h. Values with which a rig goes on mining at a development
 * network. */
#include "reload_rows.h"

#include <string.h>

static const struct reload_row rows[] = {
    {"coinbase-text", "\"one\"", "\"two\""},
    {"api-key", "\"one\"", "\"two\""},
    {"proxy-local", "false", "true"},
    {"tls-ca", "\"/dev/null\"", "\"/proc/version\""},
    {"tls-fingerprint", "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"",
     "\"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""},
    {"tls-insecure", "false", "true"},
    {"try-timeout", "5", "6"},
    {"job-timeout", "50", "60"},
    {"template-wait", "20", "30"},
    {"dead-peer-timeout", "8", "9"},
    {"multiply-difficulty", "false", "true"},
    {"reject-limit", "10", "11"},
    {"allow-redirect", "\"one.example\"", "\"two.example\""},
    {"record", "\"one.rec\"", "\"two.rec\""},
    {"connect-timeout", "30", "31"},
    {"coin", "\"alephium\"", "\"digibyte\""},
    {"algo", "\"alephium\"", "\"skein\""},
    {"threads", "1", "2"},
    {"cpu-affinity", "\"0,1\"", "\"0\""},
    {"cpu-kernel", NULL, "\"portable\""},
    {"nice", "0", "1"},
    {"pause-on-battery", "false", "true"},
    {"opencl", "\"none\"", "\"all\""},
    {"cache-dir", "\"\"", "\"/dev/null/cache\""},
    {"no-tune", "false", "true"},
    {"temp-limit", "80", "81"},
    {"max-temp", "110", "111"},
    {"max-diff", "1e20", "1e21"},
    {"watchdog", "30", "31"},
    {"nonce-seed", "1", "2"},
    {"duration", "1000", "2000"},
    {"until-blocks", "100000000", "200000000"},
    {"until-shares", "100000000", "200000000"},
    {"block-time", "8", "9"},
    {"reduced", "0", "96"},
    {"json", "false", "true"},
    {"quiet", "false", "true"},
    {"verbose", "false", "true"},
    {"log-file", "\"one.log\"", "\"two.log\""},
    {"syslog", "false", "true"},
    {"background", "false", "true"},
    {"no-color", "false", "true"},
    {"screen", "\"live\"", "\"log\""},
    {"summary-interval", "1000", "2000"},
    {"api", "\"127.0.0.1:1\"", "\"127.0.0.1:2\""},
    {"api-token", "\"the-first-token\"", "\"the-other-token\""},
};

const struct reload_row *reload_row_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

bool reload_row_wanted(const struct miner_option *option)
{
    return (option->commands >> MINER_COMMAND_MINE & 1) != 0 &&
           (option->places & MINER_PLACE_FILE) != 0 && (option->places & MINER_PLACE_SERVER) == 0;
}
