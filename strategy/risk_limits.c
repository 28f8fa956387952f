#include "strategy/risk_limits.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <stdio.h>

/* A mark older than that cannot prove that liquidation is near. */
#define MARK_AGE_NS (60 * NS_PER_SECOND)

void risk_note_leg(struct tracked_position *tracked, size_t leg, const struct position_value *value,
		   int64_t started_ns)
{
	struct leg_watch *watch = &tracked->watches[leg];
	if (tracked->trade_running || started_ns < tracked->quiet_since_ns)
		return;
	struct quantity seen = value ? value->quantity : (struct quantity){0};
	watch->agreeing =
		watch->agreeing > 0 && watch->seen.units == seen.units ? watch->agreeing + 1 : 1;
	watch->seen = seen;
	watch->liquidation_known = value && value->liquidation_known;
	if (watch->liquidation_known)
		watch->liquidation_price = value->liquidation_price;
}

bool risk_agreed_quantity(const struct tracked_position *tracked, size_t leg,
			  struct quantity *quantity)
{
	*quantity = tracked->watches[leg].seen;
	return tracked->watches[leg].agreeing >= RISK_AGREEING_READS;
}

bool risk_liquidation_distance(const struct tracked_position *tracked, size_t leg,
			       struct money mark, i128 *distance_e18)
{
	const struct leg_watch *watch = &tracked->watches[leg];
	if (!watch->liquidation_known || watch->liquidation_price.e18 <= 0 || mark.e18 <= 0)
		return false;
	i128 room = leg == 0 ? mark.e18 - watch->liquidation_price.e18
			     : watch->liquidation_price.e18 - mark.e18;
	if (room < 0)
		room = 0;
	return mul_div(room, MONEY_ONE, watch->liquidation_price.e18, ROUND_HALF_EVEN,
		       distance_e18);
}

/* One leg's P&L in quote at the price it would be left at, fees of leaving subtracted. */
static bool leg_pnl(const struct instrument_table *instruments, const struct ledger *ledger,
		    instrument_id id, struct quantity held, struct price exit, struct money *pnl,
		    struct money *notional)
{
	const struct instrument *instrument = instrument_get(instruments, id);
	struct rate taker = instrument_latest(instruments, id)->fees.taker;
	struct money price = price_e18(instrument, exit);
	struct money fee;
	if (!ledger_unrealised(ledger, id, price, pnl) ||
	    !contract_notional(instrument, held, exit, notional) ||
	    !money_times_rate(*notional, taker, &fee))
		return false;
	if (instrument->kind == INSTRUMENT_INVERSE &&
	    !mul_div(pnl->e18, price.e18, MONEY_ONE, ROUND_HALF_EVEN, &pnl->e18))
		return false;
	return money_sub(*pnl, fee, pnl);
}

bool risk_price_pnl(const struct tracked_position *tracked,
		    const struct instrument_table *instruments, const struct ledger *ledger,
		    int64_t now_ns, int64_t maximum_price_age_ns, struct money *pnl,
		    struct money *notional)
{
	struct money total = {0};
	if (!ledger)
		return false;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		const struct leg_watch *watch = &tracked->watches[leg];
		struct money leg_result, leg_notional;
		if (!watch->price_known || now_ns - watch->price_ns > maximum_price_age_ns ||
		    !leg_pnl(instruments, ledger, tracked->position.legs[leg],
			     tracked->position.held[leg], leg == 0 ? watch->bid : watch->ask,
			     &leg_result, &leg_notional) ||
		    !money_add(total, leg_result, &total))
			return false;
		if (leg == 0)
			*notional = leg_notional;
	}
	*pnl = total;
	return notional->e18 > 0;
}

static struct figure leg_name(const struct instrument_table *instruments, instrument_id id)
{
	char name[INSTRUMENT_NAME_MAX];
	struct figure figure;
	instrument_name(instruments, id, name, sizeof(name));
	snprintf(figure.text, sizeof(figure.text), "%.47s", name);
	return figure;
}

static bool leg_differs(const struct tracked_position *tracked,
			const struct instrument_table *instruments, struct risk_finding *finding)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = tracked->position.legs[leg];
		const struct instrument *instrument = instrument_get(instruments, id);
		struct quantity expected = position_signed_held(&tracked->position, leg);
		struct quantity seen;
		char has[DECIMAL_TEXT_MAX], should[DECIMAL_TEXT_MAX];
		if (!risk_agreed_quantity(tracked, leg, &seen) || seen.units == expected.units)
			continue;
		quantity_format(instrument, seen, has, sizeof(has));
		quantity_format(instrument, expected, should, sizeof(should));
		finding->reason = EXIT_RISK;
		sentence_print(finding->number, "%s holds %s", leg_name(instruments, id).text, has);
		sentence_print(finding->limit, "%s", should);
		return true;
	}
	return false;
}

static bool liquidation_near(const struct tracked_position *tracked,
			     const struct strategy_options *options,
			     const struct instrument_table *instruments,
			     const struct market_state *market, int64_t now_ns,
			     struct risk_finding *finding)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = tracked->position.legs[leg];
		const struct mark_state *mark = market_state_mark(market, id);
		i128 distance;
		if (!(mark->fields & MARK_HAS_MARK) || now_ns - mark->local_ns > MARK_AGE_NS ||
		    !risk_liquidation_distance(tracked, leg, mark->mark, &distance) ||
		    distance >= options->liquidation_distance.e18)
			continue;
		finding->reason = EXIT_LIQUIDATION_DISTANCE;
		sentence_print(finding->number, "mark of %s is %s from liquidation",
			       leg_name(instruments, id).text, figure_text_bp(distance, 0).text);
		sentence_print(finding->limit, "%s",
			       figure_text_bp(options->liquidation_distance.e18, 0).text);
		return true;
	}
	return false;
}

struct risk_finding risk_examine(const struct tracked_position *tracked,
				 const struct strategy_options *options,
				 const struct instrument_table *instruments,
				 const struct market_state *market, int64_t now_ns,
				 const struct money *pnl)
{
	struct risk_finding finding = {.reason = EXIT_NONE};
	if (tracked->unwound_opening) {
		finding.reason = EXIT_RISK;
		sentence_print(finding.number, "the opening was left unequal");
		sentence_print(finding.limit, "equal exposure on both legs");
		return finding;
	}
	if (leg_differs(tracked, instruments, &finding) ||
	    liquidation_near(tracked, options, instruments, market, now_ns, &finding))
		return finding;
	if (pnl && options->maximum_loss.e18 > 0 && pnl->e18 < -options->maximum_loss.e18) {
		finding.reason = EXIT_RISK;
		sentence_print(finding.number, "%s price P&L after exit fees",
			       figure_text_amount(*pnl).text);
		sentence_print(finding.limit, "-%s",
			       figure_text_amount(options->maximum_loss).text);
	}
	return finding;
}
