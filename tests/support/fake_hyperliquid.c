#include "tests/support/fake_hyperliquid.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char META[] =
	"{\"universe\":["
	"{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40,\"marginTableId\":56},"
	"{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25,\"marginTableId\":55},"
	"{\"szDecimals\":0,\"name\":\"kPEPE\",\"maxLeverage\":10,\"marginTableId\":52},"
	"{\"szDecimals\":1,\"name\":\"OLDCO\",\"maxLeverage\":3,\"marginTableId\":3,"
	"\"onlyIsolated\":true,\"marginMode\":\"strictIsolated\",\"isDelisted\":true},"
	"{\"szDecimals\":2,\"name\":\"HYPE\",\"maxLeverage\":10,\"marginTableId\":52,"
	"\"isDelisted\":null}],"
	"\"marginTables\":[[56,{\"description\":\"tiered 40x\",\"marginTiers\":[{\"lowerBound\":"
	"\"0.0\",\"maxLeverage\":40},{\"lowerBound\":\"150000000.0\",\"maxLeverage\":20}]}]],"
	"\"collateralToken\":0}";

static const char CONTEXT[] =
	"{\"funding\":\"0.0000125\",\"openInterest\":\"605822.2557999999\",\"prevDayPx\":\"2790."
	"0\","
	"\"dayNtlVlm\":\"591989409.9392402172\",\"premium\":\"0.0001766098\",\"oraclePx\":\"2831."
	"1\","
	"\"markPx\":\"2831.4\",\"midPx\":\"2831.65\",\"impactPxs\":[\"2831.6\",\"2831.74\"],"
	"\"dayBaseVlm\":\"209512.5\"}";

static const char BOOK[] = "{\"coin\":\"ETH\",\"time\":1764000012345,\"levels\":["
			   "[{\"px\":\"2831.6\",\"sz\":\"14.2031\",\"n\":3},{\"px\":\"2831.5\","
			   "\"sz\":\"2.95\",\"n\":1}],"
			   "[{\"px\":\"2831.7\",\"sz\":\"8.8114\",\"n\":2},{\"px\":\"2831.9\","
			   "\"sz\":\"31.004\",\"n\":4}]]}";

static const char STATE[] =
	"{\"marginSummary\":{\"accountValue\":\"1000.0\",\"totalNtlPos\":\"0.0\",\"totalRawUsd\":"
	"\"1000.0\",\"totalMarginUsed\":\"0.0\"},\"crossMarginSummary\":{\"accountValue\":\"1000."
	"0\","
	"\"totalNtlPos\":\"0.0\",\"totalRawUsd\":\"1000.0\",\"totalMarginUsed\":\"0.0\"},"
	"\"crossMaintenanceMarginUsed\":\"0.0\",\"withdrawable\":\"1000.0\",\"assetPositions\":[],"
	"\"time\":1764000020000}";

static const char FEES[] =
	"{\"feeSchedule\":{\"cross\":\"0.00045\",\"add\":\"0.00015\"},\"userCrossRate\":\"0."
	"00045\","
	"\"userAddRate\":\"0.00015\",\"activeReferralDiscount\":\"0.0\",\"trial\":null}";

/* The text behind `"name":"`, up to the next quote. */
static bool member(const char *text, const char *name, char *out, size_t size)
{
	char pattern[64];
	snprintf(pattern, sizeof(pattern), "\"%s\":\"", name);
	const char *at = strstr(text, pattern);
	if (at == NULL)
		return false;
	at += strlen(pattern);
	const char *end = strchr(at, '"');
	if (end == NULL || (size_t)(end - at) >= size)
		return false;
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
	return true;
}

static int64_t number(const char *text, const char *name)
{
	char pattern[64];
	snprintf(pattern, sizeof(pattern), "\"%s\":", name);
	const char *at = strstr(text, pattern);
	return at != NULL ? strtoll(at + strlen(pattern), NULL, 10) : 0;
}

static void answer(struct service_request *request, const struct service_host *host, int status,
		   const char *body)
{
	struct service_answer reply = {.status = status, .body = body, .length = strlen(body)};
	if (status == 429)
		reply.retry_after_s = 2;
	if (status != 200)
		reply.content_type = "text/plain";
	host->answer(request, &reply);
}

/* ---- info --------------------------------------------------------------------------------------
 */

static size_t info_of(const struct fake_hyperliquid *fake, const char *body)
{
	char type[64], user[64], both[160];
	if (!member(body, "type", type, sizeof(type)))
		return FAKE_INFOS;
	if (!member(body, "user", user, sizeof(user)))
		user[0] = '\0';
	snprintf(both, sizeof(both), "%s %s", type, user);
	for (size_t i = 0; i < fake->info_count; i++)
		if (strcmp(fake->infos[i].type, both) == 0)
			return i;
	for (size_t i = 0; i < fake->info_count; i++)
		if (strcmp(fake->infos[i].type, type) == 0)
			return i;
	return FAKE_INFOS;
}

static void answer_info(struct fake_hyperliquid *fake, struct service_request *request,
			const struct service_host *host, const char *body)
{
	char status[128];
	size_t index = info_of(fake, body);
	if (index == FAKE_INFOS) {
		answer(request, host, 422,
		       "Failed to deserialize the JSON body into the target type");
		return;
	}
	fake->asked[index]++;
	if (fake->exact && strcmp(fake->infos[index].type, "exchangeStatus") == 0) {
		snprintf(status, sizeof(status), "{\"time\":%" PRId64 ",\"specialStatuses\":null}",
			 (scheduler_now(fake->scheduler) + fake->skew_ns) / 1000000);
		answer(request, host, 200, status);
		return;
	}
	const char *text = fake->infos[index].body;
	if (text[0] == '\0')
		answer(request, host, 500, "");
	else if (text[0] == '#')
		answer(request, host, atoi(text + 1), "");
	else
		answer(request, host, 200, text);
}

/* ---- actions -----------------------------------------------------------------------------------
 */

static const char *take_action(struct fake_hyperliquid *fake, const char *body, bool posted)
{
	assert(fake->seen_count < FAKE_SEEN);
	struct fake_action *seen = &fake->seen[fake->seen_count++];
	snprintf(seen->body, sizeof(seen->body), "%s", body);
	const char *action = strstr(body, "\"action\":");
	if (action == NULL || !member(action, "type", seen->type, sizeof(seen->type)))
		seen->type[0] = '\0';
	seen->nonce_ms = number(body, "nonce");
	seen->posted = posted;
	return fake->script_at < fake->script_count ? fake->script[fake->script_at++]
						    : fake->otherwise;
}

static void on_request(void *user, const struct service_host *host, struct service_request *request,
		       const struct service_request_view *view)
{
	struct fake_hyperliquid *fake = user;
	char *body = malloc(view->body_length + 1);
	assert(body != NULL);
	memcpy(body, view->body, view->body_length);
	body[view->body_length] = '\0';
	assert(strcmp(view->content_type, "application/json") == 0);
	if (strcmp(view->target, "/info") == 0) {
		answer_info(fake, request, host, body);
	} else {
		assert(strcmp(view->target, "/exchange") == 0);
		const char *text = take_action(fake, body, false);
		if (text[0] == '\0')
			host->drop(request, false);
		else if (text[0] == '#')
			answer(request, host, atoi(text + 1), "");
		else
			answer(request, host, 200, text);
	}
	free(body);
}

static void on_gone(void *user, struct service_request *request)
{
	(void)user;
	(void)request;
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

static void on_opened(void *user, const struct service_host *host, struct service_socket *socket,
		      const char *target)
{
	struct fake_hyperliquid *fake = user;
	(void)target;
	fake->host = host;
	fake->socket = socket;
	fake->sockets_opened++;
	const char greeting[] = "Websocket connection established.";
	host->send(socket, greeting, strlen(greeting));
}

static void send_text(struct fake_hyperliquid *fake, const char *text)
{
	assert(fake->socket != NULL);
	fake->host->send(fake->socket, text, strlen(text));
}

static void acknowledge(struct fake_hyperliquid *fake, const char *text)
{
	char reply[FAKE_BODY], coin[32] = "";
	const char *subscription = strstr(text, "\"subscription\":");
	assert(subscription != NULL);
	if (fake->deaf)
		return;
	member(subscription, "coin", coin, sizeof(coin));
	if (coin[0] != '\0' && strcmp(coin, fake->refused_coin) == 0) {
		char type[32];
		member(subscription, "type", type, sizeof(type));
		snprintf(reply, sizeof(reply),
			 "{\"channel\":\"error\",\"data\":\"Invalid subscription "
			 "{\\\"type\\\":\\\"%s\\\",\\\"coin\\\":\\\"%s\\\"}\"}",
			 type, coin);
	} else {
		/* The echo may say more than was sent (§5.2). */
		snprintf(reply, sizeof(reply),
			 "{\"channel\":\"subscriptionResponse\",\"data\":%.*s}", (int)strlen(text),
			 text);
	}
	send_text(fake, reply);
}

static void on_message(void *user, struct service_socket *socket, const char *text, size_t length)
{
	struct fake_hyperliquid *fake = user;
	char message[FAKE_BODY], method[32], reply[FAKE_BODY + 256];
	if (socket != fake->socket)
		return;
	assert(length < sizeof(message));
	memcpy(message, text, length);
	message[length] = '\0';
	assert(member(message, "method", method, sizeof(method)));
	if (strcmp(method, "ping") == 0) {
		fake->pings++;
		send_text(fake, "{\"channel\":\"pong\"}");
	} else if (strcmp(method, "subscribe") == 0) {
		fake->subscriptions++;
		acknowledge(fake, message);
	} else if (strcmp(method, "unsubscribe") == 0) {
		fake->unsubscriptions++;
		acknowledge(fake, message);
	} else {
		int64_t id = number(message, "id");
		const char *answered = take_action(fake, strstr(message, "\"payload\":"), true);
		if (answered[0] == '\0')
			return;
		if (answered[0] == '#')
			snprintf(reply, sizeof(reply),
				 "{\"channel\":\"post\",\"data\":{\"id\":%" PRId64
				 ",\"response\":{\"type\":\"error\",\"payload\":\"%s: no\"}}}",
				 id, answered + 1);
		else
			snprintf(reply, sizeof(reply),
				 "{\"channel\":\"post\",\"data\":{\"id\":%" PRId64
				 ",\"response\":{\"type\":\"action\",\"payload\":%s}}}",
				 id, answered);
		send_text(fake, reply);
	}
}

static void on_closed(void *user, struct service_socket *socket)
{
	struct fake_hyperliquid *fake = user;
	if (socket == fake->socket)
		fake->socket = NULL;
}

/* ---- the test's side ---------------------------------------------------------------------------
 */

void fake_hyperliquid_info(struct fake_hyperliquid *fake, const char *type, const char *body)
{
	size_t index = 0;
	while (index < fake->info_count && strcmp(fake->infos[index].type, type) != 0)
		index++;
	assert(index < FAKE_INFOS);
	if (index == fake->info_count) {
		snprintf(fake->infos[index].type, sizeof(fake->infos[index].type), "%s", type);
		fake->info_count++;
	}
	free(fake->infos[index].body);
	fake->infos[index].body = strdup(body);
	assert(fake->infos[index].body != NULL);
}

unsigned fake_hyperliquid_asked(const struct fake_hyperliquid *fake, const char *type)
{
	unsigned count = 0;
	for (size_t i = 0; i < fake->info_count; i++)
		if (strncmp(fake->infos[i].type, type, strlen(type)) == 0)
			count += fake->asked[i];
	return count;
}

void fake_hyperliquid_open(struct fake_hyperliquid *fake, struct scheduler *scheduler,
			   int64_t delay_ns, const char *agent)
{
	char overview[8192], text[256];
	memset(fake, 0, sizeof(*fake));
	fake->scheduler = scheduler;
	fake->exact = true;
	fake->otherwise = "{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}";
	fake->service = (struct service){.user = fake,
					 .request = on_request,
					 .request_gone = on_gone,
					 .socket_opened = on_opened,
					 .socket_message = on_message,
					 .socket_closed = on_closed};
	const struct virtual_link_options options = {
		.up_ns = delay_ns, .down_ns = delay_ns, .seed = 1, .socket_target = "/ws"};
	fake->link = virtual_link_create(scheduler, &options, &fake->service);
	assert(fake->link != NULL);
	fake_hyperliquid_info(fake, "exchangeStatus",
			      "{\"time\":1764000000000,\"specialStatuses\":null}");
	fake_hyperliquid_info(fake, "meta", META);
	snprintf(overview, sizeof(overview), "[%s,[%s,%s,%s,%s,%s]]", META, CONTEXT, CONTEXT,
		 CONTEXT, "{\"funding\":\"0.0\",\"premium\":null}", CONTEXT);
	fake_hyperliquid_info(fake, "metaAndAssetCtxs", overview);
	fake_hyperliquid_info(fake, "l2Book", BOOK);
	snprintf(text, sizeof(text), "userRole %s", agent);
	fake_hyperliquid_info(fake, text,
			      "{\"role\":\"agent\",\"data\":{\"user\":\"" FAKE_ACCOUNT "\"}}");
	fake_hyperliquid_info(fake, "userRole " FAKE_ACCOUNT, "{\"role\":\"user\"}");
	fake_hyperliquid_info(fake, "userAbstraction", "\"default\"");
	fake_hyperliquid_info(
		fake, "userRateLimit",
		"{\"cumVlm\":\"87197.94\",\"nRequestsUsed\":396,\"nRequestsCap\":97197,"
		"\"nRequestsSurplus\":0}");
	fake_hyperliquid_info(fake, "userFees", FEES);
	fake_hyperliquid_info(fake, "openOrders", "[]");
	fake_hyperliquid_info(fake, "clearinghouseState", STATE);
	fake_hyperliquid_info(fake, "userFillsByTime", "[]");
	fake_hyperliquid_info(fake, "userFunding", "[]");
	fake_hyperliquid_info(fake, "orderStatus", "{\"status\":\"unknownOid\"}");
	fake_hyperliquid_info(fake, "fundingHistory", "[]");
	fake_hyperliquid_info(fake, "extraAgents", "[]");
	fake_hyperliquid_info(fake, "activeAssetData",
			      "{\"user\":\"" FAKE_ACCOUNT
			      "\",\"coin\":\"ETH\",\"leverage\":{\"type\":\"cross\","
			      "\"value\":5},\"maxTradeSzs\":[\"1.7932\",\"1.7932\"],"
			      "\"availableToTrade\":[\"1015.0\","
			      "\"1015.0\"],\"markPx\":\"2830.0\"}");
}

void fake_hyperliquid_close(struct fake_hyperliquid *fake)
{
	virtual_link_free(fake->link);
	for (size_t i = 0; i < fake->info_count; i++)
		free(fake->infos[i].body);
}

void fake_hyperliquid_script(struct fake_hyperliquid *fake, const char *text)
{
	assert(fake->script_count < FAKE_ACTIONS);
	fake->script[fake->script_count++] = text;
}

void fake_hyperliquid_push(struct fake_hyperliquid *fake, const char *format, ...)
{
	char text[16384];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert(length > 0 && (size_t)length < sizeof(text));
	send_text(fake, text);
}

void fake_hyperliquid_kick(struct fake_hyperliquid *fake)
{
	assert(fake->socket != NULL);
	fake->host->close(fake->socket, 1000);
	fake->socket = NULL;
}

const struct fake_action *fake_hyperliquid_action(const struct fake_hyperliquid *fake,
						  const char *type)
{
	for (size_t i = fake->seen_count; i > 0; i--)
		if (strcmp(fake->seen[i - 1].type, type) == 0)
			return &fake->seen[i - 1];
	return NULL;
}
