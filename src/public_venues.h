/*
 * Venues for commands that look and do not trade (scan, record, history, check): connected,
 * started, their events applied to a market state. A venue that does not answer is left out with
 * its reason, and may be started again. A configuration that runs a local testnet inside gets one
 * here too.
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
	struct exchange_client *client; /* owned; NULL: could not be made, `why` says so */
	struct endpoint *endpoint;	/* the client's */
	enum public_venue_phase phase;
	int64_t phase_ns; /* since when */
	char why[512];	  /* when it is not up */
};

struct local_testnet;

struct public_venues {
	struct config *config; /* a copy, with what a local testnet inside filled in; owned */
	struct scheduler *scheduler;
	struct network *network;
	struct local_testnet *local_testnet; /* NULL: none inside */
	struct instrument_table *instruments;
	struct market_state *market;
	struct public_venue venues[CONFIG_VENUES_MAX];
	size_t count;
	/* Told of every market event after it was applied; may be NULL. */
	void (*on_market)(void *user, const struct market_event *event);
	void (*on_account)(void *user, const struct account_event *event);
	/* A venue is up, or a start has failed; may be NULL. */
	void (*on_phase)(void *user, struct public_venue *venue);
	void *user;
	bool interrupted; /* SIGINT or SIGTERM came */
};

/* Every venue there is, its public mainnet data: what a command uses without --config. */
void public_venues_default_config(struct config *config);
/*
 * What commands call their [--config FILE] [--venues A,B] with: the file, or the default, with only
 * the venues that are named (NULL: all). False with err; `config` is the caller's to free.
 */
bool public_venues_load_config(const char *path, const char *venues, struct config *config,
			       struct error *err);

/* with_account: keys are loaded, accounts can be read. NULL with err. */
struct public_venues *public_venues_open(const struct config *config, bool with_account,
					 struct error *err);
/* The same, but a venue that cannot even be connected is there with phase FAILED and its reason. */
struct public_venues *public_venues_open_each(const struct config *config, bool with_account,
					      struct error *err);
void public_venues_close(struct public_venues *venues);

/* Starts all venues that have not failed already; returns when each is up or has failed, at the
 * latest after patience: those still starting then go on with it. Returns how many are up. */
size_t public_venues_start(struct public_venues *venues, int64_t patience_ns);
/* Starts one again that has failed; on_phase tells what came of it. */
void public_venue_start(struct public_venue *venue);
/* Runs the loop until finished(user) (asked every 10 ms), the patience is over or a signal came;
 * true: finished. */
bool public_venues_wait(struct public_venues *venues, bool (*finished)(void *user), void *user,
			int64_t patience_ns);
/* The venue of that id, NULL: none. */
struct public_venue *public_venues_find(struct public_venues *venues, venue_id id);

#endif
