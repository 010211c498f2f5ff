/* registry.c: the table of algorithms. A new algorithm adds one include and one line here. */
#include <string.h>

#include "alephium/alephium.h"
#include "autolykos2/autolykos2.h"
#include "kern.h"
#include "odocrypt/odocrypt.h"
#include "qubit/qubit.h"
#include "scrypt/scrypt.h"
#include "sha256d/sha256d.h"
#include "skein/skein.h"

static const struct kern_algo *const rows[] = {
    &kern_alephium_row, &kern_sha256d_row,  &kern_scrypt_row,     &kern_skein_row,
    &kern_qubit_row,    &kern_odocrypt_row, &kern_autolykos2_row,
};

size_t kern_algo_count(void)
{
    return BASE_COUNT_OF(rows);
}

const struct kern_algo *kern_algo_at(size_t index)
{
    BASE_ASSERT(index < BASE_COUNT_OF(rows));
    return rows[index];
}

const struct kern_algo *kern_algo_find(const char *name)
{
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            return rows[i];
        }
    }
    return NULL;
}
