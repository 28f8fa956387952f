/* What `fundarb check` says of stored proofs. */
#include "core/base/log.h"
#include "exchanges/funding_proofs.h"
#include "src/commands/check.h"
#include "src/funding_prover.h"
#include "tests/support/market_terms.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[FUNDING_PROOFS_PATH_MAX];
static struct config config;

static int set_up(void **state)
{
	char mode[96];
	(void)state;
	log_configure(fopen("/dev/null", "we"), LOG_ALARM);
	scratch_folder_make(folder, sizeof(folder));
	memset(&config, 0, sizeof(config));
	config.mode = CONFIG_TESTNET;
	snprintf(config.state_directory, sizeof(config.state_directory), "%s", folder);
	snprintf(mode, sizeof(mode), "%s/%s", folder, config_mode_text(config.mode));
	funding_proofs_path(&config, path, sizeof(path));
	return mkdir(mode, 0700);
}

static int tear_down(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

static void store(const char *paid)
{
	struct market_terms terms = market_terms_create();
	struct funding_proofs *proofs = funding_proofs_create();
	struct funding_settlement settlement = {
		.boundary_ns = 1, .expected = money_of("100"), .paid = money_of(paid)};
	struct funding_evidence row = {
		.rate = rate_of("0.0001"), .derived_known = true, .derived = rate_of("0.0001")};
	struct funding_evidence rows[] = {row, row, row};
	struct error err = {0};
	struct funding_proof *proof = funding_proofs_meet(proofs, terms.table, terms.usdm);
	funding_proof_offer_evidence(proof, rows, 3);
	funding_proof_offer_settlement(proof, &settlement);
	assert_true(funding_proofs_save(proofs, path, &err));
	funding_proofs_free(proofs);
	market_terms_free(&terms);
}

static struct check checked(void)
{
	struct check check = {.config = &config};
	check_funding_proofs(&check);
	return check;
}

static void nothing_stored_is_nothing_said(void **state)
{
	(void)state;
	assert_int_equal(checked().line_count, 0);
}

static void a_proof_is_shown_with_what_it_rests_on(void **state)
{
	(void)state;
	store("100.5");
	struct check check = checked();
	assert_int_equal(check.line_count, 1);
	assert_true(check.lines[0].good);
	assert_string_equal(check.lines[0].text,
			    "funding of binance-usdm:BTCUSDT is full: paid 100.5 where 100 was "
			    "expected (1.005 times)");
	free(check.lines);
}

static void a_quarantine_is_a_finding_and_says_how_it_ends(void **state)
{
	(void)state;
	store("800");
	struct check check = checked();
	assert_int_equal(check.line_count, 1);
	assert_false(check.lines[0].good);
	assert_non_null(strstr(check.lines[0].text, "pays 8 times what its rate says"));
	assert_non_null(strstr(check.lines[0].remedy, path));
	free(check.lines);
}

static void damage_is_a_finding(void **state)
{
	(void)state;
	store("100");
	FILE *file = fopen(path, "ae");
	fputs("lighter:BTC full since_ns=1\n", file);
	fclose(file);
	struct check check = checked();
	assert_int_equal(check.line_count, 2);
	assert_false(check.lines[0].good);
	assert_non_null(strstr(check.lines[0].text, "1 damaged lines"));
	assert_true(check.lines[1].good);
	free(check.lines);
}

static void a_local_testnet_has_proofs_of_its_own(void **state)
{
	(void)state;
	char local[FUNDING_PROOFS_PATH_MAX];
	struct config other = config;
	snprintf(other.local_testnet, sizeof(other.local_testnet), "testnet.ini");
	assert_string_not_equal(funding_proofs_path(&other, local, sizeof(local)), path);
	other = config;
	other.venue_count = 1;
	snprintf(other.venues[0].rest_url, sizeof(other.venues[0].rest_url), "http://127.0.0.1:1");
	assert_string_not_equal(funding_proofs_path(&other, local, sizeof(local)), path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nothing_stored_is_nothing_said),
		TEST(a_proof_is_shown_with_what_it_rests_on),
		TEST(a_quarantine_is_a_finding_and_says_how_it_ends),
		TEST(damage_is_a_finding),
		TEST(a_local_testnet_has_proofs_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
