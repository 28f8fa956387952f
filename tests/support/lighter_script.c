#include "tests/support/lighter_script.h"

#include "core/base/utc.h"
#include "exchanges/testnet/lighter_service_transaction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECRET "4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62f"

/* ---- the venue ------------------------------------------------------------------------------- */

static void on_request(void *user, const struct service_host *host, struct service_request *request,
		       const struct service_request_view *view)
{
	struct lighter_script *script = user;
	script->host = host;
	assert_true(script->target_count < LIGHTER_SCRIPT_KEPT);
	snprintf(script->targets[script->target_count], sizeof(script->targets[0]), "%s",
		 view->target);
	snprintf(script->tokens[script->target_count++], sizeof(script->tokens[0]), "%s",
		 view->authorization);
	if (strcmp(view->target, "/") == 0) {
		char body[96];
		int length = snprintf(
			body, sizeof(body), "{\"status\":200,\"network_id\":1,\"timestamp\":%lld}",
			(long long)(scheduler_now(script->scheduler) / NS_PER_SECOND));
		host->answer(request, &(struct service_answer){.status = 200,
							       .body = body,
							       .length = (size_t)length});
		return;
	}
	for (size_t i = script->rule_count; i-- > 0;) {
		if (script->rules[i].times == 0 || strncmp(view->target, script->rules[i].prefix,
							   strlen(script->rules[i].prefix)) != 0)
			continue;
		if (script->rules[i].times > 0)
			script->rules[i].times--;
		host->answer(request,
			     &(struct service_answer){.status = script->rules[i].status,
						      .body = script->rules[i].body,
						      .length = strlen(script->rules[i].body)});
		return;
	}
	host->answer(request, &(struct service_answer){.status = 404, .body = "no", .length = 2});
}

static void on_gone(void *user, struct service_request *request)
{
	(void)user, (void)request;
}

static void on_opened(void *user, const struct service_host *host, struct service_socket *socket,
		      const char *target)
{
	struct lighter_script *script = user;
	(void)target;
	script->host = host;
	script->socket = socket;
	script->sockets++;
}

/* Subscriptions get an empty first frame. */
static void answer_subscription(struct lighter_script *script, const char *text)
{
	const char *channel = strstr(text, "\"channel\":\"");
	char name[64], reply[256];
	if (script->mute || !strstr(text, "\"type\":\"subscribe\"") || channel == NULL)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(channel + 11, "\""), channel + 11);
	char *slash = strchr(name, '/');
	if (slash)
		*slash = ':';
	int length = snprintf(reply, sizeof(reply),
			      "{\"channel\":\"%s\",\"order_book\":{\"nonce\":1},"
			      "\"stats\":{\"collateral\":\"1000\",\"available_balance\":\"900\"},"
			      "\"type\":\"subscribed/x\"}",
			      name);
	script->host->send(script->socket, reply, (size_t)length);
}

static void on_message(void *user, struct service_socket *socket, const char *text, size_t length)
{
	struct lighter_script *script = user;
	assert_true(script->message_count < LIGHTER_SCRIPT_KEPT &&
		    length < sizeof(script->messages[0]));
	(void)socket;
	char *kept = script->messages[script->message_count];
	memcpy(kept, text, length);
	kept[length] = '\0';
	if (strstr(kept, "jsonapi/sendtx"))
		script->message_count++;
	else
		answer_subscription(script, kept);
}

static void on_closed(void *user, struct service_socket *socket)
{
	struct lighter_script *script = user;
	if (script->socket == socket)
		script->socket = NULL;
}

void lighter_script_rule(struct lighter_script *script, const char *prefix, int status, int times,
			 const char *body)
{
	assert_true(script->rule_count < LIGHTER_SCRIPT_RULES);
	assert_true(strlen(body) < sizeof(script->rules[0].body));
	snprintf(script->rules[script->rule_count].prefix, sizeof(script->rules[0].prefix), "%s",
		 prefix);
	snprintf(script->rules[script->rule_count].body, sizeof(script->rules[0].body), "%s", body);
	script->rules[script->rule_count].status = status;
	script->rules[script->rule_count].times = times;
	script->rule_count++;
}

static void sound_rules(struct lighter_script *script)
{
	char keys[512], hex[81];
	for (size_t i = 0; i < 40; i++)
		snprintf(hex + 2 * i, 3, "%02x", script->key.public_key[i]);
	snprintf(keys, sizeof(keys),
		 "{\"code\":200,\"api_keys\":[{\"account_index\":5501,\"api_key_index\":7,"
		 "\"nonce\":721,\"public_key\":\"%s\"}]}",
		 hex);
	lighter_script_rule(
		script, "/api/v1/orderBookDetails", 200, -1,
		"{\"code\":200,\"order_book_details\":["
		"{\"symbol\":\"ETH\",\"market_id\":0,\"market_type\":\"perp\",\"status\":"
		"\"active\","
		"\"size_decimals\":4,\"price_decimals\":2,\"taker_fee\":\"0.0280\","
		"\"maker_fee\":\"0.0040\",\"min_base_amount\":\"0.0050\","
		"\"min_quote_amount\":\"10\",\"min_initial_margin_fraction\":200,"
		"\"default_initial_margin_fraction\":500,\"maintenance_margin_fraction\":120,"
		"\"mark_price\":\"3000.00\"},"
		"{\"symbol\":\"1000PEPE\",\"market_id\":1,\"market_type\":\"perp\","
		"\"status\":\"active\",\"size_decimals\":0,\"price_decimals\":6,"
		"\"market_config\":{\"force_reduce_only\":true}},"
		"{\"symbol\":\"OLD\",\"market_id\":2,\"market_type\":\"perp\","
		"\"status\":\"inactive\",\"size_decimals\":1,\"price_decimals\":1},"
		"{\"symbol\":\"SECRET\",\"market_id\":3,\"market_type\":\"perp\","
		"\"status\":\"active\",\"size_decimals\":1,\"price_decimals\":1,"
		"\"market_config\":{\"hidden\":true}},"
		"{\"symbol\":\"BROKEN\",\"market_id\":4,\"status\":\"active\"}]}");
	lighter_script_rule(script, "/api/v1/apikeys", 200, -1, keys);
	lighter_script_rule(script, "/api/v1/accountLimits", 200, -1,
			    "{\"code\":200,\"user_tier\":1,\"user_tier_name\":\"premium\","
			    "\"current_maker_fee_tick\":40,\"current_taker_fee_tick\":280}");
	lighter_script_rule(script, "/api/v1/nextNonce", 200, -1, "{\"code\":200,\"nonce\":722}");
	lighter_script_rule(script, "/api/v1/accountActiveOrders", 200, -1,
			    "{\"code\":200,\"orders\":[]}");
	lighter_script_rule(script, "/api/v1/trades", 200, -1, "{\"code\":200,\"trades\":null}");
	lighter_script_rule(script, "/api/v1/account?", 200, -1,
			    "{\"code\":200,\"accounts\":[{\"index\":5501,\"status\":1,"
			    "\"collateral\":\"1000\",\"available_balance\":\"900\","
			    "\"positions\":[]}]}");
}

/* ---- the client ------------------------------------------------------------------------------ */

void lighter_script_open(struct lighter_script *script, bool premium)
{
	static const struct virtual_link_options link = {
		.up_ns = NS_PER_MS, .down_ns = NS_PER_MS, .seed = 1, .socket_target = "/stream"};
	struct error err = {0};
	memset(script, 0, sizeof(*script));
	script->scheduler = scheduler_create(LIGHTER_SCRIPT_START);
	script->table = instrument_table_create();
	assert_true(script->scheduler && script->table);
	script->venue = instrument_table_venue(script->table, "lighter");
	assert_true(lighter_key_load(SECRET, &script->key, &err));
	script->face = (struct service){.user = script,
					.request = on_request,
					.request_gone = on_gone,
					.socket_opened = on_opened,
					.socket_message = on_message,
					.socket_closed = on_closed};
	script->link = virtual_link_create(script->scheduler, &link, &script->face);
	assert_non_null(script->link);
	sound_rules(script);
	const struct lighter_client_options options = {
		.venue = script->venue,
		.chain_id = LIGHTER_CHAIN_TESTNET,
		.endpoint = virtual_link_endpoint(script->link),
		.has_account = true,
		.account_index = 5501,
		.api_key_index = 7,
		.key = script->key,
		.premium = premium,
		.seed = 3,
		.order_expiry_ns = 5 * NS_PER_MINUTE,
	};
	script->client = lighter_client_create(&options, script->scheduler, script->table, &err);
	if (script->client == NULL)
		fail_msg("%s", err.text);
}

void lighter_script_close(struct lighter_script *script)
{
	exchange_client_free(script->client);
	virtual_link_free(script->link);
	instrument_table_free(script->table);
	scheduler_free(script->scheduler);
}

static void nothing(void *user)
{
	(void)user;
}

void lighter_script_pass(struct lighter_script *script, int64_t ms)
{
	int64_t until_ns = scheduler_now(script->scheduler) + ms * NS_PER_MS;
	scheduler_at(script->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(script->scheduler, NULL, until_ns);
}

static void on_market(void *user, const struct market_event *event)
{
	struct lighter_script *script = user;
	script->instrument_events += event->kind == EVENT_INSTRUMENT;
}

static void on_account(void *user, const struct account_event *event)
{
	struct lighter_script *script = user;
	assert_true(script->account_count < LIGHTER_SCRIPT_KEPT);
	script->account[script->account_count++] = *event;
}

static void on_lifecycle(void *user, bool ok, const char *why)
{
	struct lighter_script *script = user;
	assert_false(script->told);
	script->told = true;
	script->ok = ok;
	snprintf(script->why, sizeof(script->why), "%s", why);
}

bool lighter_script_start(struct lighter_script *script)
{
	const struct exchange_sink sink = {on_market, on_account, script};
	script->told = false;
	exchange_start(script->client, &sink, on_lifecycle, script);
	for (int i = 0; i < 300 && !script->told; i++)
		lighter_script_pass(script, 100);
	assert_true(script->told);
	lighter_script_pass(script, 1000);
	return script->ok;
}

bool lighter_script_account(struct lighter_script *script)
{
	script->told = false;
	exchange_subscribe_account(script->client, on_lifecycle, script);
	for (int i = 0; i < 300 && !script->told; i++)
		lighter_script_pass(script, 100);
	assert_true(script->told);
	return script->ok;
}

static void on_read(void *user, const struct read_result *result)
{
	struct lighter_script *script = user;
	assert_false(script->read_told);
	script->read_told = true;
	script->read_outcome = result->outcome;
	script->read_count = 0;
	if (result->outcome != READ_VALUE)
		return;
	if (result->kind == READ_FUNDING || result->kind == READ_FUNDING_HISTORY ||
	    result->kind == READ_OVERVIEW) {
		script->read_count = result->u.funding.count;
		if (script->read_count > 0)
			script->read_market = result->u.funding.events[script->read_count - 1];
	} else if (result->kind == READ_FUNDING_EVIDENCE) {
		script->read_count = result->u.evidence.count;
		if (script->read_count > 0)
			script->read_row = result->u.evidence.rows[script->read_count - 1];
	} else if (result->kind == READ_LEVERAGE) {
		script->read_leverage = result->u.leverage;
	} else if (result->kind == READ_ORDER || result->kind == READ_FILLS ||
		   result->kind == READ_OPEN_ORDERS || result->kind == READ_FUNDING_PAYMENTS) {
		script->read_count = result->u.events.count;
		if (script->read_count > 0)
			script->read_event = result->u.events.events[0];
	}
}

enum read_outcome lighter_script_read(struct lighter_script *script,
				      const struct read_request *request)
{
	script->read_told = false;
	exchange_read(script->client, request,
		      scheduler_now(script->scheduler) + 20 * NS_PER_SECOND, on_read, script);
	for (int i = 0; i < 300 && !script->read_told; i++)
		lighter_script_pass(script, 100);
	assert_true(script->read_told);
	return script->read_outcome;
}

instrument_id lighter_script_instrument(const struct lighter_script *script, const char *symbol)
{
	return instrument_find(script->table, script->venue, symbol);
}

static void on_command(void *user, const struct command_result *result)
{
	struct lighter_script *script = user;
	assert_true(result->client_id < 64);
	script->answers[result->client_id].times++;
	script->answers[result->client_id].outcome = result->outcome;
	script->answers[result->client_id].reason = result->reason;
	snprintf(script->answers[result->client_id].code, sizeof(script->answers[0].code), "%s",
		 result->venue_code);
}

void lighter_script_place(struct lighter_script *script, uint32_t client_id)
{
	const struct order_request order = {
		.instrument = lighter_script_instrument(script, "ETH"),
		.client_id = client_id,
		.side = SIDE_BUY,
		.type = ORDER_IOC,
		.quantity = {10000},
		.limit = {300000},
		.venue_expiry_ns = scheduler_now(script->scheduler) + 4 * NS_PER_SECOND,
	};
	exchange_place(script->client, &order, scheduler_now(script->scheduler) + 3 * NS_PER_SECOND,
		       on_command, script);
}

/* ---- transactions ---------------------------------------------------------------------------- */

const char *lighter_script_id(const struct lighter_script *script, size_t n)
{
	static char id[32];
	assert_true(n < script->message_count);
	const char *at = strstr(script->messages[n], "\"id\":\"");
	assert_non_null(at);
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(at + 6, "\""), at + 6);
	return id;
}

/* By the venue's own reading of the bytes, which shares nothing with the client's. */
const char *lighter_script_hash(const struct lighter_script *script, size_t n)
{
	static char hex[4][81];
	static unsigned turn;
	struct served_transaction transaction;
	uint8_t hash[40];
	assert_true(n < script->message_count);
	const char *info = strstr(script->messages[n], "\"tx_info\":");
	assert_non_null(info);
	info += 10;
	int64_t code = served_transaction_parse(14, info, strlen(info) - 2, &transaction);
	if (code != 0)
		fail_msg("the transaction is not read: %d", (int)code);
	served_transaction_hash(&transaction, LIGHTER_CHAIN_TESTNET, hash);
	char *out = hex[turn++ % 4];
	for (size_t i = 0; i < 40; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return out;
}

void lighter_script_say(struct lighter_script *script, const char *format, ...)
{
	char text[4096];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_true(length > 0 && (size_t)length < sizeof(text));
	assert_non_null(script->socket);
	assert_true(script->host->send(script->socket, text, (size_t)length));
	lighter_script_pass(script, 10);
}

size_t lighter_script_asked(const struct lighter_script *script, const char *prefix)
{
	size_t count = 0;
	for (size_t i = 0; i < script->target_count; i++)
		count += strncmp(script->targets[i], prefix, strlen(prefix)) == 0;
	return count;
}
