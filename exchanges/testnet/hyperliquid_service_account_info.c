/* Questions about accounts (§1.4): with an API wallet's address all answers are empty. */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FILL_ROWS     2000
#define FUNDING_ROWS  500
#define RATE_DECIMALS 10

static const struct hyper_account *account_of(const struct hyper_query *query)
{
	return query->account != HYPER_NO_ACCOUNT ? &query->service->accounts[query->account]
						  : NULL;
}

static int64_t lag_of(struct hyper_query *query)
{
	return hyper_fault_number(query->service, "qry.lag_ms", 0);
}

/* ---- money -------------------------------------------------------------------------------------
 */

static bool unified(const struct hyper_account *account)
{
	return account != NULL && (strcmp(account->mode, "unifiedAccount") == 0 ||
				   strcmp(account->mode, "portfolioMargin") == 0);
}

void hyper_info_clearinghouse(struct hyper_query *query)
{
	bool empty = hyper_strikes(query->service, "pos.empty", NULL);
	int64_t lag_ms = hyper_fault_number(query->service, "pos.lag_ms", 0);
	hyper_put_clearinghouse(query->service, query->text, NULL, query->account, empty, lag_ms);
}

void hyper_info_spot_clearinghouse(struct hyper_query *query)
{
	const struct hyper_account *account = account_of(query);
	struct served_text *text = query->text;
	reply_open(text, NULL, '{');
	reply_open(text, "balances", '[');
	if (unified(account)) {
		struct floor_balance balance =
			trading_floor_balance(query->service->floor, query->account);
		reply_open(text, NULL, '{');
		reply_text(text, "coin", "USDC");
		reply_integer(text, "token", 0);
		hyper_put_money(text, "total", balance.balance, 6);
		hyper_put_money(text, "hold", balance.margin_used, 6);
		reply_text(text, "entryNtl", "0.0");
		reply_close(text, '}');
	}
	reply_close(text, ']');
	reply_close(text, '}');
}

void hyper_info_abstraction(struct hyper_query *query)
{
	const struct hyper_account *account = account_of(query);
	reply_text(query->text, NULL, account != NULL ? account->mode : "default");
}

void hyper_info_asset_data(struct hyper_query *query)
{
	unsigned market;
	bool known;
	if (!hyper_want_coin(query, &market, &known))
		return;
	if (known)
		hyper_put_asset_data(query->service, query->text, NULL, query->user, query->account,
				     market);
	else
		reply_null(query->text, NULL);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

void hyper_info_open_orders(struct hyper_query *query)
{
	hyper_put_open_orders(query->service, query->text, NULL, query->account, false,
			      lag_of(query));
}

void hyper_info_frontend_orders(struct hyper_query *query)
{
	hyper_put_open_orders(query->service, query->text, NULL, query->account, true,
			      lag_of(query));
}

static void put_status_row(struct hyper_query *query, const char *key,
			   const struct hyper_order *order, int64_t lag_ms)
{
	char alien[FAULT_VALUE_MAX + 1];
	bool is_alien = hyper_strikes_in(query->service, "ord.status", order->market, true,
					 order->buy, alien);
	/* A look-up that lags still has it open. */
	bool behind = lag_ms > 0 && order->status_ms + lag_ms > hyper_now_ms(query->service);
	reply_open(query->text, key, '{');
	hyper_put_order(query->service, query->text, "order", order, true);
	reply_text(query->text, "status", is_alien ? alien : behind ? "open" : order->status);
	reply_integer(query->text, "statusTimestamp", order->status_ms);
	reply_close(query->text, '}');
}

void hyper_info_order_status(struct hyper_query *query)
{
	const struct hyper_json *id = hyper_json_given(query->body, "oid");
	const char *cloid = hyper_json_text(id);
	const struct hyper_order *order = NULL;
	int64_t lag_ms = lag_of(query);
	uint64_t oid = 0;
	if (id == NULL || (cloid == NULL && !hyper_json_u64(id, &oid))) {
		query->wrong = true;
		return;
	}
	if (query->account != HYPER_NO_ACCOUNT)
		order = cloid != NULL ? hyper_order_by_cloid(query->service, query->account, cloid)
				      : hyper_order_by_oid(query->service, query->account, oid);
	if (order != NULL && !hyper_order_known(query->service, order, lag_ms))
		order = NULL;
	reply_open(query->text, NULL, '{');
	reply_text(query->text, "status", order != NULL ? "order" : "unknownOid");
	if (order != NULL)
		put_status_row(query, "order", order, lag_ms);
	reply_close(query->text, '}');
}

void hyper_info_history(struct hyper_query *query)
{
	const struct hyper_account *account = account_of(query);
	int64_t lag_ms = lag_of(query);
	reply_open(query->text, NULL, '[');
	for (size_t i = account != NULL ? account->order_count : 0;
	     i-- > 0 && query->rows < HYPER_REMEMBERED;) {
		if (!hyper_order_known(query->service, account->orders[i], lag_ms))
			continue;
		put_status_row(query, NULL, account->orders[i], lag_ms);
		query->rows++;
	}
	reply_close(query->text, ']');
}

/* ---- fills and payments ------------------------------------------------------------------------
 */

void hyper_info_fills(struct hyper_query *query)
{
	const struct trading_floor *floor = query->service->floor;
	int64_t last_ms = hyper_now_ms(query->service) - lag_of(query);
	size_t count = query->account != HYPER_NO_ACCOUNT
			       ? trading_floor_fill_count(floor, query->account)
			       : 0;
	reply_open(query->text, NULL, '[');
	while (count-- > 0 && query->rows < FILL_ROWS) {
		const struct floor_fill *fill = trading_floor_fill(floor, query->account, count);
		if (fill->venue_ns / NS_PER_MS > last_ms)
			continue;
		hyper_put_fill(query->service, query->text, fill, true);
		query->rows++;
	}
	reply_close(query->text, ']');
}

void hyper_info_fills_by_time(struct hyper_query *query)
{
	const struct trading_floor *floor = query->service->floor;
	int64_t start_ms, end_ms, last_ms = hyper_now_ms(query->service) - lag_of(query);
	if (!hyper_want_span(query, query->body, true, &start_ms, &end_ms))
		return;
	size_t count = query->account != HYPER_NO_ACCOUNT
			       ? trading_floor_fill_count(floor, query->account)
			       : 0;
	reply_open(query->text, NULL, '[');
	for (size_t i = 0; i < count && query->rows < FILL_ROWS; i++) {
		const struct floor_fill *fill = trading_floor_fill(floor, query->account, i);
		int64_t ms = fill->venue_ns / NS_PER_MS;
		if (ms < start_ms || ms > end_ms || ms > last_ms)
			continue;
		hyper_put_fill(query->service, query->text, fill, true);
		query->rows++;
	}
	reply_close(query->text, ']');
}

void hyper_info_funding(struct hyper_query *query)
{
	const struct trading_floor *floor = query->service->floor;
	int64_t start_ms, end_ms;
	if (!hyper_want_span(query, query->body, false, &start_ms, &end_ms))
		return;
	size_t count = query->account != HYPER_NO_ACCOUNT
			       ? trading_floor_payment_count(floor, query->account)
			       : 0;
	reply_open(query->text, NULL, '[');
	for (size_t i = 0; i < count && query->rows < FUNDING_ROWS; i++) {
		const struct floor_payment *payment =
			trading_floor_payment(floor, query->account, i);
		int64_t ms = hyper_payment_ms(payment);
		if (ms < start_ms || ms > end_ms)
			continue;
		hyper_put_payment(query->service, query->text, payment, true);
		query->rows++;
	}
	reply_close(query->text, ']');
}

/* ---- fees and limits ---------------------------------------------------------------------------
 */

static void put_rate(struct served_text *text, const char *key, struct rate rate)
{
	hyper_put_decimal(text, key, served_rounded(rate.e18, RATE_DECIMALS), RATE_DECIMALS);
}

void hyper_info_fees(struct hyper_query *query)
{
	static const char TIERS[] =
		"{\"vip\":[{\"ntlCutoff\":\"5000000.0\",\"cross\":\"0.0004\",\"add\":\"0.00012\","
		"\"spotCross\":\"0.0006\",\"spotAdd\":\"0.0003\"}],"
		"\"mm\":[{\"makerFractionCutoff\":\"0.005\",\"add\":\"-0.00001\"}]}";
	static const char NO_STAKE[] = "{\"bpsOfMaxSupply\":\"0.0\",\"discount\":\"0.0\"}";
	const struct hyper_account *account = account_of(query);
	struct served_text *text = query->text;
	struct fee_terms fees = {.maker = {RATE_ONE / 100000 * 15},
				 .taker = {RATE_ONE / 100000 * 45}};
	char date[UTC_TEXT_MAX];
	const struct hyperliquid_service *service = query->service;
	if (service->market_count > 0)
		fees = instrument_latest(service->instruments, service->markets[0].instrument)
			       ->fees;
	utc_format(hyper_now_ns(service), 0, date, sizeof(date));
	date[10] = '\0';
	reply_open(text, NULL, '{');
	reply_open(text, "dailyUserVlm", '[');
	reply_open(text, NULL, '{');
	reply_text(text, "date", date);
	hyper_put_money(text, "userCross", account != NULL ? account->today[0] : (struct money){0},
			6);
	hyper_put_money(text, "userAdd", account != NULL ? account->today[1] : (struct money){0},
			6);
	reply_text(text, "exchange", "0.0");
	reply_close(text, '}');
	reply_close(text, ']');
	reply_open(text, "feeSchedule", '{');
	put_rate(text, "cross", fees.taker);
	put_rate(text, "add", fees.maker);
	reply_text(text, "spotCross", "0.0007");
	reply_text(text, "spotAdd", "0.0004");
	reply_value(text, "tiers", TIERS);
	reply_text(text, "referralDiscount", "0.04");
	reply_open(text, "stakingDiscountTiers", '[');
	reply_value(text, NULL, NO_STAKE);
	reply_close(text, ']');
	reply_close(text, '}');
	put_rate(text, "userCrossRate", fees.taker);
	put_rate(text, "userAddRate", fees.maker);
	reply_text(text, "userSpotCrossRate", "0.0007");
	reply_text(text, "userSpotAddRate", "0.0004");
	reply_text(text, "activeReferralDiscount", "0.0");
	reply_null(text, "trial");
	reply_text(text, "feeTrialEscrow", "0.0");
	reply_null(text, "nextTrialAvailableTimestamp");
	reply_null(text, "stakingLink");
	reply_value(text, "activeStakingDiscount", NO_STAKE);
	reply_close(text, '}');
}

void hyper_info_rate_limit(struct hyper_query *query)
{
	const struct hyper_account nobody = {.number = 0};
	const struct hyper_account *account = account_of(query);
	if (account == NULL)
		account = &nobody;
	reply_open(query->text, NULL, '{');
	hyper_put_money(query->text, "cumVlm", account->volume, 6);
	reply_integer(query->text, "nRequestsUsed", (int64_t)account->requests_used);
	reply_integer(query->text, "nRequestsCap", (int64_t)hyper_request_cap(account));
	reply_integer(query->text, "nRequestsSurplus", 0);
	reply_close(query->text, '}');
}

/* ---- who is who --------------------------------------------------------------------------------
 */

void hyper_info_role(struct hyper_query *query)
{
	uint8_t address[HYPER_ADDRESS_BYTES];
	(void)!hyper_address_read(query->user, address);
	const struct hyper_account *signs = hyper_account_of_signer(query->service, address);
	reply_open(query->text, NULL, '{');
	if (query->account != HYPER_NO_ACCOUNT) {
		reply_text(query->text, "role", "user");
	} else if (signs != NULL) {
		reply_text(query->text, "role", "agent");
		reply_open(query->text, "data", '{');
		reply_text(query->text, "user", signs->address_text);
		reply_close(query->text, '}');
	} else {
		reply_text(query->text, "role", "missing");
	}
	reply_close(query->text, '}');
}

void hyper_info_agents(struct hyper_query *query)
{
	const struct hyper_account *account = account_of(query);
	char address[HYPER_ADDRESS_TEXT];
	reply_open(query->text, NULL, '[');
	for (unsigned i = 0; account != NULL && i < account->agent_count; i++) {
		const struct hyper_agent *agent = &account->agents[i];
		/* Unnamed API wallets are not listed. */
		if (agent->name[0] == '\0')
			continue;
		reply_open(query->text, NULL, '{');
		reply_text(query->text, "name", agent->name);
		reply_text(query->text, "address", hyper_address_write(agent->address, address));
		reply_integer(query->text, "validUntil", agent->valid_until_ms);
		reply_close(query->text, '}');
	}
	reply_close(query->text, ']');
}

void hyper_info_no_sub_accounts(struct hyper_query *query)
{
	reply_null(query->text, NULL);
}

void hyper_info_referral(struct hyper_query *query)
{
	const struct hyper_account *account = account_of(query);
	reply_open(query->text, NULL, '{');
	reply_null(query->text, "referredBy");
	hyper_put_money(query->text, "cumVlm",
			account != NULL ? account->volume : (struct money){0}, 6);
	reply_text(query->text, "unclaimedRewards", "0.0");
	reply_text(query->text, "claimedRewards", "0.0");
	reply_text(query->text, "builderRewards", "0.0");
	reply_value(query->text, "referrerState",
		    "{\"stage\":\"needToTrade\",\"data\":{\"required\":\"10000.0\"}}");
	reply_value(query->text, "rewardHistory", "[]");
	reply_value(query->text, "tokenToState", "[]");
	reply_close(query->text, '}');
}
