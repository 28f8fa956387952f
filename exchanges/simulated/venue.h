/*
 * A pure simulated venue: accounts, resting orders laid over an external book, margin, liquidation
 * on mark, funding. Commands and market events with their time go in, account events come out; it
 * owns no clock, no latency and no I/O (simulated_client puts those in front of it; the local
 * testnet serves it over a wire).
 *
 * Fill models (docs/simulation.md): taker `walk` + `consume` — an order walks the displayed depth
 * as it is on arrival, what own fills took from a level stays taken until the displayed size of
 * that level changes; maker `queue-trades` — a resting order stands behind the quantity displayed
 * at its price on arrival, only printed trades advance the queue and fill it. BBO frames fill
 * nothing, off-market prints fill nothing, an unsynced book fills nothing.
 *
 * Its account arithmetic shares no code with core/market/ledger, so the identity between the two
 * can fail.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_VENUE_H
#define FUNDARB_EXCHANGES_SIMULATED_VENUE_H

#include "core/base/error.h"
#include "core/market/market_state.h"
#include "exchanges/exchange_client.h"

struct simulated_venue;

enum simulated_taker_model {
	TAKER_WALK_CONSUME, /* the default */
	TAKER_WALK,	    /* own fills leave no trace */
};
enum simulated_maker_model {
	MAKER_QUEUE_TRADES, /* the default */
	MAKER_NEVER,	    /* resting orders never fill */
};

struct simulated_venue_options {
	venue_id venue;
	enum simulated_taker_model taker_model;
	enum simulated_maker_model maker_model;
	int32_t default_leverage; /* >= 1, capped by each instrument's maximum */
};

/* Where the venue's word goes: called while a command or event is processed, stamped at_ns. */
typedef void (*simulated_venue_output)(void *user, const struct account_event *event);

/* `books` is the external market, already updated when simulated_venue_market is called. */
struct simulated_venue *simulated_venue_create(const struct simulated_venue_options *options,
					       const struct instrument_table *instruments,
					       const struct market_state *books,
					       simulated_venue_output output, void *user);
void simulated_venue_free(struct simulated_venue *venue);

/* Before trading; negative amounts withdraw. */
bool simulated_venue_deposit(struct simulated_venue *venue, asset_id asset, struct money amount,
			     int64_t now_ns);

struct simulated_answer {
	bool accepted;
	enum reject_reason reason;
	char venue_order_id[VENUE_TEXT_MAX + 1];
	char text[96]; /* the venue's sentence, with the number and the limit */
};
struct simulated_answer simulated_venue_place(struct simulated_venue *venue,
					      const struct order_request *order, int64_t now_ns);
/*
 * What the rules and the margin would say of an order now, without placing it: accepted, or the
 * reason and its sentence. The book is not asked (would-cross, not-synced).
 */
struct simulated_answer simulated_venue_judge(struct simulated_venue *venue,
					      const struct order_request *order, int64_t now_ns);
struct simulated_answer simulated_venue_cancel(struct simulated_venue *venue,
					       instrument_id instrument, uint32_t client_id,
					       int64_t now_ns);
struct simulated_answer simulated_venue_cancel_all(struct simulated_venue *venue,
						   instrument_id instrument, int64_t now_ns);
struct simulated_answer simulated_venue_set_leverage(struct simulated_venue *venue,
						     instrument_id instrument, int32_t leverage,
						     int64_t now_ns);
/* after_ns 0 disarms. */
struct simulated_answer simulated_venue_dead_man(struct simulated_venue *venue, int64_t after_ns,
						 int64_t now_ns);

/*
 * The venue itself closes up to `most` (> 0) of a position at the mark, as it does when it
 * liquidates: ADL. False: nothing is held, or no price is known.
 */
bool simulated_venue_close_at_mark(struct simulated_venue *venue, instrument_id instrument,
				   struct quantity most, int64_t now_ns);

/*
 * After `books` applied the event: trades may fill resting orders, marks may liquidate (mids where
 * no mark was ever recorded), book changes shorten queues, funding may complete pending
 * settlements.
 */
void simulated_venue_market(struct simulated_venue *venue, const struct market_event *event,
			    int64_t now_ns);

/*
 * Lets what falls due by now happen: boundaries (as simulated_venue_settle) and the dead man's
 * switch. Commands and market events begin with it; a caller with a clock may call it in between.
 */
void simulated_venue_pass_time(struct simulated_venue *venue, int64_t now_ns);

/*
 * Local time at which the next funding boundary of any instrument in which this venue holds a
 * position or order is crossed by the venue's clock; INT64_MAX if none. Ask again after every
 * clock event and every settlement.
 */
int64_t simulated_venue_next_boundary_ns(const struct simulated_venue *venue, int64_t now_ns);
/*
 * Crosses every boundary due at now_ns (class SCHEDULE_VENUE_SETTLEMENT, before any match at that
 * instant): remembers the position held at it and the book mid; pays as soon as the settlement is
 * known (at once, or from a later simulated_venue_market). Idempotent per (instrument, boundary).
 */
void simulated_venue_settle(struct simulated_venue *venue, int64_t now_ns);
/*
 * True if a boundary was crossed with a position and is still unknown `patience_ns` after it in
 * venue time (0: any that is still pending). Fills err with venue, symbol and boundary.
 */
bool simulated_venue_settlement_overdue(const struct simulated_venue *venue, int64_t now_ns,
					int64_t patience_ns, struct error *err);

/* The account as it is now. */
struct money simulated_venue_balance(const struct simulated_venue *venue, asset_id asset);
/* Free for new margin: balance + unrealised - initial margin of positions and orders. */
struct money simulated_venue_available(const struct simulated_venue *venue, asset_id asset);
struct position_value simulated_venue_position(const struct simulated_venue *venue,
					       instrument_id instrument);
/* Copies events describing what is asked for; returns the count (cut at limit). */
size_t simulated_venue_open_orders(const struct simulated_venue *venue, instrument_id instrument,
				   struct account_event *out, size_t limit);
bool simulated_venue_order(const struct simulated_venue *venue, uint32_t client_id,
			   struct account_event *out);
/* What of an order still works: a reduce-only order may be trimmed; 0 if it has ended. */
struct quantity simulated_venue_working(const struct simulated_venue *venue, uint32_t client_id);
size_t simulated_venue_history(const struct simulated_venue *venue, enum account_event_kind kind,
			       instrument_id instrument, int64_t since_ns,
			       struct account_event *out, size_t limit);

struct simulated_statistics {
	uint64_t placed, rejected, cancelled, filled_orders, fills, maker_fills, liquidations,
		settlements;
	uint64_t rejects_by_reason[REJECT_OTHER + 1];
};
const struct simulated_statistics *simulated_venue_statistics(const struct simulated_venue *venue);

#endif
