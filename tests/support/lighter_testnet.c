#include "tests/support/lighter_testnet.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/lighter/schnorr.h"
#include "exchanges/testnet/lighter_service_transaction.h"
#include "tests/support/market_terms.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const SECRETS[2] = {
	"4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62f",
	"685283ab46866f8c900b1246b396f3fe599651d6700e31b613eeed71250160a884127943e264dc22",
};
static const int64_t ACCOUNTS[2] = {5501, 5502};
static const int32_t API_KEYS[2] = {7, 8};

static int64_t units(const char *text, unsigned decimals)
{
	int64_t value = 0;
	assert_int_equal(decimal_parse_i64(text, strlen(text), decimals, &value), DECIMAL_OK);
	return value;
}

/* ---- life ------------------------------------------------------------------------------------ */

static instrument_id add_market(struct lighter_testnet *testnet, const char *symbol,
				unsigned price_decimals, unsigned quantity_decimals,
				int64_t minimum)
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
				   .price_decimals = price_decimals,
				   .quantity_decimals = quantity_decimals};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", symbol);
	struct instrument_revision revision = market_terms_revision();
	revision.rules = (struct order_rules){.status = MARKET_TRADING,
					      .tick = {1},
					      .lot = {1},
					      .minimum_quantity = {minimum},
					      .minimum_notional = {MONEY_ONE * 10},
					      .price_band = {RATE_ONE / 10},
					      .maintenance_margin = {RATE_ONE / 100},
					      .maximum_leverage = 50};
	revision.fees = (struct fee_terms){.maker = {RATE_ONE / 25000}, .taker = {RATE_ONE / 3571}};
	revision.fees.taker.e18 = INT64_C(280000000000000);
	revision.funding.pays = true;
	revision.funding.interval_ns = NS_PER_HOUR;
	revision.funding.phase_ns = 0;
	revision.funding.paid_on = FUNDING_PAID_ON_MARK;
	instrument_id id = instrument_table_add(testnet->table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

static void snapshot(struct lighter_testnet *testnet, instrument_id id,
		     const struct book_level *bids, uint32_t bid_count,
		     const struct book_level *asks, uint32_t ask_count)
{
	struct market_event event = {.local_ns = scheduler_now(testnet->scheduler),
				     .instrument = id,
				     .venue = testnet->venue,
				     .kind = EVENT_BOOK,
				     .flags = EVENT_FLAG_SNAPSHOT};
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = bid_count;
	event.u.book.ask_count = ask_count;
	trading_floor_market(testnet->floor, &event);
}

static void first_books(struct lighter_testnet *testnet)
{
	static const struct book_level ETH_BIDS[] = {{{302400}, {100000}}, {{302350}, {200000}}};
	static const struct book_level ETH_ASKS[] = {{{302410}, {50000}}, {{302460}, {80000}}};
	static const struct book_level BTC_BIDS[] = {{{640099}, {73000}}, {{640090}, {200000}}};
	static const struct book_level BTC_ASKS[] = {{{640105}, {30000}}, {{640110}, {120000}}};
	snapshot(testnet, testnet->eth, ETH_BIDS, 2, ETH_ASKS, 2);
	snapshot(testnet, testnet->btc, BTC_BIDS, 2, BTC_ASKS, 2);
	lighter_testnet_mark(testnet, testnet->eth, "3024.05");
	lighter_testnet_mark(testnet, testnet->btc, "64010");
}

static void open_service(struct lighter_testnet *testnet, bool rate_limits)
{
	struct lighter_service_account accounts[2] = {0};
	struct error err = {0};
	for (unsigned i = 0; i < 2; i++) {
		if (!lighter_key_load(SECRETS[i], &testnet->keys[i], &err))
			fail_msg("%s", err.text);
		accounts[i].account_index = testnet->account[i] = ACCOUNTS[i];
		snprintf(accounts[i].l1_address, sizeof(accounts[i].l1_address), "0x%040x",
			 0x1111u + i);
		accounts[i].keys[0].api_key_index = API_KEYS[i];
		memcpy(accounts[i].keys[0].public_key, testnet->keys[i].public_key, 40);
		accounts[i].key_count = 1;
		assert_int_equal(trading_floor_add_account(testnet->floor), i);
		assert_true(trading_floor_deposit(testnet->floor, i,
						  instrument_table_asset(testnet->table, "USDC"),
						  (struct money){100000 * MONEY_ONE}));
	}
	const struct lighter_service_options options = {.chain_id = LIGHTER_CHAIN_TESTNET,
							.accounts = accounts,
							.account_count = 2,
							.book_interval_ns = 50 * NS_PER_MS,
							.rate_limits = rate_limits};
	testnet->service = lighter_service_create(&options, testnet->scheduler, testnet->floor,
						  testnet->faults);
	assert_non_null(testnet->service);
}

void lighter_testnet_open(struct lighter_testnet *testnet, bool rate_limits)
{
	*testnet = (struct lighter_testnet){.scheduler = scheduler_create(LIGHTER_TESTNET_START),
					    .table = instrument_table_create(),
					    .faults = fault_plan_create(1, LIGHTER_TESTNET_START)};
	assert_true(testnet->scheduler && testnet->table && testnet->faults);
	testnet->venue = instrument_table_venue(testnet->table, "lighter");
	instrument_table_set_posting_decimals(testnet->table,
					      instrument_table_asset(testnet->table, "USDC"), 6);
	testnet->eth = add_market(testnet, "ETH", 2, 4, 50);
	testnet->btc = add_market(testnet, "BTC", 1, 5, 20);
	const struct trading_floor_options options = {.venue = testnet->venue,
						      .taker_delay_ns = 300 * NS_PER_MS,
						      .maker_delay_ns = 200 * NS_PER_MS,
						      .cancel_delay_ns = 200 * NS_PER_MS,
						      .default_leverage = 20};
	testnet->floor =
		trading_floor_create(&options, testnet->scheduler, testnet->table, testnet->faults);
	assert_non_null(testnet->floor);
	open_service(testnet, rate_limits);
	testnet->nonce[0] = 722 + API_KEYS[0];
	testnet->nonce[1] = 722 + API_KEYS[1];
	const struct virtual_link_options link = {
		.up_ns = NS_PER_MS, .down_ns = NS_PER_MS, .seed = 1, .socket_target = "/stream"};
	testnet->link = virtual_link_create(testnet->scheduler, &link,
					    lighter_service_face(testnet->service));
	testnet->endpoint = virtual_link_endpoint(testnet->link);
	assert_non_null(testnet->endpoint);
	first_books(testnet);
}

void lighter_testnet_close(struct lighter_testnet *testnet)
{
	for (unsigned i = 0; i < LIGHTER_TESTNET_SOCKETS; i++) {
		lighter_testnet_forget(&testnet->sockets[i]);
		web_socket_close(testnet->sockets[i].socket);
	}
	endpoint_free(testnet->endpoint);
	virtual_link_free(testnet->link);
	lighter_service_free(testnet->service);
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

void lighter_testnet_pass(struct lighter_testnet *testnet, int64_t ms)
{
	int64_t until_ns = scheduler_now(testnet->scheduler) + ms * NS_PER_MS;
	/* Time moves with an entry only. */
	scheduler_at(testnet->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(testnet->scheduler, NULL, until_ns);
}

void lighter_testnet_fault(struct lighter_testnet *testnet, const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(testnet->faults, rule, &err))
		fail_msg("%s", err.text);
}

int64_t lighter_testnet_ms(const struct lighter_testnet *testnet)
{
	return trading_floor_venue_time(testnet->floor) / NS_PER_MS;
}

/* ---- the feed -------------------------------------------------------------------------------- */

static struct market_event event_of(const struct lighter_testnet *testnet, instrument_id id,
				    enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(testnet->scheduler),
				     .instrument = id,
				     .venue = testnet->venue,
				     .kind = (uint8_t)kind};
}

void lighter_testnet_level(struct lighter_testnet *testnet, instrument_id id, enum side side,
			   const char *price, const char *size)
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

void lighter_testnet_trade(struct lighter_testnet *testnet, instrument_id id, enum side taker,
			   const char *price, const char *size)
{
	const struct instrument *instrument = instrument_get(testnet->table, id);
	struct market_event event = event_of(testnet, id, EVENT_TRADE);
	event.u.trade.price.units = units(price, instrument->price_decimals);
	event.u.trade.quantity.units = units(size, instrument->quantity_decimals);
	event.u.trade.taker_side = taker;
	trading_floor_market(testnet->floor, &event);
}

void lighter_testnet_mark(struct lighter_testnet *testnet, instrument_id id, const char *price)
{
	struct market_event event = event_of(testnet, id, EVENT_MARK);
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX;
	event.u.mark.mark = event.u.mark.index = money_of(price);
	trading_floor_market(testnet->floor, &event);
}

void lighter_testnet_settle(struct lighter_testnet *testnet, instrument_id id, int64_t boundary_ns,
			    const char *rate)
{
	struct market_event event = event_of(testnet, id, EVENT_FUNDING);
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = NS_PER_HOUR;
	trading_floor_market(testnet->floor, &event);
}

/* ---- REST ------------------------------------------------------------------------------------ */

static void answered(void *user, const struct http_response *response)
{
	struct lighter_testnet *testnet = user;
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

static int ask(struct lighter_testnet *testnet, const struct http_request *request)
{
	int64_t give_up_ns = scheduler_now(testnet->scheduler) + 10 * NS_PER_SECOND;
	json_tree_free(testnet->tree);
	free(testnet->body);
	testnet->tree = NULL;
	testnet->body = NULL;
	testnet->answered = false;
	endpoint_request(testnet->endpoint, request, give_up_ns, answered, testnet);
	while (!testnet->answered)
		lighter_testnet_pass(testnet, 1);
	return testnet->status;
}

int lighter_testnet_get(struct lighter_testnet *testnet, const char *target, const char *token)
{
	const struct http_request request = {
		.method = HTTP_GET, .target = target, .authorization = token};
	return ask(testnet, &request);
}

int lighter_testnet_post(struct lighter_testnet *testnet, const char *target,
			 const char *content_type, const char *body)
{
	const struct http_request request = {.method = HTTP_POST,
					     .target = target,
					     .content_type = content_type,
					     .body = body,
					     .body_length = strlen(body),
					     .one_shot = true};
	return ask(testnet, &request);
}

const struct json_tree *lighter_testnet_find(const struct json_tree *tree, const char *path)
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

const char *lighter_testnet_text(const struct lighter_testnet *testnet, const char *path)
{
	return json_tree_text(lighter_testnet_find(testnet->tree, path));
}

int64_t lighter_testnet_code(const struct lighter_testnet *testnet)
{
	int64_t code = 0;
	(void)!json_tree_i64(json_tree_member(testnet->tree, "code"), &code);
	return code;
}

/* ---- signing --------------------------------------------------------------------------------- */

static const uint8_t *next_extra(struct lighter_testnet *testnet, uint8_t extra[32])
{
	memset(extra, 0, 32);
	testnet->extra++;
	memcpy(extra, &testnet->extra, sizeof(testnet->extra));
	return extra;
}

const char *lighter_testnet_token(struct lighter_testnet *testnet, unsigned who, char *buffer)
{
	uint8_t extra[32];
	struct error err = {0};
	if (!lighter_auth_token(&testnet->keys[who], lighter_testnet_ms(testnet) / 1000 + 3600,
				testnet->account[who], API_KEYS[who], next_extra(testnet, extra),
				buffer, &err))
		fail_msg("%s", err.text);
	return buffer;
}

struct lighter_transaction lighter_testnet_blank(struct lighter_testnet *testnet, unsigned who,
						 enum lighter_transaction_type type)
{
	return (struct lighter_transaction){
		.type = type,
		.account_index = testnet->account[who],
		.api_key_index = API_KEYS[who],
		.nonce = testnet->nonce[who],
		.expired_at_ms = lighter_testnet_ms(testnet) + 60000,
	};
}

struct lighter_transaction lighter_testnet_create(struct lighter_testnet *testnet, unsigned who,
						  int market, int64_t client_index, bool is_ask,
						  int64_t base, int64_t price, int time_in_force)
{
	struct lighter_transaction transaction =
		lighter_testnet_blank(testnet, who, LIGHTER_CREATE_ORDER);
	transaction.u.create.market_index = market;
	transaction.u.create.client_order_index = client_index;
	transaction.u.create.base_amount = base;
	transaction.u.create.price = price;
	transaction.u.create.is_ask = is_ask;
	transaction.u.create.time_in_force = time_in_force;
	if (time_in_force != LIGHTER_IOC)
		transaction.u.create.order_expiry_ms = lighter_testnet_ms(testnet) + 3600000;
	return transaction;
}

void lighter_testnet_sign(struct lighter_testnet *testnet, unsigned who,
			  const struct lighter_transaction *transaction, struct lighter_signed *out)
{
	uint8_t extra[32];
	struct error err = {0};
	if (!lighter_sign(&testnet->keys[who], LIGHTER_CHAIN_TESTNET, transaction,
			  next_extra(testnet, extra), out, &err))
		fail_msg("%s", err.text);
}

static void base64(const uint8_t *bytes, size_t count, char *out)
{
	static const char DIGITS[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < count; i += 3) {
		uint32_t bits = (uint32_t)bytes[i] << 16;
		bits |= i + 1 < count ? (uint32_t)bytes[i + 1] << 8 : 0;
		bits |= i + 2 < count ? bytes[i + 2] : 0;
		*out++ = DIGITS[bits >> 18];
		*out++ = DIGITS[bits >> 12 & 63];
		*out++ = i + 1 < count ? DIGITS[bits >> 6 & 63] : '=';
		*out++ = i + 2 < count ? DIGITS[bits & 63] : '=';
	}
	*out = '\0';
}

static void replace_signature(const char *text, const char *signature, char *buffer, size_t size)
{
	const char *mark = strstr(text, "SIG");
	assert_non_null(mark);
	snprintf(buffer, size, "%.*s%s%s", (int)(mark - text), text, signature, mark + 3);
}

const char *lighter_testnet_sign_text(struct lighter_testnet *testnet, unsigned who, int type,
				      const char *text, char *buffer, size_t size)
{
	uint8_t hash[40], extra[32], signature[80] = {0};
	char encoded[112];
	struct served_transaction transaction;
	struct scalar secret;
	struct quintic message;
	base64(signature, 80, encoded);
	replace_signature(text, encoded, buffer, size);
	/* What does not parse cannot be hashed; any signature will do for it. */
	if (served_transaction_parse(type, buffer, strlen(buffer), &transaction) != 0)
		return buffer;
	served_transaction_hash(&transaction, LIGHTER_CHAIN_TESTNET, hash);
	assert_true(scalar_from_bytes(&secret, testnet->keys[who].secret) != 0);
	assert_true(quintic_from_bytes(&message, hash));
	assert_true(schnorr_sign_hedged(&secret, &message, next_extra(testnet, extra), signature) !=
		    0);
	base64(signature, 80, encoded);
	replace_signature(text, encoded, buffer, size);
	return buffer;
}

/* Percent-encodes all but letters and digits. */
static void encode(const char *text, char *out, size_t size)
{
	size_t used = 0;
	for (; *text != '\0'; text++) {
		bool plain = (*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
			     (*text >= 'a' && *text <= 'z');
		assert_true(used + 4 < size);
		used += (size_t)snprintf(out + used, size - used, plain ? "%c" : "%%%02X",
					 (unsigned char)*text);
	}
}

int64_t lighter_testnet_send_text(struct lighter_testnet *testnet, int type, const char *tx_info)
{
	char body[8192];
	int length = snprintf(body, sizeof(body), "tx_type=%d&tx_info=", type);
	encode(tx_info, body + length, sizeof(body) - (size_t)length);
	lighter_testnet_post(testnet, "/api/v1/sendTx", "application/x-www-form-urlencoded", body);
	return lighter_testnet_code(testnet);
}

int64_t lighter_testnet_send(struct lighter_testnet *testnet, unsigned who,
			     const struct lighter_transaction *transaction)
{
	struct lighter_signed out;
	lighter_testnet_sign(testnet, who, transaction, &out);
	int64_t code = lighter_testnet_send_text(testnet, (int)transaction->type, out.tx_info);
	if (code == 200) {
		assert_string_equal(lighter_testnet_text(testnet, "tx_hash"), out.hash_hex);
		testnet->nonce[who] = transaction->nonce + 1;
	}
	return code;
}

/* ---- WebSocket ------------------------------------------------------------------------------- */

static void on_opened(void *user)
{
	((struct lighter_testnet_socket *)user)->open = true;
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct lighter_testnet_socket *socket = user;
	(void)received_ns;
	assert_true(socket->frame_count < LIGHTER_TESTNET_FRAMES);
	socket->frames[socket->frame_count] = strndup(text, length);
	assert_non_null(socket->frames[socket->frame_count]);
	socket->frame_count++;
}

static void on_closed(void *user, const char *why)
{
	struct lighter_testnet_socket *socket = user;
	socket->open = false;
	socket->closed = true;
	socket->socket = NULL;
	snprintf(socket->why, sizeof(socket->why), "%s", why);
}

struct lighter_testnet_socket *lighter_testnet_connect(struct lighter_testnet *testnet)
{
	static const struct web_socket_events EVENTS = {on_opened, on_message, on_closed};
	for (unsigned i = 0; i < LIGHTER_TESTNET_SOCKETS; i++) {
		struct lighter_testnet_socket *socket = &testnet->sockets[i];
		if (socket->testnet != NULL)
			continue;
		socket->testnet = testnet;
		socket->socket = endpoint_connect(testnet->endpoint, &EVENTS, socket);
		assert_non_null(socket->socket);
		lighter_testnet_pass(testnet, 10);
		return socket;
	}
	fail_msg("no socket left");
	return NULL;
}

void lighter_testnet_say(struct lighter_testnet_socket *socket, const char *text)
{
	assert_true(web_socket_send(socket->socket, text, strlen(text)));
	lighter_testnet_pass(socket->testnet, 3);
}

void lighter_testnet_subscribe(struct lighter_testnet_socket *socket, const char *channel, int who)
{
	char text[512], token[LIGHTER_AUTH_TOKEN_MAX] = "";
	if (who >= 0)
		lighter_testnet_token(socket->testnet, (unsigned)who, token);
	snprintf(text, sizeof(text), "{\"type\":\"subscribe\",\"channel\":\"%s\"%s%s%s}", channel,
		 who >= 0 ? ",\"auth\":\"" : "", token, who >= 0 ? "\"" : "");
	lighter_testnet_say(socket, text);
}

void lighter_testnet_forget(struct lighter_testnet_socket *socket)
{
	for (size_t i = 0; i < socket->frame_count; i++)
		free(socket->frames[i]);
	socket->frame_count = 0;
}

static struct json_tree *frame_of_type(const char *text, const char *type)
{
	const char *why;
	struct json_tree *tree = json_tree_parse(text, strlen(text), &why);
	const struct json_tree *member = json_tree_member(tree, "type");
	if (tree != NULL && (member != NULL ? strcmp(json_tree_text(member), type) == 0
					    : strncmp(text, type, strlen(type)) == 0))
		return tree;
	json_tree_free(tree);
	return NULL;
}

struct json_tree *lighter_testnet_frame(const struct lighter_testnet_socket *socket,
					const char *type, size_t n)
{
	for (size_t i = 0; i < socket->frame_count; i++) {
		struct json_tree *tree = frame_of_type(socket->frames[i], type);
		if (tree != NULL && n-- == 0)
			return tree;
		json_tree_free(tree);
	}
	return NULL;
}

size_t lighter_testnet_frames(const struct lighter_testnet_socket *socket, const char *type)
{
	size_t count = 0;
	for (size_t i = 0; i < socket->frame_count; i++) {
		struct json_tree *tree = frame_of_type(socket->frames[i], type);
		count += tree != NULL;
		json_tree_free(tree);
	}
	return count;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static bool is_optional(const char *optional, const char *key)
{
	size_t length = strlen(key);
	const char *at = optional;
	while ((at = strstr(at, key)) != NULL) {
		if ((at == optional || at[-1] == '|') && (at[length] == '|' || at[length] == '\0'))
			return true;
		at += length;
	}
	return false;
}

static bool same_kind(enum json_tree_kind a, enum json_tree_kind b)
{
	bool a_bool = a == TREE_TRUE || a == TREE_FALSE, b_bool = b == TREE_TRUE || b == TREE_FALSE;
	return a == b || (a_bool && b_bool) || (b == TREE_NULL && a == TREE_ARRAY);
}

static void compare(const struct json_tree *sample, const struct json_tree *actual,
		    const char *optional, const char *path)
{
	char below[256];
	if (!same_kind(sample->kind, actual->kind))
		fail_msg("%s: kind %d, the sample has %d", path, actual->kind, sample->kind);
	if (sample->kind == TREE_ARRAY && sample->first != NULL) {
		for (const struct json_tree *child = actual->first; child; child = child->next)
			compare(sample->first, child, optional, path);
	}
	if (sample->kind != TREE_OBJECT)
		return;
	for (const struct json_tree *member = sample->first; member; member = member->next) {
		const struct json_tree *other = json_tree_member(actual, member->key);
		snprintf(below, sizeof(below), "%s.%s", path, member->key);
		if (other != NULL)
			compare(member, other, optional, below);
		else if (!is_optional(optional, member->key))
			fail_msg("%s is missing", below);
	}
	for (const struct json_tree *member = actual->first; member; member = member->next) {
		if (json_tree_member(sample, member->key) == NULL &&
		    !is_optional(optional, member->key))
			fail_msg("%s.%s is not in the sample", path, member->key);
	}
}

void expect_same_shape(const char *sample, const struct json_tree *actual, const char *optional)
{
	const char *why = NULL;
	struct json_tree *tree = json_tree_parse(sample, strlen(sample), &why);
	if (tree == NULL)
		fail_msg("the sample: %s", why);
	assert_non_null(actual);
	compare(tree, actual, optional, "");
	json_tree_free(tree);
}
