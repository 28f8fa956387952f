#include "exchanges/lighter/lighter_codes.h"

#include <stddef.h>

static const struct {
	int64_t code;
	enum reject_reason reason; /* REJECT_NONE: not definite */
	bool refresh_markets;
	const char *meaning;
} codes[] = {
	{20001, REJECT_OTHER, false, "invalid parameter"},
	{21100, REJECT_AUTH, false, "account not found"},
	{21102, REJECT_AUTH, false, "invalid account index"},
	{21104, REJECT_OTHER, false, "invalid nonce"},
	{21105, REJECT_OTHER, false, "batch nonces not increasing"},
	{21108, REJECT_AUTH, false, "invalid public key"},
	{21109, REJECT_AUTH, false, "API key not found"},
	{21110, REJECT_AUTH, false, "invalid API key index"},
	{21111, REJECT_MARGIN, false, "account is in liquidation"},
	{21112, REJECT_MARGIN, false, "account is close to liquidation"},
	{21113, REJECT_LEVERAGE, false, "invalid initial margin fraction"},
	{21120, REJECT_AUTH, false, "invalid signature"},
	{21121, REJECT_OTHER, false, "batch mixes accounts or API keys"},
	{21122, REJECT_OTHER, false, "the dead man's switch should be triggered"},
	{21132, REJECT_LEVERAGE, false, "margin mode cannot change with a position or orders"},
	{21133, REJECT_LEVERAGE, false, "invalid risk change"},
	{21136, REJECT_AUTH, false, "transaction layout is out of date"},
	{21149, REJECT_AUTH, false, "integrator is not approved"},
	{21301, REJECT_MARGIN, false, "not enough collateral"},
	{21304, REJECT_MARGIN, false, "not enough balance"},
	{21500, REJECT_NONE, false, "transaction not found"},
	{21501, REJECT_OTHER, false, "invalid transaction"},
	{21505, REJECT_OTHER, false, "unsupported transaction type"},
	{21506, REJECT_RATE_LIMITED, false, "too many pending transactions"},
	{21507, REJECT_MARGIN, false, "below maintenance margin"},
	{21508, REJECT_MARGIN, false, "below initial margin"},
	{21513, REJECT_OTHER, false, "batch arrays differ in length"},
	{21514, REJECT_OTHER, false, "batch too large"},
	{21600, REJECT_NOT_FOUND, false, "order is not active"},
	{21601, REJECT_OTHER, false, "order book full"},
	{21602, REJECT_MARKET_STATUS, true, "invalid market index"},
	{21605, REJECT_MARKET_STATUS, true, "invalid market status"},
	{21618, REJECT_MARKET_STATUS, true, "order type not allowed in this market"},
	{21700, REJECT_OTHER, false, "invalid order index"},
	{21701, REJECT_LOT, true, "invalid base amount"},
	{21702, REJECT_TICK, true, "invalid price"},
	{21703, REJECT_OTHER, false, "invalid side"},
	{21704, REJECT_OTHER, false, "invalid order type"},
	{21705, REJECT_OTHER, false, "invalid time in force"},
	{21706, REJECT_MINIMUM_NOTIONAL, true, "invalid base or quote amount"},
	{21708, REJECT_NOT_FOUND, false, "order is empty"},
	{21709, REJECT_NOT_FOUND, false, "order is inactive"},
	{21711, REJECT_EXPIRED, false, "invalid expiry"},
	{21712, REJECT_OTHER, false, "a cancel-all is queued"},
	{21715, REJECT_NOT_FOUND, false, "order is inactive"},
	{21717, REJECT_OTHER, false, "too many active orders"},
	{21718, REJECT_OTHER, false, "too many active orders in this market"},
	{21719, REJECT_OTHER, false, "too many pending orders"},
	{21720, REJECT_OTHER, false, "too many pending orders in this market"},
	{21727, REJECT_OTHER, false, "invalid client order index"},
	{21728, REJECT_NONE, false, "duplicate client order index"},
	{21729, REJECT_OTHER, false, "invalid trigger price"},
	{21732, REJECT_REDUCE_ONLY, false, "reduce-only would increase the position"},
	{21733, REJECT_PRICE_BAND, false, "price flagged as accidental"},
	{21734, REJECT_PRICE_BAND, false, "limit price too far from mark"},
	{21735, REJECT_PRICE_BAND, false, "price too far from trigger"},
	{21738, REJECT_REDUCE_ONLY, false, "reduce-only in the wrong direction"},
	{21739, REJECT_MARGIN, false, "not enough order margin"},
	{21740, REJECT_REDUCE_ONLY, false, "reduce-only in the wrong mode"},
	{23000, REJECT_RATE_LIMITED, false, "too many requests"},
	{23001, REJECT_NONE, false, "too many subscriptions"},
	{23002, REJECT_NONE, false, "too many accounts"},
	{23003, REJECT_NONE, false, "too many connections"},
	{29404, REJECT_NONE, false, "not found"},
	{29500, REJECT_NONE, false, "internal server error"},
	{29501, REJECT_NONE, false, "timeout"},
};

struct lighter_verdict lighter_verdict_of(int64_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return (struct lighter_verdict){codes[i].reason != REJECT_NONE,
							codes[i].reason, codes[i].meaning,
							codes[i].refresh_markets};
	/* The engine's own checks of orders and markets, also those that are not listed yet. */
	if (code >= 21600 && code <= 21799)
		return (struct lighter_verdict){true, REJECT_OTHER, "", false};
	return (struct lighter_verdict){false, REJECT_NONE, "", false};
}

bool lighter_code_is_rate_limit(int64_t code)
{
	return code >= 23000 && code <= 23003;
}
