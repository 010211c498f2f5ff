/* rows.c: the table of algorithms. A new algorithm adds one include and one line here. */
#include "rows.h"

#include "alephium/alephium.h"
#include "autolykos2/autolykos2.h"
#include "eaglesong/eaglesong.h"
#include "equihash/equihash.h"
#include "odocrypt/odocrypt.h"
#include "qubit/qubit.h"
#include "scrypt/scrypt.h"
#include "sha256d/sha256d.h"
#include "skein/skein.h"

const struct kern_algo *const kern_rows[] = {
    &kern_alephium_row,  &kern_sha256d_row,    &kern_scrypt_row,
    &kern_skein_row,     &kern_qubit_row,      &kern_odocrypt_row,
    &kern_eaglesong_row, &kern_autolykos2_row, &kern_equihash_row,
};

const size_t kern_row_count = BASE_COUNT_OF(kern_rows);
