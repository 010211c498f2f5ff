/* table.cl: a table of an epoch in the device's memory, as a kernel sees it; a piece of the source of
 * rows that have one. Devices limit the size of one buffer, so it comes in up to four pieces of
 * TABLE_PIECE_ELEMENTS elements; the runner defines that and TABLE_PIECES. TABLE_ARGUMENTS stands in a
 * kernel's list of arguments, TABLE_AT(index) is the address of an element's first word.
 * TABLE_WORDS, words of an element, is defined before this piece. */
#ifndef TABLE_PIECES
#define TABLE_PIECES 1
#endif
#ifndef TABLE_PIECE_ELEMENTS
#define TABLE_PIECE_ELEMENTS 0xffffffffU
#endif

#define TABLE_ARGUMENTS                                                                            \
    __global uint *table0, __global uint *table1, __global uint *table2, __global uint *table3
#define TABLE_PASSED table0, table1, table2, table3

__global uint *table_at(TABLE_ARGUMENTS, uint index)
{
    __global uint *piece = table0;
#if TABLE_PIECES > 1
    if (index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table1;
    }
#endif
#if TABLE_PIECES > 2
    if (index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table2;
    }
#endif
#if TABLE_PIECES > 3
    if (index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table3;
    }
#endif
    return piece + (size_t)index * TABLE_WORDS;
}

#define TABLE_AT(index) table_at(TABLE_PASSED, (index))
