/*
 * Venues for commands that look and do not trade (scan, record, history, check): connected,
 * started, their events applied to a market state. A venue that does not answer is left out with
 * its reason.
 */
#ifndef FUNDARB_SRC_PUBLIC_VENUES_H
#define FUNDARB_SRC_PUBLIC_VENUES_H

#include "config/config.h"
#include "core/market/market_state.h"
#include "core/net/network.h"
#include "exchanges/exchange_client.h"

enum public_venue_phase { PUBLIC_VENUE_STARTING, PUBLIC_VENUE_UP, PUBLIC_VENUE_FAILED };

struct public_venue {
	struct public_venues *all;
	const struct config_venue *config;
	venue_id id;
	struct exchange_client *client; /* owned */
	struct endpoint *endpoint;	/* the client's */
	enum public_venue_phase phase;
	char why[200]; /* when FAILED */
};

struct public_venues {
	const struct config *config;
	struct scheduler *scheduler;
	struct network *network;
	struct instrument_table *instruments;
	struct market_state *market;
	struct public_venue venues[CONFIG_VENUES_MAX];
	size_t count;
	/* Told of every market event after it was applied; may be NULL. */
	void (*on_market)(void *user, const struct market_event *event);
	void (*on_account)(void *user, const struct account_event *event);
	void *user;
	bool interrupted; /* SIGINT or SIGTERM came */
};

/* Every venue there is, its public mainnet data: what a command uses without --config. */
void public_venues_default_config(struct config *config);

/* with_account: keys are loaded, accounts can be read. NULL with err. */
struct public_venues *public_venues_open(const struct config *config, bool with_account,
					 struct error *err);
void public_venues_close(struct public_venues *venues);

/* Starts all venues; returns when each is up or has failed, at the latest after patience. Those
 * still starting have failed then. Returns how many are up. */
size_t public_venues_start(struct public_venues *venues, int64_t patience_ns);
/* Runs the loop until finished(user) (asked every 10 ms), the patience is over or a signal came;
 * true: finished. */
bool public_venues_wait(struct public_venues *venues, bool (*finished)(void *user), void *user,
			int64_t patience_ns);

#endif
