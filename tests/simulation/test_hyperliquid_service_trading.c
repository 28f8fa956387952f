/* Orders over the wire, through their whole life: answers, look-ups and streams agree. */
#include "tests/support/hyperliquid_testnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CLOID "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70"
#define BTC   0
#define ETH   1

static struct hyperliquid_testnet net;

static int set_up(void **state)
{
	(void)state;
	hyperliquid_testnet_open(&net, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hyperliquid_testnet_close(&net);
	return 0;
}

static void an_order_that_takes_is_filled_in_its_answer(void **state)
{
	(void)state;
	const char *status = hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.0456", "Ioc",
						       false, CLOID);
	print_message("%s\n", status);
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"orderUpdates\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userEvents\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"clearinghouseState\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	status = hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, "");
	print_message("%s\n", status);
	hyperliquid_testnet_trade(&net, net.eth, SIDE_SELL, "2799", "0.2");
	hyperliquid_testnet_pass(&net, 1000);
	status = hyperliquid_testnet_act(
		&net, 0, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900001}]}");
	print_message("%s\n", status);
	hyperliquid_testnet_pass(&net, 10);
	for (size_t i = 0; i < socket->frame_count; i++)
		print_message("%s\n", socket->frames[i]);
	hyperliquid_testnet_info(&net, "{\"type\":\"metaAndAssetCtxs\"}");
	print_message("%s\n", net.body);
	hyperliquid_testnet_info(&net, "{\"type\":\"userFills\",\"user\":\"%s\"}",
				 net.masters[0].address_text);
	print_message("%s\n", net.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_order_that_takes_is_filled_in_its_answer, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
