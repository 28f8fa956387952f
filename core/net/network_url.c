#include "core/net/network_url.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *scheme;
	enum network_url_kind kind;
	bool tls;
	int port; /* 0: must be given */
} SCHEMES[] = {
	{"https://", NETWORK_URL_REST, true, 443}, {"http://", NETWORK_URL_REST, false, 80},
	{"wss://", NETWORK_URL_SOCKET, true, 443}, {"ws://", NETWORK_URL_SOCKET, false, 80},
	{"http://", NETWORK_URL_PROXY, false, 0},
};

static const char *expected_form(enum network_url_kind kind)
{
	switch (kind) {
	case NETWORK_URL_REST:
		return "https://host[:port]";
	case NETWORK_URL_SOCKET:
		return "wss://host[:port]/path";
	case NETWORK_URL_PROXY:
		return "http://host:port";
	}
	abort();
}

static bool refuse(const char *what, enum network_url_kind kind, const char *why, struct error *err)
{
	return error_set(err, ERROR_CONFIGURATION, "%s %s; expected is %s", what, why,
			 expected_form(kind));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool network_is_ipv4(const char *text)
{
	for (int part = 0; part < 4; part++) {
		if (part > 0 && *text++ != '.')
			return false;
		int value = 0, digits = 0;
		while (is_digit(text[digits]) && digits < 4)
			value = value * 10 + (text[digits++] - '0');
		if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text[0] == '0'))
			return false;
		text += digits;
	}
	return *text == '\0';
}

/* Letters, digits and hyphens in labels of 1..63, none of which begins or ends with a hyphen. */
static bool is_name(const char *host)
{
	size_t label = 0;
	for (const char *c = host;; c++) {
		if (*c == '.' || *c == '\0') {
			if (label == 0 || label > 63 || c[-1] == '-')
				return false;
			if (*c == '\0')
				return true;
			label = 0;
			continue;
		}
		bool plain = (*c >= 'a' && *c <= 'z') || is_digit(*c) || (*c == '-' && label > 0);
		if (!plain)
			return false;
		label++;
	}
}

/* A name that ends in a number ("127.1", "2130706433") would be read as an address by some
 * libraries and as a name by others. */
static bool ends_in_number(const char *host)
{
	const char *last = strrchr(host, '.');
	last = last ? last + 1 : host;
	return is_digit(*last);
}

static bool take_host(const char *text, size_t length, struct network_url *url)
{
	if (length == 0 || length > NETWORK_HOST_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		url->host[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	url->host[length] = '\0';
	url->literal = network_is_ipv4(url->host);
	url->loopback = strcmp(url->host, "localhost") == 0 ||
			(url->literal && strncmp(url->host, "127.", 4) == 0);
	return url->literal || (is_name(url->host) && !ends_in_number(url->host));
}

static bool take_port(const char *text, size_t length, int *port)
{
	*port = 0;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(text[i]) || i == 5)
			return false;
		*port = *port * 10 + (text[i] - '0');
	}
	return length > 0 && text[0] != '0' && *port <= 65535;
}

static bool take_target(const char *text, enum network_url_kind kind, struct network_url *url)
{
	size_t length = strlen(text);
	if (length > NETWORK_TARGET_MAX)
		return false;
	if (kind != NETWORK_URL_SOCKET && length > 0 && strcmp(text, "/") != 0)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '#')
			return false;
	memcpy(url->target, length > 0 ? text : "/", length > 0 ? length + 1 : 2);
	return true;
}

static const char *take_scheme(const char *text, enum network_url_kind kind,
			       struct network_url *url)
{
	for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
		size_t length = strlen(SCHEMES[i].scheme);
		if (SCHEMES[i].kind != kind || strncmp(text, SCHEMES[i].scheme, length) != 0)
			continue;
		url->tls = SCHEMES[i].tls;
		url->port = SCHEMES[i].port;
		return text + length;
	}
	return NULL;
}

bool network_url_parse(const char *what, const char *text, enum network_url_kind kind,
		       struct network_url *url, struct error *err)
{
	*url = (struct network_url){0};
	if (strncmp(text, "socks", 5) == 0)
		return refuse(what, kind, "is a SOCKS proxy, which cannot carry the streams", err);
	const char *rest = take_scheme(text, kind, url);
	if (!rest)
		return refuse(what, kind, "has another scheme", err);
	size_t authority = strcspn(rest, "/?#");
	if (memchr(rest, '@', authority))
		return refuse(what, kind, "carries a user or a password, which is not supported",
			      err);
	if (rest[authority] != '/' && rest[authority] != '\0')
		return refuse(what, kind, "has '?' or '#' where its path should begin", err);
	const char *colon = memchr(rest, ':', authority);
	size_t host = colon ? (size_t)(colon - rest) : authority;
	if (!take_host(rest, host, url))
		return refuse(what, kind, "has no host name or IPv4 address", err);
	if (colon && !take_port(colon + 1, authority - host - 1, &url->port))
		return refuse(what, kind, "has a port that is not 1 to 65535", err);
	if (url->port == 0)
		return refuse(what, kind, "names no port", err);
	if (!take_target(rest + authority, kind, url))
		return refuse(what, kind, "has a path that cannot stand there", err);
	if (!url->tls && !url->loopback && kind != NETWORK_URL_PROXY)
		return refuse(what, kind, "would go unencrypted to a host that is not loopback",
			      err);
	return true;
}
