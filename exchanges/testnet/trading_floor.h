/*
 * What stands behind a venue's server: one market with other participants' flow, any number of
 * accounts (each an exchanges/simulated/venue over the same market), the venue's own delays, and
 * funding. It knows no wire format: lighter_service and hyperliquid_service speak for it.
 *
 * The displayed book is the external one plus the accounts' resting orders, less what their takers
 * took from a level until its displayed size changes.
 *
 * Orders of two accounts trade with each other; at one price the other participants' quantity goes
 * first. A taker first cancels its own resting orders that it would meet. A resting order that the
 * external book comes to cross fills whole at its own price. Prints of other participants fill
 * every account's orders by its own queue.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_TRADING_FLOOR_H
#define FUNDARB_EXCHANGES_TESTNET_TRADING_FLOOR_H

#include "core/base/scheduler.h"
#include "core/market/market_state.h"
#include "exchanges/exchange_client.h"
#include "exchanges/testnet/fault_plan.h"

#define FLOOR_ACCOUNTS_MAX 32
#define FLOOR_TAG_MAX	   47

typedef unsigned floor_account; /* 0.. in order of trading_floor_add_account */

/* One order as the venue knows it. */
struct floor_order {
	uint64_t number; /* the floor's own, 1.., unique over all accounts */
	floor_account account;
	char tag[FLOOR_TAG_MAX + 1];  /* the venue's client order id, as text; "" none */
	struct order_request request; /* client_id: the floor's, per account */
	enum order_state state;
	enum reject_reason reason;
	char text[96]; /* of a rejection: the number and the limit */
	bool resting;
	struct quantity executed;
	struct money executed_quote;   /* sum of price x quantity, quote asset */
	int64_t placed_ns, updated_ns; /* venue time */
};
struct floor_fill {
	uint64_t trade_number;		 /* 1.., unique over all */
	const struct floor_order *order; /* NULL: the venue's own (liquidation, ADL) */
	floor_account account;
	instrument_id instrument;
	enum side side;
	struct price price;
	struct quantity quantity;
	bool maker;
	struct money fee; /* > 0 is paid */
	struct quantity position_before;
	struct money realised; /* price P&L of this fill, before fees */
	bool liquidation;      /* with order NULL; false there: ADL */
	struct money mark;     /* of a liquidation or ADL; else the mark then, 0 unknown */
	int64_t venue_ns;
};
struct floor_payment {
	floor_account account;
	instrument_id instrument;
	int64_t boundary_ns;
	struct quantity position;
	struct money price;  /* mark or oracle it was paid on */
	struct rate rate;    /* as published */
	struct money amount; /* > 0 is received; what was really posted (faults included) */
	uint64_t number;
};

/* What the floor tells its service, at the venue's own time (before the way to the client). */
struct floor_events {
	/* BOOK (absolute displayed quantities of what changed; SNAPSHOT where all did), TRADE,
	 * MARK, FUNDING, OPEN_INTEREST. */
	void (*market)(void *user, const struct market_event *event);
	void (*order)(void *user, const struct floor_order *order); /* after every change */
	void (*fill)(void *user, const struct floor_fill *fill);
	void (*payment)(void *user, const struct floor_payment *payment);
	/* Position or balance of an account changed. */
	void (*account)(void *user, floor_account account, instrument_id instrument);
};

struct trading_floor_options {
	venue_id venue;
	int64_t taker_delay_ns; /* arrival -> match of what may take (Lighter ~300 ms) */
	int64_t maker_delay_ns; /* post-only orders */
	int64_t cancel_delay_ns;
	int32_t default_leverage;
};

struct trading_floor;
/* instruments: the testnet's own table, with this venue's instruments already in it. */
struct trading_floor *trading_floor_create(const struct trading_floor_options *options,
					   struct scheduler *scheduler,
					   struct instrument_table *instruments,
					   struct fault_plan *faults);
void trading_floor_free(struct trading_floor *floor);
void trading_floor_set_events(struct trading_floor *floor, const struct floor_events *events,
			      void *user);

/*
 * From the feed: the market beyond our accounts. local_ns must be scheduler_now; the exchange time
 * is stamped by the venue's own clock. CONNECTION and CLOCK events are ignored: this venue's book
 * is always whole and its clock its own. FUNDING_SETTLED must come at or after its boundary.
 */
void trading_floor_market(struct trading_floor *floor, const struct market_event *event);
/* The average premium so far of the interval that ends at boundary_ns: belongs to the settled
 * rate. Where the feed says none, one that gives the rate is derived from it. */
void trading_floor_set_premium(struct trading_floor *floor, instrument_id instrument,
			       int64_t boundary_ns, struct rate premium);
struct rate trading_floor_premium(const struct trading_floor *floor, instrument_id instrument);
/* Fault venue.down_ms (or net.down) holds: nothing matches; services answer 503 (or nothing). */
bool trading_floor_down(struct trading_floor *floor);

floor_account trading_floor_add_account(struct trading_floor *floor);
bool trading_floor_deposit(struct trading_floor *floor, floor_account account, asset_id asset,
			   struct money amount);
size_t trading_floor_accounts(const struct trading_floor *floor);

/*
 * An order arrives at the venue's gate and is matched after the venue's delay; what becomes of it
 * is told by floor_events.order, first after the match (fills come before it). request->client_id
 * is ignored. tag may be "". Returned is the order as noted (state OPEN, not resting); valid as
 * long as the floor. NULL: no room, or the instrument is not this venue's.
 * check_now: also judge margin, tick, lot, minimum now and refuse at once (state REJECTED; no event
 * tells of it).
 */
const struct floor_order *trading_floor_place(struct trading_floor *floor, floor_account account,
					      const struct order_request *request, const char *tag,
					      bool check_now);
/* What rules and margin say of an order now, without placing it: REJECT_NONE if it would be taken.
 * The book is not asked: a post-only order that crosses is refused by the match. */
enum reject_reason trading_floor_judge(const struct trading_floor *floor, floor_account account,
				       const struct order_request *request, char *text,
				       size_t size);
/* After the cancel delay; the order's events tell. False at once: no such live order. */
bool trading_floor_cancel(struct trading_floor *floor, uint64_t number);
/* The order is cancelled when the venue's clock shows venue_ns (end of a good-till-time order). */
void trading_floor_expire(struct trading_floor *floor, uint64_t number, int64_t venue_ns);
unsigned trading_floor_cancel_all(struct trading_floor *floor, floor_account account,
				  instrument_id instrument /* 0: all */);
bool trading_floor_set_leverage(struct trading_floor *floor, floor_account account,
				instrument_id instrument, int32_t leverage, char *why, size_t size);
int32_t trading_floor_leverage(const struct trading_floor *floor, floor_account account,
			       instrument_id instrument);
/* Cancels all of the account at venue time at_ns; 0 disarms. */
void trading_floor_dead_man(struct trading_floor *floor, floor_account account, int64_t at_ns);

/* ---- looking ---- */
/* The external market, less what takers took: marks, funding, books without own orders. */
const struct market_state *trading_floor_books(const struct trading_floor *floor);
const struct instrument_table *trading_floor_instruments(const struct trading_floor *floor);
venue_id trading_floor_venue(const struct trading_floor *floor);
int64_t trading_floor_venue_time(const struct trading_floor *floor);
/* Displayed levels, best first; returns the count (cut at limit). */
size_t trading_floor_depth(const struct trading_floor *floor, instrument_id instrument,
			   enum side side, struct book_level *out, size_t limit);
/* Fault ord.stuck holds the order: it is never matched and ends only by a cancel. */
bool trading_floor_is_stuck(const struct trading_floor *floor, uint64_t number);
const struct floor_order *trading_floor_order(const struct trading_floor *floor, uint64_t number);
/* The newest order of the account with that tag, or NULL. */
const struct floor_order *trading_floor_tagged(const struct trading_floor *floor,
					       floor_account account, const char *tag);
/* Orders of an account, newest first; 0 ends: start with UINT64_MAX, go on with the last number. */
uint64_t trading_floor_next_order(const struct trading_floor *floor, floor_account account,
				  uint64_t before);
/* Fills and payments of an account are numbered 0.. as they happened; these pointers, and those of
 * settled rates, are valid until time moves on. */
size_t trading_floor_fill_count(const struct trading_floor *floor, floor_account account);
const struct floor_fill *trading_floor_fill(const struct trading_floor *floor,
					    floor_account account, size_t index);
size_t trading_floor_payment_count(const struct trading_floor *floor, floor_account account);
const struct floor_payment *trading_floor_payment(const struct trading_floor *floor,
						  floor_account account, size_t index);
/* Settled rates of an instrument, oldest first. */
struct floor_settled {
	int64_t boundary_ns;
	struct rate rate;    /* per interval, as published */
	struct money price;  /* mark or oracle at the boundary */
	struct rate premium; /* the average premium that gives this rate (Hyperliquid 6.2) */
};
/* One more settlement of the time before the floor opened; later than those before it, earlier than
 * anything that happened since. */
void trading_floor_add_past(struct trading_floor *floor, instrument_id instrument,
			    const struct floor_settled *settled);
size_t trading_floor_settled_count(const struct trading_floor *floor, instrument_id instrument);
const struct floor_settled *trading_floor_settled(const struct trading_floor *floor,
						  instrument_id instrument, size_t index);
/* Recent public trades, newest first; returns the count. */
size_t trading_floor_trades(const struct trading_floor *floor, instrument_id instrument,
			    struct market_event *out, size_t limit);
/* quantity 0 with flat; entry = average price (cost / quantity), scale 18; value and maintenance at
 * the mark, margin_used = cost / leverage (what `available` is reduced by), all >= 0. */
struct floor_position {
	struct quantity quantity;
	struct money entry, mark, value, unrealised, margin_used, maintenance, liquidation;
	bool liquidation_known;
	int32_t leverage;
};
struct floor_position trading_floor_position(const struct trading_floor *floor,
					     floor_account account, instrument_id instrument);
struct floor_balance {
	struct money balance;	/* cash: deposits, realised, funding, fees */
	struct money equity;	/* with unrealised */
	struct money available; /* free for new margin; may be below 0 */
	struct money margin_used, maintenance, notional;
};
struct floor_balance trading_floor_balance(const struct trading_floor *floor,
					   floor_account account);
/* 24 h of the invented market: quote volume, base volume, open interest, price a day ago. */
struct floor_day {
	struct money quote_volume, base_volume;
	struct quantity open_interest;
	struct money open, high, low;
};
struct floor_day trading_floor_day(const struct trading_floor *floor, instrument_id instrument);
/* The invented past day; what happens from here on is added. */
void trading_floor_set_day(struct trading_floor *floor, instrument_id instrument,
			   const struct floor_day *day);

#endif
