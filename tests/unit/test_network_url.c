#include "core/net/network_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void takes(enum network_url_kind kind, const char *text, bool tls, const char *host,
		  int port, const char *target)
{
	struct network_url url;
	struct error err = {0};
	if (!network_url_parse("it", text, kind, &url, &err))
		fail_msg("'%s': %s", text, err.text);
	assert_int_equal(url.tls, tls);
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_string_equal(url.target, target);
}

static void refuses(enum network_url_kind kind, const char *text)
{
	struct network_url url;
	struct error err = {0};
	if (network_url_parse("it", text, kind, &url, &err))
		fail_msg("'%s' was taken", text);
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_int_equal(strncmp(err.text, "it ", 3), 0);
}

static void addresses_of_venues_are_taken(void **state)
{
	(void)state;
	takes(NETWORK_URL_REST, "https://api.hyperliquid.xyz", true, "api.hyperliquid.xyz", 443,
	      "/");
	takes(NETWORK_URL_REST, "https://MAINNET.zklighter.elliot.ai/", true,
	      "mainnet.zklighter.elliot.ai", 443, "/");
	takes(NETWORK_URL_REST, "https://127.0.0.1:18443", true, "127.0.0.1", 18443, "/");
	takes(NETWORK_URL_REST, "http://localhost:80", false, "localhost", 80, "/");
	takes(NETWORK_URL_REST, "http://127.255.0.1", false, "127.255.0.1", 80, "/");
	takes(NETWORK_URL_SOCKET, "wss://api.hyperliquid.xyz/ws", true, "api.hyperliquid.xyz", 443,
	      "/ws");
	takes(NETWORK_URL_SOCKET, "wss://x:65535/stream?readonly=true&a=%20", true, "x", 65535,
	      "/stream?readonly=true&a=%20");
	takes(NETWORK_URL_SOCKET, "ws://localhost:1", false, "localhost", 1, "/");
	takes(NETWORK_URL_PROXY, "http://proxy.example:3128", false, "proxy.example", 3128, "/");
	takes(NETWORK_URL_PROXY, "http://10.0.0.1:8080/", false, "10.0.0.1", 8080, "/");
}

static void what_is_not_plainly_right_is_refused(void **state)
{
	(void)state;
	static const char *const REST[] = {
		"",
		"https://",
		"https:///",
		"https:/host",
		"https//host",
		"HTTPS://host",
		"host",
		"//host",
		"ftp://host",
		"wss://host",
		"socks5://host:1",
		"https://host/path",
		"https://host?query",
		"https://host#fragment",
		"https://host/#",
		"https://user@host",
		"https://user:pass@host",
		"https://@host",
		"https://host:",
		"https://host:0",
		"https://host:00443",
		"https://host:+443",
		"https://host:443x",
		"https://host:65536",
		"https://host:4294967739",
		"https://host:443:443",
		"https:// host",
		"https://host ",
		"https://ho st",
		"https://host\n",
		"https://-host",
		"https://host-",
		"https://a..b",
		"https://.a",
		"https://a.",
		"https://ho_st",
		"https://h\xc3\xb6st",
		"https://[::1]",
		"https://127.1",
		"https://0x7f.1",
		"https://2130706433",
		"https://127.0.0.256",
		"https://127.0.0.01",
		"https://127.0.0.1.1",
		"https://host%00",
		"http://example.com",
		"http://128.0.0.1",
		"http://10.0.0.1",
		"http://localhost.example.com",
		"http://127.0.0.1.example.com",
	};
	for (size_t i = 0; i < sizeof(REST) / sizeof(REST[0]); i++)
		refuses(NETWORK_URL_REST, REST[i]);
	static const char *const SOCKET[] = {
		"https://host/ws",   "ws://host/ws",	"wss://host/w s",  "wss://host/ws#x",
		"wss://host?x",	     "wss://u@host/ws", "wss://host/\x7f", "wss://host/\xff",
		"wss://host/a\r\nb", "wss://host:/ws",
	};
	for (size_t i = 0; i < sizeof(SOCKET) / sizeof(SOCKET[0]); i++)
		refuses(NETWORK_URL_SOCKET, SOCKET[i]);
	static const char *const PROXY[] = {
		"http://host",	  "https://host:1",  "socks4://host:1", "socks5h://host:1",
		"http://u:p@h:1", "http://host:1/x", "host:1",
	};
	for (size_t i = 0; i < sizeof(PROXY) / sizeof(PROXY[0]); i++)
		refuses(NETWORK_URL_PROXY, PROXY[i]);
}

static void a_password_is_not_repeated(void **state)
{
	(void)state;
	struct network_url url;
	struct error err = {0};
	assert_false(network_url_parse("its proxy", "http://me:s3cret@proxy:1", NETWORK_URL_PROXY,
				       &url, &err));
	assert_null(strstr(err.text, "s3cret"));
	assert_null(strstr(err.text, "me:"));
}

static void lengths_are_bounded(void **state)
{
	(void)state;
	char text[2048], label[64];
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(text, sizeof(text), "https://%s.%.26s", label, label); /* 90 */
	takes(NETWORK_URL_REST, text, true, text + 8, 443, "/");
	snprintf(text, sizeof(text), "https://%s.%.27s", label, label);
	refuses(NETWORK_URL_REST, text);
	snprintf(text, sizeof(text), "https://%sa", label);
	refuses(NETWORK_URL_REST, text);
	memset(text, 'p', sizeof(text));
	memcpy(text, "wss://h/", 8);
	text[7 + NETWORK_TARGET_MAX] = '\0';
	takes(NETWORK_URL_SOCKET, text, true, "h", 443, text + 7);
	text[7 + NETWORK_TARGET_MAX] = 'p';
	text[8 + NETWORK_TARGET_MAX] = '\0';
	refuses(NETWORK_URL_SOCKET, text);
}

static void loopback_is_only_what_cannot_leave(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool loopback, literal;
	} CASES[] = {
		{"https://localhost", true, false},    {"https://LOCALHOST", true, false},
		{"https://127.0.0.1", true, true},     {"https://127.9.9.9", true, true},
		{"https://1.2.3.4", false, true},      {"https://localhost.com", false, false},
		{"https://x.localhost", false, false},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct network_url url;
		assert_true(network_url_parse("it", CASES[i].text, NETWORK_URL_REST, &url, NULL));
		assert_int_equal(url.loopback, CASES[i].loopback);
		assert_int_equal(url.literal, CASES[i].literal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_venues_are_taken),
		cmocka_unit_test(what_is_not_plainly_right_is_refused),
		cmocka_unit_test(a_password_is_not_repeated),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(loopback_is_only_what_cannot_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
