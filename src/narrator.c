#include "src/narrator.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/world.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AMOUNT_DECIMALS 4

struct narrator {
	const struct world *world;
	FILE *out;
	bool colour;
};

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD };

struct narrator *narrator_create(const struct world *world, FILE *out)
{
	struct narrator *narrator = calloc(1, sizeof(*narrator));
	if (narrator)
		*narrator = (struct narrator){world, out, isatty(fileno(out)) == 1};
	return narrator;
}

void narrator_free(struct narrator *narrator)
{
	free(narrator);
}

__attribute__((format(printf, 3, 0))) static void say(struct narrator *narrator, enum tone tone,
						      const char *format, va_list arguments)
{
	char stamp[UTC_TEXT_MAX];
	static const char *const COLOURS[] = {"", "\033[32m", "\033[31m"};
	utc_format(scheduler_now(narrator->world->scheduler), 3, stamp, sizeof(stamp));
	/* Of 2026-01-02T03:04:05.678Z a person watching needs the clock. */
	fprintf(narrator->out, "%.12s  ", stamp + 11);
	if (narrator->colour)
		fputs(COLOURS[tone], narrator->out);
	vfprintf(narrator->out, format, arguments);
	fputs(narrator->colour && tone != TONE_PLAIN ? "\033[0m\n" : "\n", narrator->out);
	fflush(narrator->out);
}

void narrator_say(struct narrator *narrator, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(narrator, TONE_PLAIN, format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 3, 4))) static void say_in_tone(struct narrator *narrator,
							      enum tone tone, const char *format,
							      ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(narrator, tone, format, arguments);
	va_end(arguments);
}

struct amount_text {
	char text[DECIMAL_TEXT_MAX];
};

static struct amount_text amount_text(struct money amount)
{
	struct amount_text out;
	struct money shown, rounding;
	if (!money_posting(amount, AMOUNT_DECIMALS, &shown, &rounding))
		shown = amount;
	money_format(shown, out.text, sizeof(out.text));
	return out;
}

static struct amount_text quantity_text(const struct instrument *instrument,
					struct quantity quantity)
{
	struct amount_text out;
	decimal_format_short(quantity.units, instrument->quantity_decimals, out.text,
			     sizeof(out.text));
	return out;
}

static const char *coin_of(const struct world *world, instrument_id id)
{
	return asset_name(world->instruments, instrument_get(world->instruments, id)->base);
}

static const char *venue_of(const struct world *world, instrument_id id)
{
	return venue_name(world->instruments, instrument_get(world->instruments, id)->venue);
}

/* A fraction at scale 18 in basis points with one decimal. */
static struct amount_text bp_text(i128 fraction_e18)
{
	struct amount_text out;
	i128 tenths;
	if (!mul_div(fraction_e18, 100000, RATE_ONE, ROUND_HALF_EVEN, &tenths))
		tenths = 0;
	decimal_format(tenths, 1, out.text, sizeof(out.text));
	return out;
}

void narrator_opening(struct narrator *narrator, const struct position *position)
{
	const struct world *world = narrator->world;
	say_in_tone(
		narrator, TONE_PLAIN,
		"opening trade %u: long %s %s on %s, short %s %s on %s; expected funding %s bp, "
		"costs %s bp over the horizon",
		position->trade,
		quantity_text(instrument_get(world->instruments, position->legs[0]),
			      position->held[0])
			.text,
		coin_of(world, position->legs[0]), venue_of(world, position->legs[0]),
		quantity_text(instrument_get(world->instruments, position->legs[1]),
			      position->held[1])
			.text,
		coin_of(world, position->legs[1]), venue_of(world, position->legs[1]),
		bp_text(position->expected_funding_e18).text,
		bp_text(position->expected_costs_e18).text);
}

void narrator_closing(struct narrator *narrator, const struct position *position)
{
	say_in_tone(narrator, TONE_PLAIN, "closing trade %u (%s): %s, limit %s", position->trade,
		    exit_reason_text(position->exit_reason), position->exit_number,
		    position->exit_limit);
}

/* What a trade has earned so far: the ledger's lines that carry its number. */
static void tell_outcome(struct narrator *narrator, uint32_t trade)
{
	const struct ledger *ledger = narrator->world->ledger;
	struct money price = {0}, fees = {0}, funding = {0}, net;
	for (size_t i = 0; i < ledger_line_count(ledger); i++) {
		const struct ledger_line *line = ledger_line_at(ledger, i);
		if (line->trade != trade)
			continue;
		switch (line->kind) {
		case LEDGER_PRICE_PNL:
		case LEDGER_EXCHANGE:
			price.e18 += line->posting.e18;
			break;
		case LEDGER_FEE:
		case LEDGER_FEE_CORRECTION:
			fees.e18 += line->posting.e18;
			break;
		case LEDGER_FUNDING:
			funding.e18 += line->posting.e18;
			break;
		case LEDGER_TRANSFER:
			break;
		}
	}
	net.e18 = price.e18 + fees.e18 + funding.e18;
	say_in_tone(narrator, net.e18 >= 0 ? TONE_GOOD : TONE_BAD,
		    "trade %u is closed: price %s, fees %s, funding %s, together %s USD", trade,
		    amount_text(price).text, amount_text(fees).text, amount_text(funding).text,
		    amount_text(net).text);
}

void narrator_result(struct narrator *narrator, const struct trade_result *result)
{
	if (result->halted) {
		say_in_tone(narrator, TONE_BAD, "trade %u NEEDS YOU: it could not be repaired: %s",
			    result->trade, result->reason);
		return;
	}
	if (result->closing && (result->state == TRADE_DONE || result->state == TRADE_FLAT)) {
		tell_outcome(narrator, result->trade);
		return;
	}
	if (result->closing) {
		say_in_tone(narrator, TONE_BAD, "trade %u is not closed yet: %s", result->trade,
			    result->reason);
		return;
	}
	if (result->state == TRADE_DONE)
		say_in_tone(narrator, TONE_GOOD,
			    "trade %u is open: both legs filled, matched %lld ms apart",
			    result->trade, (long long)(result->match_gap_ns / NS_PER_MS));
	else
		say_in_tone(narrator, TONE_PLAIN, "trade %u was not opened: %s", result->trade,
			    result->reason);
}

void narrator_funding(struct narrator *narrator, const struct account_event *payment,
		      uint32_t trade)
{
	const struct world *world = narrator->world;
	struct money amount = payment->u.funding.amount;
	bool received = amount.e18 >= 0;
	struct money size = received ? amount : money_negate(amount);
	char of[32] = "";
	if (amount.e18 == 0)
		return;
	if (trade != 0)
		snprintf(of, sizeof(of), " (trade %u)", trade);
	say_in_tone(narrator, received ? TONE_GOOD : TONE_BAD, "funding: %s %s %s on %s for %s%s",
		    received ? "received" : "paid", amount_text(size).text,
		    asset_name(world->instruments, payment->u.funding.asset),
		    venue_of(world, payment->instrument), coin_of(world, payment->instrument), of);
}

void narrator_proof(struct narrator *narrator, instrument_id instrument,
		    const struct funding_proof *proof, bool alarm)
{
	static const char *const SAY[FUNDING_PROOF_STATES] = {
		[FUNDING_UNPROVEN] = "is unproven, nothing is opened",
		[FUNDING_PROBE] = "is good for probe size",
		[FUNDING_FULL] = "is proven, full size",
		[FUNDING_QUARANTINED] = "is QUARANTINED, what is held is closed",
	};
	const struct world *world = narrator->world;
	enum funding_proof_state state = funding_proof_state(proof);
	char sentence[FUNDING_SENTENCE_MAX];
	say_in_tone(narrator,
		    alarm		    ? TONE_BAD
		    : state == FUNDING_FULL ? TONE_GOOD
					    : TONE_PLAIN,
		    "funding of %s on %s %s: %s", coin_of(world, instrument),
		    venue_of(world, instrument), SAY[state],
		    funding_proof_sentence(proof, sentence, sizeof(sentence)));
}
