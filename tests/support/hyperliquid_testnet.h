/*
 * Hyperliquid's server model behind a virtual network, driven as bytes: three markets (BTC 0, ETH
 * 1, OLDCO 2, delisted), two accounts with an API wallet each, a feed by hand. Actions are signed
 * by the adapter's own hashing, which shares no code with the service's.
 */
#ifndef FUNDARB_TESTS_SUPPORT_HYPERLIQUID_TESTNET_H
#define FUNDARB_TESTS_SUPPORT_HYPERLIQUID_TESTNET_H

#include "core/net/virtual_network.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/testnet/hyperliquid_service.h"
#include "tests/support/json_tree.h"

#define HYPERLIQUID_TESTNET_START   (INT64_C(1764000000) * 1000000000)
#define HYPERLIQUID_TESTNET_FRAMES  8192
#define HYPERLIQUID_TESTNET_SOCKETS 4

struct hyperliquid_testnet;
struct hyperliquid_testnet_socket {
	struct hyperliquid_testnet *testnet;
	struct web_socket *socket;
	bool open, closed;
	char *frames[HYPERLIQUID_TESTNET_FRAMES]; /* owned */
	size_t frame_count;
};

struct hyperliquid_testnet_options {
	bool rate_limits;
	char source;
	int64_t traded_usd;
	const char *mode; /* NULL: default */
};

struct hyperliquid_testnet {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floor;
	struct hyperliquid_service *service;
	struct virtual_link *link;
	struct endpoint *endpoint;
	venue_id venue;
	instrument_id btc, eth;
	struct hyperliquid_key masters[2], agents[2];
	int64_t nonce; /* of the last action */
	struct hyperliquid_testnet_socket sockets[HYPERLIQUID_TESTNET_SOCKETS];
	/* The last answer. */
	bool answered;
	enum transport_outcome outcome;
	int status;
	int64_t took_ms;
	char *body; /* owned */
	char content_type[64];
	struct json_tree *tree; /* owned; NULL where the body is no JSON */
};

/* Books BTC "87520x1.5 87519x4 | 87521x0.8 87523x2", ETH "2831.6x14.2 2831.5x2.95 | 2831.7x8.8
 * 2831.9x31"; marks 87511 and 2831.4, oracles 87495 and 2831.1; 10,000 USDC each; delays 150, 150,
 * 100 ms and 1 ms each way. Agent 0 is called "fundarb", agent 1 is unnamed. options NULL: all 0.
 */
void hyperliquid_testnet_open(struct hyperliquid_testnet *testnet,
			      const struct hyperliquid_testnet_options *options);
void hyperliquid_testnet_close(struct hyperliquid_testnet *testnet);
void hyperliquid_testnet_pass(struct hyperliquid_testnet *testnet, int64_t ms);
void hyperliquid_testnet_fault(struct hyperliquid_testnet *testnet, const char *rule);
int64_t hyperliquid_testnet_ms(const struct hyperliquid_testnet *testnet);

/* The feed. size "0" deletes. */
void hyperliquid_testnet_level(struct hyperliquid_testnet *testnet, instrument_id id,
			       enum side side, const char *price, const char *size);
void hyperliquid_testnet_trade(struct hyperliquid_testnet *testnet, instrument_id id,
			       enum side taker, const char *price, const char *size);
void hyperliquid_testnet_mark(struct hyperliquid_testnet *testnet, instrument_id id,
			      const char *mark, const char *oracle);
/* Estimate, then the settled record once the boundary has passed. */
void hyperliquid_testnet_rate(struct hyperliquid_testnet *testnet, instrument_id id,
			      enum funding_kind kind, int64_t boundary_ns, const char *rate);

/* POSTs and waits for the answer (at most 12 s); the HTTP status, 0 without an answer. */
int hyperliquid_testnet_post(struct hyperliquid_testnet *testnet, const char *target,
			     const char *body);
/* POST /info with printf's text; the status. */
int hyperliquid_testnet_info(struct hyperliquid_testnet *testnet, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const struct json_tree *hyperliquid_testnet_find(const struct json_tree *tree, const char *path);
const char *hyperliquid_testnet_text(const struct hyperliquid_testnet *testnet, const char *path);

struct hyperliquid_testnet_envelope {
	int64_t nonce; /* 0: the next */
	int64_t expires_after;
	const char *vault; /* NULL none */
	bool mainnet;
};
#define HYPERLIQUID_TESTNET_BODY 32768
/* A body with the action `sent`, signed as `hashed`. envelope NULL: all 0. */
const char *hyperliquid_testnet_sign(struct hyperliquid_testnet *testnet,
				     const struct hyperliquid_key *key, const char *hashed,
				     const char *sent,
				     const struct hyperliquid_testnet_envelope *envelope,
				     char body[HYPERLIQUID_TESTNET_BODY]);
/* Signs with the agent of account `who`, posts and waits. Returns the error of the whole action, or
 * the first status as JSON text, or "default". */
const char *hyperliquid_testnet_act(struct hyperliquid_testnet *testnet, unsigned who,
				    const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *hyperliquid_testnet_act_with(struct hyperliquid_testnet *testnet,
					 const struct hyperliquid_key *key, const char *action,
					 const struct hyperliquid_testnet_envelope *envelope);
/* An order action of one order; cloid "" none. Returns as above. */
const char *hyperliquid_testnet_order(struct hyperliquid_testnet *testnet, unsigned who, int asset,
				      bool buy, const char *price, const char *size,
				      const char *tif, bool reduce_only, const char *cloid);

/* WebSocket. */
struct hyperliquid_testnet_socket *hyperliquid_testnet_connect(struct hyperliquid_testnet *testnet);
void hyperliquid_testnet_say(struct hyperliquid_testnet_socket *socket, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Subscribes: members as in "\"type\":\"bbo\",\"coin\":\"ETH\""; user appended if who >= 0. */
void hyperliquid_testnet_subscribe(struct hyperliquid_testnet_socket *socket, const char *members,
				   int who);
void hyperliquid_testnet_forget(struct hyperliquid_testnet_socket *socket);
/* The n-th frame (from 0) of that channel; the tree is the caller's. NULL: not so many. */
struct json_tree *hyperliquid_testnet_frame(const struct hyperliquid_testnet_socket *socket,
					    const char *channel, size_t n);
size_t hyperliquid_testnet_frames(const struct hyperliquid_testnet_socket *socket,
				  const char *channel);

#endif
