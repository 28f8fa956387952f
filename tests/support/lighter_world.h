/*
 * The Lighter client over the venue's own model (exchanges/testnet) and a virtual network: what it
 * tells is applied to a market state and kept, what it is asked is waited for.
 */
#ifndef FUNDARB_TESTS_SUPPORT_LIGHTER_WORLD_H
#define FUNDARB_TESTS_SUPPORT_LIGHTER_WORLD_H

#include "core/market/market_state.h"
#include "exchanges/lighter/lighter_client.h"
#include "tests/support/lighter_testnet.h"

#define LIGHTER_WORLD_EVENTS 4096
#define LIGHTER_WORLD_IDS    512

struct lighter_world {
	struct lighter_testnet testnet;
	struct instrument_table *table; /* the client's own */
	venue_id venue;
	struct market_state *state;
	struct exchange_client *client;
	instrument_id eth, btc;	       /* in `table`, once started */
	struct account_event *account; /* owned; in the order told */
	size_t account_count;
	uint64_t market_events[EVENT_CLOCK + 1]; /* by kind */
	struct market_event last[EVENT_CLOCK + 1];
	/* Answers of commands by client id (0: those without one). */
	struct {
		unsigned times;
		enum command_outcome outcome;
		enum reject_reason reason;
		char code[16], text[128];
		int64_t at_ns;
	} answers[LIGHTER_WORLD_IDS];
	uint32_t answered[LIGHTER_WORLD_IDS]; /* client ids in the order of their answers */
	size_t answered_count;
	uint32_t next_id;
	/* The last life cycle call. */
	bool told, ok;
	char why[256];
	/* The last read, copied as far as tests look. */
	bool read_told;
	enum read_outcome read_outcome;
	struct account_event *read_events; /* owned */
	size_t read_count;
	struct market_event read_markets[64];
	struct position_value read_positions[16];
	struct balance_value read_balance;
	struct depth_value read_depth;
	struct book_level read_bid, read_ask;
	struct funding_evidence read_evidence[64];
	struct access_value read_access;
	int64_t read_order_room;
	char read_advice[256], read_mode[64];
	struct leverage_value read_leverage;
	struct fee_terms read_fees;
	struct quantity read_quantity;
	struct money read_money;
	int64_t read_time_ns;
	struct market_event read_mark;
};

/* The model and a client over it, not started. */
void lighter_world_open(struct lighter_world *world, bool has_account, bool rate_limits);
void lighter_world_close(struct lighter_world *world);
/* A second client in place of the first. */
void lighter_world_renew(struct lighter_world *world, const struct lighter_client_options *change);
struct lighter_client_options lighter_world_options(struct lighter_world *world);

/* Each waits (up to 30 s of the scheduler) for its end and returns whether that was ok. */
bool lighter_world_start(struct lighter_world *world);
bool lighter_world_stop(struct lighter_world *world);
bool lighter_world_subscribe(struct lighter_world *world, instrument_id instrument,
			     unsigned channels);
bool lighter_world_subscribe_account(struct lighter_world *world);
void lighter_world_pass(struct lighter_world *world, int64_t ms);

/* Sends an order and returns its client id; the answer is noted down when it comes. */
uint32_t lighter_world_place(struct lighter_world *world, instrument_id instrument,
			     enum order_type type, enum side side, const char *size,
			     const char *price, bool reduce_only);
void lighter_world_command(struct lighter_world *world, const struct command_request *request,
			   int64_t give_up_ms);
/* Fails unless the answer is there and is this. */
void lighter_world_expect(const struct lighter_world *world, uint32_t client_id,
			  enum command_outcome outcome, enum reject_reason reason);
/* The newest ORDER event of that id; NULL: none. */
const struct account_event *lighter_world_order(const struct lighter_world *world,
						uint32_t client_id);
/* Sum of fills told for it. */
int64_t lighter_world_filled(const struct lighter_world *world, uint32_t client_id);
const struct account_event *lighter_world_newest(const struct lighter_world *world,
						 enum account_event_kind kind);
size_t lighter_world_count(const struct lighter_world *world, enum account_event_kind kind);

/* Reads and waits. */
enum read_outcome lighter_world_read(struct lighter_world *world,
				     const struct read_request *request);
/* The client's book, by market_state, equals the floor's displayed one. */
void lighter_world_expect_same_book(const struct lighter_world *world, instrument_id ours,
				    instrument_id theirs);
int64_t lighter_world_units(const struct lighter_world *world, instrument_id instrument,
			    const char *text, bool price);

#endif
