/* How proofs come about: who is asked when, what a payment is held against, what is kept. */
#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/funding_prover.h"
#include "tests/support/market_terms.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MARKETS	  6
#define READS_MAX 512
#define READ_TIME (200 * NS_PER_MS)
#define BOUNDARY  (START + NS_PER_HOUR)
static const int64_t START = INT64_C(1772366400) * NS_PER_SECOND; /* 2026-03-01T12:00:00Z */

struct venue {
	struct exchange_client client; /* first */
	struct fixture *fixture;
	unsigned in_flight, most_in_flight;
	struct read_request request;
	read_done done;
	void *user;
};

struct fixture {
	struct market_terms terms;
	struct scheduler *scheduler;
	struct market_state *market;
	struct exchange_clients clients;
	struct venue venues[2];
	instrument_id markets[MARKETS], other; /* hourly; `other` at the second venue */
	struct funding_proofs *proofs;
	struct funding_prover_options options;
	struct funding_prover *prover;
	char folder[64], path[96];

	/* What a read answers: rows of the last hours, and one of BOUNDARY once it is published. */
	bool unknown;
	int64_t published_ns;
	const char *derived;
	bool with_value;

	size_t read_count;
	instrument_id read_ids[READS_MAX];
	int64_t read_ns[READS_MAX];
	unsigned told, alarms;
	enum funding_proof_state told_state;
};

static void answer(void *user)
{
	struct venue *venue = user;
	struct fixture *fixture = venue->fixture;
	struct funding_evidence rows[9];
	size_t count = 0;
	memset(rows, 0, sizeof(rows));
	for (int64_t hour = -7; hour <= 1; hour++) {
		struct funding_evidence *row = &rows[count];
		row->boundary_ns = START + hour * NS_PER_HOUR;
		if (hour == 1 && scheduler_now(fixture->scheduler) < fixture->published_ns)
			continue;
		row->rate = rate_of("0.0001");
		row->derived_known = true;
		row->derived = rate_of(fixture->derived);
		row->tolerance = rate_of("0.0000001");
		row->value_known = fixture->with_value;
		row->value = money_of("5");
		row->value_tolerance = money_of("0.000000005");
		count++;
	}
	struct read_result result = {.outcome = fixture->unknown ? READ_UNKNOWN : READ_VALUE,
				     .kind = READ_FUNDING_EVIDENCE,
				     .instrument = venue->request.instrument};
	result.u.evidence.rows = rows;
	result.u.evidence.count = count;
	venue->in_flight--;
	venue->done(venue->user, &result);
}

static void read_called(struct exchange_client *client, const struct read_request *request,
			int64_t give_up_ns, read_done done, void *user)
{
	struct venue *venue = (struct venue *)client;
	struct fixture *fixture = venue->fixture;
	assert_int_equal(request->kind, READ_FUNDING_EVIDENCE);
	assert_true(give_up_ns > scheduler_now(fixture->scheduler));
	assert_true(fixture->read_count < READS_MAX);
	fixture->read_ids[fixture->read_count] = request->instrument;
	fixture->read_ns[fixture->read_count++] = scheduler_now(fixture->scheduler);
	venue->request = *request;
	venue->done = done;
	venue->user = user;
	if (++venue->in_flight > venue->most_in_flight)
		venue->most_in_flight = venue->in_flight;
	scheduler_after(fixture->scheduler, READ_TIME, SCHEDULE_COMPLETION, answer, venue);
}

static const struct exchange_client_functions FUNCTIONS = {.read = read_called};

static void told(void *user, instrument_id instrument, const struct funding_proof *proof,
		 bool alarm)
{
	struct fixture *fixture = user;
	(void)instrument;
	fixture->told++;
	fixture->alarms += alarm;
	fixture->told_state = funding_proof_state(proof);
}

static instrument_id add_market(struct fixture *fixture, const char *symbol, venue_id venue)
{
	struct error err = {0};
	struct instrument terms = market_terms_linear(&fixture->terms, symbol);
	struct instrument_revision revision = market_terms_revision();
	terms.venue = venue;
	revision.funding.interval_ns = NS_PER_HOUR;
	instrument_id id = instrument_table_add(fixture->terms.table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

static void create_prover(struct fixture *fixture)
{
	struct error err = {0};
	fixture->proofs = funding_proofs_create();
	fixture->prover = funding_prover_create(
		&fixture->options, fixture->scheduler, fixture->terms.table, fixture->market,
		&fixture->clients, fixture->proofs, told, fixture, &err);
	if (!fixture->prover)
		fail_msg("%s", err.text);
}

static void free_prover(struct fixture *fixture)
{
	funding_prover_free(fixture->prover);
	funding_proofs_free(fixture->proofs);
}

static int open_fixture(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	if (!fixture)
		return -1;
	log_configure(fopen("/dev/null", "we"), LOG_ALARM);
	fixture->terms = market_terms_create();
	fixture->scheduler = scheduler_create(START);
	fixture->market = market_state_create(fixture->terms.table);
	scratch_folder_make(fixture->folder, sizeof(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/funding_proofs", fixture->folder);
	venue_id second = instrument_table_venue(fixture->terms.table, "second");
	for (size_t i = 0; i < 2; i++) {
		venue_id id = i == 0 ? fixture->terms.usdm_venue : second;
		fixture->venues[i] =
			(struct venue){.client = {&FUNCTIONS, id, 0}, .fixture = fixture};
		fixture->clients.by_venue[id] = &fixture->venues[i].client;
	}
	for (int i = 0; i < MARKETS; i++) {
		char symbol[16];
		snprintf(symbol, sizeof(symbol), "M%d", i);
		fixture->markets[i] = add_market(fixture, symbol, fixture->terms.usdm_venue);
	}
	fixture->other = add_market(fixture, "M0", second);
	fixture->derived = "0.0001";
	fixture->published_ns = BOUNDARY + 20 * NS_PER_SECOND;
	fixture->options = funding_prover_defaults();
	fixture->options.path = fixture->path;
	create_prover(fixture);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;
	free_prover(fixture);
	scratch_folder_remove(fixture->folder);
	market_state_free(fixture->market);
	scheduler_free(fixture->scheduler);
	market_terms_free(&fixture->terms);
	free(fixture);
	return 0;
}

static void nothing(void *user)
{
	(void)user;
}

static void run_to(struct fixture *fixture, int64_t until_ns)
{
	scheduler_at(fixture->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(fixture->scheduler, NULL, until_ns);
}

static void mark_at(struct fixture *fixture, instrument_id id, int64_t ns, const char *price)
{
	run_to(fixture, ns);
	struct market_event event = {.kind = EVENT_MARK,
				     .local_ns = ns,
				     .exch_ns = ns,
				     .instrument = id,
				     .venue = instrument_get(fixture->terms.table, id)->venue};
	event.u.mark.fields = MARK_HAS_MARK;
	event.u.mark.mark = money_of(price);
	market_state_apply(fixture->market, &event);
}

/* One coin long at a rate of 0.0001: at 50,000 it pays 5. */
static void pay(struct fixture *fixture, instrument_id id, const char *amount, const char *price)
{
	struct account_event event = {.kind = ACCOUNT_FUNDING,
				      .local_ns = scheduler_now(fixture->scheduler),
				      .instrument = id,
				      .venue = instrument_get(fixture->terms.table, id)->venue};
	event.u.funding.boundary_ns = BOUNDARY;
	event.u.funding.position = quantity_of(&fixture->terms, id, "1");
	event.u.funding.price = money_of(price);
	event.u.funding.amount = money_of(amount);
	event.u.funding.asset = fixture->terms.usdt;
	funding_prover_account_event(fixture->prover, &event);
}

static enum funding_proof_state state_of(const struct fixture *fixture, instrument_id id)
{
	return funding_proofs_state(fixture->proofs, fixture->terms.table, id);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void each_venue_is_asked_for_one_instrument_at_a_time_and_slowly_after_a_burst(void **state)
{
	struct fixture *fixture = *state;
	const size_t burst = fixture->options.burst;
	int64_t last[2] = {0, 0};
	size_t first_venue = 0;
	for (int i = 0; i < MARKETS; i++)
		funding_prover_watch(fixture->prover, fixture->markets[i]);
	funding_prover_watch(fixture->prover, fixture->other);
	funding_prover_watch(fixture->prover, fixture->other);
	run_to(fixture, START + 2 * NS_PER_MINUTE);
	assert_int_equal(fixture->read_count, MARKETS + 1);
	for (size_t i = 0; i < fixture->read_count; i++) {
		size_t venue = fixture->read_ids[i] == fixture->other;
		first_venue += venue == 0;
		if (venue == 0 && first_venue > 1 && first_venue <= burst)
			assert_int_equal(fixture->read_ns[i] - last[venue], READ_TIME);
		else if (venue == 0 && first_venue > burst)
			assert_int_equal(fixture->read_ns[i] - START,
					 (int64_t)(first_venue - burst) *
						 fixture->options.spacing_ns);
		last[venue] = fixture->read_ns[i];
	}
	assert_int_equal(first_venue, MARKETS);
	assert_int_equal(fixture->venues[0].most_in_flight, 1);
	/* The other venue did not wait for the first. */
	assert_int_equal(last[1], START);
	for (int i = 0; i < MARKETS; i++)
		assert_int_equal(state_of(fixture, fixture->markets[i]), FUNDING_PROBE);
	assert_int_equal(fixture->told, MARKETS + 1);
	assert_int_equal(fixture->alarms, 0);
}

static void who_is_waited_for_comes_first(void **state)
{
	struct fixture *fixture = *state;
	for (int i = 0; i < MARKETS; i++)
		funding_prover_watch(fixture->prover, fixture->markets[i]);
	funding_prover_hurry(fixture->prover, fixture->markets[4]);
	run_to(fixture, START + NS_PER_SECOND / 2);
	assert_int_equal(fixture->read_ids[0], fixture->markets[4]);
	assert_int_equal(fixture->read_ids[1], fixture->markets[0]);
	funding_prover_hurry(fixture->prover, fixture->markets[4]); /* was read: changes nothing */
	run_to(fixture, START + 35 * NS_PER_SECOND);
	assert_int_equal(fixture->read_ids[3], fixture->markets[2]);
}

static void an_unanswered_read_is_tried_again_at_growing_pauses(void **state)
{
	struct fixture *fixture = *state;
	fixture->unknown = true;
	funding_prover_watch(fixture->prover, fixture->markets[0]);
	run_to(fixture, START + NS_PER_HOUR);
	/* 30 s, 1, 2, 4, 8, 16, 16 minutes, ... */
	assert_int_equal(fixture->read_count, 8);
	for (size_t i = 2; i < 6; i++)
		assert_true(fixture->read_ns[i] - fixture->read_ns[i - 1] >
			    2 * (fixture->read_ns[i - 1] - fixture->read_ns[i - 2]) -
				    NS_PER_SECOND);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_UNPROVEN);
	fixture->unknown = false;
	run_to(fixture, START + 2 * NS_PER_HOUR);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_PROBE);
}

static void figures_that_disagree_are_told_once(void **state)
{
	struct fixture *fixture = *state;
	fixture->derived = "0.0008";
	funding_prover_watch(fixture->prover, fixture->markets[0]);
	run_to(fixture, START + 50 * NS_PER_MINUTE);
	assert_true(fixture->read_count > 3);
	assert_int_equal(fixture->alarms, 1);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_UNPROVEN);
}

static void public_figures_are_looked_at_again_and_can_take_the_permission_back(void **state)
{
	struct fixture *fixture = *state;
	funding_prover_watch(fixture->prover, fixture->markets[0]);
	run_to(fixture, START + NS_PER_MINUTE);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_PROBE);
	fixture->derived = "-0.0001";
	run_to(fixture, START + 7 * NS_PER_HOUR);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_UNPROVEN);
	assert_int_equal(fixture->alarms, 1);
}

/* ---- payments -------------------------------------------------------------------------------- */

static void a_payment_waits_for_its_published_rate_and_proves(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	funding_prover_watch(fixture->prover, id);
	mark_at(fixture, id, BOUNDARY - NS_PER_SECOND, "50000");
	mark_at(fixture, id, BOUNDARY + NS_PER_SECOND, "50100");
	pay(fixture, id, "-5.0001", "50000");
	run_to(fixture, fixture->published_ns - NS_PER_SECOND);
	assert_int_equal(state_of(fixture, id), FUNDING_PROBE);
	run_to(fixture, fixture->published_ns + NS_PER_MINUTE);
	assert_int_equal(state_of(fixture, id), FUNDING_FULL);
	assert_money(funding_proofs_find(fixture->proofs, id)->settlement.expected, "-5");
}

/* Adapters fill a price in that they took from the payment: believing it would prove anything. */
static void a_price_that_the_payment_implies_is_not_believed(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	mark_at(fixture, id, BOUNDARY - NS_PER_SECOND, "50000");
	mark_at(fixture, id, BOUNDARY + NS_PER_SECOND, "50000");
	pay(fixture, id, "-40", "400000");
	run_to(fixture, BOUNDARY + 2 * NS_PER_MINUTE);
	assert_int_equal(state_of(fixture, id), FUNDING_QUARANTINED);
	assert_int_equal(funding_proofs_find(fixture->proofs, id)->factor.numerator, 8);
	assert_int_equal(fixture->told_state, FUNDING_QUARANTINED);
}

static void without_a_streamed_price_nothing_is_judged(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	run_to(fixture, BOUNDARY + NS_PER_SECOND);
	pay(fixture, id, "-40", "400000");
	pay(fixture, id, "-40", "400000");
	run_to(fixture, BOUNDARY + 5 * NS_PER_MINUTE);
	assert_int_equal(state_of(fixture, id), FUNDING_PROBE);
	assert_int_equal(fixture->alarms, 0);
}

static void a_published_value_needs_no_price(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	fixture->with_value = true;
	run_to(fixture, BOUNDARY + NS_PER_SECOND);
	pay(fixture, id, "-5", "1");
	run_to(fixture, BOUNDARY + 2 * NS_PER_MINUTE);
	assert_int_equal(state_of(fixture, id), FUNDING_FULL);
}

static void a_payment_whose_rate_never_appears_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	fixture->with_value = true;
	fixture->published_ns = INT64_MAX;
	run_to(fixture, BOUNDARY + NS_PER_SECOND);
	pay(fixture, id, "-5", "50000");
	run_to(fixture, BOUNDARY + 30 * NS_PER_MINUTE);
	size_t reads = fixture->read_count;
	assert_true(reads < 12);
	run_to(fixture, BOUNDARY + 2 * NS_PER_HOUR);
	assert_int_equal(fixture->read_count, reads);
	assert_int_equal(state_of(fixture, id), FUNDING_PROBE);
}

static void a_waiting_payment_is_judged_before_unread_instruments(void **state)
{
	struct fixture *fixture = *state;
	fixture->with_value = true;
	fixture->published_ns = BOUNDARY;
	run_to(fixture, BOUNDARY);
	for (int i = 0; i < MARKETS; i++)
		funding_prover_watch(fixture->prover, fixture->markets[i]);
	pay(fixture, fixture->markets[5], "-5", "50000");
	run_to(fixture, BOUNDARY + 15 * NS_PER_SECOND);
	assert_int_equal(state_of(fixture, fixture->markets[5]), FUNDING_FULL);
	assert_int_equal(state_of(fixture, fixture->markets[4]), FUNDING_UNPROVEN);
}

static void on_paper_payments_prove_nothing(void **state)
{
	struct fixture *fixture = *state;
	instrument_id id = fixture->markets[0];
	free_prover(fixture);
	fixture->options.payments = false;
	create_prover(fixture);
	fixture->with_value = true;
	funding_prover_watch(fixture->prover, id);
	run_to(fixture, BOUNDARY + NS_PER_SECOND);
	pay(fixture, id, "-40", "50000");
	run_to(fixture, BOUNDARY + 10 * NS_PER_HOUR);
	assert_int_equal(state_of(fixture, id), FUNDING_PROBE);
	assert_int_equal(fixture->alarms, 0);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static void a_restart_remembers_quarantine_and_proof(void **state)
{
	struct fixture *fixture = *state;
	fixture->with_value = true;
	run_to(fixture, BOUNDARY);
	pay(fixture, fixture->markets[0], "-40", "50000");
	pay(fixture, fixture->markets[1], "-5", "50000");
	run_to(fixture, BOUNDARY + 5 * NS_PER_MINUTE);
	free_prover(fixture);
	create_prover(fixture);
	fixture->unknown = true;
	funding_prover_watch(fixture->prover, fixture->markets[0]);
	funding_prover_watch(fixture->prover, fixture->markets[1]);
	assert_int_equal(state_of(fixture, fixture->markets[0]), FUNDING_QUARANTINED);
	assert_int_equal(state_of(fixture, fixture->markets[1]), FUNDING_FULL);
}

/* The power may go at any moment: what restricts is on disk when it is told. */
static void a_quarantine_is_on_disk_at_once(void **state)
{
	struct fixture *fixture = *state;
	unsigned damaged;
	struct error err = {0};
	fixture->with_value = true;
	run_to(fixture, BOUNDARY);
	pay(fixture, fixture->markets[0], "-40", "50000");
	while (fixture->alarms == 0)
		run_to(fixture, scheduler_now(fixture->scheduler) + 100 * NS_PER_MS);
	struct funding_proofs *stored = funding_proofs_create();
	assert_true(funding_proofs_load(stored, fixture->path, &damaged, &err));
	assert_int_equal(funding_proofs_count(stored), 1);
	assert_true(funding_proofs_at(stored, 0)->proof.quarantined);
	funding_proofs_free(stored);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(each_venue_is_asked_for_one_instrument_at_a_time_and_slowly_after_a_burst),
		TEST(who_is_waited_for_comes_first),
		TEST(an_unanswered_read_is_tried_again_at_growing_pauses),
		TEST(figures_that_disagree_are_told_once),
		TEST(public_figures_are_looked_at_again_and_can_take_the_permission_back),
		TEST(a_payment_waits_for_its_published_rate_and_proves),
		TEST(a_price_that_the_payment_implies_is_not_believed),
		TEST(without_a_streamed_price_nothing_is_judged),
		TEST(a_published_value_needs_no_price),
		TEST(a_payment_whose_rate_never_appears_is_given_up),
		TEST(a_waiting_payment_is_judged_before_unread_instruments),
		TEST(on_paper_payments_prove_nothing),
		TEST(a_restart_remembers_quarantine_and_proof),
		TEST(a_quarantine_is_on_disk_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
