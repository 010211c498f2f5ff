/* events_tables.c: what a run says of tables: how far the one is that is built, and that there is
 * no memory for one. */
#include <inttypes.h>
#include <stdio.h>

#include "machine/memory.h"
#include "run/engine.h"

enum { TABLE_TOLD_MS = 1000 }; /* a table that took so long is worth a line */

/* A table that is ready within a second gets no line. */
void miner_events_on_table(void *user, const struct miner_table_look *look)
{
    struct miner_engine *engine = user;
    double mb = (double)look->size_bytes / 1e6;
    char height[40] = "";
    if (look->height > 0) {
        (void)snprintf(height, sizeof height, " of height %" PRIu64, look->height);
    }
    if (look->building) {
        miner_log(engine->host->log, MINER_LOG_INFO, "table", "table%s: %" PRIu64 " %%, %.0f MB",
                  height, look->steps_done * 100 / look->steps, mb);
    } else if (look->took_ms >= TABLE_TOLD_MS) {
        miner_log(engine->host->log, MINER_LOG_INFO, "table", "table%s: ready, %.0f MB in %.1f s",
                  height, mb, (double)look->took_ms / 1e3);
    }
}

void miner_events_on_table_skipped(void *user, const struct miner_table_look *look,
                                   enum miner_table_why why, double number)
{
    struct miner_engine *engine = user;
    double mb = (double)look->size_bytes / 1e6;
    if (why == MINER_TABLE_SLOW) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "table",
                  "table of height %" PRIu64 ": given up, as its %.0f MB would take %.0f s on %zu "
                  "lanes, and blocks come sooner. Lanes compute elements as they need them; it is "
                  "tried again in half an hour",
                  look->height, mb, number, engine->cpu_lane_count);
    } else if (!engine->table_easy) {
        miner_log(
            engine->host->log, MINER_LOG_INFO, "table",
            "no table is built: a block takes %.3g hashes without one, less work than filling "
            "%.0f MB",
            number, mb);
    }
    engine->table_easy = why == MINER_TABLE_EASY;
}

bool miner_events_on_table_fits(void *user, uint64_t size_bytes, uint64_t kept_bytes)
{
    struct miner_engine *engine = user;
    uint64_t available = miner_memory_available("");
    available = available > UINT64_MAX - kept_bytes ? UINT64_MAX : available + kept_bytes;
    bool fits = miner_memory_fits(size_bytes, available);
    if (!fits && !engine->table_refused) {
        miner_log(
            engine->host->log, MINER_LOG_WARNING, "table",
            "no table is built: it takes %.0f MB, and three quarters of the %.0f MB of memory "
            "that are free are not enough. Lanes compute its elements as they need them, which "
            "is much slower",
            (double)size_bytes / 1e6, (double)available / 1e6);
    } else if (fits && engine->table_refused) {
        miner_log(engine->host->log, MINER_LOG_INFO, "table",
                  "a table is built again: there is memory for its %.0f MB",
                  (double)size_bytes / 1e6);
    }
    if (fits && !engine->table_told) {
        miner_log(
            engine->host->log, MINER_LOG_INFO, "table",
            "a table is built for every block: its %.0f MB fit into the %.0f MB of memory that "
            "are free. The CPU lanes fill it, and hash without it meanwhile",
            (double)size_bytes / 1e6, (double)available / 1e6);
        engine->table_told = true;
    }
    engine->table_refused = !fits;
    engine->table_easy = false;
    return fits;
}
