/* totals.h: documents of several groups made into one: numbers that count are added up, lists are
 * joined, everything else is the first group's. Knows documents by the names of their members. */
#ifndef MINER_TOTALS_H
#define MINER_TOTALS_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/** One document of those of all groups.
 * In:      parts  count documents; taken, whatever comes.
 *          names  of the groups; NULL: the result does not hold the parts. Otherwise its member
 *                 "groups" is the list of them, each with its "group".
 * Returns: with one part that part; NULL without memory, or when a part is NULL. */
json_t *miner_totals(json_t *parts[], const char *const names[], size_t count);

/** One Prometheus document of those of all groups: each sample gets the label group.
 * In: texts, names  count each. */
void miner_totals_metrics(FILE *out, char *const texts[], const char *const names[], size_t count);

#endif
