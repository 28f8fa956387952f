#include "core/market/account_event.h"

#include <assert.h>

const char *reject_reason_text(enum reject_reason reason)
{
	switch (reason) {
	case REJECT_NONE:
		return "none";
	case REJECT_NEVER_SENT:
		return "never-sent";
	case REJECT_MARGIN:
		return "margin";
	case REJECT_TICK:
		return "tick";
	case REJECT_LOT:
		return "lot";
	case REJECT_MINIMUM_QUANTITY:
		return "minimum-quantity";
	case REJECT_MAXIMUM_QUANTITY:
		return "maximum-quantity";
	case REJECT_MINIMUM_NOTIONAL:
		return "minimum-notional";
	case REJECT_PRICE_BAND:
		return "price-band";
	case REJECT_WOULD_CROSS:
		return "would-cross";
	case REJECT_REDUCE_ONLY:
		return "reduce-only";
	case REJECT_NO_SHORT:
		return "no-short";
	case REJECT_LEVERAGE:
		return "leverage";
	case REJECT_MARKET_STATUS:
		return "market-status";
	case REJECT_NOT_SYNCED:
		return "not-synced";
	case REJECT_EXPIRED:
		return "expired";
	case REJECT_DUPLICATE_ID:
		return "duplicate-id";
	case REJECT_NOT_FOUND:
		return "not-found";
	case REJECT_RATE_LIMITED:
		return "rate-limited";
	case REJECT_AUTH:
		return "auth";
	case REJECT_MAINTENANCE:
		return "maintenance";
	case REJECT_OTHER:
		return "other";
	}
	assert(false && "reject reason");
	return "";
}
