/*
 * Records without a local time (EVENT_FLAG_VENUE_TIME) on their way to the run: each waits until
 * its venue's clock shows its exchange time (candles: the time they became available). Internal to
 * exchanges/simulated.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_VENUE_TIME_ROWS_H
#define FUNDARB_EXCHANGES_SIMULATED_VENUE_TIME_ROWS_H

#include "core/market/market_state.h"

#define VENUE_TIME_ROWS_MAX 4000000 /* waiting at once, all recordings together */

struct venue_time_row {
	int64_t due_venue_ns;
	size_t recording;   /* position in the configuration */
	uint64_t number;    /* order of reading */
	uint64_t revisions; /* of its recording, read before it */
	struct market_event event;
};

/* All zero is empty. One heap per venue, because venues' clocks differ. */
struct venue_time_rows {
	struct {
		struct venue_time_row *rows; /* owned heap */
		size_t count, capacity;
	} venues[VENUES_MAX + 1];
	venue_id used[VENUES_MAX + 1]; /* venues that ever had a row */
	size_t used_count;
	size_t count;
	uint64_t added;
	venue_id first; /* venue of the row that venue_time_rows_due spoke of */
};

void venue_time_rows_clear(struct venue_time_rows *rows);
/* False: the limit is reached or the record is of a kind that borrows memory. */
bool venue_time_rows_add(struct venue_time_rows *rows, const struct market_event *event,
			 size_t recording, uint64_t revisions, struct error *err);
/* Local time of the earliest row by the clocks as known now; there must be one. */
int64_t venue_time_rows_due(struct venue_time_rows *rows, const struct market_state *clocks);
/* Takes that row out. */
struct venue_time_row venue_time_rows_take(struct venue_time_rows *rows);

#endif
