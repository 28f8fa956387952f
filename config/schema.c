#include "config/schema.h"

#include "core/base/utc.h"
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A table is read by row. */
/* clang-format off */
const struct config_key CONFIG_KEYS[] = {
	{SECTION_FIXED, "main", "mode", CONFIG_TYPE_WORD, 0, "", 0, 0, offsetof(struct config, mode), NO_FLAG, "backtest|paper|testnet|live",
	 "what the program does with this file"},
	{SECTION_FIXED, "main", "seed", CONFIG_TYPE_SEED, 0, "1", 0, INT64_MAX, offsetof(struct config, seed), NO_FLAG, NULL,
	 "seed of everything random (latency jitter)"},
	{SECTION_FIXED, "main", "state_directory", CONFIG_TYPE_PATH, 0, "state", 0, 0, offsetof(struct config, state_directory), NO_FLAG, NULL,
	 "folder of durable counters; made if missing"},
	{SECTION_FIXED, "main", "log_level", CONFIG_TYPE_WORD, 0, "warning", 0, 0, offsetof(struct config, log_level), NO_FLAG, "debug|info|warning|alarm",
	 "least important log line that is written"},
	{SECTION_FIXED, "main", "confirm_live", CONFIG_TYPE_BOOL, 0, "no", 0, 1, offsetof(struct config, confirm_live), NO_FLAG, NULL,
	 "mode = live trades real money only with yes here and --live on the command line"},
	{SECTION_FIXED, "main", "close_on_exit", CONFIG_TYPE_BOOL, 0, "yes", 0, 1, offsetof(struct config, close_on_exit), NO_FLAG, NULL,
	 "real venues: close what is held before leaving (Ctrl-C twice leaves at once). What an "
	 "account holds when a run begins is told, left alone, and nothing is opened on its market"},
	{SECTION_FIXED, "main", "local_testnet", CONFIG_TYPE_PATH, 0, "", 0, 0, offsetof(struct config, local_testnet), NO_FLAG, NULL,
	 "mode = testnet: configuration of a local testnet to run inside this program; empty: none"},
	{SECTION_FIXED, "record", "folder", CONFIG_TYPE_PATH, 0, "", 0, 0, offsetof(struct config, record_folder), NO_FLAG, NULL,
	 "real venues: folder that everything received is recorded into; empty: none"},
	{SECTION_FIXED, "record", "trades", CONFIG_TYPE_BOOL, 0, "no", 0, 1, offsetof(struct config, record_trades), NO_FLAG, NULL,
	 "also subscribe to and record public trades"},
	{SECTION_FIXED, "backtest", "recording", CONFIG_TYPE_PATHS, 0, "", 0, 0, 0, NO_FLAG, NULL,
	 "folder of a recording; several: repeat the key, merged by time in this order"},
	{SECTION_FIXED, "backtest", "from", CONFIG_TYPE_TIME, 0, "", 0, 0, offsetof(struct config, from_ns), offsetof(struct config, from_set), NULL,
	 "recorder time from which the trading side sees events"},
	{SECTION_FIXED, "backtest", "to", CONFIG_TYPE_TIME, 0, "", 0, 0, offsetof(struct config, to_ns), offsetof(struct config, to_set), NULL,
	 "recorder time at which the run ends"},
	{SECTION_FIXED, "backtest", "replay", CONFIG_TYPE_CHOICE, 0, "market", 0, 0, offsetof(struct config, replay_session), NO_FLAG, "market|session",
	 "market: reads are answered from the recorded books; session: by the recorded answers, at their times"},
	{SECTION_FIXED, "backtest", "taker_model", CONFIG_TYPE_CHOICE, 0, "walk+consume", 0, 0, offsetof(struct config, taker_consume), NO_FLAG, "walk|walk+consume",
	 "fills of takers: walk the depth; consume: own fills stay taken until the displayed size changes"},
	{SECTION_FIXED, "backtest", "maker_model", CONFIG_TYPE_CHOICE, 0, "queue-trades", 0, 0, offsetof(struct config, maker_queue), NO_FLAG, "never|queue-trades",
	 "fills of resting orders: never, or behind the displayed queue by printed trades"},
	{SECTION_FIXED, "backtest", "decision_log", CONFIG_TYPE_PATH, 0, "", 0, 0, offsetof(struct config, decision_log), NO_FLAG, NULL,
	 "file for every intent, decision and refusal; empty: none"},
	{SECTION_FIXED, "prices", "cache_ttl_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "5.0", 0, 3600, offsetof(struct config, cache_ttl_ns), NO_FLAG, NULL,
	 "longest age of a cached price, whatever its use allows"},
	{SECTION_FIXED, "prices", "prefer_websocket", CONFIG_TYPE_BOOL, 0, "no", 0, 1, offsetof(struct config, prefer_websocket), NO_FLAG, NULL,
	 "ask the live stream before the cache"},
	{SECTION_FIXED, "prices", "streams", CONFIG_TYPE_BOOL, 0, "yes", 0, 1, offsetof(struct config, streams), NO_FLAG, NULL,
	 "no: books, funding and marks come by reads alone"},
	{SECTION_FIXED, "prices", "price_jump_limit_bp", CONFIG_TYPE_BP, 0, "200", 0, 10000, offsetof(struct config, price_jump_limit_bp), NO_FLAG, NULL,
	 "a jump beyond it is held until a second frame or source confirms it; 0 = off"},
	{SECTION_FIXED, "prices", "invalidate_all_fill_usd", CONFIG_TYPE_MONEY, 0, "10000", 0, INT64_C(1000000000000), offsetof(struct config, invalidate_all_fill_notional), NO_FLAG, NULL,
	 "an own fill of at least this empties the whole cache; 0 = off"},
	{SECTION_FIXED, "prices", "invalidate_traded_usd", CONFIG_TYPE_MONEY, 0, "0", 0, INT64_C(1000000000000), offsetof(struct config, invalidate_traded_notional), NO_FLAG, NULL,
	 "printed volume since a price was stored that invalidates it; 0 = off"},
	{SECTION_FIXED, "prices", "stream_cross_check_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "60", 0, 3600, offsetof(struct config, stream_cross_check_ns), NO_FLAG, NULL,
	 "a stream quiet for that long is checked by one read; 0 = off"},
	{SECTION_FIXED, "execution", "order_give_up_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "3", 1, 60, offsetof(struct config, order_give_up_ns), NO_FLAG, NULL,
	 "an unanswered order counts as unknown after that"},
	{SECTION_FIXED, "execution", "order_expiry_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "2", 0, 2, offsetof(struct config, order_expiry_ns), NO_FLAG, NULL,
	 "end that the venue itself puts to an opening order"},
	{SECTION_FIXED, "execution", "proof_allowance_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "15", 0, 600, offsetof(struct config, proof_allowance_ns), NO_FLAG, NULL,
	 "added before an unknown order may be proven absent"},
	{SECTION_FIXED, "execution", "naked_limit_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "15", 1, 600, offsetof(struct config, naked_limit_ns), NO_FLAG, NULL,
	 "longest unhedged time before the filled leg is trimmed"},
	{SECTION_FIXED, "execution", "price_cap_bp", CONFIG_TYPE_BP, 0, "5", 0, 1000, offsetof(struct config, price_cap_bp), NO_FLAG, NULL,
	 "how far beyond the level that the size needs an IOC limit may go"},
	{SECTION_FIXED, "execution", "repair_tries", CONFIG_TYPE_UNSIGNED, 0, "3", 0, 20, offsetof(struct config, repair_tries), NO_FLAG, NULL,
	 "repair orders before the market order"},
	{SECTION_FIXED, "execution", "maximum_price_age_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "1", 0, 60, offsetof(struct config, maximum_price_age_ns), NO_FLAG, NULL,
	 "of every leg when orders are priced"},
	{SECTION_FIXED, "execution", "loss_budget_bp", CONFIG_TYPE_BP_RATE, 0, "30", 0, 1000, offsetof(struct config, loss_budget), NO_FLAG, NULL,
	 "of one leg's notional that repairing a half-open trade may cost"},
	{SECTION_FIXED, "execution", "maker_entry", CONFIG_TYPE_BOOL, 0, "no", 0, 1, offsetof(struct config, maker_entry), NO_FLAG, NULL,
	 "open with a resting limit first, then IOC for the remainder"},
	{SECTION_FIXED, "execution", "work_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "10", 1, 600, offsetof(struct config, work_ns), NO_FLAG, NULL,
	 "how long a resting order may work"},
	{SECTION_FIXED, "liquidity", "maximum_slippage_percent", CONFIG_TYPE_PERCENT, 0, "0.5", 0, 100, offsetof(struct config, maximum_slippage), NO_FLAG, NULL,
	 "of a leg's walk against its touch"},
	{SECTION_FIXED, "liquidity", "maximum_spread_bp", CONFIG_TYPE_BP, 0, "50", 1, 10000, offsetof(struct config, maximum_spread_bp), NO_FLAG, NULL,
	 "of a leg's book"},
	{SECTION_FIXED, "liquidity", "minimum_score", CONFIG_TYPE_FRACTION, 0, "0.6", 0, 1, offsetof(struct config, minimum_score), NO_FLAG, NULL,
	 "liquidity score of a leg (0.5 depth, 0.3 slippage, 0.2 spread)"},
	{SECTION_FIXED, "liquidity", "depth_levels", CONFIG_TYPE_UNSIGNED, 0, "100", 1, 1000, offsetof(struct config, depth_levels), NO_FLAG, NULL,
	 "levels a side that a depth read asks for"},
	{SECTION_FIXED, "risk", "leverage", CONFIG_TYPE_INT32, 0, "3", 1, 125, offsetof(struct config, leverage), NO_FLAG, NULL,
	 "leverage that positions are opened with"},
	{SECTION_FIXED, "risk", "margin_buffer_percent", CONFIG_TYPE_PERCENT, 0, "5", 0, 900, offsetof(struct config, margin_buffer), NO_FLAG, NULL,
	 "free margin beyond what an opening needs"},
	{SECTION_FIXED, "risk", "liquidation_distance_percent", CONFIG_TYPE_PERCENT, 0, "10", 0, 100, offsetof(struct config, liquidation_distance), NO_FLAG, NULL,
	 "a pair is closed when a leg is nearer to liquidation"},
	{SECTION_FIXED, "risk", "maximum_notional_per_trade_usd", CONFIG_TYPE_MONEY, 0, "0", 0, INT64_C(1000000000000), offsetof(struct config, maximum_notional_per_trade), NO_FLAG, NULL,
	 "one leg; 0 = off"},
	{SECTION_FIXED, "risk", "maximum_notional_per_venue_usd", CONFIG_TYPE_MONEY, 0, "0", 0, INT64_C(1000000000000), offsetof(struct config, maximum_notional_per_venue), NO_FLAG, NULL,
	 "all legs at a venue; 0 = off"},
	{SECTION_FIXED, "risk", "maximum_notional_total_usd", CONFIG_TYPE_MONEY, 0, "0", 0, INT64_C(1000000000000), offsetof(struct config, maximum_notional_total), NO_FLAG, NULL,
	 "all legs; 0 = off"},
	{SECTION_FIXED, "risk", "maximum_loss_usd", CONFIG_TYPE_MONEY, 0, "0", 0, INT64_C(1000000000000), offsetof(struct config, maximum_loss), NO_FLAG, NULL,
	 "of one position before it is closed; 0 = off"},
	{SECTION_FIXED, "risk", "maximum_positions", CONFIG_TYPE_UNSIGNED, 0, "3", 1, 64, offsetof(struct config, maximum_positions), NO_FLAG, NULL,
	 "pairs held at once"},
	{SECTION_FIXED, "risk", "maximum_clock_uncertainty_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "2", 0, 60, offsetof(struct config, maximum_clock_uncertainty_ns), NO_FLAG, NULL,
	 "of a venue's clock, for openings"},
	{SECTION_FIXED, "strategy", "enabled", CONFIG_TYPE_BOOL, 0, "yes", 0, 1, offsetof(struct config, strategy_enabled), NO_FLAG, NULL,
	 "no: nothing is opened (scripts still run)"},
	{SECTION_FIXED, "strategy", "notional_usd", CONFIG_TYPE_MONEY, 0, "1000", 1, INT64_C(1000000000000), offsetof(struct config, notional), NO_FLAG, NULL,
	 "size of one leg"},
	{SECTION_FIXED, "strategy", "pair", CONFIG_TYPE_PAIRS, 0, "", 0, 0, 0, NO_FLAG, NULL,
	 "VENUE:SYMBOL VENUE:SYMBOL; repeat for more; none: all instruments that share a coin"},
	{SECTION_FIXED, "strategy", "monitor_interval_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "1", 1, 3600, offsetof(struct config, monitor_interval_ns), NO_FLAG, NULL,
	 "between two looks at open positions"},
	{SECTION_FIXED, "strategy", "scan_interval_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "1", 1, 3600, offsetof(struct config, scan_interval_ns), NO_FLAG, NULL,
	 "between two scans for new ones"},
	{SECTION_FIXED, "strategy", "horizon_hours", CONFIG_TYPE_DURATION, NS_PER_HOUR, "168", 1, 168, offsetof(struct config, horizon_ns), NO_FLAG, NULL,
	 "over which expected funding is summed"},
	{SECTION_FIXED, "strategy", "minimum_net_edge_bp", CONFIG_TYPE_BP, 0, "2", -1000, 10000, offsetof(struct config, minimum_net_edge_bp), NO_FLAG, NULL,
	 "expected funding minus all costs over the horizon that an entry must reach"},
	{SECTION_FIXED, "strategy", "maximum_basis_bp", CONFIG_TYPE_BP, 0, "20", 0, 10000, offsetof(struct config, maximum_basis_bp), NO_FLAG, NULL,
	 "price disadvantage between the legs at entry"},
	{SECTION_FIXED, "strategy", "maximum_round_trip_bp", CONFIG_TYPE_BP, 0, "0", 0, 10000, offsetof(struct config, maximum_round_trip_bp), NO_FLAG, NULL,
	 "cost of the whole round trip; 0 = off"},
	{SECTION_FIXED, "strategy", "maximum_funding_age_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "32400", 1, 604800, offsetof(struct config, maximum_funding_age_ns), NO_FLAG, NULL,
	 "of the rate that a decision rests on"},
	{SECTION_FIXED, "strategy", "settlement_window_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "60", 0, 3600, offsetof(struct config, settlement_window_ns), NO_FLAG, NULL,
	 "no opening that close to a settlement (never more than interval / 20)"},
	{SECTION_FIXED, "strategy", "hold_for_settlement_minutes", CONFIG_TYPE_DURATION, NS_PER_MINUTE, "10", 0, 480, offsetof(struct config, hold_for_settlement_ns), NO_FLAG, NULL,
	 "a receiving pair is not closed that shortly before its settlement, risk excepted"},
	{SECTION_FIXED, "strategy", "exit_edge_bp", CONFIG_TYPE_BP, 0, "0", -1000, 10000, offsetof(struct config, exit_edge_bp), NO_FLAG, NULL,
	 "remaining expected funding over the horizon below which a pair is closed"},
	{SECTION_FIXED, "strategy", "flip_margin_bp", CONFIG_TYPE_BP, 0, "1", 0, 1000, offsetof(struct config, flip_margin_bp), NO_FLAG, NULL,
	 "per 8 h, expected against us, before a flip counts"},
	{SECTION_FIXED, "strategy", "exit_confirmations", CONFIG_TYPE_UNSIGNED, 0, "3", 1, 1000, offsetof(struct config, exit_confirmations), NO_FLAG, NULL,
	 "consecutive looks that an economic exit must hold"},
	{SECTION_FIXED, "strategy", "maximum_age_hours", CONFIG_TYPE_DURATION, NS_PER_HOUR, "168", 0, 8760, offsetof(struct config, maximum_age_ns), NO_FLAG, NULL,
	 "of a position; 0 = off"},
	{SECTION_FIXED, "strategy", "minimum_hold_minutes", CONFIG_TYPE_DURATION, NS_PER_MINUTE, "0", 0, 10080, offsetof(struct config, minimum_hold_ns), NO_FLAG, NULL,
	 "economic exits wait that long"},
	{SECTION_FIXED, "strategy", "basis_take_profit_bp", CONFIG_TYPE_BP, 0, "0", 0, 10000, offsetof(struct config, basis_take_profit_bp), NO_FLAG, NULL,
	 "price P&L, exit costs paid, at which a pair is closed; 0 = off"},
	{SECTION_FIXED, "strategy", "switch_margin_bp", CONFIG_TYPE_BP, 0, "10", 0, 10000, offsetof(struct config, switch_margin_bp), NO_FLAG, NULL,
	 "by which a better pair must beat this one, after costs"},
	{SECTION_FIXED, "strategy", "cool_down_minutes", CONFIG_TYPE_DURATION, NS_PER_MINUTE, "10", 0, 10080, offsetof(struct config, cool_down_ns), NO_FLAG, NULL,
	 "of a pair after a failed opening; doubles with each failure"},
	{SECTION_FIXED, "strategy", "identity_required", CONFIG_TYPE_BOOL, 0, "yes", 0, 1, offsetof(struct config, identity_required), NO_FLAG, NULL,
	 "two symbols must be proven the same coin by price before they are paired"},
	{SECTION_VENUE, "venue", "taker_fee_bp", CONFIG_TYPE_BP_RATE, 0, "", -100, 1000, offsetof(struct config_venue, taker_fee), offsetof(struct config_venue, taker_fee_set), NULL,
	 "fee of a taker; else what the recording says"},
	{SECTION_VENUE, "venue", "maker_fee_bp", CONFIG_TYPE_BP_RATE, 0, "", -100, 1000, offsetof(struct config_venue, maker_fee), offsetof(struct config_venue, maker_fee_set), NULL,
	 "fee of a maker, negative = rebate; else what the recording says"},
	{SECTION_INSTRUMENT, "instrument", "taker_fee_bp", CONFIG_TYPE_BP_RATE, 0, "", -100, 1000, offsetof(struct config_instrument, taker_fee), offsetof(struct config_instrument, taker_fee_set), NULL,
	 "fee of a taker; else what the recording says"},
	{SECTION_INSTRUMENT, "instrument", "maker_fee_bp", CONFIG_TYPE_BP_RATE, 0, "", -100, 1000, offsetof(struct config_instrument, maker_fee), offsetof(struct config_instrument, maker_fee_set), NULL,
	 "fee of a maker, negative = rebate; else what the recording says"},
	{SECTION_VENUE, "venue", "leverage", CONFIG_TYPE_INT32, 0, "0", 0, 125, offsetof(struct config_venue, leverage), NO_FLAG, NULL,
	 "leverage here; 0 = [risk] leverage"},
	{SECTION_VENUE, "venue", "deposit", CONFIG_TYPE_DEPOSITS, 0, "", 0, 0, 0, NO_FLAG, NULL,
	 "what the account starts with, e.g. 100000 USDT, 2 BTC; repeat for more"},
	{SECTION_VENUE, "venue", "order_entry_ms", CONFIG_TYPE_DURATION, NS_PER_MS, "0", 0, 60000, offsetof(struct config_venue, order_entry_ns), NO_FLAG, NULL,
	 "order: sent until it reaches the matching engine"},
	{SECTION_VENUE, "venue", "order_response_ms", CONFIG_TYPE_DURATION, NS_PER_MS, "0", 0, 60000, offsetof(struct config_venue, order_response_ns), NO_FLAG, NULL,
	 "order: matching engine until we know"},
	{SECTION_VENUE, "venue", "rest_entry_ms", CONFIG_TYPE_DURATION, NS_PER_MS, "0", 0, 60000, offsetof(struct config_venue, read_entry_ns), NO_FLAG, NULL,
	 "read: sent until it is answered from the books"},
	{SECTION_VENUE, "venue", "rest_response_ms", CONFIG_TYPE_DURATION, NS_PER_MS, "0", 0, 60000, offsetof(struct config_venue, read_response_ns), NO_FLAG, NULL,
	 "read: answered until we have it"},
	{SECTION_VENUE, "venue", "latency_jitter_ms", CONFIG_TYPE_DURATION, NS_PER_MS, "0", 0, 60000, offsetof(struct config_venue, jitter_ns), NO_FLAG, NULL,
	 "each delay grows by a uniform 0 to this"},
	{SECTION_VENUE, "venue", "account", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, account), NO_FLAG, NULL,
	 "real venues: lighter: account index; hyperliquid: address of master or sub-account"},
	{SECTION_VENUE, "venue", "key", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, key), NO_FLAG, NULL,
	 "where the trading key is: env:NAME, file:PATH (mode 0600) or credential:NAME (systemd); never the key itself"},
	{SECTION_VENUE, "venue", "api_key_index", CONFIG_TYPE_INT32, 0, "4", 4, 254, offsetof(struct config_venue, api_key_index), NO_FLAG, NULL,
	 "lighter: slot of the key"},
	{SECTION_VENUE, "venue", "vault", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, vault), NO_FLAG, NULL,
	 "hyperliquid: address of the vault or sub-account traded for; empty: none"},
	{SECTION_VENUE, "venue", "premium", CONFIG_TYPE_BOOL, 0, "no", 0, 1, offsetof(struct config_venue, premium), NO_FLAG, NULL,
	 "lighter: the account has a premium request budget"},
	{SECTION_VENUE, "venue", "rest_url", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, rest_url), NO_FLAG, NULL,
	 "address of a local testnet (loopback only); empty: the venue's own of this mode"},
	{SECTION_VENUE, "venue", "socket_url", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, socket_url), NO_FLAG, NULL,
	 "its WebSocket address"},
	{SECTION_VENUE, "venue", "ca_file", CONFIG_TYPE_PATH, 0, "", 0, 0, offsetof(struct config_venue, ca_file), NO_FLAG, NULL,
	 "certificate authority trusted besides the system's, PEM"},
	{SECTION_VENUE, "venue", "proxy", CONFIG_TYPE_TEXT, 0, "", 0, 0, offsetof(struct config_venue, proxy), NO_FLAG, NULL,
	 "http://HOST:PORT for REST and WebSocket; empty: none"},
	{SECTION_VENUE, "venue", "funding_interval_seconds", CONFIG_TYPE_DURATION, NS_PER_SECOND, "0", 0, 86400, offsetof(struct config_venue, funding_interval_ns), NO_FLAG, NULL,
	 "between two settlements of a local testnet; 0: the venue's own"},
	{SECTION_INSTRUMENT, "instrument", "minimum_notional_usd", CONFIG_TYPE_MONEY, 0, "", 0, INT64_C(1000000000000), offsetof(struct config_instrument, minimum_notional), offsetof(struct config_instrument, minimum_notional_set), NULL,
	 "smallest order"},
	{SECTION_INSTRUMENT, "instrument", "maximum_leverage", CONFIG_TYPE_INT32, 0, "", 1, 125, offsetof(struct config_instrument, maximum_leverage), offsetof(struct config_instrument, maximum_leverage_set), NULL,
	 "largest leverage the venue allows"},
	{SECTION_INSTRUMENT, "instrument", "maintenance_margin_percent", CONFIG_TYPE_PERCENT, 0, "", 0, 100, offsetof(struct config_instrument, maintenance_margin), offsetof(struct config_instrument, maintenance_margin_set), NULL,
	 "of position value; below it the venue liquidates"},
	{SECTION_INSTRUMENT, "instrument", "funding_interval_hours", CONFIG_TYPE_DURATION, NS_PER_HOUR, "", 1, 24, offsetof(struct config_instrument, funding_interval_ns), offsetof(struct config_instrument, funding_interval_set), NULL,
	 "between two settlements"},
	{SECTION_INSTRUMENT, "instrument", "settle_mode", CONFIG_TYPE_CHOICE, 0, "", 0, 0, offsetof(struct config_instrument, settles_one_period_ahead), offsetof(struct config_instrument, settle_mode_set), "current|one-period-ahead",
	 "which rate a settlement pays"},
	{SECTION_INSTRUMENT, "instrument", "buy_fee_in_base", CONFIG_TYPE_BOOL, 0, "", 0, 1, offsetof(struct config_instrument, buy_fee_in_base), offsetof(struct config_instrument, buy_fee_in_base_set), NULL,
	 "spot: the fee of a buy is taken from what is bought"},
};
/* clang-format on */
const size_t CONFIG_KEY_COUNT = sizeof(CONFIG_KEYS) / sizeof(CONFIG_KEYS[0]);

const struct config_key *config_find_key(const char *section, const char *name)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (strcmp(CONFIG_KEYS[i].section, section) == 0 &&
		    strcmp(CONFIG_KEYS[i].name, name) == 0)
			return &CONFIG_KEYS[i];
	return NULL;
}

bool config_is_list(const struct config_key *key)
{
	return key->type == CONFIG_TYPE_PATHS || key->type == CONFIG_TYPE_PAIRS ||
	       key->type == CONFIG_TYPE_DEPOSITS;
}

size_t config_section_names(const char *names[CONFIG_SECTIONS_MAX])
{
	size_t count = 0;
	for (enum config_section kind = SECTION_FIXED; kind <= SECTION_INSTRUMENT; kind++) {
		for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
			size_t seen = 0;
			while (seen < count && strcmp(names[seen], CONFIG_KEYS[i].section) != 0)
				seen++;
			if (CONFIG_KEYS[i].kind == kind && seen == count) {
				assert(count < CONFIG_SECTIONS_MAX);
				names[count++] = CONFIG_KEYS[i].section;
			}
		}
	}
	return count;
}

static const char *duration_unit(int64_t unit_ns)
{
	if (unit_ns == NS_PER_MS)
		return "ms";
	if (unit_ns == NS_PER_SECOND)
		return "seconds";
	return unit_ns == NS_PER_MINUTE ? "minutes" : "hours";
}

const char *config_unit_text(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_TYPE_DURATION:
		return duration_unit(key->unit_ns);
	case CONFIG_TYPE_MONEY:
		return "USD";
	case CONFIG_TYPE_BP:
	case CONFIG_TYPE_BP_RATE:
		return "bp";
	case CONFIG_TYPE_PERCENT:
		return "percent";
	case CONFIG_TYPE_BOOL:
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE:
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_SEED:
	case CONFIG_TYPE_FRACTION:
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_TIME:
	case CONFIG_TYPE_PATHS:
	case CONFIG_TYPE_PAIRS:
	case CONFIG_TYPE_DEPOSITS:
		break;
	}
	return "";
}

static void words_text(const char *words, char *buffer, size_t size)
{
	size_t length = 0;
	for (; *words && length + 4 < size; words++) {
		if (*words == '|')
			buffer[length++] = ' ';
		buffer[length++] = *words;
		if (*words == '|')
			buffer[length++] = ' ';
	}
	buffer[length] = '\0';
}

const char *config_allowed_text(const struct config_key *key, char *buffer, size_t size)
{
	const char *whole = "", *unit = config_unit_text(key);
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		snprintf(buffer, size, "yes | no");
		return buffer;
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE:
		words_text(key->words, buffer, size);
		return buffer;
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_PATHS:
		snprintf(buffer, size, "a path, relative to the file's folder");
		return buffer;
	case CONFIG_TYPE_TEXT:
		snprintf(buffer, size, "a text of up to %d characters", CONFIG_TEXT_MAX - 1);
		return buffer;
	case CONFIG_TYPE_TIME:
		snprintf(buffer, size, "a UTC time like 2024-08-08T23:56:00Z");
		return buffer;
	case CONFIG_TYPE_PAIRS:
		snprintf(buffer, size, "VENUE:SYMBOL VENUE:SYMBOL");
		return buffer;
	case CONFIG_TYPE_DEPOSITS:
		snprintf(buffer, size, "AMOUNT ASSET, AMOUNT ASSET, ...");
		return buffer;
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_SEED:
	case CONFIG_TYPE_BP:
		whole = "whole number, ";
		break;
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MONEY:
	case CONFIG_TYPE_BP_RATE:
	case CONFIG_TYPE_PERCENT:
	case CONFIG_TYPE_FRACTION:
		break;
	}
	snprintf(buffer, size, "%s%lld to %lld%s%s", whole, (long long)key->minimum,
		 (long long)key->maximum, *unit ? " " : "", unit);
	return buffer;
}

/* Edits (insert, delete, replace) between two short words. */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[64];
	size_t length_a = strlen(a), length_b = strlen(b);
	if (length_a > 63 || length_b > 63)
		return UINT32_MAX;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= length_a; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= length_b; j++) {
			unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			unsigned best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
			row[j] = replaced < best ? replaced : best;
		}
	}
	return row[length_b];
}

const char *nearest_name(const char *word, const char *const *names, size_t count)
{
	const char *best = NULL;
	unsigned fewest = UINT32_MAX;
	for (size_t i = 0; i < count; i++) {
		unsigned distance = edits(word, names[i]);
		if (distance < fewest) {
			fewest = distance;
			best = names[i];
		}
	}
	return fewest <= 2 + strlen(word) / 2 ? best : NULL;
}
