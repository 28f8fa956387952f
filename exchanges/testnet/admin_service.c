#include "exchanges/testnet/admin_service.h"

#include "core/base/decimal.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX  1024
#define NS_IN_MS  INT64_C(1000000)
#define NAME_ROOM 64

/* A text that grows. */
struct text {
	char *bytes; /* owned */
	size_t length, capacity;
};

struct admin_service {
	struct service face;
	struct scheduler *scheduler;
	struct market_feed *feed;
	struct fault_plan *faults;
	struct trading_floor *floors[FEED_VENUES_MAX];
	size_t floor_count;
	struct text text;
};

/* ---- JSON --------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	for (;;) {
		va_list arguments;
		size_t room = text->capacity - text->length;
		va_start(arguments, format);
		int length = vsnprintf(text->bytes + text->length, room, format, arguments);
		va_end(arguments);
		assert(length >= 0);
		if ((size_t)length < room) {
			text->length += (size_t)length;
			return;
		}
		size_t capacity = (text->capacity + (size_t)length) * 2 + 256;
		char *bytes = realloc(text->bytes, capacity);
		if (bytes == NULL)
			abort();
		text->bytes = bytes;
		text->capacity = capacity;
	}
}

static void say_string(struct text *text, const char *string)
{
	say(text, "\"");
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;
		if (c == '"' || c == '\\')
			say(text, "\\%c", c);
		else if (c < ' ')
			say(text, "\\u%04x", c);
		else
			say(text, "%c", c);
	}
	say(text, "\"");
}

static void say_money(struct text *text, const char *name, struct money amount)
{
	char figure[DECIMAL_TEXT_MAX];
	money_format(amount, figure, sizeof(figure));
	say(text, ",\"%s\":\"%s\"", name, figure);
}

/* Between the members of a list. */
static void say_comma(struct text *text, bool *first)
{
	if (!*first)
		say(text, ",");
	*first = false;
}

/* ---- GET ---------------------------------------------------------------------------------------
 */

static void say_positions(struct text *text, const struct trading_floor *floor,
			  floor_account account)
{
	const struct instrument_table *table = trading_floor_instruments(floor);
	bool first = true;
	say(text, ",\"positions\":[");
	for (instrument_id id = 1; id <= instrument_count(table); id++) {
		const struct instrument *instrument = instrument_get(table, id);
		if (instrument->venue != trading_floor_venue(floor))
			continue;
		struct floor_position position = trading_floor_position(floor, account, id);
		char quantity[DECIMAL_TEXT_MAX];
		if (position.quantity.units == 0)
			continue;
		say_comma(text, &first);
		quantity_format(instrument, position.quantity, quantity, sizeof(quantity));
		say(text, "{\"symbol\":\"%s\",\"quantity\":\"%s\",\"leverage\":%d",
		    instrument->symbol, quantity, position.leverage);
		say_money(text, "entry", position.entry);
		say_money(text, "mark", position.mark);
		say_money(text, "unrealised", position.unrealised);
		if (position.liquidation_known)
			say_money(text, "liquidation", position.liquidation);
		say(text, "}");
	}
	say(text, "]");
}

static void say_order(struct text *text, const struct trading_floor *floor,
		      const struct floor_order *order)
{
	const struct instrument *instrument =
		instrument_get(trading_floor_instruments(floor), order->request.instrument);
	char quantity[DECIMAL_TEXT_MAX], executed[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX];
	quantity_format(instrument, order->request.quantity, quantity, sizeof(quantity));
	quantity_format(instrument, order->executed, executed, sizeof(executed));
	price_format(instrument, order->request.limit, limit, sizeof(limit));
	say(text, "{\"number\":%llu,\"tag\":", (unsigned long long)order->number);
	say_string(text, order->tag);
	say(text,
	    ",\"symbol\":\"%s\",\"side\":\"%s\",\"type\":\"%s\",\"quantity\":\"%s\","
	    "\"executed\":\"%s\",\"limit\":\"%s\",\"resting\":%s}",
	    instrument->symbol, side_text(order->request.side),
	    order_type_text(order->request.type), quantity, executed, limit,
	    order->resting ? "true" : "false");
}

static void say_open_orders(struct text *text, const struct trading_floor *floor,
			    floor_account account)
{
	bool first = true;
	say(text, ",\"open_orders\":[");
	for (uint64_t number = trading_floor_next_order(floor, account, UINT64_MAX); number != 0;
	     number = trading_floor_next_order(floor, account, number)) {
		const struct floor_order *order = trading_floor_order(floor, number);
		if (order->state != ORDER_STATE_OPEN)
			continue;
		say_comma(text, &first);
		say_order(text, floor, order);
	}
	say(text, "]");
}

static void say_accounts(struct text *text, const struct trading_floor *floor)
{
	say(text, ",\"accounts\":[");
	for (floor_account account = 0; account < trading_floor_accounts(floor); account++) {
		struct floor_balance balance = trading_floor_balance(floor, account);
		say(text, "%s{\"account\":%u", account > 0 ? "," : "", account);
		say_money(text, "balance", balance.balance);
		say_money(text, "equity", balance.equity);
		say_money(text, "available", balance.available);
		say(text, ",\"fills\":%zu,\"payments\":%zu",
		    trading_floor_fill_count(floor, account),
		    trading_floor_payment_count(floor, account));
		say_positions(text, floor, account);
		say_open_orders(text, floor, account);
		say(text, "}");
	}
	say(text, "]");
}

static void say_faults(struct text *text, const struct fault_plan *faults)
{
	say(text, "[");
	for (size_t i = 0; i < fault_plan_count(faults); i++) {
		uint64_t strikes = 0;
		const char *rule = fault_plan_rule(faults, i, &strikes);
		say(text, "%s{\"rule\":", i > 0 ? "," : "");
		say_string(text, rule);
		say(text, ",\"strikes\":%llu}", (unsigned long long)strikes);
	}
	say(text, "]");
}

static void say_state(struct admin_service *service)
{
	struct text *text = &service->text;
	say(text, "{\"ok\":true,\"time_ms\":%lld,\"venues\":[",
	    (long long)(scheduler_now(service->scheduler) / NS_IN_MS));
	for (size_t i = 0; i < service->floor_count; i++) {
		struct trading_floor *floor = service->floors[i];
		const struct instrument_table *table = trading_floor_instruments(floor);
		say(text, "%s{\"name\":\"%s\",\"time_ms\":%lld,\"down\":%s", i > 0 ? "," : "",
		    venue_name(table, trading_floor_venue(floor)),
		    (long long)(trading_floor_venue_time(floor) / NS_IN_MS),
		    trading_floor_down(floor) ? "true" : "false");
		say_accounts(text, floor);
		say(text, "}");
	}
	say(text, "],\"faults\":");
	say_faults(text, service->faults);
	say(text, "}");
}

/* ---- POST --------------------------------------------------------------------------------------
 */

static int refuse(struct admin_service *service, int status, const char *why)
{
	say(&service->text, "{\"ok\":false,\"error\":");
	say_string(&service->text, why);
	say(&service->text, "}");
	return status;
}

static int accept_faults(struct admin_service *service)
{
	say(&service->text, "{\"ok\":true,\"faults\":");
	say_faults(&service->text, service->faults);
	say(&service->text, "}");
	return 200;
}

static int add_fault(struct admin_service *service, const char *body)
{
	struct error err = {0};
	if (!fault_plan_add(service->faults, body, &err))
		return refuse(service, 400, err.text);
	return accept_faults(service);
}

/* "NAME=FIGURE": the figure at scale 18. */
static bool take_figure(const char *body, char name[NAME_ROOM], i128 *figure)
{
	const char *equal = strchr(body, '=');
	if (equal == NULL || equal == body || equal - body >= NAME_ROOM)
		return false;
	snprintf(name, NAME_ROOM, "%.*s", (int)(equal - body), body);
	return decimal_parse_i128(equal + 1, strlen(equal + 1), MONEY_DECIMALS, figure) ==
	       DECIMAL_OK;
}

static int set_price(struct admin_service *service, const char *body)
{
	char name[NAME_ROOM];
	struct money price;
	if (!take_figure(body, name, &price.e18) ||
	    !market_feed_set_price(service->feed, name, price))
		return refuse(service, 400, "the body is COIN=PRICE of one token, e.g. BTC=65000");
	say(&service->text, "{\"ok\":true}");
	return 200;
}

static int set_premium(struct admin_service *service, const char *body)
{
	char name[NAME_ROOM];
	i128 premium;
	size_t venue = 0;
	if (!take_figure(body, name, &premium) || premium > RATE_ONE || premium < -RATE_ONE)
		return refuse(service, 400,
			      "the body is COIN@VENUE=PREMIUM, e.g. BTC@lighter=0.002");
	char *at = strchr(name, '@');
	if (at != NULL)
		*at++ = '\0';
	for (; at != NULL && venue < service->floor_count; venue++) {
		const struct trading_floor *floor = service->floors[venue];
		if (strcmp(venue_name(trading_floor_instruments(floor), trading_floor_venue(floor)),
			   at) == 0)
			break;
	}
	if (at == NULL || venue == service->floor_count ||
	    !market_feed_set_premium(service->feed, name, venue, (struct rate){(int64_t)premium}))
		return refuse(service, 400, "no such coin or venue, or a premium beyond 50 %");
	say(&service->text, "{\"ok\":true}");
	return 200;
}

static int clear_faults(struct admin_service *service, const char *body)
{
	(void)body;
	fault_plan_clear(service->faults);
	return accept_faults(service);
}

/* ---- the service -------------------------------------------------------------------------------
 */

static const struct {
	const char *target;
	int (*act)(struct admin_service *service, const char *body);
} POSTS[] = {
	{"/fault", add_fault},
	{"/faults/clear", clear_faults},
	{"/price", set_price},
	{"/premium", set_premium},
};

/* Cut to what is no blank at its ends; false: it holds a NUL or is too long. */
static bool take_body(const struct service_request_view *view, char body[BODY_MAX + 1])
{
	const char *start = view->body;
	size_t length = view->body_length;
	while (length > 0 && strchr(" \t\r\n", start[length - 1]) && start[length - 1] != '\0')
		length--;
	if (length > BODY_MAX || (length > 0 && memchr(start, '\0', length) != NULL))
		return false;
	if (length > 0)
		memcpy(body, start, length);
	body[length] = '\0';
	return true;
}

static int post(struct admin_service *service, const struct service_request_view *view)
{
	char body[BODY_MAX + 1];
	if (!take_body(view, body))
		return refuse(service, 400, "the body is too long or holds a NUL");
	for (size_t i = 0; i < sizeof(POSTS) / sizeof(POSTS[0]); i++)
		if (strcmp(view->target, POSTS[i].target) == 0)
			return POSTS[i].act(service, body);
	return refuse(service, 404,
		      "POST /fault, /faults/clear, /price, /premium; GET /state, /faults");
}

static int get(struct admin_service *service, const struct service_request_view *view)
{
	if (strcmp(view->target, "/faults") == 0)
		return accept_faults(service);
	if (strcmp(view->target, "/state") != 0)
		return refuse(service, 404,
			      "GET /state, /faults; POST /fault, /faults/clear, /price, /premium");
	say_state(service);
	return 200;
}

static void on_request(void *user, const struct service_host *host, struct service_request *request,
		       const struct service_request_view *view)
{
	struct admin_service *service = user;
	service->text.length = 0;
	int status = view->method == HTTP_GET ? get(service, view) : post(service, view);
	struct service_answer answer = {
		.status = status, .body = service->text.bytes, .length = service->text.length};
	host->answer(request, &answer);
}

static void on_request_gone(void *user, struct service_request *request)
{
	(void)user, (void)request; /* every request is answered at once */
}

static void on_socket_opened(void *user, const struct service_host *host,
			     struct service_socket *socket, const char *target)
{
	(void)user, (void)target;
	host->close(socket, 1008);
}

static void on_socket_message(void *user, struct service_socket *socket, const char *text,
			      size_t length)
{
	(void)user, (void)socket, (void)text, (void)length;
}

static void on_socket_closed(void *user, struct service_socket *socket)
{
	(void)user, (void)socket;
}

struct admin_service *admin_service_create(struct scheduler *scheduler, struct market_feed *feed,
					   struct fault_plan *faults,
					   struct trading_floor *const *floors, size_t floor_count)
{
	assert(floor_count <= FEED_VENUES_MAX);
	struct admin_service *service = calloc(1, sizeof(*service));
	if (service == NULL)
		return NULL;
	service->face = (struct service){.user = service,
					 .request = on_request,
					 .request_gone = on_request_gone,
					 .socket_opened = on_socket_opened,
					 .socket_message = on_socket_message,
					 .socket_closed = on_socket_closed};
	service->scheduler = scheduler;
	service->feed = feed;
	service->faults = faults;
	for (size_t i = 0; i < floor_count; i++)
		service->floors[i] = floors[i];
	service->floor_count = floor_count;
	return service;
}

void admin_service_free(struct admin_service *service)
{
	if (service == NULL)
		return;
	free(service->text.bytes);
	free(service);
}

const struct service *admin_service_face(struct admin_service *service)
{
	return &service->face;
}
