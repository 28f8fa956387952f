/* The configuration file: what is accepted, and the exact words with which the rest is refused. */
#include "config/config.h"
#include "config/schema.h"
#include "core/base/log.h"
#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SOUND "[main]\nmode = backtest\n[backtest]\nrecording = rec\n"

static struct config config;

static void load(const char *text)
{
	struct error err = {0};
	if (!config_load_text("bot.ini", text, strlen(text), &config, &err))
		fail_msg("refused: %s", err.text);
}

static const struct refusal {
	const char *text, *message;
} REFUSALS[] = {
	/* keys and sections */
	{SOUND "[prices]\ncache_ttl_second = 5\n",
	 "bot.ini:6: cache_ttl_second is not a key of [prices]; nearest: cache_ttl_seconds"},
	{SOUND "[prices]\nxyzzy = 5\n",
	 "bot.ini:6: xyzzy is not a key of [prices]; `fundarb help config` lists them"},
	{SOUND "[risk]\nnotional_usd = 5\n",
	 "bot.ini:6: notional_usd is not a key of [risk]; it belongs to [strategy]"},
	{SOUND "[price]\n", "bot.ini:5: [price] is not a section; nearest: [prices]"},
	{SOUND "[venues a]\n", "bot.ini:5: [venues a] is not a section; nearest: [venue NAME]"},
	{SOUND "[dashboard of mine]\n",
	 "bot.ini:5: [dashboard of mine] is not a section; `fundarb help config` lists them"},
	{SOUND "[venue]\n", "bot.ini:5: [venue ]: a venue's name is one word of 1 to 31 characters "
			    "without a colon: [venue NAME]"},
	{SOUND "[prices now]\n", "bot.ini:5: [prices] takes no name"},
	{SOUND "[instrument binance]\n",
	 "bot.ini:5: [instrument binance]: an instrument is [instrument VENUE:SYMBOL], each 1 to "
	 "31 characters"},
	{"seed = 1\n" SOUND, "bot.ini:1: seed stands before the first [section]"},
	/* given twice */
	{SOUND "[risk]\nleverage = 2\n; no\nleverage = 3\n",
	 "bot.ini:8: leverage is already at line 6"},
	{SOUND "[risk]\n[prices]\n[risk]\n", "bot.ini:7: [risk] is already at line 5"},
	{SOUND "[venue a]\n[venue b]\n[venue a]\n", "bot.ini:7: [venue a] is already at line 5"},
	{SOUND "[instrument a:X]\n[instrument a:X]\n",
	 "bot.ini:6: [instrument a:X] is already at line 5"},
	{SOUND "recording = rec\n", "bot.ini:5: recording: rec is given twice; allowed: a path, "
				    "relative to the file's folder"},
	{SOUND "[strategy]\npair = a:X b:Y\npair = b:Y a:X\n",
	 "bot.ini:7: pair: this pair is already at line 6; allowed: VENUE:SYMBOL VENUE:SYMBOL"},
	{SOUND "[venue a]\ndeposit = 1 USDT\ndeposit = 2 USDT\n",
	 "bot.ini:7: deposit: USDT is deposited twice; allowed: AMOUNT ASSET, AMOUNT ASSET, ..."},
	/* units */
	{SOUND "[prices]\ncache_ttl_seconds = 5 ms\n",
	 "bot.ini:6: cache_ttl_seconds: '5 ms' has a unit of its own; write the number alone, in "
	 "seconds; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\nprice_jump_limit_bp = 2%\n",
	 "bot.ini:6: price_jump_limit_bp: '2%' has a unit of its own; write the number alone, in "
	 "bp; allowed: whole number, 0 to 10000 bp"},
	{SOUND "[strategy]\nhorizon_hours = 0.5h\n",
	 "bot.ini:6: horizon_hours: '0.5h' has a unit of its own; write the number alone, in "
	 "hours; allowed: 1 to 168 hours"},
	{SOUND "[risk]\nleverage = 3x\n",
	 "bot.ini:6: leverage: '3x' has a unit of its own; write the number alone; allowed: whole "
	 "number, 1 to 125"},
	{SOUND "[risk]\nmaximum_loss_usd = $100\n",
	 "bot.ini:6: maximum_loss_usd: '$100' is not a number; allowed: 0 to 1000000000000 USD"},
	/* numbers */
	{SOUND "[prices]\ncache_ttl_seconds = 9999\n",
	 "bot.ini:6: cache_ttl_seconds: 9999 is out of range; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = 3600.000000001\n",
	 "bot.ini:6: cache_ttl_seconds: 3600.000000001 is out of range; allowed: 0 to 3600 "
	 "seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = -0.1\n",
	 "bot.ini:6: cache_ttl_seconds: -0.1 is out of range; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds =\n",
	 "bot.ini:6: cache_ttl_seconds: '' is not a number; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = nan\n",
	 "bot.ini:6: cache_ttl_seconds: 'nan' is not a number; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = 0x10\n",
	 "bot.ini:6: cache_ttl_seconds: '0x10' is not a number; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = 1,5\n",
	 "bot.ini:6: cache_ttl_seconds: '1,5' is not a number; allowed: 0 to 3600 seconds"},
	{SOUND "[prices]\ncache_ttl_seconds = 0.0000000001\n",
	 "bot.ini:6: cache_ttl_seconds: 0.0000000001 has more than 9 decimals; allowed: 0 to 3600 "
	 "seconds"},
	{SOUND "[venue a]\norder_entry_ms = 0.0000001\n",
	 "bot.ini:6: order_entry_ms: 0.0000001 is not a whole number of nanoseconds; allowed: 0 "
	 "to 60000 ms"},
	{SOUND "[risk]\nleverage = 2.5\n",
	 "bot.ini:6: leverage: 2.5 is not whole; allowed: whole number, 1 to 125"},
	{SOUND "[main]\n", "bot.ini:5: [main] is already at line 1"},
	{"[main]\nmode = backtest\nseed = 9223372036854775808\n",
	 "bot.ini:3: seed: 9223372036854775808 is out of range; allowed: whole number, 0 to "
	 "9223372036854775807"},
	{SOUND "[risk]\nmaximum_loss_usd = 1e40\n",
	 "bot.ini:6: maximum_loss_usd: 1e40 is out of range; allowed: 0 to 1000000000000 USD"},
	/* words, times, paths, lists */
	{"[main]\nmode = real\n", "bot.ini:2: mode: 'real' is none of the words; allowed: backtest "
				  "| paper | testnet | live"},
	{"[main]\nmode = live\n",
	 "bot.ini:1: mode = live needs venues: [venue lighter], [venue hyperliquid]"},
	{SOUND "taker_model = walk+consumes\n",
	 "bot.ini:5: taker_model: 'walk+consumes' is none of the words; "
	 "allowed: walk | walk+consume"},
	{SOUND "[prices]\nstreams = true\n",
	 "bot.ini:6: streams: 'true' is none of the words; allowed: yes | no"},
	{SOUND "from = 2024-08-08 23:56\n",
	 "bot.ini:5: from: '2024-08-08 23:56' is not a time; allowed: a UTC time like "
	 "2024-08-08T23:56:00Z"},
	{"[main]\nmode = backtest\nstate_directory =\n",
	 "bot.ini:3: state_directory: the path is missing; allowed: a path, relative to the "
	 "file's folder"},
	{"[main]\nmode = backtest\n[backtest]\nrecording =\n",
	 "bot.ini:4: recording: the path is missing; allowed: a path, relative to the file's "
	 "folder"},
	{SOUND "[strategy]\npair = a:X\n",
	 "bot.ini:6: pair: 'a:X' does not name two instruments; allowed: VENUE:SYMBOL "
	 "VENUE:SYMBOL"},
	{SOUND "[strategy]\npair = a:X a:X\n",
	 "bot.ini:6: pair: both legs are a:X; allowed: VENUE:SYMBOL VENUE:SYMBOL"},
	{SOUND "[venue a]\ndeposit = 100000 USDT,\n",
	 "bot.ini:6: deposit: '' is not an amount and an asset; allowed: AMOUNT ASSET, AMOUNT "
	 "ASSET, ..."},
	{SOUND "[venue a]\ndeposit = 100000\n",
	 "bot.ini:6: deposit: '100000' is not an amount and an asset; allowed: AMOUNT ASSET, "
	 "AMOUNT ASSET, ..."},
	{SOUND "[venue a]\ndeposit = -1 USDT\n",
	 "bot.ini:6: deposit: '-1' is not an amount above 0 and up to 1000000000000, with at most "
	 "18 decimals; allowed: AMOUNT ASSET, AMOUNT ASSET, ..."},
	/* the traps of inih */
	{SOUND "[prices]\ncache_ttl_seconds = 5\n 6\n",
	 "bot.ini:7: the line begins with a blank; a value ends on its line"},
	{SOUND "[prices]\ncache_ttl_seconds: 5\n",
	 "bot.ini:6: 'cache_ttl_seconds: 5' is not 'key = value'"},
	{SOUND "[prices]\ncache_ttl_seconds\n",
	 "bot.ini:6: 'cache_ttl_seconds' is not 'key = value'"},
	{SOUND "recording =;old\n",
	 "bot.ini:5: a value cannot begin with ';'; put a blank before a comment"},
	{SOUND "[prices]\n= 5\n", "bot.ini:6: '= 5' is not 'key = value'"},
	{SOUND "[prices] cache_ttl_seconds = 9\n",
	 "bot.ini:5: a section is [name] alone on its line"},
	{SOUND "[prices\n", "bot.ini:5: a section is [name] alone on its line"},
	{SOUND "[risk]\nleverage = 2\x01\n", "bot.ini:6: byte 13 is a control character (1)"},
	/* what is missing */
	{"", "bot.ini:1: [main] mode is missing; allowed: backtest | paper | testnet | live"},
	{"[main]\nmode = backtest\n",
	 "bot.ini:1: [backtest] recording is missing: mode = backtest needs one; `fundarb import` "
	 "makes one from raw captures, `fundarb generate` invents one"},
	/* contradictions */
	{SOUND "to = 2024-08-08T00:00:00Z\nfrom = 2024-08-09T00:00:00.5Z\n",
	 "bot.ini:6: [backtest] from = 2024-08-09T00:00:00.500Z contradicts [backtest] to = "
	 "2024-08-08T00:00:00Z: from must be before to"},
	{SOUND "[execution]\norder_give_up_seconds = 1.5\n",
	 "bot.ini:6: [execution] order_expiry_seconds = 2 (default) contradicts [execution] "
	 "order_give_up_seconds = 1.5: the venue must have ended an order before we give it up"},
	{SOUND "[risk]\nmaximum_notional_per_trade_usd = 999.99\n",
	 "bot.ini:6: [strategy] notional_usd = 1000 (default) contradicts [risk] "
	 "maximum_notional_per_trade_usd = 999.99: no opening would ever be allowed"},
	{SOUND "[risk]\nmaximum_notional_per_venue_usd = 999\n",
	 "bot.ini:6: [strategy] notional_usd = 1000 (default) contradicts [risk] "
	 "maximum_notional_per_venue_usd = 999: no opening would ever be allowed"},
	{SOUND "[strategy]\nnotional_usd = 3000\n[risk]\nmaximum_notional_total_usd = 5000\n",
	 "bot.ini:8: [strategy] notional_usd = 3000 contradicts [risk] maximum_notional_total_usd "
	 "= 5000: a pair has two legs of notional_usd: no opening would ever be allowed"},
	{SOUND "[risk]\nmaximum_notional_per_trade_usd = 3000\nmaximum_notional_per_venue_usd = "
	       "2000\n",
	 "bot.ini:7: [risk] maximum_notional_per_trade_usd = 3000 contradicts [risk] "
	 "maximum_notional_per_venue_usd = 2000: a trade may not exceed what its venue may hold"},
	{SOUND "[risk]\nmaximum_notional_total_usd = 2000\nmaximum_notional_per_trade_usd = 3000\n",
	 "bot.ini:7: [risk] maximum_notional_per_trade_usd = 3000 contradicts [risk] "
	 "maximum_notional_total_usd = 2000: a trade may not exceed the total"},
	{SOUND "[risk]\nmaximum_notional_total_usd = 2000\nmaximum_notional_per_venue_usd = 3000\n",
	 "bot.ini:7: [risk] maximum_notional_per_venue_usd = 3000 contradicts [risk] "
	 "maximum_notional_total_usd = 2000: a venue may not exceed the total"},
	{SOUND "[strategy]\nexit_edge_bp = 3\n",
	 "bot.ini:6: [strategy] exit_edge_bp = 3 contradicts [strategy] minimum_net_edge_bp = 2 "
	 "(default): a pair could be opened below the edge at which it is closed"},
	{SOUND "[strategy]\nminimum_hold_minutes = 61\nmaximum_age_hours = 1\n",
	 "bot.ini:7: [strategy] minimum_hold_minutes = 61 contradicts [strategy] "
	 "maximum_age_hours = 1: a pair must be closed before it may be"},
	/* the first error is the one that is told */
	{SOUND "[risk]\nleverage = 0\nleverages = 1\n",
	 "bot.ini:6: leverage: 0 is out of range; allowed: whole number, 1 to 125"},
};

static void every_bad_file_is_refused_with_line_and_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
		struct error err = {0};
		const char *text = REFUSALS[i].text;
		assert_false(config_load_text("bot.ini", text, strlen(text), &config, &err));
		assert_string_equal(err.text, REFUSALS[i].message);
		assert_int_equal(err.category, ERROR_CONFIGURATION);
	}
}

static void refuse_bytes(const char *text, size_t length, const char *message)
{
	struct error err = {0};
	assert_false(config_load_text("bot.ini", text, length, &config, &err));
	assert_string_equal(err.text, message);
}

static void nul_byte_is_refused_and_not_the_end_of_the_file(void **state)
{
	(void)state;
	static const char text[] = SOUND "[risk]\nleverage = 2\0garbage\n";
	refuse_bytes(text, sizeof(text) - 1, "bot.ini:6: byte 13 is a control character (0)");
}

static void line_is_never_cut(void **state)
{
	(void)state;
	char text[512];
	/* "recording = " and 178 characters make a line of 190. */
	for (int length = 178; length <= 179; length++) {
		int size = snprintf(text, sizeof(text),
				    "[main]\nmode = backtest\n[backtest]\n"
				    "decision_log =%*s\nrecording = r\n",
				    length - 2, "x");
		if (length == 178) {
			load(text);
			assert_string_equal(config.decision_log, "x");
		} else {
			refuse_bytes(text, (size_t)size,
				     "bot.ini:4: the line has 191 characters; at most 190 are "
				     "allowed");
		}
	}
}

static void path_too_long_is_refused_not_cut(void **state)
{
	(void)state;
	char text[512], path[CONFIG_TEXT_MAX + 1];
	memset(path, 'p', sizeof(path));
	path[CONFIG_TEXT_MAX - 1] = '\0';
	snprintf(text, sizeof(text), "[main]\nmode = backtest\n[backtest]\nrecording = %s\n", path);
	load(text);
	assert_string_equal(config.recordings[0], path);
	struct error err = {0};
	assert_false(config_load_text("a/bot.ini", text, strlen(text), &config, &err));
	assert_string_equal(err.text, "a/bot.ini:4: recording: the path with its folder has more "
				      "than 171 characters; allowed: a path, relative to the "
				      "file's folder");
	memset(path, '/', sizeof(path));
	path[CONFIG_TEXT_MAX] = '\0';
	assert_false(config_load_text(path, text, strlen(text), &config, &err));
	assert_non_null(strstr(err.text, "the path of a configuration has at most 156 characters"));
}

static void section_names_beyond_inihs_49_characters_stay_apart(void **state)
{
	(void)state;
	load(SOUND "[instrument abcdefghijklmnopqrstuvwxyz01234:ABCDEFGHIJKLMNOPQRSTUVWXYZ01231]\n"
		   "maximum_leverage = 7\n"
		   "[instrument abcdefghijklmnopqrstuvwxyz01234:ABCDEFGHIJKLMNOPQRSTUVWXYZ01232]\n"
		   "maximum_leverage = 8\n");
	assert_int_equal(config.instrument_count, 2);
	assert_string_equal(config.instruments[1].symbol, "ABCDEFGHIJKLMNOPQRSTUVWXYZ01232");
	assert_int_equal(config.instruments[0].maximum_leverage, 7);
	assert_int_equal(config.instruments[1].maximum_leverage, 8);
}

static void too_many_of_anything_is_refused(void **state)
{
	(void)state;
	char text[8192];
	struct error err = {0};
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", SOUND);
	for (int i = 0; i < CONFIG_VENUES_MAX + 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "[venue v%d]\n", i);
	assert_false(config_load_text("bot.ini", text, at, &config, &err));
	assert_string_equal(err.text, "bot.ini:21: more than 16 venues");
	at = (size_t)snprintf(text, sizeof(text), "%s", SOUND);
	for (int i = 1; i < CONFIG_RECORDINGS_MAX + 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "recording = r%d\n", i);
	assert_false(config_load_text("bot.ini", text, at, &config, &err));
	assert_string_equal(err.text, "bot.ini:20: recording: more than 16 recordings; allowed: a "
				      "path, relative to the file's folder");
	at = (size_t)snprintf(text, sizeof(text), "%s[strategy]\n", SOUND);
	for (int i = 0; i < CONFIG_PAIRS_MAX + 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "pair = a:X%d b:X%d\n", i, i);
	assert_false(config_load_text("bot.ini", text, at, &config, &err));
	assert_string_equal(err.text, "bot.ini:70: pair: more than 64 pairs; allowed: "
				      "VENUE:SYMBOL VENUE:SYMBOL");
	at = (size_t)snprintf(text, sizeof(text), "%s[venue a]\n", SOUND);
	for (int i = 0; i < CONFIG_DEPOSITS_MAX + 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "deposit = 1 A%d\n", i);
	assert_false(config_load_text("bot.ini", text, at, &config, &err));
	assert_string_equal(err.text, "bot.ini:14: deposit: more than 8 assets; allowed: AMOUNT "
				      "ASSET, AMOUNT ASSET, ...");
	at = (size_t)snprintf(text, sizeof(text), "%s", SOUND);
	for (int i = 0; i < CONFIG_OVERRIDES_MAX + 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "[instrument a:X%d]\n", i);
	assert_false(config_load_text("bot.ini", text, at, &config, &err));
	assert_string_equal(err.text, "bot.ini:69: more than 64 instruments");
}

static void values_are_exact_in_the_unit_their_key_names(void **state)
{
	(void)state;
	load("\xEF\xBB\xBF[main] ; with a byte order mark\r\nmode = backtest\r\nseed = "
	     "9223372036854775807\r\nlog_level = alarm\r\n\r\n# comment\r\n[backtest]\r\n"
	     "recording = a b ; a comment\r\nrecording = #c\r\n"
	     "from = 2024-08-08T23:56:00.000000001Z\r\nto = 2024-08-09T00:00:00Z\r\n"
	     "taker_model = walk\r\nmaker_model = never\r\n"
	     "[prices]\r\ncache_ttl_seconds = 0.000000001\r\nprefer_websocket=yes\r\n"
	     "streams = no\r\ninvalidate_all_fill_usd = 0.000000000000000001\r\n"
	     "[execution]\r\nloss_budget_bp = 0.00000000000001\r\n"
	     "[liquidity]\r\nmaximum_slippage_percent = 0.0000000000000001\r\n"
	     "minimum_score = 0.333333333333333333\r\n"
	     "[risk]\r\nmargin_buffer_percent = 900\r\nmaximum_positions = 64\r\n"
	     "[strategy]\r\nhorizon_hours = 1.5\r\nminimum_net_edge_bp = -1000\r\n"
	     "exit_edge_bp = -1e3\r\nminimum_hold_minutes = 0.000000001\r\n"
	     "pair = binance-usdm:BTCUSDT  hyperliquid:xyz:TSLA\r\n"
	     "[venue binance-usdm]\r\ntaker_fee_bp = -0.5\r\n"
	     "deposit = 100000 USDT , 0.000000000000000001 BTC\r\ndeposit = 2 ETH\r\n"
	     "order_entry_ms = 0.000001\r\n"
	     "[instrument binance-usdm:BTCUSDT]\r\nfunding_interval_hours = 4\r\n"
	     "settle_mode = one-period-ahead\r\nbuy_fee_in_base = yes\r\n"
	     "maintenance_margin_percent = 0.4");
	assert_int_equal(config.seed, INT64_MAX);
	assert_int_equal(config.log_level, LOG_ALARM);
	assert_int_equal(config.recording_count, 2);
	assert_string_equal(config.recordings[0], "a b");
	assert_string_equal(config.recordings[1], "#c");
	assert_true(config.from_set && config.to_set);
	assert_int_equal(config.to_ns - config.from_ns, 240 * NS_PER_SECOND - 1);
	assert_false(config.taker_consume || config.maker_queue || config.streams);
	assert_int_equal(config.cache_ttl_ns, 1);
	assert_true(config.prefer_websocket);
	assert_true(config.invalidate_all_fill_notional.e18 == 1);
	assert_int_equal(config.loss_budget.e18, 1);
	assert_int_equal(config.maximum_slippage.e18, 1);
	assert_int_equal(config.minimum_score.e18, INT64_C(333333333333333333));
	assert_int_equal(config.margin_buffer.e18, 9 * RATE_ONE);
	assert_int_equal(config.maximum_positions, 64);
	assert_int_equal(config.horizon_ns, 90 * NS_PER_MINUTE);
	assert_int_equal(config.minimum_net_edge_bp, -1000);
	assert_int_equal(config.exit_edge_bp, -1000);
	assert_int_equal(config.minimum_hold_ns, 60);
	assert_int_equal(config.pair_count, 1);
	assert_string_equal(config.pairs[0].venue[1], "hyperliquid");
	assert_string_equal(config.pairs[0].symbol[1], "xyz:TSLA");
	assert_int_equal(config.venue_count, 1);
	const struct config_venue *venue = &config.venues[0];
	assert_true(venue->taker_fee_set && !venue->maker_fee_set);
	assert_int_equal(venue->taker_fee.e18, -RATE_ONE / 20000);
	assert_int_equal(venue->deposit_count, 3);
	assert_string_equal(venue->deposits[1].asset, "BTC");
	assert_true(venue->deposits[0].amount.e18 == 100000 * MONEY_ONE);
	assert_true(venue->deposits[1].amount.e18 == 1);
	assert_int_equal(venue->order_entry_ns, 1);
	const struct config_instrument *instrument = &config.instruments[0];
	assert_string_equal(instrument->venue, "binance-usdm");
	assert_string_equal(instrument->symbol, "BTCUSDT");
	assert_true(instrument->funding_interval_set && instrument->settle_mode_set &&
		    instrument->settles_one_period_ahead && instrument->buy_fee_in_base_set &&
		    instrument->buy_fee_in_base && instrument->maintenance_margin_set);
	assert_false(instrument->maximum_leverage_set);
	assert_int_equal(instrument->funding_interval_ns, 4 * NS_PER_HOUR);
	assert_int_equal(instrument->maintenance_margin.e18, RATE_ONE / 250);
}

static void relative_paths_start_at_the_files_folder(void **state)
{
	(void)state;
	static const char text[] = "[main]\nmode = backtest\n[backtest]\nrecording = ../rec\n"
				   "recording = /data/rec\ndecision_log =\n";
	struct error err = {0};
	assert_true(config_load_text("etc/bot.ini", text, strlen(text), &config, &err));
	assert_string_equal(config.recordings[0], "etc/../rec");
	assert_string_equal(config.recordings[1], "/data/rec");
	assert_string_equal(config.state_directory, "etc/state");
	assert_string_equal(config.decision_log, "");
	assert_true(config_load_text("/bot.ini", text, strlen(text), &config, &err));
	assert_string_equal(config.recordings[0], "/../rec");
	assert_true(config_load_text("bot.ini", text, strlen(text), &config, &err));
	assert_string_equal(config.state_directory, "state");
}

static void defaults_are_those_of_the_table(void **state)
{
	(void)state;
	config_defaults(&config);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		char text[CONFIG_VALUE_TEXT_MAX];
		if (key->kind != SECTION_FIXED || key->default_text[0] == '\0')
			continue;
		assert_true(config_value_text(key, &config, text, sizeof(text)));
		if (strcmp(key->default_text, "5.0") == 0)
			assert_string_equal(text, "5");
		else
			assert_string_equal(text, key->default_text);
	}
	assert_int_equal(config.cache_ttl_ns, 5 * NS_PER_SECOND);
	assert_true(config.streams && !config.prefer_websocket && config.taker_consume);
}

/* A value other than the default, allowed by the table. */
static const char *other_value(const struct config_key *key, char *buffer, size_t size)
{
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		return strcmp(key->default_text, "yes") == 0 ? "no" : "yes";
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE: {
		const char *last = strrchr(key->words, '|');
		snprintf(buffer, size, "%s", last ? last + 1 : key->words);
		if (strcmp(buffer, key->default_text) == 0)
			snprintf(buffer, size, "%.*s", (int)strcspn(key->words, "|"), key->words);
		return buffer;
	}
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_SEED:
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MONEY:
	case CONFIG_TYPE_BP:
	case CONFIG_TYPE_BP_RATE:
	case CONFIG_TYPE_PERCENT:
	case CONFIG_TYPE_FRACTION:
		snprintf(buffer, size, "%lld", (long long)key->maximum);
		if (strcmp(buffer, key->default_text) == 0)
			snprintf(buffer, size, "%lld", (long long)key->minimum);
		return buffer;
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_PATHS:
		return "elsewhere";
	case CONFIG_TYPE_TIME:
		return "2024-08-08T23:56:00Z";
	case CONFIG_TYPE_PAIRS:
		return "a:X b:Y";
	case CONFIG_TYPE_DEPOSITS:
		return "5 USDT";
	}
	return "";
}

static size_t bytes_that_differ(const void *a, const void *b, size_t size)
{
	size_t count = 0;
	for (size_t i = 0; i < size; i++)
		count += ((const unsigned char *)a)[i] != ((const unsigned char *)b)[i];
	return count;
}

/* A dead key gives false safety: each one changes the struct, and no other key's value. */
static void every_key_has_a_field_of_its_own(void **state)
{
	(void)state;
	static struct config before;
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		char value[64], text[CONFIG_VALUE_TEXT_MAX];
		struct error err = {0};
		config_defaults(&config);
		void *base = key->kind == SECTION_VENUE	       ? (void *)&config.venues[0]
			     : key->kind == SECTION_INSTRUMENT ? (void *)&config.instruments[0]
							       : (void *)&config;
		before = config;
		if (!config_store(key, other_value(key, value, sizeof(value)), "x:1", 1, &config,
				  base, &err))
			fail_msg("%s", err.text);
		if (key->words && !strchr(key->words, '|'))
			continue; /* only one word: nothing to change yet */
		if (bytes_that_differ(&before, &config, sizeof(config)) == 0)
			fail_msg("%s changes nothing", key->name);
		for (size_t k = 0; k < CONFIG_KEY_COUNT; k++) {
			const struct config_key *other = &CONFIG_KEYS[k];
			char was[CONFIG_VALUE_TEXT_MAX] = "";
			if (k == i || other->kind != key->kind)
				continue;
			size_t shift = (size_t)((char *)base - (char *)&config);
			(void)config_value_text(other, (char *)&before + shift, was, sizeof(was));
			text[0] = '\0';
			(void)config_value_text(other, base, text, sizeof(text));
			if (strcmp(was, text) != 0)
				fail_msg("%s changes %s", key->name, other->name);
		}
	}
}

static void table_is_sound(void **state)
{
	(void)state;
	const char *sections[CONFIG_SECTIONS_MAX];
	assert_int_equal(config_section_names(sections), 10);
	assert_string_equal(sections[0], "main");
	assert_string_equal(sections[8], "venue");
	assert_string_equal(sections[9], "instrument");
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		assert_ptr_equal(config_find_key(key->section, key->name), key);
		assert_true(key->minimum <= key->maximum);
		assert_true(key->meaning[0] != '\0');
		assert_true((key->words != NULL) ==
			    (key->type == CONFIG_TYPE_WORD || key->type == CONFIG_TYPE_CHOICE));
		assert_true((key->unit_ns != 0) == (key->type == CONFIG_TYPE_DURATION));
		/* With its longest path the effective configuration still is a file. */
		if (key->type == CONFIG_TYPE_PATH || key->type == CONFIG_TYPE_PATHS)
			assert_true(strlen(key->name) + 3 + CONFIG_TEXT_MAX - 1 <= 190);
	}
	assert_null(config_find_key("prices", "leverage"));
}

/* The whole output of one of the writers; owned by the caller. */
static char *written(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	write(out);
	fclose(out);
	return text;
}

static void reference_page_is_the_committed_one(void **state)
{
	(void)state;
	char *page = written(config_write_reference);
	FILE *file = fopen("docs/configuration.md", "rb");
	assert_non_null(file);
	size_t size = strlen(page);
	char *committed = calloc(1, size + 2);
	assert_non_null(committed);
	size_t length = fread(committed, 1, size + 1, file);
	fclose(file);
	if (length != size || strcmp(page, committed) != 0)
		fail_msg("docs/configuration.md is stale: run `fundarb help config --markdown "
			 ">docs/configuration.md`");
	free(committed);
	free(page);
}

static void help_and_reference_name_every_key(void **state)
{
	(void)state;
	char *page = written(config_write_reference), *help = written(config_write_help);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		char allowed[128];
		assert_non_null(strstr(page, CONFIG_KEYS[i].name));
		assert_non_null(strstr(help, CONFIG_KEYS[i].name));
		assert_non_null(strstr(
			help, config_allowed_text(&CONFIG_KEYS[i], allowed, sizeof(allowed))));
		assert_non_null(strstr(help, CONFIG_KEYS[i].meaning));
	}
	free(page);
	free(help);
}

static void shipped_files_load(void **state)
{
	(void)state;
	struct error err = {0};
	assert_true(config_load("config/backtest-demo.ini", &config, &err));
	assert_string_equal(config.recordings[0], "config/../build/demo/recording");
	assert_int_equal(config.venue_count, 2);
	assert_true(config.notional.e18 == 5000 * MONEY_ONE);
	if (!config_load("config/example.ini", &config, &err))
		fail_msg("%s", err.text);
}

static void file_that_cannot_be_read_is_a_configuration_error(void **state)
{
	(void)state;
	struct error err = {0};
	assert_false(config_load("no/such/file.ini", &config, &err));
	assert_string_equal(err.text, "cannot open no/such/file.ini: No such file or directory");
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_false(config_load("tests", &config, &err));
	assert_string_equal(err.text, "cannot read tests: Is a directory");
}

static void nearest_name_is_near_or_none(void **state)
{
	(void)state;
	static const char *const names[] = {"leverage", "margin_buffer_percent"};
	assert_string_equal(nearest_name("levrage", names, 2), "leverage");
	assert_null(nearest_name("zzz", names, 2));
	assert_null(nearest_name("leverage", names, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bad_file_is_refused_with_line_and_what_is_allowed),
		cmocka_unit_test(nul_byte_is_refused_and_not_the_end_of_the_file),
		cmocka_unit_test(line_is_never_cut),
		cmocka_unit_test(path_too_long_is_refused_not_cut),
		cmocka_unit_test(section_names_beyond_inihs_49_characters_stay_apart),
		cmocka_unit_test(too_many_of_anything_is_refused),
		cmocka_unit_test(values_are_exact_in_the_unit_their_key_names),
		cmocka_unit_test(relative_paths_start_at_the_files_folder),
		cmocka_unit_test(defaults_are_those_of_the_table),
		cmocka_unit_test(every_key_has_a_field_of_its_own),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(reference_page_is_the_committed_one),
		cmocka_unit_test(help_and_reference_name_every_key),
		cmocka_unit_test(shipped_files_load),
		cmocka_unit_test(file_that_cannot_be_read_is_a_configuration_error),
		cmocka_unit_test(nearest_name_is_near_or_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
