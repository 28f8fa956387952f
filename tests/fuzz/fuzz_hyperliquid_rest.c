/*
 * Any bytes as an answer of Hyperliquid's REST interface: every decoder reads them without harm,
 * and what it accepts keeps its promises.
 */
#include "exchanges/hyperliquid/hyperliquid_codec_account.h"
#include "exchanges/hyperliquid/hyperliquid_codec_answers.h"
#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"

#include <assert.h>
#include <string.h>

#define PREFIX UINT64_C(0x00f00d0000000001)

static void on_terms(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms)
{
	(void)user;
	assert(asset < HYPERLIQUID_UNIVERSE_MAX);
	assert(terms->size_decimals <= HYPERLIQUID_SIZE_DECIMALS_MAX);
	assert(terms->maximum_leverage >= 1 && terms->coin.name[0] != '\0');
}

static void on_overview(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms,
			const struct hyperliquid_context *context)
{
	on_terms(user, asset, terms);
	assert(context == NULL || (context->mark.e18 > 0 && context->oracle.e18 > 0));
}

static void on_trade(void *user, const struct hyperliquid_trade *trade)
{
	(void)user;
	assert(trade->price.e18 > 0 && trade->size.e18 > 0);
}

static void on_settled(void *user, const struct hyperliquid_settled *settled)
{
	(void)user;
	assert(settled->rate.e18 <= RATE_ONE && settled->rate.e18 >= -RATE_ONE);
	assert(settled->rate_decimals <= MONEY_DECIMALS);
}

static void on_mid(void *user, const struct hyperliquid_coin *coin, struct money mid)
{
	(void)user;
	(void)coin;
	assert(mid.e18 > 0);
}

static void on_prediction(void *user, const struct hyperliquid_prediction *prediction)
{
	(void)user;
	assert(prediction->interval_ns >= 0);
}

static void on_position(void *user, const struct hyperliquid_position *position)
{
	(void)user;
	assert(position->leverage >= 1);
}

static void on_balance(void *user, const char *coin, struct money total, struct money hold)
{
	(void)user;
	(void)total;
	(void)hold;
	assert(strlen(coin) <= HYPERLIQUID_COIN_MAX);
}

static void on_agent(void *user, const uint8_t address[20], int64_t valid_until_ns)
{
	(void)user;
	(void)address;
	assert(valid_until_ns >= 0);
}

static void on_order(void *user, const struct hyperliquid_order_row *row)
{
	(void)user;
	assert(row->left.e18 >= 0 && row->left.e18 <= row->original.e18);
	assert(row->client_id <= 0x7fffffff);
}

static void on_fill(void *user, const struct hyperliquid_fill *fill)
{
	char text[VENUE_TEXT_MAX + 1];
	(void)user;
	assert(fill->price.e18 >= 0 && fill->size.e18 >= 0 && fill->time_ns > 0);
	hyperliquid_trade_text(fill, text);
	assert(strlen(text) > 0);
}

static void on_payment(void *user, const struct hyperliquid_payment *payment)
{
	(void)user;
	assert(payment->time_ns > 0);
}

static void read_lists(const struct hyperliquid_value *value)
{
	struct hyperliquid_order_row row;
	hyperliquid_decode_meta(value, on_terms, NULL);
	hyperliquid_decode_overview(value, on_overview, NULL);
	hyperliquid_decode_trades(value, on_trade, NULL);
	hyperliquid_decode_funding_history(value, on_settled, NULL);
	hyperliquid_decode_all_mids(value, on_mid, NULL);
	hyperliquid_decode_predicted(value, on_prediction, NULL);
	hyperliquid_decode_spot_balances(value, on_balance, NULL);
	hyperliquid_decode_agents(value, on_agent, NULL);
	hyperliquid_decode_open_orders(value, PREFIX, on_order, NULL);
	hyperliquid_decode_order_updates(value, PREFIX, on_order, NULL);
	hyperliquid_decode_fills(value, PREFIX, on_fill, NULL);
	hyperliquid_decode_payments(value, on_payment, NULL);
	if (hyperliquid_decode_order_status(value, PREFIX, &row) == HYPERLIQUID_LOOKUP_FOUND)
		on_order(NULL, &row);
}

static void read_books(const struct hyperliquid_value *value)
{
	const struct hyperliquid_scale scale = {2, 4};
	struct book_level levels[HYPERLIQUID_LEVELS_MAX];
	struct hyperliquid_book book;
	uint32_t count;
	if (!hyperliquid_decode_book(value, &book) ||
	    !hyperliquid_decode_levels(&book.bids, &scale, SIDE_BUY, levels, &count))
		return;
	for (uint32_t i = 0; i < count; i++) {
		assert(levels[i].price.units > 0 && levels[i].quantity.units > 0);
		assert(i == 0 || levels[i].price.units < levels[i - 1].price.units);
	}
}

static void read_small_answers(const struct hyperliquid_value *value)
{
	struct hyperliquid_clearinghouse state;
	struct hyperliquid_budget budget;
	struct hyperliquid_context context;
	enum hyperliquid_role role;
	struct rate maker, taker;
	uint8_t owner[20];
	char text[HYPERLIQUID_MODE_MAX + 1];
	int64_t time_ns;
	int32_t leverage;
	bool cross;
	hyperliquid_decode_context(value, &context);
	hyperliquid_decode_clearinghouse(value, &state, on_position, NULL);
	hyperliquid_decode_mode(value, text);
	hyperliquid_decode_fees(value, &maker, &taker);
	if (hyperliquid_decode_budget(value, &budget))
		assert(budget.cap >= 0 && budget.used >= 0 && budget.surplus >= 0);
	hyperliquid_decode_role(value, &role, owner);
	hyperliquid_decode_asset_data(value, &cross, &leverage);
	if (hyperliquid_decode_status(value, &time_ns, text, sizeof(text)))
		assert(time_ns > 0);
}

static void read_answer(const struct hyperliquid_value *value)
{
	static struct hyperliquid_answer answer;
	enum reject_reason reason;
	hyperliquid_decode_answer(value, &answer);
	assert(answer.count <= HYPERLIQUID_BATCH_MAX);
	assert(answer.kind != HYPERLIQUID_ANSWER_STRANGE || answer.count == 0);
	for (size_t i = 0; i < 3; i++) {
		struct hyperliquid_status status = hyperliquid_status_of(&answer, i, 3);
		if (status.kind == HYPERLIQUID_STATUS_ERROR)
			hyperliquid_refusal(status.text, HYPERLIQUID_SCOPE_ORDER, &reason);
	}
	hyperliquid_notice_of(answer.text);
	hyperliquid_lowest_nonce(answer.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct hyperliquid_value value;
	if (!hyperliquid_document((const char *)bytes, size, &value))
		return 0;
	read_lists(&value);
	read_books(&value);
	read_small_answers(&value);
	read_answer(&value);
	return 0;
}
