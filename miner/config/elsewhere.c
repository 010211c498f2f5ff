/* elsewhere.c: see elsewhere.h. Names as in the help texts of xmrig, cpuminer-opt, lolMiner and
 * others of their kind. */
#include "config/elsewhere.h"

#include <stddef.h>
#include <string.h>

#include "base/status.h"

const char *miner_option_elsewhere(const char *name)
{
    static const struct {
        const char *name;
        const char *here;
    } rows[] = {
        {"pool", "--url URL"},
        {"server", "--url URL"},
        {"host", "--url URL"},
        {"port", "--url URL, with the port in it"},
        {"wallet", "--user ADDRESS.WORKER"},
        {"address", "--user ADDRESS"},
        {"worker", "--user ADDRESS.WORKER"},
        {"rig-id", "--user ADDRESS.WORKER"},
        {"password", "--pass WORD"},
        {"userpass", "--user and --pass"},
        {"O", "--user and --pass"},
        {"coinbase-addr", "--user ADDRESS"},
        {"coinbase-sig", "--coinbase-text TEXT"},
        {"tls", "a URL that begins with stratum+ssl://"},
        {"ssl", "a URL that begins with stratum+ssl://"},
        {"cert", "--tls-ca FILE"},
        {"tls-fingerprint-sha256", "--tls-fingerprint SHA256"},
        {"x", "--proxy URL"},
        {"socks5", "--proxy URL"},
        {"cpu-threads", "--threads N"},
        {"num-threads", "--threads N"},
        {"cpu-priority", "--nice N"},
        {"no-cpu", "--threads 0"},
        {"disable-cpu", "--threads 0"},
        {"gpu", "--opencl SEL"},
        {"gpus", "--opencl SEL"},
        {"cuda", "--opencl SEL"},
        {"cuda-devices", "--opencl SEL"},
        {"opencl-devices", "--opencl SEL"},
        {"no-gpu", "--opencl none"},
        {"disable-gpu", "--opencl none"},
        {"tstop", "--temp-limit C"},
        {"intensity",
         "nothing: devices are tuned when they are seen first, and by `shardpick tune`"},
        {"http-port", "--api PORT"},
        {"http-host", "--api ADDR:PORT"},
        {"http-access-token", "--api-token WORD"},
        {"api-bind", "--api ADDR:PORT"},
        {"api-port", "--api PORT"},
        {"apiport", "--api PORT"},
        {"print-time", "--summary-interval S"},
        {"time-limit", "--duration S"},
        {"benchmark", "`shardpick bench`"},
        {"bench", "`shardpick bench`"},
        {"list-devices", "`shardpick devices`"},
        {"debug", "--verbose"},
        {"retries", "nothing: servers are tried again until there is one"},
        {"retry-pause", "nothing: pauses grow from 1 s to 30 s"},
        {"donate-level", "nothing: there is no fee"},
        {"devfee", "nothing: there is no fee"},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].here;
        }
    }
    return NULL;
}
