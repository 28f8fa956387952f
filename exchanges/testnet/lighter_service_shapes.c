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
	return lighter_strikes(service, "json.bigid", NULL) ? LIGHTER_BIG_INDEX : 0;
}

/* ---- Order -------------------------------------------------------------------------------------
 */

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

static void put_order_amounts(struct lighter_service *service, struct lighter_text *text,
			      const struct lighter_order *order, struct quantity executed)
{
	const struct instrument *instrument = lighter_instrument(service, order->market);
	unsigned decimals = instrument->quantity_decimals;
	int64_t remaining = order->base - executed.units;
	put_decimal(text, "remaining_base_amount", remaining, decimals);
	put_bool(text, "is_ask", order->is_ask);
	put_integer(text, "base_size", remaining);
	put_integer(text, "base_price", order->price);
	put_decimal(text, "filled_base_amount", executed.units, decimals);
	put_money(text, "filled_quote_amount", order->executed_quote,
		  lighter_quote_decimals(instrument));
}

static void put_order_links(struct lighter_text *text)
{
	static const char *const LINKS[] = {
		"parent_order_id",	"to_trigger_order_id_0",	  "to_trigger_order_id_1",
		"to_cancel_order_id_0", "integrator_fee_collector_index", "integrator_taker_fee",
		"integrator_maker_fee"};
	put_text(text, "trigger_status", "na");
	put_integer(text, "trigger_time", 0);
	put_integer(text, "parent_order_index", 0);
	for (size_t i = 0; i < sizeof(LINKS) / sizeof(LINKS[0]); i++)
		put_text(text, LINKS[i], "0");
	put_integer(text, "order_flags", 0);
}

void lighter_put_order(struct lighter_service *service, struct lighter_text *text,
		       const struct lighter_order *order, bool spoilable)
{
	const struct instrument *instrument = lighter_instrument(service, order->market);
	struct quantity executed = order->executed;
	char alien[FAULT_VALUE_MAX + 1];
	const char *status = order->status;
	if (spoilable && executed.units > 0 && lighter_strikes(service, "ord.cum_shrink", NULL))
		executed.units /= 2;
	if (spoilable && lighter_strikes(service, "ord.status", alien))
		status = alien;
	put_open(text, NULL, '{');
	put_integer(text, "order_index", order->index);
	put_integer(text, "client_order_index", order->client_index);
	put_integer_text(text, "order_id", order->index);
	put_integer_text(text, "client_order_id", order->client_index);
	put_integer(text, "market_index", order->market);
	put_integer(text, "owner_account_index", service->accounts[order->account].index);
	put_decimal(text, "initial_base_amount", order->base, instrument->quantity_decimals);
	put_decimal(text, "price", order->price, instrument->price_decimals);
	put_integer(text, "nonce", order->engine_nonce);
	put_order_amounts(service, text, order, executed);
	put_text(text, "side", order->is_ask ? "sell" : "buy");
	put_text(text, "type", type_word(order->type));
	put_text(text, "time_in_force", force_word(order->time_in_force));
	put_bool(text, "reduce_only", order->reduce_only);
	put_decimal(text, "trigger_price", 0, 1);
	put_integer(text, "order_expiry", order->expiry_ms);
	put_text(text, "status", status);
	put_order_links(text);
	put_integer(text, "block_height", block_height(order->updated_ns));
	put_integer(text, "timestamp", order->created_ns / NS_PER_MS);
	put_integer(text, "created_at", order->created_ns / NS_PER_MS);
	put_integer(text, "updated_at", order->updated_ns / NS_PER_MS);
	put_integer(text, "transaction_time", order->updated_ns / NS_PER_US);
	put_close(text, '}');
}

/* ---- Trade -------------------------------------------------------------------------------------
 */

struct trade_party {
	int64_t order, client, account;
};

static void put_trade_head(struct lighter_service *service, struct lighter_text *text,
			   unsigned market, int64_t id, const char *type, struct price price,
			   struct quantity quantity, int64_t venue_ns)
{
	const struct instrument *instrument = lighter_instrument(service, market);
	struct money value = {0};
	uint8_t hash[TX_HASH_BYTES] = {0};
	char hex[TX_HASH_HEX + 1];
	for (unsigned i = 0; i < 8; i++)
		hash[TX_HASH_BYTES - 1 - i] = (uint8_t)(id >> (8 * i));
	lighter_hex(hash, TX_HASH_BYTES, hex);
	(void)!contract_value(instrument, quantity, price, &value);
	put_integer(text, "trade_id", id);
	put_integer_text(text, "trade_id_str", id);
	put_text(text, "tx_hash", hex);
	put_text(text, "type", type);
	put_integer(text, "market_id", market);
	put_decimal(text, "size", quantity.units, instrument->quantity_decimals);
	put_decimal(text, "price", price.units, instrument->price_decimals);
	put_money(text, "usd_amount", value, lighter_quote_decimals(instrument));
	(void)venue_ns;
}

static void put_trade_parties(struct lighter_text *text, const struct trade_party *ask,
			      const struct trade_party *bid, bool is_maker_ask, int64_t venue_ns)
{
	put_integer(text, "ask_id", ask->order);
	put_integer_text(text, "ask_id_str", ask->order);
	put_integer(text, "bid_id", bid->order);
	put_integer_text(text, "bid_id_str", bid->order);
	put_integer(text, "ask_client_id", ask->client);
	put_integer_text(text, "ask_client_id_str", ask->client);
	put_integer(text, "bid_client_id", bid->client);
	put_integer_text(text, "bid_client_id_str", bid->client);
	put_integer(text, "ask_account_id", ask->account);
	put_integer(text, "bid_account_id", bid->account);
	put_bool(text, "is_maker_ask", is_maker_ask);
	put_integer(text, "block_height", block_height(venue_ns));
	put_integer(text, "timestamp", venue_ns / NS_PER_MS);
	put_integer(text, "transaction_time", venue_ns / NS_PER_US);
}

void lighter_put_public_trade(struct lighter_service *service, struct lighter_text *text,
			      unsigned market, const struct market_event *event)
{
	int64_t id = (int64_t)event->u.trade.id + (big_ids(service) >> 5);
	struct trade_party ask = {LIGHTER_SERVER_INDEX + OTHERS + id, 0, SOMEBODY};
	struct trade_party bid = {2 * LIGHTER_SERVER_INDEX + OTHERS + id, 0, SOMEBODY + 1};
	put_open(text, NULL, '{');
	put_trade_head(service, text, market, id, "trade", event->u.trade.price,
		       event->u.trade.quantity, event->exch_ns);
	put_trade_parties(text, &ask, &bid, event->u.trade.taker_side == SIDE_BUY, event->exch_ns);
	put_close(text, '}');
}

int64_t lighter_fill_trade_id(const struct lighter_service *service, const struct floor_fill *fill)
{
	(void)service;
	return (int64_t)fill->trade_number;
}

/* In 10^-6 of notional, as trades show it (§1.6); 0 is left out. */
static void put_fee(struct lighter_text *text, const char *key, struct rate rate)
{
	int64_t ticks = (int64_t)rounded_to(rate.e18, 6);
	if (ticks != 0)
		put_integer(text, key, ticks);
}

static void put_before(struct lighter_service *service, struct lighter_text *text, unsigned market,
		       const struct floor_fill *fill, const char *role)
{
	const struct instrument *instrument = lighter_instrument(service, market);
	char key[48];
	int64_t before = fill->position_before.units;
	int64_t signed_size = fill->side == SIDE_BUY ? fill->quantity.units : -fill->quantity.units;
	int64_t after = before + signed_size;
	if (before != 0) {
		snprintf(key, sizeof(key), "%s_position_size_before", role);
		put_decimal(text, key, before, instrument->quantity_decimals);
	}
	snprintf(key, sizeof(key), "%s_initial_margin_fraction_before", role);
	put_integer(
		text, key,
		10000 / trading_floor_leverage(service->floor, fill->account, fill->instrument));
	if ((before > 0 && after <= 0) || (before < 0 && after >= 0) ||
	    (before == 0 && after != 0)) {
		snprintf(key, sizeof(key), "%s_position_sign_changed", role);
		put_bool(text, key, true);
	}
}

void lighter_put_fill(struct lighter_service *service, struct lighter_text *text,
		      const struct floor_fill *fill, bool with_fees)
{
	unsigned market = 0;
	(void)!lighter_find_market(service, fill->instrument, &market);
	const struct instrument_revision *revision =
		instrument_revision_at(service->instruments, fill->instrument, fill->venue_ns);
	const struct lighter_order *order =
		fill->order != NULL ? lighter_order_by_floor(service, fill->order->number) : NULL;
	int64_t id = lighter_fill_trade_id(service, fill) + (big_ids(service) >> 5);
	struct trade_party own = {order != NULL ? order->index : 0,
				  order != NULL ? order->client_index : 0,
				  service->accounts[fill->account].index};
	struct trade_party other = {
		(fill->side == SIDE_BUY ? 1 : 2) * LIGHTER_SERVER_INDEX + OTHERS + id, 0, SOMEBODY};
	bool sells = fill->side == SIDE_SELL;
	const char *type = fill->order != NULL ? "trade"
			   : fill->liquidation ? "liquidation"
					       : "deleverage";
	put_open(text, NULL, '{');
	put_trade_head(service, text, market, id, type, fill->price, fill->quantity,
		       fill->venue_ns);
	put_trade_parties(text, sells ? &own : &other, sells ? &other : &own, sells == fill->maker,
			  fill->venue_ns);
	if (with_fees) {
		put_fee(text, "taker_fee", revision->fees.taker);
		put_fee(text, "maker_fee", revision->fees.maker);
	}
	put_before(service, text, market, fill, fill->maker ? "maker" : "taker");
	put_close(text, '}');
}

/* ---- Position, asset ---------------------------------------------------------------------------
 */

bool lighter_has_position_row(const struct lighter_service *service, unsigned account,
			      unsigned market)
{
	return service->accounts[account].tallies[market].touched ||
	       trading_floor_position(service->floor, account, service->markets[market].instrument)
			       .quantity.units != 0;
}

void lighter_put_position(struct lighter_service *service, struct lighter_text *text,
			  const char *key, unsigned account, unsigned market)
{
	const struct instrument *instrument = lighter_instrument(service, market);
	const struct lighter_tally *tally = &service->accounts[account].tallies[market];
	struct floor_position position =
		trading_floor_position(service->floor, account, instrument->id);
	int64_t units = position.quantity.units;
	int32_t leverage = position.leverage > 0 ? position.leverage : 1;
	i128 fraction = rounded_to(MONEY_ONE * 100 / leverage, 2);
	put_open(text, key, '{');
	put_integer(text, "market_id", market);
	put_text(text, "symbol", instrument->symbol);
	put_decimal(text, "initial_margin_fraction", fraction, 2);
	put_integer(text, "open_order_count", tally->open_orders);
	put_integer(text, "pending_order_count", 0);
	put_integer(text, "position_tied_order_count", 0);
	put_integer(text, "sign", units < 0 ? -1 : 1);
	put_decimal(text, "position", units < 0 ? -units : units, instrument->quantity_decimals);
	put_money(text, "avg_entry_price", position.entry, instrument->price_decimals);
	put_money(text, "position_value", position.value, USDC_DECIMALS);
	put_money(text, "unrealized_pnl", position.unrealised, USDC_DECIMALS);
	put_money(text, "realized_pnl", tally->realised, USDC_DECIMALS);
	put_money(text, "liquidation_price",
		  position.liquidation_known ? position.liquidation : (struct money){0},
		  instrument->price_decimals);
	/* May be missing: §1.8. */
	if (tally->funding.e18 != 0)
		put_money(text, "total_funding_paid_out", money_negate(tally->funding),
			  USDC_DECIMALS);
	put_integer(text, "margin_mode", 0);
	put_integer(text, "margin_set_flag", 1);
	put_text(text, "allocated_margin", "0.000000");
	put_text(text, "total_discount", "0.000000");
	put_close(text, '}');
}

void lighter_put_asset(struct lighter_service *service, struct lighter_text *text, const char *key,
		       unsigned account)
{
	struct floor_balance balance = trading_floor_balance(service->floor, account);
	put_open(text, key, '{');
	put_text(text, "symbol", "USDC");
	put_integer(text, "asset_id", USDC_ASSET_ID);
	put_text(text, "balance", "0.000000");
	put_text(text, "locked_balance", "0.000000");
	put_text(text, "margin_mode", "enabled");
	put_money(text, "margin_balance", balance.balance, USDC_DECIMALS);
	put_close(text, '}');
}

/* a / b with 2 decimals, "0.00" where b is none. */
static void put_share(struct lighter_text *text, const char *key, i128 a, i128 b, int64_t scale)
{
	i128 share = 0;
	if (b <= 0 || !mul_div(a, scale * 100, b, ROUND_HALF_EVEN, &share))
		share = 0;
	put_decimal(text, key, share, 2);
}

static void put_stats(struct lighter_text *text, const char *key,
		      const struct floor_balance *balance)
{
	if (key != NULL)
		put_open(text, key, '{');
	put_money(text, "collateral", balance->balance, USDC_DECIMALS);
	put_money(text, "portfolio_value", balance->equity, USDC_DECIMALS);
	put_share(text, "leverage", balance->notional.e18, balance->equity.e18, 1);
	put_money(text, "available_balance", balance->available, USDC_DECIMALS);
	put_share(text, "margin_usage", balance->margin_used.e18, balance->equity.e18, 100);
	put_money(text, "buying_power", balance->available, USDC_DECIMALS);
	if (key != NULL)
		put_close(text, '}');
}

void lighter_put_user_stats(struct lighter_service *service, struct lighter_text *text,
			    unsigned account)
{
	struct floor_balance balance = trading_floor_balance(service->floor, account);
	put_open(text, "stats", '{');
	put_stats(text, NULL, &balance);
	put_stats(text, "cross_stats", &balance);
	put_stats(text, "total_stats", &balance);
	put_close(text, '}');
}

/* ---- market_stats ------------------------------------------------------------------------------
 */

static void put_open_interest(struct lighter_text *text, const struct instrument *instrument,
			      const struct floor_day *day, struct money mark)
{
	struct money value = {0};
	if (mark.e18 > 0)
		(void)!contract_value_e18(instrument, day->open_interest, mark, &value);
	put_money(text, "open_interest", value, USDC_DECIMALS);
	put_text(text, "open_interest_limit", "72057594037927936.000000");
}

static void put_funding(struct lighter_service *service, struct lighter_text *text,
			const struct instrument *instrument)
{
	const struct funding_state *funding =
		market_state_funding(trading_floor_books(service->floor), instrument->id);
	const struct instrument_revision *revision =
		instrument_latest(service->instruments, instrument->id);
	i128 coming =
		funding->rate_known ? lighter_percent_per_hour_e18(revision, funding->rate) : 0;
	i128 last = funding->settled_known
			    ? lighter_percent_per_hour_e18(revision, funding->settled_rate)
			    : 0;
	int64_t boundary_ns = funding->settled_known ? funding->settled_boundary_ns : 0;
	put_text(text, "funding_clamp_small", "0.0500");
	put_text(text, "funding_clamp_big", "4.0000");
	put_text(text, "base_interest_rate", "0.0100");
	put_decimal(text, "current_funding_rate", rounded_to(coming, 8), 8);
	put_decimal(text, "funding_rate", rounded_to(last, 8), 8);
	put_integer(text, "funding_timestamp", boundary_ns / NS_PER_MS + 1);
}

void lighter_put_market_stats(struct lighter_service *service, struct lighter_text *text,
			      const char *key, unsigned index)
{
	const struct lighter_market *market = &service->markets[index];
	const struct instrument *instrument = lighter_instrument(service, index);
	const struct mark_state *mark =
		market_state_mark(trading_floor_books(service->floor), instrument->id);
	struct floor_day day = trading_floor_day(service->floor, instrument->id);
	struct money last = price_e18(instrument, market->last_trade);
	struct book_level bid = {0}, ask = {0};
	i128 change = 0;
	unsigned decimals = instrument->price_decimals;
	(void)trading_floor_depth(service->floor, instrument->id, SIDE_BUY, &bid, 1);
	(void)trading_floor_depth(service->floor, instrument->id, SIDE_SELL, &ask, 1);
	put_open(text, key, '{');
	put_text(text, "symbol", instrument->symbol);
	put_integer(text, "market_id", index);
	put_money(text, "index_price", mark->index, decimals);
	put_money(text, "mark_price", mark->mark, decimals);
	put_money(text, "mid_price",
		  bid.price.units > 0 && ask.price.units > 0
			  ? mid_e18(instrument, bid.price, ask.price)
			  : (struct money){0},
		  decimals);
	put_decimal(text, "best_ask_price", ask.price.units, decimals);
	put_decimal(text, "best_bid_price", bid.price.units, decimals);
	put_open_interest(text, instrument, &day, mark->mark);
	put_funding(service, text, instrument);
	put_decimal(text, "last_trade_price", market->last_trade.units, decimals);
	put_money_number(text, "daily_base_token_volume", day.base_volume, 8);
	put_money_number(text, "daily_quote_token_volume", day.quote_volume, 6);
	put_money_number(text, "daily_price_low", day.low, 8);
	put_money_number(text, "daily_price_high", day.high, 8);
	if (day.open.e18 <= 0 || !mul_div(last.e18 - day.open.e18, MONEY_ONE * 100, day.open.e18,
					  ROUND_HALF_EVEN, &change))
		change = 0;
	put_number(text, "daily_price_change", rounded_to(change, 4), 4);
	put_close(text, '}');
}
