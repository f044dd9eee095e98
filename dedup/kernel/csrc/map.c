/* Maps grow by doubling and never shrink. */
#include "map.h"

int map_reserve(Map *map, const void *items, size_t need)
{
    if (map->cells != NULL && need <= (size_t)1 << (map->bits - 1))
        return 0;
    Map larger = {NULL, 5, map->used, map->item, map->offset};
    while (UINT64_C(1) << (larger.bits - 1) < need)
        larger.bits++;
    const uint64_t cells = UINT64_C(1) << larger.bits;
    if (cells <= (uint64_t)PY_SSIZE_T_MAX / sizeof *larger.cells)
        larger.cells = PyMem_Malloc((size_t)cells * sizeof *larger.cells);
    if (larger.cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < (size_t)cells; i++)
        larger.cells[i] = NONE;
    for (size_t i = 0; map->cells != NULL && i < (size_t)1 << map->bits; i++)
        if (map->cells[i] != NONE)
            larger.cells[map_seek(&larger, items, map_key(map, items, map->cells[i]))] = map->cells[i];
    PyMem_Free(map->cells);
    *map = larger;
    return 0;
}

void map_add(Map *map, const void *items, uint32_t place)
{
    map->cells[map_seek(map, items, map_key(map, items, place))] = place;
    map->used++;
}

/* The cells after it move up, so that no search ends too early. */
void map_remove(Map *map, const void *items, uint64_t key)
{
    const size_t mask = ((size_t)1 << map->bits) - 1;
    size_t hole = map_seek(map, items, key);
    for (size_t cell = (hole + 1) & mask; map->cells[cell] != NONE; cell = (cell + 1) & mask) {
        const size_t wanted = map_home(map, map_key(map, items, map->cells[cell]));
        if (((cell - wanted) & mask) >= ((cell - hole) & mask)) {
            map->cells[hole] = map->cells[cell];
            hole = cell;
        }
    }
    map->cells[hole] = NONE;
    map->used--;
}
