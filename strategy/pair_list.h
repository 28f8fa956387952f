/*
 * The pairs that share a coin (or the listed ones), ordered by their two instrument ids, so that
 * every run asks them in the same order. Used by opportunity_finder alone.
 */
#ifndef FUNDARB_STRATEGY_PAIR_LIST_H
#define FUNDARB_STRATEGY_PAIR_LIST_H

#include "strategy/opportunity_finder.h"

struct pair_list {
	struct pair **pairs; /* owned, as is each */
	size_t count;
	bool cut_told;
};

/* All zero is the empty list. Pairs that stay keep their memory; those in use are never dropped. */
void pair_list_update(struct pair_list *list, const struct strategy_options *options,
		      const struct instrument_table *instruments,
		      const struct exchange_clients *clients);
void pair_list_clear(struct pair_list *list);

#endif
