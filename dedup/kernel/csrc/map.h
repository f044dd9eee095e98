/* Places in an array of items that hold a key of 8 bytes, found by that key. map_reserve needs the GIL, the others that nobody
 * else uses the map. */
#ifndef DEDUP_MAP_H
#define DEDUP_MAP_H

#include "kernel.h"

#define NONE UINT32_MAX

/* Open addressing, at most half full. All of it but `item` and `offset` is 0 before the first `map_reserve`. */
typedef struct {
    uint32_t *cells;                 /* 2**bits places, or NONE */
    unsigned bits;
    size_t used, item, offset;       /* `item` is the size of one, its key is at `offset` */
} Map;

static inline uint64_t map_key(const Map *map, const void *items, uint32_t place)
{
    uint64_t key;
    memcpy(&key, (const char *)items + place * map->item + map->offset, sizeof key);
    return key;
}

static inline size_t map_home(const Map *map, uint64_t key)
{
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - map->bits));
}

/* The cell of `key`, or the empty one where it would be. */
static inline size_t map_seek(const Map *map, const void *items, uint64_t key)
{
    const size_t mask = ((size_t)1 << map->bits) - 1;
    size_t cell = map_home(map, key);
    while (map->cells[cell] != NONE && map_key(map, items, map->cells[cell]) != key)
        cell = (cell + 1) & mask;
    return cell;
}

/* The place of the item with `key`, or NONE. */
static inline uint32_t map_find(const Map *map, const void *items, uint64_t key)
{
    return map->cells[map_seek(map, items, key)];
}

/* Starts to load the cell where a search for `key` begins; there is room for one item at least. */
static inline void map_prefetch(const Map *map, uint64_t key)
{
    PREFETCH(&map->cells[map_home(map, key)]);
}

/* The place of the item that such a search looks at first, or NONE. */
static inline uint32_t map_first(const Map *map, uint64_t key)
{
    return map->cells[map_home(map, key)];
}

static inline size_t map_bytes(const Map *map)
{
    return map->cells == NULL ? 0 : ((size_t)1 << map->bits) * sizeof *map->cells;
}

/* Room for `need` items; -1 with MemoryError, and nothing lost. */
INTERNAL int map_reserve(Map *map, const void *items, size_t need);
/* Adds the item at `place`, whose key is new and for which there is room. */
INTERNAL void map_add(Map *map, const void *items, uint32_t place);
/* Takes a key out that is there. */
INTERNAL void map_remove(Map *map, const void *items, uint64_t key);

#endif
