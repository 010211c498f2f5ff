/* record_private.h: the inside of a recorder: record_file.c is the file and its writer, record.c
 * what stands in the records. */
#ifndef POOL_RECORD_PRIVATE_H
#define POOL_RECORD_PRIVATE_H

#include <jansson.h>

#include "protocol/family.h"
#include "record/record.h"

/** Time of a record: never before that of the one above. */
uint64_t pool_record_stamp(struct pool_recorder *recorder, uint64_t now_ms);

/** The family of the coin that is recorded. */
const struct pool_family *pool_record_family(const struct pool_recorder *recorder);

/** Append a record as a line. record is taken; NULL: no memory. Returns false without memory. */
bool pool_record_add(struct pool_buffer *lines, json_t *record);

/** Hand whole records to the writer, all or none; where there is no room they are counted, and a
 * record says so as soon as there is. Takes the bytes out of lines. */
void pool_record_put(struct pool_recorder *recorder, struct pool_buffer *lines, uint64_t records);

/** Add one record and hand it over, to a recorder if there is one; one that memory had no room for
 * counts as lost. */
void pool_record_write(struct pool_recorder *recorder, json_t *record);

/** Count records that could not even be made. */
void pool_record_lose(struct pool_recorder *recorder, uint64_t records);

#endif
