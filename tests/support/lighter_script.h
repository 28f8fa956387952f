/*
 * A Lighter venue made of written answers: what the client sends is kept, what it gets is what the
 * test wrote down, in the venue's form or out of it.
 */
#ifndef FUNDARB_TESTS_SUPPORT_LIGHTER_SCRIPT_H
#define FUNDARB_TESTS_SUPPORT_LIGHTER_SCRIPT_H

#include "core/net/virtual_network.h"
#include "exchanges/lighter/lighter_client.h"

#define LIGHTER_SCRIPT_RULES 64
#define LIGHTER_SCRIPT_KEPT  512
#define LIGHTER_SCRIPT_START (INT64_C(1787900000) * 1000000000)

struct lighter_script {
	struct scheduler *scheduler;
	struct service face;
	const struct service_host *host;
	struct virtual_link *link;
	struct instrument_table *table;
	venue_id venue;
	struct lighter_key key;
	struct exchange_client *client;
	/* The newest rule whose prefix begins the target answers; times < 0: for ever. */
	struct {
		char prefix[128], body[4096];
		int status, times;
	} rules[LIGHTER_SCRIPT_RULES];
	size_t rule_count;
	/* Requests as they came, and the Authorization header of each. */
	char targets[LIGHTER_SCRIPT_KEPT][256];
	char tokens[LIGHTER_SCRIPT_KEPT][256];
	size_t target_count;
	struct service_socket *socket; /* the newest open one; NULL: none */
	unsigned sockets;	       /* opened so far */
	char messages[LIGHTER_SCRIPT_KEPT][3072];
	size_t message_count;
	bool mute; /* subscriptions are not answered */
	/* What the client told. */
	struct account_event account[LIGHTER_SCRIPT_KEPT];
	size_t account_count;
	bool told, ok;
	char why[512];
	struct {
		unsigned times;
		enum command_outcome outcome;
		enum reject_reason reason;
		char code[16];
	} answers[64];
	bool read_told;
	enum read_outcome read_outcome;
	size_t read_count;
	struct account_event read_event;
	struct market_event read_market;
	struct funding_evidence read_row;
	struct leverage_value read_leverage;
	unsigned instrument_events;
};

/* Rules for a sound start are there: markets ETH (0) and BTC (1), account 5501 with key 7. */
void lighter_script_open(struct lighter_script *script, bool premium);
void lighter_script_close(struct lighter_script *script);
void lighter_script_rule(struct lighter_script *script, const char *prefix, int status, int times,
			 const char *body);
void lighter_script_pass(struct lighter_script *script, int64_t ms);
bool lighter_script_start(struct lighter_script *script);
bool lighter_script_account(struct lighter_script *script);
enum read_outcome lighter_script_read(struct lighter_script *script,
				      const struct read_request *request);
instrument_id lighter_script_instrument(const struct lighter_script *script, const char *symbol);
/* An IOC to buy 1 ETH at 3000. */
void lighter_script_place(struct lighter_script *script, uint32_t client_id);
/* The id (text) and hash that the n-th transaction on the socket must be answered with. */
const char *lighter_script_id(const struct lighter_script *script, size_t n);
const char *lighter_script_hash(const struct lighter_script *script, size_t n);
void lighter_script_say(struct lighter_script *script, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t lighter_script_asked(const struct lighter_script *script, const char *prefix);

#endif
