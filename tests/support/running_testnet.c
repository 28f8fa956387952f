#include "tests/support/running_testnet.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define START_SECONDS 20

void running_testnet_start(struct running_testnet *testnet, const struct workshop *workshop,
			   const char *text)
{
	*testnet = (struct running_testnet){0};
	workshop_write(workshop, "testnet.ini", text);
	testnet->process =
		workshop_start(workshop, "testnet", "testnet --config testnet.ini --for 5m");
	for (int i = 0; !testnet->line && i < START_SECONDS * WORKSHOP_PAUSES_PER_SECOND; i++) {
		char *out = workshop_read(workshop, "testnet.out");
		if (out && strchr(out, '\n'))
			testnet->line = cJSON_Parse(out);
		free(out);
		workshop_pause();
	}
	if (testnet->line)
		return;
	char *err = workshop_read(workshop, "testnet.err");
	running_testnet_stop(testnet);
	fail_msg("the testnet does not start: %s", err ? err : "");
}

void running_testnet_stop(struct running_testnet *testnet)
{
	if (testnet->process > 0) {
		kill(testnet->process, SIGTERM);
		workshop_await(testnet->process, 10);
	}
	cJSON_Delete(testnet->line);
	*testnet = (struct running_testnet){0};
}

static const cJSON *of(const struct running_testnet *testnet, const char *venue, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(testnet->line, venue), key);
	assert_non_null(item);
	return item;
}

void running_testnet_tell(const struct running_testnet *testnet, const char *target,
			  const char *body)
{
	const char *url = of(testnet, "admin", "rest_url")->valuestring;
	struct sockaddr_in address = {.sin_family = AF_INET};
	char text[1024];
	size_t used = 0;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10));
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof(address)), 0);
	int length = snprintf(text, sizeof(text),
			      "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %zu\r\n"
			      "Connection: close\r\n\r\n%s",
			      target, strlen(body), body);
	assert_int_equal(write(connection, text, (size_t)length), length);
	for (ssize_t got; used < sizeof(text) - 1 &&
			  (got = read(connection, text + used, sizeof(text) - 1 - used)) > 0;) {
		used += (size_t)got;
		text[used] = '\0';
		if (strstr(text, "\"ok\""))
			break;
	}
	close(connection);
	text[used] = '\0';
	if (!strstr(text, "\"ok\":true"))
		fail_msg("%s %s: %s", target, body, text);
}

static void write_key(const struct workshop *workshop, const char *name, const char *key)
{
	char path[256];
	workshop_write(workshop, name, key);
	assert_int_equal(chmod(workshop_path(workshop, name, path, sizeof(path)), 0600), 0);
}

void running_testnet_write_bot(const struct running_testnet *testnet,
			       const struct workshop *workshop, const char *name, const char *main,
			       int index)
{
	const cJSON *lighter = cJSON_GetArrayItem(of(testnet, "lighter", "accounts"), index);
	const cJSON *hyperliquid =
		cJSON_GetArrayItem(of(testnet, "hyperliquid", "accounts"), index);
	char text[4096], keys[2][64];
	snprintf(keys[0], sizeof(keys[0]), "lighter-%d.key", index);
	snprintf(keys[1], sizeof(keys[1]), "hyperliquid-%d.key", index);
	write_key(workshop, keys[0], json_text(lighter, "private_key"));
	write_key(workshop, keys[1], json_text(hyperliquid, "private_key"));
	int length = snprintf(
		text, sizeof(text),
		"%s[venue lighter]\nrest_url = %s\nsocket_url = %s\nca_file = %s\naccount = %.0f\n"
		"api_key_index = %d\nkey = file:%s\nfunding_interval_seconds = 60\n"
		"[venue hyperliquid]\nrest_url = %s\nsocket_url = %s\nca_file = %s\naccount = %s\n"
		"key = file:%s\nfunding_interval_seconds = 60\n",
		main, of(testnet, "lighter", "rest_url")->valuestring,
		of(testnet, "lighter", "socket_url")->valuestring,
		json_text(testnet->line, "ca_file"),
		cJSON_GetObjectItemCaseSensitive(lighter, "account_index")->valuedouble,
		cJSON_GetObjectItemCaseSensitive(lighter, "api_key_index")->valueint, keys[0],
		of(testnet, "hyperliquid", "rest_url")->valuestring,
		of(testnet, "hyperliquid", "socket_url")->valuestring,
		json_text(testnet->line, "ca_file"), json_text(hyperliquid, "address"), keys[1]);
	assert_true(length > 0 && (size_t)length < sizeof(text));
	workshop_write(workshop, name, text);
}

void workshop_replace(const struct workshop *workshop, const char *name, const char *old,
		      const char *fresh)
{
	char changed[8192];
	char *text = workshop_read(workshop, name);
	assert_non_null(text);
	char *at = strstr(text, old);
	if (!at)
		fail_msg("'%s' is not in %s", old, name);
	int length = snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, fresh,
			      at + strlen(old));
	assert_true(length > 0 && (size_t)length < sizeof(changed));
	workshop_write(workshop, name, changed);
	free(text);
}
