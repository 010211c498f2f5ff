/* record_private.h: the inside of a recorder: record_file.c is the file and its writer, record.c
 * what stands in the records. */
#ifndef POOL_RECORD_PRIVATE_H
#define POOL_RECORD_PRIVATE_H

#include "record/record.h"

/* ---- record_file.c --------------------------------------------------------------------------- */

/** Time of a record: never before that of the one above. */
uint64_t pool_record_stamp(struct pool_recorder *recorder, uint64_t now_ms);

/** Hand whole records to the writer, all or none; where there is no room they are counted, and a
 * record says so as soon as there is. Takes the bytes out of lines. */
void pool_record_put(struct pool_recorder *recorder, struct pool_buffer *lines, uint64_t records);

/** Count records that could not even be made. */
void pool_record_lose(struct pool_recorder *recorder, uint64_t records);

/* ---- record.c -------------------------------------------------------------------------------- */

/** Append to a line. Returns false without memory, or where it is too long. */
BASE_PRINTF(2, 3)
bool pool_record_add(struct pool_buffer *line, const char *format, ...);

/** End a line and hand it over; one that memory had no room for counts as lost. */
void pool_record_finish(struct pool_recorder *recorder, struct pool_buffer *line, bool fine);

#endif
