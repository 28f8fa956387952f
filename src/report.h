/*
 * The report of a run: computed once from ledger, trade log and venues, then written as text for
 * people and as JSON for machines (every number a decimal string). Same input, same bytes.
 *
 * USD is a valuation on top: coin amounts of a trade are valued at its coin leg's exit fill (while
 * it is open: at the last mid); stablecoins count as 1 USD, said so. Collateral revaluation is
 * shown and is never part of the trade's P&L.
 */
#ifndef FUNDARB_SRC_REPORT_H
#define FUNDARB_SRC_REPORT_H

#include "src/world.h"
#include <stdio.h>

/* Sums of ledger lines of one kind in one asset. */
struct report_line {
	enum ledger_kind kind;
	asset_id asset;
	struct money exact, posting, rounding;
};
#define REPORT_LEG_LINES_MAX 16

struct report_leg {
	const struct leg_record *record;
	const struct instrument *instrument;
	size_t line_count;
	struct report_line lines[REPORT_LEG_LINES_MAX];
	struct money entry_notional; /* quote (USD for inverse) */
	bool entered, exited;
	struct money entry_price, exit_price; /* averages, scale 18 */
	struct quantity entered_quantity, exited_quantity;
	struct money dust;	      /* spot: base left after the close; else 0 */
	bool coin_settled;	      /* amounts need a price to become USD */
	struct money usd_price;	      /* that price; 1 for stablecoins */
	const char *usd_price_source; /* "exit fill", "last mid", "1 USD"; static */
	struct money price_usd, fees_usd, funding_usd;
	bool unrealised_known;
	struct money unrealised;		 /* open legs: settle asset (spot: quote), at mid */
	struct money collateral_revaluation_usd; /* inverse legs */
};

struct report_trade {
	const struct trade_record *record;
	size_t leg_count;
	struct report_leg legs[TRADE_LEGS_MAX];
	struct money reference_notional; /* entry notional that bp are of */
	unsigned reference_leg;
	struct money price_usd, fees_usd, funding_usd, net_usd, collateral_revaluation_usd;
	struct money unrealised_usd;
	struct money residual_tokens; /* long minus short exposure after the opening */
	bool complete;		      /* every figure could be valued */
};

/* One (venue, asset): the identity of docs/architecture.md "Numbers". */
struct report_account {
	venue_id venue;
	asset_id asset;
	bool known;	      /* the venue named its balance */
	struct money balance; /* read from the venue's account */
	struct money by_kind[LEDGER_KINDS];
	struct money rounding;
	struct money lines_and_rounding;
	bool exact; /* balance == lines + rounding, to the last unit */
};

struct report {
	const struct world *world;
	bool completed;
	struct error stopped;
	size_t trade_count;
	struct report_trade *trades;
	size_t account_count;
	struct report_account *accounts;
	bool identity_exact; /* all accounts whose venue named a balance */
	struct money price_usd, fees_usd, funding_usd, net_usd, unrealised_usd;
	size_t lines_of_no_trade; /* booked, yet in no trade's figures: the totals lack them */
};

/* NULL: out of memory. The world must outlive the report. */
struct report *report_create(struct world *world, bool completed);
void report_free(struct report *report);
void report_write_text(const struct report *report, FILE *out);
bool report_write_json(const struct report *report, const char *path, struct error *err);

/* amount as bp of notional with two decimals, "-18.42"; "-" without a notional. */
const char *report_bp(struct money amount, struct money notional, char *buffer, size_t size);

#endif
