/*
 * What the streams of one account have said, for reads with `streamed_is_enough`: positions,
 * balance, and whether an order is open. Pure; the adapter decides whether its connection delivers.
 *
 * Times are of one clock of the caller's choice (its own or the venue's) and never the time of the
 * question: news older than what is known is passed over, and a fill that the positions and the
 * balance do not include yet makes them stale until they do. What was read by REST is told here in
 * the same way, with the time at which it was asked, so that a frame that got lost is healed.
 */
#ifndef FUNDARB_EXCHANGES_STREAMED_ACCOUNT_H
#define FUNDARB_EXCHANGES_STREAMED_ACCOUNT_H

#include "exchanges/exchange_client.h"

/* Beyond either the answer is "not known" until the streams begin anew. */
#define STREAMED_POSITIONS_MAX 512
#define STREAMED_ORDERS_MAX    128
#define STREAMED_ENDED_MAX     64 /* orders that ended last: an older word does not revive them */

struct streamed_position {
	struct position_value value; /* quantity 0: flat */
	int64_t told_ns;	     /* INT64_MIN: only its fills were heard of */
	int64_t filled_ns;	     /* newest fill; INT64_MIN: none */
};
struct streamed_order {
	instrument_id instrument;
	uint64_t key; /* of the venue's order id */
	bool heard;   /* since streamed_account_listing */
};
struct streamed_account {
	struct streamed_position positions[STREAMED_POSITIONS_MAX];
	size_t position_count;
	int64_t all_told_ns; /* newest complete list of positions; INT64_MIN: none */
	struct balance_value balance;
	int64_t balance_ns; /* INT64_MIN: not known */
	int64_t filled_ns;  /* newest fill of all */
	struct streamed_order orders[STREAMED_ORDERS_MAX];
	size_t order_count;
	uint64_t ended[STREAMED_ENDED_MAX]; /* ring; 0 = free */
	size_t ended_next;
	bool orders_complete, overflow;
};

/* Nothing is known: at the beginning, and whenever the streams begin anew. */
void streamed_account_forget(struct streamed_account *account);

void streamed_account_position(struct streamed_account *account, const struct position_value *value,
			       int64_t at_ns);
/* A complete list of that time has been told: what it did not name is flat. */
void streamed_account_all_told(struct streamed_account *account, int64_t at_ns);
void streamed_account_balance(struct streamed_account *account, const struct balance_value *balance,
			      int64_t at_ns);
void streamed_account_fill(struct streamed_account *account, instrument_id instrument,
			   int64_t at_ns);

/* An ACCOUNT_ORDER event, by stream or from a list that was read. */
void streamed_account_order(struct streamed_account *account, const struct account_event *event);
/* The list of open orders is asked for ... */
void streamed_account_listing(struct streamed_account *account);
/* ... and all of it has been told: what was not heard of since is not open. */
void streamed_account_listed(struct streamed_account *account);
/* Something was said of orders that could not be understood. */
void streamed_account_orders_lost(struct streamed_account *account);

/* False: not known, ask the venue. */
bool streamed_account_balance_is(const struct streamed_account *account,
				 struct balance_value *balance);
/* instrument 0: all that are not flat; else that one, also flat. Rows point into the account. */
bool streamed_account_positions_are(const struct streamed_account *account,
				    instrument_id instrument,
				    const struct position_value *rows[STREAMED_POSITIONS_MAX],
				    size_t *count);
/*
 * True: no order is open (of the instrument, 0: of any). False: one is, or it is not known; a frame
 * that got lost may be why, so that is the venue's to answer.
 */
bool streamed_account_no_orders(const struct streamed_account *account, instrument_id instrument);

#endif
