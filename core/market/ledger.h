/*
 * The books of account: one line per economic fact, per (venue account, asset). Each line is
 * computed at scale 18, half-even; its posting is the line at the asset's smallest unit; rounding
 * is booked as posting - line, never as a residual. So for every (venue, asset)
 *
 *   balance change = sum(lines) + sum(roundings) = sum(postings)
 *
 * and the left side is read from the venue's account, whose arithmetic shares no code with this.
 * Cost basis is carried, not averaged: see docs/architecture.md "Numbers".
 */
#ifndef FUNDARB_CORE_MARKET_LEDGER_H
#define FUNDARB_CORE_MARKET_LEDGER_H

#include "core/market/account_event.h"

enum ledger_kind {
	LEDGER_PRICE_PNL,      /* realised, in the settle asset */
	LEDGER_EXCHANGE,       /* spot: base in (+) and quote out (-), or the reverse: two lines */
	LEDGER_FEE,	       /* < 0 is paid */
	LEDGER_FEE_CORRECTION, /* what the venue charged beyond the terms we know; 0 in simulation
				*/
	LEDGER_FUNDING,	       /* > 0 is received */
	LEDGER_TRANSFER,
};
#define LEDGER_KINDS 6
const char *ledger_kind_text(enum ledger_kind kind);

struct ledger_line {
	enum ledger_kind kind;
	venue_id venue;
	asset_id asset;
	instrument_id instrument; /* 0 for transfers */
	uint32_t client_id;	  /* order of the fill; 0 otherwise */
	uint32_t trade;		  /* the atomic trade it belongs to; 0 = none */
	int64_t local_ns;
	struct money exact;    /* at scale 18 */
	struct money posting;  /* at the asset's smallest unit */
	struct money rounding; /* posting - exact */
};

struct ledger_position {
	struct quantity quantity; /* signed; spot: `owned` floored to the quantity's decimals */
	struct money cost;	  /* signed like quantity: sum of contract_value at the fill prices,
				     in the settle asset (spot: quote), released in proportion */
	struct money owned;	  /* spot: base coins held, net of fees posted in base; else 0 */
};

struct ledger;

/* NULL: out of memory. The instruments must outlive the ledger. */
struct ledger *ledger_create(const struct instrument_table *instruments);
void ledger_free(struct ledger *ledger);

/*
 * Books one fill exactly once: (venue, instrument, trade_id) already booked returns true and does
 * nothing. `trade` tags the lines. A reducing fill realises P&L on the released cost; a flip is a
 * close, then an open. The fee line follows the instrument's newest terms; what the venue says it
 * took beyond the posting (unless fee_estimated) is a second line. A fill of a spot market has no
 * PRICE_PNL line: its two EXCHANGE lines carry the whole cash flow. Returns false (err filled, no
 * line booked) on overflow, a malformed fill or a spot sell beyond what is held.
 */
bool ledger_book_fill(struct ledger *ledger, const struct account_event *fill, uint32_t trade,
		      struct error *err);
/*
 * Books a funding payment exactly once per (venue, instrument, boundary). The line is computed
 * here from position, price and rate; if the venue's amount differs from its posting, the
 * difference is booked as a second line of kind LEDGER_FEE_CORRECTION. A flat position pays
 * nothing and leaves no line.
 */
bool ledger_book_funding(struct ledger *ledger, const struct account_event *funding, uint32_t trade,
			 struct error *err);
bool ledger_book_transfer(struct ledger *ledger, venue_id venue, asset_id asset,
			  struct money amount, int64_t local_ns, struct error *err);

/* Lines in booking order; valid until the next booking. */
size_t ledger_line_count(const struct ledger *ledger);
const struct ledger_line *ledger_line_at(const struct ledger *ledger, size_t index);
/* Sum of postings of a venue's asset. */
struct money ledger_balance_change(const struct ledger *ledger, venue_id venue, asset_id asset);
struct ledger_position ledger_position(const struct ledger *ledger, instrument_id instrument);

/*
 * What closing the position at `price` (scale 18) would realise, in the settle asset (spot: value
 * minus cost, in quote). Never booked.
 */
bool ledger_unrealised(const struct ledger *ledger, instrument_id instrument, struct money price,
		       struct money *out);

#endif
