/*
 * Any bytes as an answer of Lighter's REST: every reader of every list takes them or refuses them,
 * and what was taken lies within its bounds.
 */
#include "exchanges/lighter/lighter_codec.h"
#include "exchanges/lighter/lighter_codes.h"

#include <assert.h>
#include <string.h>

static struct lighter_scales scales;

static void read_market(const struct lighter_slot *object)
{
	struct lighter_market_terms terms;
	struct book_level level;
	int64_t time_ns;
	if (lighter_market_read(object, &terms) == LIGHTER_OK) {
		assert(terms.market >= 0);
		assert(terms.size_decimals >= 0 && terms.size_decimals <= 12);
		assert(terms.price_decimals >= 0 && terms.price_decimals <= 12);
		assert(terms.minimum_base.e18 >= 0 && terms.maximum_quote.e18 >= 0);
		assert(memchr(terms.symbol, '\0', sizeof(terms.symbol)));
	}
	if (lighter_resting_read(object, &scales.market[1], &level, &time_ns) == LIGHTER_OK)
		assert(level.price.units > 0 && level.quantity.units >= 0);
}

static void read_trade(const struct lighter_slot *object)
{
	struct lighter_trade trade;
	struct lighter_own_side own;
	if (lighter_trade_read(object, &scales, &trade) != LIGHTER_OK)
		return;
	assert(trade.market >= 0 && trade.market < LIGHTER_MARKETS);
	assert(trade.id != 0 && trade.price.units > 0 && trade.size.units > 0);
	assert(trade.value.e18 >= 0 && trade.time_ns >= 0);
	if (lighter_trade_own_side(&trade, 5501, &own))
		assert(own.side == SIDE_BUY || own.side == SIDE_SELL);
}

static void read_order(const struct lighter_slot *object)
{
	struct lighter_order_report order;
	if (lighter_order_read(object, &scales, &order) != LIGHTER_OK)
		return;
	assert(order.market >= 0 && order.market < LIGHTER_MARKETS);
	assert(order.filled.units >= 0 && order.initial.units >= 0);
	assert(memchr(order.status, '\0', sizeof(order.status)));
}

static void read_account(const struct lighter_slot *object)
{
	struct lighter_account account;
	struct lighter_position position;
	struct lighter_list list;
	struct lighter_slot inner;
	if (lighter_account_read(object, &account) != LIGHTER_OK)
		return;
	lighter_list_begin(&list, &account.positions);
	while (lighter_list_next(&list, &inner))
		if (lighter_position_read(&inner, &scales, &position) == LIGHTER_OK)
			assert(position.quantity.units == 0 || position.entry.e18 > 0);
}

static void read_others(const struct lighter_slot *object)
{
	struct lighter_api_key key;
	struct lighter_payment payment;
	struct lighter_settled settled;
	struct lighter_eight_hours row;
	struct lighter_candle candle;
	(void)lighter_api_key_read(object, &key);
	if (lighter_payment_read(object, &scales, &payment) == LIGHTER_OK)
		assert(payment.time_ns > 0);
	if (lighter_settled_read(object, &settled) == LIGHTER_OK)
		assert(settled.boundary_ns > 0);
	if (lighter_eight_hours_read(object, &row) == LIGHTER_OK)
		assert(row.rate.e18 < RATE_ONE && row.rate.e18 > -RATE_ONE);
	if (lighter_candle_read(object, &candle) == LIGHTER_OK)
		assert(candle.close.e18 > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct lighter_reply reply;
	char cursor[LIGHTER_CURSOR_MAX], hashes[2][LIGHTER_HASH_TEXT];
	int64_t code;
	scales.market[0] = (struct lighter_scale){true, 2, 4};
	scales.market[1] = (struct lighter_scale){true, 1, 5};
	scales.market[2] = (struct lighter_scale){true, 12, 12};
	if (!lighter_reply_read((const char *)bytes, size, &reply))
		return 0;
	if (lighter_next_cursor(&reply, cursor))
		assert(memchr(cursor, '\0', sizeof(cursor)));
	(void)lighter_tx_read(&reply, &code);
	(void)lighter_verdict_of(reply.code);
	size_t count = lighter_hashes_read(&reply.slots[REPLY_TX_HASH], hashes, 2);
	for (size_t i = 0; i < count && i < 2; i++)
		assert(memchr(hashes[i], '\0', sizeof(hashes[i])));
	for (size_t m = 0; m < REPLY_MEMBERS; m++) {
		struct lighter_list list;
		struct lighter_slot object;
		lighter_list_begin(&list, &reply.slots[m]);
		while (lighter_list_next(&list, &object)) {
			assert(object.text >= (const char *)bytes &&
			       object.text + object.length <= (const char *)bytes + size);
			read_market(&object);
			read_trade(&object);
			read_order(&object);
			read_account(&object);
			read_others(&object);
		}
	}
	return 0;
}
