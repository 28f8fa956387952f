/*
 * A paper session over both venues' own protocols, recorded, and played again: the same decisions,
 * byte for byte, the same ledger lines, the same balances.
 */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/exchange_client.h"
#include "src/session_replay.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/session_copy.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char TESTNET[] = "funding_interval_seconds = 60\n"
			      "coins = BTC ETH SOL PEPE\n"
			      "[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			      "[account bot]\ndeposit_usd = 100000\n";
static const char STRATEGY[] =
	"[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
	"minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
	"settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
	"minimum_hold_minutes = 0\n";
static const char USUAL[] =
	"[venue lighter]\ndeposit = 5000 USDC\norder_entry_ms = 20\norder_response_ms = 15\n"
	"rest_entry_ms = 10\nrest_response_ms = 10\nlatency_jitter_ms = 5\n"
	"[venue hyperliquid]\ndeposit = 5000 USDC\norder_entry_ms = 25\norder_response_ms = 15\n"
	"rest_entry_ms = 10\nrest_response_ms = 10\nlatency_jitter_ms = 7\n";
/* Answers of the simulated account fall into the very instants of what caused them. */
static const char INSTANT[] =
	"[venue lighter]\ndeposit = 5000 USDC\norder_entry_ms = 0\norder_response_ms = 0\n"
	"rest_entry_ms = 0\nrest_response_ms = 0\n"
	"[venue hyperliquid]\ndeposit = 5000 USDC\norder_entry_ms = 0\norder_response_ms = 0\n"
	"rest_entry_ms = 0\nrest_response_ms = 0\n";
#define RUN_NS	(150 * NS_PER_SECOND)
#define DOWN_NS (40 * NS_PER_SECOND)
#define BACK_NS (43 * NS_PER_SECOND)

static char folder[64];

/* What of a run is compared. */
struct outcome {
	char *decisions;
	char *ledger;
	struct money balances[VENUES_MAX + 1];
	size_t opened, closed, funding;
	struct session_replay_counts counts;
};

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	long size = ftell(file);
	rewind(file);
	char *text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* Every line of the ledger, to the last unit. */
static char *ledger_text(const struct world *world)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	for (size_t i = 0; i < ledger_line_count(world->ledger); i++) {
		const struct ledger_line *line = ledger_line_at(world->ledger, i);
		char amount[DECIMAL_TEXT_MAX];
		if (line->kind == LEDGER_TRANSFER)
			continue; /* booked when the run starts, which is not what is compared */
		money_format(line->exact, amount, sizeof(amount));
		fprintf(out, "%lld %s %u %s %s\n", (long long)line->local_ns,
			venue_name(world->instruments, line->venue), (unsigned)line->kind,
			asset_name(world->instruments, line->asset), amount);
	}
	fclose(out);
	return text;
}

static struct outcome outcome_of(const struct world *world, const char *decisions)
{
	struct outcome outcome = {.decisions = read_text(decisions),
				  .ledger = ledger_text(world),
				  .funding = world->funding_count};
	asset_id usdc = instrument_table_find_asset(world->instruments, "USDC");
	for (venue_id id = 1; id <= venue_count(world->instruments); id++)
		assert_true(world_balance(world, id, usdc, &outcome.balances[id]));
	for (size_t i = 0; i < trade_log_count(world->trades); i++) {
		enum trade_status status = trade_log_at(world->trades, i)->status;
		outcome.opened += status != TRADE_STATUS_REFUSED;
		outcome.closed += status == TRADE_STATUS_CLOSED;
	}
	return outcome;
}

static void outcome_free(struct outcome *outcome)
{
	free(outcome->decisions);
	free(outcome->ledger);
}

static void link_goes_down(void *user)
{
	virtual_link_set_down(user, true);
}

static void link_comes_back(void *user)
{
	virtual_link_set_down(user, false);
}

/* Records a session into folder/NAME and leaves its decisions in folder/NAME.log. */
static struct outcome recorded(const char *mode, const char *name, const char *extra)
{
	char bot[4096], decisions[128];
	struct error err = {0};
	snprintf(decisions, sizeof(decisions), "%s/%s.log", folder, name);
	snprintf(bot, sizeof(bot),
		 "%s%s[record]\nfolder = %s/%s\ntrades = yes\n[backtest]\ndecision_log = %s\n",
		 STRATEGY, extra, folder, name, decisions);
	struct whole_program *program = whole_program_create(mode, TESTNET, bot, RUN_NS);
	struct virtual_link *link = local_testnet_link(program->testnet, "lighter");
	scheduler_after(program->scheduler, DOWN_NS, SCHEDULE_TIMER, link_goes_down, link);
	scheduler_after(program->scheduler, BACK_NS, SCHEDULE_TIMER, link_comes_back, link);
	if (!world_run_live(program->world, &err))
		fail_msg("%s", err.text);
	assert_true(decision_log_flush(program->world->decisions, &err));
	struct outcome outcome = outcome_of(program->world, decisions);
	whole_program_free(program);
	return outcome;
}

static struct outcome replayed(const char *name, const char *extra)
{
	char text[4096], path[128], decisions[128];
	struct error err = {0};
	struct config *config = calloc(1, sizeof(*config));
	assert_non_null(config);
	snprintf(path, sizeof(path), "%s/replay.ini", folder);
	snprintf(decisions, sizeof(decisions), "%s/replay.log", folder);
	snprintf(text, sizeof(text),
		 "[main]\nmode = backtest\nstate_directory = %s/state\nlog_level = alarm\n%s%s"
		 "[backtest]\nrecording = %s/%s\nreplay = session\ndecision_log = %s\n",
		 folder, STRATEGY, extra, folder, name, decisions);
	if (!config_load_text(path, text, strlen(text), config, &err))
		fail_msg("%s", err.text);
	struct world *world = world_create_backtest(config, NULL, &err);
	if (!world || !world_run(world, &err))
		fail_msg("%s", err.text);
	assert_true(decision_log_flush(world->decisions, &err));
	struct outcome outcome = outcome_of(world, decisions);
	outcome.counts = session_replay_counted(world->session);
	world_free(world);
	free(config);
	return outcome;
}

static void expect_same_text(const char *a, const char *b)
{
	size_t same = 0;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	if (a[same] == b[same])
		return;
	while (same > 0 && a[same - 1] != '\n')
		same--;
	print_message("was: %.*s\nis:  %.*s\n", (int)strcspn(a + same, "\n"), a + same,
		      (int)strcspn(b + same, "\n"), b + same);
	fail_msg("they differ after %zu bytes", same);
}

static void expect_same(const struct outcome *was, const struct outcome *is)
{
	expect_same_text(was->decisions, is->decisions);
	expect_same_text(was->ledger, is->ledger);
	for (size_t i = 0; i <= VENUES_MAX; i++)
		assert_true(was->balances[i].e18 == is->balances[i].e18);
	assert_int_equal(was->opened, is->opened);
	assert_int_equal(was->closed, is->closed);
	assert_int_equal(was->funding, is->funding);
}

struct figures_wanted {
	uint64_t depths, values;
};

static void play_again(const char *name, const char *extra, struct figures_wanted wanted)
{
	char path[128];
	struct outcome paper = recorded("paper", name, extra);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	struct session_figures figures = session_figures(path);
	print_message("%zu opened, %zu closed, %zu funding payments; recorded: %llu answers of "
		      "value, %llu of a depth, %llu times down\n",
		      paper.opened, paper.closed, paper.funding, (unsigned long long)figures.values,
		      (unsigned long long)figures.answers[READ_DEPTH],
		      (unsigned long long)figures.downs);
	assert_true(paper.opened >= 1 && paper.closed >= 1);
	assert_true(figures.answers[READ_DEPTH] >= wanted.depths);
	assert_true(figures.values >= wanted.values);
	assert_true(figures.downs >= 1);
	assert_true(figures.account[ACCOUNT_FILL] >= 4);
	for (size_t i = 0; i <= SESSION_ENDED; i++)
		assert_int_equal(figures.marks[i], 1);
	struct outcome again = replayed(name, extra);
	print_message("replay: %llu answered, %llu without answer, %llu not asked for\n",
		      (unsigned long long)again.counts.answered,
		      (unsigned long long)again.counts.without_answer,
		      (unsigned long long)again.counts.not_asked_for);
	expect_same(&paper, &again);
	assert_int_equal(again.counts.without_answer, 0);
	assert_int_equal(again.counts.not_asked_for, 0);
	outcome_free(&paper);
	outcome_free(&again);
}

static void a_paper_session_is_played_again_to_the_byte(void **state)
{
	(void)state;
	play_again("streams", USUAL, (struct figures_wanted){3, 3});
}

static void a_session_that_lives_from_reads_is_played_again_to_the_byte(void **state)
{
	char extra[1024];
	(void)state;
	snprintf(extra, sizeof(extra), "%s[prices]\nstreams = no\n", USUAL);
	play_again("reads", extra, (struct figures_wanted){10, 100});
}

static void a_session_of_resting_orders_is_played_again_to_the_byte(void **state)
{
	char extra[1024];
	(void)state;
	snprintf(extra, sizeof(extra),
		 "%s[prices]\nprefer_websocket = yes\n[execution]\nmaker_entry = yes\n"
		 "work_seconds = 3\n",
		 USUAL);
	play_again("makers", extra, (struct figures_wanted){0, 0});
}

static void a_session_without_delays_is_played_again_to_the_byte(void **state)
{
	char extra[1024];
	(void)state;
	play_again("instant", INSTANT, (struct figures_wanted){3, 3});
	snprintf(extra, sizeof(extra), "%s[prices]\nstreams = no\n", INSTANT);
	play_again("instant_reads", extra, (struct figures_wanted){10, 100});
}

/* Its account was real, so what is played again is another account's session; it still plays. */
static void a_session_of_real_orders_records_what_came_of_them(void **state)
{
	char path[128];
	(void)state;
	struct outcome real = recorded("testnet", "real", USUAL);
	snprintf(path, sizeof(path), "%s/real", folder);
	struct session_figures figures = session_figures(path);
	print_message("%llu commands, %llu orders, %llu fills, %llu balances read\n",
		      (unsigned long long)figures.commands,
		      (unsigned long long)figures.account[ACCOUNT_ORDER],
		      (unsigned long long)figures.account[ACCOUNT_FILL],
		      (unsigned long long)figures.answers[READ_BALANCES]);
	assert_true(real.closed >= 1);
	assert_true(figures.commands >= 4);
	assert_true(figures.account[ACCOUNT_FILL] >= 4);
	assert_true(figures.answers[READ_BALANCES] + figures.answers[READ_POSITIONS] >= 1);
	struct outcome again = replayed("real", USUAL);
	print_message("replay: %zu opened; %llu answered, %llu without answer, %llu not asked "
		      "for\n",
		      again.opened, (unsigned long long)again.counts.answered,
		      (unsigned long long)again.counts.without_answer,
		      (unsigned long long)again.counts.not_asked_for);
	assert_true(again.opened >= 1);
	outcome_free(&real);
	outcome_free(&again);
}

struct change {
	int64_t at_ns;
	unsigned changed;
};

/* The book that came at that instant did not come. */
static void lose_a_depth(void *user, struct recorded_answer *answer)
{
	struct change *change = user;
	if (change->changed > 0 || answer->kind != READ_DEPTH || answer->outcome != READ_VALUE ||
	    answer->received_ns != change->at_ns)
		return;
	change->changed++;
	answer->outcome = READ_UNKNOWN;
	answer->event_count = 0;
}

static int64_t time_of_first_opening(const char *decisions)
{
	int64_t at_ns = 0;
	const char *line = decisions;
	while (line && !(strstr(line, "decided: open") < strchr(line, '\n')))
		line = strchr(line, '\n') + 1;
	assert_non_null(line);
	assert_true(utc_parse(line, strcspn(line, " "), &at_ns));
	return at_ns;
}

/* What the oracle of the tests above is worth: one answer in the recording that is another. */
static void one_changed_answer_changes_decisions(void **state)
{
	(void)state;
	char from[128], to[128];
	char reads[1024];
	snprintf(reads, sizeof(reads), "%s[prices]\nstreams = no\n", USUAL);
	snprintf(from, sizeof(from), "%s/reads", folder);
	snprintf(to, sizeof(to), "%s/copied", folder);
	session_copy(from, to, NULL, NULL);
	struct outcome copied = replayed("copied", reads);
	struct outcome original = replayed("reads", reads);
	expect_same(&original, &copied);
	struct change change = {.at_ns = time_of_first_opening(original.decisions)};
	snprintf(to, sizeof(to), "%s/changed", folder);
	session_copy(from, to, lose_a_depth, &change);
	assert_int_equal(change.changed, 1);
	struct outcome other = replayed("changed", reads);
	assert_true(strcmp(original.decisions, other.decisions) != 0);
	outcome_free(&copied);
	outcome_free(&original);
	outcome_free(&other);
}

static int remove_folder(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_paper_session_is_played_again_to_the_byte),
		cmocka_unit_test(a_session_that_lives_from_reads_is_played_again_to_the_byte),
		cmocka_unit_test(a_session_of_resting_orders_is_played_again_to_the_byte),
		cmocka_unit_test(a_session_without_delays_is_played_again_to_the_byte),
		cmocka_unit_test(a_session_of_real_orders_records_what_came_of_them),
		cmocka_unit_test(one_changed_answer_changes_decisions),
	};
	scratch_folder_make(folder, sizeof(folder));
	return cmocka_run_group_tests(tests, NULL, getenv("KEEP") ? NULL : remove_folder);
}
