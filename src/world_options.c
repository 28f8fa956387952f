#include "src/world_options.h"

#include <string.h>

struct price_provider_options options_of_prices(const struct config *config)
{
	struct price_provider_options options = price_provider_defaults();
	options.cache_ttl_ns = config->cache_ttl_ns;
	options.prefer_websocket = config->prefer_websocket;
	options.streams = config->streams;
	options.price_jump_limit_bp = config->price_jump_limit_bp;
	options.invalidate_all_fill_notional = config->invalidate_all_fill_notional;
	options.invalidate_traded_notional = config->invalidate_traded_notional;
	options.stream_cross_check_ns = config->stream_cross_check_ns;
	return options;
}

struct liquidity_limits options_of_liquidity(const struct config *config)
{
	struct liquidity_limits limits = liquidity_defaults();
	limits.maximum_slippage = config->maximum_slippage;
	limits.maximum_spread_bp = config->maximum_spread_bp;
	limits.minimum_score = config->minimum_score;
	limits.depth_levels = config->depth_levels;
	return limits;
}

struct atomic_executor_options options_of_execution(const struct config *config)
{
	struct atomic_executor_options options = atomic_executor_defaults();
	options.order_give_up_ns = config->order_give_up_ns;
	options.order_expiry_ns = config->order_expiry_ns;
	options.proof_allowance_ns = config->proof_allowance_ns;
	options.naked_limit_ns = config->naked_limit_ns;
	options.price_cap_bp = config->price_cap_bp;
	options.repair_tries = config->repair_tries;
	struct preflight_limits *limits = &options.limits;
	limits->maximum_price_age_ns = config->maximum_price_age_ns;
	limits->maximum_spread_bp = config->maximum_spread_bp;
	limits->maximum_round_trip_bp = config->maximum_round_trip_bp;
	limits->maximum_adverse_basis_bp = config->maximum_basis_bp;
	limits->margin_buffer = config->margin_buffer;
	limits->leverage = config->leverage;
	limits->maximum_notional_per_trade = config->maximum_notional_per_trade;
	limits->maximum_notional_per_venue = config->maximum_notional_per_venue;
	limits->maximum_notional_total = config->maximum_notional_total;
	limits->loss_budget = config->loss_budget;
	limits->maximum_clock_uncertainty_ns = config->maximum_clock_uncertainty_ns;
	return options;
}

bool options_of_strategy(const struct config *config, const struct instrument_table *instruments,
			 struct strategy_options *out, struct error *err)
{
	struct strategy_options options = strategy_defaults();
	options.monitor_interval_ns = config->monitor_interval_ns;
	options.scan_interval_ns = config->scan_interval_ns;
	options.notional = config->notional;
	options.maximum_positions = config->maximum_positions;
	options.horizon_ns = config->horizon_ns;
	options.minimum_net_edge_bp = config->minimum_net_edge_bp;
	options.maximum_basis_bp = config->maximum_basis_bp;
	options.maximum_funding_age_ns = config->maximum_funding_age_ns;
	options.settlement_window_ns = config->settlement_window_ns;
	options.hold_for_settlement_ns = config->hold_for_settlement_ns;
	options.exit_edge_bp = config->exit_edge_bp;
	options.flip_margin_bp = config->flip_margin_bp;
	options.exit_confirmations = config->exit_confirmations;
	options.maximum_age_ns = config->maximum_age_ns;
	options.minimum_hold_ns = config->minimum_hold_ns;
	options.basis_take_profit_bp = config->basis_take_profit_bp;
	options.switch_margin_bp = config->switch_margin_bp;
	options.liquidation_distance = config->liquidation_distance;
	options.maximum_loss = config->maximum_loss;
	options.cool_down_ns = config->cool_down_ns;
	options.identity_required = config->identity_required;
	options.maker_entry = config->maker_entry;
	options.work_ns = config->work_ns;
	options.pair_listed = config->pair_count > 0;
	for (size_t i = 0; i < config->pair_count; i++) {
		for (size_t leg = 0; leg < 2; leg++) {
			const char *venue = config->pairs[i].venue[leg];
			const char *symbol = config->pairs[i].symbol[leg];
			venue_id id = instrument_table_find_venue(instruments, venue);
			instrument_id found = id ? instrument_find(instruments, id, symbol) : 0;
			if (!found)
				return error_set(err, ERROR_CONFIGURATION,
						 "%s:%d: %s:%s is not in the recordings; `fundarb "
						 "rec info` lists what is",
						 config->path, config->pairs[i].line, venue,
						 symbol);
			options.listed[i][leg] = found;
		}
	}
	options.listed_count = config->pair_count;
	*out = options;
	return true;
}

const struct config_venue *config_find_venue(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->venue_count; i++)
		if (strcmp(config->venues[i].name, name) == 0)
			return &config->venues[i];
	return NULL;
}

struct simulated_client_options options_of_simulated_client(const struct config *config,
							    const struct config_venue *venue,
							    venue_id id)
{
	struct simulated_client_options options = {
		.venue = {.venue = id,
			  .taker_model = config->taker_consume ? TAKER_WALK_CONSUME : TAKER_WALK,
			  .maker_model = config->maker_queue ? MAKER_QUEUE_TRADES : MAKER_NEVER,
			  .default_leverage = config->leverage},
		.seed = config->seed + id,
		.funding_patience_ns = 30 * INT64_C(60000000000),
	};
	if (venue) {
		if (venue->leverage > 0)
			options.venue.default_leverage = venue->leverage;
		options.latency = (struct latency_model){
			.order_entry_ns = venue->order_entry_ns,
			.order_response_ns = venue->order_response_ns,
			.read_entry_ns = venue->read_entry_ns,
			.read_response_ns = venue->read_response_ns,
			.jitter_ns = venue->jitter_ns,
		};
	}
	return options;
}

static const struct config_instrument *find_override(const struct config *config, const char *venue,
						     const char *symbol)
{
	for (size_t i = 0; i < config->instrument_count; i++)
		if (strcmp(config->instruments[i].venue, venue) == 0 &&
		    strcmp(config->instruments[i].symbol, symbol) == 0)
			return &config->instruments[i];
	return NULL;
}

static void override_terms(struct instrument_revision *revision,
			   const struct config_instrument *override)
{
	if (override->taker_fee_set)
		revision->fees.taker = override->taker_fee;
	if (override->maker_fee_set)
		revision->fees.maker = override->maker_fee;
	if (override->buy_fee_in_base_set)
		revision->fees.buy_fee_in_base = override->buy_fee_in_base;
	if (override->minimum_notional_set)
		revision->rules.minimum_notional = override->minimum_notional;
	if (override->maximum_leverage_set)
		revision->rules.maximum_leverage = override->maximum_leverage;
	if (override->maintenance_margin_set)
		revision->rules.maintenance_margin = override->maintenance_margin;
	if (override->funding_interval_set)
		revision->funding.interval_ns = override->funding_interval_ns;
	if (override->settle_mode_set)
		revision->funding.settle_mode = override->settles_one_period_ahead
							? SETTLE_FIXED_ONE_PERIOD_AHEAD
							: SETTLE_CURRENT_ESTIMATE;
}

bool apply_overrides(const struct config *config, struct instrument_table *instruments,
		     instrument_id id, struct error *err)
{
	const struct instrument *instrument = instrument_get(instruments, id);
	const char *name = venue_name(instruments, instrument->venue);
	const struct config_venue *venue = config_find_venue(config, name);
	const struct config_instrument *override = find_override(config, name, instrument->symbol);
	if (!venue && !override)
		return true;
	const struct instrument_revision *latest = instrument_latest(instruments, id);
	struct instrument_revision revision = *latest;
	if (venue && venue->taker_fee_set)
		revision.fees.taker = venue->taker_fee;
	if (venue && venue->maker_fee_set)
		revision.fees.maker = venue->maker_fee;
	if (override)
		override_terms(&revision, override);
	if (memcmp(&revision, latest, sizeof(revision)) == 0)
		return true;
	if (instrument_table_revise(instruments, id, &revision, err))
		return true;
	error_prefix(err, "%s:%d", config->path, override ? override->line : venue->line);
	return false;
}
