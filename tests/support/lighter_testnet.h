/*
 * Lighter's server model behind a virtual network, driven as bytes: two markets (ETH 0, BTC 1), two
 * accounts with one key each, a feed by hand. Answers and frames are kept as text and read as
 * trees.
 */
#ifndef FUNDARB_TESTS_SUPPORT_LIGHTER_TESTNET_H
#define FUNDARB_TESTS_SUPPORT_LIGHTER_TESTNET_H

#include "core/net/virtual_network.h"
#include "exchanges/lighter/lighter_sign.h"
#include "exchanges/testnet/lighter_service.h"
#include "tests/support/json_tree.h"

#define LIGHTER_TESTNET_START	(INT64_C(1787900000) * 1000000000)
#define LIGHTER_TESTNET_FRAMES	4096
#define LIGHTER_TESTNET_SOCKETS 4
#define LIGHTER_TESTNET_ETH	0
#define LIGHTER_TESTNET_BTC	1

struct lighter_testnet;
struct lighter_testnet_socket {
	struct lighter_testnet *testnet;
	struct web_socket *socket;
	bool open, closed;
	char why[64];			      /* of the close */
	char *frames[LIGHTER_TESTNET_FRAMES]; /* owned */
	size_t frame_count;
};

struct lighter_testnet {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floor;
	struct lighter_service *service;
	struct virtual_link *link;
	struct endpoint *endpoint;
	venue_id venue;
	instrument_id eth; /* price 2 decimals, size 4; minimum 0.0050 and 10 USDC */
	instrument_id btc; /* price 1 decimal, size 5 */
	struct lighter_key keys[2];
	int64_t account[2]; /* 5501 and 5502, API keys 7 and 8 */
	int64_t nonce[2];   /* to be used next */
	struct lighter_testnet_socket sockets[LIGHTER_TESTNET_SOCKETS];
	uint64_t extra; /* makes every signature's nonce its own */
	/* The last answer. */
	bool answered;
	enum transport_outcome outcome;
	int status;
	char *body; /* owned */
	char content_type[64];
	struct json_tree *tree; /* owned; NULL where the body is no JSON */
};

/* Books "3024.00x10 3023.50x20 | 3024.10x5 3024.60x8" and "64009.9x0.73 64009.0x2 | 64010.5x0.3
 * 64011.0x1.2"; marks 3024.05 and 64010; 100,000 USDC each; delays 300, 200, 200 ms. */
void lighter_testnet_open(struct lighter_testnet *testnet, bool rate_limits);
void lighter_testnet_close(struct lighter_testnet *testnet);
void lighter_testnet_pass(struct lighter_testnet *testnet, int64_t ms);
void lighter_testnet_fault(struct lighter_testnet *testnet, const char *rule);
int64_t lighter_testnet_ms(const struct lighter_testnet *testnet);

/* The feed. */
void lighter_testnet_level(struct lighter_testnet *testnet, instrument_id id, enum side side,
			   const char *price, const char *size);
void lighter_testnet_trade(struct lighter_testnet *testnet, instrument_id id, enum side taker,
			   const char *price, const char *size);
void lighter_testnet_mark(struct lighter_testnet *testnet, instrument_id id, const char *price);
void lighter_testnet_settle(struct lighter_testnet *testnet, instrument_id id, int64_t boundary_ns,
			    const char *rate);

/* Sends and waits for the answer (at most 10 s). token NULL: no authorization header. */
int lighter_testnet_get(struct lighter_testnet *testnet, const char *target, const char *token);
int lighter_testnet_post(struct lighter_testnet *testnet, const char *target,
			 const char *content_type, const char *body);
/* `code` of the last answer, 0 if none. */
int64_t lighter_testnet_code(const struct lighter_testnet *testnet);
/* Text of a member of the last answer: "orders.0.status", "accounts.0.positions.0.sign". */
const char *lighter_testnet_text(const struct lighter_testnet *testnet, const char *path);
const struct json_tree *lighter_testnet_find(const struct json_tree *tree, const char *path);

/* A token of account 0 or 1, valid for an hour. */
const char *lighter_testnet_token(struct lighter_testnet *testnet, unsigned who, char *buffer);

/* A transaction of account `who`, with its next nonce and a deadline a minute ahead. */
struct lighter_transaction lighter_testnet_create(struct lighter_testnet *testnet, unsigned who,
						  int market, int64_t client_index, bool is_ask,
						  int64_t base, int64_t price, int time_in_force);
struct lighter_transaction lighter_testnet_blank(struct lighter_testnet *testnet, unsigned who,
						 enum lighter_transaction_type type);
/* Signs (fails the test if the signer refuses). */
void lighter_testnet_sign(struct lighter_testnet *testnet, unsigned who,
			  const struct lighter_transaction *transaction,
			  struct lighter_signed *out);
/* Signs tx_info text whose "Sig" value is SIG, whatever its fields are; returns buffer. */
const char *lighter_testnet_sign_text(struct lighter_testnet *testnet, unsigned who, int type,
				      const char *text, char *buffer, size_t size);
/* Posts it urlencoded; the code. Accepted ones take the account's nonce. */
int64_t lighter_testnet_send(struct lighter_testnet *testnet, unsigned who,
			     const struct lighter_transaction *transaction);
int64_t lighter_testnet_send_text(struct lighter_testnet *testnet, int type, const char *tx_info);

/* WebSocket. */
struct lighter_testnet_socket *lighter_testnet_connect(struct lighter_testnet *testnet);
void lighter_testnet_say(struct lighter_testnet_socket *socket, const char *text);
/* Subscribes with a token of `who` if that is >= 0. */
void lighter_testnet_subscribe(struct lighter_testnet_socket *socket, const char *channel, int who);
void lighter_testnet_forget(struct lighter_testnet_socket *socket);
/* The n-th frame (from 0) whose "type" or, failing that, text begins with that; the tree is the
 * caller's. NULL: there are not so many. */
struct json_tree *lighter_testnet_frame(const struct lighter_testnet_socket *socket,
					const char *type, size_t n);
size_t lighter_testnet_frames(const struct lighter_testnet_socket *socket, const char *type);

/*
 * Fails unless actual has exactly the members of sample, of the same kinds, all the way down;
 * elements of arrays follow the sample's first; null stands for any array. optional: "a|b" names
 * members that may be missing or extra.
 */
void expect_same_shape(const char *sample, const struct json_tree *actual, const char *optional);

#endif
