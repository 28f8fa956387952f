#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/funding_proofs.h"
#include "execution/order_executor.h"
#include "src/report.h"
#include "src/session_replay.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * cJSON writes the tree; every number that is money, a price, a quantity or an id goes in as text,
 * so that none passes through its doubles.
 */
static void put_text(cJSON *object, const char *key, const char *text)
{
	if (!cJSON_AddStringToObject(object, key, text))
		abort();
}

static void put_money(cJSON *object, const char *key, struct money amount)
{
	char text[DECIMAL_TEXT_MAX];
	money_format(amount, text, sizeof(text));
	put_text(object, key, text);
}

static void put_units(cJSON *object, const char *key, i128 units, unsigned decimals)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(units, decimals, text, sizeof(text));
	put_text(object, key, text);
}

static void put_time(cJSON *object, const char *key, int64_t ns)
{
	char text[UTC_TEXT_MAX];
	if (ns == 0)
		return;
	utc_format(ns, 9, text, sizeof(text));
	put_text(object, key, text);
}

static void put_bp(cJSON *object, const char *key, struct money amount, struct money notional)
{
	char text[DECIMAL_TEXT_MAX];
	put_text(object, key, report_bp(amount, notional, text, sizeof(text)));
}

static void put_bool(cJSON *object, const char *key, bool value)
{
	if (!cJSON_AddBoolToObject(object, key, value))
		abort();
}

static cJSON *put_object(cJSON *object, const char *key)
{
	cJSON *child = cJSON_AddObjectToObject(object, key);
	if (!child)
		abort();
	return child;
}

static cJSON *put_array(cJSON *object, const char *key)
{
	cJSON *child = cJSON_AddArrayToObject(object, key);
	if (!child)
		abort();
	return child;
}

static cJSON *append_object(cJSON *array)
{
	cJSON *child = cJSON_CreateObject();
	if (!child || !cJSON_AddItemToArray(array, child))
		abort();
	return child;
}

static const char *name_of(const struct world *world, instrument_id id, char *buffer, size_t size)
{
	return instrument_name(world->instruments, id, buffer, size);
}

static void write_lines(const struct world *world, cJSON *array, const struct report_leg *leg)
{
	for (size_t i = 0; i < leg->line_count; i++) {
		const struct report_line *line = &leg->lines[i];
		cJSON *object = append_object(array);
		put_text(object, "kind", ledger_kind_text(line->kind));
		put_text(object, "asset", asset_name(world->instruments, line->asset));
		put_money(object, "unrounded", line->exact);
		put_money(object, "posted", line->posting);
		put_money(object, "rounding", line->rounding);
	}
}

static void write_fills(const struct world *world, cJSON *array, const struct report_leg *leg)
{
	for (size_t i = 0; i < leg->record->fill_count; i++) {
		const struct account_event *fill = &leg->record->fills[i];
		cJSON *object = append_object(array);
		put_time(object, "time", fill->local_ns);
		put_time(object, "venue_time", fill->exch_ns);
		put_units(object, "client_id", fill->u.fill.client_id, 0);
		put_text(object, "trade_id", fill->u.fill.trade_id);
		put_text(object, "side", side_text(fill->u.fill.side));
		put_units(object, "price", fill->u.fill.price.units,
			  leg->instrument->price_decimals);
		put_units(object, "quantity", fill->u.fill.quantity.units,
			  leg->instrument->quantity_decimals);
		put_text(object, "liquidity", fill->u.fill.maker ? "maker" : "taker");
		put_bool(object, "liquidation", fill->u.fill.client_id == 0);
		put_money(object, "fee", fill->u.fill.fee);
		put_text(object, "fee_asset",
			 asset_name(world->instruments, fill->u.fill.fee_asset));
	}
}

static void write_funding(const struct world *world, cJSON *array, const struct report_leg *leg,
			  uint32_t trade)
{
	for (size_t i = 0; i < world->funding_count; i++) {
		const struct account_event *paid = &world->funding[i].event;
		if (paid->instrument != leg->instrument->id || world->funding[i].trade != trade)
			continue;
		cJSON *object = append_object(array);
		put_time(object, "settlement", paid->u.funding.boundary_ns);
		put_time(object, "posted_at", paid->local_ns);
		put_units(object, "position", paid->u.funding.position.units,
			  leg->instrument->quantity_decimals);
		put_money(object, "price", paid->u.funding.price);
		put_text(object, "price_source", paid->u.funding.price_label);
		put_units(object, "rate", paid->u.funding.rate.e18, 18);
		put_money(object, "amount", paid->u.funding.amount);
		put_text(object, "asset", asset_name(world->instruments, paid->u.funding.asset));
	}
}

static struct money sum_of(const struct report_leg *leg, enum ledger_kind kind, asset_id asset)
{
	for (size_t i = 0; i < leg->line_count; i++)
		if (leg->lines[i].kind == kind && leg->lines[i].asset == asset)
			return leg->lines[i].exact;
	return (struct money){0};
}

static void write_leg(const struct world *world, cJSON *array, const struct report_leg *leg,
		      uint32_t trade)
{
	char name[INSTRUMENT_NAME_MAX];
	const struct instrument *instrument = leg->instrument;
	cJSON *object = append_object(array);
	put_text(object, "instrument", name_of(world, instrument->id, name, sizeof(name)));
	put_text(object, "side", leg->record->side == SIDE_BUY ? "long" : "short");
	put_text(object, "settle_asset", asset_name(world->instruments, instrument->settle));
	put_units(object, "entered", leg->entered_quantity.units, instrument->quantity_decimals);
	put_units(object, "exited", leg->exited_quantity.units, instrument->quantity_decimals);
	put_units(object, "held", leg->record->held.units, instrument->quantity_decimals);
	if (leg->entered)
		put_money(object, "entry_price", leg->entry_price);
	if (leg->exited)
		put_money(object, "exit_price", leg->exit_price);
	put_money(object, "entry_notional", leg->entry_notional);
	put_money(object, "price_pnl", sum_of(leg, LEDGER_PRICE_PNL, instrument->settle));
	put_money(object, "fees", sum_of(leg, LEDGER_FEE, instrument->settle));
	put_money(object, "funding", sum_of(leg, LEDGER_FUNDING, instrument->settle));
	if (instrument->kind == INSTRUMENT_SPOT) {
		put_money(object, "fees_in_base", sum_of(leg, LEDGER_FEE, instrument->base));
		put_money(object, "dust", leg->dust);
	}
	if (leg->unrealised_known)
		put_money(object, "unrealised", leg->unrealised);
	write_lines(world, put_array(object, "lines"), leg);
	write_fills(world, put_array(object, "fills"), leg);
	write_funding(world, put_array(object, "funding_payments"), leg, trade);
	cJSON *usd = put_object(object, "usd");
	put_money(usd, "valuation_price", leg->usd_price);
	put_text(usd, "valuation_source", leg->usd_price_source);
	put_money(usd, "price", leg->price_usd);
	put_money(usd, "fees", leg->fees_usd);
	put_money(usd, "funding", leg->funding_usd);
	put_money(usd, "collateral_revaluation", leg->collateral_revaluation_usd);
}

static void write_phase(cJSON *object, const char *key, const struct phase_record *phase)
{
	if (!phase->done)
		return;
	cJSON *child = put_object(object, key);
	put_units(child, "match_gap_ms", phase->match_gap_ns, 6);
	put_units(child, "match_gap_bp", phase->match_gap_bp_e2, 2);
	put_money(child, "exposure_usd_seconds", phase->exposure_seconds);
	put_units(child, "repair_orders", phase->repair_orders, 0);
	if (phase->reason[0] != '\0')
		put_text(child, "reason", phase->reason);
}

static void write_trade_usd(cJSON *object, const struct report_trade *trade)
{
	struct money notional = trade->reference_notional;
	cJSON *usd = put_object(object, "usd");
	put_bool(usd, "complete", trade->complete);
	put_money(usd, "reference_notional", notional);
	put_money(usd, "price", trade->price_usd);
	put_money(usd, "fees", trade->fees_usd);
	put_money(usd, "funding", trade->funding_usd);
	put_money(usd, "net", trade->net_usd);
	put_money(usd, "unrealised", trade->unrealised_usd);
	put_money(usd, "collateral_revaluation", trade->collateral_revaluation_usd);
	put_money(usd, "quote_conversion", (struct money){0});
	cJSON *bp = put_object(object, "bp");
	put_bp(bp, "price", trade->price_usd, notional);
	put_bp(bp, "fees", trade->fees_usd, notional);
	put_bp(bp, "funding", trade->funding_usd, notional);
	put_bp(bp, "net", trade->net_usd, notional);
	put_bp(bp, "collateral_revaluation", trade->collateral_revaluation_usd, notional);
}

static void write_trade(const struct world *world, cJSON *array, const struct report_trade *trade)
{
	const struct trade_record *record = trade->record;
	cJSON *object = append_object(array);
	put_units(object, "trade", record->trade, 0);
	put_text(object, "name", record->name);
	put_text(object, "status", trade_status_text(record->status));
	put_time(object, "requested", record->requested_ns);
	put_time(object, "opened", record->opened_ns);
	put_time(object, "closed", record->closed_ns);
	if (record->exit_reason[0] != '\0') {
		cJSON *exit = put_object(object, "exit");
		put_text(exit, "reason", record->exit_reason);
		put_text(exit, "number", record->exit_number);
		put_text(exit, "limit", record->exit_limit);
	}
	if (record->preflight_refused) {
		cJSON *refusal = put_object(object, "refused");
		put_text(refusal, "check", preflight_check_text(record->refusal.check));
		put_text(refusal, "number", record->refusal.number);
		put_text(refusal, "limit", record->refusal.limit);
	}
	if (record->expectation_known) {
		cJSON *expected = put_object(object, "expected_bp");
		struct money one = {MONEY_ONE};
		put_bp(expected, "funding", (struct money){record->expected_funding_e18}, one);
		put_bp(expected, "costs", (struct money){record->expected_costs_e18}, one);
	}
	put_money(object, "residual_tokens", trade->residual_tokens);
	write_phase(object, "opening", &record->opening);
	write_phase(object, "closing", &record->closing);
	cJSON *legs = put_array(object, "legs");
	for (size_t i = 0; i < trade->leg_count; i++)
		write_leg(world, legs, &trade->legs[i], record->trade);
	write_trade_usd(object, trade);
}

static void write_accounts(const struct report *report, cJSON *root)
{
	const struct instrument_table *instruments = report->world->instruments;
	cJSON *identity = put_object(root, "identity");
	put_bool(identity, "exact", report->identity_exact);
	cJSON *array = put_array(identity, "accounts");
	for (size_t i = 0; i < report->account_count; i++) {
		const struct report_account *account = &report->accounts[i];
		cJSON *object = append_object(array);
		put_text(object, "venue", venue_name(instruments, account->venue));
		put_text(object, "asset", asset_name(instruments, account->asset));
		put_money(object, "balance", account->balance);
		for (unsigned kind = 0; kind < LEDGER_KINDS; kind++)
			put_money(object, ledger_kind_text((enum ledger_kind)kind),
				  account->by_kind[kind]);
		put_money(object, "rounding", account->rounding);
		put_money(object, "sum", account->lines_and_rounding);
		put_bool(object, "exact", account->exact);
	}
}

static void write_refusals(const struct report *report, cJSON *root)
{
	const struct funding_arbitrage_strategy *strategy = report->world->strategy;
	char name[INSTRUMENT_NAME_MAX];
	if (!strategy)
		return;
	cJSON *refusals = put_object(root, "refusals");
	cJSON *gates = put_object(refusals, "scans_by_gate");
	const uint64_t *counts = funding_arbitrage_strategy_refusals(strategy);
	for (unsigned gate = 0; gate < GATES; gate++)
		if (counts[gate] > 0)
			put_units(gates, gate_text((enum gate)gate), counts[gate], 0);
	cJSON *last = put_array(refusals, "last_scan");
	for (size_t i = 0; i < funding_arbitrage_strategy_candidates(strategy); i++) {
		const struct candidate *candidate =
			funding_arbitrage_strategy_candidate(strategy, i);
		if (!candidate->refused)
			continue;
		cJSON *object = append_object(last);
		put_text(object, "long",
			 name_of(report->world, candidate->long_instrument, name, sizeof(name)));
		put_text(object, "short",
			 name_of(report->world, candidate->short_instrument, name, sizeof(name)));
		put_text(object, "gate", gate_text(candidate->gate));
		put_text(object, "number", candidate->number);
		put_text(object, "limit", candidate->limit);
	}
}

static void write_sent_orders(const struct world *world, venue_id venue, cJSON *object)
{
	const struct order_counts *c = atomic_executor_counts(world->executor, venue);
	put_text(object, "venue", venue_name(world->instruments, venue));
	put_units(object, "sent", c->sent, 0);
	put_units(object, "filled", c->filled, 0);
	put_units(object, "partly_filled", c->partly_filled, 0);
	put_units(object, "unfilled", c->unfilled, 0);
	put_units(object, "refused", c->refused, 0);
	put_units(object, "absent", c->absent, 0);
	put_units(object, "unknown", c->unknown, 0);
	put_units(object, "fills", c->fills, 0);
}

static void write_orders(const struct report *report, cJSON *root)
{
	const struct world *world = report->world;
	cJSON *array = put_array(root, "orders");
	for (venue_id id = 1; id <= venue_count(world->instruments); id++) {
		if (!world->simulated[id]) {
			write_sent_orders(world, id, append_object(array));
			continue;
		}
		const struct simulated_statistics *s =
			simulated_venue_statistics(simulated_client_venue(world->simulated[id]));
		cJSON *object = append_object(array);
		put_text(object, "venue", venue_name(world->instruments, id));
		put_units(object, "placed", s->placed, 0);
		put_units(object, "rejected", s->rejected, 0);
		put_units(object, "cancelled", s->cancelled, 0);
		put_units(object, "filled", s->filled_orders, 0);
		put_units(object, "fills", s->fills, 0);
		put_units(object, "maker_fills", s->maker_fills, 0);
		put_units(object, "liquidations", s->liquidations, 0);
		put_units(object, "settlements", s->settlements, 0);
		put_units(object, "depth_reads",
			  simulated_client_reads(world->simulated[id], READ_DEPTH), 0);
		cJSON *reasons = put_object(object, "rejects_by_reason");
		for (unsigned reason = 0; reason <= REJECT_OTHER; reason++)
			if (s->rejects_by_reason[reason] > 0)
				put_units(reasons, reject_reason_text((enum reject_reason)reason),
					  s->rejects_by_reason[reason], 0);
	}
}

static void write_prices(const struct report *report, cJSON *root)
{
	const struct price_counters *c = price_provider_counters(report->world->prices);
	cJSON *object = put_object(root, "prices");
	put_units(object, "calls", c->calls, 0);
	put_units(object, "hit_rate_percent", price_provider_hit_rate_bp(report->world->prices), 2);
	cJSON *hits = put_object(object, "hits_by_source");
	for (unsigned source = 1; source < PRICE_SOURCES; source++)
		put_units(hits, price_source_text((enum price_source)source), c->hits[source], 0);
	put_units(object, "misses", c->misses, 0);
	put_units(object, "stale", c->stale, 0);
	put_units(object, "rest_reads", c->rest_reads, 0);
	put_units(object, "coalesced", c->coalesced, 0);
	put_units(object, "failures", c->failures, 0);
}

static void write_data(const struct report *report, cJSON *root)
{
	const struct world *world = report->world;
	struct recording_statistics statistics = {0};
	if (world->replay)
		statistics = replay_statistics(world->replay);
	char name[INSTRUMENT_NAME_MAX];
	cJSON *object = put_object(root, "data");
	put_time(object, "first", world->first_ns);
	put_time(object, "last", world->last_ns);
	put_units(object, "events", (i128)world->events, 0);
	put_units(object, "levels", (i128)world->levels, 0);
	put_units(object, "damaged_blocks", (i128)statistics.damaged_blocks, 0);
	if (world->session) {
		struct session_replay_counts counts = session_replay_counted(world->session);
		cJSON *session = put_object(object, "session");
		put_units(session, "answered", (i128)counts.answered, 0);
		put_units(session, "without_answer", (i128)counts.without_answer, 0);
		put_units(session, "not_asked_for", (i128)counts.not_asked_for, 0);
	}
	cJSON *array = put_array(object, "instruments");
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
		const struct data_quality *quality = &world->quality[id];
		cJSON *instrument = append_object(array);
		put_text(instrument, "instrument", name_of(world, id, name, sizeof(name)));
		put_units(instrument, "events", (i128)quality->events, 0);
		put_units(instrument, "trades", (i128)quality->trades, 0);
		put_units(instrument, "off_market_trades", (i128)quality->off_market_trades, 0);
		put_units(instrument, "gaps", (i128)quality->gaps, 0);
		put_units(instrument, "synced_seconds", quality->synced_ns, 9);
	}
}

static void write_totals(const struct report *report, cJSON *root)
{
	cJSON *object = put_object(root, "totals_usd");
	put_money(object, "price", report->price_usd);
	put_money(object, "fees", report->fees_usd);
	put_money(object, "funding", report->funding_usd);
	put_money(object, "net", report->net_usd);
	put_money(object, "unrealised", report->unrealised_usd);
	put_units(object, "lines_of_no_trade", (i128)report->lines_of_no_trade, 0);
	put_text(object, "note",
		 "a valuation: stablecoins as 1 USD, coins at the exit fill of their leg");
}

static void write_proofs(const struct world *world, cJSON *root)
{
	if (!world->proofs)
		return;
	cJSON *proofs = put_array(root, "funding_proofs");
	for (size_t i = 0; i < funding_proofs_count(world->proofs); i++) {
		const struct funding_proof_record *record = funding_proofs_at(world->proofs, i);
		const struct funding_proof *proof = &record->proof;
		char sentence[FUNDING_SENTENCE_MAX];
		cJSON *object = append_object(proofs);
		put_text(object, "instrument", record->name);
		put_text(object, "state", funding_proof_state_text(funding_proof_state(proof)));
		put_time(object, "since", proof->changed_ns);
		put_text(object, "because",
			 funding_proof_sentence(proof, sentence, sizeof(sentence)));
		put_units(object, "rates_compared", proof->rows_counted, 0);
		put_units(object, "rates_agreeing", proof->rows_agreeing, 0);
		if (proof->verdict == FUNDING_DOES_NOT_COUNT)
			continue;
		put_time(object, "settlement", proof->settlement.boundary_ns);
		put_money(object, "expected", proof->settlement.expected);
		put_money(object, "paid", proof->settlement.paid);
	}
}

static cJSON *build(const struct report *report)
{
	char text[32];
	cJSON *root = cJSON_CreateObject();
	if (!root)
		abort();
	put_text(root, "program", "fundarb");
	put_text(root, "world", config_mode_text(report->world->config->mode));
	put_bool(root, "completed", report->completed);
	if (!report->completed)
		put_text(root, "stopped", report->stopped.text);
	cJSON *trades = put_array(root, "trades");
	for (size_t i = 0; i < report->trade_count; i++)
		write_trade(report->world, trades, &report->trades[i]);
	write_totals(report, root);
	write_accounts(report, root);
	write_refusals(report, root);
	write_proofs(report->world, root);
	write_orders(report, root);
	write_prices(report, root);
	write_data(report, root);
	cJSON *log = put_object(root, "decision_log");
	put_units(log, "lines", (i128)decision_log_lines(report->world->decisions), 0);
	snprintf(text, sizeof(text), "%08x", decision_log_checksum(report->world->decisions));
	put_text(log, "crc32", text);
	return root;
}

bool report_write_json(const struct report *report, const char *path, struct error *err)
{
	cJSON *root = build(report);
	char *text = cJSON_Print(root);
	cJSON_Delete(root);
	if (!text)
		abort();
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	bool ok = out && fputs(text, out) >= 0 && fputc('\n', out) != EOF;
	if (out && out != stdout)
		ok = fclose(out) == 0 && ok;
	cJSON_free(text);
	return ok ? true
		  : error_set(err, ERROR_IO, "%s: report cannot be written: %s", path,
			      strerror(errno));
}
