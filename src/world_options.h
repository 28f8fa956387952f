/* The configuration's figures as each room's own options struct. */
#ifndef FUNDARB_SRC_WORLD_OPTIONS_H
#define FUNDARB_SRC_WORLD_OPTIONS_H

#include "config/config.h"
#include "exchanges/simulated/simulated_client.h"
#include "strategy/funding_arbitrage_strategy.h"

struct price_provider_options options_of_prices(const struct config *config);
struct liquidity_limits options_of_liquidity(const struct config *config);
struct atomic_executor_options options_of_execution(const struct config *config);
/* Listed pairs are resolved against the table; an unknown one is an error with file:line. */
bool options_of_strategy(const struct config *config, const struct instrument_table *instruments,
			 struct strategy_options *out, struct error *err);
struct simulated_client_options options_of_simulated_client(const struct config *config,
							    const struct config_venue *venue,
							    venue_id id);
/* [venue NAME] of that name, or NULL. */
const struct config_venue *config_find_venue(const struct config *config, const char *name);
/*
 * Applies [venue] fees and [instrument] overrides to one instrument as a new revision; does nothing
 * where nothing differs.
 */
bool apply_overrides(const struct config *config, struct instrument_table *instruments,
		     instrument_id id, struct error *err);

#endif
