#include "tests/support/lighter_fixture.h"

struct lighter_transaction lighter_fixture_new(enum lighter_transaction_type type)
{
	return (struct lighter_transaction){.type = type,
					    .account_index = 65,
					    .api_key_index = 4,
					    .nonce = 7,
					    .expired_at_ms = 1787900000000};
}

struct lighter_transaction lighter_fixture_limit(void)
{
	struct lighter_transaction order = lighter_fixture_new(LIGHTER_CREATE_ORDER);
	order.u.create = (struct lighter_order){.market_index = 1,
						.client_order_index = 11,
						.base_amount = 150,
						.price = 302466,
						.type = LIGHTER_LIMIT,
						.time_in_force = LIGHTER_GTT,
						.order_expiry_ms = 1787990000000};
	return order;
}

struct lighter_transaction lighter_fixture_bracket(void)
{
	struct lighter_transaction group = lighter_fixture_new(LIGHTER_CREATE_GROUPED_ORDERS);
	struct lighter_order *orders = group.u.grouped.orders;
	group.u.grouped.grouping = LIGHTER_ONE_TRIGGERS_ONE_CANCELS_OTHER;
	group.u.grouped.count = 3;
	orders[0] = lighter_fixture_limit().u.create;
	for (int i = 1; i < 3; i++) {
		orders[i] = orders[0];
		orders[i].client_order_index += i;
		orders[i].base_amount = 0;
		orders[i].is_ask = 1;
		orders[i].reduce_only = 1;
		orders[i].time_in_force = LIGHTER_IOC;
		orders[i].trigger_price = 300000;
		orders[i].type = i == 1 ? LIGHTER_STOP_LOSS : LIGHTER_TAKE_PROFIT;
	}
	return group;
}
