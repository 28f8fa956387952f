/*
 * The inside of the PriceProvider, shared by its two files: price_provider.c judges, fills and
 * invalidates; price_read.c keeps the callers who wait and the one read in flight.
 */
#ifndef FUNDARB_EXECUTION_PRICE_TABLE_H
#define FUNDARB_EXECUTION_PRICE_TABLE_H

#include "execution/price_entry.h"

struct price_waiter {
	struct price_provider *provider;
	struct price_waiter *next, *previous; /* in the list it waits in, or the free list */
	struct price_waiter_list *list;	      /* NULL: its completion is scheduled */
	bool pooled, in_use;
	instrument_id instrument;
	enum price_use use;
	int64_t deadline_ns;
	price_done done;
	void *user;
	schedule_id entry; /* deadline, or completion */
	enum price_answer answer;
	struct price_quote quote;
	char why[120];
};

struct price_waiter_list {
	struct price_waiter *first, *last;
};

struct price_record {
	struct price_entry entry;
	struct price_provider *provider;
	bool streamed; /* a frame came over `connection` */
	uint16_t connection;
	/* The one read in flight. */
	bool reading, confirming;
	int64_t requested_ns, give_up_ns;
	struct price_waiter_list joined, late;
	/* Cross-check of a quiet stream. */
	schedule_id check;
	int64_t checked_ns;
};

struct price_provider {
	struct price_provider_options options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	int64_t age_limit_ns[PRICE_USES];
	struct price_counters counters;
	struct price_waiter *free_waiters;
	struct price_waiter_list
		surplus; /* refused callers beyond the pool, allocated one by one */
	struct price_waiter pool[PRICE_WAITERS_MAX];
	struct price_record records[INSTRUMENTS_MAX + 1];
};

struct price_record *price_record_of(struct price_provider *provider, instrument_id instrument);
/* True if the use may have this quote now: source allowed, age within the limit. */
bool price_usable(const struct price_provider *provider, const struct price_quote *quote,
		  enum price_use use, int64_t now_ns);
/*
 * Walks cache and stream in the configured order. Fills found whenever something is known; *cached
 * says which of the two answered.
 */
enum price_answer price_judge(struct price_provider *provider, struct price_record *record,
			      instrument_id instrument, enum price_use use, int64_t now_ns,
			      struct price_quote *found, bool *cached);
enum price_offer price_offer_quote(struct price_provider *provider, struct price_record *record,
				   const struct price_quote *quote);
struct price_quote price_quote_of_book(const struct price_provider *provider,
				       instrument_id instrument, const struct depth_value *book,
				       enum price_source source);
/* As price_touch_fault. */
const char *price_book_fault(const struct depth_value *book);

/* ---- price_read.c ---- */

struct price_waiter *price_waiter_take(struct price_provider *provider);
/* Completes at this instant, but not from inside the call. quote is copied if answer is PRICE_OK.
 */
void price_complete_later(struct price_waiter *waiter, enum price_answer answer,
			  const struct price_quote *quote, const char *why);
/* Joins the read in flight, waits for the next one, or sends it. */
void price_wait_for_read(struct price_waiter *waiter);
/* Schedules a read that nobody waits for, unless one is in flight by then. */
void price_schedule_check(struct price_record *record);

#endif
