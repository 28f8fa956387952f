/* The REST door: one table of endpoints, the error envelope, limits, and answers that come late. */
#include "exchanges/testnet/lighter_service_state.h"

#include <stdlib.h>
#include <string.h>

enum access {
	ACCESS_PUBLIC,
	ACCESS_TOKEN, /* an auth token of the account that the request names */
};

static const struct endpoint_row {
	enum http_method method;
	const char *path;
	served_handler handler;
	enum access access;
	int64_t weight; /* §1.4 */
	bool about_account;
} ENDPOINTS[] = {
	{HTTP_GET, "/", served_get_root, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/info", served_get_info, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/api/v1/orderBooks", served_get_order_books, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/api/v1/orderBookDetails", served_get_order_book_details, ACCESS_PUBLIC, 300,
	 false},
	{HTTP_GET, "/api/v1/orderBookOrders", served_get_order_book_orders, ACCESS_PUBLIC, 300,
	 false},
	{HTTP_GET, "/api/v1/recentTrades", served_get_recent_trades, ACCESS_PUBLIC, 600, false},
	{HTTP_GET, "/api/v1/trades", served_get_trades, ACCESS_PUBLIC, 600, true},
	{HTTP_GET, "/api/v1/candles", served_get_candles, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/api/v1/fundings", served_get_fundings, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/api/v1/funding-rates", served_get_funding_rates, ACCESS_PUBLIC, 300, false},
	{HTTP_GET, "/api/v1/positionFunding", served_get_position_funding, ACCESS_TOKEN, 300, true},
	{HTTP_GET, "/api/v1/accountsByL1Address", served_get_accounts_by_l1, ACCESS_PUBLIC, 300,
	 false},
	{HTTP_GET, "/api/v1/account", served_get_account, ACCESS_PUBLIC, 300, true},
	{HTTP_GET, "/api/v1/apikeys", served_get_api_keys, ACCESS_PUBLIC, 150, false},
	{HTTP_GET, "/api/v1/nextNonce", served_get_next_nonce, ACCESS_PUBLIC, 6, false},
	{HTTP_GET, "/api/v1/accountLimits", served_get_account_limits, ACCESS_TOKEN, 300, false},
	{HTTP_GET, "/api/v1/accountActiveOrders", served_get_active_orders, ACCESS_TOKEN, 300,
	 true},
	{HTTP_GET, "/api/v1/accountInactiveOrders", served_get_inactive_orders, ACCESS_TOKEN, 100,
	 true},
	{HTTP_GET, "/api/v1/accountOrders", served_get_account_orders, ACCESS_TOKEN, 300, true},
	{HTTP_GET, "/api/v1/tx", served_get_tx, ACCESS_PUBLIC, 300, true},
	{HTTP_POST, "/api/v1/sendTx", served_post_send_tx, ACCESS_PUBLIC, 0, false},
	{HTTP_POST, "/api/v1/sendTxBatch", served_post_send_tx_batch, ACCESS_PUBLIC, 0, false},
};

/* ---- answers --------------------------------------------------------------------------------- */

void served_refuse_because(struct served_call *call, int status, int code, const char *message)
{
	served_text_clear(&call->body);
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "code", code);
	reply_text(&call->body, "message", message);
	reply_close(&call->body, '}');
	call->status = status;
}

void served_refuse(struct served_call *call, int status, int code)
{
	served_refuse_because(call, status, code, served_message(code));
}

static void give(const struct service_host *host, struct service_request *request, int status,
		 const char *content_type, const struct served_text *body)
{
	const struct service_answer answer = {
		.status = status,
		.content_type = content_type,
		.body = body->length > 0 ? body->bytes : "",
		.length = body->length,
	};
	host->answer(request, &answer);
}

static void held_free(struct served_held *held)
{
	scheduler_cancel(held->service->scheduler, held->due);
	held->service->held_count--;
	served_text_free(&held->body);
	free(held);
}

static void held_unlink(struct served_held *held)
{
	struct served_held **at = &held->service->held;
	while (*at != held)
		at = &(*at)->next;
	*at = held->next;
}

static void held_due(void *user)
{
	struct served_held *held = user;
	held_unlink(held);
	held->due = 0;
	give(held->host, held->request, held->status, held->content_type, &held->body);
	held_free(held);
}

void served_hold(struct served_call *call, int64_t delay_ns, struct served_order *after)
{
	struct lighter_service *service = call->service;
	struct served_held *held =
		service->held_count < SERVED_HELD_MAX ? calloc(1, sizeof(*held)) : NULL;
	call->taken = true;
	if (held == NULL) {
		call->host->drop(call->request, false);
		return;
	}
	*held = (struct served_held){.service = service,
				     .host = call->host,
				     .request = call->request,
				     .after = after,
				     .status = call->status,
				     .content_type = call->content_type,
				     .body = call->body,
				     .next = service->held};
	call->body = (struct served_text){0};
	service->held = held;
	service->held_count++;
	if (delay_ns > 0)
		held->due = scheduler_after(service->scheduler, delay_ns, SCHEDULE_COMPLETION,
					    held_due, held);
}

void served_release_held(struct lighter_service *service, const struct served_order *order)
{
	served_sockets_release(service, order);
	for (struct served_held *held = service->held; held != NULL; held = held->next) {
		if (held->after != order)
			continue;
		held->after = NULL;
		scheduler_cancel(service->scheduler, held->due);
		held->due = scheduler_after(service->scheduler, NS_PER_MS, SCHEDULE_COMPLETION,
					    held_due, held);
	}
}

void served_rest_gone(void *user, struct service_request *request)
{
	struct lighter_service *service = user;
	for (struct served_held *held = service->held; held != NULL; held = held->next) {
		if (held->request == request) {
			held_unlink(held);
			held_free(held);
			return;
		}
	}
}

void served_rest_free(struct lighter_service *service)
{
	while (service->held != NULL) {
		struct served_held *held = service->held;
		service->held = held->next;
		held_free(held);
	}
}

/* ---- parameters ------------------------------------------------------------------------------ */

bool served_want_account(struct served_call *call, const char *name, unsigned *account)
{
	int64_t index;
	switch (served_form_integer(call->form, name, 0, INT64_MAX, &index)) {
	case FORM_ABSENT:
	case FORM_WRONG:
		served_refuse(call, 400, 20001);
		return false;
	case FORM_VALUE:
		break;
	}
	if (served_find_account(call->service, index, account))
		return true;
	served_refuse(call, 400, 21100);
	return false;
}

bool served_want_limit(struct served_call *call, int64_t most, int64_t otherwise, int64_t *limit)
{
	*limit = otherwise;
	enum form_integer result = served_form_integer(call->form, "limit", 1, most, limit);
	if (result == FORM_WRONG || (result == FORM_ABSENT && otherwise == 0)) {
		served_refuse(call, 400, 20001);
		return false;
	}
	return true;
}

bool served_want_market(struct served_call *call, bool needed, unsigned *market)
{
	int64_t index = SERVED_PERP_NIL;
	enum form_integer result = served_form_integer(call->form, "market_id", 0, 4094, &index);
	if (result == FORM_WRONG || (needed && result == FORM_ABSENT)) {
		served_refuse(call, 400, 20001);
		return false;
	}
	if (index != SERVED_PERP_NIL && index >= call->service->market_count) {
		served_refuse(call, 400, 21602);
		return false;
	}
	if (needed && index == SERVED_PERP_NIL) {
		served_refuse(call, 400, 20001);
		return false;
	}
	*market = (unsigned)index;
	return true;
}

/* ---- the door -------------------------------------------------------------------------------- */

static const char FIREWALL_PAGE[] =
	"<!DOCTYPE html><html><head><title>Human Verification</title></head><body><div "
	"id=\"captcha-container\"></div></body></html>";
static const char MAINTENANCE_PAGE[] =
	"<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
	"<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";

static void page(struct served_call *call, int status, const char *html)
{
	served_text_clear(&call->body);
	reply_raw(&call->body, html, strlen(html));
	call->status = status;
	call->content_type = "text/html";
}

bool served_read_struck(struct served_call *call)
{
	if (!served_strikes(call->service, "qry.fail", NULL))
		return false;
	served_refuse(call, 503, 29500);
	return true;
}

/* The token of the query or the header; it must be of the account that is asked about. */
static bool authenticate(struct served_call *call, const struct endpoint_row *row)
{
	static const struct {
		const char *word;
		int code;
		const char *message;
	} FAULTS[] = {
		{"perm", 20013, "invalid auth: api key has no permission"},
		{"ip", 20013, "invalid auth: address is not allowed"},
		{"sig", 20013, "invalid auth: invalid signature"},
		{"expired", 20013, "invalid auth: expired"},
	};
	const char *token = served_form_text(call->form, "auth");
	char fault[FAULT_VALUE_MAX + 1];
	if (token == NULL)
		token = call->view->authorization;
	int code = served_token_check(call->service, token, &call->account);
	call->authenticated = code == 0;
	if (row->access == ACCESS_PUBLIC && code == 20001)
		return true;
	if (code == 0 && served_strikes(call->service, "auth", fault)) {
		for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
			if (strcmp(FAULTS[i].word, fault) == 0) {
				served_refuse_because(call, 401, FAULTS[i].code, FAULTS[i].message);
				return false;
			}
		}
	}
	int64_t index;
	if (code == 20001)
		served_refuse_because(call, 400, code, "auth field is required");
	else if (code != 0)
		served_refuse(call, 401, code);
	else if (served_form_integer(call->form, "account_index", 0, INT64_MAX, &index) ==
			 FORM_VALUE &&
		 row->access == ACCESS_TOKEN &&
		 index != call->service->accounts[call->account].index)
		served_refuse(call, 401, 20013);
	else
		return true;
	return false;
}

static void dispatch(struct served_call *call, const struct endpoint_row *row)
{
	struct lighter_service *service = call->service;
	if (row->handler == served_post_send_tx || row->handler == served_post_send_tx_batch) {
		row->handler(call);
		return;
	}
	if (!authenticate(call, row))
		return;
	struct served_account *account =
		call->authenticated ? &service->accounts[call->account] : NULL;
	if (served_strikes(service, "rate.429", NULL) ||
	    !served_spend_read(service, account, row->weight)) {
		served_refuse(call, 429, 23000);
		return;
	}
	if (row->about_account && served_read_struck(call))
		return;
	row->handler(call);
}

static const struct endpoint_row *find_row(struct served_call *call, const char *path,
					   size_t length)
{
	bool path_exists = false;
	for (size_t i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++) {
		if (strlen(ENDPOINTS[i].path) != length ||
		    memcmp(ENDPOINTS[i].path, path, length) != 0)
			continue;
		if (ENDPOINTS[i].method == call->view->method)
			return &ENDPOINTS[i];
		path_exists = true;
	}
	if (path_exists)
		served_refuse_because(call, 405, 29404, "method not allowed");
	else
		served_refuse(call, 404, 29404);
	return NULL;
}

static void route(struct served_call *call, struct served_form *form)
{
	const char *target = call->view->target;
	size_t path = strcspn(target, "?");
	const struct endpoint_row *row = find_row(call, target, path);
	if (row == NULL)
		return;
	const char *query = target[path] == '?' ? target + path + 1 : "";
	bool well = served_form_urlencoded(form, query, strlen(query));
	if (well && call->view->method == HTTP_POST)
		well = served_form_body(form, call->view->content_type, call->view->body,
					call->view->body_length);
	if (!well) {
		served_refuse(call, 400, 20001);
		return;
	}
	dispatch(call, row);
}

void served_rest_request(void *user, const struct service_host *host,
			 struct service_request *request, const struct service_request_view *view)
{
	struct lighter_service *service = user;
	struct served_form form = {0};
	struct served_call call = {.service = service,
				   .host = host,
				   .request = request,
				   .view = view,
				   .form = &form,
				   .status = 200};
	const struct fault_occasion occasion = served_occasion(service);
	if (served_strikes(service, "net.down", NULL)) {
		served_sockets_cut(service);
		served_hold(&call, 0, NULL);
	} else if (trading_floor_down(service->floor))
		page(&call, 503, MAINTENANCE_PAGE);
	else if (served_strikes(service, "rate.firewall", NULL))
		page(&call, 405, FIREWALL_PAGE);
	else
		route(&call, &form);
	if (!call.taken && call.body.failed)
		served_refuse(&call, 500, 29500);
	int64_t delay_ms =
		service->faults != NULL
			? fault_plan_number(service->faults, "rest.delay_ms", &occasion, 0)
			: 0;
	if (!call.taken && delay_ms > 0)
		served_hold(&call, delay_ms * NS_PER_MS, NULL);
	if (!call.taken)
		give(host, request, call.status, call.content_type, &call.body);
	served_text_free(&call.body);
	served_form_free(&form);
}
