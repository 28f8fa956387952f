#include "src/report.h"

#include "core/base/decimal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const DOLLARS[] = {"USD",   "USDT", "USDC", "BUSD",
				      "FDUSD", "TUSD", "DAI",  "USDE"};

static bool is_dollar(const struct instrument_table *instruments, asset_id asset)
{
	for (size_t i = 0; i < sizeof(DOLLARS) / sizeof(DOLLARS[0]); i++)
		if (strcmp(asset_name(instruments, asset), DOLLARS[i]) == 0)
			return true;
	return false;
}

const char *report_bp(struct money amount, struct money notional, char *buffer, size_t size)
{
	i128 hundredths;
	assert(size >= DECIMAL_TEXT_MAX);
	if (notional.e18 <= 0 ||
	    !mul_div(amount.e18, 1000000, notional.e18, ROUND_HALF_EVEN, &hundredths)) {
		snprintf(buffer, size, "-");
		return buffer;
	}
	decimal_format(hundredths, 2, buffer, size);
	return buffer;
}

/* Sums that cannot be formed are shown as incomplete, never as a wrong figure. */
static void add(struct money *sum, struct money amount, bool *complete)
{
	if (!money_add(*sum, amount, sum))
		*complete = false;
}

/* ---- legs ------------------------------------------------------------------------------------ */

static void collect_lines(const struct ledger *ledger, uint32_t trade, struct report_leg *leg,
			  bool *complete)
{
	for (size_t i = 0; i < ledger_line_count(ledger); i++) {
		const struct ledger_line *line = ledger_line_at(ledger, i);
		if (line->trade != trade || line->instrument != leg->instrument->id)
			continue;
		struct report_line *sum = NULL;
		for (size_t k = 0; k < leg->line_count && !sum; k++)
			if (leg->lines[k].kind == line->kind && leg->lines[k].asset == line->asset)
				sum = &leg->lines[k];
		if (!sum) {
			assert(leg->line_count < REPORT_LEG_LINES_MAX);
			sum = &leg->lines[leg->line_count++];
			*sum = (struct report_line){.kind = line->kind, .asset = line->asset};
		}
		add(&sum->exact, line->exact, complete);
		add(&sum->posting, line->posting, complete);
		add(&sum->rounding, line->rounding, complete);
	}
}

struct side_sum {
	struct quantity quantity;
	struct money value;    /* settle asset */
	struct money notional; /* quote */
	struct price price;    /* of all fills, 0 if they differ */
	bool any;
};

static struct side_sum sum_side(const struct report_leg *leg, enum side side, bool *complete)
{
	struct side_sum sum = {0};
	for (size_t i = 0; i < leg->record->fill_count; i++) {
		const struct account_event *fill = &leg->record->fills[i];
		struct money value, notional;
		if (fill->u.fill.side != side)
			continue;
		if (!contract_value(leg->instrument, fill->u.fill.quantity, fill->u.fill.price,
				    &value) ||
		    !contract_notional(leg->instrument, fill->u.fill.quantity, fill->u.fill.price,
				       &notional)) {
			*complete = false;
			continue;
		}
		sum.price = !sum.any || sum.price.units == fill->u.fill.price.units
				    ? fill->u.fill.price
				    : (struct price){0};
		sum.any = true;
		sum.quantity.units += fill->u.fill.quantity.units;
		add(&sum.value, value, complete);
		add(&sum.notional, notional, complete);
	}
	return sum;
}

/* The one price at which the whole quantity would have had that value. */
static struct money average_price(const struct report_leg *leg, const struct side_sum *sum,
				  bool *complete)
{
	const struct instrument *instrument = leg->instrument;
	struct money average = {0};
	if (!sum->any)
		return average;
	if (sum->price.units != 0)
		return price_e18(instrument, sum->price);
	i128 ten = i128_power_of_ten(instrument->quantity_decimals);
	bool ok;
	if (instrument->kind == INSTRUMENT_INVERSE) {
		i128 numerators[] = {sum->quantity.units, instrument->contract_size.e18, MONEY_ONE};
		i128 denominators[] = {ten, sum->value.e18};
		ok = exact_ratio(numerators, 3, denominators, 2, ROUND_HALF_EVEN, &average.e18);
	} else {
		i128 numerators[] = {sum->value.e18, ten, MONEY_ONE};
		i128 denominators[] = {sum->quantity.units, instrument->contract_size.e18};
		ok = exact_ratio(numerators, 3, denominators, 2, ROUND_HALF_EVEN, &average.e18);
	}
	if (!ok)
		*complete = false;
	return average;
}

static bool last_mid(const struct world *world, instrument_id id, struct money *mid)
{
	const struct instrument *instrument = instrument_get(world->instruments, id);
	const struct book_state *book = market_state_book(world->external, id);
	struct book_level bid, ask;
	if (book->book && order_book_best(book->book, SIDE_BUY, &bid) &&
	    order_book_best(book->book, SIDE_SELL, &ask)) {
		*mid = mid_e18(instrument, bid.price, ask.price);
		return true;
	}
	return false;
}

static bool is_held(const struct report_leg *leg)
{
	return leg->entered && leg->entered_quantity.units > leg->exited_quantity.units;
}

static void price_leg(const struct world *world, struct report_leg *leg, bool closed)
{
	struct money mid;
	leg->coin_settled = !is_dollar(world->instruments, leg->instrument->settle) ||
			    leg->instrument->kind == INSTRUMENT_SPOT;
	leg->usd_price = (struct money){MONEY_ONE};
	leg->usd_price_source = "1 USD";
	if (!leg->coin_settled)
		return;
	if (closed && leg->exited) {
		leg->usd_price = leg->exit_price;
		leg->usd_price_source = "exit fill";
	} else if (last_mid(world, leg->instrument->id, &mid)) {
		leg->usd_price = mid;
		leg->usd_price_source = "last mid";
	} else {
		leg->usd_price = leg->entry_price;
		leg->usd_price_source = "entry fill";
	}
}

static bool to_usd(const struct world *world, const struct report_leg *leg, asset_id asset,
		   struct money amount, struct money *usd)
{
	if (is_dollar(world->instruments, asset)) {
		*usd = amount;
		return true;
	}
	if (asset != leg->instrument->base)
		return false;
	return mul_div(amount.e18, leg->usd_price.e18, MONEY_ONE, ROUND_HALF_EVEN, &usd->e18);
}

static void value_lines(const struct world *world, struct report_leg *leg, bool *complete)
{
	for (size_t i = 0; i < leg->line_count; i++) {
		const struct report_line *line = &leg->lines[i];
		struct money usd = {0};
		if (!to_usd(world, leg, line->asset, line->exact, &usd)) {
			*complete = false;
			continue;
		}
		switch (line->kind) {
		case LEDGER_PRICE_PNL:
		case LEDGER_EXCHANGE:
			add(&leg->price_usd, usd, complete);
			break;
		case LEDGER_FEE:
		case LEDGER_FEE_CORRECTION:
			add(&leg->fees_usd, usd, complete);
			break;
		case LEDGER_FUNDING:
			add(&leg->funding_usd, usd, complete);
			break;
		case LEDGER_TRANSFER:
			break;
		}
	}
}

static struct money line_sum(const struct report_leg *leg, enum ledger_kind kind, asset_id asset)
{
	for (size_t i = 0; i < leg->line_count; i++)
		if (leg->lines[i].kind == kind && leg->lines[i].asset == asset)
			return leg->lines[i].posting;
	return (struct money){0};
}

/* What the coin that backs an inverse leg did by itself: not the trade's doing. */
static void revalue_collateral(const struct world *world, struct report_leg *leg, bool *complete)
{
	const struct instrument *instrument = leg->instrument;
	if (instrument->kind != INSTRUMENT_INVERSE || leg->entry_price.e18 <= 0)
		return;
	struct money move;
	int32_t leverage = world->config->leverage;
	if (!money_sub(leg->usd_price, leg->entry_price, &move)) {
		*complete = false;
		return;
	}
	i128 numerators[] = {leg->entry_notional.e18, move.e18};
	i128 denominators[] = {leg->entry_price.e18, leverage};
	if (!exact_ratio(numerators, 2, denominators, 2, ROUND_HALF_EVEN,
			 &leg->collateral_revaluation_usd.e18))
		*complete = false;
}

/* What the coins of a spot leg that are still held gained is no price P&L yet: that is realised. */
static void split_spot_price(const struct world *world, struct report_leg *leg,
			     const struct side_sum *entry, const struct side_sum *exit,
			     bool *complete)
{
	struct money cost, realised;
	if (!is_dollar(world->instruments, leg->instrument->quote))
		return;
	if (!mul_div(entry->value.e18, exit->quantity.units, entry->quantity.units, ROUND_HALF_EVEN,
		     &cost.e18) ||
	    !money_sub(exit->value, cost, &realised) ||
	    !money_sub(leg->price_usd, realised, &leg->unrealised)) {
		*complete = false;
		return;
	}
	leg->price_usd = realised;
	leg->unrealised_known = true;
}

/* What is still held, at the last mid. */
static void mark_open_leg(const struct world *world, struct report_leg *leg,
			  const struct side_sum *entry, const struct side_sum *exit, bool *complete)
{
	struct money mid;
	if (!is_held(leg) || !last_mid(world, leg->instrument->id, &mid))
		return;
	if (leg->instrument->kind == INSTRUMENT_SPOT)
		split_spot_price(world, leg, entry, exit, complete);
	else
		leg->unrealised_known = ledger_unrealised(world->ledger, leg->instrument->id, mid,
							  &leg->unrealised);
}

static void compute_leg(const struct world *world, const struct trade_record *trade,
			const struct leg_record *record, struct report_leg *leg, bool *complete)
{
	leg->record = record;
	leg->instrument = instrument_get(world->instruments, record->instrument);
	collect_lines(world->ledger, trade->trade, leg, complete);
	struct side_sum entry = sum_side(leg, record->side, complete);
	struct side_sum exit = sum_side(leg, side_opposite(record->side), complete);
	leg->entered = entry.any;
	leg->exited = exit.any;
	leg->entered_quantity = entry.quantity;
	leg->exited_quantity = exit.quantity;
	leg->entry_notional = entry.notional;
	leg->entry_price = average_price(leg, &entry, complete);
	leg->exit_price = average_price(leg, &exit, complete);
	bool closed = trade->status == TRADE_STATUS_CLOSED || trade->status == TRADE_STATUS_UNDONE;
	price_leg(world, leg, closed);
	value_lines(world, leg, complete);
	revalue_collateral(world, leg, complete);
	if (leg->instrument->kind == INSTRUMENT_SPOT) {
		leg->dust = line_sum(leg, LEDGER_EXCHANGE, leg->instrument->base);
		add(&leg->dust, line_sum(leg, LEDGER_FEE, leg->instrument->base), complete);
		if (!closed)
			leg->dust = (struct money){0};
	}
	if (!closed)
		mark_open_leg(world, leg, &entry, &exit, complete);
}

/* ---- trades ---------------------------------------------------------------------------------- */

/* Tokens the opening left unhedged: long minus short, spot after its fee in base. */
static void compute_residual(struct report_trade *trade)
{
	for (size_t i = 0; i < trade->leg_count; i++) {
		struct report_leg *leg = &trade->legs[i];
		if (!leg->entered)
			continue;
		struct price any = {
			i128_power_of_ten(leg->instrument->price_decimals) > INT64_MAX
				? 1
				: (int64_t)i128_power_of_ten(leg->instrument->price_decimals)};
		struct money tokens;
		if (leg->instrument->kind == INSTRUMENT_INVERSE) {
			struct side_sum entry = sum_side(leg, leg->record->side, &trade->complete);
			i128 multiplier = leg->instrument->multiplier;
			if (!i128_mul(entry.value.e18, multiplier, &tokens.e18))
				trade->complete = false;
		} else if (!contract_tokens(leg->instrument, leg->entered_quantity, any, &tokens)) {
			trade->complete = false;
			continue;
		}
		if (leg->instrument->kind == INSTRUMENT_SPOT)
			add(&tokens, line_sum(leg, LEDGER_FEE, leg->instrument->base),
			    &trade->complete);
		add(&trade->residual_tokens,
		    leg->record->side == SIDE_BUY ? tokens : money_negate(tokens),
		    &trade->complete);
	}
}

/* bp are of the linear leg's entry notional where there is one: its figure needs no valuation. */
static void choose_reference(struct report_trade *trade)
{
	for (size_t i = trade->leg_count; i > 0; i--) {
		const struct report_leg *leg = &trade->legs[i - 1];
		bool better = trade->reference_notional.e18 == 0 ||
			      leg->instrument->kind == INSTRUMENT_LINEAR;
		if (leg->entered && better) {
			trade->reference_notional = leg->entry_notional;
			trade->reference_leg = (unsigned)(i - 1);
		}
	}
}

static void compute_trade(const struct world *world, const struct trade_record *record,
			  struct report_trade *trade)
{
	trade->record = record;
	trade->leg_count = record->leg_count;
	trade->complete = true;
	for (size_t i = 0; i < record->leg_count; i++) {
		struct report_leg *leg = &trade->legs[i];
		struct money usd = {0};
		compute_leg(world, record, &record->legs[i], leg, &trade->complete);
		add(&trade->price_usd, leg->price_usd, &trade->complete);
		add(&trade->fees_usd, leg->fees_usd, &trade->complete);
		add(&trade->funding_usd, leg->funding_usd, &trade->complete);
		add(&trade->collateral_revaluation_usd, leg->collateral_revaluation_usd,
		    &trade->complete);
		if (leg->unrealised_known &&
		    to_usd(world, leg, leg->instrument->settle, leg->unrealised, &usd))
			add(&trade->unrealised_usd, usd, &trade->complete);
	}
	add(&trade->net_usd, trade->price_usd, &trade->complete);
	add(&trade->net_usd, trade->fees_usd, &trade->complete);
	add(&trade->net_usd, trade->funding_usd, &trade->complete);
	choose_reference(trade);
	compute_residual(trade);
}

/* ---- the identity ---------------------------------------------------------------------------- */

static struct report_account *account_of(struct report *report, venue_id venue, asset_id asset)
{
	for (size_t i = 0; i < report->account_count; i++)
		if (report->accounts[i].venue == venue && report->accounts[i].asset == asset)
			return &report->accounts[i];
	struct report_account *grown =
		realloc(report->accounts, (report->account_count + 1) * sizeof(*report->accounts));
	if (!grown)
		abort();
	report->accounts = grown;
	struct report_account *account = &grown[report->account_count++];
	*account = (struct report_account){.venue = venue, .asset = asset};
	return account;
}

static bool compute_identity(struct report *report)
{
	const struct world *world = report->world;
	bool complete = true;
	for (size_t i = 0; i < ledger_line_count(world->ledger); i++) {
		const struct ledger_line *line = ledger_line_at(world->ledger, i);
		struct report_account *account = account_of(report, line->venue, line->asset);
		if (line->trade == 0 && line->kind != LEDGER_TRANSFER)
			report->lines_of_no_trade++;
		add(&account->by_kind[line->kind], line->exact, &complete);
		add(&account->rounding, line->rounding, &complete);
		add(&account->lines_and_rounding, line->exact, &complete);
		add(&account->lines_and_rounding, line->rounding, &complete);
	}
	/* Every asset a venue holds must appear, also one the ledger knows nothing of. */
	for (venue_id venue = 1; venue <= venue_count(world->instruments); venue++) {
		for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
			const struct instrument *instrument =
				instrument_get(world->instruments, id);
			asset_id assets[] = {instrument->settle, instrument->base};
			struct money total;
			for (size_t k = 0; k < 2 && instrument->venue == venue; k++)
				if (world_balance(world, venue, assets[k], &total) &&
				    total.e18 != 0)
					account_of(report, venue, assets[k]);
		}
	}
	bool exact = complete;
	for (size_t i = 0; i < report->account_count; i++) {
		struct report_account *account = &report->accounts[i];
		account->known =
			world_balance(world, account->venue, account->asset, &account->balance);
		account->exact =
			account->known && account->balance.e18 == account->lines_and_rounding.e18;
		exact = exact && (account->exact || !account->known);
	}
	return exact;
}

struct report *report_create(struct world *world, bool completed)
{
	struct report *report = calloc(1, sizeof(*report));
	size_t count = trade_log_count(world->trades);
	if (!report)
		return NULL;
	report->world = world;
	report->completed = completed;
	report->stopped = world->stopped;
	report->trades = calloc(count ? count : 1, sizeof(*report->trades));
	if (!report->trades) {
		free(report);
		return NULL;
	}
	report->trade_count = count;
	bool complete = true;
	for (size_t i = 0; i < count; i++) {
		struct report_trade *trade = &report->trades[i];
		compute_trade(world, trade_log_at(world->trades, i), trade);
		add(&report->price_usd, trade->price_usd, &complete);
		add(&report->fees_usd, trade->fees_usd, &complete);
		add(&report->funding_usd, trade->funding_usd, &complete);
		add(&report->net_usd, trade->net_usd, &complete);
		add(&report->unrealised_usd, trade->unrealised_usd, &complete);
	}
	report->identity_exact = compute_identity(report) && complete;
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	free(report->accounts);
	free(report->trades);
	free(report);
}
