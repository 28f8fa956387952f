#include "core/base/utc.h"
#include "strategy/exit_rules.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

struct check {
	struct strategy_options options;
	struct position position;
	struct risk_finding risk;
	struct exit_view view;
	unsigned confirmations[EXIT_REASONS];
};

/* Two hours old, well funded, nothing to close it for. */
static struct check healthy(void)
{
	struct check check = {.options = strategy_defaults()};
	check.options.exit_confirmations = 1;
	check.options.basis_take_profit_bp = 20;
	check.position.state = POSITION_OPEN;
	check.view.now_ns = 2 * NS_PER_HOUR;
	check.view.funding_known = true;
	check.view.spread_per_8h_e18 = 10 * BASIS_POINT_E18;
	check.view.remaining_e18 = 50 * BASIS_POINT_E18;
	return check;
}

static struct exit_decision decide(struct check *check)
{
	check->view.risk = &check->risk;
	return exit_rules_decide(&check->options, &check->position, &check->view, true,
				 check->confirmations);
}

static void healthy_position_is_held(void **state)
{
	(void)state;
	struct check check = healthy();
	assert_int_equal(decide(&check).reason, EXIT_NONE);
}

static void everything_at_once_goes_in_order_of_precedence(void **state)
{
	(void)state;
	struct check check = healthy();
	static const enum exit_reason order[] = {
		EXIT_RISK,	EXIT_REQUESTED,	  EXIT_PROBE_DONE,	  EXIT_FUNDING_FLIP,
		EXIT_EDGE_GONE, EXIT_MAXIMUM_AGE, EXIT_BASIS_TAKE_PROFIT, EXIT_BETTER_PAIR,
	};
	check.risk.reason = EXIT_RISK;
	check.view.close_requested = true;
	check.view.probe_done = true;
	check.view.spread_per_8h_e18 = -2 * BASIS_POINT_E18;
	check.view.remaining_e18 = -1;
	check.view.now_ns = 169 * NS_PER_HOUR;
	check.view.pnl_known = true;
	check.view.pnl_e18 = 20 * BASIS_POINT_E18;
	check.view.better_known = true;
	check.view.better_net_e18 = 100 * BASIS_POINT_E18;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct exit_decision decision = decide(&check);
		assert_string_equal(exit_reason_text(decision.reason), exit_reason_text(order[i]));
		switch (order[i]) {
		case EXIT_RISK:
			check.risk.reason = EXIT_NONE;
			break;
		case EXIT_REQUESTED:
			check.view.close_requested = false;
			break;
		case EXIT_PROBE_DONE:
			check.view.probe_done = false;
			break;
		case EXIT_FUNDING_FLIP:
			check.view.spread_per_8h_e18 =
				-BASIS_POINT_E18; /* at the margin: no flip */
			break;
		case EXIT_EDGE_GONE:
			check.view.remaining_e18 = 0; /* at the limit: not gone */
			break;
		case EXIT_MAXIMUM_AGE:
			check.view.now_ns = 168 * NS_PER_HOUR - 1;
			break;
		case EXIT_BASIS_TAKE_PROFIT:
			check.view.pnl_e18--;
			break;
		case EXIT_BETTER_PAIR:
			check.view.better_net_e18 = 10 * BASIS_POINT_E18;
			break;
		case EXIT_NONE:
		case EXIT_LIQUIDATION_DISTANCE:
			fail();
		}
	}
	assert_int_equal(decide(&check).reason, EXIT_NONE);
}

static void better_pair_must_beat_remaining_funding_exit_cost_and_margin(void **state)
{
	(void)state;
	struct check check = healthy();
	check.view.better_known = true;
	check.view.exit_cost_e18 = 10 * BASIS_POINT_E18;
	strcpy(check.view.better_name, "short a:B");
	check.view.better_net_e18 = (50 + 10 + 10) * BASIS_POINT_E18;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.better_net_e18 += 1;
	struct exit_decision decision = decide(&check);
	assert_int_equal(decision.reason, EXIT_BETTER_PAIR);
	assert_string_equal(decision.number, "short a:B: 10.0 bp better after costs");
	assert_string_equal(decision.limit, "10.0 bp");
}

static void economic_exits_wait_for_the_minimum_hold(void **state)
{
	(void)state;
	struct check check = healthy();
	check.view.remaining_e18 = -1;
	check.view.now_ns = check.options.minimum_hold_ns - 1;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.now_ns++;
	assert_int_equal(decide(&check).reason, EXIT_EDGE_GONE);
}

static void confirmations_must_be_consecutive_and_counted(void **state)
{
	(void)state;
	struct check check = healthy();
	check.options.exit_confirmations = 3;
	check.view.remaining_e18 = -1;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.remaining_e18 = 0;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.remaining_e18 = -1;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	/* An event's check does not count, a tick's does. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(exit_rules_decide(&check.options, &check.position, &check.view,
						   false, check.confirmations)
					 .reason,
				 EXIT_NONE);
	assert_int_equal(decide(&check).reason, EXIT_EDGE_GONE);
}

static void unknown_data_is_no_reason(void **state)
{
	(void)state;
	struct check check = healthy();
	check.view.funding_known = false;
	check.view.spread_per_8h_e18 = -100 * BASIS_POINT_E18;
	check.view.remaining_e18 = -100 * BASIS_POINT_E18;
	check.view.better_known = true;
	check.view.better_net_e18 = 1000 * BASIS_POINT_E18;
	check.view.pnl_known = false;
	check.view.pnl_e18 = 1000 * BASIS_POINT_E18;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
}

static void unknown_breaks_a_row_of_confirmations(void **state)
{
	(void)state;
	struct check check = healthy();
	check.options.exit_confirmations = 2;
	check.view.remaining_e18 = -1;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.funding_known = false;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.funding_known = true;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	assert_int_equal(decide(&check).reason, EXIT_EDGE_GONE);
}

static void settlement_about_to_be_received_delays_all_but_risk_and_a_persons_word(void **state)
{
	(void)state;
	struct check check = healthy();
	check.view.receives_soon = true;
	check.view.now_ns = 200 * NS_PER_HOUR;
	check.view.remaining_e18 = -1;
	check.view.pnl_known = true;
	check.view.pnl_e18 = 100 * BASIS_POINT_E18;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
	check.view.close_requested = true;
	assert_int_equal(decide(&check).reason, EXIT_REQUESTED);
	check.risk.reason = EXIT_LIQUIDATION_DISTANCE;
	strcpy(check.risk.number, "near");
	strcpy(check.risk.limit, "far");
	struct exit_decision decision = decide(&check);
	assert_int_equal(decision.reason, EXIT_LIQUIDATION_DISTANCE);
	assert_string_equal(decision.number, "near");
	assert_string_equal(decision.limit, "far");
}

static void options_of_zero_switch_a_rule_off(void **state)
{
	(void)state;
	struct check check = healthy();
	check.options.maximum_age_ns = 0;
	check.options.basis_take_profit_bp = 0;
	check.view.now_ns = 10000 * NS_PER_HOUR;
	check.view.pnl_known = true;
	check.view.pnl_e18 = MONEY_ONE;
	assert_int_equal(decide(&check).reason, EXIT_NONE);
}

static void every_reason_gate_and_state_has_its_own_name(void **state)
{
	(void)state;
	for (int a = 0; a < EXIT_REASONS; a++)
		for (int b = a + 1; b < EXIT_REASONS; b++)
			assert_string_not_equal(exit_reason_text((enum exit_reason)a),
						exit_reason_text((enum exit_reason)b));
	for (int a = 0; a < GATES; a++)
		for (int b = a + 1; b < GATES; b++)
			assert_string_not_equal(gate_text((enum gate)a), gate_text((enum gate)b));
	assert_string_equal(gate_text(GATE_FUNDING_KNOWN), "funding_known");
	assert_string_equal(gate_text(GATE_NET_EDGE), "net_edge");
	assert_string_equal(gate_text(GATE_PREFLIGHT), "preflight");
	assert_string_equal(exit_reason_text(EXIT_FUNDING_FLIP), "funding_flip");
	assert_string_equal(position_state_text(POSITION_OPENING), "opening");
	assert_string_equal(position_state_text(POSITION_CLOSING), "closing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_position_is_held),
		cmocka_unit_test(everything_at_once_goes_in_order_of_precedence),
		cmocka_unit_test(better_pair_must_beat_remaining_funding_exit_cost_and_margin),
		cmocka_unit_test(economic_exits_wait_for_the_minimum_hold),
		cmocka_unit_test(confirmations_must_be_consecutive_and_counted),
		cmocka_unit_test(unknown_data_is_no_reason),
		cmocka_unit_test(unknown_breaks_a_row_of_confirmations),
		cmocka_unit_test(
			settlement_about_to_be_received_delays_all_but_risk_and_a_persons_word),
		cmocka_unit_test(options_of_zero_switch_a_rule_off),
		cmocka_unit_test(every_reason_gate_and_state_has_its_own_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
