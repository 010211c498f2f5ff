/* blocks.c: see blocks.h. */
#include "numbers/blocks.h"

#include <string.h>

static void add(struct miner_blocks *blocks, const struct pool_block *block, double time_s)
{
    if (blocks->count == MINER_BLOCKS_KEPT) {
        blocks->count--;
        memmove(blocks->list, blocks->list + 1, blocks->count * sizeof blocks->list[0]);
    }
    blocks->list[blocks->count++] = (struct miner_block){*block, time_s};
}

enum pool_fate miner_blocks_note(struct miner_blocks *blocks, const struct pool_block *block,
                                 double time_s)
{
    for (size_t i = 0; i < blocks->count; i++) {
        if (blocks->list[i].block.number == block->number) {
            enum pool_fate before = blocks->list[i].block.fate;
            blocks->list[i].block = *block;
            return before;
        }
    }
    add(blocks, block, time_s);
    return POOL_FATE_OPEN;
}

void miner_blocks_inherit(struct miner_blocks *blocks, const struct miner_blocks *older)
{
    struct miner_blocks newer = *blocks;
    *blocks = *older;
    for (size_t i = 0; i < blocks->count; i++) {
        blocks->list[i].block.number = 0; /* numbers are those of one source */
        blocks->list[i].block.watched = false;
    }
    for (size_t i = 0; i < newer.count; i++) {
        add(blocks, &newer.list[i].block, newer.list[i].time_s);
    }
}
