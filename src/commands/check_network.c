/* Names, certificates, REST, streams and clocks of the venues. */
#include "src/commands/check_live.h"

#include "core/base/utc.h"

#include <string.h>

#define PROBE_PATIENCE_NS (10 * NS_PER_SECOND)
#define CLOCK_ALARM_NS	  NS_PER_SECOND

static long long ms(int64_t ns)
{
	return (long long)(ns / NS_PER_MS);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void rest_answered(void *user, const struct http_response *response)
{
	struct check_probe *probe = user;
	probe->rest_done = true;
	probe->outcome = response->outcome;
	probe->status = response->status;
	probe->rest_ns = response->received_ns - probe->begun_ns;
	snprintf(probe->rest_why, sizeof(probe->rest_why), "%s",
		 response->outcome == TRANSPORT_ANSWERED ? "" : response->why);
	probe->live->awaited--;
}

static void socket_done(struct check_probe *probe)
{
	probe->socket_done = true;
	probe->socket_ns = scheduler_now(probe->venue->all->scheduler) - probe->begun_ns;
	probe->live->awaited--;
}

static void socket_opened(void *user)
{
	struct check_probe *probe = user;
	probe->socket_open = true;
	socket_done(probe);
}

static void socket_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	(void)user, (void)text, (void)length, (void)received_ns;
}

static void socket_closed(void *user, const char *why)
{
	struct check_probe *probe = user;
	probe->socket = NULL;
	if (probe->socket_done)
		return;
	snprintf(probe->socket_why, sizeof(probe->socket_why), "%s", why);
	socket_done(probe);
}

static void ask(struct check_live *live, struct check_probe *probe, struct public_venue *venue)
{
	static const struct web_socket_events EVENTS = {socket_opened, socket_message,
							socket_closed};
	struct http_request request = {.method = HTTP_GET, .target = "/"};
	int64_t now_ns = network_now_ns(venue->all->network);
	*probe = (struct check_probe){
		.asked = true, .live = live, .venue = venue, .begun_ns = now_ns};
	live->awaited += 2;
	endpoint_request(venue->endpoint, &request, now_ns + PROBE_PATIENCE_NS, rest_answered,
			 probe);
	probe->socket = endpoint_connect(venue->endpoint, &EVENTS, probe);
	if (!probe->socket)
		socket_closed(probe, "it could not be begun");
}

/* ---- saying ---------------------------------------------------------------------------------- */

static bool say_name(struct check *check, const char *venue, const struct network_peer *peer,
		     const struct check_probe *probe)
{
	const char *through = peer->proxied ? "proxy " : "";
	if (!peer->resolved)
		check_say(check, false,
			  "look at this machine's DNS (/etc/resolv.conf) and at the address",
			  "%s: %s", venue, probe->rest_why);
	else if (peer->resolve_ns > 0)
		check_say(check, true, "", "%s: DNS knows %s%s (%lld ms)", venue, through,
			  peer->host, ms(peer->resolve_ns));
	else
		check_say(check, true, "", "%s: %s%s needs no DNS", venue, through, peer->host);
	return peer->resolved;
}

static bool say_connection(struct check *check, const char *venue, const struct network_peer *peer,
			   const struct check_probe *probe)
{
	int64_t now_ns = scheduler_now(probe->venue->all->scheduler);
	long long days = (long long)((peer->valid_until_ns - now_ns) / NS_PER_DAY);
	if (!peer->connected && probe->outcome != TRANSPORT_ANSWERED) {
		check_say(check, false,
			  "look at this machine's network, its firewall and the proxy, if any",
			  "%s: no connection to %s:%d: %s", venue, peer->host, peer->port,
			  probe->rest_why);
		return false;
	}
	if (!peer->tls) {
		check_say(check, true, "", "%s: no TLS, on this machine alone", venue);
		return true;
	}
	if (!peer->shook_hands) {
		check_say(check, false,
			  probe->venue->config->rest_url[0]
				  ? "name the local testnet's certificate: ca_file in this section"
				  : "do not go on: somebody may be in between, or this machine's "
				    "certificates (ca-certificates) or clock are wrong",
			  "%s: the certificate is not believed: %s%s%s", venue, probe->rest_why,
			  peer->issuer[0] ? "; it names as signer " : "", peer->issuer);
		return false;
	}
	check_say(check, days >= 1, days >= 1 ? "" : "it will be refused from then on",
		  "%s: TLS, certificate signed by %s, %lld days left (%lld ms)", venue,
		  peer->issuer[0] ? peer->issuer : "an unnamed authority", days,
		  ms(peer->connect_ns + peer->handshake_ns));
	return true;
}

static void say_rest(struct check *check, const char *venue, const struct check_probe *probe)
{
	bool answered = probe->outcome == TRANSPORT_ANSWERED;
	bool refused = answered && (probe->status == 403 || probe->status == 451 ||
				    probe->status == 429 || probe->status >= 500);
	if (!answered)
		check_say(check, false, "try again; look at the venue's status page",
			  "%s: REST does not answer: %s", venue, probe->rest_why);
	else if (refused)
		check_say(check, false,
			  probe->status >= 500
				  ? "the venue is in trouble or under maintenance: try later"
				  : "the venue refuses this address: too many requests, or it does "
				    "not serve this country",
			  "%s: REST answers HTTP %d (%lld ms)", venue, probe->status,
			  ms(probe->rest_ns));
	else
		check_say(check, true, "", "%s: REST answers (%lld ms)", venue, ms(probe->rest_ns));
}

static void say_socket(struct check *check, const char *venue, const struct check_probe *probe)
{
	if (probe->socket_open)
		check_say(check, true, "", "%s: WebSocket opens (%lld ms)", venue,
			  ms(probe->socket_ns));
	else
		check_say(check, false, "look at the address, and whether a proxy lets it through",
			  "%s: WebSocket does not open: %s", venue,
			  probe->socket_why[0] ? probe->socket_why : "no answer in time");
}

static void say_probe(struct check_live *live, const struct check_probe *probe)
{
	const char *venue = probe->venue->config->name;
	struct network_peer peer = network_endpoint_peer(probe->venue->endpoint);
	if (!say_name(live->check, venue, &peer, probe) ||
	    !say_connection(live->check, venue, &peer, probe))
		return;
	say_rest(live->check, venue, probe);
	say_socket(live->check, venue, probe);
}

bool check_network(struct check_live *live)
{
	struct public_venues *venues = live->markets;
	for (size_t i = 0; i < venues->count; i++)
		if (venues->venues[i].client)
			ask(live, &live->probes[i], &venues->venues[i]);
	check_await(live, venues);
	for (size_t i = 0; i < venues->count; i++) {
		struct check_probe *probe = &live->probes[i];
		if (!probe->asked)
			continue;
		web_socket_close(probe->socket);
		probe->socket = NULL;
		if (!venues->interrupted)
			say_probe(live, probe);
		if (probe->outcome != TRANSPORT_ANSWERED)
			venues->venues[i].phase = PUBLIC_VENUE_FAILED;
	}
	live->awaited = 0;
	return !venues->interrupted;
}

/* ---- clocks ---------------------------------------------------------------------------------- */

void check_clocks(struct check_live *live)
{
	for (size_t i = 0; i < live->markets->count; i++) {
		const struct public_venue *venue = &live->markets->venues[i];
		const char *name = venue->config->name;
		if (venue->phase != PUBLIC_VENUE_UP)
			continue;
		struct clock_state clock = market_state_clock(live->markets->market, venue->id);
		int64_t off_ns = clock.offset_ns < 0 ? -clock.offset_ns : clock.offset_ns;
		const char *where = clock.offset_ns < 0 ? "behind" : "ahead of";
		if (!clock.known)
			check_say(live->check, false, "try again", "%s: its clock cannot be read",
				  name);
		else if (off_ns > CLOCK_ALARM_NS + clock.uncertainty_ns)
			check_say(live->check, false,
				  "set this machine's clock and keep it right (NTP: timedatectl)",
				  "%s: its clock is %lld ms %s ours, ± %lld ms", name, ms(off_ns),
				  where, ms(clock.uncertainty_ns));
		else if (clock.uncertainty_ns > live->config->maximum_clock_uncertainty_ns)
			check_say(live->check, false,
				  "raise [risk] maximum_clock_uncertainty_seconds, or use a faster "
				  "connection",
				  "%s: its clock is known to ± %lld ms only: nothing is opened",
				  name, ms(clock.uncertainty_ns));
		else
			check_say(live->check, true, "",
				  "%s: its clock is %lld ms %s ours, ± %lld ms", name, ms(off_ns),
				  where, ms(clock.uncertainty_ns));
	}
}
