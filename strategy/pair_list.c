#include "strategy/pair_list.h"

#include "core/base/log.h"

#include <stdlib.h>
#include <string.h>

static bool tradable(const struct instrument_table *instruments,
		     const struct exchange_clients *clients, instrument_id id)
{
	return !instrument_is_retired(instruments, id) &&
	       clients->by_venue[instrument_get(instruments, id)->venue] != NULL;
}

static bool is_listed(const struct strategy_options *options, instrument_id a, instrument_id b)
{
	for (size_t i = 0; i < options->listed_count; i++) {
		const instrument_id *listed = options->listed[i];
		if ((listed[0] == a && listed[1] == b) || (listed[0] == b && listed[1] == a))
			return true;
	}
	return false;
}

static bool pair_up(const struct strategy_options *options,
		    const struct instrument_table *instruments, instrument_id a, instrument_id b)
{
	const struct instrument *one = instrument_get(instruments, a);
	const struct instrument *two = instrument_get(instruments, b);
	if (one->kind == INSTRUMENT_SPOT && two->kind == INSTRUMENT_SPOT)
		return false;
	if (options->pair_listed)
		return is_listed(options, a, b);
	return one->canonical == two->canonical &&
	       (one->venue != two->venue || one->kind != two->kind);
}

static struct pair *pair_create(const struct instrument_table *instruments, instrument_id a,
				instrument_id b)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	if (!pair)
		abort();
	pair->first = a;
	pair->second = b;
	bool spot = instrument_get(instruments, a)->kind == INSTRUMENT_SPOT ||
		    instrument_get(instruments, b)->kind == INSTRUMENT_SPOT;
	pair->candidate = (struct candidate){
		.long_instrument = a,
		.short_instrument = b,
		.kind = spot ? PAIR_SPOT_PERP : PAIR_PERP_PERP,
	};
	return pair;
}

static bool in_use(const struct pair *pair)
{
	return pair->checking || pair->holding;
}

static bool comes_before(const struct pair *pair, instrument_id a, instrument_id b)
{
	return pair->first < a || (pair->first == a && pair->second < b);
}

void pair_list_update(struct pair_list *list, const struct strategy_options *options,
		      const struct instrument_table *instruments,
		      const struct exchange_clients *clients)
{
	/* Pairs in use may exceed the bound by what can be held at once. */
	struct pair **fresh = malloc((CANDIDATES_MAX + list->count) * sizeof(struct pair *));
	size_t count = 0, old = 0;
	bool cut = false;
	if (!fresh)
		abort();
	instrument_id last = (instrument_id)instrument_count(instruments);
	for (instrument_id a = 1; a < last; a++) {
		if (!tradable(instruments, clients, a))
			continue;
		for (instrument_id b = a + 1; b <= last; b++) {
			if (!pair_up(options, instruments, a, b) ||
			    !tradable(instruments, clients, b))
				continue;
			for (; old < list->count && comes_before(list->pairs[old], a, b); old++) {
				if (in_use(list->pairs[old]))
					fresh[count++] = list->pairs[old];
				else
					free(list->pairs[old]);
			}
			bool known = old < list->count && list->pairs[old]->first == a &&
				     list->pairs[old]->second == b;
			if (known)
				fresh[count++] = list->pairs[old++];
			else if (count < CANDIDATES_MAX)
				fresh[count++] = pair_create(instruments, a, b);
			else
				cut = true;
		}
	}
	for (; old < list->count; old++) {
		if (in_use(list->pairs[old]))
			fresh[count++] = list->pairs[old];
		else
			free(list->pairs[old]);
	}
	free(list->pairs);
	list->pairs = fresh;
	list->count = count;
	if (cut && !list->cut_told) {
		log_write(LOG_WARNING, "strategy",
			  "more than %d pairs share a coin: only the first %d are looked at; list "
			  "pairs to choose them",
			  CANDIDATES_MAX, CANDIDATES_MAX);
		list->cut_told = true;
	}
}

void pair_list_clear(struct pair_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->pairs[i]);
	free(list->pairs);
	*list = (struct pair_list){0};
}
