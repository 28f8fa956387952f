#include "config/contradictions.h"

#include <assert.h>
#include <stdio.h>

static bool from_not_before_to(const struct config *config)
{
	return config->from_set && config->to_set && config->from_ns >= config->to_ns;
}

static bool expiry_not_before_give_up(const struct config *config)
{
	return config->order_expiry_ns >= config->order_give_up_ns;
}

/* A cap of 0 is off. */
static bool beyond(struct money amount, struct money cap)
{
	return cap.e18 > 0 && amount.e18 > cap.e18;
}

static bool notional_above_trade_cap(const struct config *config)
{
	return beyond(config->notional, config->maximum_notional_per_trade);
}

static bool notional_above_venue_cap(const struct config *config)
{
	return beyond(config->notional, config->maximum_notional_per_venue);
}

static bool pair_above_total_cap(const struct config *config)
{
	struct money pair = {2 * config->notional.e18};
	return beyond(pair, config->maximum_notional_total);
}

static bool trade_cap_above_venue_cap(const struct config *config)
{
	return beyond(config->maximum_notional_per_trade, config->maximum_notional_per_venue);
}

static bool trade_cap_above_total_cap(const struct config *config)
{
	return beyond(config->maximum_notional_per_trade, config->maximum_notional_total);
}

static bool venue_cap_above_total_cap(const struct config *config)
{
	return beyond(config->maximum_notional_per_venue, config->maximum_notional_total);
}

static bool exit_above_entry(const struct config *config)
{
	return config->exit_edge_bp > config->minimum_net_edge_bp;
}

static bool hold_beyond_age(const struct config *config)
{
	return config->maximum_age_ns > 0 && config->minimum_hold_ns > config->maximum_age_ns;
}

static const struct contradiction {
	const char *section, *name;
	const char *other_section, *other_name;
	bool (*holds)(const struct config *config);
	const char *why;
} CONTRADICTIONS[] = {
	{"backtest", "from", "backtest", "to", from_not_before_to, "from must be before to"},
	{"execution", "order_expiry_seconds", "execution", "order_give_up_seconds",
	 expiry_not_before_give_up, "the venue must have ended an order before we give it up"},
	{"strategy", "notional_usd", "risk", "maximum_notional_per_trade_usd",
	 notional_above_trade_cap, "no opening would ever be allowed"},
	{"strategy", "notional_usd", "risk", "maximum_notional_per_venue_usd",
	 notional_above_venue_cap, "no opening would ever be allowed"},
	{"strategy", "notional_usd", "risk", "maximum_notional_total_usd", pair_above_total_cap,
	 "a pair has two legs of notional_usd: no opening would ever be allowed"},
	{"risk", "maximum_notional_per_trade_usd", "risk", "maximum_notional_per_venue_usd",
	 trade_cap_above_venue_cap, "a trade may not exceed what its venue may hold"},
	{"risk", "maximum_notional_per_trade_usd", "risk", "maximum_notional_total_usd",
	 trade_cap_above_total_cap, "a trade may not exceed the total"},
	{"risk", "maximum_notional_per_venue_usd", "risk", "maximum_notional_total_usd",
	 venue_cap_above_total_cap, "a venue may not exceed the total"},
	{"strategy", "exit_edge_bp", "strategy", "minimum_net_edge_bp", exit_above_entry,
	 "a pair could be opened below the edge at which it is closed"},
	{"strategy", "minimum_hold_minutes", "strategy", "maximum_age_hours", hold_beyond_age,
	 "a pair must be closed before it may be"},
};

/* "[risk] leverage = 3 (default)"; returns the line, 0 for a default. */
static int figure(const struct config *config, const int *lines, const char *section,
		  const char *name, char *buffer, size_t size)
{
	const struct config_key *key = config_find_key(section, name);
	char value[CONFIG_VALUE_TEXT_MAX] = "";
	assert(key && key->kind == SECTION_FIXED);
	config_value_text(key, config, value, sizeof(value));
	int line = lines[key - CONFIG_KEYS];
	snprintf(buffer, size, "[%s] %s = %s%s", section, name, value, line ? "" : " (default)");
	return line;
}

bool config_agrees(const struct config *config, const int *lines, struct error *err)
{
	for (size_t i = 0; i < sizeof(CONTRADICTIONS) / sizeof(CONTRADICTIONS[0]); i++) {
		const struct contradiction *found = &CONTRADICTIONS[i];
		char one[128], other[128];
		if (!found->holds(config))
			continue;
		int line = figure(config, lines, found->section, found->name, one, sizeof(one));
		int other_line = figure(config, lines, found->other_section, found->other_name,
					other, sizeof(other));
		return error_set(err, ERROR_CONFIGURATION, "%s:%d: %s contradicts %s: %s",
				 config->path, line > other_line ? line : other_line, one, other,
				 found->why);
	}
	return true;
}
