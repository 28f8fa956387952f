/* The table of proofs and its file: round trip, damage, changed terms, atomic replacement. */
#include "core/base/log.h"
#include "core/base/random.h"
#include "exchanges/funding_proofs.h"
#include "tests/support/market_terms.h"
#include "tests/support/scratch_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct market_terms terms;
	struct funding_proofs *proofs;
	char folder[64], path[96];
};

static int open_fixture(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	if (!fixture)
		return -1;
	fixture->terms = market_terms_create();
	fixture->proofs = funding_proofs_create();
	if (!fixture->proofs)
		return -1;
	scratch_folder_make(fixture->folder, sizeof(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/funding_proofs", fixture->folder);
	/* Damage is reported in the log, which is not what these tests look at. */
	log_configure(fopen("/dev/null", "we"), LOG_ALARM);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;
	scratch_folder_remove(fixture->folder);
	funding_proofs_free(fixture->proofs);
	market_terms_free(&fixture->terms);
	free(fixture);
	return 0;
}

static void quarantine(struct funding_proof *proof)
{
	struct funding_settlement settlement = {.boundary_ns = 1700000000000000000,
						.expected = money_of("-0.123456789012345678"),
						.expected_tolerance = money_of("0.000001"),
						.paid = money_of("-0.987654"),
						.paid_tolerance = money_of("0.0000005")};
	assert_int_equal(funding_proof_offer_settlement(proof, &settlement), FUNDING_OFF_BY_FACTOR);
	proof->changed_ns = 1700000000000000001;
}

static void prove(struct funding_proof *proof)
{
	struct funding_settlement settlement = {.boundary_ns = 1700000000000000000,
						.expected = money_of("1"),
						.paid = money_of("1.001")};
	struct funding_evidence row = {
		.rate = rate_of("0.0001"), .derived_known = true, .derived = rate_of("0.0001")};
	struct funding_evidence rows[] = {row, row, row};
	assert_true(funding_proof_offer_evidence(proof, rows, 3));
	assert_int_equal(funding_proof_offer_settlement(proof, &settlement), FUNDING_FITS);
}

static struct funding_proof *meet(struct fixture *fixture, struct funding_proofs *proofs,
				  instrument_id id)
{
	struct funding_proof *proof = funding_proofs_meet(proofs, fixture->terms.table, id);
	assert_non_null(proof);
	return proof;
}

static struct funding_proofs *loaded(struct fixture *fixture, unsigned *damaged)
{
	struct error err = {0};
	struct funding_proofs *proofs = funding_proofs_create();
	assert_non_null(proofs);
	if (!funding_proofs_load(proofs, fixture->path, damaged, &err))
		fail_msg("%s", err.text);
	return proofs;
}

static void save(struct fixture *fixture)
{
	struct error err = {0};
	if (!funding_proofs_save(fixture->proofs, fixture->path, &err))
		fail_msg("%s", err.text);
}

/* Member by member: the bytes between them are nobody's. */
static void assert_same_settlement(const struct funding_settlement *a,
				   const struct funding_settlement *b)
{
	assert_int_equal(a->boundary_ns, b->boundary_ns);
	assert_true(a->expected.e18 == b->expected.e18);
	assert_true(a->expected_tolerance.e18 == b->expected_tolerance.e18);
	assert_true(a->paid.e18 == b->paid.e18);
	assert_true(a->paid_tolerance.e18 == b->paid_tolerance.e18);
}

static void what_is_saved_is_loaded_to_the_last_digit(void **state)
{
	struct fixture *fixture = *state;
	unsigned damaged;
	quarantine(meet(fixture, fixture->proofs, fixture->terms.usdm));
	prove(meet(fixture, fixture->proofs, fixture->terms.coinm));
	save(fixture);
	struct funding_proofs *again = loaded(fixture, &damaged);
	assert_int_equal(damaged, 0);
	assert_int_equal(funding_proofs_count(again), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct funding_proof_record *a = funding_proofs_at(fixture->proofs, i);
		const struct funding_proof_record *b = funding_proofs_at(again, i);
		char line_a[FUNDING_PROOF_LINE_MAX], line_b[FUNDING_PROOF_LINE_MAX];
		assert_true(funding_proof_line(a, line_a) > 0);
		assert_true(funding_proof_line(b, line_b) > 0);
		assert_string_equal(line_a, line_b);
		assert_string_equal(a->name, b->name);
		assert_same_settlement(&a->proof.settlement, &b->proof.settlement);
		assert_int_equal(a->proof.changed_ns, b->proof.changed_ns);
	}
	meet(fixture, again, fixture->terms.usdm);
	meet(fixture, again, fixture->terms.coinm);
	assert_int_equal(funding_proofs_state(again, fixture->terms.table, fixture->terms.usdm),
			 FUNDING_QUARANTINED);
	assert_int_equal(funding_proofs_state(again, fixture->terms.table, fixture->terms.coinm),
			 FUNDING_FULL);
	funding_proofs_free(again);
}

static void no_file_is_no_proof_and_no_error(void **state)
{
	unsigned damaged = 7;
	struct funding_proofs *again = loaded(*state, &damaged);
	assert_int_equal(damaged, 0);
	assert_int_equal(funding_proofs_count(again), 0);
	funding_proofs_free(again);
}

static void an_unreadable_file_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	struct error err = {0};
	unsigned damaged;
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	assert_false(funding_proofs_load(fixture->proofs, fixture->path, &damaged, &err));
	assert_int_equal(err.category, ERROR_IO);
}

static void spot_needs_no_proof_and_what_was_never_met_has_none(void **state)
{
	struct fixture *fixture = *state;
	const struct instrument_table *table = fixture->terms.table;
	assert_int_equal(funding_proofs_state(fixture->proofs, table, fixture->terms.spot),
			 FUNDING_FULL);
	assert_int_equal(funding_proofs_state(fixture->proofs, table, fixture->terms.usdm),
			 FUNDING_UNPROVEN);
	assert_null(funding_proofs_find(fixture->proofs, fixture->terms.usdm));
}

static void another_interval_voids_a_proof_and_not_a_quarantine(void **state)
{
	struct fixture *fixture = *state;
	struct market_terms *terms = &fixture->terms;
	struct error err = {0};
	prove(meet(fixture, fixture->proofs, terms->usdm));
	quarantine(meet(fixture, fixture->proofs, terms->coinm));
	for (int i = 0; i < 2; i++) {
		instrument_id id = i == 0 ? terms->usdm : terms->coinm;
		struct instrument_revision revision = *instrument_latest(terms->table, id);
		revision.funding.interval_ns /= 8;
		assert_true(instrument_table_revise(terms->table, id, &revision, &err));
		meet(fixture, fixture->proofs, id);
	}
	assert_int_equal(funding_proofs_state(fixture->proofs, terms->table, terms->usdm),
			 FUNDING_UNPROVEN);
	assert_int_equal(funding_proofs_state(fixture->proofs, terms->table, terms->coinm),
			 FUNDING_QUARANTINED);
}

/* Any single byte: the line it is in counts no more, the other stands. */
static void a_damaged_line_is_unproven_and_harms_no_other(void **state)
{
	struct fixture *fixture = *state;
	prove(meet(fixture, fixture->proofs, fixture->terms.usdm));
	prove(meet(fixture, fixture->proofs, fixture->terms.coinm));
	save(fixture);
	char whole[4096];
	FILE *file = fopen(fixture->path, "re");
	size_t length = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	size_t first = (size_t)(strstr(whole, "binance") - whole);
	assert_true(length > first && length < sizeof(whole));
	for (size_t at = first; at < length - 1; at++) {
		unsigned damaged;
		whole[at] ^= 1;
		file = fopen(fixture->path, "we");
		assert_int_equal(fwrite(whole, 1, length, file), length);
		fclose(file);
		whole[at] ^= 1;
		struct funding_proofs *again = loaded(fixture, &damaged);
		/* A newline made or lost may cost both; what is left is always true. */
		assert_true(damaged >= 1 && funding_proofs_count(again) <= 1);
		if (whole[at] != '\n')
			assert_int_equal(funding_proofs_count(again), 1);
		funding_proofs_free(again);
	}
}

static void what_a_hand_made_of_a_line_is_damage(void **state)
{
	struct fixture *fixture = *state;
	char line[FUNDING_PROOF_LINE_MAX];
	struct funding_proof_record record;
	prove(meet(fixture, fixture->proofs, fixture->terms.usdm));
	size_t length = funding_proof_line(funding_proofs_at(fixture->proofs, 0), line);
	assert_true(funding_proof_line_read(line, length, &record));
	assert_false(funding_proof_line_read(line, length - 1, &record));
	assert_false(funding_proof_line_read(line, 0, &record));
	/* The state is not believed beside its numbers, nor are impossible ones. */
	struct funding_proof_record odd = *funding_proofs_at(fixture->proofs, 0);
	odd.proof.fits_needed = 9;
	length = funding_proof_line(&odd, line);
	assert_false(funding_proof_line_read(line, length, &record));
}

static void the_same_name_twice_counts_once(void **state)
{
	struct fixture *fixture = *state;
	prove(meet(fixture, fixture->proofs, fixture->terms.usdm));
	struct funding_proof_record record = *funding_proofs_at(fixture->proofs, 0);
	record.proof = funding_proof_begin();
	assert_false(funding_proofs_add(fixture->proofs, &record));
	snprintf(record.name, sizeof(record.name), "venue:A B");
	assert_false(funding_proofs_add(fixture->proofs, &record));
	assert_int_equal(funding_proofs_count(fixture->proofs), 1);
}

static void a_failed_save_leaves_the_old_file(void **state)
{
	struct fixture *fixture = *state;
	struct error err = {0};
	char fresh[128];
	unsigned damaged;
	prove(meet(fixture, fixture->proofs, fixture->terms.usdm));
	save(fixture);
	/* A folder stands where the new file is to be written. */
	snprintf(fresh, sizeof(fresh), "%s.new", fixture->path);
	assert_int_equal(mkdir(fresh, 0700), 0);
	quarantine(meet(fixture, fixture->proofs, fixture->terms.coinm));
	assert_false(funding_proofs_save(fixture->proofs, fixture->path, &err));
	assert_int_equal(err.category, ERROR_IO);
	rmdir(fresh);
	struct funding_proofs *again = loaded(fixture, &damaged);
	assert_int_equal(damaged, 0);
	assert_int_equal(funding_proofs_count(again), 1);
	funding_proofs_free(again);
	/* A beginning left behind by a power cut is not read and is replaced. */
	FILE *file = fopen(fresh, "we");
	fputs("fundarb-funding-pro", file);
	fclose(file);
	save(fixture);
	assert_int_not_equal(access(fresh, F_OK), 0);
	again = loaded(fixture, &damaged);
	assert_int_equal(damaged, 0);
	assert_int_equal(funding_proofs_count(again), 2);
	funding_proofs_free(again);
}

static void removing_its_line_ends_a_quarantine(void **state)
{
	struct fixture *fixture = *state;
	unsigned damaged;
	quarantine(meet(fixture, fixture->proofs, fixture->terms.usdm));
	save(fixture);
	char whole[4096];
	FILE *file = fopen(fixture->path, "re");
	size_t length = fread(whole, 1, sizeof(whole) - 1, file);
	fclose(file);
	whole[length] = '\0';
	assert_int_equal(truncate(fixture->path, strstr(whole, "binance") - whole), 0);
	struct funding_proofs *again = loaded(fixture, &damaged);
	assert_int_equal(damaged, 0);
	meet(fixture, again, fixture->terms.usdm);
	assert_int_equal(funding_proofs_state(again, fixture->terms.table, fixture->terms.usdm),
			 FUNDING_UNPROVEN);
	funding_proofs_free(again);
}

static void random_bytes_are_never_a_proof(void **state)
{
	struct fixture *fixture = *state;
	struct random random;
	random_seed(&random, 20260301);
	char bytes[512];
	for (int round = 0; round < 200; round++) {
		unsigned damaged;
		size_t length = (size_t)random_below(&random, sizeof(bytes));
		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)random_below(&random, 256);
		FILE *file = fopen(fixture->path, "we");
		fwrite(bytes, 1, length, file);
		fclose(file);
		struct funding_proofs *again = loaded(fixture, &damaged);
		assert_int_equal(funding_proofs_count(again), 0);
		funding_proofs_free(again);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(what_is_saved_is_loaded_to_the_last_digit),
		TEST(no_file_is_no_proof_and_no_error),
		TEST(an_unreadable_file_is_an_error),
		TEST(spot_needs_no_proof_and_what_was_never_met_has_none),
		TEST(another_interval_voids_a_proof_and_not_a_quarantine),
		TEST(a_damaged_line_is_unproven_and_harms_no_other),
		TEST(what_a_hand_made_of_a_line_is_damage),
		TEST(the_same_name_twice_counts_once),
		TEST(a_failed_save_leaves_the_old_file),
		TEST(removing_its_line_ends_a_quarantine),
		TEST(random_bytes_are_never_a_proof),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
