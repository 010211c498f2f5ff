/* table.cl: a table of an epoch in the device's memory, as a kernel sees it; a piece of the source of
 * rows that have one. Devices limit the size of one buffer, so it comes in up to four pieces of
 * TABLE_PIECE_ELEMENTS elements; the runner defines that and TABLE_PIECES. TABLE_ARGUMENTS stands in a
 * kernel's list of arguments, TABLE_AT(index) is the address of an element's first word, whose offset
 * in bytes has 64 bits on devices with so much memory.
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

/* The address of an element's first word in a table of `pieces` pieces, a literal: kernels that ask
 * once how many a table has need not compare for every element. */
static inline __attribute__((always_inline)) __global uint *table_of(uint pieces, TABLE_ARGUMENTS,
                                                                     uint index)
{
    __global uint *piece = table0;
    if (pieces > 1 && index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table1;
    }
    if (pieces > 2 && index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table2;
    }
    if (pieces > 3 && index >= TABLE_PIECE_ELEMENTS) {
        index -= TABLE_PIECE_ELEMENTS;
        piece = table3;
    }
    return piece + (size_t)index * TABLE_WORDS;
}

#define TABLE_AT(index) table_of(TABLE_PIECES, TABLE_PASSED, (index))
