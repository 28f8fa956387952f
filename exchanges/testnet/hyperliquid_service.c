#include "exchanges/testnet/hyperliquid_service_state.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t hyper_now_ns(const struct hyperliquid_service *service)
{
	return trading_floor_venue_time(service->floor);
}

int64_t hyper_now_ms(const struct hyperliquid_service *service)
{
	return hyper_now_ns(service) / NS_PER_MS;
}

int64_t hyper_ns_of_ms(uint64_t ms)
{
	const uint64_t most = INT64_MAX / 2 / NS_PER_MS;
	return (int64_t)(ms < most ? ms : most) * NS_PER_MS;
}

int64_t hyper_frame_ms(struct hyperliquid_service *service)
{
	if (!hyper_strikes(service, "ws.stale_ts", NULL))
		service->stale_ns = 0;
	else if (service->stale_ns == 0)
		service->stale_ns = hyper_now_ns(service);
	return (service->stale_ns != 0 ? service->stale_ns : hyper_now_ns(service)) / NS_PER_MS;
}

void *hyper_grow(void *array, size_t count, size_t *capacity, size_t element_size)
{
	if (count < *capacity)
		return array;
	size_t grown = *capacity > 0 ? *capacity * 2 : 16;
	void *moved = realloc(array, grown * element_size);
	if (moved == NULL) {
		fputs("hyperliquid service: out of memory\n", stderr);
		abort();
	}
	*capacity = grown;
	return moved;
}

bool hyper_find_market(const struct hyperliquid_service *service, instrument_id instrument,
		       unsigned *market)
{
	for (unsigned i = 0; i < service->market_count; i++) {
		if (service->markets[i].instrument == instrument) {
			*market = i;
			return true;
		}
	}
	return false;
}

bool hyper_find_coin(const struct hyperliquid_service *service, const char *coin, unsigned *market)
{
	for (unsigned i = 0; i < service->market_count; i++) {
		if (strcmp(service->markets[i].terms->symbol, coin) == 0) {
			*market = i;
			return true;
		}
	}
	return false;
}

struct hyper_account *hyper_account_of(struct hyperliquid_service *service,
				       const uint8_t address[HYPER_ADDRESS_BYTES])
{
	for (unsigned i = 0; i < service->account_count; i++) {
		if (memcmp(service->accounts[i].address, address, HYPER_ADDRESS_BYTES) == 0)
			return &service->accounts[i];
	}
	return NULL;
}

static bool is_agent(const struct hyper_account *account,
		     const uint8_t address[HYPER_ADDRESS_BYTES], int64_t now_ms)
{
	for (unsigned i = 0; i < account->agent_count; i++) {
		if (memcmp(account->agents[i].address, address, HYPER_ADDRESS_BYTES) == 0)
			return account->agents[i].valid_until_ms > now_ms;
	}
	return false;
}

struct hyper_account *hyper_account_of_signer(struct hyperliquid_service *service,
					      const uint8_t address[HYPER_ADDRESS_BYTES])
{
	for (unsigned i = 0; i < service->account_count; i++) {
		if (is_agent(&service->accounts[i], address, hyper_now_ms(service)))
			return &service->accounts[i];
	}
	return hyper_account_of(service, address);
}

struct fault_occasion hyper_occasion(const struct hyperliquid_service *service)
{
	return (struct fault_occasion){.venue = service->venue_name,
				       .now_ns = scheduler_now(service->scheduler)};
}

bool hyper_strikes(struct hyperliquid_service *service, const char *knob, char *value)
{
	return hyper_strikes_in(service, knob, HYPER_NO_MARKET, false, false, value);
}

bool hyper_strikes_in(struct hyperliquid_service *service, const char *knob, unsigned market,
		      bool sided, bool buy, char *value)
{
	char ignored[FAULT_VALUE_MAX + 1];
	struct fault_occasion occasion = hyper_occasion(service);
	if (sided)
		occasion.side = buy ? FAULT_BUY : FAULT_SELL;
	if (market != HYPER_NO_MARKET)
		occasion.symbol = service->markets[market].terms->symbol;
	return service->faults != NULL && fault_plan_strikes(service->faults, knob, &occasion,
							     value != NULL ? value : ignored);
}

int64_t hyper_fault_number(struct hyperliquid_service *service, const char *knob, int64_t otherwise)
{
	const struct fault_occasion occasion = hyper_occasion(service);
	return service->faults != NULL
		       ? fault_plan_number(service->faults, knob, &occasion, otherwise)
		       : otherwise;
}

bool hyper_minute_spend(struct hyper_minute *minute, int64_t now_ns, int64_t weight, int64_t limit)
{
	int64_t second = now_ns / NS_PER_SECOND, spent = 0;
	for (unsigned i = 0; i < HYPER_SECONDS; i++) {
		if (minute->seconds[i] > second - HYPER_SECONDS && minute->seconds[i] <= second)
			spent += minute->weight[i];
	}
	if (spent + weight > limit)
		return false;
	unsigned place = (unsigned)(second % HYPER_SECONDS);
	if (minute->seconds[place] != second) {
		minute->seconds[place] = second;
		minute->weight[place] = 0;
	}
	minute->weight[place] += weight;
	return true;
}

/* ---- what the floor tells ----------------------------------------------------------------------
 */

static void flush_due(void *user)
{
	struct hyperliquid_service *service = user;
	service->flush = 0;
	hyper_channels_flush(service);
}

void hyper_flush_later(struct hyperliquid_service *service)
{
	if (service->flush == 0)
		service->flush = scheduler_at(service->scheduler, scheduler_now(service->scheduler),
					      SCHEDULE_ORDER_EVENT, flush_due, service);
}

static void floor_market(void *user, const struct market_event *event)
{
	struct hyperliquid_service *service = user;
	unsigned index;
	if (!hyper_find_market(service, event->instrument, &index))
		return;
	struct hyper_market *market = &service->markets[index];
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		market->best_dirty = true;
		break;
	case EVENT_TRADE:
		if (!(event->flags & EVENT_FLAG_OFF_MARKET))
			market->last_trade = event->u.trade.price;
		hyper_candle_trade(market, event);
		market->candle_dirty = true;
		if (service->subscribers[HYPER_TRADES] > 0)
			hyper_put_trade(&market->trades, service, index, event);
		break;
	case EVENT_MARK:
	case EVENT_FUNDING:
	case EVENT_OPEN_INTEREST:
		market->context_dirty = true;
		break;
	case EVENT_BBO:
	case EVENT_CANDLE:
	case EVENT_INSTRUMENT:
	case EVENT_CONNECTION:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		return;
	}
	hyper_flush_later(service);
}

static void floor_order(void *user, const struct floor_order *order)
{
	hyper_order_changed(user, order);
}

static void floor_fill(void *user, const struct floor_fill *fill)
{
	struct hyperliquid_service *service = user;
	unsigned market;
	struct money value;
	if (fill->account >= service->account_count ||
	    !hyper_find_market(service, fill->instrument, &market))
		return;
	struct hyper_account *account = &service->accounts[fill->account];
	struct hyper_tally *tally = &account->tallies[market];
	if (contract_value(service->markets[market].terms, fill->quantity, fill->price, &value)) {
		(void)!money_add(account->volume, value, &account->volume);
		(void)!money_add(account->today[fill->maker], value, &account->today[fill->maker]);
	}
	if (fill->position_before.units == 0)
		tally->funding_open.e18 = 0;
	tally->funding_change.e18 = 0;
	if (fill->order != NULL)
		(void)hyper_order_of(service, fill->order);
	account->changed = true;
	hyper_flush_later(service);
}

static void floor_payment(void *user, const struct floor_payment *payment)
{
	struct hyperliquid_service *service = user;
	unsigned market;
	if (payment->account >= service->account_count ||
	    !hyper_find_market(service, payment->instrument, &market))
		return;
	struct hyper_account *account = &service->accounts[payment->account];
	struct hyper_tally *tally = &account->tallies[market];
	struct money paid = {-payment->amount.e18};
	(void)!money_add(tally->funding_all, paid, &tally->funding_all);
	(void)!money_add(tally->funding_open, paid, &tally->funding_open);
	(void)!money_add(tally->funding_change, paid, &tally->funding_change);
	account->changed = true;
	hyper_flush_later(service);
}

static void floor_account_changed(void *user, floor_account account, instrument_id instrument)
{
	struct hyperliquid_service *service = user;
	(void)instrument;
	if (account >= service->account_count)
		return;
	service->accounts[account].changed = true;
	hyper_flush_later(service);
}

static const struct floor_events FLOOR_EVENTS = {
	.market = floor_market,
	.order = floor_order,
	.fill = floor_fill,
	.payment = floor_payment,
	.account = floor_account_changed,
};

/* ---- requests ----------------------------------------------------------------------------------
 */

static void answer_plain(struct hyperliquid_service *service,
			 const struct hyper_address_of_answer *to, int status, const char *message)
{
	struct served_text body = {0};
	reply_raw(&body, message, strlen(message));
	hyper_answer(service, to, status, "text/plain; charset=utf-8", &body, 0);
	served_text_free(&body);
}

static void take_body(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		      const struct service_request_view *view, bool info)
{
	struct hyper_document document;
	if (strncmp(view->content_type, "application/json", strlen("application/json")) != 0) {
		answer_plain(service, to, 415,
			     "Expected request with `Content-Type: application/json`");
		return;
	}
	if (!hyper_document_parse(&document, view->body, view->body_length)) {
		answer_plain(service, to, 422,
			     "Failed to deserialize the JSON body into the target type");
		return;
	}
	if (info)
		hyper_info(service, to, document.nodes);
	else
		hyper_exchange(service, to, document.nodes);
	hyper_document_free(&document);
}

static void take_request(void *user, const struct service_host *host,
			 struct service_request *request, const struct service_request_view *view)
{
	struct hyperliquid_service *service = user;
	const struct hyper_address_of_answer to = {.host = host, .request = request};
	bool info = strcmp(view->target, "/info") == 0;
	if (hyper_strikes(service, "net.down", NULL)) {
		/* Never answered: it waits until the peer goes. */
		(void)hyper_pending_create(service, &to);
		hyper_sockets_cut(service);
	} else if (trading_floor_down(service->floor)) {
		answer_plain(service, &to, 503, "Service Unavailable");
	} else if (!info && strcmp(view->target, "/exchange") != 0) {
		answer_plain(service, &to, 404, "");
	} else if (view->method != HTTP_POST) {
		answer_plain(service, &to, 405, "");
	} else {
		take_body(service, &to, view, info);
	}
}

/* ---- life --------------------------------------------------------------------------------------
 */

static bool take_markets(struct hyperliquid_service *service)
{
	venue_id venue = trading_floor_venue(service->floor);
	size_t count = instrument_count(service->instruments);
	service->markets = calloc(HYPER_MARKETS_MAX, sizeof(*service->markets));
	if (service->markets == NULL)
		return false;
	for (instrument_id id = 1; id <= count; id++) {
		const struct instrument *instrument = instrument_get(service->instruments, id);
		if (instrument->venue != venue || instrument->kind != INSTRUMENT_LINEAR ||
		    instrument_is_retired(service->instruments, id) ||
		    service->market_count == HYPER_MARKETS_MAX)
			continue;
		struct hyper_market *market = &service->markets[service->market_count++];
		market->instrument = id;
		market->terms = instrument;
		market->candles = calloc(HYPER_CANDLES_KEPT, sizeof(*market->candles));
		if (market->candles == NULL)
			return false;
	}
	return true;
}

static bool take_account(struct hyperliquid_service *service,
			 const struct hyperliquid_service_account *given)
{
	struct hyper_account *account = &service->accounts[service->account_count];
	account->service = service;
	account->number = service->account_count++;
	memcpy(account->address, given->address, HYPER_ADDRESS_BYTES);
	hyper_address_write(given->address, account->address_text);
	assert(given->agent_count <= HYPER_AGENTS_MAX);
	account->agent_count = given->agent_count;
	for (unsigned i = 0; i < given->agent_count; i++) {
		memcpy(account->agents[i].address, given->agents[i].address, HYPER_ADDRESS_BYTES);
		snprintf(account->agents[i].name, sizeof(account->agents[i].name), "%s",
			 given->agents[i].name);
		account->agents[i].valid_until_ms =
			hyper_now_ms(service) + 90 * NS_PER_DAY / NS_PER_MS;
	}
	snprintf(account->mode, sizeof(account->mode), "%s",
		 given->mode[0] != '\0' ? given->mode : "default");
	account->volume.e18 = given->traded_usd * MONEY_ONE;
	account->last_free_ns = INT64_MIN / 2;
	account->tallies = calloc(service->market_count + 1, sizeof(*account->tallies));
	return account->tallies != NULL;
}

struct hyperliquid_service *hyperliquid_service_create(
	const struct hyperliquid_service_options *options, struct scheduler *scheduler,
	struct trading_floor *floor, struct fault_plan *faults)
{
	assert(options->source == 0 || options->source == 'a' || options->source == 'b');
	assert(options->account_count <= FLOOR_ACCOUNTS_MAX);
	struct hyperliquid_service *service = calloc(1, sizeof(*service));
	if (service == NULL)
		return NULL;
	service->scheduler = scheduler;
	service->floor = floor;
	service->faults = faults;
	service->instruments = trading_floor_instruments(floor);
	service->venue_name = venue_name(service->instruments, trading_floor_venue(floor));
	service->options = *options;
	service->options.accounts = NULL;
	service->signers = calloc(HYPER_SIGNERS_MAX, sizeof(*service->signers));
	bool ready = service->signers != NULL && take_markets(service);
	for (size_t i = 0; ready && i < options->account_count; i++)
		ready = take_account(service, &options->accounts[i]);
	if (!ready) {
		hyperliquid_service_free(service);
		return NULL;
	}
	service->face = (struct service){.user = service,
					 .request = take_request,
					 .request_gone = hyper_answers_gone,
					 .socket_opened = hyper_socket_opened,
					 .socket_message = hyper_socket_message,
					 .socket_closed = hyper_socket_closed};
	trading_floor_set_events(floor, &FLOOR_EVENTS, service);
	return service;
}

static void free_account(struct hyper_account *account)
{
	free(account->orders);
	free(account->live);
	free(account->tallies);
	served_text_free(&account->updates);
	served_text_free(&account->cancels);
}

void hyperliquid_service_free(struct hyperliquid_service *service)
{
	if (service == NULL)
		return;
	const struct floor_events silence = {0};
	trading_floor_set_events(service->floor, &silence, NULL);
	scheduler_cancel(service->scheduler, service->flush);
	scheduler_cancel(service->scheduler, service->fast);
	scheduler_cancel(service->scheduler, service->slow);
	scheduler_cancel(service->scheduler, service->second);
	hyper_sockets_free(service);
	hyper_answers_free(service);
	for (size_t i = 0; i < service->order_count; i++)
		free(service->orders[i]);
	free(service->orders);
	free(service->by_floor);
	for (unsigned i = 0; i < service->account_count; i++)
		free_account(&service->accounts[i]);
	for (unsigned i = 0; i < service->market_count; i++) {
		served_text_free(&service->markets[i].trades);
		free(service->markets[i].candles);
	}
	free(service->markets);
	free(service->signers);
	free(service);
}

const struct service *hyperliquid_service_face(struct hyperliquid_service *service)
{
	return &service->face;
}
