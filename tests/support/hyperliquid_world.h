/* A Hyperliquid client over a scripted venue, on a virtual clock, that keeps all it says. */
#ifndef FUNDARB_TESTS_SUPPORT_HYPERLIQUID_WORLD_H
#define FUNDARB_TESTS_SUPPORT_HYPERLIQUID_WORLD_H

#include "core/market/market_state.h"
#include "tests/support/fake_hyperliquid.h"

#define WORLD_EVENTS  4096
#define WORLD_RESULTS 64
#define WORLD_START   INT64_C(1764000000000000000) /* 2025-11-24T16:00:00Z: a full hour */
#define WORLD_PREFIX  UINT64_C(0x00f00d0000000001)
#define WORLD_DELAY   INT64_C(10000000) /* each way */

struct hyperliquid_world {
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct market_state *market;
	venue_id venue;
	struct fake_hyperliquid fake;
	struct virtual_link *link; /* of another service, borrowed; NULL: the fake's */
	struct exchange_client *client;
	struct market_event market_events[WORLD_EVENTS]; /* books without their levels */
	size_t market_count;
	struct account_event account_events[WORLD_EVENTS];
	size_t account_count;
	/* Answers of commands, in order. Texts are copies. */
	struct command_result results[WORLD_RESULTS];
	char texts[WORLD_RESULTS][256], order_ids[WORLD_RESULTS][48];
	size_t result_count;
	/* The last life-cycle answer and read. */
	bool done, ok;
	char why[256];
	unsigned dones;
	bool read_done;
	struct read_result read; /* rows are copies, in read_rows */
	char read_rows[262144];
	char read_advice[256], read_mode[64];
	/* What the client is made with. */
	struct hyperliquid_client_options options;
	uint32_t next_id;
};

/* Creates everything; the options may be changed before hyperliquid_world_start. */
void hyperliquid_world_open(struct hyperliquid_world *world);
/* Creates and starts the client, and waits for its answer (`ok`, `why`). */
void hyperliquid_world_start(struct hyperliquid_world *world);
/* open, start, account subscribed and synced. */
void hyperliquid_world_trade(struct hyperliquid_world *world);
void hyperliquid_world_close(struct hyperliquid_world *world);
void hyperliquid_world_run(struct hyperliquid_world *world, int64_t ns);

instrument_id hyperliquid_world_instrument(const struct hyperliquid_world *world, const char *coin);
void hyperliquid_world_subscribe(struct hyperliquid_world *world, const char *coin,
				 unsigned channels);
/* 0.0456 ETH at 2831.7, give up after 5 s; returns the client id. */
struct order_request hyperliquid_world_order(struct hyperliquid_world *world, enum order_type type,
					     enum side side);
void hyperliquid_world_send(struct hyperliquid_world *world, const struct order_request *order,
			    int64_t give_up_after_ns);
/* Sends and runs until answered; the result stays valid. */
const struct command_result *hyperliquid_world_place(struct hyperliquid_world *world,
						     const struct order_request *order);
const struct command_result *hyperliquid_world_command(struct hyperliquid_world *world,
						       const struct command_request *request);
const struct read_result *hyperliquid_world_read(struct hyperliquid_world *world,
						 const struct read_request *request);
/* A life-cycle answer into done, dones, ok and why. */
void hyperliquid_world_note_done(void *user, bool ok, const char *why);
void hyperliquid_world_note_result(void *user, const struct command_result *result);

size_t hyperliquid_world_count(const struct hyperliquid_world *world, enum account_event_kind kind);
/* The n-th of a kind, from the end; fails the test if there is none. */
const struct account_event *hyperliquid_world_last(const struct hyperliquid_world *world,
						   enum account_event_kind kind, size_t n);
size_t hyperliquid_world_markets(const struct hyperliquid_world *world,
				 enum market_event_kind kind);
const struct market_event *hyperliquid_world_last_market(const struct hyperliquid_world *world,
							 enum market_event_kind kind);
/* Text of the cloid of a client id, quotes not included. */
const char *hyperliquid_world_cloid(uint32_t client_id);

#endif
