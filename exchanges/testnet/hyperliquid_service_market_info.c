/* Questions about markets (§1.3). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"
#include "core/market/funding_schedule.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define HISTORY_ROWS	500
#define TRADES_ROWS	100
#define CANDLE_ROWS	5000
#define RATE_DECIMALS	10
#define TABLE_ID_SIMPLE 50 /* below: one tier with that leverage */

static const struct order_rules *rules_of(const struct hyperliquid_service *service,
					  unsigned market)
{
	return &instrument_latest(service->instruments, service->markets[market].instrument)->rules;
}

/* ---- what is listed ----------------------------------------------------------------------------
 */

static void put_margin_table(struct served_text *text, int32_t leverage)
{
	reply_open(text, NULL, '{');
	reply_text(text, "description", "");
	reply_open(text, "marginTiers", '[');
	reply_open(text, NULL, '{');
	reply_text(text, "lowerBound", "0.0");
	reply_integer(text, "maxLeverage", leverage);
	reply_close(text, '}');
	reply_close(text, ']');
	reply_close(text, '}');
}

static void put_margin_tables(struct hyperliquid_service *service, struct served_text *text)
{
	bool told[TABLE_ID_SIMPLE + 1] = {false};
	reply_open(text, "marginTables", '[');
	for (unsigned i = 0; i < service->market_count; i++) {
		int32_t leverage = rules_of(service, i)->maximum_leverage;
		if (leverage > TABLE_ID_SIMPLE || told[leverage])
			continue;
		told[leverage] = true;
		reply_open(text, NULL, '[');
		reply_integer(text, NULL, leverage);
		put_margin_table(text, leverage);
		reply_close(text, ']');
	}
	reply_close(text, ']');
}

static void put_meta(struct hyperliquid_service *service, struct served_text *text, bool perps)
{
	reply_open(text, NULL, '{');
	reply_open(text, "universe", '[');
	for (unsigned i = 0; perps && i < service->market_count; i++) {
		const struct order_rules *rules = rules_of(service, i);
		const struct instrument *terms = service->markets[i].terms;
		reply_open(text, NULL, '{');
		reply_integer(text, "szDecimals", terms->quantity_decimals);
		reply_text(text, "name", terms->symbol);
		reply_integer(text, "maxLeverage", rules->maximum_leverage);
		reply_integer(text, "marginTableId", rules->maximum_leverage);
		if (rules->status == MARKET_DELISTED)
			reply_bool(text, "isDelisted", true);
		reply_close(text, '}');
	}
	reply_close(text, ']');
	if (perps)
		put_margin_tables(service, text);
	reply_integer(text, "collateralToken", 0);
	reply_close(text, '}');
}

/* Of the first perp dex; another one is not here. */
static bool first_dex(struct hyper_query *query)
{
	const struct hyper_json *dex = hyper_json_given(query->body, "dex");
	const char *name = hyper_json_text(dex);
	query->wrong = dex != NULL && name == NULL;
	if (dex == NULL || (name != NULL && name[0] == '\0'))
		return true;
	reply_null(query->text, NULL);
	return false;
}

void hyper_info_meta(struct hyper_query *query)
{
	if (first_dex(query))
		put_meta(query->service, query->text, true);
}

void hyper_info_meta_and_contexts(struct hyper_query *query)
{
	if (!first_dex(query))
		return;
	reply_open(query->text, NULL, '[');
	put_meta(query->service, query->text, true);
	reply_open(query->text, NULL, '[');
	for (unsigned i = 0; i < query->service->market_count; i++)
		hyper_put_context(query->service, query->text, NULL, i);
	reply_close(query->text, ']');
	reply_close(query->text, ']');
}

void hyper_info_all_metas(struct hyper_query *query)
{
	reply_open(query->text, NULL, '[');
	put_meta(query->service, query->text, true);
	reply_close(query->text, ']');
}

void hyper_info_dexs(struct hyper_query *query)
{
	reply_value(query->text, NULL, "[null]");
}

/* A token beside USDC and one pair: what clients need in order to start. */
static const char SPOT_META[] =
	"{\"universe\":[{\"tokens\":[1,0],\"name\":\"PURR/"
	"USDC\",\"index\":0,\"isCanonical\":true}],"
	"\"tokens\":[{\"name\":\"USDC\",\"szDecimals\":8,\"weiDecimals\":8,\"index\":0,"
	"\"tokenId\":\"0x00000000000000000000000000000001\",\"isCanonical\":true,"
	"\"evmContract\":null,\"fullName\":null,\"deployerTradingFeeShare\":\"0.0\"},"
	"{\"name\":\"PURR\",\"szDecimals\":0,\"weiDecimals\":5,\"index\":1,"
	"\"tokenId\":\"0x00000000000000000000000000000002\",\"isCanonical\":true,"
	"\"evmContract\":null,\"fullName\":null,\"deployerTradingFeeShare\":\"0.0\"}]}";
static const char SPOT_CONTEXTS[] =
	"[{\"prevDayPx\":\"0.15\",\"dayNtlVlm\":\"0.0\",\"markPx\":\"0.15\",\"midPx\":null,"
	"\"circulatingSupply\":\"596000000.0\",\"coin\":\"PURR/USDC\","
	"\"totalSupply\":\"596000000.0\",\"dayBaseVlm\":\"0.0\"}]";

void hyper_info_spot_meta(struct hyper_query *query)
{
	reply_value(query->text, NULL, SPOT_META);
}

void hyper_info_spot_meta_and_contexts(struct hyper_query *query)
{
	reply_open(query->text, NULL, '[');
	reply_value(query->text, NULL, SPOT_META);
	reply_value(query->text, NULL, SPOT_CONTEXTS);
	reply_close(query->text, ']');
}

void hyper_info_margin_table(struct hyper_query *query)
{
	int64_t id;
	query->wrong = !hyper_json_i64(hyper_json_member(query->body, "id"), &id);
	if (!query->wrong && id >= 1 && id <= TABLE_ID_SIMPLE)
		put_margin_table(query->text, (int32_t)id);
	else
		reply_null(query->text, NULL);
}

void hyper_info_market_limits(struct hyper_query *query)
{
	/* §3: most of a market order by the coin's leverage. */
	reply_value(query->text, NULL,
		    "[[3,\"500000.0\"],[10,\"2000000.0\"],[20,\"5000000.0\"],[25,\"30000000.0\"]]");
}

void hyper_info_capped(struct hyper_query *query)
{
	reply_value(query->text, NULL, "[]");
}

void hyper_info_empty_list(struct hyper_query *query)
{
	reply_value(query->text, NULL, "[]");
}

void hyper_info_status(struct hyper_query *query)
{
	reply_open(query->text, NULL, '{');
	reply_integer(query->text, "time", hyper_frame_ms(query->service));
	reply_null(query->text, "specialStatuses");
	reply_close(query->text, '}');
}

/* ---- prices ------------------------------------------------------------------------------------
 */

static bool read_view(const struct hyper_json *body, struct hyper_book_view *view)
{
	const struct hyper_json *figures = hyper_json_given(body, "nSigFigs");
	const struct hyper_json *mantissa = hyper_json_given(body, "mantissa");
	int64_t wanted = 0, factor = 0;
	if ((figures != NULL && (!hyper_json_i64(figures, &wanted) || wanted < 2 || wanted > 5)) ||
	    (mantissa != NULL && (!hyper_json_i64(mantissa, &factor) || wanted != 5 ||
				  (factor != 1 && factor != 2 && factor != 5))))
		return false;
	view->figures = (int)wanted;
	view->mantissa = (int)factor;
	return true;
}

bool hyper_book_view_read(const struct hyper_json *node, struct hyper_book_view *view)
{
	const struct hyper_json *fast = hyper_json_given(node, "fast");
	view->fast = false;
	return read_view(node, view) && (fast == NULL || hyper_json_bool(fast, &view->fast));
}

void hyper_info_book(struct hyper_query *query)
{
	unsigned market;
	bool known;
	struct hyper_book_view view = {0};
	if (!hyper_want_coin(query, &market, &known))
		return;
	query->wrong = !read_view(query->body, &view);
	if (!known)
		reply_null(query->text, NULL);
	else if (!query->wrong)
		hyper_put_book(query->service, query->text, NULL, market, &view, 20);
}

void hyper_info_mids(struct hyper_query *query)
{
	if (first_dex(query))
		hyper_put_mids(query->service, query->text, NULL);
}

void hyper_info_trades(struct hyper_query *query)
{
	struct market_event events[TRADES_ROWS];
	unsigned market;
	bool known;
	if (!hyper_want_coin(query, &market, &known))
		return;
	if (!known) {
		reply_null(query->text, NULL);
		return;
	}
	query->rows = trading_floor_trades(query->service->floor,
					   query->service->markets[market].instrument, events,
					   TRADES_ROWS);
	reply_open(query->text, NULL, '[');
	for (size_t i = 0; i < query->rows; i++)
		hyper_put_trade(query->text, query->service, market, &events[i]);
	reply_close(query->text, ']');
}

void hyper_info_candles(struct hyper_query *query)
{
	const struct hyper_json *wanted = hyper_json_given(query->body, "req");
	const char *coin = hyper_json_text(hyper_json_member(wanted, "coin"));
	const char *interval = hyper_json_text(hyper_json_member(wanted, "interval"));
	int64_t start_ms, end_ms, last_ms = hyper_now_ms(query->service);
	unsigned market;
	query->wrong = coin == NULL || interval == NULL || hyper_interval_ns(interval) == 0;
	if (query->wrong || !hyper_want_span(query, wanted, true, &start_ms, &end_ms))
		return;
	int64_t from_ms = start_ms > 0 ? start_ms : 0;
	if (end_ms < last_ms)
		last_ms = end_ms;
	if (!hyper_find_coin(query->service, coin, &market) || from_ms > last_ms || last_ms < 0)
		reply_value(query->text, NULL, "[]");
	else
		hyper_put_candles(query->text, query->service, market, interval,
				  from_ms * NS_PER_MS, last_ms * NS_PER_MS);
	query->rows = 60;
}

/* ---- funding -----------------------------------------------------------------------------------
 */

/* A few milliseconds after the boundary, as there. */
static int64_t stamp_ms(const struct floor_settled *settled)
{
	int64_t ms = settled->boundary_ns / NS_PER_MS;
	return ms + 10 + ms / 1000 % 60;
}

static void put_settled(struct served_text *text, const struct hyper_market *market,
			const struct floor_settled *settled)
{
	reply_open(text, NULL, '{');
	reply_text(text, "coin", market->terms->symbol);
	hyper_put_decimal(text, "fundingRate", served_rounded(settled->rate.e18, RATE_DECIMALS),
			  RATE_DECIMALS);
	hyper_put_decimal(text, "premium", served_rounded(settled->premium.e18, RATE_DECIMALS),
			  RATE_DECIMALS);
	reply_integer(text, "time", stamp_ms(settled));
	reply_close(text, '}');
}

void hyper_info_funding_history(struct hyper_query *query)
{
	unsigned market;
	bool known;
	int64_t start_ms, end_ms;
	if (!hyper_want_coin(query, &market, &known) ||
	    !hyper_want_span(query, query->body, true, &start_ms, &end_ms))
		return;
	if (!known) {
		reply_null(query->text, NULL);
		return;
	}
	const struct hyper_market *row = &query->service->markets[market];
	size_t count = trading_floor_settled_count(query->service->floor, row->instrument);
	reply_open(query->text, NULL, '[');
	for (size_t i = 0; i < count && query->rows < HISTORY_ROWS; i++) {
		const struct floor_settled *settled =
			trading_floor_settled(query->service->floor, row->instrument, i);
		if (stamp_ms(settled) < start_ms || stamp_ms(settled) > end_ms)
			continue;
		put_settled(query->text, row, settled);
		query->rows++;
	}
	reply_close(query->text, ']');
}

static void put_prediction(struct hyperliquid_service *service, struct served_text *text,
			   unsigned market)
{
	const struct hyper_market *row = &service->markets[market];
	const struct funding_state *funding =
		market_state_funding(trading_floor_books(service->floor), row->instrument);
	const struct funding_terms *terms =
		&instrument_latest(service->instruments, row->instrument)->funding;
	int64_t next_ns = instrument_next_boundary(service->instruments, row->instrument,
						   hyper_now_ns(service));
	reply_open(text, NULL, '[');
	reply_text(text, NULL, row->terms->symbol);
	reply_open(text, NULL, '[');
	reply_open(text, NULL, '[');
	reply_text(text, NULL, "HlPerp");
	if (funding->rate_known) {
		reply_open(text, NULL, '{');
		hyper_put_decimal(text, "fundingRate",
				  served_rounded(funding->rate.e18, RATE_DECIMALS), RATE_DECIMALS);
		reply_integer(text, "nextFundingTime", next_ns / NS_PER_MS);
		/* Whole hours only: a demo's shorter interval is not told. */
		reply_integer(text, "fundingIntervalHours",
			      terms->interval_ns >= NS_PER_HOUR ? terms->interval_ns / NS_PER_HOUR
								: 1);
		reply_close(text, '}');
	} else {
		reply_null(text, NULL);
	}
	reply_close(text, ']');
	reply_close(text, ']');
	reply_close(text, ']');
}

void hyper_info_predicted(struct hyper_query *query)
{
	reply_open(query->text, NULL, '[');
	for (unsigned i = 0; i < query->service->market_count; i++) {
		if (rules_of(query->service, i)->status != MARKET_DELISTED)
			put_prediction(query->service, query->text, i);
	}
	reply_close(query->text, ']');
}
