/*
 * Settled funding rates of many markets, as a recording of venue-time events holds them: read from
 * a folder, added to, and written back whole and in order, so that the folder always is one sound
 * recording however often it was continued.
 */
#ifndef FUNDARB_SRC_FUNDING_HISTORY_H
#define FUNDARB_SRC_FUNDING_HISTORY_H

#include "core/base/error.h"
#include "core/market/market_event.h"

#define FUNDING_HISTORY_ROWS_MAX 8000000

struct funding_row {
	instrument_id instrument; /* of the history's own table */
	int64_t exch_ns;	  /* the venue's stamp */
	int64_t boundary_ns, interval_ns;
	struct rate rate;
};

struct funding_history {
	struct instrument_table *instruments; /* owned */
	struct funding_row *rows;	      /* owned */
	size_t count, capacity;
	bool sorted; /* by instrument and time, none twice */
	bool changed;
};

/* What the folder holds (nothing if it is empty or not there). NULL with err: it is something else
 * than a funding history, or cannot be read. */
struct funding_history *funding_history_open(const char *folder, struct error *err);
void funding_history_free(struct funding_history *history);

/* The history's own handle of a market of another table; 0: it has none. */
instrument_id funding_history_find(const struct funding_history *history,
				   const struct instrument_table *table, instrument_id id);
/* The same, entered if it is new; 0 with err. A market
 * whose decimals or assets have changed gets a new one. */
instrument_id funding_history_instrument(struct funding_history *history,
					 const struct instrument_table *table, instrument_id id,
					 struct error *err);
/* A FUNDING event of kind SETTLED; others are ignored, and so is what is held already. */
bool funding_history_add(struct funding_history *history, instrument_id instrument,
			 const struct market_event *event, struct error *err);
/* First and last boundary held; false: none. */
bool funding_history_span(struct funding_history *history, instrument_id instrument,
			  int64_t *first_ns, int64_t *last_ns, size_t *rows);
/* Replaces the folder's recording; `run` is new with every call. A crash leaves the old one, the
 * new one or (which the next call repairs) both. */
bool funding_history_save(struct funding_history *history, const char *folder, uint32_t run,
			  struct error *err);

#endif
