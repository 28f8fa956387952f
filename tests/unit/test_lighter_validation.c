/* What Lighter's official signer refuses is refused before signing (venues/lighter.md §3.1, §3.5,
 * §3.10, §4.9). */
#include "tests/support/lighter_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TWO_TO(exponent) (INT64_C(1) << (exponent))

static bool accepted(const struct lighter_transaction *transaction)
{
	uint8_t hash[40];
	struct error err;
	return lighter_hash(LIGHTER_CHAIN_TESTNET, transaction, hash, &err);
}

static void assert_refused(const struct lighter_transaction *transaction, const char *word)
{
	struct error err = {0};
	uint8_t hash[40];
	if (lighter_hash(LIGHTER_CHAIN_TESTNET, transaction, hash, &err))
		fail_msg("was not refused for %s", word);
	if (strstr(err.text, word) == NULL)
		fail_msg("\"%s\" does not name %s", err.text, word);
	assert_int_equal(err.category, ERROR_INPUT);
}

/* ---- validation: each row is the last value accepted or the first refused ---- */

struct bound {
	const char *word;
	size_t offset;
	size_t size;
	int64_t refused_below, accepted_low, accepted_high, refused_above;
};
#define NO_BOUND INT64_MIN
#define AT(member)                                                                                 \
	offsetof(struct lighter_transaction, member),                                              \
		sizeof(((struct lighter_transaction *)0)->member)

static void put(struct lighter_transaction *transaction, const struct bound *bound, int64_t value)
{
	char *at = (char *)transaction + bound->offset;
	int32_t narrow = (int32_t)value;
	if (bound->size == sizeof(value))
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &narrow, sizeof(narrow));
}

static void assert_bounds(const struct lighter_transaction *good, const struct bound *bounds,
			  size_t count)
{
	assert_true(accepted(good));
	for (size_t i = 0; i < count; i++) {
		const struct bound *bound = &bounds[i];
		struct lighter_transaction changed = *good;
		const int64_t refused[] = {bound->refused_below, bound->refused_above};
		const int64_t fine[] = {bound->accepted_low, bound->accepted_high};
		for (int j = 0; j < 2; j++) {
			if (refused[j] != NO_BOUND) {
				put(&changed, bound, refused[j]);
				assert_refused(&changed, bound->word);
			}
			if (fine[j] == NO_BOUND)
				continue;
			put(&changed, bound, fine[j]);
			if (!accepted(&changed))
				fail_msg("%s %lld was refused", bound->word, (long long)fine[j]);
		}
	}
}
#define ASSERT_BOUNDS(good, bounds) assert_bounds(good, bounds, sizeof(bounds) / sizeof(bounds[0]))

static void common_fields_keep_their_ranges(void **state)
{
	static const struct bound BOUNDS[] = {
		{"AccountIndex", AT(account_index), -2, -1, TWO_TO(48) - 2, TWO_TO(48) - 1},
		{"ApiKeyIndex", AT(api_key_index), -1, 0, 254, 255},
		{"Nonce", AT(nonce), -1, 0, TWO_TO(48) - 1, TWO_TO(48)},
		{"ExpiredAt", AT(expired_at_ms), -1, 0, TWO_TO(48) - 1, TWO_TO(48)},
	};
	struct lighter_transaction order = lighter_fixture_limit();
	(void)state;
	ASSERT_BOUNDS(&order, BOUNDS);
}

static void order_fields_keep_their_ranges(void **state)
{
	static const struct bound BOUNDS[] = {
		{"MarketIndex", AT(u.create.market_index), -1, 0, 254, 255},
		{"MarketIndex", AT(u.create.market_index), 2047, 2048, 4094, 4095},
		{"ClientOrderIndex", AT(u.create.client_order_index), -1, 0, TWO_TO(48) - 1,
		 TWO_TO(48)},
		{"BaseAmount", AT(u.create.base_amount), 0, 1, TWO_TO(48) - 1, TWO_TO(48)},
		{"BaseAmount", AT(u.create.base_amount), -1, 1, NO_BOUND, INT64_MAX},
		{"Price", AT(u.create.price), 0, 1, TWO_TO(32) - 1, TWO_TO(32)},
		{"IsAsk", AT(u.create.is_ask), -1, 0, 1, 2},
		{"ReduceOnly", AT(u.create.reduce_only), -1, 0, 1, 2},
		{"Type", AT(u.create.type), -1, LIGHTER_LIMIT, LIGHTER_TWAP, 7},
		{"TimeInForce", AT(u.create.time_in_force), -1, LIGHTER_GTT, LIGHTER_POST_ONLY, 3},
		{"TriggerPrice", AT(u.create.trigger_price), -1, 0, NO_BOUND, 1},
		{"TriggerPrice", AT(u.create.trigger_price), NO_BOUND, 0, NO_BOUND, TWO_TO(32)},
		{"OrderExpiry", AT(u.create.order_expiry_ms), 0, 1, TWO_TO(48) - 1, TWO_TO(48)},
	};
	struct lighter_transaction order = lighter_fixture_limit();
	(void)state;
	ASSERT_BOUNDS(&order, BOUNDS);
}

static void other_fields_keep_their_ranges(void **state)
{
	static const struct bound CANCEL[] = {
		{"MarketIndex", AT(u.cancel.market_index), -1, 0, 4094, 255},
		{"Index", AT(u.cancel.index), 0, 1, TWO_TO(60) - 1, TWO_TO(60)},
		{"Index", AT(u.cancel.index), -1, TWO_TO(48) - 1, TWO_TO(48), NO_BOUND},
	};
	static const struct bound MODIFY[] = {
		{"MarketIndex", AT(u.modify.market_index), -1, 0, 4094, 4095},
		{"Index", AT(u.modify.index), 0, 1, TWO_TO(60) - 1, TWO_TO(60)},
		{"BaseAmount", AT(u.modify.base_amount), -1, 0, TWO_TO(48) - 1, TWO_TO(48)},
		{"Price", AT(u.modify.price), 0, 1, TWO_TO(32) - 1, TWO_TO(32)},
		{"TriggerPrice", AT(u.modify.trigger_price), -1, 0, TWO_TO(32) - 1, TWO_TO(32)},
	};
	static const struct bound LEVERAGE[] = {
		{"MarketIndex", AT(u.leverage.market_index), -1, 0, 254, 255},
		{"InitialMarginFraction", AT(u.leverage.initial_margin_fraction), 0, 1, 10000,
		 10001},
		{"MarginMode", AT(u.leverage.margin_mode), -1, 0, 1, 2},
	};
	static const struct bound MARGIN[] = {
		{"MarketIndex", AT(u.margin.market_index), -1, 0, 254, 2048},
		{"USDCAmount", AT(u.margin.usdc_amount), 0, 1, TWO_TO(60) - 1, TWO_TO(60)},
		{"Direction", AT(u.margin.direction), -1, 0, 1, 2},
	};
	struct lighter_transaction good;
	(void)state;
	good = lighter_fixture_new(LIGHTER_CANCEL_ORDER);
	good.u.cancel.index = 5;
	ASSERT_BOUNDS(&good, CANCEL);
	good = lighter_fixture_new(LIGHTER_MODIFY_ORDER);
	good.u.modify.index = 5;
	good.u.modify.price = 1;
	ASSERT_BOUNDS(&good, MODIFY);
	good = lighter_fixture_new(LIGHTER_UPDATE_LEVERAGE);
	good.u.leverage.initial_margin_fraction = 500;
	ASSERT_BOUNDS(&good, LEVERAGE);
	good = lighter_fixture_new(LIGHTER_UPDATE_MARGIN);
	good.u.margin.usdc_amount = 1;
	ASSERT_BOUNDS(&good, MARGIN);
}

static void only_the_allowed_combinations_of_an_order_pass(void **state)
{
	/* §3.5, written down once more: what each type allows. */
	static const struct {
		const char *times_in_force;
		bool trigger, expiry_with_ioc, expiry_otherwise, spot;
	} ALLOWED[] = {
		[LIGHTER_LIMIT] = {"012", false, false, true, true},
		[LIGHTER_MARKET] = {"0", false, false, false, true},
		[LIGHTER_STOP_LOSS] = {"0", true, true, true, false},
		[LIGHTER_STOP_LOSS_LIMIT] = {"012", true, true, true, false},
		[LIGHTER_TAKE_PROFIT] = {"0", true, true, true, false},
		[LIGHTER_TAKE_PROFIT_LIMIT] = {"012", true, true, true, false},
		[LIGHTER_TWAP] = {"1", false, true, true, true},
	};
	unsigned passed = 0;
	(void)state;
	for (unsigned n = 0; n < 7 * 3 * 2 * 2 * 2 * 2 * 2; n++) {
		struct lighter_transaction transaction = lighter_fixture_limit();
		struct lighter_order *order = &transaction.u.create;
		unsigned rest = n;
		order->type = (int)(rest % 7), rest /= 7;
		order->time_in_force = (int)(rest % 3), rest /= 3;
		order->trigger_price = rest % 2 ? 300000 : 0, rest /= 2;
		order->order_expiry_ms = rest % 2 ? 1787990000000 : 0, rest /= 2;
		order->market_index = rest % 2 ? 2048 : 3, rest /= 2;
		order->reduce_only = (int)(rest % 2), rest /= 2;
		order->base_amount = rest % 2 ? 0 : 10;
		bool spot = order->market_index == 2048;
		bool expiry = order->time_in_force == LIGHTER_IOC
				      ? ALLOWED[order->type].expiry_with_ioc
				      : ALLOWED[order->type].expiry_otherwise;
		bool good = strchr(ALLOWED[order->type].times_in_force,
				   '0' + order->time_in_force) != NULL &&
			    (order->trigger_price != 0) == ALLOWED[order->type].trigger &&
			    (order->order_expiry_ms != 0) == expiry &&
			    (!spot || (ALLOWED[order->type].spot && !order->reduce_only)) &&
			    (order->base_amount != 0 || order->reduce_only);
		if (accepted(&transaction) != good)
			fail_msg("type %d, time in force %d, trigger %lld, expiry %lld, market "
				 "%d, reduce-only %d, amount %lld: should be %s",
				 order->type, order->time_in_force, (long long)order->trigger_price,
				 (long long)order->order_expiry_ms, order->market_index,
				 order->reduce_only, (long long)order->base_amount,
				 good ? "accepted" : "refused");
		passed += good;
	}
	assert_true(passed > 20);
}

static void cancel_all_has_a_time_only_when_scheduled(void **state)
{
	struct lighter_transaction all = lighter_fixture_new(LIGHTER_CANCEL_ALL);
	(void)state;
	for (int when = LIGHTER_NOW; when <= LIGHTER_ABORT; when++) {
		all.u.cancel_all.time_in_force = when;
		all.u.cancel_all.time_ms = when == LIGHTER_SCHEDULED ? 1787900300000 : 0;
		assert_true(accepted(&all));
		all.u.cancel_all.time_ms = when == LIGHTER_SCHEDULED ? 0 : 1787900300000;
		assert_refused(&all, "Time");
	}
	all.u.cancel_all.time_in_force = 3;
	assert_refused(&all, "TimeInForce");
	/* One market only: attribute 5, for now alone. */
	all.u.cancel_all.time_in_force = LIGHTER_ABORT;
	all.u.cancel_all.time_ms = 0;
	all.attributes.present = 1u << LIGHTER_CANCEL_ALL_MARKET;
	all.attributes.value[LIGHTER_CANCEL_ALL_MARKET] = 9;
	assert_refused(&all, "attribute 5");
	all.u.cancel_all.time_in_force = LIGHTER_NOW;
	assert_true(accepted(&all));
	all.u.cancel_all.time_in_force = LIGHTER_ABORT;
	all.attributes.value[LIGHTER_CANCEL_ALL_MARKET] = 255; /* nil */
	assert_true(accepted(&all));
}

static void attributes_keep_their_ranges_and_rules(void **state)
{
	static const struct {
		const char *set; /* "type=value,..." */
		bool good;
	} CASES[] = {
		{"", true},
		{"4=1", true},
		{"4=0", false},
		{"4=2", false},
		{"1=281474976710654", true},
		{"1=281474976710655", false},
		{"1=-1", false},
		{"2=0,3=0", true},
		{"2=1", false},
		{"3=1", false},
		{"1=9,2=1000000,3=1000000", true},
		{"1=9,2=1000001", false},
		{"5=0", true},
		{"5=256", false},
		{"6=3,7=0", true},
		{"6=3,7=1", false},
		{"6=4", false},
		{"7=2", false},
		{"1=9,2=1,6=1", false},
		{"1=9,2=1,7=1", false},
		{"1=9,2=1,6=0,7=0", true},
		{"1=9,4=1,6=1,7=1", true},
		{"1=9,2=0,4=1,6=1,7=1", false}, /* five */
		{"0=1", false},
		{"8=1", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct lighter_transaction order = lighter_fixture_limit();
		for (const char *at = CASES[i].set; *at != '\0';) {
			char *end;
			long type = strtol(at, &end, 10);
			order.attributes.present |= 1u << type;
			long long value = strtoll(end + 1, &end, 10);
			if (type < LIGHTER_ATTRIBUTE_TYPES)
				order.attributes.value[type] = value;
			at = *end == ',' ? end + 1 : end;
		}
		if (accepted(&order) != CASES[i].good)
			fail_msg("attributes \"%s\" should be %s", CASES[i].set,
				 CASES[i].good ? "accepted" : "refused");
	}
}

static void groups_keep_their_rules(void **state)
{
	struct lighter_transaction group = lighter_fixture_bracket(), changed;
	(void)state;
	assert_true(accepted(&group));
	changed = group, changed.u.grouped.count = 2;
	assert_refused(&changed, "Orders");
	changed = group, changed.u.grouped.count = 4;
	assert_refused(&changed, "Orders");
	changed = group, changed.u.grouped.grouping = 4;
	assert_refused(&changed, "GroupingType");
	changed = group, changed.u.grouped.orders[1].market_index = 2;
	assert_refused(&changed, "MarketIndex");
	changed = group, changed.u.grouped.orders[1].client_order_index = 11;
	assert_refused(&changed, "ClientOrderIndex");
	changed = group, changed.u.grouped.orders[2].base_amount = 1;
	assert_refused(&changed, "BaseAmount");
	changed = group, changed.u.grouped.orders[2].is_ask = 0;
	assert_refused(&changed, "IsAsk");
	changed = group, changed.u.grouped.orders[2].type = LIGHTER_STOP_LOSS;
	assert_refused(&changed, "Type");
	changed = group, changed.u.grouped.orders[0].price = 0;
	assert_refused(&changed, "Price");
	changed = group, changed.u.grouped.orders[2].order_expiry_ms++;
	assert_refused(&changed, "OrderExpiry");

	/* The pair alone: one cancels the other. */
	group.u.grouped.grouping = LIGHTER_ONE_CANCELS_OTHER;
	group.u.grouped.count = 2;
	group.u.grouped.orders[0] = group.u.grouped.orders[1];
	group.u.grouped.orders[1] = group.u.grouped.orders[2];
	assert_true(accepted(&group));
	changed = group, changed.u.grouped.orders[0].base_amount = 1;
	assert_refused(&changed, "BaseAmount");
	changed = group, changed.u.grouped.orders[0].is_ask = 0;
	assert_refused(&changed, "IsAsk");
	changed = group, changed.u.grouped.orders[0].base_amount = 7,
	changed.u.grouped.orders[1].base_amount = 7, changed.u.grouped.orders[1].reduce_only = 0;
	assert_refused(&changed, "ReduceOnly");
}

static void l1_signature_is_hex_or_absent(void **state)
{
	struct lighter_transaction change = lighter_fixture_new(LIGHTER_CHANGE_PUB_KEY);
	char l1[2 + 130 + 1];
	(void)state;
	memset(l1, 'a', sizeof(l1));
	memcpy(l1, "0x", 2);
	l1[132] = '\0';
	change.u.change_key.l1_signature = l1;
	assert_true(accepted(&change));
	/* What JSON would have to escape, and what is no signature. */
	l1[50] = '"';
	assert_refused(&change, "L1Sig");
	l1[50] = 'a';
	l1[131] = '\0';
	assert_refused(&change, "L1Sig");
	change.u.change_key.l1_signature = NULL;
	assert_refused(&change, "L1Sig");
	change.u.change_key.l1_signature = "";
	assert_true(accepted(&change));
	memset(change.u.change_key.public_key, 0xff, 40);
	assert_refused(&change, "PubKey");
}

static void unknown_transaction_types_are_refused(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	(void)state;
	for (int type = 0; type < 64; type++) {
		switch (type) {
		case LIGHTER_CHANGE_PUB_KEY:
		case LIGHTER_CREATE_ORDER:
		case LIGHTER_CANCEL_ORDER:
		case LIGHTER_CANCEL_ALL:
		case LIGHTER_MODIFY_ORDER:
		case LIGHTER_UPDATE_LEVERAGE:
		case LIGHTER_CREATE_GROUPED_ORDERS:
		case LIGHTER_UPDATE_MARGIN:
			continue;
		default:
			order.type = (enum lighter_transaction_type)type;
			assert_refused(&order, "type");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_fields_keep_their_ranges),
		cmocka_unit_test(order_fields_keep_their_ranges),
		cmocka_unit_test(other_fields_keep_their_ranges),
		cmocka_unit_test(only_the_allowed_combinations_of_an_order_pass),
		cmocka_unit_test(cancel_all_has_a_time_only_when_scheduled),
		cmocka_unit_test(attributes_keep_their_ranges_and_rules),
		cmocka_unit_test(groups_keep_their_rules),
		cmocka_unit_test(l1_signature_is_hex_or_absent),
		cmocka_unit_test(unknown_transaction_types_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
