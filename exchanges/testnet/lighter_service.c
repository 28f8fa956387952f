#include "exchanges/testnet/lighter_service_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int64_t served_now_ns(const struct lighter_service *service)
{
	return trading_floor_venue_time(service->floor);
}

int64_t served_now_ms(const struct lighter_service *service)
{
	return served_now_ns(service) / NS_PER_MS;
}

const struct instrument *served_instrument(const struct lighter_service *service, unsigned market)
{
	return instrument_get(service->instruments, service->markets[market].instrument);
}

bool served_find_market(const struct lighter_service *service, instrument_id instrument,
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

bool served_find_account(const struct lighter_service *service, int64_t index, unsigned *account)
{
	for (unsigned i = 0; i < service->account_count; i++) {
		if (service->accounts[i].index == index) {
			*account = i;
			return true;
		}
	}
	return false;
}

unsigned served_quote_decimals(const struct instrument *instrument)
{
	unsigned decimals = instrument->price_decimals + instrument->quantity_decimals;
	return decimals < MONEY_DECIMALS ? decimals : MONEY_DECIMALS;
}

struct fault_occasion served_occasion(const struct lighter_service *service)
{
	return (struct fault_occasion){.venue = service->venue_name,
				       .now_ns = scheduler_now(service->scheduler)};
}

bool served_strikes(struct lighter_service *service, const char *knob, char *value)
{
	return served_strikes_in(service, knob, SERVED_PERP_NIL, FAULT_ANY_SIDE, value);
}

bool served_strikes_in(struct lighter_service *service, const char *knob, unsigned market, int side,
		       char *value)
{
	char ignored[FAULT_VALUE_MAX + 1];
	struct fault_occasion occasion = served_occasion(service);
	occasion.side = side == FAULT_BUY    ? FAULT_BUY
			: side == FAULT_SELL ? FAULT_SELL
					     : FAULT_ANY_SIDE;
	if (market != SERVED_PERP_NIL)
		occasion.symbol = served_instrument(service, market)->symbol;
	return service->faults != NULL && fault_plan_strikes(service->faults, knob, &occasion,
							     value != NULL ? value : ignored);
}

/* ---- what the floor tells -------------------------------------------------------------------- */

/* Until something was traded, the last price is the first mark. */
static void set_first_price(struct lighter_service *service, unsigned market,
			    const struct market_event *event)
{
	const struct instrument *instrument = served_instrument(service, market);
	if (service->markets[market].last_trade.units == 0)
		service->markets[market].last_trade.units =
			(int64_t)served_rounded(event->u.mark.mark.e18, instrument->price_decimals);
}

static void floor_market(void *user, const struct market_event *event)
{
	struct lighter_service *service = user;
	unsigned market;
	if (!served_find_market(service, event->instrument, &market))
		return;
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		served_book_changed(service, market);
		break;
	case EVENT_TRADE:
		if (!(event->flags & EVENT_FLAG_OFF_MARKET))
			service->markets[market].last_trade = event->u.trade.price;
		served_candle_trade(&service->markets[market], event);
		served_tell_trade(service, market, event);
		served_tell_stats(service, market);
		break;
	case EVENT_MARK:
		set_first_price(service, market, event);
		served_tell_stats(service, market);
		break;
	case EVENT_FUNDING:
	case EVENT_OPEN_INTEREST:
		served_tell_stats(service, market);
		break;
	case EVENT_BBO:
	case EVENT_CANDLE:
	case EVENT_INSTRUMENT:
	case EVENT_CONNECTION:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		break;
	}
}

static void floor_order(void *user, const struct floor_order *order)
{
	served_orders_changed(user, order);
}

static void floor_fill(void *user, const struct floor_fill *fill)
{
	struct lighter_service *service = user;
	unsigned market;
	if (!served_find_market(service, fill->instrument, &market) ||
	    fill->account >= service->account_count)
		return;
	struct served_account *account = &service->accounts[fill->account];
	struct served_tally *tally = &account->tallies[market];
	struct money value;
	tally->touched = true;
	account->trades++;
	if (fill->order != NULL)
		(void)served_orders_filled(service, fill->order);
	if (!money_add(tally->realised, fill->realised, &tally->realised))
		abort();
	if (contract_value(served_instrument(service, market), fill->quantity, fill->price,
			   &value) &&
	    !money_add(account->volume, value, &account->volume))
		abort();
	served_tell_fill(service, fill);
}

static void floor_payment(void *user, const struct floor_payment *payment)
{
	struct lighter_service *service = user;
	unsigned market;
	if (!served_find_market(service, payment->instrument, &market) ||
	    payment->account >= service->account_count)
		return;
	struct served_tally *tally = &service->accounts[payment->account].tallies[market];
	if (!money_add(tally->funding, payment->amount, &tally->funding))
		abort();
	served_tell_account(service, payment->account, market);
}

static void floor_account_changed(void *user, floor_account account, instrument_id instrument)
{
	struct lighter_service *service = user;
	unsigned market;
	if (account >= service->account_count)
		return;
	if (!served_find_market(service, instrument, &market))
		market = SERVED_PERP_NIL;
	else
		served_remember_position(service, account, market);
	served_tell_account(service, account, market);
}

static const struct floor_events FLOOR_EVENTS = {
	.market = floor_market,
	.order = floor_order,
	.fill = floor_fill,
	.payment = floor_payment,
	.account = floor_account_changed,
};

/* ---- life ------------------------------------------------------------------------------------ */

/* The next instrument after `id` that is a market here, or 0. */
static instrument_id next_market(const struct lighter_service *service, instrument_id id)
{
	while (++id <= instrument_count(service->instruments)) {
		const struct instrument *instrument = instrument_get(service->instruments, id);
		if (instrument->venue == trading_floor_venue(service->floor) &&
		    instrument->kind == INSTRUMENT_LINEAR &&
		    !instrument_is_retired(service->instruments, id))
			return id;
	}
	return 0;
}

/* Market indices count the venue's instruments in the order of the table. */
static bool take_markets(struct lighter_service *service)
{
	for (instrument_id id = next_market(service, 0); id != 0; id = next_market(service, id))
		service->market_count += service->market_count < SERVED_MARKETS_MAX;
	service->markets = calloc(service->market_count + 1, sizeof(*service->markets));
	if (service->markets == NULL)
		return false;
	instrument_id id = 0;
	for (unsigned i = 0; i < service->market_count; i++) {
		struct served_market *market = &service->markets[i];
		id = next_market(service, id);
		market->instrument = id;
		market->service = service;
		market->nonce = market->sent_nonce = 900000 + (int64_t)id * 1000;
		market->offset = 2000;
	}
	return true;
}

static void take_accounts(struct lighter_service *service,
			  const struct lighter_service_options *options)
{
	assert(options->account_count <= FLOOR_ACCOUNTS_MAX);
	service->account_count = (unsigned)options->account_count;
	for (unsigned i = 0; i < service->account_count; i++) {
		const struct lighter_service_account *from = &options->accounts[i];
		struct served_account *account = &service->accounts[i];
		account->index = from->account_index;
		memcpy(account->l1_address, from->l1_address, sizeof(account->l1_address));
		account->premium = from->premium;
		account->key_count = from->key_count;
		for (unsigned k = 0; k < from->key_count; k++) {
			struct served_key_state *key = &account->keys[k];
			key->index = from->keys[k].api_key_index;
			memcpy(key->public_key, from->keys[k].public_key, 40);
			/* Any number will do but none that a client could guess right. */
			key->next_nonce = 722 + key->index;
			key->changed_ns = served_now_ns(service);
		}
	}
}

struct lighter_service *lighter_service_create(const struct lighter_service_options *options,
					       struct scheduler *scheduler,
					       struct trading_floor *floor,
					       struct fault_plan *faults)
{
	struct lighter_service *service = calloc(1, sizeof(*service));
	if (service == NULL)
		return NULL;
	service->face = (struct service){
		.user = service,
		.request = served_rest_request,
		.request_gone = served_rest_gone,
		.socket_opened = served_socket_opened,
		.socket_message = served_socket_message,
		.socket_closed = served_socket_closed,
	};
	service->scheduler = scheduler;
	service->floor = floor;
	service->faults = faults;
	service->instruments = trading_floor_instruments(floor);
	service->venue_name = venue_name(service->instruments, trading_floor_venue(floor));
	service->chain_id = options->chain_id;
	service->book_interval_ns =
		options->book_interval_ns > 0 ? options->book_interval_ns : 50 * NS_PER_MS;
	service->rate_limits = options->rate_limits;
	service->engine_nonce = INT64_C(9182390000);
	if (!take_markets(service)) {
		free(service);
		return NULL;
	}
	take_accounts(service, options);
	trading_floor_set_events(floor, &FLOOR_EVENTS, service);
	return service;
}

void lighter_service_free(struct lighter_service *service)
{
	if (service == NULL)
		return;
	static const struct floor_events NOBODY = {0};
	trading_floor_set_events(service->floor, &NOBODY, NULL);
	served_sockets_free(service);
	served_rest_free(service);
	for (unsigned i = 0; i < service->market_count; i++) {
		scheduler_cancel(service->scheduler, service->markets[i].flush);
		scheduler_cancel(service->scheduler, service->markets[i].stats);
		free(service->markets[i].candles);
	}
	free(service->markets);
	for (unsigned i = 0; i < service->account_count; i++) {
		for (unsigned k = 0; k < SERVED_MARKETS_MAX; k++)
			free(service->accounts[i].tallies[k].pasts);
	}
	for (size_t i = 0; i < service->order_count; i++)
		free(service->orders[i]);
	free(service->orders);
	free(service->links);
	free(service->records);
	free(service);
}

const struct service *lighter_service_face(struct lighter_service *service)
{
	return &service->face;
}
