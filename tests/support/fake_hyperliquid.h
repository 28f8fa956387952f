/*
 * A scripted stand-in for Hyperliquid behind a virtual network: answers of /info by type, answers
 * of actions one after the other, frames pushed by the test. It decides nothing by itself: what it
 * says is what the test wrote from the venue's reference.
 */
#ifndef FUNDARB_TESTS_SUPPORT_FAKE_HYPERLIQUID_H
#define FUNDARB_TESTS_SUPPORT_FAKE_HYPERLIQUID_H

#include "core/net/virtual_network.h"
#include "exchanges/hyperliquid/hyperliquid_client.h"

#define FAKE_INFOS   32
#define FAKE_ACTIONS 64
#define FAKE_SEEN    256
#define FAKE_BODY    4096

struct fake_action { /* an action that arrived */
	char body[FAKE_BODY];
	char type[32];
	int64_t nonce_ms;
	bool posted; /* over the socket */
};

struct fake_hyperliquid {
	struct scheduler *scheduler;
	const struct service_host *host;
	struct service service;
	struct virtual_link *link;
	struct {
		char type[64]; /* "openOrders", or with a further part: "userRole 0xabc" */
		char *body;    /* owned; "" = HTTP 500; "#429" etc.: that status */
	} infos[FAKE_INFOS];
	size_t info_count;
	unsigned asked[FAKE_INFOS];
	const char *script[FAKE_ACTIONS]; /* answers of the next actions, in order */
	size_t script_count, script_at;
	const char *otherwise; /* when the script is used up */
	struct fake_action seen[FAKE_SEEN];
	size_t seen_count;
	struct service_socket *socket;
	unsigned sockets_opened, subscriptions, unsubscriptions, pings;
	bool deaf;  /* acknowledges no subscription */
	bool exact; /* clock: exchangeStatus tells scheduler time + skew */
	int64_t skew_ns;
	char refused_coin[16]; /* subscriptions of it are "Invalid" */
};

/* Standard answers: BTC (asset 0), ETH (1), kPEPE (2), delisted OLDCO (3), HYPE (4); an agent of
 * FAKE_ACCOUNT; a thousand USDC, no orders, no position. */
#define FAKE_ACCOUNT "0x5e9ee1089755c3435139848e47e6635505d5a13a"
void fake_hyperliquid_open(struct fake_hyperliquid *fake, struct scheduler *scheduler,
			   int64_t delay_ns, const char *agent);
void fake_hyperliquid_close(struct fake_hyperliquid *fake);
/* Answer of an info type from now on. */
void fake_hyperliquid_info(struct fake_hyperliquid *fake, const char *type, const char *body);
unsigned fake_hyperliquid_asked(const struct fake_hyperliquid *fake, const char *type);
/*
 * Answer of the next action. "" : none at all; "#503": that status (posts: an error text); else
 * the JSON. Borrowed.
 */
void fake_hyperliquid_script(struct fake_hyperliquid *fake, const char *answer);
/* Pushes a frame to the newest socket. */
void fake_hyperliquid_push(struct fake_hyperliquid *fake, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Closes the socket from the venue's side. */
void fake_hyperliquid_kick(struct fake_hyperliquid *fake);
/* The newest action of a type; NULL: none. */
const struct fake_action *fake_hyperliquid_action(const struct fake_hyperliquid *fake,
						  const char *type);

#endif
