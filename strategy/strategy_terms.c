/* The names of gates and exits as reports print them, and the options' defaults. */
#include "core/base/utc.h"
#include "strategy/funding_arbitrage_strategy.h"

const char *gate_text(enum gate gate)
{
	switch (gate) {
	case GATE_FUNDING_KNOWN:
		return "funding_known";
	case GATE_FUNDING_AGE:
		return "funding_age";
	case GATE_MARKET_STATUS:
		return "market_status";
	case GATE_NET_EDGE:
		return "net_edge";
	case GATE_FUNDING_UNITS:
		return "funding_units";
	case GATE_IDENTITY:
		return "identity";
	case GATE_PRICE:
		return "price";
	case GATE_ENTRY_BASIS:
		return "entry_basis";
	case GATE_LIQUIDITY:
		return "liquidity";
	case GATE_SETTLEMENT_WINDOW:
		return "settlement_window";
	case GATE_CAPACITY:
		return "capacity";
	case GATE_COOL_DOWN:
		return "cool_down";
	case GATE_PREFLIGHT:
		return "preflight";
	}
	return "?";
}

const char *exit_reason_text(enum exit_reason reason)
{
	switch (reason) {
	case EXIT_NONE:
		return "none";
	case EXIT_FUNDING_FLIP:
		return "funding_flip";
	case EXIT_EDGE_GONE:
		return "edge_gone";
	case EXIT_BETTER_PAIR:
		return "better_pair";
	case EXIT_MAXIMUM_AGE:
		return "maximum_age";
	case EXIT_BASIS_TAKE_PROFIT:
		return "basis_take_profit";
	case EXIT_LIQUIDATION_DISTANCE:
		return "liquidation_distance";
	case EXIT_RISK:
		return "risk";
	case EXIT_REQUESTED:
		return "requested";
	case EXIT_PROBE_DONE:
		return "probe_done";
	}
	return "?";
}

struct strategy_options strategy_defaults(void)
{
	return (struct strategy_options){
		.monitor_interval_ns = NS_PER_SECOND,
		.scan_interval_ns = NS_PER_SECOND,
		.notional = {10000 * MONEY_ONE},
		.maximum_positions = 4,
		.horizon_ns = 168 * NS_PER_HOUR,
		.minimum_net_edge_bp = 2,
		.maximum_basis_bp = 10,
		.maximum_funding_age_ns = 15 * NS_PER_MINUTE,
		.settlement_window_ns = 60 * NS_PER_SECOND,
		.hold_for_settlement_ns = 15 * NS_PER_MINUTE,
		.exit_edge_bp = 0,
		.flip_margin_bp = 1,
		.exit_confirmations = 3,
		.maximum_age_ns = 168 * NS_PER_HOUR,
		.minimum_hold_ns = NS_PER_HOUR,
		.basis_take_profit_bp = 0,
		.switch_margin_bp = 10,
		.liquidation_distance = {RATE_ONE / 10},
		.maximum_loss = {200 * MONEY_ONE},
		.cool_down_ns = 10 * NS_PER_MINUTE,
		.identity_required = true,
		.work_ns = 10 * NS_PER_SECOND,
	};
}
