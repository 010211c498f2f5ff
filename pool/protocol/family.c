/* family.c: see family.h. */
#include "protocol/family.h"

enum base_status pool_first_byte_check(const struct pool_first_byte *rows, uint8_t byte,
                                       const struct pool_server *server, struct base_error *error)
{
    for (; rows->says != NULL; rows++) {
        if (rows->byte != byte) {
            continue;
        }
        if (rows->scheme == NULL) {
            return base_error_set(error, BASE_E_FORMAT, "%s", rows->says);
        }
        return base_error_set(error, BASE_E_FORMAT, "%s; try -o %s://%s:%u%s", rows->says,
                              rows->scheme, server->host, server->port,
                              rows->behind != NULL ? rows->behind : "");
    }
    return BASE_OK;
}
