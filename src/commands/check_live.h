/*
 * `fundarb check` of a configuration of real venues: what is asked of them, gathered, then said in
 * one order. Two sets of clients: public ones, so that a wrong key does not hide the rest, and
 * those of the accounts, made first because a key may be readable only once.
 */
#ifndef FUNDARB_SRC_COMMANDS_CHECK_LIVE_H
#define FUNDARB_SRC_COMMANDS_CHECK_LIVE_H

#include "src/commands/check.h"
#include "src/public_venues.h"

/* How the venue's addresses answered. */
struct check_probe {
	bool asked, rest_done, socket_done;
	enum transport_outcome outcome;
	int status;
	int64_t rest_ns, socket_ns, begun_ns;
	bool socket_open;
	struct web_socket *socket;
	char rest_why[320], socket_why[320];
	struct check_live *live;
	struct public_venue *venue;
};

struct check_live {
	struct check *check;
	const struct config *config;
	struct public_venues *accounts; /* with keys; on paper: the public ones */
	struct public_venues *markets;	/* public data; == accounts on paper */
	struct check_probe probes[CONFIG_VENUES_MAX];
	struct money *marks;	      /* by instrument of `markets`, 0 unknown; owned */
	unsigned awaited;	      /* answers */
	struct instrument_table *own; /* the check's, before it took the venues' */
};

/* Asks the addresses of every public venue; false: interrupted. One line each about name, TLS, REST
 * and stream; a venue that does not answer has FAILED afterwards. */
bool check_network(struct check_live *live);
/* Clocks of the venues that are up. */
void check_clocks(struct check_live *live);
/* Key, mode, budget, money, positions, orders, leverage of each account that is up. */
void check_accounts(struct check_live *live);
/* Leverage and margin mode of the markets to trade in one account that is up: a line each for the
 * first ten, the rest is counted. */
void check_leverages(struct check_live *live, const struct public_venue *venue);

/* What the venue said of one market. */
struct check_leverage {
	const char *market;
	int32_t maximum; /* leverage that the market allows */
	enum read_outcome outcome;
	struct leverage_value value; /* where outcome is READ_VALUE */
};
/* One line about it. can_set: the program sets the leverage before a market's first order; the
 * margin mode it leaves as it is. */
void check_say_leverage(struct check *check, const char *venue, const struct check_leverage *row,
			bool can_set);

/* Listed pairs, identity by price, smallest orders, thresholds. */
void check_markets(struct check_live *live);

/* Runs the loop of these venues until every answer of `live` is there. */
void check_await(struct check_live *live, struct public_venues *venues);

#endif
