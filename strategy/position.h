/*
 * One position and everything that is known about it. OPENING -> OPEN -> CLOSING -> CLOSED (an
 * opening that came to nothing goes OPENING -> CLOSED); only these functions change the state, and
 * only the strategy calls them: one owner per position.
 */
#ifndef FUNDARB_STRATEGY_POSITION_H
#define FUNDARB_STRATEGY_POSITION_H

#include "strategy/opportunity_finder.h"

struct leg_watch {
	bool price_known;
	struct price bid, ask;
	int64_t price_ns; /* local: when it was answered */
	/* The venue's own word, from READ_POSITIONS. */
	struct quantity seen; /* signed */
	unsigned agreeing;    /* reads in a row that said so */
	bool liquidation_known;
	struct money liquidation_price;
};

struct tracked_position {
	struct position position;
	struct funding_arbitrage_strategy *strategy;
	struct pair *pair; /* NULL once closed */
	struct leg_watch watches[TRADE_LEGS_MAX];
	unsigned price_calls; /* in flight: the record must outlive them */
	unsigned confirmations[EXIT_REASONS];
	size_t closing_legs[TRADE_LEGS_MAX]; /* which leg each leg of the closing order is */
	bool trade_running;
	int64_t quiet_since_ns; /* no trade has worked on it since */
	bool close_requested;
	bool unwound_opening; /* an opening that halted: what remains must go */
	int64_t retry_ns;     /* CLOSING: no new attempt before */
	unsigned attempts;
};

const char *position_state_text(enum position_state state);
/* Signed quantity that the venue should show for a leg: long > 0, short < 0. */
struct quantity position_signed_held(const struct position *position, size_t leg);

/* The executor's answer to the opening: OPEN with what is held, or CLOSED if nothing is. */
void position_opening_ended(struct tracked_position *tracked, const struct trade_result *result,
			    int64_t now_ns);
void position_begin_closing(struct tracked_position *tracked, enum exit_reason reason);
/*
 * The order to close what is held, floored to the lot; dust below a lot is left out. False if
 * nothing is left to close: the position is then CLOSED.
 */
bool position_closing_request(struct tracked_position *tracked,
			      const struct instrument_table *instruments, int64_t now_ns,
			      struct trade_request *request);
/*
 * The executor's answer to a closing: CLOSED, or still CLOSING with what remains and a later
 * attempt (1 s, doubling to CLOSING_RETRY_MAX_NS).
 */
#define CLOSING_RETRY_MAX_NS (60 * INT64_C(1000000000))
void position_closing_ended(struct tracked_position *tracked, const struct trade_result *result,
			    const struct instrument_table *instruments, int64_t now_ns);

#endif
