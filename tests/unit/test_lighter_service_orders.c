/* What Lighter's server model refuses and with which code, and what becomes of what it takes. */
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FORM "application/x-www-form-urlencoded"

static struct lighter_testnet net;
static char token[LIGHTER_AUTH_TOKEN_MAX];

static int set_up(void **state)
{
	(void)state;
	lighter_testnet_open(&net, false);
	lighter_testnet_token(&net, 0, token);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lighter_testnet_close(&net);
	return 0;
}

/* Status of the order by its client index; "" where no look-up knows it. */
static const char *status_of(int64_t client_index)
{
	char target[128];
	snprintf(target, sizeof(target),
		 "/api/v1/accountOrders?account_index=5501&client_order_indexes=%" PRId64,
		 client_index);
	assert_int_equal(lighter_testnet_get(&net, target, token), 200);
	return lighter_testnet_text(&net, "orders.0.status");
}

static int64_t send_create(int64_t client_index, bool is_ask, int64_t base, int64_t price,
			   int force)
{
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, client_index, is_ask, base, price, force);
	return lighter_testnet_send(&net, 0, &tx);
}

static int64_t send_cancel(int64_t index)
{
	struct lighter_transaction tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ORDER);
	tx.u.cancel.market_index = 1;
	tx.u.cancel.index = index;
	return lighter_testnet_send(&net, 0, &tx);
}

/* A create whose fields the official signer would not sign; SIG is filled in. */
static int64_t send_raw(const char *fields, int64_t expired_at_ms, int64_t nonce)
{
	char text[1024], signed_text[1200];
	snprintf(text, sizeof(text),
		 "{\"AccountIndex\":5501,\"ApiKeyIndex\":7,%s,\"ExpiredAt\":%" PRId64
		 ",\"Nonce\":%" PRId64 ",\"Sig\":\"SIG\",\"L2TxAttributes\":null}",
		 fields, expired_at_ms, nonce);
	lighter_testnet_sign_text(&net, 0, 14, text, signed_text, sizeof(signed_text));
	return lighter_testnet_send_text(&net, 14, signed_text);
}

/* ---- the door -------------------------------------------------------------------------------- */

static void accepted_is_answered_with_hash_and_prediction(void **state)
{
	(void)state;
	assert_int_equal(send_create(1, false, 5000, 640200, LIGHTER_IOC), 200);
	expect_same_shape("{\"code\":200,\"message\":\"\",\"tx_hash\":\"99\","
			  "\"predicted_execution_time_ms\":1787900002150}",
			  net.tree, "");
	assert_int_equal(strlen(lighter_testnet_text(&net, "tx_hash")), 80);
}

static void multipart_and_urlencoded_bodies_are_the_same(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	struct lighter_signed out;
	char body[4096];
	lighter_testnet_sign(&net, 0, &tx, &out);
	snprintf(
		body, sizeof(body),
		"--xYz\r\nContent-Disposition: form-data; name=\"tx_type\"\r\n\r\n14\r\n"
		"--xYz\r\nContent-Disposition: form-data; name=\"price_protection\"\r\n\r\ntrue\r\n"
		"--xYz\r\nContent-Disposition: form-data; name=\"tx_info\"\r\n"
		"Content-Type: text/plain\r\n\r\n%s\r\n--xYz--\r\n",
		out.tx_info);
	assert_int_equal(lighter_testnet_post(&net, "/api/v1/sendTx",
					      "multipart/form-data; boundary=xYz", body),
			 200);
	assert_string_equal(lighter_testnet_text(&net, "tx_hash"), out.hash_hex);
}

static void a_form_that_is_none_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *type, *body;
	} WRONG[] = {
		{FORM, ""},
		{FORM, "tx_type=14"},
		{FORM, "tx_type=x&tx_info=%7B%7D"},
		{FORM, "tx_type=14&tx_info=%7"},
		{FORM, "tx_type=14&tx_info=%00"},
		{FORM, "tx_type=14&tx_info=%7B%7D&price_protection=maybe"},
		{"application/json", "{\"tx_type\":14}"},
		{"multipart/form-data", "--x\r\n"},
		{"multipart/form-data; boundary=x", "--x\r\n\r\n14\r\n--x--\r\n"},
		{"multipart/form-data; boundary=x",
		 "--x\r\nContent-Disposition: form-data; name=\"tx_type\"\r\n\r\n14\r\n"},
	};
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		lighter_testnet_post(&net, "/api/v1/sendTx", WRONG[i].type, WRONG[i].body);
		assert_int_equal(net.status, 400);
		assert_int_equal(lighter_testnet_code(&net), 20001);
	}
	lighter_testnet_post(&net, "/api/v1/sendTx", FORM, "tx_type=14&tx_info=%7B%7D");
	assert_int_equal(lighter_testnet_code(&net), 21501);
	lighter_testnet_post(&net, "/api/v1/sendTx", FORM, "tx_type=77&tx_info=%7B%7D");
	assert_int_equal(lighter_testnet_code(&net), 21505);
}

static void another_key_chain_or_account_is_no_signature(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	struct lighter_signed out;
	uint8_t extra[32] = {9};
	lighter_testnet_sign(&net, 1, &tx, &out);
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21120);
	assert_true(lighter_sign(&net.keys[0], LIGHTER_CHAIN_MAINNET, &tx, extra, &out, NULL));
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21120);
	lighter_testnet_sign(&net, 0, &tx, &out);
	char *digit = strstr(out.tx_info, "\"BaseAmount\":5000");
	assert_non_null(digit);
	digit[strlen("\"BaseAmount\":")] = '6';
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21120);
	tx.account_index = 5599;
	lighter_testnet_sign(&net, 0, &tx, &out);
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21100);
	tx.account_index = 5501;
	tx.api_key_index = 99;
	lighter_testnet_sign(&net, 0, &tx, &out);
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21109);
	assert_int_equal(send_create(1, false, 5000, 640200, LIGHTER_IOC), 200);
}

static void nonces_count_one_by_one_and_a_refusal_takes_none(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	struct lighter_signed out;
	tx.nonce++;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21104);
	tx.nonce -= 2;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21104);
	assert_int_equal(send_create(1, false, 10, 640200, LIGHTER_IOC), 21706);
	assert_int_equal(send_create(1, false, 5000, 640200, LIGHTER_IOC), 200);
	/* The same bytes again cannot act twice. */
	tx.nonce++;
	lighter_testnet_sign(&net, 0, &tx, &out);
	assert_int_equal(lighter_testnet_send_text(&net, 14, out.tx_info), 21104);
}

static void skip_nonce_lets_nonces_jump_forward_only(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	tx.attributes.present = 1u << LIGHTER_SKIP_NONCE;
	tx.attributes.value[LIGHTER_SKIP_NONCE] = 1;
	tx.nonce = lighter_testnet_ms(&net);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	tx.nonce -= 1000;
	tx.u.create.client_order_index = 2;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21104);
	/* Plain nonces go on from there. */
	assert_int_equal(send_create(3, false, 5000, 640200, LIGHTER_IOC), 200);
	tx.nonce = (INT64_C(1) << 47) - 1;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21104);
}

static void every_field_out_of_range_has_its_code(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
		int64_t code;
	} WRONG[] = {
		{"\"MarketIndex\":1", "\"MarketIndex\":7", 21602},
		{"\"MarketIndex\":1", "\"MarketIndex\":300", 21602},
		{"\"ClientOrderIndex\":5", "\"ClientOrderIndex\":281474976710656", 21727},
		{"\"BaseAmount\":5000", "\"BaseAmount\":0", 21701},
		{"\"BaseAmount\":5000", "\"BaseAmount\":281474976710656", 21701},
		{"\"BaseAmount\":5000", "\"BaseAmount\":19", 21706},
		{"\"Price\":640000", "\"Price\":0", 21702},
		{"\"Price\":640000", "\"Price\":4294967296", 21702},
		{"\"Price\":640000", "\"Price\":500000", 21734},
		{"\"IsAsk\":0", "\"IsAsk\":2", 21703},
		{"\"Type\":0", "\"Type\":7", 21704},
		{"\"TimeInForce\":1", "\"TimeInForce\":3", 21705},
		{"\"TimeInForce\":1", "\"TimeInForce\":0", 21711},
		{"\"TriggerPrice\":0", "\"TriggerPrice\":5", 21729},
		{"\"ReduceOnly\":0", "\"ReduceOnly\":1", 21738},
		{"\"OrderExpiry\":E", "\"OrderExpiry\":0", 21711},
		{"\"OrderExpiry\":E", "\"OrderExpiry\":N", 21711}, /* less than 5 minutes */
		{"\"OrderExpiry\":E", "\"OrderExpiry\":M", 21711}, /* more than 30 days */
	};
	static const char GOOD[] =
		"\"MarketIndex\":1,\"ClientOrderIndex\":5,\"BaseAmount\":5000,\"Price\":640000,"
		"\"IsAsk\":0,\"Type\":0,\"TimeInForce\":1,\"ReduceOnly\":0,\"TriggerPrice\":0,"
		"\"OrderExpiry\":E";
	int64_t now_ms = lighter_testnet_ms(&net);
	for (size_t i = 0; i <= sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		bool good = i == sizeof(WRONG) / sizeof(WRONG[0]);
		char text[512], fields[600];
		const char *at = good ? GOOD : strstr(GOOD, WRONG[i].from);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - GOOD), GOOD,
			 good ? "" : WRONG[i].to, at + (good ? 0 : strlen(WRONG[i].from)));
		size_t end = strlen(text) - 1;
		char letter = text[end];
		int64_t expiry = letter == 'E'	 ? now_ms + 600000
				 : letter == 'N' ? now_ms + 200000
						 : now_ms + INT64_C(31) * 86400000;
		if (letter >= 'A')
			snprintf(fields, sizeof(fields), "%.*s%" PRId64, (int)end, text, expiry);
		else
			snprintf(fields, sizeof(fields), "%s", text);
		int64_t code = send_raw(fields, now_ms + 60000, net.nonce[0]);
		if (code != (good ? 200 : WRONG[i].code))
			fail_msg("%s: %" PRId64, fields, code);
	}
}

static void a_transaction_past_its_deadline_is_refused(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	tx.expired_at_ms = lighter_testnet_ms(&net);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21711);
}

static void an_aggressive_price_is_a_fat_finger_unless_protection_is_off(void **state)
{
	(void)state;
	assert_int_equal(send_create(1, false, 5000, 800000, LIGHTER_IOC), 21733);
	assert_int_equal(send_create(1, true, 5000, 500000, LIGHTER_IOC), 21733);
}

static void grouped_orders_and_isolated_margin_are_not_supported(void **state)
{
	(void)state;
	struct lighter_transaction tx = lighter_testnet_blank(&net, 0, LIGHTER_UPDATE_MARGIN);
	tx.u.margin.market_index = 1;
	tx.u.margin.usdc_amount = 1000000;
	tx.u.margin.direction = 1;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21505);
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CHANGE_PUB_KEY);
	memcpy(tx.u.change_key.public_key, net.keys[0].public_key, 40);
	tx.u.change_key.l1_signature = "";
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21120);
}

/* ---- life of an order ------------------------------------------------------------------------ */

static void acknowledged_is_not_yet_an_order(void **state)
{
	(void)state;
	assert_int_equal(send_create(1, false, 5000, 640200, LIGHTER_IOC), 200);
	char target[160];
	snprintf(target, sizeof(target), "/api/v1/tx?by=hash&value=%s",
		 lighter_testnet_text(&net, "tx_hash"));
	assert_string_equal(status_of(1), "");
	assert_int_equal(lighter_testnet_get(&net, target, NULL), 200);
	assert_string_equal(lighter_testnet_text(&net, "status"), "1");
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(1), "filled");
	assert_int_equal(lighter_testnet_get(&net, target, NULL), 200);
	assert_string_equal(lighter_testnet_text(&net, "status"), "2");
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/tx?by=hash&value=00", NULL), 400);
	assert_int_equal(lighter_testnet_code(&net), 21500);
}

static void an_ioc_ends_with_what_it_found(void **state)
{
	(void)state;
	assert_int_equal(send_create(1, false, 50000, 640105, LIGHTER_IOC), 200);
	assert_int_equal(send_create(2, false, 5000, 640000, LIGHTER_IOC), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(1), "canceled-too-much-slippage");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.filled_base_amount"), "0.30000");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.remaining_base_amount"),
			    "0.20000");
	assert_string_equal(status_of(2), "canceled-too-much-slippage");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.filled_base_amount"), "0.00000");
	lighter_testnet_level(&net, net.btc, SIDE_SELL, "64010.5", "0");
	lighter_testnet_level(&net, net.btc, SIDE_SELL, "64011.0", "0");
	assert_int_equal(send_create(3, false, 5000, 641000, LIGHTER_IOC), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(3), "canceled-not-enough-liquidity");
}

static void margin_is_asked_of_resting_orders_at_once_and_of_takers_by_the_sequencer(void **state)
{
	(void)state;
	/* 100,000 USDC at 20x carry about 31 BTC. */
	assert_int_equal(send_create(1, false, 5000000, 640000, LIGHTER_GTT), 21739);
	assert_int_equal(send_create(2, false, 5000000, 640200, LIGHTER_IOC), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(2), "canceled-margin-not-allowed");
}

static void a_post_only_order_that_crosses_is_cancelled(void **state)
{
	(void)state;
	assert_int_equal(send_create(1, false, 5000, 640200, LIGHTER_POST_ONLY), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(1), "canceled-post-only");
}

static void reduce_only_without_a_position_is_dropped(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, true, 5000, 639000, LIGHTER_IOC);
	tx.u.create.reduce_only = 1;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(1), "canceled-reduce-only");
}

static void a_client_index_is_unique_among_live_orders(void **state)
{
	(void)state;
	assert_int_equal(send_create(5, false, 5000, 630000, LIGHTER_GTT), 200);
	assert_int_equal(send_create(5, false, 5000, 630000, LIGHTER_GTT), 21728);
	lighter_testnet_pass(&net, 300);
	assert_int_equal(send_create(5, false, 5000, 640200, LIGHTER_IOC), 21728);
	assert_int_equal(send_cancel(5), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(5), "canceled");
	assert_int_equal(send_create(5, false, 5000, 640200, LIGHTER_IOC), 200);
	/* 0 is none, and may repeat. */
	assert_int_equal(send_create(0, false, 5000, 630000, LIGHTER_GTT), 200);
	assert_int_equal(send_create(0, false, 5000, 630000, LIGHTER_GTT), 200);
}

static void a_cancel_takes_the_venues_index_exactly(void **state)
{
	(void)state;
	assert_int_equal(send_create(5, false, 5000, 630000, LIGHTER_GTT), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(5), "open");
	int64_t index = strtoll(lighter_testnet_text(&net, "orders.0.order_id"), NULL, 10);
	assert_true(index > (INT64_C(1) << 53) && index < (INT64_C(1) << 60));
	/* What a double makes of it is another order. */
	assert_int_equal(send_cancel((int64_t)(double)index), 21600);
	assert_int_equal(send_cancel(index), 200);
	lighter_testnet_pass(&net, 300);
	assert_int_equal(send_cancel(index), 21600);
	assert_int_equal(send_cancel(404), 21600);
}

static void cancel_all_acts_now_later_or_for_one_market(void **state)
{
	(void)state;
	for (int64_t id = 1; id <= 3; id++)
		assert_int_equal(send_create(id, false, 5000, 630000, LIGHTER_GTT), 200);
	struct lighter_transaction tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ALL);
	tx.attributes.present = 1u << LIGHTER_CANCEL_ALL_MARKET;
	tx.attributes.value[LIGHTER_CANCEL_ALL_MARKET] = 0;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(1), "open");
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ALL);
	tx.u.cancel_all.time_in_force = LIGHTER_SCHEDULED;
	tx.u.cancel_all.time_ms = lighter_testnet_ms(&net) + 200000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21711);
	tx.u.cancel_all.time_ms = lighter_testnet_ms(&net) + 310000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/account?by=index&value=5501", NULL),
			 200);
	assert_int_equal(
		strtoll(lighter_testnet_text(&net, "accounts.0.cancel_all_time"), NULL, 10),
		tx.u.cancel_all.time_ms);
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ALL);
	tx.u.cancel_all.time_in_force = LIGHTER_ABORT;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 320000);
	lighter_testnet_token(&net, 0, token);
	assert_string_equal(status_of(1), "open");
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ALL);
	tx.u.cancel_all.time_in_force = LIGHTER_SCHEDULED;
	tx.u.cancel_all.time_ms = lighter_testnet_ms(&net) + 301000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 302000);
	assert_string_equal(status_of(1), "canceled");
	assert_string_equal(status_of(3), "canceled");
	assert_int_equal(send_create(9, false, 5000, 630000, LIGHTER_GTT), 200);
	lighter_testnet_pass(&net, 300);
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ALL);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(9), "canceled");
}

static void a_modified_order_keeps_its_index(void **state)
{
	(void)state;
	assert_int_equal(send_create(5, false, 5000, 630000, LIGHTER_GTT), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(5), "open");
	char index[32];
	snprintf(index, sizeof(index), "%s", lighter_testnet_text(&net, "orders.0.order_id"));
	struct lighter_transaction tx = lighter_testnet_blank(&net, 0, LIGHTER_MODIFY_ORDER);
	tx.u.modify.market_index = 1;
	tx.u.modify.index = 5;
	tx.u.modify.base_amount = 7000;
	tx.u.modify.price = 631000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 600);
	assert_string_equal(status_of(5), "open");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.order_id"), index);
	assert_string_equal(lighter_testnet_text(&net, "orders.0.price"), "63100.0");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.initial_base_amount"), "0.07000");
	tx = lighter_testnet_blank(&net, 0, LIGHTER_MODIFY_ORDER);
	tx.u.modify.market_index = 1;
	tx.u.modify.index = 6;
	tx.u.modify.base_amount = 7000;
	tx.u.modify.price = 631000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21600);
	assert_int_equal(send_cancel(5), 200);
	lighter_testnet_pass(&net, 300);
	assert_string_equal(status_of(5), "canceled");
}

static void a_good_till_time_order_ends_at_its_expiry(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 5, false, 5000, 630000, LIGHTER_GTT);
	tx.u.create.order_expiry_ms = lighter_testnet_ms(&net) + 301000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 300000);
	assert_string_equal(status_of(5), "open");
	lighter_testnet_pass(&net, 2000);
	assert_string_equal(status_of(5), "canceled-expired");
}

static void leverage_is_a_margin_fraction(void **state)
{
	(void)state;
	struct lighter_transaction tx = lighter_testnet_blank(&net, 0, LIGHTER_UPDATE_LEVERAGE);
	tx.u.leverage.market_index = 1;
	tx.u.leverage.initial_margin_fraction = 1000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_get(&net, "/api/v1/account?by=index&value=5501", NULL);
	assert_string_equal(
		lighter_testnet_text(&net, "accounts.0.positions.0.initial_margin_fraction"),
		"10.00");
	tx = lighter_testnet_blank(&net, 0, LIGHTER_UPDATE_LEVERAGE);
	tx.u.leverage.market_index = 1;
	tx.u.leverage.initial_margin_fraction = 100;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21113);
	tx.u.leverage.initial_margin_fraction = 1000;
	tx.u.leverage.margin_mode = 1;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 21133);
}

static void an_order_that_the_sequencer_gets_too_late_leaves_nothing_behind(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.delay_ms=15000,nth=1");
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 5, false, 5000, 640200, LIGHTER_IOC);
	tx.expired_at_ms = lighter_testnet_ms(&net) + 2000;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	char target[160];
	snprintf(target, sizeof(target), "/api/v1/tx?by=hash&value=%s",
		 lighter_testnet_text(&net, "tx_hash"));
	lighter_testnet_pass(&net, 16000);
	assert_string_equal(status_of(5), "");
	lighter_testnet_get(&net, target, NULL);
	assert_string_equal(lighter_testnet_text(&net, "status"), "0");
	/* Its nonce is free again (§3.8). */
	net.nonce[0]--;
	assert_int_equal(send_create(6, false, 5000, 640200, LIGHTER_IOC), 200);
}

/* ---- batches --------------------------------------------------------------------------------- */

static void encode(const char *text, char *out, size_t size)
{
	size_t used = 0;
	for (; *text != '\0'; text++)
		used += (size_t)snprintf(out + used, size - used, "%%%02X", (unsigned char)*text);
}

/* A batch of creates signed with these nonces; `types` as sent. */
static int64_t send_batch(const char *types, unsigned who, const int64_t *nonces, unsigned count)
{
	static char infos[32768], body[131072];
	size_t used = (size_t)snprintf(infos, sizeof(infos), "[");
	for (unsigned i = 0; i < count; i++) {
		struct lighter_transaction tx = lighter_testnet_create(
			&net, i == 1 ? who : 0, 1, 100 + i, false, 5000, 630000, LIGHTER_GTT);
		struct lighter_signed out;
		tx.nonce = nonces[i];
		lighter_testnet_sign(&net, i == 1 ? who : 0, &tx, &out);
		used += (size_t)snprintf(infos + used, sizeof(infos) - used, "%s\"", i ? "," : "");
		for (const char *at = out.tx_info; *at != '\0'; at++)
			used += (size_t)snprintf(infos + used, sizeof(infos) - used,
						 *at == '"' ? "\\%c" : "%c", *at);
		used += (size_t)snprintf(infos + used, sizeof(infos) - used, "\"");
	}
	snprintf(infos + used, sizeof(infos) - used, "]");
	int length = snprintf(body, sizeof(body), "tx_types=");
	encode(types, body + length, sizeof(body) - (size_t)length);
	length = (int)strlen(body);
	length += snprintf(body + length, sizeof(body) - (size_t)length, "&tx_infos=");
	encode(infos, body + length, sizeof(body) - (size_t)length);
	lighter_testnet_post(&net, "/api/v1/sendTxBatch", FORM, body);
	return lighter_testnet_code(&net);
}

static void a_batch_is_one_account_and_key_with_growing_nonces(void **state)
{
	(void)state;
	const int64_t first = net.nonce[0];
	const int64_t good[] = {first, first + 1, first + 2}, same[] = {first, first, first + 1};
	const int64_t gap[] = {first, first + 2}, mixed[] = {first, net.nonce[1]};
	assert_int_equal(send_batch("[14,14]", 0, same, 2), 21105);
	assert_int_equal(send_batch("[14,14]", 0, gap, 2), 21104);
	assert_int_equal(send_batch("[14,14]", 1, mixed, 2), 21121);
	assert_int_equal(send_batch("[14]", 0, good, 2), 21513);
	assert_int_equal(send_batch("[14,14,14]", 0, good, 2), 21513);
	assert_int_equal(send_batch("14", 0, good, 1), 21501);
	assert_int_equal(
		send_batch("[14,14,14,14,14,14,14,14,14,14,14,14,14,14,14,14]", 0, good, 1), 21514);
	assert_int_equal(send_batch("[14,14,14]", 0, good, 3), 200);
	expect_same_shape("{\"code\":200,\"message\":\"\",\"tx_hash\":[\"a\"],"
			  "\"predicted_execution_time_ms\":1}",
			  net.tree, "");
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "tx_hash")), 3);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(status_of(102), "open");
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void a_standard_account_has_sixty_requests_in_a_rolling_minute(void **state)
{
	(void)state;
	lighter_testnet_close(&net);
	lighter_testnet_open(&net, true);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(lighter_testnet_get(
					 &net, "/api/v1/accountLimits?account_index=5501", token),
				 200);
	lighter_testnet_pass(&net, 30000);
	for (int64_t i = 0; i < 30; i++)
		assert_int_equal(send_create(i + 1, false, 5000, 630000, LIGHTER_GTT), 200);
	assert_int_equal(send_create(50, false, 5000, 630000, LIGHTER_GTT), 23000);
	assert_int_equal(net.status, 429);
	assert_int_equal(
		lighter_testnet_get(&net, "/api/v1/accountLimits?account_index=5501", token), 429);
	/* Without a token it is another bucket. */
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 200);
	lighter_testnet_pass(&net, 31000);
	assert_int_equal(send_create(50, false, 5000, 630000, LIGHTER_GTT), 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(accepted_is_answered_with_hash_and_prediction),
		TEST(multipart_and_urlencoded_bodies_are_the_same),
		TEST(a_form_that_is_none_is_refused),
		TEST(another_key_chain_or_account_is_no_signature),
		TEST(nonces_count_one_by_one_and_a_refusal_takes_none),
		TEST(skip_nonce_lets_nonces_jump_forward_only),
		TEST(every_field_out_of_range_has_its_code),
		TEST(a_transaction_past_its_deadline_is_refused),
		TEST(an_aggressive_price_is_a_fat_finger_unless_protection_is_off),
		TEST(grouped_orders_and_isolated_margin_are_not_supported),
		TEST(acknowledged_is_not_yet_an_order),
		TEST(an_ioc_ends_with_what_it_found),
		TEST(margin_is_asked_of_resting_orders_at_once_and_of_takers_by_the_sequencer),
		TEST(a_post_only_order_that_crosses_is_cancelled),
		TEST(reduce_only_without_a_position_is_dropped),
		TEST(a_client_index_is_unique_among_live_orders),
		TEST(a_cancel_takes_the_venues_index_exactly),
		TEST(cancel_all_acts_now_later_or_for_one_market),
		TEST(a_modified_order_keeps_its_index),
		TEST(a_good_till_time_order_ends_at_its_expiry),
		TEST(leverage_is_a_margin_fraction),
		TEST(an_order_that_the_sequencer_gets_too_late_leaves_nothing_behind),
		TEST(a_batch_is_one_account_and_key_with_growing_nonces),
		TEST(a_standard_account_has_sixty_requests_in_a_rolling_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
