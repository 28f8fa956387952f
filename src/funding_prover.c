#include "src/funding_prover.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PAYMENTS_WAITING_MAX  8 /* of one instrument; the oldest goes first */
#define PAYMENT_FIRST_LOOK_NS (5 * NS_PER_SECOND)
#define RETRY_DOUBLINGS	      5
#define SAVE_AFTER_NS	      (10 * NS_PER_SECOND)
/* Both venues post six decimals (lighter.md §1.7, hyperliquid.md userFunding). */
#define POSTING_DECIMALS_MAX 6

struct waiting_payment {
	int64_t boundary_ns, until_ns;
	struct quantity position;
	struct money amount;
	struct money tolerance;
};

struct watch {
	bool watched, was_read;
	unsigned failures; /* reads in a row that left it as it was */
	int64_t next_ns;   /* when its public figures are due */
	struct waiting_payment payments[PAYMENTS_WAITING_MAX]; /* oldest first */
	size_t payment_count;
};

struct venue_turn {
	struct funding_prover *prover;
	venue_id venue;
	schedule_id timer;
	instrument_id reading; /* 0: none */
	int64_t spent_ns;      /* when reads at the average spacing would have got so far */
};

struct funding_prover {
	struct funding_prover_options options; /* its path is ours */
	char path[FUNDING_PROOFS_PATH_MAX];
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct funding_proofs *proofs;
	funding_prover_told told;
	void *user;
	struct venue_turn venues[VENUES_MAX + 1];
	struct watch *watches; /* by instrument id, INSTRUMENTS_MAX + 1; owned */
	bool unsaved;
	schedule_id save_timer;
};

struct funding_prover_options funding_prover_defaults(void)
{
	return (struct funding_prover_options){
		.path = "",
		.spacing_ns = 10 * NS_PER_SECOND,
		.burst = 4,
		.patience_ns = 60 * NS_PER_SECOND,
		.history = 72,
		.again_ns = 6 * NS_PER_HOUR,
		.retry_ns = 30 * NS_PER_SECOND,
		.payment_wait_ns = 10 * NS_PER_MINUTE,
		.payments = true,
	};
}

const char *funding_proofs_path(const struct config *config, char *buffer, size_t size)
{
	bool local = config->local_testnet[0] != '\0';
	for (size_t i = 0; i < config->venue_count; i++)
		local = local || config->venues[i].rest_url[0] != '\0';
	snprintf(buffer, size, "%s/%s/funding_proofs%s", config->state_directory,
		 config_mode_text(config->mode), local ? "_local" : "");
	return buffer;
}

bool funding_proofs_write_stored(const struct config *config, FILE *out, struct error *err)
{
	char path[FUNDING_PROOFS_PATH_MAX];
	unsigned damaged;
	struct funding_proofs *proofs = funding_proofs_create();
	if (!proofs)
		return error_set(err, ERROR_LIMIT, "out of memory");
	bool good = funding_proofs_load(proofs, funding_proofs_path(config, path, sizeof(path)),
					&damaged, err);
	if (good && funding_proofs_count(proofs) == 0)
		fprintf(out, "  none yet\n");
	else if (good)
		funding_proofs_write(proofs, out);
	funding_proofs_free(proofs);
	return good;
}

static int64_t now_of(const struct funding_prover *prover)
{
	return scheduler_now(prover->scheduler);
}

/* ---- what changed ---------------------------------------------------------------------------- */

static void save(void *user)
{
	struct funding_prover *prover = user;
	struct error err = {0};
	scheduler_cancel(prover->scheduler, prover->save_timer);
	prover->save_timer = 0;
	if (!prover->unsaved)
		return;
	prover->unsaved = !funding_proofs_save(prover->proofs, prover->options.path, &err);
	if (prover->unsaved)
		log_write(LOG_ALARM, "funding", "%s; proofs are not kept", err.text);
}

/* Figures can wait a moment; a state that restricts trading is on disk before anything else. */
static void save_soon(struct funding_prover *prover, bool now)
{
	prover->unsaved = true;
	if (now)
		save(prover);
	else if (prover->save_timer == 0)
		prover->save_timer = scheduler_after(prover->scheduler, SAVE_AFTER_NS,
						     SCHEDULE_TIMER, save, prover);
}

static void note(struct funding_prover *prover, instrument_id id, struct funding_proof *proof,
		 enum funding_proof_state before, bool alarm)
{
	enum funding_proof_state state = funding_proof_state(proof);
	char name[INSTRUMENT_NAME_MAX], sentence[FUNDING_SENTENCE_MAX];
	if (state != before)
		proof->changed_ns = now_of(prover);
	if (state != before || alarm) {
		log_write(alarm ? LOG_ALARM : LOG_INFO, "funding", "%s is %s: %s",
			  instrument_name(prover->instruments, id, name, sizeof(name)),
			  funding_proof_state_text(state),
			  funding_proof_sentence(proof, sentence, sizeof(sentence)));
		if (prover->told)
			prover->told(prover->user, id, proof, alarm);
	}
	save_soon(prover, alarm);
}

/* ---- payments -------------------------------------------------------------------------------- */

static void drop_payment(struct watch *watch, size_t index)
{
	watch->payment_count--;
	memmove(&watch->payments[index], &watch->payments[index + 1],
		(watch->payment_count - index) * sizeof(watch->payments[0]));
}

static void judge(struct funding_prover *prover, instrument_id id, struct funding_proof *proof,
		  const struct waiting_payment *payment, const struct funding_evidence *row)
{
	const struct instrument *instrument = instrument_get(prover->instruments, id);
	struct funding_settlement settlement = {.paid = payment->amount,
						.paid_tolerance = payment->tolerance};
	enum funding_proof_state before = funding_proof_state(proof);
	/* Of the streams, so that it is never a price that the payment itself implies. */
	struct settlement marked =
		market_state_settlement(prover->market, id, payment->boundary_ns);
	bool known =
		funding_expected_by_value(instrument, payment->position, row, &settlement) ||
		(marked.price_known && funding_expected_by_rate(instrument, payment->position, row,
								marked.price, &settlement));
	if (!known)
		return;
	enum funding_verdict verdict = funding_proof_offer_settlement(proof, &settlement);
	switch (verdict) {
	case FUNDING_DOES_NOT_COUNT:
		break;
	case FUNDING_FITS:
		note(prover, id, proof, before, false);
		break;
	case FUNDING_OFF_BY_FACTOR:
	case FUNDING_MISFIT:
		note(prover, id, proof, before, true);
		break;
	}
}

static const struct funding_evidence *row_of(const struct read_result *result, int64_t boundary_ns)
{
	for (size_t i = 0; i < result->u.evidence.count; i++)
		if (result->u.evidence.rows[i].boundary_ns == boundary_ns)
			return &result->u.evidence.rows[i];
	return NULL;
}

static void judge_payments(struct funding_prover *prover, instrument_id id,
			   struct funding_proof *proof, const struct read_result *result)
{
	struct watch *watch = &prover->watches[id];
	char name[INSTRUMENT_NAME_MAX];
	for (size_t i = 0; i < watch->payment_count;) {
		const struct waiting_payment payment = watch->payments[i];
		const struct funding_evidence *row =
			result->outcome == READ_VALUE ? row_of(result, payment.boundary_ns) : NULL;
		if (!row && now_of(prover) < payment.until_ns) {
			i++;
			continue;
		}
		drop_payment(watch, i);
		if (row)
			judge(prover, id, proof, &payment, row);
		else
			log_write(LOG_WARNING, "funding",
				  "a payment of %s stays unjudged: its rate was not published",
				  instrument_name(prover->instruments, id, name, sizeof(name)));
	}
}

static void arm(struct venue_turn *turn);

void funding_prover_account_event(struct funding_prover *prover, const struct account_event *event)
{
	if (event->kind != ACCOUNT_FUNDING || !prover->options.payments)
		return;
	struct watch *watch = &prover->watches[event->instrument];
	int64_t now = now_of(prover), boundary_ns = event->u.funding.boundary_ns;
	unsigned decimals = asset_posting_decimals(prover->instruments, event->u.funding.asset);
	if (decimals > POSTING_DECIMALS_MAX)
		decimals = POSTING_DECIMALS_MAX;
	for (size_t i = 0; i < watch->payment_count; i++)
		if (watch->payments[i].boundary_ns == boundary_ns)
			return;
	/* What was held before this run is looked after too. */
	funding_prover_watch(prover, event->instrument);
	if (watch->payment_count == PAYMENTS_WAITING_MAX)
		drop_payment(watch, 0);
	watch->payments[watch->payment_count++] = (struct waiting_payment){
		.boundary_ns = boundary_ns,
		.until_ns = now + prover->options.payment_wait_ns,
		.position = event->u.funding.position,
		.amount = event->u.funding.amount,
		.tolerance = {i128_power_of_ten(MONEY_DECIMALS - decimals) / 2},
	};
	watch->failures = 0;
	if (watch->next_ns > now + PAYMENT_FIRST_LOOK_NS)
		watch->next_ns = now + PAYMENT_FIRST_LOOK_NS;
	arm(&prover->venues[event->venue]);
}

/* ---- public figures -------------------------------------------------------------------------- */

static void take_evidence(struct funding_prover *prover, instrument_id id,
			  struct funding_proof *proof, const struct read_result *result)
{
	enum funding_proof_state before = funding_proof_state(proof);
	/* Said once, not with every read that finds the same. */
	bool agreed = proof->public_agrees, never = proof->rows_counted == 0;
	if (result->outcome == READ_VALUE &&
	    funding_proof_offer_evidence(proof, result->u.evidence.rows, result->u.evidence.count))
		note(prover, id, proof, before, !proof->public_agrees && (agreed || never));
}

static void plan_next(struct funding_prover *prover, instrument_id id,
		      const struct funding_proof *proof)
{
	struct watch *watch = &prover->watches[id];
	bool waits = watch->payment_count > 0 || funding_proof_state(proof) == FUNDING_UNPROVEN;
	int64_t pause = prover->options.again_ns;
	if (waits) {
		pause = watch->payment_count > 0 ? PAYMENT_FIRST_LOOK_NS : prover->options.retry_ns;
		for (unsigned i = 0; i < watch->failures && i < RETRY_DOUBLINGS; i++)
			pause *= 2;
		watch->failures++;
	} else {
		watch->failures = 0;
	}
	watch->next_ns = now_of(prover) + pause;
}

static void evidence_read(void *user, const struct read_result *result)
{
	struct venue_turn *turn = user;
	struct funding_prover *prover = turn->prover;
	instrument_id id = turn->reading;
	struct funding_proof *proof = funding_proofs_meet(prover->proofs, prover->instruments, id);
	turn->reading = 0;
	if (proof) {
		take_evidence(prover, id, proof, result);
		judge_payments(prover, id, proof, result);
		plan_next(prover, id, proof);
	}
	arm(turn);
}

static bool may_be_read(const struct funding_prover *prover, venue_id venue, instrument_id id)
{
	return prover->watches[id].watched &&
	       instrument_get(prover->instruments, id)->venue == venue &&
	       !instrument_is_retired(prover->instruments, id) && prover->clients->by_venue[venue];
}

/* Of two that are due, one whose payment waits to be judged comes first. */
static bool comes_before(const struct watch *a, const struct watch *b, int64_t now_ns)
{
	bool both_due = a->next_ns <= now_ns && b->next_ns <= now_ns;
	if (both_due && (a->payment_count > 0) != (b->payment_count > 0))
		return a->payment_count > 0;
	return a->next_ns < b->next_ns;
}

/* Whose figures are due first; 0: nobody's ever. */
static instrument_id most_due(const struct funding_prover *prover, venue_id venue)
{
	instrument_id due = 0;
	for (instrument_id id = 1; id <= instrument_count(prover->instruments); id++)
		if (may_be_read(prover, venue, id) &&
		    (due == 0 ||
		     comes_before(&prover->watches[id], &prover->watches[due], now_of(prover))))
			due = id;
	return due;
}

static void take_turn(void *user)
{
	struct venue_turn *turn = user;
	struct funding_prover *prover = turn->prover;
	int64_t now = now_of(prover);
	instrument_id id = most_due(prover, turn->venue);
	turn->timer = 0;
	if (id == 0 || prover->watches[id].next_ns > now) {
		arm(turn);
		return;
	}
	int64_t interval_ns = instrument_latest(prover->instruments, id)->funding.interval_ns;
	struct read_request request = {
		.kind = READ_FUNDING_EVIDENCE,
		.instrument = id,
		.since_ns = market_state_venue_time(prover->market, turn->venue, now) -
			    prover->options.history * interval_ns};
	turn->reading = id;
	turn->spent_ns = (turn->spent_ns > now ? turn->spent_ns : now) + prover->options.spacing_ns;
	prover->watches[id].was_read = true;
	exchange_read(prover->clients->by_venue[turn->venue], &request,
		      now + prover->options.patience_ns, evidence_read, turn);
}

/* One timer a venue: reads come one after the other, spacing_ns apart but for a burst. */
static void arm(struct venue_turn *turn)
{
	struct funding_prover *prover = turn->prover;
	instrument_id id = most_due(prover, turn->venue);
	if (turn->reading != 0 || id == 0)
		return;
	int64_t at = prover->watches[id].next_ns;
	int64_t free_ns =
		turn->spent_ns - (int64_t)(prover->options.burst - 1) * prover->options.spacing_ns;
	scheduler_cancel(prover->scheduler, turn->timer);
	turn->timer = scheduler_at(prover->scheduler, at > free_ns ? at : free_ns, SCHEDULE_TIMER,
				   take_turn, turn);
}

void funding_prover_watch(struct funding_prover *prover, instrument_id instrument)
{
	struct watch *watch = &prover->watches[instrument];
	venue_id venue = instrument_get(prover->instruments, instrument)->venue;
	if (watch->watched || !instrument_latest(prover->instruments, instrument)->funding.pays)
		return;
	if (!funding_proofs_meet(prover->proofs, prover->instruments, instrument)) {
		log_write(LOG_ALARM, "funding", "instrument %u cannot be kept: it stays unproven",
			  instrument);
		return;
	}
	watch->watched = true;
	watch->next_ns = now_of(prover);
	arm(&prover->venues[venue]);
}

void funding_prover_hurry(struct funding_prover *prover, instrument_id instrument)
{
	struct watch *watch = &prover->watches[instrument];
	if (!watch->watched || watch->was_read)
		return;
	watch->next_ns = 0;
	arm(&prover->venues[instrument_get(prover->instruments, instrument)->venue]);
}

/* ---- making and ending ----------------------------------------------------------------------- */

struct funding_prover *funding_prover_create(
	const struct funding_prover_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct funding_proofs *proofs,
	funding_prover_told told, void *user, struct error *err)
{
	unsigned damaged;
	struct funding_prover *prover = calloc(1, sizeof(*prover));
	if (prover)
		prover->watches = calloc(INSTRUMENTS_MAX + 1, sizeof(*prover->watches));
	if (!prover || !prover->watches) {
		free(prover);
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	assert(options->spacing_ns > 0 && options->burst > 0 && options->history > 0);
	prover->options = *options;
	snprintf(prover->path, sizeof(prover->path), "%s", options->path);
	prover->options.path = prover->path;
	prover->scheduler = scheduler;
	prover->instruments = instruments;
	prover->market = market;
	prover->clients = clients;
	prover->proofs = proofs;
	prover->told = told;
	prover->user = user;
	for (venue_id venue = 0; venue <= VENUES_MAX; venue++)
		prover->venues[venue] = (struct venue_turn){.prover = prover, .venue = venue};
	if (!funding_proofs_load(proofs, options->path, &damaged, err)) {
		free(prover->watches);
		free(prover);
		return NULL;
	}
	return prover;
}

void funding_prover_free(struct funding_prover *prover)
{
	if (!prover)
		return;
	save(prover);
	for (venue_id venue = 0; venue <= VENUES_MAX; venue++)
		scheduler_cancel(prover->scheduler, prover->venues[venue].timer);
	free(prover->watches);
	free(prover);
}
