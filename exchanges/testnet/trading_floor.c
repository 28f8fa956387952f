#include "exchanges/testnet/floor_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_IN_MS INT64_C(1000000)

void floor_abort_without_memory(void)
{
	fputs("trading floor: out of memory\n", stderr);
	abort();
}

void *floor_grow(void *array, size_t count, size_t *capacity, size_t element)
{
	if (count < *capacity)
		return array;
	size_t grown = *capacity == 0 ? 16 : *capacity * 2;
	void *moved = realloc(array, grown * element);
	if (moved == NULL)
		floor_abort_without_memory();
	*capacity = grown;
	return moved;
}

/* ---- life --------------------------------------------------------------------------------------
 */

struct trading_floor *trading_floor_create(const struct trading_floor_options *options,
					   struct scheduler *scheduler,
					   struct instrument_table *instruments,
					   struct fault_plan *faults)
{
	assert(options->venue != 0 && options->default_leverage >= 1);
	assert(options->taker_delay_ns >= 0 && options->maker_delay_ns >= 0 &&
	       options->cancel_delay_ns >= 0);
	struct trading_floor *floor = calloc(1, sizeof(*floor));
	if (floor == NULL)
		return NULL;
	floor->options = *options;
	floor->scheduler = scheduler;
	floor->instruments = instruments;
	floor->faults = faults;
	floor->name = venue_name(instruments, options->venue);
	floor->books = market_state_create(instruments);
	floor->markets = calloc(INSTRUMENTS_MAX + 1, sizeof(struct floor_market *));
	if (floor->books == NULL || floor->markets == NULL) {
		trading_floor_free(floor);
		return NULL;
	}
	struct market_event clock = floor_event(floor, 0, EVENT_CLOCK);
	market_state_apply(floor->books, &clock);
	floor_arm_boundary(floor);
	return floor;
}

static void free_market(struct floor_market *market)
{
	if (market == NULL)
		return;
	order_book_free(market->outside);
	free(market->taken[SIDE_BUY].levels);
	free(market->taken[SIDE_SELL].levels);
	free(market->dirty[SIDE_BUY].levels);
	free(market->dirty[SIDE_SELL].levels);
	free(market->resting);
	free(market->trades);
	free(market->settled);
	free(market);
}

static void free_account(struct trading_floor *floor, struct floor_account_state *account)
{
	scheduler_cancel(floor->scheduler, account->dead_man);
	simulated_venue_free(account->venue);
	free(account->records);
	free(account->live);
	free(account->fills);
	free(account->payments);
}

static void free_records(struct trading_floor *floor)
{
	for (size_t i = 0; i < floor->order_count; i++) {
		struct floor_record *record = floor_record_at(floor, i + 1);
		scheduler_cancel(floor->scheduler, record->match);
		scheduler_cancel(floor->scheduler, record->cancel);
		scheduler_cancel(floor->scheduler, record->expiry);
	}
	for (size_t i = 0; i < floor->block_count; i++)
		free(floor->blocks[i]);
	free(floor->blocks);
}

void trading_floor_free(struct trading_floor *floor)
{
	if (floor == NULL)
		return;
	scheduler_cancel(floor->scheduler, floor->boundary);
	free_records(floor);
	for (size_t i = 0; i < floor->account_count; i++)
		free_account(floor, &floor->accounts[i]);
	for (size_t id = 0; floor->markets != NULL && id <= INSTRUMENTS_MAX; id++)
		free_market(floor->markets[id]);
	free(floor->markets);
	free(floor->taker_fills);
	free(floor->view.levels);
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		free(floor->inner[side].levels);
		free(floor->shown[side].levels);
	}
	market_state_free(floor->books);
	free(floor);
}

void trading_floor_set_events(struct trading_floor *floor, const struct floor_events *events,
			      void *user)
{
	floor->events = *events;
	floor->events_user = user;
}

/* ---- accounts ----------------------------------------------------------------------------------
 */

floor_account trading_floor_add_account(struct trading_floor *floor)
{
	assert(floor->account_count < FLOOR_ACCOUNTS_MAX);
	struct floor_account_state *account = &floor->accounts[floor->account_count];
	/* What takers take is taken from the book that all accounts see (floor_take). */
	struct simulated_venue_options options = {.venue = floor->options.venue,
						  .taker_model = TAKER_WALK,
						  .maker_model = MAKER_QUEUE_TRADES,
						  .default_leverage =
							  floor->options.default_leverage};
	account->floor = floor;
	account->number = (floor_account)floor->account_count;
	account->venue = simulated_venue_create(&options, floor->instruments, floor->books,
						floor_hear, account);
	if (account->venue == NULL)
		floor_abort_without_memory();
	floor->account_count++;
	return account->number;
}

bool trading_floor_deposit(struct trading_floor *floor, floor_account account, asset_id asset,
			   struct money amount)
{
	assert(account < floor->account_count);
	return simulated_venue_deposit(floor->accounts[account].venue, asset, amount,
				       scheduler_now(floor->scheduler));
}

size_t trading_floor_accounts(const struct trading_floor *floor)
{
	return floor->account_count;
}

/* ---- faults that last --------------------------------------------------------------------------
 */

struct fault_occasion floor_occasion(const struct trading_floor *floor, instrument_id id, int side,
				     const char *kind)
{
	struct fault_occasion occasion = {.venue = floor->name, .kind = kind};
	occasion.side = side == FAULT_BUY    ? FAULT_BUY
			: side == FAULT_SELL ? FAULT_SELL
					     : FAULT_ANY_SIDE;
	occasion.now_ns = scheduler_now(floor->scheduler);
	if (id != 0)
		occasion.symbol = instrument_get(floor->instruments, id)->symbol;
	return occasion;
}

bool trading_floor_down(struct trading_floor *floor)
{
	struct fault_occasion occasion = floor_occasion(floor, 0, FAULT_ANY_SIDE, NULL);
	bool down = fault_plan_strikes(floor->faults, "venue.down_ms", &occasion, NULL);
	return fault_plan_strikes(floor->faults, "net.down", &occasion, NULL) || down;
}

void floor_obey_conditions(struct trading_floor *floor)
{
	struct fault_occasion occasion = floor_occasion(floor, 0, FAULT_ANY_SIDE, NULL);
	int64_t skew_ns =
		fault_plan_number(floor->faults, "clock.skew_ms", &occasion, 0) * NS_IN_MS;
	if (skew_ns == floor->skew_ns)
		return;
	floor->skew_ns = skew_ns;
	struct market_event clock = floor_event(floor, 0, EVENT_CLOCK);
	clock.u.clock.offset_ns = skew_ns;
	floor_apply(floor, &clock);
	floor_arm_boundary(floor);
}

/* ---- the market --------------------------------------------------------------------------------
 */

struct floor_market *floor_market_open(struct trading_floor *floor, instrument_id id)
{
	if (id == 0 || id > instrument_count(floor->instruments) ||
	    instrument_get(floor->instruments, id)->venue != floor->options.venue)
		return NULL;
	if (floor->markets[id] != NULL)
		return floor->markets[id];
	struct floor_market *market = calloc(1, sizeof(*market));
	if (market == NULL)
		floor_abort_without_memory();
	market->id = id;
	market->instrument = instrument_get(floor->instruments, id);
	market->outside =
		order_book_create(instrument_latest(floor->instruments, id)->rules.tick.units);
	market->trades = calloc(FLOOR_TRADES_KEPT, sizeof(*market->trades));
	if (market->outside == NULL || market->trades == NULL)
		floor_abort_without_memory();
	floor->markets[id] = market;
	return market;
}

const struct floor_market *floor_market_find(const struct trading_floor *floor, instrument_id id)
{
	return id <= INSTRUMENTS_MAX ? floor->markets[id] : NULL;
}

struct market_event floor_event(const struct trading_floor *floor, instrument_id id,
				enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(floor->scheduler),
				     .exch_ns = trading_floor_venue_time(floor),
				     .instrument = id,
				     .venue = floor->options.venue,
				     .connection = 1,
				     .kind = (uint8_t)kind};
}

void floor_apply(struct trading_floor *floor, const struct market_event *event)
{
	market_state_apply(floor->books, event);
	for (size_t i = 0; i < floor->account_count; i++)
		simulated_venue_market(floor->accounts[i].venue, event, event->local_ns);
}

void floor_tell(struct trading_floor *floor, const struct market_event *event)
{
	if (floor->events.market)
		floor->events.market(floor->events_user, event);
}

/* Prices and quantities in the day's figures: what passes money is left out. */
static void add_to_day(struct floor_market *market, const struct market_event *trade)
{
	struct floor_day *day = &market->day;
	struct money value, price = price_e18(market->instrument, trade->u.trade.price);
	struct money base = {
		trade->u.trade.quantity.units *
		i128_power_of_ten(MONEY_DECIMALS - market->instrument->quantity_decimals)};
	if (contract_value(market->instrument, trade->u.trade.quantity, trade->u.trade.price,
			   &value))
		(void)!money_add(day->quote_volume, value, &day->quote_volume);
	(void)!money_add(day->base_volume, base, &day->base_volume);
	if (!market->day_known)
		day->open = day->high = day->low = price;
	market->day_known = true;
	if (price.e18 > day->high.e18)
		day->high = price;
	if (price.e18 < day->low.e18)
		day->low = price;
}

void floor_print(struct trading_floor *floor, struct floor_market *market,
		 const struct market_event *trade)
{
	market->trades[market->next_trade] = *trade;
	market->next_trade = (market->next_trade + 1) % FLOOR_TRADES_KEPT;
	if (market->trade_count < FLOOR_TRADES_KEPT)
		market->trade_count++;
	add_to_day(market, trade);
	floor_tell(floor, trade);
}

void trading_floor_set_day(struct trading_floor *floor, instrument_id instrument,
			   const struct floor_day *day)
{
	struct floor_market *market = floor_market_open(floor, instrument);
	assert(market != NULL);
	market->day = *day;
	market->day_known = true;
}

void trading_floor_market(struct trading_floor *floor, const struct market_event *event)
{
	assert(event->local_ns == scheduler_now(floor->scheduler));
	enum market_event_kind kind = (enum market_event_kind)event->kind;
	if (event->venue != floor->options.venue)
		return;
	floor_obey_conditions(floor);
	struct floor_market *market = floor_market_open(floor, event->instrument);
	if (market == NULL)
		return;
	struct market_event own = *event;
	own.exch_ns = trading_floor_venue_time(floor);
	own.connection = 1;
	switch (kind) {
	case EVENT_BOOK:
		floor_book_event(floor, market, &own);
		break;
	case EVENT_TRADE:
		own.u.trade.id = ++floor->last_trade;
		floor_apply(floor, &own);
		floor_print(floor, market, &own);
		break;
	case EVENT_MARK:
		floor_apply(floor, &own);
		floor_tell(floor, &own);
		floor_drill(floor, market);
		break;
	case EVENT_FUNDING:
		floor_apply(floor, &own);
		floor_funding_event(floor, market, &own);
		floor_tell(floor, &own);
		break;
	case EVENT_OPEN_INTEREST:
		market->day.open_interest = own.u.open_interest.quantity;
		floor_tell(floor, &own);
		break;
	case EVENT_INSTRUMENT:
		floor_apply(floor, &own);
		floor_arm_boundary(floor);
		floor_tell(floor, &own);
		break;
	case EVENT_BBO:
	case EVENT_CANDLE:
	case EVENT_CONNECTION:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		break;
	}
	floor_flush(floor);
}
