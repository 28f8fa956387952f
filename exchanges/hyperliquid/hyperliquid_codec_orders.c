#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CLOID_DIGITS 32

/* ---- client order ids --------------------------------------------------------------------------
 */

void hyperliquid_cloid(uint64_t prefix, uint32_t client_id, char text[HYPERLIQUID_CLOID_TEXT])
{
	snprintf(text, HYPERLIQUID_CLOID_TEXT, "0x%016" PRIx64 "%016" PRIx32, prefix, client_id);
}

static bool hex_number(const char *digits, size_t count, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < count; i++) {
		char c = digits[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: 16u;
		if (digit == 16)
			return false;
		*number = *number << 4 | digit;
	}
	return true;
}

uint32_t hyperliquid_client_id(uint64_t prefix, const struct hyperliquid_value *cloid)
{
	uint64_t high, low;
	if (cloid->type != JSON_STRING || cloid->length != 2 + CLOID_DIGITS ||
	    memcmp(cloid->text, "0x", 2) != 0 || !hex_number(cloid->text + 2, 16, &high) ||
	    !hex_number(cloid->text + 18, 16, &low))
		return 0;
	return high == prefix && low <= 0x7fffffff ? (uint32_t)low : 0;
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static bool ends_with(const struct hyperliquid_value *value, const char *ending)
{
	size_t length = strlen(ending);
	return value->type == JSON_STRING && value->length >= length &&
	       memcmp(value->text + value->length - length, ending, length) == 0;
}

enum hyperliquid_order_class hyperliquid_classify(const struct hyperliquid_value *status,
						  enum reject_reason *reason)
{
	static const struct {
		const char *word;
		enum hyperliquid_order_class class;
		enum reject_reason reason;
	} words[] = {
		{"open", HYPERLIQUID_ORDER_LIVE, REJECT_NONE},
		{"triggered", HYPERLIQUID_ORDER_LIVE, REJECT_NONE},
		{"filled", HYPERLIQUID_ORDER_FILLED, REJECT_NONE},
		{"canceled", HYPERLIQUID_ORDER_ENDED, REJECT_NONE},
		{"scheduledCancel", HYPERLIQUID_ORDER_ENDED, REJECT_NONE},
		{"internalCancel", HYPERLIQUID_ORDER_ENDED, REJECT_OTHER},
		{"marginCanceled", HYPERLIQUID_ORDER_ENDED, REJECT_MARGIN},
		{"reduceOnlyCanceled", HYPERLIQUID_ORDER_ENDED, REJECT_REDUCE_ONLY},
		{"delistedCanceled", HYPERLIQUID_ORDER_ENDED, REJECT_MARKET_STATUS},
		{"tickRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_TICK},
		{"minTradeNtlRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_MINIMUM_NOTIONAL},
		{"perpMarginRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_MARGIN},
		{"insufficientSpotBalanceRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_MARGIN},
		{"reduceOnlyRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_REDUCE_ONLY},
		{"badAloPxRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_WOULD_CROSS},
		/* An IOC that found nothing within its limit: on other venues it is cancelled. */
		{"iocCancelRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_PRICE_BAND},
		{"marketOrderNoLiquidityRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_PRICE_BAND},
		{"oracleRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_PRICE_BAND},
		{"perpMaxPositionRejected", HYPERLIQUID_ORDER_REFUSED, REJECT_LEVERAGE},
	};
	*reason = REJECT_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!hyperliquid_is(status, words[i].word))
			continue;
		*reason = words[i].reason;
		return words[i].class;
	}
	*reason = REJECT_OTHER;
	if (ends_with(status, "Canceled"))
		return HYPERLIQUID_ORDER_ENDED;
	if (ends_with(status, "Rejected") || hyperliquid_is(status, "rejected"))
		return HYPERLIQUID_ORDER_REFUSED;
	return HYPERLIQUID_ORDER_STRANGE;
}

static bool read_order(const struct hyperliquid_value *value, uint64_t prefix,
		       struct hyperliquid_order_row *row)
{
	enum { COIN, LEFT, ORIGINAL, OID, CLOID, REDUCE_ONLY, PLACED, ALL };
	static const char *const names[ALL] = {"coin",	"sz",	      "origSz",	  "oid",
					       "cloid", "reduceOnly", "timestamp"};
	struct hyperliquid_value values[ALL];
	memset(row, 0, sizeof(*row));
	row->class = HYPERLIQUID_ORDER_LIVE;
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_copy(&values[COIN], row->coin.name, sizeof(row->coin.name)) ||
	    !hyperliquid_money(&values[LEFT], &row->left) ||
	    !hyperliquid_money(&values[ORIGINAL], &row->original) ||
	    !hyperliquid_u64(&values[OID], &row->order_id) ||
	    !hyperliquid_time(&values[PLACED], &row->placed_ns) ||
	    !hyperliquid_flag(&values[REDUCE_ONLY], &row->reduce_only))
		return false;
	row->client_id = hyperliquid_client_id(prefix, &values[CLOID]);
	row->status_ns = row->placed_ns;
	return row->left.e18 >= 0 && row->original.e18 >= row->left.e18;
}

bool hyperliquid_decode_open_orders(const struct hyperliquid_value *value, uint64_t prefix,
				    hyperliquid_visit_order visit, void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value entry;
	struct hyperliquid_order_row row;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &entry)) {
		if (!read_order(&entry, prefix, &row))
			return false;
		visit(user, &row);
	}
	return !rows.broken;
}

/* {order, status, statusTimestamp} */
static bool read_status(const struct hyperliquid_value *value, uint64_t prefix,
			struct hyperliquid_order_row *row)
{
	static const char *const names[] = {"order", "status", "statusTimestamp"};
	struct hyperliquid_value values[3];
	if (!hyperliquid_members(value, names, 3, values) || !read_order(&values[0], prefix, row) ||
	    values[1].type != JSON_STRING || !hyperliquid_time(&values[2], &row->status_ns))
		return false;
	row->class = hyperliquid_classify(&values[1], &row->reason);
	hyperliquid_excerpt(&values[1], row->status, sizeof(row->status));
	return true;
}

bool hyperliquid_decode_order_updates(const struct hyperliquid_value *value, uint64_t prefix,
				      hyperliquid_visit_order visit, void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value entry;
	struct hyperliquid_order_row row;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &entry)) {
		if (!read_status(&entry, prefix, &row))
			return false;
		visit(user, &row);
	}
	return !rows.broken;
}

enum hyperliquid_lookup hyperliquid_decode_order_status(const struct hyperliquid_value *value,
							uint64_t prefix,
							struct hyperliquid_order_row *row)
{
	static const char *const names[] = {"status", "order"};
	struct hyperliquid_value values[2];
	if (!hyperliquid_members(value, names, 2, values))
		return HYPERLIQUID_LOOKUP_UNSOUND;
	if (hyperliquid_is(&values[0], "unknownOid"))
		return HYPERLIQUID_LOOKUP_UNKNOWN_OID;
	return hyperliquid_is(&values[0], "order") && read_status(&values[1], prefix, row)
		       ? HYPERLIQUID_LOOKUP_FOUND
		       : HYPERLIQUID_LOOKUP_UNSOUND;
}

/* ---- fills and funding -------------------------------------------------------------------------
 */

static bool read_liquidation(const struct hyperliquid_value *value, struct hyperliquid_fill *fill)
{
	static const char *const names[] = {"liquidatedUser", "markPx"};
	struct hyperliquid_value values[2];
	char address[HYPERLIQUID_ADDRESS_TEXT];
	fill->liquidation = !hyperliquid_missing(value);
	if (!fill->liquidation)
		return true;
	if (!hyperliquid_members(value, names, 2, values) ||
	    !hyperliquid_money(&values[1], &fill->liquidation_mark))
		return false;
	fill->liquidated_known = !hyperliquid_missing(&values[0]);
	return !fill->liquidated_known || (hyperliquid_copy(&values[0], address, sizeof(address)) &&
					   hyperliquid_address_parse(address, fill->liquidated));
}

static bool read_fee(const struct hyperliquid_value *fee, const struct hyperliquid_value *token,
		     struct hyperliquid_fill *fill)
{
	fill->fee_known = !hyperliquid_missing(fee);
	return !fill->fee_known ||
	       (hyperliquid_money(fee, &fill->fee) &&
		hyperliquid_copy(token, fill->fee_token.name, sizeof(fill->fee_token.name)));
}

static bool read_fill(const struct hyperliquid_value *value, uint64_t prefix,
		      struct hyperliquid_fill *fill)
{
	enum {
		COIN,
		PRICE,
		SIZE,
		SIDE,
		TIME,
		OID,
		TID,
		CLOID,
		FEE,
		FEE_TOKEN,
		CROSSED,
		LIQUIDATION,
		ALL
	};
	static const char *const names[ALL] = {"coin", "px",	   "sz",      "side",
					       "time", "oid",	   "tid",     "cloid",
					       "fee",  "feeToken", "crossed", "liquidation"};
	struct hyperliquid_value values[ALL];
	memset(fill, 0, sizeof(*fill));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_copy(&values[COIN], fill->coin.name, sizeof(fill->coin.name)) ||
	    !hyperliquid_money(&values[PRICE], &fill->price) ||
	    !hyperliquid_money(&values[SIZE], &fill->size) ||
	    !hyperliquid_time(&values[TIME], &fill->time_ns) ||
	    !hyperliquid_u64(&values[OID], &fill->order_id) ||
	    !hyperliquid_u64(&values[TID], &fill->trade_id) ||
	    !read_fee(&values[FEE], &values[FEE_TOKEN], fill) ||
	    !hyperliquid_flag(&values[CROSSED], &fill->crossed) ||
	    !read_liquidation(&values[LIQUIDATION], fill))
		return false;
	fill->client_id = hyperliquid_client_id(prefix, &values[CLOID]);
	fill->side = hyperliquid_is(&values[SIDE], "A") ? SIDE_SELL : SIDE_BUY;
	return (fill->side == SIDE_SELL || hyperliquid_is(&values[SIDE], "B")) &&
	       fill->price.e18 >= 0 && fill->size.e18 >= 0;
}

bool hyperliquid_decode_fills(const struct hyperliquid_value *value, uint64_t prefix,
			      hyperliquid_visit_fill visit, void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value row;
	struct hyperliquid_fill fill;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		if (!read_fill(&row, prefix, &fill))
			return false;
		visit(user, &fill);
	}
	return !rows.broken;
}

void hyperliquid_trade_text(const struct hyperliquid_fill *fill, char text[VENUE_TEXT_MAX + 1])
{
	snprintf(text, VENUE_TEXT_MAX + 1, "%" PRId64 "-%" PRIu64, fill->time_ns / 1000000,
		 fill->trade_id);
}

static bool read_payment(const struct hyperliquid_value *value, struct hyperliquid_payment *payment)
{
	enum { TIME, DELTA, COIN, AMOUNT, POSITION, RATE, ALL };
	static const char *const names[ALL] = {"time", "delta", "coin",
					       "usdc", "szi",	"fundingRate"};
	struct hyperliquid_value values[ALL], inner[ALL];
	memset(payment, 0, sizeof(*payment));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_time(&values[TIME], &payment->time_ns))
		return false;
	const struct hyperliquid_value *figures = values;
	if (!hyperliquid_missing(&values[DELTA])) {
		if (!hyperliquid_members(&values[DELTA], names, ALL, inner))
			return false;
		figures = inner;
	}
	return hyperliquid_copy(&figures[COIN], payment->coin.name, sizeof(payment->coin.name)) &&
	       hyperliquid_money(&figures[AMOUNT], &payment->amount) &&
	       hyperliquid_money(&figures[POSITION], &payment->position) &&
	       hyperliquid_rate(&figures[RATE], &payment->rate);
}

bool hyperliquid_decode_payments(const struct hyperliquid_value *value,
				 hyperliquid_visit_payment visit, void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value row;
	struct hyperliquid_payment payment;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		if (!read_payment(&row, &payment))
			return false;
		visit(user, &payment);
	}
	return !rows.broken;
}
