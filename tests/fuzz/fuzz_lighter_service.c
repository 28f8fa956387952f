/*
 * Any bytes as requests and socket messages to Lighter's server model: it answers each request once
 * and what it says is JSON (or a page).
 *
 * One item a line: "GET target", "POST target content-type|body" (\r and \n of the body written as
 * ^ and ~), anything else is a socket message.
 */
#include "core/base/json_reader.h"
#include "exchanges/testnet/lighter_service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAX 4096

static struct {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floor;
	struct lighter_service *service;
} world;

/* The host's side of one request and one socket. */
struct service_request {
	unsigned answers;
};
struct service_socket {
	bool open;
};

static void expect_json(const char *text, size_t length)
{
	struct json_reader reader;
	struct json_token token;
	json_reader_init(&reader, text, length);
	enum json_type type = json_next(&reader, &token);
	while (type != JSON_END) {
		assert(type != JSON_ERROR);
		type = json_next(&reader, &token);
	}
}

static void answer(struct service_request *request, const struct service_answer *given)
{
	request->answers++;
	assert(given->status >= 200 && given->status < 600);
	if (given->content_type == NULL)
		expect_json(given->body, given->length);
}

static void drop(struct service_request *request, bool reset)
{
	(void)reset;
	request->answers++;
}

static bool send_text(struct service_socket *socket, const char *text, size_t length)
{
	assert(socket->open);
	expect_json(text, length);
	return true;
}

static void close_socket(struct service_socket *socket, int code)
{
	(void)code;
	assert(socket->open);
	socket->open = false;
}

static const struct service_host HOST = {answer, drop, send_text, close_socket};

static void add_market(venue_id venue, const char *symbol)
{
	struct error err;
	asset_id usdc = instrument_table_asset(world.table, "USDC");
	struct instrument terms = {.venue = venue,
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(world.table, symbol),
				   .quote = usdc,
				   .settle = usdc,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 1,
				   .quantity_decimals = 5};
	terms.canonical = terms.base;
	memcpy(terms.symbol, symbol, strlen(symbol) + 1);
	struct instrument_revision revision = {
		.rules = {.status = MARKET_TRADING,
			  .tick = {1},
			  .lot = {1},
			  .maximum_leverage = 50},
		.funding = {.pays = true, .interval_ns = INT64_C(3600000000000)}};
	assert(instrument_table_add(world.table, &terms, &revision, &err) != 0);
}

static void open_world(void)
{
	world.scheduler = scheduler_create(INT64_C(1787900000000000000));
	world.table = instrument_table_create();
	world.faults = fault_plan_create(1, 0);
	venue_id venue = instrument_table_venue(world.table, "lighter");
	add_market(venue, "ETH");
	add_market(venue, "BTC");
	const struct trading_floor_options options = {.venue = venue, .default_leverage = 20};
	world.floor = trading_floor_create(&options, world.scheduler, world.table, world.faults);
	trading_floor_add_account(world.floor);
	const struct lighter_service_account account = {
		.account_index = 5501,
		.l1_address = "0x1111111111111111111111111111111111111111",
		.keys = {{7, {1}}},
		.key_count = 1};
	const struct lighter_service_options service = {
		.chain_id = 300, .accounts = &account, .account_count = 1, .rate_limits = false};
	world.service =
		lighter_service_create(&service, world.scheduler, world.floor, world.faults);
	assert(world.service != NULL);
}

static void close_world(void)
{
	lighter_service_free(world.service);
	trading_floor_free(world.floor);
	fault_plan_free(world.faults);
	instrument_table_free(world.table);
	scheduler_free(world.scheduler);
}

static void ask(char *line)
{
	const struct service *face = lighter_service_face(world.service);
	struct service_request request = {0};
	bool posts = strncmp(line, "POST ", 5) == 0;
	char *target = strchr(line, ' ') + 1, *type = NULL, *body = NULL;
	if (posts && (type = strchr(target, ' ')) != NULL) {
		*type++ = '\0';
		if ((body = strchr(type, '|')) != NULL)
			*body++ = '\0';
		for (char *at = body; at != NULL && *at != '\0'; at++)
			*at = *at == '^' ? '\r' : *at == '~' ? '\n' : *at;
	}
	const struct service_request_view view = {.method = posts ? HTTP_POST : HTTP_GET,
						  .target = target,
						  .content_type = type != NULL ? type : "",
						  .authorization = "",
						  .body = body != NULL ? body : "",
						  .body_length = body != NULL ? strlen(body) : 0};
	face->request(face->user, &HOST, &request, &view);
	assert(request.answers == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct service_socket socket = {.open = true};
	open_world();
	const struct service *face = lighter_service_face(world.service);
	face->socket_opened(face->user, &HOST, &socket, "/stream");
	const char *at = (const char *)bytes, *end = at + size;
	while (at < end) {
		char line[ITEM_MAX + 1];
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop != NULL ? stop : end) - at);
		size_t taken = length < ITEM_MAX ? length : ITEM_MAX;
		memcpy(line, at, taken);
		line[taken] = '\0';
		if (strncmp(line, "GET ", 4) == 0 || strncmp(line, "POST ", 5) == 0)
			ask(line);
		else if (socket.open)
			face->socket_message(face->user, &socket, line, taken);
		at += length + 1;
	}
	if (socket.open)
		face->socket_closed(face->user, &socket);
	close_world();
	return 0;
}
