/* The Lighter client against written answers: what the venue's model would never say. */
#include "core/base/log.h"
#include "core/base/utc.h"
#include "tests/support/lighter_script.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_script script;

static int open_script(void **state)
{
	(void)state;
	lighter_script_open(&script, true);
	return 0;
}

static int close_script(void **state)
{
	(void)state;
	lighter_script_close(&script);
	return 0;
}

static void started(void)
{
	if (!lighter_script_start(&script))
		fail_msg("%s", script.why);
}

static void expect(uint32_t id, enum command_outcome outcome, enum reject_reason reason)
{
	if (script.answers[id].times != 1 || script.answers[id].outcome != outcome ||
	    script.answers[id].reason != reason)
		fail_msg("order %u: %u answers, outcome %d, reason %s", id,
			 script.answers[id].times, script.answers[id].outcome,
			 reject_reason_text(script.answers[id].reason));
}

/* ---- start ----------------------------------------------------------------------------------- */

static void markets_that_are_not_open_say_so(void **state)
{
	(void)state;
	static const struct {
		const char *symbol;
		enum market_status status;
	} cases[] = {{"ETH", MARKET_TRADING},
		     {"1000PEPE", MARKET_REDUCE_ONLY},
		     {"OLD", MARKET_HALTED},
		     {"SECRET", MARKET_HALTED}};
	started();
	for (size_t i = 0; i < 4; i++) {
		instrument_id id = lighter_script_instrument(&script, cases[i].symbol);
		assert_int_not_equal(id, 0);
		assert_int_equal(instrument_latest(script.table, id)->rules.status,
				 cases[i].status);
	}
	assert_int_equal(lighter_script_instrument(&script, "BROKEN"), 0);
	const struct instrument *pepe =
		instrument_get(script.table, lighter_script_instrument(&script, "1000PEPE"));
	assert_int_equal(pepe->multiplier, 1000);
	assert_string_equal(asset_name(script.table, pepe->canonical), "PEPE");
	assert_string_equal(asset_name(script.table, pepe->base), "1000PEPE");
	/* The account's own tier, 1e-6 of notional. */
	const struct instrument_revision *eth =
		instrument_latest(script.table, lighter_script_instrument(&script, "ETH"));
	assert_int_equal(eth->fees.maker.e18, INT64_C(40000000000000));
	assert_int_equal(eth->fees.taker.e18, INT64_C(280000000000000));
	assert_int_equal(eth->rules.maximum_leverage, 50);
	assert_int_equal(eth->rules.maintenance_margin.e18, INT64_C(12000000000000000));
}

static void changed_markets_are_revisions_or_new_instruments(void **state)
{
	(void)state;
	started();
	instrument_id eth = lighter_script_instrument(&script, "ETH");
	instrument_id pepe = lighter_script_instrument(&script, "1000PEPE");
	size_t revisions = instrument_revision_count(script.table, eth);
	unsigned told = script.instrument_events;
	/* ETH's minimum moves, PEPE's decimals change, OLD is gone. */
	lighter_script_rule(
		&script, "/api/v1/orderBookDetails", 200, -1,
		"{\"code\":200,\"order_book_details\":["
		"{\"symbol\":\"ETH\",\"market_id\":0,\"status\":\"active\",\"size_decimals\":4,"
		"\"price_decimals\":2,\"min_base_amount\":\"0.0100\","
		"\"min_quote_amount\":\"10\",\"min_initial_margin_fraction\":200},"
		"{\"symbol\":\"1000PEPE\",\"market_id\":1,\"status\":\"active\","
		"\"size_decimals\":1,\"price_decimals\":6}]}");
	lighter_script_pass(&script, 3600 * 1000 + 5000);
	assert_int_equal(instrument_revision_count(script.table, eth), revisions + 1);
	assert_int_equal(instrument_latest(script.table, eth)->rules.minimum_quantity.units, 100);
	assert_true(instrument_is_retired(script.table, pepe));
	assert_int_not_equal(lighter_script_instrument(&script, "1000PEPE"), pepe);
	assert_int_equal(instrument_latest(script.table, lighter_script_instrument(&script, "OLD"))
				 ->rules.status,
			 MARKET_DELISTED);
	assert_true(script.instrument_events > told);
	/* The old handle is no market of the venue any more. */
	struct read_request read = {.kind = READ_MARK, .instrument = pepe};
	assert_int_equal(lighter_script_read(&script, &read), READ_ABSENT);
}

static void a_start_that_cannot_end_well_says_why(void **state)
{
	(void)state;
	static const struct {
		const char *prefix;
		int status;
		const char *body, *why;
	} cases[] = {
		{"/api/v1/orderBookDetails", 503, "<html>maintenance</html>", "503"},
		{"/api/v1/orderBookDetails", 200, "{\"code\":200,\"order_book_details\":[]}",
		 "markets"},
		{"/api/v1/orderBookDetails", 200, "{\"code\":200,\"order_book_details\":[{}]}",
		 "markets"},
		{"/api/v1/apikeys", 200, "{\"code\":200,\"api_keys\":null}", "no API key"},
		{"/api/v1/apikeys", 400, "{\"code\":21100,\"message\":\"account not found\"}",
		 "21100"},
		{"/api/v1/nextNonce", 200, "{\"code\":200}", "nonce"},
		{"/api/v1/nextNonce", 200, "{\"code\":200,\"nonce\":-4}", "nonce"},
		{"/api/v1/nextNonce", 302, "", "302"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lighter_script_rule(&script, cases[i].prefix, cases[i].status, 1, cases[i].body);
		if (lighter_script_start(&script) || !strstr(script.why, cases[i].why))
			fail_msg("%s: \"%s\"", cases[i].body, script.why);
	}
	started(); /* as often as it takes */
}

static void the_token_goes_out_only_once_the_key_fits(void **state)
{
	(void)state;
	started();
	for (size_t i = 0; i < script.target_count; i++) {
		bool early = strcmp(script.targets[i], "/") == 0 ||
			     strstr(script.targets[i], "orderBookDetails") ||
			     strstr(script.targets[i], "apikeys");
		if (early)
			assert_string_equal(script.tokens[i], "");
		else
			assert_non_null(strstr(script.tokens[i], ":5501:7:"));
	}
	/* "<deadline>:<account>:<key>:<160 hex digits>", at most 8 h ahead. */
	const char *token = script.tokens[script.target_count - 1];
	long long deadline = strtoll(token, NULL, 10);
	assert_true(deadline > LIGHTER_SCRIPT_START / NS_PER_SECOND + 7 * 3600);
	assert_true(deadline <= LIGHTER_SCRIPT_START / NS_PER_SECOND + 8 * 3600);
	assert_int_equal(strlen(strrchr(token, ':') + 1), 160);
}

/* ---- answers to transactions ----------------------------------------------------------------- */

static void an_answer_counts_only_with_id_and_hash(void **state)
{
	(void)state;
	started();
	lighter_script_place(&script, 1);
	lighter_script_pass(&script, 10);
	assert_int_equal(script.message_count, 1);
	lighter_script_say(&script,
			   "{\"type\":\"jsonapi/sendtx\",\"id\":\"%s\",\"code\":200,"
			   "\"tx_hash\":\"%s\"}",
			   lighter_script_id(&script, 0), lighter_script_hash(&script, 0));
	expect(1, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	/* By its hash alone, without an id. */
	lighter_script_place(&script, 2);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script, "{\"type\":\"jsonapi/sendtx\",\"code\":200,\"tx_hash\":\"%s\"}",
			   lighter_script_hash(&script, 1));
	expect(2, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	/* A hash that is nobody's. */
	lighter_script_place(&script, 3);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script,
			   "{\"type\":\"jsonapi/sendtx\",\"id\":\"%s\",\"code\":200,"
			   "\"tx_hash\":\"00ff\"}",
			   lighter_script_id(&script, 2));
	expect(3, COMMAND_UNKNOWN, REJECT_NONE);
	/* No hash, no code, a code in words. */
	static const char *const rests[] = {"\"code\":200", "\"tx_hash\":null", "\"code\":\"ok\"",
					    "\"code\":200,\"tx_hash\":5"};
	for (uint32_t i = 0; i < 4; i++) {
		lighter_script_place(&script, 4 + i);
		lighter_script_pass(&script, 10);
		lighter_script_say(&script, "{\"type\":\"jsonapi/sendtx\",\"id\":\"%s\",%s}",
				   lighter_script_id(&script, 3 + i), rests[i]);
		expect(4 + i, COMMAND_UNKNOWN, REJECT_NONE);
	}
	assert_true(lighter_client_statistics(script.client).mismatches >= 2);
}

static void an_error_without_a_name_is_believed_only_of_one(void **state)
{
	(void)state;
	started();
	lighter_script_place(&script, 1);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script, "{\"error\":{\"code\":21702,\"message\":\"invalid price\"}}");
	expect(1, COMMAND_REJECTED, REJECT_TICK);
	lighter_script_place(&script, 2);
	lighter_script_place(&script, 3);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script, "{\"error\":{\"code\":21739,\"message\":\"margin\"}}");
	expect(2, COMMAND_UNKNOWN, REJECT_NONE);
	assert_int_equal(script.answers[3].times, 0);
	lighter_script_pass(&script, 4000);
	expect(3, COMMAND_UNKNOWN, REJECT_NONE);
	/* Codes that are not about transactions touch none. */
	lighter_script_pass(&script, 5000);
	lighter_script_place(&script, 4);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script, "{\"error\":{\"code\":30002,\"message\":\"x\"}}");
	assert_int_equal(script.answers[4].times, 0);
}

static void a_frame_with_an_unknown_id_touches_nobody(void **state)
{
	(void)state;
	started();
	lighter_script_place(&script, 1);
	lighter_script_pass(&script, 10);
	lighter_script_say(&script, "{\"type\":\"jsonapi/sendtx\",\"id\":\"987654\",\"code\":21739,"
				    "\"message\":\"margin\"}");
	assert_int_equal(script.answers[1].times, 0);
	lighter_script_pass(&script, 4000);
	expect(1, COMMAND_UNKNOWN, REJECT_NONE);
}

static void what_is_sent_is_what_was_asked(void **state)
{
	(void)state;
	started();
	lighter_script_place(&script, 1);
	lighter_script_pass(&script, 10);
	const char *text = script.messages[0];
	assert_non_null(strstr(text, "\"tx_type\":14,\"tx_info\":{\"AccountIndex\":5501,"
				     "\"ApiKeyIndex\":7,\"MarketIndex\":0,\"ClientOrderIndex\":1,"
				     "\"BaseAmount\":10000,\"Price\":300000,\"IsAsk\":0,\"Type\":0,"
				     "\"TimeInForce\":0,\"ReduceOnly\":0,\"TriggerPrice\":0,"
				     "\"OrderExpiry\":0,"));
	assert_non_null(strstr(text, "\"Nonce\":722,"));
	/* ExpiredAt is the caller's fence in the venue's clock: 4 s after the order. */
	const char *expired = strstr(text, "\"ExpiredAt\":");
	assert_non_null(expired);
	int64_t expired_ms = strtoll(expired + 12, NULL, 10);
	assert_true(llabs(expired_ms -
			  (scheduler_now(script.scheduler) - 10 * NS_PER_MS) / NS_PER_MS - 4000) <=
		    1);
}

static void resting_orders_live_no_shorter_than_the_venue_takes(void **state)
{
	(void)state;
	started();
	struct order_request order = {.instrument = lighter_script_instrument(&script, "ETH"),
				      .client_id = 1,
				      .side = SIDE_SELL,
				      .type = ORDER_POST_ONLY,
				      .quantity = {10000},
				      .limit = {310000}};
	exchange_place(script.client, &order, INT64_MAX, NULL, NULL);
	lighter_script_pass(&script, 10);
	const char *text = script.messages[0];
	assert_non_null(strstr(text, "\"TimeInForce\":2,"));
	int64_t expiry_ms = strtoll(strstr(text, "\"OrderExpiry\":") + 14, NULL, 10);
	int64_t now_ms = scheduler_now(script.scheduler) / NS_PER_MS;
	assert_true(expiry_ms > now_ms + 5 * 60 * 1000);
	assert_true(expiry_ms < now_ms + 6 * 60 * 1000);
	/* Without a fence of its own an opening still dies in 2 s. */
	int64_t expired_ms = strtoll(strstr(text, "\"ExpiredAt\":") + 12, NULL, 10);
	assert_true(llabs(expired_ms - now_ms - 2000) < 600);
	exchange_client_free(script.client);
	script.client = NULL;
}

/* ---- reads ----------------------------------------------------------------------------------- */

static const char active[] =
	"{\"code\":200,\"orders\":[{\"order_index\":5,\"client_order_index\":%d,"
	"\"market_index\":0,\"initial_base_amount\":\"1\",\"price\":\"3000\","
	"\"filled_base_amount\":\"%s\",\"is_ask\":false,\"status\":\"%s\","
	"\"timestamp\":1787900001000}]%s}";

static const char *order_body(int client_id, const char *filled, const char *status,
			      const char *rest)
{
	static char text[512];
	snprintf(text, sizeof(text), active, client_id, filled, status, rest);
	return text;
}

static void a_look_up_that_is_not_offered_goes_the_long_way(void **state)
{
	(void)state;
	started();
	struct read_request read = {.kind = READ_ORDER,
				    .instrument = lighter_script_instrument(&script, "ETH"),
				    .client_id = 8};
	lighter_script_rule(&script, "/api/v1/accountInactiveOrders", 200, 1,
			    order_body(8, "0.4", "canceled-not-enough-liquidity", ""));
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_event.u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(script.read_event.u.order.executed.units, 4000);
	assert_int_equal(lighter_script_asked(&script, "/api/v1/accountOrders"), 1);
	assert_int_equal(lighter_script_asked(&script, "/api/v1/accountActiveOrders"), 1);
	lighter_script_rule(&script, "/api/v1/accountInactiveOrders", 200, -1,
			    order_body(9, "0", "canceled", ""));
	assert_int_equal(lighter_script_read(&script, &read), READ_ABSENT);
}

static void an_order_whose_transaction_is_pending_is_not_absent(void **state)
{
	(void)state;
	started();
	lighter_script_place(&script, 8);
	lighter_script_pass(&script, 4000);
	expect(8, COMMAND_UNKNOWN, REJECT_NONE);
	struct read_request read = {.kind = READ_ORDER,
				    .instrument = lighter_script_instrument(&script, "ETH"),
				    .client_id = 8};
	static const struct {
		int status;
		const char *body;
		enum read_outcome outcome;
	} cases[] = {
		{200, "{\"code\":200,\"status\":1}", READ_UNKNOWN},
		{200, "{\"code\":200,\"status\":2}", READ_UNKNOWN},
		{200, "{\"code\":200,\"status\":3}", READ_UNKNOWN},
		{200, "{\"code\":200}", READ_UNKNOWN},
		{500, "oops", READ_UNKNOWN},
		{400, "{\"code\":29500,\"message\":\"internal\"}", READ_UNKNOWN},
		{400, "{\"code\":21500,\"message\":\"transaction not found\"}", READ_ABSENT},
		{200,
		 "{\"code\":200,\"status\":0,\"event_info\":\"{\\\"ae\\\":\\\"21739 margin\\\"}\"}",
		 READ_VALUE},
	};
	lighter_script_rule(&script, "/api/v1/accountOrders", 200, -1,
			    "{\"code\":200,\"orders\":[]}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lighter_script_rule(&script, "/api/v1/tx?by=hash", cases[i].status, 1,
				    cases[i].body);
		if (lighter_script_read(&script, &read) != cases[i].outcome)
			fail_msg("%s: %d", cases[i].body, script.read_outcome);
	}
	assert_int_equal(script.read_event.u.order.state, ORDER_STATE_REJECTED);
	assert_int_equal(script.read_event.u.order.reason, REJECT_MARGIN);
	/* Past its deadline it cannot land any more: in no list, it was dropped without a word. */
	lighter_script_pass(&script, 11 * 60 * 1000);
	for (size_t i = 0; i < 3; i++) {
		lighter_script_rule(&script, "/api/v1/tx?by=hash", 200, 1, cases[i].body);
		assert_int_equal(lighter_script_read(&script, &read), READ_ABSENT);
	}
	/* The hash asked for is the one of the bytes that were sent. */
	assert_non_null(
		strstr(script.targets[script.target_count - 1], lighter_script_hash(&script, 0)));
}

static void reads_refuse_what_is_not_whole(void **state)
{
	(void)state;
	started();
	static const struct {
		enum read_kind kind;
		const char *prefix, *body;
	} cases[] = {
		{READ_OPEN_ORDERS, "/api/v1/accountActiveOrders", "{\"code\":200}"},
		{READ_OPEN_ORDERS, "/api/v1/accountActiveOrders",
		 "{\"code\":200,\"orders\":[{\"market_index\":0}]}"},
		{READ_OPEN_ORDERS, "/api/v1/accountActiveOrders",
		 "{\"code\":200,\"orders\":[],\"next_cursor\":7}"},
		{READ_FILLS, "/api/v1/trades", "{\"code\":200}"},
		{READ_FILLS, "/api/v1/trades", "{\"code\":200,\"trades\":[{\"market_id\":0}]}"},
		{READ_FILLS, "/api/v1/trades", "{\"code\":200,\"trades\":[], \"trades\":[]}"},
		{READ_POSITIONS, "/api/v1/account?", "{\"code\":200,\"accounts\":[]}"},
		{READ_POSITIONS, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\"}]}"},
		{READ_POSITIONS, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":77,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[]}]}"},
		{READ_POSITIONS, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[{\"market_id\":0,\"sign\":2,"
		 "\"position\":\"1\",\"avg_entry_price\":\"1\"}]}]}"},
		{READ_LEVERAGE, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[{\"market_id\":0,"
		 "\"position\":\"0\",\"initial_margin_fraction\":\"5.00\"}]}]}"},
		{READ_LEVERAGE, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[{\"market_id\":0,"
		 "\"position\":\"0\",\"margin_mode\":0}]}]}"},
		{READ_LEVERAGE, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[{\"market_id\":0,\"position\":\"0\","
		 "\"initial_margin_fraction\":\"5.00\",\"margin_mode\":2}]}]}"},
		{READ_LEVERAGE, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":[{\"position\":\"0\"}]}]}"},
		/* Two of one market: which one counts is not said. */
		{READ_LEVERAGE, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
		 "\"available_balance\":\"1\",\"positions\":["
		 "{\"market_id\":0,\"position\":\"0\",\"initial_margin_fraction\":\"5.00\","
		 "\"margin_mode\":1},"
		 "{\"market_id\":0,\"position\":\"0\",\"initial_margin_fraction\":\"5.00\","
		 "\"margin_mode\":0}]}]}"},
		{READ_BALANCES, "/api/v1/account?",
		 "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"x\"}]}"},
		{READ_DEPTH, "/api/v1/orderBookOrders", "{\"code\":200,\"bids\":[]}"},
		{READ_DEPTH, "/api/v1/orderBookOrders",
		 "{\"code\":200,\"asks\":[{\"price\":\"1\",\"remaining_base_amount\":\"1\"}],"
		 "\"bids\":[{\"price\":\"2\",\"remaining_base_amount\":\"1\"}]}"},
		{READ_DEPTH, "/api/v1/orderBookOrders",
		 "{\"code\":200,\"asks\":[{\"price\":\"3\",\"remaining_base_amount\":\"1\"},"
		 "{\"price\":\"2\",\"remaining_base_amount\":\"1\"}],\"bids\":null}"},
		{READ_FUNDING, "/api/v1/funding-rates", "{\"code\":200,\"funding_rates\":[]}"},
		{READ_FUNDING_HISTORY, "/api/v1/fundings", "{\"code\":200}"},
		{READ_FUNDING_HISTORY, "/api/v1/fundings",
		 "{\"code\":200,\"fundings\":[{\"timestamp\":1787896800,\"rate\":\"x\"}]}"},
		{READ_FUNDING_PAYMENTS, "/api/v1/positionFunding", "{\"code\":200}"},
		{READ_VOLUME, "/api/v1/orderBookDetails?market_id=0",
		 "{\"code\":200,\"order_book_details\":[]}"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct read_request read = {.kind = cases[i].kind,
					    .instrument = lighter_script_instrument(&script, "ETH"),
					    .since_ns = LIGHTER_SCRIPT_START - 2 * NS_PER_HOUR};
		lighter_script_rule(&script, cases[i].prefix, 200, 1, cases[i].body);
		if (lighter_script_read(&script, &read) != READ_UNKNOWN)
			fail_msg("%s was a value", cases[i].body);
	}
}

static void isolated_margin_is_read_as_such(void **state)
{
	(void)state;
	started();
	struct read_request read = {.kind = READ_LEVERAGE,
				    .instrument = lighter_script_instrument(&script, "ETH")};
	lighter_script_rule(&script, "/api/v1/account?", 200, -1,
			    "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
			    "\"available_balance\":\"1\",\"positions\":[{\"market_id\":0,"
			    "\"position\":\"0.0000\",\"initial_margin_fraction\":\"14.28\","
			    "\"margin_mode\":1}]}]}");
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_leverage.leverage, 7);
	assert_int_equal(script.read_leverage.mode, MARGIN_ISOLATED);
	/* No row of this one, and its market tells no default. */
	read.instrument = lighter_script_instrument(&script, "1000PEPE");
	assert_int_equal(lighter_script_read(&script, &read), READ_ABSENT);
}

static void leverage_that_was_never_set_is_the_markets_default(void **state)
{
	(void)state;
	started();
	struct read_request read = {.kind = READ_LEVERAGE,
				    .instrument = lighter_script_instrument(&script, "ETH")};
	lighter_script_rule(&script, "/api/v1/account?", 200, -1,
			    "{\"code\":200,\"accounts\":[{\"index\":5501,\"collateral\":\"1\","
			    "\"available_balance\":\"1\",\"positions\":[]}]}");
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_leverage.leverage, 20);
	assert_int_equal(script.read_leverage.mode, MARGIN_CROSS);
}

static void pages_are_followed_and_bounded(void **state)
{
	(void)state;
	started();
	struct read_request read = {.kind = READ_OPEN_ORDERS};
	lighter_script_rule(&script, "/api/v1/accountActiveOrders", 200, 1,
			    order_body(1, "0", "open", ",\"next_cursor\":\"a=/b\""));
	lighter_script_rule(&script,
			    "/api/v1/accountActiveOrders?account_index=5501&market_id=255&cursor="
			    "a%3D%2Fb",
			    200, 1, order_body(2, "0", "open", ""));
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_count, 2);
	/* The same cursor again and again. */
	lighter_script_rule(&script, "/api/v1/accountActiveOrders", 200, -1,
			    order_body(1, "0", "open", ",\"next_cursor\":\"again\""));
	size_t before = script.target_count;
	assert_int_equal(lighter_script_read(&script, &read), READ_UNKNOWN);
	assert_true(script.target_count - before <= 3);
}

static void funding_of_eight_hours_becomes_one(void **state)
{
	(void)state;
	started();
	lighter_script_rule(&script, "/api/v1/funding-rates", 200, -1,
			    "{\"code\":200,\"funding_rates\":["
			    "{\"market_id\":0,\"exchange\":\"binance\",\"rate\":0.5},"
			    "{\"market_id\":0,\"exchange\":\"lighter\",\"rate\":0.000096}]}");
	struct read_request read = {.kind = READ_FUNDING,
				    .instrument = lighter_script_instrument(&script, "ETH")};
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_market.u.funding.rate.e18, INT64_C(12000000000000));
	assert_int_equal(script.read_market.u.funding.kind, FUNDING_ESTIMATE);
	assert_int_equal(script.read_market.u.funding.boundary_ns % NS_PER_HOUR, 0);
	assert_true(script.read_market.u.funding.boundary_ns > LIGHTER_SCRIPT_START);
	read = (struct read_request){.kind = READ_OVERVIEW};
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_count,
			 2); /* ETH's mark and rate; of others nothing is known */
}

static void evidence_sets_the_rate_beside_value_over_price(void **state)
{
	(void)state;
	started();
	struct read_request read = {.kind = READ_FUNDING_EVIDENCE,
				    .instrument = lighter_script_instrument(&script, "ETH"),
				    .since_ns = INT64_C(1787896800) * NS_PER_SECOND};
	lighter_script_rule(
		&script, "/api/v1/fundings", 200, -1,
		"{\"code\":200,\"fundings\":[{\"timestamp\":1787896800,"
		"\"value\":\"0.03600000\",\"rate\":\"0.0012\",\"direction\":\"short\"}]}");
	lighter_script_rule(&script, "/api/v1/candles", 200, -1,
			    "{\"code\":200,\"c\":[{\"t\":1787893200000,\"o\":1,\"c\":3000.50}]}");
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_int_equal(script.read_count, 1);
	const struct funding_evidence *row = &script.read_row;
	assert_int_equal(row->rate.e18, -INT64_C(12000000000000));
	assert_true(row->derived_known && row->value_known);
	/* -0.036 / 3000.50 */
	assert_int_equal(row->derived.e18, -INT64_C(11998000333278));
	assert_true(llabs(row->derived.e18 - row->rate.e18) <= row->tolerance.e18);
	assert_true(row->tolerance.e18 >= INT64_C(500000000000));
	assert_true(row->tolerance.e18 < INT64_C(510000000000));
	assert_money(row->value_tolerance, "0.000000005");
	/* Without candles the venue's word stands alone. */
	lighter_script_rule(&script, "/api/v1/candles", 500, -1, "");
	assert_int_equal(lighter_script_read(&script, &read), READ_VALUE);
	assert_false(script.read_row.derived_known);
}

/* ---- account --------------------------------------------------------------------------------- */

static void a_liquidation_is_told_before_its_fill(void **state)
{
	(void)state;
	started();
	assert_true(lighter_script_account(&script));
	lighter_script_say(&script,
			   "{\"channel\":\"account_all_trades:5501\",\"trades\":{\"0\":[{"
			   "\"trade_id\":77,\"type\":\"liquidation\",\"market_id\":0,"
			   "\"size\":\"0.5\",\"price\":\"2990.00\",\"usd_amount\":\"1495\","
			   "\"ask_id\":1,\"bid_id\":2,\"ask_account_id\":5501,"
			   "\"bid_account_id\":77001,\"is_maker_ask\":false,"
			   "\"timestamp\":1787900050000}]},\"type\":\"update/account\"}");
	assert_true(script.account_count >= 2);
	const struct account_event *fill = &script.account[script.account_count - 1];
	const struct account_event *cause = &script.account[script.account_count - 2];
	assert_int_equal(cause->kind, ACCOUNT_LIQUIDATION);
	assert_int_equal(cause->u.liquidation.quantity.units, -5000);
	assert_int_equal(fill->kind, ACCOUNT_FILL);
	assert_int_equal(fill->u.fill.client_id, 0);
	assert_string_equal(fill->u.fill.trade_id, "77");
}

static void foreign_client_ids_are_not_ours(void **state)
{
	(void)state;
	started();
	assert_true(lighter_script_account(&script));
	lighter_script_say(
		&script,
		"{\"channel\":\"account_all_orders:5501\",\"orders\":{\"0\":[{"
		"\"order_index\":1152921504606846975,\"client_order_index\":281474976710655,"
		"\"market_index\":0,\"initial_base_amount\":\"1\",\"price\":\"3000\","
		"\"filled_base_amount\":\"0\",\"is_ask\":true,\"status\":\"open\"}]},"
		"\"type\":\"update/account_all_orders\"}");
	const struct account_event *order = &script.account[script.account_count - 1];
	assert_int_equal(order->kind, ACCOUNT_ORDER);
	assert_int_equal(order->u.order.client_id, 0);
	assert_string_equal(order->u.order.venue_order_id, "1152921504606846975");
}

static void an_unreadable_account_frame_makes_the_account_be_read_anew(void **state)
{
	(void)state;
	started();
	assert_true(lighter_script_account(&script));
	size_t before = lighter_script_asked(&script, "/api/v1/accountActiveOrders");
	lighter_script_say(&script,
			   "{\"channel\":\"account_all_positions:5501\",\"positions\":{\"0\":{"
			   "\"market_id\":0,\"position\":\"1\",\"sign\":\"up\"}},"
			   "\"type\":\"update/account_all_positions\"}");
	lighter_script_pass(&script, 1000);
	assert_int_equal(lighter_script_asked(&script, "/api/v1/accountActiveOrders"), before + 1);
	for (size_t i = 0; i < script.account_count; i++)
		if (script.account[i].kind == ACCOUNT_POSITION)
			assert_int_equal(script.account[i].u.position.quantity.units, 0);
}

static void a_sync_that_fails_is_tried_again(void **state)
{
	(void)state;
	started();
	lighter_script_rule(&script, "/api/v1/accountActiveOrders", 500, 2, "no");
	assert_true(lighter_script_account(&script));
	assert_int_equal(lighter_script_asked(&script, "/api/v1/accountActiveOrders"), 3);
}

static void an_unanswered_subscription_ends_in_a_new_connection(void **state)
{
	(void)state;
	started();
	script.mute = true;
	assert_int_equal(script.sockets, 1);
	exchange_subscribe(script.client, lighter_script_instrument(&script, "ETH"), CHANNEL_BOOK,
			   NULL, NULL);
	lighter_script_pass(&script, 4900);
	assert_int_equal(script.sockets, 1);
	lighter_script_pass(&script, 1000);
	assert_int_equal(script.sockets, 2);
	exchange_client_free(script.client);
	script.client = NULL;
}

int main(void)
{
	log_configure(stderr, LOG_ALARM);
	FILE *nowhere = getenv("LOG") ? NULL : fopen("/dev/null", "w");
	if (nowhere)
		log_configure(nowhere, LOG_INFO);
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_script, close_script)
	const struct CMUnitTest tests[] = {
		TEST(markets_that_are_not_open_say_so),
		TEST(changed_markets_are_revisions_or_new_instruments),
		TEST(a_start_that_cannot_end_well_says_why),
		TEST(the_token_goes_out_only_once_the_key_fits),
		TEST(an_answer_counts_only_with_id_and_hash),
		TEST(an_error_without_a_name_is_believed_only_of_one),
		TEST(a_frame_with_an_unknown_id_touches_nobody),
		TEST(what_is_sent_is_what_was_asked),
		TEST(resting_orders_live_no_shorter_than_the_venue_takes),
		TEST(a_look_up_that_is_not_offered_goes_the_long_way),
		TEST(an_order_whose_transaction_is_pending_is_not_absent),
		TEST(reads_refuse_what_is_not_whole),
		TEST(pages_are_followed_and_bounded),
		TEST(isolated_margin_is_read_as_such),
		TEST(leverage_that_was_never_set_is_the_markets_default),
		TEST(funding_of_eight_hours_becomes_one),
		TEST(evidence_sets_the_rate_beside_value_over_price),
		TEST(a_liquidation_is_told_before_its_fill),
		TEST(foreign_client_ids_are_not_ours),
		TEST(an_unreadable_account_frame_makes_the_account_be_read_anew),
		TEST(a_sync_that_fails_is_tried_again),
		TEST(an_unanswered_subscription_ends_in_a_new_connection),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (nowhere)
		fclose(nowhere);
	return failed;
}
