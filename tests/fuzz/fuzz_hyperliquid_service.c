/*
 * Bytes as what a client of the testnet sends: lines, each with a letter that says how it comes.
 * i a question, e a body of /exchange, w a message over a socket, a an action that is signed well
 * first, so that it gets past the door, f a fault, p nothing for so many seconds as there are
 * bytes. Every request is answered once or waits, every answer of
 * status 200 is JSON, and no order is noted that nobody signed.
 */
#include "core/base/utc.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"
#include "exchanges/testnet/hyperliquid_service.h"
#include "exchanges/testnet/hyperliquid_service_action.h"
#include "exchanges/testnet/hyperliquid_service_signature.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START	  (INT64_C(1764000000) * NS_PER_SECOND)
#define LINES_MAX 24
#define BODY_MAX  65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct world {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct trading_floor *floor;
	struct fault_plan *faults;
	struct hyperliquid_service *service;
	venue_id venue;
	instrument_id market;
	unsigned answered[LINES_MAX];
	bool open;
};
static struct world *current;

/* A request is its place among the answers. */
static void answer(struct service_request *request, const struct service_answer *given)
{
	unsigned *count = (unsigned *)(void *)request;
	struct hyper_document document;
	assert(++*count == 1);
	if (given->status != 200)
		return;
	assert(hyper_document_parse(&document, given->body, given->length));
	hyper_document_free(&document);
}

static void drop(struct service_request *request, bool reset)
{
	unsigned *count = (unsigned *)(void *)request;
	(void)reset;
	assert(++*count == 1);
}

static bool send(struct service_socket *socket, const char *text, size_t length)
{
	(void)socket;
	(void)text;
	assert(current->open && length > 0);
	return true;
}

static void close_socket(struct service_socket *socket, int code)
{
	(void)socket;
	(void)code;
	current->open = false;
}

static const struct service_host HOST = {answer, drop, send, close_socket};

/* ---- the world ---------------------------------------------------------------------------------
 */

static void list_market(struct world *world)
{
	asset_id usdc = instrument_table_asset(world->table, "USDC");
	asset_id eth = instrument_table_asset(world->table, "ETH");
	const struct instrument terms = {.venue = world->venue,
					 .symbol = "ETH",
					 .kind = INSTRUMENT_LINEAR,
					 .base = eth,
					 .canonical = eth,
					 .quote = usdc,
					 .settle = usdc,
					 .multiplier = 1,
					 .contract_size = {MONEY_ONE},
					 .price_decimals = 2,
					 .quantity_decimals = 4};
	const struct instrument_revision revision = {
		.rules = {.status = MARKET_TRADING,
			  .tick = {1},
			  .significant_figures = 5,
			  .integer_prices_always = true,
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  .price_band = {RATE_ONE / 10 * 8},
			  .maintenance_margin = {RATE_ONE / 50},
			  .maximum_leverage = 25},
		.funding = {.pays = true,
			    .interval_ns = NS_PER_HOUR,
			    .paid_on = FUNDING_PAID_ON_ORACLE}};
	world->market = instrument_table_add(world->table, &terms, &revision, NULL);
	assert(world->market != 0);
}

static void first_book(struct world *world)
{
	static const struct book_level BID = {{283160}, {142000}}, ASK = {{283170}, {88000}};
	struct market_event event = {.local_ns = scheduler_now(world->scheduler),
				     .instrument = world->market,
				     .venue = world->venue,
				     .kind = EVENT_BOOK,
				     .flags = EVENT_FLAG_SNAPSHOT};
	event.u.book.bids = &BID;
	event.u.book.asks = &ASK;
	event.u.book.bid_count = event.u.book.ask_count = 1;
	trading_floor_market(world->floor, &event);
}

static void open_world(struct world *world, uint8_t secret[32])
{
	struct hyperliquid_service_account account = {.agent_count = 0, .traded_usd = 2000000};
	const struct trading_floor_options floor = {.taker_delay_ns = 150 * NS_PER_MS,
						    .maker_delay_ns = 150 * NS_PER_MS,
						    .cancel_delay_ns = 100 * NS_PER_MS,
						    .default_leverage = 20};
	memset(secret, 1, 32);
	assert(secp256k1_signer_address(secret, account.address));
	world->scheduler = scheduler_create(START);
	world->table = instrument_table_create();
	world->faults = fault_plan_create(1, START);
	world->venue = instrument_table_venue(world->table, "hyperliquid");
	list_market(world);
	struct trading_floor_options options = floor;
	options.venue = world->venue;
	world->floor =
		trading_floor_create(&options, world->scheduler, world->table, world->faults);
	assert(world->floor != NULL);
	assert(trading_floor_add_account(world->floor) == 0);
	assert(trading_floor_deposit(world->floor, 0, instrument_table_asset(world->table, "USDC"),
				     (struct money){10000 * MONEY_ONE}));
	const struct hyperliquid_service_options service = {
		.accounts = &account,
		.account_count = 1,
		.fast_book_interval_ns = 500 * NS_PER_MS,
		.slow_book_interval_ns = 5 * NS_PER_SECOND,
		.rate_limits = true};
	world->service =
		hyperliquid_service_create(&service, world->scheduler, world->floor, world->faults);
	assert(world->service != NULL);
	first_book(world);
}

static void close_world(struct world *world)
{
	hyperliquid_service_free(world->service);
	trading_floor_free(world->floor);
	fault_plan_free(world->faults);
	instrument_table_free(world->table);
	scheduler_free(world->scheduler);
}

static void nothing(void *user)
{
	(void)user;
}

static void pass(struct world *world, int64_t ms)
{
	int64_t until_ns = scheduler_now(world->scheduler) + ms * NS_PER_MS;
	scheduler_at(world->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, until_ns);
}

/* ---- lines -------------------------------------------------------------------------------------
 */

/* The whole body of a well signed action; false: it cannot be packed. */
static bool sign(const uint8_t secret[32], uint64_t nonce, const char *action, size_t length,
		 char *body)
{
	struct hyper_document document;
	struct hyper_packed packed = {NULL, 0};
	uint8_t id[32], digest[32], signature[65];
	char r[65], s[65];
	if (length > BODY_MAX / 2 || !hyper_document_parse(&document, action, length))
		return false;
	bool fits = hyper_action_pack(document.nodes, &packed);
	hyper_document_free(&document);
	if (!fits)
		return false;
	hyper_action_hash(&packed, nonce, NULL, false, 0, id);
	free(packed.bytes);
	hyper_agent_digest('b', id, digest);
	assert(secp256k1_signer_sign(secret, digest, signature));
	for (unsigned i = 0; i < 32; i++) {
		snprintf(r + 2 * i, 3, "%02x", signature[i]);
		snprintf(s + 2 * i, 3, "%02x", signature[32 + i]);
	}
	snprintf(body, BODY_MAX,
		 "{\"action\":%.*s,\"nonce\":%" PRIu64
		 ",\"signature\":{\"r\":\"0x%s\",\"s\":\"0x%s\",\"v\":%d}}",
		 (int)length, action, nonce, r, s, signature[64]);
	return true;
}

static void request(struct world *world, unsigned *count, const char *target, const char *body,
		    size_t length)
{
	const struct service *face = hyperliquid_service_face(world->service);
	const struct service_request_view view = {.method = HTTP_POST,
						  .target = target,
						  .content_type = "application/json",
						  .authorization = "",
						  .body = body,
						  .body_length = length};
	face->request(face->user, &HOST, (struct service_request *)(void *)count, &view);
}

static void take_line(struct world *world, const uint8_t secret[32], unsigned index,
		      const char *line, size_t length)
{
	static char body[BODY_MAX];
	const struct service *face = hyperliquid_service_face(world->service);
	struct service_socket *socket = (struct service_socket *)(void *)world;
	uint64_t nonce = (uint64_t)(scheduler_now(world->scheduler) / NS_PER_MS);
	uint64_t none = trading_floor_next_order(world->floor, 0, UINT64_MAX);
	switch (line[0]) {
	case 'i':
		request(world, &world->answered[index], "/info", line + 1, length - 1);
		assert(world->answered[index] == 1 || fault_plan_count(world->faults) > 0);
		break;
	case 'e':
		request(world, &world->answered[index], "/exchange", line + 1, length - 1);
		assert(trading_floor_next_order(world->floor, 0, UINT64_MAX) == none);
		break;
	case 'w':
		if (world->open)
			face->socket_message(face->user, socket, line + 1, length - 1);
		break;
	case 'a':
		if (sign(secret, nonce, line + 1, length - 1, body))
			request(world, &world->answered[index], "/exchange", body, strlen(body));
		break;
	case 'f':
		(void)fault_plan_add(world->faults, line + 1, NULL);
		break;
	case 'p':
		pass(world, (int64_t)(length < 120 ? length : 120) * 1000);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct world world = {.open = true};
	uint8_t secret[32];
	char *text = malloc(size + 1);
	assert(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	open_world(&world, secret);
	current = &world;
	const struct service *face = hyperliquid_service_face(world.service);
	face->socket_opened(face->user, &HOST, (struct service_socket *)(void *)&world, "/ws");
	size_t at = 0;
	for (unsigned i = 0; i < LINES_MAX && at < size; i++) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
		text[at + length] = '\0';
		if (length > 0)
			take_line(&world, secret, i, text + at, length);
		pass(&world, 60);
		at += length + 1;
	}
	pass(&world, 1000);
	for (unsigned i = 0; i < LINES_MAX; i++) {
		/* What still waits goes. */
		if (world.answered[i] == 0)
			face->request_gone(face->user,
					   (struct service_request *)(void *)&world.answered[i]);
	}
	close_world(&world);
	free(text);
	return 0;
}
