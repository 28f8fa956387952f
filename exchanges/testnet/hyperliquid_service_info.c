/* The door of questions: one table of requests with their weights (§1.3, §1.4, §6.1). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <limits.h>
#include <string.h>

#define IP_WEIGHT_PER_MINUTE 1200

enum about { ABOUT_MARKET, ABOUT_ORDERS, ABOUT_POSITIONS, ABOUT_USER };

static const struct info_row {
	const char *type;
	void (*handler)(struct hyper_query *query);
	int64_t weight;
	size_t rows_per_unit; /* 0: no more for rows */
	enum about about;
} INFOS[] = {
	{"meta", hyper_info_meta, 20, 0, ABOUT_MARKET},
	{"metaAndAssetCtxs", hyper_info_meta_and_contexts, 20, 0, ABOUT_MARKET},
	{"allPerpMetas", hyper_info_all_metas, 20, 0, ABOUT_MARKET},
	{"perpDexs", hyper_info_dexs, 20, 0, ABOUT_MARKET},
	{"spotMeta", hyper_info_spot_meta, 20, 0, ABOUT_MARKET},
	{"spotMetaAndAssetCtxs", hyper_info_spot_meta_and_contexts, 20, 0, ABOUT_MARKET},
	{"l2Book", hyper_info_book, 2, 0, ABOUT_MARKET},
	{"allMids", hyper_info_mids, 2, 0, ABOUT_MARKET},
	{"fundingHistory", hyper_info_funding_history, 20, 20, ABOUT_MARKET},
	{"predictedFundings", hyper_info_predicted, 20, 0, ABOUT_MARKET},
	{"exchangeStatus", hyper_info_status, 2, 0, ABOUT_MARKET},
	{"maxMarketOrderNtls", hyper_info_market_limits, 20, 0, ABOUT_MARKET},
	{"marginTable", hyper_info_margin_table, 20, 0, ABOUT_MARKET},
	{"perpsAtOpenInterestCap", hyper_info_capped, 20, 0, ABOUT_MARKET},
	{"recentTrades", hyper_info_trades, 20, 20, ABOUT_MARKET},
	{"candleSnapshot", hyper_info_candles, 20, 60, ABOUT_MARKET},
	{"clearinghouseState", hyper_info_clearinghouse, 2, 0, ABOUT_POSITIONS},
	{"spotClearinghouseState", hyper_info_spot_clearinghouse, 2, 0, ABOUT_USER},
	{"userAbstraction", hyper_info_abstraction, 20, 0, ABOUT_USER},
	{"openOrders", hyper_info_open_orders, 20, 0, ABOUT_ORDERS},
	{"frontendOpenOrders", hyper_info_frontend_orders, 20, 0, ABOUT_ORDERS},
	{"orderStatus", hyper_info_order_status, 2, 0, ABOUT_ORDERS},
	{"historicalOrders", hyper_info_history, 20, 20, ABOUT_ORDERS},
	{"userFills", hyper_info_fills, 20, 20, ABOUT_ORDERS},
	{"userFillsByTime", hyper_info_fills_by_time, 20, 20, ABOUT_ORDERS},
	{"userFunding", hyper_info_funding, 20, 20, ABOUT_USER},
	{"userFees", hyper_info_fees, 20, 0, ABOUT_USER},
	{"userRateLimit", hyper_info_rate_limit, 20, 0, ABOUT_USER},
	{"activeAssetData", hyper_info_asset_data, 20, 0, ABOUT_USER},
	{"userRole", hyper_info_role, 60, 0, ABOUT_USER},
	{"extraAgents", hyper_info_agents, 20, 0, ABOUT_USER},
	{"subAccounts", hyper_info_no_sub_accounts, 20, 0, ABOUT_USER},
	{"userNonFundingLedgerUpdates", hyper_info_empty_list, 20, 20, ABOUT_USER},
	{"userTwapSliceFills", hyper_info_empty_list, 20, 20, ABOUT_USER},
	{"userVaultEquities", hyper_info_empty_list, 20, 0, ABOUT_USER},
	{"referral", hyper_info_referral, 20, 0, ABOUT_USER},
};

static const struct info_row *find_row(const struct hyper_json *body)
{
	const char *type = hyper_json_text(hyper_json_member(body, "type"));
	for (size_t i = 0; type != NULL && i < sizeof(INFOS) / sizeof(INFOS[0]); i++) {
		if (strcmp(INFOS[i].type, type) == 0)
			return &INFOS[i];
	}
	return NULL;
}

/* ---- common parameters -------------------------------------------------------------------------
 */

bool hyper_want_coin(struct hyper_query *query, unsigned *market, bool *known)
{
	const char *coin = hyper_json_text(hyper_json_member(query->body, "coin"));
	query->wrong = coin == NULL;
	*known = coin != NULL && hyper_find_coin(query->service, coin, market);
	return coin != NULL;
}

bool hyper_want_span(struct hyper_query *query, const struct hyper_json *from, bool needed,
		     int64_t *start_ms, int64_t *end_ms)
{
	const struct hyper_json *start = hyper_json_given(from, "startTime");
	const struct hyper_json *end = hyper_json_given(from, "endTime");
	*start_ms = 0;
	*end_ms = INT64_MAX;
	query->wrong = (start == NULL && needed) ||
		       (start != NULL && !hyper_json_i64(start, start_ms)) ||
		       (end != NULL && !hyper_json_i64(end, end_ms));
	return !query->wrong;
}

static bool want_user(struct hyper_query *query)
{
	uint8_t address[HYPER_ADDRESS_BYTES];
	if (!hyper_address_read(hyper_json_text(hyper_json_member(query->body, "user")), address)) {
		query->wrong = true;
		return false;
	}
	const struct hyper_account *account = hyper_account_of(query->service, address);
	hyper_address_write(address, query->user);
	query->account = account != NULL ? account->number : HYPER_NO_ACCOUNT;
	return true;
}

/* ---- the door ----------------------------------------------------------------------------------
 */

static void fail(struct hyper_query *query, int status, const char *text)
{
	served_text_clear(query->text);
	reply_raw(query->text, text, strlen(text));
	query->status = status;
}

static bool struck(struct hyper_query *query, const struct info_row *row)
{
	struct hyperliquid_service *service = query->service;
	bool about_account = row->about == ABOUT_ORDERS || row->about == ABOUT_POSITIONS;
	if (hyper_strikes(service, "rate.429", NULL))
		fail(query, 429, "null");
	else if (about_account && hyper_strikes(service, "qry.fail", NULL))
		fail(query, 503, "Service Unavailable");
	else if (row->about == ABOUT_POSITIONS && hyper_strikes(service, "pos.fail", NULL))
		fail(query, 500, "null");
	else
		return false;
	return true;
}

static bool spend(struct hyper_query *query, int64_t weight)
{
	struct hyperliquid_service *service = query->service;
	return !service->options.rate_limits ||
	       hyper_minute_spend(&service->weight, scheduler_now(service->scheduler), weight,
				  IP_WEIGHT_PER_MINUTE);
}

static void ask(struct hyper_query *query)
{
	static const char CANNOT_READ[] =
		"Failed to deserialize the JSON body into the target type";
	const struct info_row *row = find_row(query->body);
	if (row == NULL) {
		fail(query, 422, CANNOT_READ);
		return;
	}
	if (!spend(query, row->weight)) {
		fail(query, 429, "null");
		return;
	}
	if (struck(query, row))
		return;
	if (row->about == ABOUT_MARKET || want_user(query))
		row->handler(query);
	if (query->wrong) {
		fail(query, 422, CANNOT_READ);
		return;
	}
	/* What the rows cost is known only now; it counts against what follows. */
	if (row->rows_per_unit > 0)
		(void)!spend(query, (int64_t)(query->rows / row->rows_per_unit));
}

void hyper_info(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		const struct hyper_json *body)
{
	struct served_text text = {0}, wrapped = {0};
	struct hyper_query query = {.service = service,
				    .body = body,
				    .text = &text,
				    .account = HYPER_NO_ACCOUNT,
				    .status = 200};
	ask(&query);
	if (text.failed)
		fail(&query, 500, "null");
	if (query.status == 200 && to->socket != NULL) {
		/* Over a socket the answer is one level deeper (§5.5). */
		reply_open(&wrapped, NULL, '{');
		reply_text(&wrapped, "type", hyper_json_text(hyper_json_member(body, "type")));
		reply_value(&wrapped, "data", text.bytes);
		reply_close(&wrapped, '}');
		hyper_answer(service, to, 200, NULL, &wrapped, 0);
	} else {
		bool plain = query.status == 422 || query.status == 503;
		hyper_answer(service, to, query.status, plain ? "text/plain; charset=utf-8" : NULL,
			     &text, 0);
	}
	served_text_free(&text);
	served_text_free(&wrapped);
}
