/*
 * What is known of every market: books, BBO frames, marks, funding, clocks and connections. Each
 * event is applied exactly once, before anybody else sees it. The trading side reads it; it never
 * asks where events came from. Missing values say so (known == false); nothing is defaulted.
 */
#ifndef FUNDARB_CORE_MARKET_MARKET_STATE_H
#define FUNDARB_CORE_MARKET_MARKET_STATE_H

#include "core/market/funding_schedule.h"
#include "core/market/market_event.h"
#include "core/market/order_book.h"

struct market_state;

struct market_state *market_state_create(const struct instrument_table *instruments);
void market_state_free(struct market_state *state);
void market_state_apply(struct market_state *state, const struct market_event *event);

struct book_state {
	const struct order_book *book; /* NULL until the first BOOK event */
	bool synced;		       /* a snapshot was applied and no gap since */
	int64_t changed_ns;	       /* local time of the last BOOK event */
	int64_t exch_ns;	       /* its exchange time, 0 = unknown */
	uint64_t last_id;
};
/* Never NULL for a valid instrument. */
const struct book_state *market_state_book(const struct market_state *state, instrument_id id);

struct bbo_state {
	bool known; /* cleared by a gap or a lost connection */
	struct book_level bid;
	struct book_level ask;
	int64_t changed_ns;
	int64_t exch_ns;
	uint64_t id;
};
const struct bbo_state *market_state_bbo(const struct market_state *state, instrument_id id);
/*
 * Local time of the last frame on the connection that carries this instrument's stream, 0 = none:
 * what confirms an on-change stream. 0 while the connection is down.
 */
int64_t market_state_confirmed_ns(const struct market_state *state, instrument_id id);

struct mark_state {
	unsigned fields; /* enum mark_fields */
	struct money mark, index, oracle;
	int64_t exch_ns;
	int64_t local_ns;
};
const struct mark_state *market_state_mark(const struct market_state *state, instrument_id id);

struct funding_state {
	/* The newest statement about a settlement still to come (or just passed). */
	bool rate_known;
	enum funding_kind kind;
	struct rate rate;
	int64_t boundary_ns; /* what that statement is about */
	int64_t local_ns;    /* when we learnt it */
	/* The newest known settlement. */
	bool settled_known;
	struct rate settled_rate;
	int64_t settled_boundary_ns;
};
const struct funding_state *market_state_funding(const struct market_state *state,
						 instrument_id id);

/*
 * What one settlement paid. The rate is the venue's settled record for that boundary; else the rate
 * of the last message whose next-funding time was the boundary, known from the moment a later time
 * is first named (Binance publishes the settled rate 10 ms after the boundary). With
 * SETTLE_FIXED_ONE_PERIOD_AHEAD a FUNDING_NEXT statement for the boundary is it. The price is the
 * last mark / oracle / index (as funding_terms.paid_on) with exchange time <= boundary.
 */
struct settlement {
	bool rate_known;
	struct rate rate;
	bool price_known; /* false: none recorded at or before the boundary */
	struct money price;
};
/* Remembers the last SETTLEMENTS_REMEMBERED boundaries of each instrument. */
#define SETTLEMENTS_REMEMBERED 8
struct settlement market_state_settlement(const struct market_state *state, instrument_id id,
					  int64_t boundary_ns);

/*
 * Which settlement a FUNDING_SETTLED event is about: its stamp snapped to the schedule of its own
 * interval (else the instrument's), or the stamp itself where no schedule fits.
 */
int64_t settled_boundary(const struct instrument_table *instruments,
			 const struct market_event *event);

struct clock_state {
	bool known;
	int64_t offset_ns; /* venue time = local time + offset; 0 while unknown */
	int64_t uncertainty_ns;
};
struct clock_state market_state_clock(const struct market_state *state, venue_id venue);
int64_t market_state_venue_time(const struct market_state *state, venue_id venue, int64_t local_ns);
/* Local time at which the venue's clock shows venue_ns, by the offset known now. */
int64_t market_state_local_time(const struct market_state *state, venue_id venue, int64_t venue_ns);

#endif
