#include "tests/support/hyperliquid_testnet.h"

#include "core/base/decimal.h"
#include "core/base/keccak256.h"
#include "core/base/utc.h"
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"
#include "tests/support/hyperliquid_vector_action.h"
#include "tests/support/market_terms.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const MASTERS[2] = {
	"0101010101010101010101010101010101010101010101010101010101010101",
	"0202020202020202020202020202020202020202020202020202020202020202",
};
static const char *const AGENTS[2] = {
	"0303030303030303030303030303030303030303030303030303030303030303",
	"0404040404040404040404040404040404040404040404040404040404040404",
};

static int64_t units(const char *text, unsigned decimals)
{
	int64_t value = 0;
	assert_int_equal(decimal_parse_i64(text, strlen(text), decimals, &value), DECIMAL_OK);
	return value;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static instrument_id add_market(struct hyperliquid_testnet *testnet, const char *symbol,
				unsigned size_decimals, int32_t leverage, enum market_status status)
{
	struct error err = {0};
	asset_id usdc = instrument_table_asset(testnet->table, "USDC");
	asset_id base = instrument_table_asset(testnet->table, symbol);
	struct instrument terms = {.venue = testnet->venue,
				   .kind = INSTRUMENT_LINEAR,
				   .base = base,
				   .canonical = base,
				   .quote = usdc,
				   .settle = usdc,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 6 - size_decimals,
				   .quantity_decimals = size_decimals};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", symbol);
	struct instrument_revision revision = {
		.rules = {.status = status,
			  .tick = {1},
			  .significant_figures = 5,
			  .integer_prices_always = true,
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  .price_band = {RATE_ONE / 10 * 8},
			  .maintenance_margin = {RATE_ONE / 2 / leverage},
			  .maximum_leverage = leverage},
		.fees = {.maker = {RATE_ONE / 100000 * 15}, .taker = {RATE_ONE / 100000 * 45}},
		.funding = {.pays = true,
			    .interval_ns = NS_PER_HOUR,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_ORACLE}};
	instrument_id id = instrument_table_add(testnet->table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

static struct market_event event_of(const struct hyperliquid_testnet *testnet, instrument_id id,
				    enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(testnet->scheduler),
				     .instrument = id,
				     .venue = testnet->venue,
				     .kind = (uint8_t)kind};
}

static void snapshot(struct hyperliquid_testnet *testnet, instrument_id id,
		     const struct book_level *bids, const struct book_level *asks)
{
	struct market_event event = event_of(testnet, id, EVENT_BOOK);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = event.u.book.ask_count = 2;
	trading_floor_market(testnet->floor, &event);
}

static void first_books(struct hyperliquid_testnet *testnet)
{
	static const struct book_level BTC_BIDS[] = {{{875200}, {150000}}, {{875190}, {400000}}};
	static const struct book_level BTC_ASKS[] = {{{875210}, {80000}}, {{875230}, {200000}}};
	static const struct book_level ETH_BIDS[] = {{{283160}, {142000}}, {{283150}, {29500}}};
	static const struct book_level ETH_ASKS[] = {{{283170}, {88000}}, {{283190}, {310000}}};
	snapshot(testnet, testnet->btc, BTC_BIDS, BTC_ASKS);
	snapshot(testnet, testnet->eth, ETH_BIDS, ETH_ASKS);
	hyperliquid_testnet_mark(testnet, testnet->btc, "87511", "87495");
	hyperliquid_testnet_mark(testnet, testnet->eth, "2831.4", "2831.1");
}

static void open_service(struct hyperliquid_testnet *testnet,
			 const struct hyperliquid_testnet_options *given)
{
	struct hyperliquid_service_account accounts[2] = {0};
	struct error err = {0};
	for (unsigned i = 0; i < 2; i++) {
		if (!hyperliquid_key_load(MASTERS[i], &testnet->masters[i], &err) ||
		    !hyperliquid_key_load(AGENTS[i], &testnet->agents[i], &err))
			fail_msg("%s", err.text);
		memcpy(accounts[i].address, testnet->masters[i].address, 20);
		memcpy(accounts[i].agents[0].address, testnet->agents[i].address, 20);
		snprintf(accounts[i].agents[0].name, sizeof(accounts[i].agents[0].name), "%s",
			 i == 0 ? "fundarb" : "");
		accounts[i].agent_count = 1;
		accounts[i].traded_usd = given->traded_usd;
		snprintf(accounts[i].mode, sizeof(accounts[i].mode), "%s",
			 given->mode != NULL ? given->mode : "default");
		assert_int_equal(trading_floor_add_account(testnet->floor), i);
		assert_true(trading_floor_deposit(testnet->floor, i,
						  instrument_table_asset(testnet->table, "USDC"),
						  (struct money){10000 * MONEY_ONE}));
	}
	const struct hyperliquid_service_options options = {
		.accounts = accounts,
		.account_count = 2,
		.source = given->source,
		.fast_book_interval_ns = 500 * NS_PER_MS,
		.slow_book_interval_ns = 5 * NS_PER_SECOND,
		.rate_limits = given->rate_limits};
	testnet->service = hyperliquid_service_create(&options, testnet->scheduler, testnet->floor,
						      testnet->faults);
	assert_non_null(testnet->service);
}

void hyperliquid_testnet_open(struct hyperliquid_testnet *testnet,
			      const struct hyperliquid_testnet_options *options)
{
	static const struct hyperliquid_testnet_options NOTHING = {.rate_limits = false};
	*testnet = (struct hyperliquid_testnet){
		.scheduler = scheduler_create(HYPERLIQUID_TESTNET_START),
		.table = instrument_table_create(),
		.faults = fault_plan_create(1, HYPERLIQUID_TESTNET_START)};
	assert_true(testnet->scheduler && testnet->table && testnet->faults);
	testnet->venue = instrument_table_venue(testnet->table, "hyperliquid");
	instrument_table_set_posting_decimals(testnet->table,
					      instrument_table_asset(testnet->table, "USDC"), 6);
	testnet->btc = add_market(testnet, "BTC", 5, 40, MARKET_TRADING);
	testnet->eth = add_market(testnet, "ETH", 4, 25, MARKET_TRADING);
	add_market(testnet, "OLDCO", 1, 3, MARKET_DELISTED);
	const struct trading_floor_options floor = {.venue = testnet->venue,
						    .taker_delay_ns = 150 * NS_PER_MS,
						    .maker_delay_ns = 150 * NS_PER_MS,
						    .cancel_delay_ns = 100 * NS_PER_MS,
						    .default_leverage = 20};
	testnet->floor =
		trading_floor_create(&floor, testnet->scheduler, testnet->table, testnet->faults);
	assert_non_null(testnet->floor);
	open_service(testnet, options != NULL ? options : &NOTHING);
	testnet->nonce = HYPERLIQUID_TESTNET_START / NS_PER_MS;
	const struct virtual_link_options link = {
		.up_ns = NS_PER_MS, .down_ns = NS_PER_MS, .seed = 1, .socket_target = "/ws"};
	testnet->link = virtual_link_create(testnet->scheduler, &link,
					    hyperliquid_service_face(testnet->service));
	testnet->endpoint = virtual_link_endpoint(testnet->link);
	assert_non_null(testnet->endpoint);
	first_books(testnet);
}

void hyperliquid_testnet_close(struct hyperliquid_testnet *testnet)
{
	for (unsigned i = 0; i < HYPERLIQUID_TESTNET_SOCKETS; i++) {
		hyperliquid_testnet_forget(&testnet->sockets[i]);
		web_socket_close(testnet->sockets[i].socket);
	}
	endpoint_free(testnet->endpoint);
	virtual_link_free(testnet->link);
	hyperliquid_service_free(testnet->service);
	trading_floor_free(testnet->floor);
	fault_plan_free(testnet->faults);
	instrument_table_free(testnet->table);
	scheduler_free(testnet->scheduler);
	json_tree_free(testnet->tree);
	free(testnet->body);
}

static void nothing(void *user)
{
	(void)user;
}

void hyperliquid_testnet_pass(struct hyperliquid_testnet *testnet, int64_t ms)
{
	int64_t until_ns = scheduler_now(testnet->scheduler) + ms * NS_PER_MS;
	/* Time moves with an entry only. */
	scheduler_at(testnet->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(testnet->scheduler, NULL, until_ns);
}

void hyperliquid_testnet_fault(struct hyperliquid_testnet *testnet, const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(testnet->faults, rule, &err))
		fail_msg("%s", err.text);
}

int64_t hyperliquid_testnet_ms(const struct hyperliquid_testnet *testnet)
{
	return trading_floor_venue_time(testnet->floor) / NS_PER_MS;
}

/* ---- the feed ----------------------------------------------------------------------------------
 */

void hyperliquid_testnet_level(struct hyperliquid_testnet *testnet, instrument_id id,
			       enum side side, const char *price, const char *size)
{
	const struct instrument *instrument = instrument_get(testnet->table, id);
	struct market_event event = event_of(testnet, id, EVENT_BOOK);
	struct book_level level = {{units(price, instrument->price_decimals)},
				   {units(size, instrument->quantity_decimals)}};
	event.u.book.bids = event.u.book.asks = &level;
	event.u.book.bid_count = side == SIDE_BUY;
	event.u.book.ask_count = side == SIDE_SELL;
	trading_floor_market(testnet->floor, &event);
}

void hyperliquid_testnet_trade(struct hyperliquid_testnet *testnet, instrument_id id,
			       enum side taker, const char *price, const char *size)
{
	const struct instrument *instrument = instrument_get(testnet->table, id);
	struct market_event event = event_of(testnet, id, EVENT_TRADE);
	event.u.trade.price.units = units(price, instrument->price_decimals);
	event.u.trade.quantity.units = units(size, instrument->quantity_decimals);
	event.u.trade.taker_side = taker;
	trading_floor_market(testnet->floor, &event);
}

void hyperliquid_testnet_mark(struct hyperliquid_testnet *testnet, instrument_id id,
			      const char *mark, const char *oracle)
{
	struct market_event event = event_of(testnet, id, EVENT_MARK);
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark = money_of(mark);
	event.u.mark.oracle = money_of(oracle);
	trading_floor_market(testnet->floor, &event);
}

void hyperliquid_testnet_rate(struct hyperliquid_testnet *testnet, instrument_id id,
			      enum funding_kind kind, int64_t boundary_ns, const char *rate)
{
	struct market_event event = event_of(testnet, id, EVENT_FUNDING);
	event.u.funding.kind = kind;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = NS_PER_HOUR;
	trading_floor_market(testnet->floor, &event);
}

/* ---- HTTP --------------------------------------------------------------------------------------
 */

static void answered(void *user, const struct http_response *response)
{
	struct hyperliquid_testnet *testnet = user;
	const char *why;
	testnet->answered = true;
	testnet->outcome = response->outcome;
	testnet->status = response->outcome == TRANSPORT_ANSWERED ? response->status : 0;
	if (response->outcome != TRANSPORT_ANSWERED)
		return;
	testnet->body = strndup(response->body, response->length);
	assert_non_null(testnet->body);
	snprintf(testnet->content_type, sizeof(testnet->content_type), "%s",
		 response->content_type);
	testnet->tree = json_tree_parse(testnet->body, response->length, &why);
}

int hyperliquid_testnet_post(struct hyperliquid_testnet *testnet, const char *target,
			     const char *body)
{
	const struct http_request request = {.method = HTTP_POST,
					     .target = target,
					     .content_type = "application/json",
					     .body = body,
					     .body_length = strlen(body),
					     .one_shot = true};
	int64_t begun_ns = scheduler_now(testnet->scheduler);
	json_tree_free(testnet->tree);
	free(testnet->body);
	testnet->tree = NULL;
	testnet->body = NULL;
	testnet->answered = false;
	endpoint_request(testnet->endpoint, &request, begun_ns + 12 * NS_PER_SECOND, answered,
			 testnet);
	while (!testnet->answered)
		hyperliquid_testnet_pass(testnet, 1);
	testnet->took_ms = (scheduler_now(testnet->scheduler) - begun_ns) / NS_PER_MS;
	return testnet->status;
}

int hyperliquid_testnet_info(struct hyperliquid_testnet *testnet, const char *format, ...)
{
	char body[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(body, sizeof(body), format, arguments);
	va_end(arguments);
	return hyperliquid_testnet_post(testnet, "/info", body);
}

const struct json_tree *hyperliquid_testnet_find(const struct json_tree *tree, const char *path)
{
	char parts[256], *at = parts, *part;
	snprintf(parts, sizeof(parts), "%s", path);
	while (tree != NULL && (part = strsep(&at, ".")) != NULL) {
		if (tree->kind == TREE_ARRAY)
			tree = json_tree_element(tree, strtoul(part, NULL, 10));
		else
			tree = json_tree_member(tree, part);
	}
	return tree;
}

const char *hyperliquid_testnet_text(const struct hyperliquid_testnet *testnet, const char *path)
{
	return json_tree_text(hyperliquid_testnet_find(testnet->tree, path));
}

/* ---- signing -----------------------------------------------------------------------------------
 */

static void connection_id_of(const char *action,
			     const struct hyperliquid_testnet_envelope *envelope, uint8_t id[32])
{
	uint8_t bytes[HYPERLIQUID_TESTNET_BODY], vault[20];
	struct msgpack_writer writer;
	const char *why;
	struct json_tree *tree = json_tree_parse(action, strlen(action), &why);
	assert_non_null(tree);
	msgpack_begin(&writer, bytes, sizeof(bytes));
	assert_true(vector_action_msgpack(tree, &writer));
	json_tree_free(tree);
	msgpack_append_u64(&writer, (uint64_t)envelope->nonce);
	msgpack_append(&writer, envelope->vault != NULL ? "\1" : "\0", 1);
	if (envelope->vault != NULL) {
		assert_true(hyperliquid_address_parse(envelope->vault, vault));
		msgpack_append(&writer, vault, sizeof(vault));
	}
	if (envelope->expires_after != 0) {
		msgpack_append(&writer, "\0", 1);
		msgpack_append_u64(&writer, (uint64_t)envelope->expires_after);
	}
	assert_false(writer.overflowed);
	keccak256(bytes, writer.length, id);
}

const char *hyperliquid_testnet_sign(struct hyperliquid_testnet *testnet,
				     const struct hyperliquid_key *key, const char *hashed,
				     const char *sent,
				     const struct hyperliquid_testnet_envelope *given,
				     char body[HYPERLIQUID_TESTNET_BODY])
{
	struct hyperliquid_testnet_envelope envelope = {0};
	uint8_t id[32], agent[32], digest[32], signature[65];
	char r[65], s[65], vault[64] = "", expires[48] = "";
	if (given != NULL)
		envelope = *given;
	if (envelope.nonce == 0) {
		int64_t now_ms = hyperliquid_testnet_ms(testnet);
		envelope.nonce = testnet->nonce =
			testnet->nonce >= now_ms ? testnet->nonce + 1 : now_ms;
	}
	connection_id_of(hashed, &envelope, id);
	eip712_agent_struct_hash(envelope.mainnet, id, agent);
	eip712_digest(EIP712_L1_DOMAIN_SEPARATOR, agent, digest);
	assert_true(secp256k1_signer_sign(key->secret, digest, signature));
	for (unsigned i = 0; i < 32; i++) {
		snprintf(r + 2 * i, 3, "%02x", signature[i]);
		snprintf(s + 2 * i, 3, "%02x", signature[32 + i]);
	}
	if (envelope.vault != NULL)
		snprintf(vault, sizeof(vault), ",\"vaultAddress\":\"%s\"", envelope.vault);
	if (envelope.expires_after != 0)
		snprintf(expires, sizeof(expires), ",\"expiresAfter\":%" PRId64,
			 envelope.expires_after);
	snprintf(body, HYPERLIQUID_TESTNET_BODY,
		 "{\"action\":%s,\"nonce\":%" PRId64
		 ",\"signature\":{\"r\":\"0x%s\",\"s\":\"0x%s\",\"v\":%d}%s%s}",
		 sent, envelope.nonce, r, s, signature[64], vault, expires);
	return body;
}

/* What the last answer says, as one text. */
static const char *verdict(struct hyperliquid_testnet *testnet)
{
	static char text[1024];
	const struct json_tree *statuses =
		hyperliquid_testnet_find(testnet->tree, "response.data.statuses");
	if (testnet->tree == NULL) {
		snprintf(text, sizeof(text), "%d %s", testnet->status,
			 testnet->body != NULL ? testnet->body : "no answer");
	} else if (strcmp(hyperliquid_testnet_text(testnet, "status"), "ok") != 0) {
		snprintf(text, sizeof(text), "%s", hyperliquid_testnet_text(testnet, "response"));
	} else if (statuses == NULL || statuses->kind != TREE_ARRAY) {
		snprintf(text, sizeof(text), "%s",
			 hyperliquid_testnet_text(testnet, "response.type"));
	} else {
		const char *begin = strstr(testnet->body, "\"statuses\":[") + 12;
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(begin, "]"), begin);
	}
	return text;
}

const char *hyperliquid_testnet_act_with(struct hyperliquid_testnet *testnet,
					 const struct hyperliquid_key *key, const char *action,
					 const struct hyperliquid_testnet_envelope *envelope)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	hyperliquid_testnet_sign(testnet, key, action, action, envelope, body);
	hyperliquid_testnet_post(testnet, "/exchange", body);
	return verdict(testnet);
}

const char *hyperliquid_testnet_act(struct hyperliquid_testnet *testnet, unsigned who,
				    const char *format, ...)
{
	char action[HYPERLIQUID_TESTNET_BODY / 2];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(action, sizeof(action), format, arguments);
	va_end(arguments);
	return hyperliquid_testnet_act_with(testnet, &testnet->agents[who], action, NULL);
}

const char *hyperliquid_testnet_order(struct hyperliquid_testnet *testnet, unsigned who, int asset,
				      bool buy, const char *price, const char *size,
				      const char *tif, bool reduce_only, const char *cloid)
{
	return hyperliquid_testnet_act(
		testnet, who,
		"{\"type\":\"order\",\"orders\":[{\"a\":%d,\"b\":%s,\"p\":\"%s\",\"s\":\"%s\","
		"\"r\":%s,"
		"\"t\":{\"limit\":{\"tif\":\"%s\"}}%s%s%s}],\"grouping\":\"na\"}",
		asset, buy ? "true" : "false", price, size, reduce_only ? "true" : "false", tif,
		cloid[0] != '\0' ? ",\"c\":\"" : "", cloid, cloid[0] != '\0' ? "\"" : "");
}

/* ---- WebSocket ---------------------------------------------------------------------------------
 */

static void on_opened(void *user)
{
	((struct hyperliquid_testnet_socket *)user)->open = true;
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct hyperliquid_testnet_socket *socket = user;
	(void)received_ns;
	assert_true(socket->frame_count < HYPERLIQUID_TESTNET_FRAMES);
	socket->frames[socket->frame_count] = strndup(text, length);
	assert_non_null(socket->frames[socket->frame_count]);
	socket->frame_count++;
}

static void on_closed(void *user, const char *why)
{
	struct hyperliquid_testnet_socket *socket = user;
	(void)why;
	socket->open = false;
	socket->closed = true;
	socket->socket = NULL;
}

struct hyperliquid_testnet_socket *hyperliquid_testnet_connect(struct hyperliquid_testnet *testnet)
{
	static const struct web_socket_events EVENTS = {on_opened, on_message, on_closed};
	for (unsigned i = 0; i < HYPERLIQUID_TESTNET_SOCKETS; i++) {
		struct hyperliquid_testnet_socket *socket = &testnet->sockets[i];
		if (socket->testnet != NULL)
			continue;
		socket->testnet = testnet;
		socket->socket = endpoint_connect(testnet->endpoint, &EVENTS, socket);
		assert_non_null(socket->socket);
		hyperliquid_testnet_pass(testnet, 10);
		return socket;
	}
	fail_msg("no socket left");
	return NULL;
}

void hyperliquid_testnet_say(struct hyperliquid_testnet_socket *socket, const char *format, ...)
{
	char text[HYPERLIQUID_TESTNET_BODY];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_true(web_socket_send(socket->socket, text, strlen(text)));
	hyperliquid_testnet_pass(socket->testnet, 3);
}

void hyperliquid_testnet_subscribe(struct hyperliquid_testnet_socket *socket, const char *members,
				   int who)
{
	hyperliquid_testnet_say(socket, "{\"method\":\"subscribe\",\"subscription\":{%s%s%s%s}}",
				members, who >= 0 ? ",\"user\":\"" : "",
				who >= 0 ? socket->testnet->masters[who].address_text : "",
				who >= 0 ? "\"" : "");
}

void hyperliquid_testnet_forget(struct hyperliquid_testnet_socket *socket)
{
	for (size_t i = 0; i < socket->frame_count; i++)
		free(socket->frames[i]);
	socket->frame_count = 0;
}

static struct json_tree *frame_of_channel(const char *text, const char *channel)
{
	const char *why;
	struct json_tree *tree = json_tree_parse(text, strlen(text), &why);
	if (tree != NULL && strcmp(json_tree_text(json_tree_member(tree, "channel")), channel) == 0)
		return tree;
	json_tree_free(tree);
	return NULL;
}

struct json_tree *hyperliquid_testnet_frame(const struct hyperliquid_testnet_socket *socket,
					    const char *channel, size_t n)
{
	for (size_t i = 0; i < socket->frame_count; i++) {
		struct json_tree *tree = frame_of_channel(socket->frames[i], channel);
		if (tree != NULL && n-- == 0)
			return tree;
		json_tree_free(tree);
	}
	return NULL;
}

size_t hyperliquid_testnet_frames(const struct hyperliquid_testnet_socket *socket,
				  const char *channel)
{
	size_t count = 0;
	for (size_t i = 0; i < socket->frame_count; i++) {
		struct json_tree *tree = frame_of_channel(socket->frames[i], channel);
		count += tree != NULL;
		json_tree_free(tree);
	}
	return count;
}
