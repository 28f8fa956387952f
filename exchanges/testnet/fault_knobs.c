#include "exchanges/testnet/fault_knobs.h"

#include "core/base/decimal.h"
#include <string.h>

#define DAY_MS	    86400000
#define BILLION_E18 ((i128)1000000000 * INT64_C(1000000000000000000))

/* A table is read by row. */
/* clang-format off */
const struct fault_knob FAULT_KNOBS[] = {
	/* What becomes of an order. */
	{"ord.resp", FAULT_FORM_WORDS, "drop", 0, 0, FAULT_EVENT, "both",
	 "the order is executed, its answer never comes"},
	{"ord.lost", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "the request is lost before the venue reads it; nothing is executed, no answer comes"},
	{"ord.exec_then", FAULT_FORM_WORDS, "close|rst", 0, 0, FAULT_EVENT, "both",
	 "the order is executed, then the connection is closed or reset instead of an answer"},
	{"ord.http", FAULT_FORM_STATUS, "unknown|unavail|html", 100, 599, FAULT_EVENT, "both",
	 "an order's answer has this HTTP status; unknown: it was executed, else it was not"},
	{"ord.code", FAULT_FORM_CODE, "margin|internal|limit", 0, 999999, FAULT_EVENT, "both",
	 "an order is answered with this venue code; it is not executed unless :executed follows"},
	{"ord.body", FAULT_FORM_WORDS, "trunc|html|type|empty", 0, 0, FAULT_EVENT, "both",
	 "the order is executed; its 200 has a body that is cut, a page, wrongly typed or empty"},
	{"ord.swap_reply", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "the answer over the WebSocket carries the id of another request"},
	{"ord.dup_id", FAULT_FORM_WORDS, "accept|reject", 0, 0, FAULT_EVENT, "both",
	 "a client order id that was used before is accepted again, or a new one is called used"},
	{"ord.status", FAULT_FORM_TEXT, NULL, 0, 0, FAULT_EVENT, "both",
	 "an order's status is reported as this text"},
	{"ord.cum_shrink", FAULT_FORM_NONE, NULL, 0, 0, FAULT_ONCE, "both",
	 "an order's cumulative fill is reported smaller than before"},
	{"nonce", FAULT_FORM_WORDS, "dup|gap|old", 0, 0, FAULT_EVENT, "both",
	 "a transaction's nonce is refused as used before, too far ahead or too old"},
	{"auth", FAULT_FORM_WORDS, "perm|ip|sig|expired", 0, 0, FAULT_EVENT, "both",
	 "a request is refused for its key: rights, address, signature or expiry"},
	{"ord.ack_then", FAULT_FORM_WORDS, "reject|silence", 0, 0, FAULT_EVENT, "floor",
	 "an acknowledged order is refused when it would match, or vanishes"},
	{"lt.silent_drop", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "floor",
	 "an acknowledged order vanishes: no look-up and no event ever knows it"},
	{"ord.delay_ms", FAULT_FORM_INTEGER, NULL, 0, DAY_MS, FAULT_EVENT, "floor",
	 "an order is matched this much later than its arrival (in place of the venue's delay)"},
	{"ord.stuck", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "floor",
	 "an order stays pending until it is cancelled"},
	{"ord.stp", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "floor",
	 "self-trade prevention cancels the order without a fill"},
	{"ioc.fill_pct", FAULT_FORM_INTEGER, NULL, 0, 100, FAULT_EVENT, "floor",
	 "an IOC finds only this percentage of its quantity"},
	{"ro.reject", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "floor",
	 "a reduce-only order is refused when it would match"},
	{"cxl.delay_ms", FAULT_FORM_INTEGER, NULL, 0, DAY_MS, FAULT_EVENT, "floor",
	 "a cancel acts this much later than its arrival (in place of the venue's delay)"},
	{"cxl.fill_race", FAULT_FORM_INTEGER, NULL, 0, 100, FAULT_EVENT, "floor",
	 "this percentage of what is still open fills just before the cancel acts"},
	{"amend.swap_oid", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "hyperliquid",
	 "an amended order gets a new id; the cancellation of the old one is told first"},
	{"fill.fee_late", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a fill is told without its fee; a later look-up has it"},
	/* Reads. */
	{"qry.lag_ms", FAULT_FORM_INTEGER, NULL, 0, DAY_MS, FAULT_EVENT, "both",
	 "look-ups do not know what happened within this time"},
	{"qry.fail", FAULT_FORM_WORDS_OR_INTEGER, "forever", 1, 1000000, FAULT_COUNTED, "both",
	 "so many reads of orders, fills or positions fail with a 503"},
	{"pos.empty", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a read of positions lists none"},
	{"pos.fail", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a read of positions fails with a 500"},
	{"pos.lag_ms", FAULT_FORM_INTEGER, NULL, 0, DAY_MS, FAULT_EVENT, "both",
	 "reads of positions show the state of this much earlier"},
	{"rest.delay_ms", FAULT_FORM_INTEGER, NULL, 0, DAY_MS, FAULT_EVENT, "both",
	 "an HTTP answer comes this much later"},
	{"rate.429", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a request is answered 429 as if its limit were used up"},
	{"rate.firewall", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "lighter",
	 "a request is answered 405 with the firewall's page"},
	{"rate.orders", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "an order is refused for the account's order or volume quota"},
	{"json.bigid", FAULT_FORM_NONE, NULL, 0, 0, FAULT_CONDITION, "both",
	 "ids of orders and trades are beyond 2^53"},
	/* Streams. */
	{"ws.before_ack", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "events of an order go out before its answer"},
	{"ws.dup", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "an account frame is sent twice"},
	{"ws.reorder", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "an account frame is sent after the one that follows it"},
	{"ws.gap", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a book frame is left out"},
	{"ws.gap_private", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "an account frame is left out"},
	{"ws.silent", FAULT_FORM_NONE, NULL, 0, 0, FAULT_CONDITION, "both",
	 "market frames stop; pongs are still answered"},
	{"ws.private_silent", FAULT_FORM_NONE, NULL, 0, 0, FAULT_CONDITION, "both",
	 "account frames stop; market frames go on"},
	{"ws.stale_ts", FAULT_FORM_NONE, NULL, 0, 0, FAULT_CONDITION, "both",
	 "frames keep coming with the time at which the fault began"},
	{"ws.kick", FAULT_FORM_NONE, NULL, 0, 0, FAULT_ONCE, "both",
	 "a socket is closed by the venue"},
	{"ws.cut", FAULT_FORM_NONE, NULL, 0, 0, FAULT_ONCE, "both",
	 "a socket is cut without a close frame"},
	{"ws.sub_reject", FAULT_FORM_NONE, NULL, 0, 0, FAULT_EVENT, "both",
	 "a subscription is refused"},
	{"ws.burst", FAULT_FORM_INTEGER, NULL, 1, 100000, FAULT_CONDITION, "both",
	 "so many extra book frames are sent in a second"},
	{"net.down", FAULT_FORM_NONE, NULL, 0, 0, FAULT_CONDITION, "both",
	 "requests get no answer, sockets are cut and new ones refused"},
	/* The venue as a whole. */
	{"venue.down_ms", FAULT_FORM_INTEGER, NULL, 1, DAY_MS, FAULT_DURATION, "floor",
	 "the venue is down: 503 on everything, nothing matches (trading_floor_down)"},
	{"clock.skew_ms", FAULT_FORM_INTEGER, NULL, -DAY_MS, DAY_MS, FAULT_CONDITION, "floor",
	 "the venue's clock is that much ahead (below 0: behind)"},
	{"book", FAULT_FORM_WORDS, "empty|cross|gap", 0, 0, FAULT_CONDITION, "floor",
	 "the other participants' book is empty, crossed, or has nothing within 3 % of the mid"},
	{"book.move_bps", FAULT_FORM_INTEGER, NULL, -9000, 10000, FAULT_ONCE, "feed",
	 "the true price of the coin jumps by so many basis points"},
	{"sym.status", FAULT_FORM_WORDS, "trading|reduce-only|halted|delisted", 0, 0, FAULT_ONCE, "floor",
	 "the market's status changes, for good; needs symbol="},
	{"pos.foreign", FAULT_FORM_DECIMAL, NULL, 0, 0, FAULT_ONCE, "floor",
	 "somebody else trades this quantity (below 0: sells) on the first account"},
	{"adl", FAULT_FORM_DECIMAL, NULL, 0, 0, FAULT_ONCE, "floor",
	 "the venue closes this much of every account's position at the mark"},
	{"liq", FAULT_FORM_DECIMAL, NULL, 0, 0, FAULT_ONCE, "floor",
	 "as adl, called a liquidation"},
	{"funding.pay", FAULT_FORM_RATIO, NULL, 0, 0, FAULT_EVENT, "floor",
	 "a funding payment is this multiple of what the published rate gives"},
};
/* clang-format on */
const size_t FAULT_KNOB_COUNT = sizeof(FAULT_KNOBS) / sizeof(FAULT_KNOBS[0]);

/* ---- values ------------------------------------------------------------------------------------
 */

static bool is_word(const char *words, const char *text, size_t length)
{
	while (words != NULL && length > 0) {
		size_t word = strcspn(words, "|");
		if (word == length && memcmp(words, text, word) == 0)
			return true;
		words = words[word] ? words + word + 1 : NULL;
	}
	return false;
}

static bool is_integer(const struct fault_knob *knob, const char *text, size_t length)
{
	int64_t value;
	return decimal_parse_i64(text, length, 0, &value) == DECIMAL_OK && value >= knob->minimum &&
	       value <= knob->maximum;
}

static bool is_status(const struct fault_knob *knob, const char *value)
{
	size_t number = strcspn(value, ":");
	return is_integer(knob, value, number) &&
	       (value[number] == '\0' ||
		is_word(knob->words, value + number + 1, strlen(value + number + 1)));
}

static bool is_code(const struct fault_knob *knob, const char *value)
{
	size_t code = strcspn(value, ":");
	return (is_word(knob->words, value, code) || is_integer(knob, value, code)) &&
	       (value[code] == '\0' || strcmp(value + code, ":executed") == 0);
}

static bool is_decimal(const char *value)
{
	i128 number;
	return decimal_parse_i128(value, strlen(value), 18, &number) == DECIMAL_OK && number != 0 &&
	       number < BILLION_E18 && number > -BILLION_E18;
}

bool fault_ratio_parse(const char *text, int64_t *numerator, int64_t *denominator)
{
	size_t first = strcspn(text, "/");
	int decimals = decimal_decimals_needed(text, first);
	*denominator = 1;
	if (text[first] == '/' && (decimal_parse_i64(text + first + 1, strlen(text + first + 1), 0,
						     denominator) != DECIMAL_OK ||
				   *denominator <= 0 || *denominator > 1000000))
		return false;
	if (decimals < 0 || decimals > 9 ||
	    decimal_parse_i64(text, first, (unsigned)decimals, numerator) != DECIMAL_OK)
		return false;
	*denominator *= DECIMAL_POWERS[decimals];
	return true;
}

static bool takes(const struct fault_knob *knob, const char *value)
{
	int64_t numerator, denominator;
	size_t length = strlen(value);
	switch (knob->form) {
	case FAULT_FORM_NONE:
		return length == 0 || strcmp(value, "1") == 0;
	case FAULT_FORM_INTEGER:
		return is_integer(knob, value, length);
	case FAULT_FORM_WORDS:
		return is_word(knob->words, value, length);
	case FAULT_FORM_WORDS_OR_INTEGER:
		return is_word(knob->words, value, length) || is_integer(knob, value, length);
	case FAULT_FORM_STATUS:
		return is_status(knob, value);
	case FAULT_FORM_CODE:
		return is_code(knob, value);
	case FAULT_FORM_DECIMAL:
		return is_decimal(value);
	case FAULT_FORM_RATIO:
		return fault_ratio_parse(value, &numerator, &denominator);
	case FAULT_FORM_TEXT:
		return length > 0;
	}
	return false;
}

static void spaced_words(const char *words, char *buffer, size_t size)
{
	size_t at = 0;
	for (; *words && at + 4 < size; words++) {
		if (*words != '|') {
			buffer[at++] = *words;
			continue;
		}
		memcpy(buffer + at, " | ", 3);
		at += 3;
	}
	buffer[at] = '\0';
}

const char *fault_knob_form(const struct fault_knob *knob, char *buffer, size_t size)
{
	char words[64] = "";
	if (knob->words)
		spaced_words(knob->words, words, sizeof(words));
	long long low = knob->minimum, high = knob->maximum;
	switch (knob->form) {
	case FAULT_FORM_NONE:
		snprintf(buffer, size, "none");
		break;
	case FAULT_FORM_INTEGER:
		snprintf(buffer, size, "%lld to %lld", low, high);
		break;
	case FAULT_FORM_WORDS:
		snprintf(buffer, size, "%s", words);
		break;
	case FAULT_FORM_WORDS_OR_INTEGER:
		snprintf(buffer, size, "%s, or %lld to %lld", words, low, high);
		break;
	case FAULT_FORM_STATUS:
		snprintf(buffer, size, "%lld to %lld, then : and %s if wanted", low, high, words);
		break;
	case FAULT_FORM_CODE:
		snprintf(buffer, size, "%s, or a code; then :executed if wanted", words);
		break;
	case FAULT_FORM_DECIMAL:
		snprintf(buffer, size, "a decimal below 10^9, not 0");
		break;
	case FAULT_FORM_RATIO:
		snprintf(buffer, size, "a decimal or a fraction such as 1/8");
		break;
	case FAULT_FORM_TEXT:
		snprintf(buffer, size, "a text");
		break;
	}
	return buffer;
}

bool fault_knob_takes(const struct fault_knob *knob, const char *value, struct error *err)
{
	char form[128];
	if (takes(knob, value))
		return true;
	return error_set(err, ERROR_CONFIGURATION,
			 "fault %s: '%.40s' is not its value; allowed: %s", knob->name, value,
			 fault_knob_form(knob, form, sizeof(form)));
}

/* ---- the list ----------------------------------------------------------------------------------
 */

/* Letters in common from the start: enough to name what a typing error meant. */
static size_t common_start(const char *a, const char *b)
{
	size_t count = 0;
	while (a[count] && a[count] == b[count])
		count++;
	return count;
}

const struct fault_knob *fault_knob_find(const char *name, struct error *err)
{
	const struct fault_knob *nearest = NULL;
	size_t most = 0;
	for (size_t i = 0; i < FAULT_KNOB_COUNT; i++) {
		if (strcmp(FAULT_KNOBS[i].name, name) == 0)
			return &FAULT_KNOBS[i];
		size_t common = common_start(FAULT_KNOBS[i].name, name);
		if (common > most) {
			most = common;
			nearest = &FAULT_KNOBS[i];
		}
	}
	error_set(err, ERROR_CONFIGURATION,
		  "'%.40s' is not a fault%s%s; docs/testnet.md lists all %zu", name,
		  nearest ? "; nearest: " : "", nearest ? nearest->name : "", FAULT_KNOB_COUNT);
	return NULL;
}

void fault_knobs_document(FILE *out)
{
	char form[128];
	fputs("| knob | value | lasts | acts in | what happens |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < FAULT_KNOB_COUNT; i++) {
		const struct fault_knob *knob = &FAULT_KNOBS[i];
		bool lasts = knob->nature == FAULT_CONDITION || knob->nature == FAULT_DURATION;
		fprintf(out, "| `%s` | ", knob->name);
		for (const char *at = fault_knob_form(knob, form, sizeof(form)); *at; at++)
			fprintf(out, "%s%c", *at == '|' ? "\\" : "", *at);
		fprintf(out, " | %s | %s | %s |\n", lasts ? "yes" : "no", knob->acts,
			knob->meaning);
	}
}
