/*
 * What Hyperliquid says of an account (venues/hyperliquid.md §1.4): margin, positions, mode, fees,
 * request budget, who may sign. Same rules as hyperliquid_codec.h.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ACCOUNT_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ACCOUNT_H

#include "exchanges/hyperliquid/hyperliquid_codec.h"

struct hyperliquid_position {
	struct hyperliquid_coin coin;
	struct money size; /* signed, base coins */
	struct money entry_price;
	struct money unrealised;
	bool cross;
	int32_t leverage;
	bool liquidation_known; /* null: far away or not defined */
	struct money liquidation_price;
};
typedef void (*hyperliquid_visit_position)(void *user, const struct hyperliquid_position *position);

struct hyperliquid_clearinghouse {
	int64_t time_ns;
	struct money account_value;	/* equity at mark, cross and isolated */
	struct money unrealised;	/* sum over the positions */
	struct money cross_value;	/* equity of the cross part */
	struct money cross_margin_used; /* initial margin in use there */
	struct money cross_maintenance; /* maintenance requirement there */
};
/* clearinghouseState of REST, and the member of that name of its stream. */
bool hyperliquid_decode_clearinghouse(const struct hyperliquid_value *value,
				      struct hyperliquid_clearinghouse *state,
				      hyperliquid_visit_position visit, void *user);
/* The stream's data: {dex, user, clearinghouseState}. False for another dex or without a state. */
bool hyperliquid_clearinghouse_of_stream(const struct hyperliquid_value *data,
					 struct hyperliquid_value *state);

#define HYPERLIQUID_MODE_MAX 31
/* userAbstraction: a bare string. */
bool hyperliquid_decode_mode(const struct hyperliquid_value *value,
			     char mode[HYPERLIQUID_MODE_MAX + 1]);
/* "default" and "disabled": clearinghouseState shows the account's whole equity (§1.4). */
bool hyperliquid_mode_fits(const char *mode);

typedef void (*hyperliquid_visit_balance)(void *user, const char *coin, struct money total,
					  struct money hold);
/* spotClearinghouseState. */
bool hyperliquid_decode_spot_balances(const struct hyperliquid_value *value,
				      hyperliquid_visit_balance visit, void *user);

/* userFees: the account's own rates, referral discount applied (half-even). */
bool hyperliquid_decode_fees(const struct hyperliquid_value *value, struct rate *maker,
			     struct rate *taker);

struct hyperliquid_budget {
	int64_t used, cap, surplus; /* actions; surplus: bought and not used */
};
/* userRateLimit. */
bool hyperliquid_decode_budget(const struct hyperliquid_value *value,
			       struct hyperliquid_budget *budget);

enum hyperliquid_role {
	HYPERLIQUID_ROLE_USER,
	HYPERLIQUID_ROLE_MISSING,
	HYPERLIQUID_ROLE_VAULT,
	HYPERLIQUID_ROLE_AGENT,	     /* owner: whom it signs for */
	HYPERLIQUID_ROLE_SUBACCOUNT, /* owner: its master */
};
/* userRole; owner is zero where the role names none. Unknown roles are unsound. */
bool hyperliquid_decode_role(const struct hyperliquid_value *value, enum hyperliquid_role *role,
			     uint8_t owner[20]);

typedef void (*hyperliquid_visit_agent)(void *user, const uint8_t address[20],
					int64_t valid_until_ns);
/* extraAgents: the named API wallets; valid_until_ns 0 = not said. */
bool hyperliquid_decode_agents(const struct hyperliquid_value *value, hyperliquid_visit_agent visit,
			       void *user);

/* activeAssetData: the leverage that the account has set for a coin. */
bool hyperliquid_decode_asset_data(const struct hyperliquid_value *value, bool *cross,
				   int32_t *leverage);

/* "0x" and 40 hex digits, either case. */
bool hyperliquid_address(const struct hyperliquid_value *value, uint8_t address[20]);

#endif
