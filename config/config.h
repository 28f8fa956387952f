/*
 * The configuration file: one INI, one schema table (config/schema.c) that drives parsing,
 * defaults, units, help and docs/configuration.md. An unknown key, a wrong unit or a contradiction
 * is refused with file:line, what is wrong, what is allowed and the nearest key; nothing is
 * started. All values are exact integers in the unit their key names.
 */
#ifndef FUNDARB_CONFIG_CONFIG_H
#define FUNDARB_CONFIG_CONFIG_H

#include "core/base/error.h"
#include "core/base/money.h"
#include <stddef.h>
#include <stdio.h>

/* Of a path; with the longest key in front it still is a line of the file (190 characters). */
#define CONFIG_TEXT_MAX	      172
#define CONFIG_RECORDINGS_MAX 16
#define CONFIG_VENUES_MAX     16
#define CONFIG_DEPOSITS_MAX   8
#define CONFIG_PAIRS_MAX      64
#define CONFIG_OVERRIDES_MAX  64

enum config_mode {
	CONFIG_BACKTEST,
	CONFIG_PAPER,	/* real streams, simulated orders */
	CONFIG_TESTNET, /* orders really sent to a venue's testnet or the local one */
	CONFIG_LIVE,	/* to a venue's mainnet */
};
const char *config_mode_text(enum config_mode mode);

/* [venue NAME] */
struct config_venue {
	char name[32];
	int line;
	bool taker_fee_set, maker_fee_set; /* else what the recording says */
	struct rate taker_fee, maker_fee;  /* taker_fee_bp, maker_fee_bp */
	int32_t leverage;		   /* 0 = [risk] leverage */
	size_t deposit_count;		   /* deposit = 100000 USDT, 2 BTC */
	struct {
		char asset[32];
		struct money amount;
	} deposits[CONFIG_DEPOSITS_MAX];
	int64_t order_entry_ns, order_response_ns; /* order_entry_ms, order_response_ms */
	int64_t read_entry_ns, read_response_ns;   /* rest_entry_ms, rest_response_ms */
	int64_t jitter_ns;			   /* latency_jitter_ms */
	/* Real venues: where and who. "" = not given. */
	char rest_url[CONFIG_TEXT_MAX], socket_url[CONFIG_TEXT_MAX]; /* loopback only */
	char ca_file[CONFIG_TEXT_MAX];
	char proxy[CONFIG_TEXT_MAX];
	char account[CONFIG_TEXT_MAX]; /* Lighter: account index; Hyperliquid: 0x address */
	char vault[CONFIG_TEXT_MAX];   /* Hyperliquid: 0x address traded for */
	char key[CONFIG_TEXT_MAX];     /* where the key is: env:NAME, file:PATH, credential:NAME */
	int32_t api_key_index;	       /* Lighter */
	bool premium;		       /* Lighter: a premium account's request budget */
	int64_t funding_interval_ns;   /* 0: the venue's own; else a local testnet's */
};

/* [instrument VENUE:SYMBOL]: overrides of rules and terms the recording infers or does not know. */
struct config_instrument {
	char venue[32];
	char symbol[32];
	int line;
	bool taker_fee_set, maker_fee_set, minimum_notional_set, maximum_leverage_set,
		maintenance_margin_set, funding_interval_set, buy_fee_in_base_set, settle_mode_set;
	struct rate taker_fee, maker_fee, maintenance_margin;
	struct money minimum_notional;
	int32_t maximum_leverage;
	int64_t funding_interval_ns;
	bool buy_fee_in_base;
	bool settles_one_period_ahead;
};

struct config {
	char path[CONFIG_TEXT_MAX];
	/* [main] */
	enum config_mode mode;
	uint64_t seed;
	char state_directory[CONFIG_TEXT_MAX];
	int log_level; /* enum log_level of core/base/log.h */
	bool confirm_live;
	bool close_on_exit;
	char local_testnet[CONFIG_TEXT_MAX]; /* testnet.ini of one to run inside; "" = none */
	/* [record] */
	char record_folder[CONFIG_TEXT_MAX]; /* of everything received; "" = none */
	bool record_trades;
	/* [backtest] */
	size_t recording_count;
	char recordings[CONFIG_RECORDINGS_MAX][CONFIG_TEXT_MAX]; /* as all paths: resolved */
	bool from_set, to_set;
	int64_t from_ns, to_ns;
	bool replay_session;		    /* replay = market | session: recorded reads too */
	bool taker_consume;		    /* taker_model = walk+consume | walk */
	bool maker_queue;		    /* maker_model = queue-trades | never */
	char decision_log[CONFIG_TEXT_MAX]; /* "" = none */
	/* [prices] */
	int64_t cache_ttl_ns;  /* cache_ttl_seconds = 5.0 */
	bool prefer_websocket; /* prefer_websocket = no */
	bool streams;	       /* streams = yes */
	int32_t price_jump_limit_bp;
	struct money invalidate_all_fill_notional;
	struct money invalidate_traded_notional;
	int64_t stream_cross_check_ns;
	/* [execution] */
	int64_t order_give_up_ns, order_expiry_ns, proof_allowance_ns, naked_limit_ns;
	int32_t price_cap_bp;
	unsigned repair_tries;
	int64_t maximum_price_age_ns;
	struct rate loss_budget;
	bool maker_entry;
	int64_t work_ns;
	/* [liquidity] */
	struct rate maximum_slippage, minimum_score;
	int32_t maximum_spread_bp;
	uint32_t depth_levels;
	/* [risk] */
	int32_t leverage;
	struct rate margin_buffer, liquidation_distance;
	struct money maximum_notional_per_trade, maximum_notional_per_venue, maximum_notional_total,
		maximum_loss;
	unsigned maximum_positions;
	int64_t maximum_clock_uncertainty_ns;
	/* [strategy] */
	bool strategy_enabled;
	struct money notional;
	size_t pair_count; /* 0: all pairs that share a coin */
	struct {
		char venue[2][32];
		char symbol[2][32];
		int line;
	} pairs[CONFIG_PAIRS_MAX];
	int64_t monitor_interval_ns, scan_interval_ns, horizon_ns, maximum_funding_age_ns,
		settlement_window_ns, hold_for_settlement_ns, maximum_age_ns, minimum_hold_ns,
		cool_down_ns;
	int32_t minimum_net_edge_bp, maximum_basis_bp, exit_edge_bp, flip_margin_bp,
		basis_take_profit_bp, switch_margin_bp, maximum_round_trip_bp;
	unsigned exit_confirmations;
	bool identity_required;
	/* [venue ...], [instrument ...] */
	size_t venue_count;
	struct config_venue venues[CONFIG_VENUES_MAX];
	size_t instrument_count;
	struct config_instrument instruments[CONFIG_OVERRIDES_MAX];
};

/*
 * Fills *config with the file over the defaults, or err ("bot.ini:12: ...", ERROR_CONFIGURATION)
 * and returns false; the first error wins. Relative paths are resolved against the folder of path.
 */
bool config_load(const char *path, struct config *config, struct error *err);
/* The same from memory (tests, fuzzing); path is only for messages. */
bool config_load_text(const char *path, const char *text, size_t length, struct config *config,
		      struct error *err);
void config_defaults(struct config *config);
/* Writes every key with section, unit, default, range and meaning: docs/configuration.md. */
void config_write_reference(FILE *out);
/* The same for a terminal. */
void config_write_help(FILE *out);
/*
 * Writes the effective configuration as an INI file, defaults included. Its relative paths are
 * relative to the working directory: loaded from there it gives the same struct (but for path and
 * line numbers).
 */
void config_write(const struct config *config, FILE *out);

#endif
