/* The objects that REST and streams share: Order, Trade, Position, asset, market_stats (§1.6 to
 * §1.9, §2.4). */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USDC_ASSET_ID 3
#define USDC_DECIMALS 6
#define SOMEBODY      INT64_C(281474976700091) /* who trades against our accounts */
#define OTHERS	      (INT64_C(1) << 46)       /* their order indices are none of ours */
#define FIRST_BLOCK_S INT64_C(1560000000)

static int64_t block_height(int64_t venue_ns)
{
	return venue_ns / NS_PER_SECOND - FIRST_BLOCK_S;
}

static int64_t big_ids(struct lighter_service *service)
{
	return served_strikes(service, "json.bigid", NULL) ? SERVED_BIG_INDEX : 0;
}

/* ---- Order ----------------------------------------------------------------------------------- */

static const char *type_word(int64_t type)
{
	static const char *const WORDS[] = {"limit",	   "market",
					    "stop-loss",   "stop-loss-limit",
					    "take-profit", "take-profit-limit",
					    "twap"};
	return WORDS[type];
}

static const char *force_word(int64_t force)
{
	static const char *const WORDS[] = {"immediate-or-cancel", "good-till-time", "post-only"};
	return WORDS[force];
}

static void put_order_amounts(struct lighter_service *service, struct served_text *text,
			      const struct served_order *order, struct quantity executed)
{
	const struct instrument *instrument = served_instrument(service, order->market);
	unsigned decimals = instrument->quantity_decimals;
	int64_t remaining = order->base - executed.units;
	reply_decimal(text, "remaining_base_amount", remaining, decimals);
	reply_bool(text, "is_ask", order->is_ask);
	reply_integer(text, "base_size", remaining);
	reply_integer(text, "base_price", order->price);
	reply_decimal(text, "filled_base_amount", executed.units, decimals);
	reply_money(text, "filled_quote_amount", order->executed_quote,
		    served_quote_decimals(instrument));
}

static void put_order_links(struct served_text *text)
{
	static const char *const LINKS[] = {
		"parent_order_id",	"to_trigger_order_id_0",	  "to_trigger_order_id_1",
		"to_cancel_order_id_0", "integrator_fee_collector_index", "integrator_taker_fee",
		"integrator_maker_fee"};
	reply_text(text, "trigger_status", "na");
	reply_integer(text, "trigger_time", 0);
	reply_integer(text, "parent_order_index", 0);
	for (size_t i = 0; i < sizeof(LINKS) / sizeof(LINKS[0]); i++)
		reply_text(text, LINKS[i], "0");
	reply_integer(text, "order_flags", 0);
}

void served_put_order(struct lighter_service *service, struct served_text *text,
		      const struct served_order *order, bool spoilable)
{
	const struct instrument *instrument = served_instrument(service, order->market);
	struct quantity executed = order->executed;
	char alien[FAULT_VALUE_MAX + 1];
	const char *status = order->status;
	int side = order->is_ask ? FAULT_SELL : FAULT_BUY;
	if (spoilable && executed.units > 0 &&
	    served_strikes_in(service, "ord.cum_shrink", order->market, side, NULL))
		executed.units /= 2;
	if (spoilable && served_strikes_in(service, "ord.status", order->market, side, alien))
		status = alien;
	reply_open(text, NULL, '{');
	reply_integer(text, "order_index", order->index);
	reply_integer(text, "client_order_index", order->client_index);
	reply_integer_text(text, "order_id", order->index);
	reply_integer_text(text, "client_order_id", order->client_index);
	reply_integer(text, "market_index", order->market);
	reply_integer(text, "owner_account_index", service->accounts[order->account].index);
	reply_decimal(text, "initial_base_amount", order->base, instrument->quantity_decimals);
	reply_decimal(text, "price", order->price, instrument->price_decimals);
	reply_integer(text, "nonce", order->engine_nonce);
	put_order_amounts(service, text, order, executed);
	reply_text(text, "side", order->is_ask ? "sell" : "buy");
	reply_text(text, "type", type_word(order->type));
	reply_text(text, "time_in_force", force_word(order->time_in_force));
	reply_bool(text, "reduce_only", order->reduce_only);
	reply_decimal(text, "trigger_price", 0, 1);
	reply_integer(text, "order_expiry", order->expiry_ms);
	reply_text(text, "status", status);
	put_order_links(text);
	reply_integer(text, "block_height", block_height(order->updated_ns));
	reply_integer(text, "timestamp", order->created_ns / NS_PER_MS);
	reply_integer(text, "created_at", order->created_ns / NS_PER_MS);
	reply_integer(text, "updated_at", order->updated_ns / NS_PER_MS);
	reply_integer(text, "transaction_time", order->updated_ns / NS_PER_US);
	reply_close(text, '}');
}

/* ---- Trade ----------------------------------------------------------------------------------- */

struct trade_party {
	int64_t order, client, account;
};

static void put_trade_head(struct lighter_service *service, struct served_text *text,
			   unsigned market, int64_t id, const char *type, struct price price,
			   struct quantity quantity, int64_t venue_ns)
{
	const struct instrument *instrument = served_instrument(service, market);
	struct money value = {0};
	uint8_t hash[TX_HASH_BYTES] = {0};
	char hex[TX_HASH_HEX + 1];
	for (unsigned i = 0; i < 8; i++)
		hash[TX_HASH_BYTES - 1 - i] = (uint8_t)(id >> (8 * i));
	served_hex(hash, TX_HASH_BYTES, hex);
	(void)!contract_value(instrument, quantity, price, &value);
	reply_integer(text, "trade_id", id);
	reply_integer_text(text, "trade_id_str", id);
	reply_text(text, "tx_hash", hex);
	reply_text(text, "type", type);
	reply_integer(text, "market_id", market);
	reply_decimal(text, "size", quantity.units, instrument->quantity_decimals);
	reply_decimal(text, "price", price.units, instrument->price_decimals);
	reply_money(text, "usd_amount", value, served_quote_decimals(instrument));
	(void)venue_ns;
}

static void put_trade_parties(struct served_text *text, const struct trade_party *ask,
			      const struct trade_party *bid, bool is_maker_ask, int64_t venue_ns)
{
	reply_integer(text, "ask_id", ask->order);
	reply_integer_text(text, "ask_id_str", ask->order);
	reply_integer(text, "bid_id", bid->order);
	reply_integer_text(text, "bid_id_str", bid->order);
	reply_integer(text, "ask_client_id", ask->client);
	reply_integer_text(text, "ask_client_id_str", ask->client);
	reply_integer(text, "bid_client_id", bid->client);
	reply_integer_text(text, "bid_client_id_str", bid->client);
	reply_integer(text, "ask_account_id", ask->account);
	reply_integer(text, "bid_account_id", bid->account);
	reply_bool(text, "is_maker_ask", is_maker_ask);
	reply_integer(text, "block_height", block_height(venue_ns));
	reply_integer(text, "timestamp", venue_ns / NS_PER_MS);
	reply_integer(text, "transaction_time", venue_ns / NS_PER_US);
}

void served_put_public_trade(struct lighter_service *service, struct served_text *text,
			     unsigned market, const struct market_event *event)
{
	int64_t id = (int64_t)event->u.trade.id + (big_ids(service) >> 5);
	struct trade_party ask = {SERVED_SERVER_INDEX + OTHERS + id, 0, SOMEBODY};
	struct trade_party bid = {2 * SERVED_SERVER_INDEX + OTHERS + id, 0, SOMEBODY + 1};
	reply_open(text, NULL, '{');
	put_trade_head(service, text, market, id, "trade", event->u.trade.price,
		       event->u.trade.quantity, event->exch_ns);
	put_trade_parties(text, &ask, &bid, event->u.trade.taker_side == SIDE_BUY, event->exch_ns);
	reply_close(text, '}');
}

int64_t served_fill_trade_id(const struct lighter_service *service, const struct floor_fill *fill)
{
	(void)service;
	return (int64_t)fill->trade_number;
}

/* In 10^-6 of notional, as trades show it (§1.6); 0 is left out. */
static void put_fee(struct served_text *text, const char *key, struct rate rate)
{
	int64_t ticks = (int64_t)served_rounded(rate.e18, 6);
	if (ticks != 0)
		reply_integer(text, key, ticks);
}

static void put_before(struct lighter_service *service, struct served_text *text, unsigned market,
		       const struct floor_fill *fill, const char *role)
{
	const struct instrument *instrument = served_instrument(service, market);
	char key[48];
	int64_t before = fill->position_before.units;
	int64_t signed_size = fill->side == SIDE_BUY ? fill->quantity.units : -fill->quantity.units;
	int64_t after = before + signed_size;
	if (before != 0) {
		snprintf(key, sizeof(key), "%s_position_size_before", role);
		reply_decimal(text, key, before, instrument->quantity_decimals);
	}
	snprintf(key, sizeof(key), "%s_initial_margin_fraction_before", role);
	reply_integer(
		text, key,
		10000 / trading_floor_leverage(service->floor, fill->account, fill->instrument));
	if ((before > 0 && after <= 0) || (before < 0 && after >= 0) ||
	    (before == 0 && after != 0)) {
		snprintf(key, sizeof(key), "%s_position_sign_changed", role);
		reply_bool(text, key, true);
	}
}

void served_put_fill(struct lighter_service *service, struct served_text *text,
		     const struct floor_fill *fill, bool with_fees)
{
	unsigned market = 0;
	(void)!served_find_market(service, fill->instrument, &market);
	const struct instrument_revision *revision =
		instrument_revision_at(service->instruments, fill->instrument, fill->venue_ns);
	const struct served_order *order =
		fill->order != NULL ? served_order_by_floor(service, fill->order->number) : NULL;
	int64_t id = served_fill_trade_id(service, fill) + (big_ids(service) >> 5);
	struct trade_party own = {order != NULL ? order->index : 0,
				  order != NULL ? order->client_index : 0,
				  service->accounts[fill->account].index};
	struct trade_party other = {
		(fill->side == SIDE_BUY ? 1 : 2) * SERVED_SERVER_INDEX + OTHERS + id, 0, SOMEBODY};
	bool sells = fill->side == SIDE_SELL;
	const char *type = fill->order != NULL ? "trade"
			   : fill->liquidation ? "liquidation"
					       : "deleverage";
	reply_open(text, NULL, '{');
	put_trade_head(service, text, market, id, type, fill->price, fill->quantity,
		       fill->venue_ns);
	put_trade_parties(text, sells ? &own : &other, sells ? &other : &own, sells == fill->maker,
			  fill->venue_ns);
	if (with_fees) {
		put_fee(text, "taker_fee", revision->fees.taker);
		put_fee(text, "maker_fee", revision->fees.maker);
	}
	put_before(service, text, market, fill, fill->maker ? "maker" : "taker");
	reply_close(text, '}');
}

/* ---- Position, asset ------------------------------------------------------------------------- */

struct floor_position served_position(const struct lighter_service *service, unsigned account,
				      unsigned market, int64_t lag_ns)
{
	const struct served_tally *tally = &service->accounts[account].tallies[market];
	int64_t then_ns = scheduler_now(service->scheduler) - lag_ns;
	struct floor_position flat = {
		.leverage = trading_floor_leverage(service->floor, account,
						   service->markets[market].instrument)};
	if (lag_ns == 0)
		return trading_floor_position(service->floor, account,
					      service->markets[market].instrument);
	uint64_t oldest = tally->past_count > SERVED_PASTS ? tally->past_count - SERVED_PASTS : 0;
	for (uint64_t i = tally->past_count; i > oldest; i--) {
		const struct served_past *past = &tally->pasts[(i - 1) % SERVED_PASTS];
		if (past->local_ns <= then_ns)
			return past->position;
	}
	return flat;
}

void served_remember_position(struct lighter_service *service, unsigned account, unsigned market)
{
	struct served_tally *tally = &service->accounts[account].tallies[market];
	if (tally->pasts == NULL)
		tally->pasts = calloc(SERVED_PASTS, sizeof(*tally->pasts));
	if (tally->pasts == NULL)
		abort();
	tally->pasts[tally->past_count++ % SERVED_PASTS] =
		(struct served_past){scheduler_now(service->scheduler),
				     trading_floor_position(service->floor, account,
							    service->markets[market].instrument)};
}

bool served_has_position_row(const struct lighter_service *service, unsigned account,
			     unsigned market)
{
	return service->accounts[account].tallies[market].touched ||
	       trading_floor_position(service->floor, account, service->markets[market].instrument)
			       .quantity.units != 0;
}

void served_put_position(struct lighter_service *service, struct served_text *text, const char *key,
			 unsigned account, unsigned market, int64_t lag_ns)
{
	const struct instrument *instrument = served_instrument(service, market);
	const struct served_tally *tally = &service->accounts[account].tallies[market];
	struct floor_position position = served_position(service, account, market, lag_ns);
	int64_t units = position.quantity.units;
	int32_t leverage = position.leverage > 0 ? position.leverage : 1;
	i128 fraction = tally->margin_fraction > 0 ? tally->margin_fraction
						   : served_rounded(MONEY_ONE * 100 / leverage, 2);
	reply_open(text, key, '{');
	reply_integer(text, "market_id", market);
	reply_text(text, "symbol", instrument->symbol);
	reply_decimal(text, "initial_margin_fraction", fraction, 2);
	reply_integer(text, "open_order_count", tally->open_orders);
	reply_integer(text, "pending_order_count", 0);
	reply_integer(text, "position_tied_order_count", 0);
	reply_integer(text, "sign", units < 0 ? -1 : 1);
	reply_decimal(text, "position", units < 0 ? -units : units, instrument->quantity_decimals);
	reply_money(text, "avg_entry_price", position.entry, instrument->price_decimals);
	reply_money(text, "position_value", position.value, USDC_DECIMALS);
	reply_money(text, "unrealized_pnl", position.unrealised, USDC_DECIMALS);
	reply_money(text, "realized_pnl", tally->realised, USDC_DECIMALS);
	reply_money(text, "liquidation_price",
		    position.liquidation_known ? position.liquidation : (struct money){0},
		    instrument->price_decimals);
	/* May be missing: §1.8. */
	if (tally->funding.e18 != 0)
		reply_money(text, "total_funding_paid_out", money_negate(tally->funding),
			    USDC_DECIMALS);
	reply_integer(text, "margin_mode", 0);
	reply_integer(text, "margin_set_flag", 1);
	reply_text(text, "allocated_margin", "0.000000");
	reply_text(text, "total_discount", "0.000000");
	reply_close(text, '}');
}

void served_put_asset(struct lighter_service *service, struct served_text *text, const char *key,
		      unsigned account)
{
	struct floor_balance balance = trading_floor_balance(service->floor, account);
	reply_open(text, key, '{');
	reply_text(text, "symbol", "USDC");
	reply_integer(text, "asset_id", USDC_ASSET_ID);
	reply_text(text, "balance", "0.000000");
	reply_text(text, "locked_balance", "0.000000");
	reply_text(text, "margin_mode", "enabled");
	reply_money(text, "margin_balance", balance.balance, USDC_DECIMALS);
	reply_close(text, '}');
}

/* a / b with 2 decimals, "0.00" where b is none. */
static void put_share(struct served_text *text, const char *key, i128 a, i128 b, int64_t scale)
{
	i128 share = 0;
	if (b <= 0 || !mul_div(a, scale * 100, b, ROUND_HALF_EVEN, &share))
		share = 0;
	reply_decimal(text, key, share, 2);
}

static void put_stats(struct served_text *text, const char *key,
		      const struct floor_balance *balance)
{
	if (key != NULL)
		reply_open(text, key, '{');
	reply_money(text, "collateral", balance->balance, USDC_DECIMALS);
	reply_money(text, "portfolio_value", balance->equity, USDC_DECIMALS);
	put_share(text, "leverage", balance->notional.e18, balance->equity.e18, 1);
	reply_money(text, "available_balance", balance->available, USDC_DECIMALS);
	put_share(text, "margin_usage", balance->margin_used.e18, balance->equity.e18, 100);
	reply_money(text, "buying_power", balance->available, USDC_DECIMALS);
	if (key != NULL)
		reply_close(text, '}');
}

void served_put_user_stats(struct lighter_service *service, struct served_text *text,
			   unsigned account)
{
	struct floor_balance balance = trading_floor_balance(service->floor, account);
	reply_open(text, "stats", '{');
	put_stats(text, NULL, &balance);
	put_stats(text, "cross_stats", &balance);
	put_stats(text, "total_stats", &balance);
	reply_close(text, '}');
}

/* ---- market_stats ---------------------------------------------------------------------------- */

static void put_open_interest(struct served_text *text, const struct instrument *instrument,
			      const struct floor_day *day, struct money mark)
{
	struct money value = {0};
	if (mark.e18 > 0)
		(void)!contract_value_e18(instrument, day->open_interest, mark, &value);
	reply_money(text, "open_interest", value, USDC_DECIMALS);
	reply_text(text, "open_interest_limit", "72057594037927936.000000");
}

void served_put_funding_rate(struct served_text *text, const char *key, struct rate rate)
{
	i128 percent = (i128)rate.e18 * 100;
	unsigned decimals = 4;
	while (decimals < MONEY_DECIMALS &&
	       percent % i128_power_of_ten(MONEY_DECIMALS - decimals) != 0)
		decimals++;
	reply_decimal(text, key, served_rounded(percent, decimals), decimals);
}

static void put_funding(struct lighter_service *service, struct served_text *text,
			const struct instrument *instrument)
{
	const struct funding_state *funding =
		market_state_funding(trading_floor_books(service->floor), instrument->id);
	const struct rate none = {0};
	int64_t boundary_ns = funding->settled_known ? funding->settled_boundary_ns : 0;
	reply_text(text, "funding_clamp_small", "0.0500");
	reply_text(text, "funding_clamp_big", "4.0000");
	reply_text(text, "base_interest_rate", "0.0100");
	served_put_funding_rate(text, "current_funding_rate",
				funding->rate_known ? funding->rate : none);
	served_put_funding_rate(text, "funding_rate",
				funding->settled_known ? funding->settled_rate : none);
	reply_integer(text, "funding_timestamp", boundary_ns / NS_PER_MS + 1);
}

void served_put_market_stats(struct lighter_service *service, struct served_text *text,
			     const char *key, unsigned index)
{
	const struct served_market *market = &service->markets[index];
	const struct instrument *instrument = served_instrument(service, index);
	const struct mark_state *mark =
		market_state_mark(trading_floor_books(service->floor), instrument->id);
	struct floor_day day = trading_floor_day(service->floor, instrument->id);
	struct money last = price_e18(instrument, market->last_trade);
	struct book_level bid = {0}, ask = {0};
	i128 change = 0;
	unsigned decimals = instrument->price_decimals;
	(void)trading_floor_depth(service->floor, instrument->id, SIDE_BUY, &bid, 1);
	(void)trading_floor_depth(service->floor, instrument->id, SIDE_SELL, &ask, 1);
	reply_open(text, key, '{');
	reply_text(text, "symbol", instrument->symbol);
	reply_integer(text, "market_id", index);
	reply_money(text, "index_price", mark->index, decimals);
	reply_money(text, "mark_price", mark->mark, decimals);
	reply_money(text, "mid_price",
		    bid.price.units > 0 && ask.price.units > 0
			    ? mid_e18(instrument, bid.price, ask.price)
			    : (struct money){0},
		    decimals);
	reply_decimal(text, "best_ask_price", ask.price.units, decimals);
	reply_decimal(text, "best_bid_price", bid.price.units, decimals);
	put_open_interest(text, instrument, &day, mark->mark);
	put_funding(service, text, instrument);
	reply_decimal(text, "last_trade_price", market->last_trade.units, decimals);
	reply_money_number(text, "daily_base_token_volume", day.base_volume, 8);
	reply_money_number(text, "daily_quote_token_volume", day.quote_volume, 6);
	reply_money_number(text, "daily_price_low", day.low, 8);
	reply_money_number(text, "daily_price_high", day.high, 8);
	if (day.open.e18 <= 0 || !mul_div(last.e18 - day.open.e18, MONEY_ONE * 100, day.open.e18,
					  ROUND_HALF_EVEN, &change))
		change = 0;
	reply_number(text, "daily_price_change", served_rounded(change, 4), 4);
	reply_close(text, '}');
}
