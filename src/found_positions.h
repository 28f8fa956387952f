/*
 * What an account holds already when a run first sees it: told once, by venue. No trade of this run
 * owns it, so it is neither closed nor counted, and preflight opens nothing on its market.
 */
#ifndef FUNDARB_SRC_FOUND_POSITIONS_H
#define FUNDARB_SRC_FOUND_POSITIONS_H

#include "src/world.h"

/* client's account must be synced. Borrowed until the read ends, which is before give_up_ns. */
void found_positions_ask(struct world *world, struct exchange_client *client, int64_t give_up_ns);

#endif
