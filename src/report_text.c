#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/funding_proofs.h"
#include "execution/order_executor.h"
#include "src/report.h"
#include "src/session_replay.h"
#include "strategy/funding_units.h"

#include <string.h>

/* Text for people: what happened, in the order in which one asks. Figures are those of the JSON. */

struct text {
	char buffer[INSTRUMENT_NAME_MAX];
};

static const char *money_text(struct money amount, struct text *text)
{
	money_format(amount, text->buffer, sizeof(text->buffer));
	return text->buffer;
}

/* Two decimals, with sign: figures that are compared, not booked. */
static const char *usd_text(struct money amount, struct text *text)
{
	i128 cents = 0;
	if (!i128_div_round(amount.e18, i128_power_of_ten(16), ROUND_HALF_EVEN, &cents))
		return "?";
	text->buffer[0] = '+';
	decimal_format(cents, 2, text->buffer + (cents >= 0), sizeof(text->buffer) - 1);
	return text->buffer;
}

static const char *bp_text(struct money amount, struct money notional, struct text *text)
{
	char plain[DECIMAL_TEXT_MAX];
	report_bp(amount, notional, plain, sizeof(plain));
	snprintf(text->buffer, sizeof(text->buffer), "%s%s bp", plain[0] == '-' ? "" : "+", plain);
	return text->buffer;
}

static const char *time_text(int64_t ns, struct text *text)
{
	utc_format(ns, 3, text->buffer, sizeof(text->buffer));
	return text->buffer;
}

static const char *units_text(i128 units, unsigned decimals, struct text *text)
{
	decimal_format_short(units, decimals, text->buffer, sizeof(text->buffer));
	return text->buffer;
}

static void write_side(const char *what, const struct report_leg *leg, enum side side,
		       struct quantity quantity, struct money average, FILE *out)
{
	struct text a, b;
	unsigned fills = 0, forced = 0;
	for (size_t i = 0; i < leg->record->fill_count; i++) {
		if (leg->record->fills[i].u.fill.side != side)
			continue;
		fills++;
		forced += leg->record->fills[i].u.fill.client_id == 0;
	}
	fprintf(out, "        %-3s %s at %s (%u fill%s%s)\n", what,
		units_text(quantity.units, leg->instrument->quantity_decimals, &a),
		money_text(average, &b), fills, fills == 1 ? "" : "s, average price",
		forced == 0 ? "" : ", LIQUIDATED by the venue");
}

static void write_leg(const struct report *report, const struct report_leg *leg, FILE *out)
{
	const struct instrument_table *instruments = report->world->instruments;
	const struct instrument *instrument = leg->instrument;
	struct text a, b, c;
	char name[INSTRUMENT_NAME_MAX];
	fprintf(out, "  %-5s %s\n", leg->record->side == SIDE_BUY ? "long" : "short",
		instrument_name(instruments, instrument->id, name, sizeof(name)));
	if (leg->entered)
		write_side("in", leg, leg->record->side, leg->entered_quantity, leg->entry_price,
			   out);
	if (leg->exited)
		write_side("out", leg, side_opposite(leg->record->side), leg->exited_quantity,
			   leg->exit_price, out);
	for (size_t i = 0; i < leg->line_count; i++) {
		const struct report_line *line = &leg->lines[i];
		fprintf(out, "        %-14s %s %s (rounding %s)\n", ledger_kind_text(line->kind),
			money_text(line->exact, &a), asset_name(instruments, line->asset),
			money_text(line->rounding, &b));
	}
	if (leg->dust.e18 != 0)
		fprintf(out, "        dust           %s %s, below a lot\n",
			money_text(leg->dust, &a), asset_name(instruments, instrument->base));
	if (leg->unrealised_known)
		fprintf(out, "        unrealised     %s %s at the last mid\n",
			money_text(leg->unrealised, &a),
			asset_name(instruments, instrument->settle));
	if (leg->coin_settled && leg->entered)
		fprintf(out, "        valued in USD at %s (%s)\n", money_text(leg->usd_price, &c),
			leg->usd_price_source);
}

static void write_funding(const struct report *report, const struct report_trade *trade, FILE *out)
{
	const struct world *world = report->world;
	struct text a, b, c, d, e;
	for (size_t i = 0; i < world->funding_count; i++) {
		const struct account_event *paid = &world->funding[i].event;
		if (world->funding[i].trade != trade->record->trade)
			continue;
		char name[INSTRUMENT_NAME_MAX];
		const struct instrument *instrument =
			instrument_get(world->instruments, paid->instrument);
		fprintf(out, "  funding %s %s: position %s, %s %s, rate %s -> %s %s\n",
			time_text(paid->u.funding.boundary_ns, &a),
			instrument_name(world->instruments, paid->instrument, name, sizeof(name)),
			units_text(paid->u.funding.position.units, instrument->quantity_decimals,
				   &b),
			paid->u.funding.price_label, money_text(paid->u.funding.price, &c),
			units_text(paid->u.funding.rate.e18, 18, &d),
			money_text(paid->u.funding.amount, &e),
			asset_name(world->instruments, paid->u.funding.asset));
	}
}

static void write_phase(const char *what, const struct phase_record *phase, FILE *out)
{
	struct text a, b, c;
	if (!phase->done)
		return;
	fprintf(out, "  %s: legs matched %s ms (%s bp) apart, unhedged %s USD*s, %u repair order%s",
		what, units_text(phase->match_gap_ns, 6, &a),
		units_text(phase->match_gap_bp_e2, 2, &b), money_text(phase->exposure_seconds, &c),
		phase->repair_orders, phase->repair_orders == 1 ? "" : "s");
	fprintf(out, phase->reason[0] ? "; %s\n" : "\n", phase->reason);
}

static void write_result_line(const char *what, struct money amount,
			      const struct report_trade *trade, const char *note, FILE *out)
{
	struct text a, b;
	fprintf(out, "  %-22s %12s USD  %12s%s\n", what, usd_text(amount, &a),
		bp_text(amount, trade->reference_notional, &b), note);
}

static void write_trade(const struct report *report, const struct report_trade *trade, FILE *out)
{
	const struct trade_record *record = trade->record;
	struct text a, b;
	fprintf(out, "\nTrade %u %s: %s", record->trade, record->name,
		trade_status_text(record->status));
	if (record->preflight_refused)
		fprintf(out, " by %s: %s, limit %s", preflight_check_text(record->refusal.check),
			record->refusal.number, record->refusal.limit);
	if (record->opened_ns != 0)
		fprintf(out, ", opened %s", time_text(record->opened_ns, &a));
	if (record->closed_ns != 0 && record->opened_ns != 0)
		fprintf(out, ", closed %s", time_text(record->closed_ns, &b));
	fprintf(out, "\n");
	if (record->exit_reason[0] != '\0' && record->exit_number[0] != '\0')
		fprintf(out, "  closed because of %s: %s, limit %s\n", record->exit_reason,
			record->exit_number, record->exit_limit);
	if (record->status == TRADE_STATUS_REFUSED)
		return;
	for (size_t i = 0; i < trade->leg_count; i++)
		write_leg(report, &trade->legs[i], out);
	write_funding(report, trade, out);
	write_phase("opening", &record->opening, out);
	write_phase("closing", &record->closing, out);
	fprintf(out, "  residual exposure after opening: %s tokens\n",
		money_text(trade->residual_tokens, &a));
	write_result_line("price", trade->price_usd, trade, "", out);
	write_result_line("fees", trade->fees_usd, trade, "", out);
	write_result_line("funding", trade->funding_usd, trade, "", out);
	write_result_line("net", trade->net_usd, trade,
			  trade->complete ? "" : "  (incomplete: an amount could not be valued)",
			  out);
	if (record->status == TRADE_STATUS_OPEN || record->status == TRADE_STATUS_CLOSING ||
	    record->status == TRADE_STATUS_HALTED)
		write_result_line("unrealised", trade->unrealised_usd, trade,
				  "  still open at the end of the data", out);
	if (trade->collateral_revaluation_usd.e18 != 0)
		write_result_line("collateral revaluation", trade->collateral_revaluation_usd,
				  trade, "  the coin margin's own move: not strategy P&L", out);
}

static void write_identity(const struct report *report, FILE *out)
{
	const struct instrument_table *instruments = report->world->instruments;
	struct text a;
	fprintf(out, "\nIdentity: balance = price P&L + exchange + fees + funding + transfers + "
		     "rounding\n");
	for (size_t i = 0; i < report->account_count; i++) {
		const struct report_account *account = &report->accounts[i];
		fprintf(out, "  %s %s: balance %s\n", venue_name(instruments, account->venue),
			asset_name(instruments, account->asset), money_text(account->balance, &a));
		for (unsigned kind = 0; kind < LEDGER_KINDS; kind++)
			if (account->by_kind[kind].e18 != 0)
				fprintf(out, "    %-14s %s\n",
					ledger_kind_text((enum ledger_kind)kind),
					money_text(account->by_kind[kind], &a));
		fprintf(out, "    %-14s %s\n", "rounding", money_text(account->rounding, &a));
		fprintf(out, "    %-14s %s  %s\n", "sum",
			money_text(account->lines_and_rounding, &a),
			account->exact	 ? "exact"
			: account->known ? "DIFFERS FROM THE BALANCE"
					 : "the venue named no balance");
	}
	fprintf(out, "  identity: %s\n",
		report->identity_exact ? "holds to the last unit" : "BROKEN");
}

static void write_refusals(const struct report *report, FILE *out)
{
	const struct funding_arbitrage_strategy *strategy = report->world->strategy;
	const struct instrument_table *instruments = report->world->instruments;
	if (!strategy)
		return;
	const uint64_t *counts = funding_arbitrage_strategy_refusals(strategy);
	fprintf(out, "\nRefusals (scans by gate):");
	bool any = false;
	for (unsigned gate = 0; gate < GATES; gate++) {
		if (counts[gate] == 0)
			continue;
		any = true;
		fprintf(out, " %s %llu", gate_text((enum gate)gate),
			(unsigned long long)counts[gate]);
	}
	fprintf(out, any ? "\n" : " none\n");
	for (size_t i = 0; i < funding_arbitrage_strategy_candidates(strategy); i++) {
		const struct candidate *candidate =
			funding_arbitrage_strategy_candidate(strategy, i);
		char first[INSTRUMENT_NAME_MAX], second[INSTRUMENT_NAME_MAX];
		if (!candidate->refused)
			continue;
		fprintf(out, "  long %s short %s: %s: %s, limit %s\n",
			instrument_name(instruments, candidate->long_instrument, first,
					sizeof(first)),
			instrument_name(instruments, candidate->short_instrument, second,
					sizeof(second)),
			gate_text(candidate->gate), candidate->number, candidate->limit);
	}
}

static void write_proofs(const struct report *report, FILE *out)
{
	if (!report->world->proofs)
		return;
	fprintf(out, "\nFunding units (unproven: nothing is opened; probe: %d x the minimum)\n",
		PROBE_MINIMUM_NOTIONALS);
	funding_proofs_write(report->world->proofs, out);
}

/* A real venue's orders as this side saw them end; a simulated venue counts for itself. */
static void write_sent_orders(const struct world *world, venue_id venue, FILE *out)
{
	const struct order_counts *c = atomic_executor_counts(world->executor, venue);
	fprintf(out,
		"  %s: %llu sent, %llu filled, %llu partly, %llu without a fill, %llu refused, "
		"%llu never arrived, %llu of unknown end, %llu fills\n",
		venue_name(world->instruments, venue), (unsigned long long)c->sent,
		(unsigned long long)c->filled, (unsigned long long)c->partly_filled,
		(unsigned long long)c->unfilled, (unsigned long long)c->refused,
		(unsigned long long)c->absent, (unsigned long long)c->unknown,
		(unsigned long long)c->fills);
}

static void write_orders(const struct report *report, FILE *out)
{
	const struct world *world = report->world;
	fprintf(out, "\nOrders\n");
	for (venue_id id = 1; id <= venue_count(world->instruments); id++) {
		if (!world->simulated[id]) {
			write_sent_orders(world, id, out);
			continue;
		}
		const struct simulated_statistics *s =
			simulated_venue_statistics(simulated_client_venue(world->simulated[id]));
		fprintf(out,
			"  %s: %llu placed, %llu filled, %llu rejected, %llu cancelled, %llu fills "
			"(%llu maker), %llu settlements, %llu liquidations\n",
			venue_name(world->instruments, id), (unsigned long long)s->placed,
			(unsigned long long)s->filled_orders, (unsigned long long)s->rejected,
			(unsigned long long)s->cancelled, (unsigned long long)s->fills,
			(unsigned long long)s->maker_fills, (unsigned long long)s->settlements,
			(unsigned long long)s->liquidations);
		for (unsigned reason = 0; reason <= REJECT_OTHER; reason++)
			if (s->rejects_by_reason[reason] > 0)
				fprintf(out, "    rejected %s: %llu\n",
					reject_reason_text((enum reject_reason)reason),
					(unsigned long long)s->rejects_by_reason[reason]);
	}
	const struct price_counters *c = price_provider_counters(world->prices);
	struct text a;
	fprintf(out,
		"  prices: %llu calls, %s %% from cache or stream, %llu REST reads by the "
		"provider\n",
		(unsigned long long)c->calls,
		units_text(price_provider_hit_rate_bp(world->prices), 2, &a),
		(unsigned long long)c->rest_reads);
}

static void write_data(const struct report *report, FILE *out)
{
	const struct world *world = report->world;
	struct recording_statistics statistics = {0};
	if (world->replay)
		statistics = replay_statistics(world->replay);
	struct text a, b;
	fprintf(out, "\nData: %s to %s (recorder clock), %llu events, %llu level changes\n",
		time_text(world->first_ns, &a), time_text(world->last_ns, &b),
		(unsigned long long)world->events, (unsigned long long)world->levels);
	if (statistics.damaged_blocks > 0)
		fprintf(out, "  DAMAGED: %llu blocks could not be read and were skipped\n",
			(unsigned long long)statistics.damaged_blocks);
	if (world->session) {
		struct session_replay_counts counts = session_replay_counted(world->session);
		fprintf(out,
			"  session: %llu reads got the recorded answer, %llu reads had no recorded "
			"answer, %llu recorded answers were not asked for\n",
			(unsigned long long)counts.answered,
			(unsigned long long)counts.without_answer,
			(unsigned long long)counts.not_asked_for);
	}
	int64_t span = world->last_ns - world->started_ns;
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
		const struct data_quality *quality = &world->quality[id];
		char name[INSTRUMENT_NAME_MAX];
		if (quality->events == 0)
			continue;
		fprintf(out,
			"  %s: %llu events, %llu trades (%llu off-market), %llu gaps, book synced "
			"%lld %% of the time\n",
			instrument_name(world->instruments, id, name, sizeof(name)),
			(unsigned long long)quality->events, (unsigned long long)quality->trades,
			(unsigned long long)quality->off_market_trades,
			(unsigned long long)quality->gaps,
			span > 0 ? (long long)((i128)quality->synced_ns * 100 / span) : 0);
	}
}

void report_write_text(const struct report *report, FILE *out)
{
	struct text a;
	fprintf(out, "fundarb %s of %s\n", config_mode_text(report->world->config->mode),
		report->world->config->path);
	if (!report->completed)
		fprintf(out, "STOPPED: %s\n", report->stopped.text);
	for (size_t i = 0; i < report->trade_count; i++)
		write_trade(report, &report->trades[i], out);
	if (report->trade_count == 0)
		fprintf(out, "\nNo trade was opened.\n");
	fprintf(out, "\nAll trades, valued in USD (stablecoins as 1 USD): price %s",
		usd_text(report->price_usd, &a));
	fprintf(out, ", fees %s", usd_text(report->fees_usd, &a));
	fprintf(out, ", funding %s", usd_text(report->funding_usd, &a));
	fprintf(out, ", net %s", usd_text(report->net_usd, &a));
	if (report->unrealised_usd.e18 != 0)
		fprintf(out, ", unrealised %s", usd_text(report->unrealised_usd, &a));
	fprintf(out, "\n");
	if (report->lines_of_no_trade > 0)
		fprintf(out,
			"INCOMPLETE: %zu booked amounts belong to no trade; only the identity "
			"below counts them\n",
			report->lines_of_no_trade);
	write_identity(report, out);
	write_refusals(report, out);
	write_proofs(report, out);
	write_orders(report, out);
	write_data(report, out);
	fprintf(out, "  decision log: %llu lines, crc32 %08x\n",
		(unsigned long long)decision_log_lines(report->world->decisions),
		decision_log_checksum(report->world->decisions));
}
