#include "core/net/network_resolve.h"

#include "core/base/scheduler.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct network_lookup {
	struct network_lookup *next;
	struct name *name;
	network_resolved done; /* NULL: cancelled */
	void *user;
};

struct name {
	struct network_resolver *resolver; /* NULL: it was freed while this was looked up */
	char host[NETWORK_HOST_MAX + 1];
	bool fixed;
	bool asking;
	struct network_addresses addresses;
	struct network_lookup *waiting;
	uv_getaddrinfo_t question;
};

struct network_resolver {
	uv_loop_t *loop;
	struct scheduler *scheduler;
	unsigned count, waiters;
	struct name *names[NETWORK_NAMES_MAX];
};

struct network_resolver *network_resolver_create(uv_loop_t *loop, struct scheduler *scheduler)
{
	struct network_resolver *resolver = calloc(1, sizeof(*resolver));
	if (!resolver)
		return NULL;
	resolver->loop = loop;
	resolver->scheduler = scheduler;
	return resolver;
}

static void drop_waiting(struct name *name)
{
	while (name->waiting) {
		struct network_lookup *lookup = name->waiting;
		name->waiting = lookup->next;
		free(lookup);
	}
}

void network_resolver_free(struct network_resolver *resolver)
{
	if (!resolver)
		return;
	for (unsigned i = 0; i < resolver->count; i++) {
		struct name *name = resolver->names[i];
		drop_waiting(name);
		if (name->asking) {
			/* libuv still holds it: its callback frees it. */
			name->resolver = NULL;
			uv_cancel((uv_req_t *)&name->question);
		} else {
			free(name);
		}
	}
	free(resolver);
}

static struct name *name_of(struct network_resolver *resolver, const char *host)
{
	for (unsigned i = 0; i < resolver->count; i++)
		if (strcmp(resolver->names[i]->host, host) == 0)
			return resolver->names[i];
	size_t length = strlen(host);
	if (resolver->count == NETWORK_NAMES_MAX || length > NETWORK_HOST_MAX)
		return NULL;
	struct name *name = calloc(1, sizeof(*name));
	if (!name)
		return NULL;
	name->resolver = resolver;
	memcpy(name->host, host, length + 1);
	const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	if (network_is_ipv4(address)) {
		name->fixed = true;
		name->addresses.count = 1;
		snprintf(name->addresses.text[0], NETWORK_ADDRESS_TEXT, "%s", address);
	}
	resolver->names[resolver->count++] = name;
	return name;
}

const struct network_addresses *network_addresses(struct network_resolver *resolver,
						  const char *host, bool *fresh)
{
	struct name *name = name_of(resolver, host);
	if (!name)
		return NULL;
	*fresh = name->fixed || (name->addresses.count > 0 &&
				 scheduler_now(resolver->scheduler) - name->addresses.at_ns <
					 NETWORK_NAME_CACHE_NS);
	return &name->addresses;
}

/* False: none of the answers is an address, and what was known stands. */
static bool learn(struct name *name, const struct addrinfo *answers)
{
	struct network_addresses found = {.at_ns = scheduler_now(name->resolver->scheduler)};
	for (; answers && found.count < NETWORK_ADDRESSES_MAX; answers = answers->ai_next) {
		if (answers->ai_family != AF_INET && answers->ai_family != AF_INET6)
			continue;
		if (getnameinfo(answers->ai_addr, answers->ai_addrlen, found.text[found.count],
				NETWORK_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) == 0)
			found.count++;
	}
	if (found.count == 0)
		return false;
	name->addresses = found;
	return true;
}

/* Waiters may look up again, or cancel each other, from inside. */
static void tell(struct name *name, const char *why)
{
	struct network_lookup *waiting = name->waiting;
	name->waiting = NULL;
	for (struct network_lookup *lookup = waiting; lookup; lookup = lookup->next)
		if (lookup->done) {
			network_resolved done = lookup->done;
			lookup->done = NULL;
			done(lookup->user, why);
		}
	while (waiting) {
		struct network_lookup *lookup = waiting;
		waiting = lookup->next;
		name->resolver->waiters--;
		free(lookup);
	}
}

static void answered(uv_getaddrinfo_t *question, int status, struct addrinfo *answers)
{
	struct name *name = question->data;
	if (!name->resolver) {
		uv_freeaddrinfo(answers);
		free(name);
		return;
	}
	name->asking = false;
	char why[NETWORK_HOST_MAX + 128];
	bool failed = status != 0 || !learn(name, answers);
	uv_freeaddrinfo(answers);
	if (failed)
		snprintf(why, sizeof(why), "the name %s could not be resolved: %s", name->host,
			 status != 0 ? uv_strerror(status) : "it has no address");
	tell(name, failed ? why : NULL);
}

struct network_lookup *network_look_up(struct network_resolver *resolver, const char *host,
				       network_resolved done, void *user)
{
	static const struct addrinfo HINTS = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct name *name = name_of(resolver, host);
	if (!name || resolver->waiters == NETWORK_NAME_WAITERS_MAX)
		return NULL;
	struct network_lookup *lookup = malloc(sizeof(*lookup));
	if (!lookup)
		return NULL;
	*lookup = (struct network_lookup){NULL, name, done, user};
	if (!name->asking) {
		name->question.data = name;
		if (uv_getaddrinfo(resolver->loop, &name->question, answered, name->host, NULL,
				   &HINTS) != 0) {
			free(lookup);
			return NULL;
		}
		name->asking = true;
	}
	struct network_lookup **end = &name->waiting;
	while (*end)
		end = &(*end)->next;
	*end = lookup;
	resolver->waiters++;
	return lookup;
}

void network_look_up_cancel(struct network_lookup *lookup)
{
	/* Its place is freed when the answer comes. */
	if (lookup)
		lookup->done = NULL;
}
