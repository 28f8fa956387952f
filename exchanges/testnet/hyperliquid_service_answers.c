/* Answers: over HTTP or over a socket, now or later, whole or spoiled (§2.7, §5.5). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE_ACK_NS (50 * NS_PER_MS)

/* ---- what waits --------------------------------------------------------------------------------
 */

struct hyper_pending *hyper_pending_create(struct hyperliquid_service *service,
					   const struct hyper_address_of_answer *to)
{
	struct hyper_pending *pending =
		service->pending_count < HYPER_PENDING_MAX ? calloc(1, sizeof(*pending)) : NULL;
	if (pending == NULL) {
		if (to->request != NULL)
			to->host->drop(to->request, false);
		return NULL;
	}
	pending->service = service;
	pending->to = *to;
	pending->status = 200;
	pending->kind = "default";
	pending->next = service->pending;
	service->pending = pending;
	service->pending_count++;
	if (to->socket != NULL)
		to->socket->posts++;
	return pending;
}

void hyper_pending_free(struct hyper_pending *pending)
{
	struct hyperliquid_service *service = pending->service;
	struct hyper_pending **at = &service->pending;
	while (*at != pending)
		at = &(*at)->next;
	*at = pending->next;
	service->pending_count--;
	scheduler_cancel(service->scheduler, pending->due);
	for (unsigned i = 0; i < pending->slot_count; i++) {
		if (pending->slots[i].kind != HYPER_SLOT_DONE && pending->slots[i].order != NULL)
			pending->slots[i].order->waiters--;
	}
	if (pending->to.socket != NULL)
		pending->to.socket->posts--;
	free(pending->slots);
	served_text_free(&pending->body);
	free(pending);
}

void hyper_answers_free(struct hyperliquid_service *service)
{
	while (service->pending != NULL)
		hyper_pending_free(service->pending);
}

/* Nobody waits for the answer any more; what was begun goes on. */
static void orphan(struct hyper_pending *pending)
{
	if (pending->to.socket != NULL)
		pending->to.socket->posts--;
	pending->to = (struct hyper_address_of_answer){.host = NULL};
	if (pending->open_slots == 0)
		hyper_pending_free(pending);
}

void hyper_answers_gone(void *user, struct service_request *request)
{
	struct hyperliquid_service *service = user;
	for (struct hyper_pending *at = service->pending; at != NULL; at = at->next) {
		if (at->to.request == request) {
			orphan(at);
			return;
		}
	}
}

void hyper_answers_socket_gone(struct hyperliquid_service *service,
			       const struct hyper_socket *socket)
{
	struct hyper_pending *at = service->pending;
	while (at != NULL) {
		struct hyper_pending *next = at->next;
		if (at->to.socket == socket)
			orphan(at);
		at = next;
	}
}

/* ---- giving ------------------------------------------------------------------------------------
 */

/* {"channel":"post","data":{"id":n,"response":{"type":..,"payload":..}}} */
static void give_post(struct hyper_socket *socket, uint64_t id, int status,
		      const struct served_text *body, bool action)
{
	struct served_text frame = {0};
	reply_open(&frame, NULL, '{');
	reply_text(&frame, "channel", "post");
	reply_open(&frame, "data", '{');
	reply_integer(&frame, "id", (int64_t)id);
	reply_open(&frame, "response", '{');
	if (status != 200) {
		char error[512];
		snprintf(error, sizeof(error), "%d: %s", status,
			 body->bytes != NULL ? body->bytes : "");
		reply_text(&frame, "type", "error");
		reply_text(&frame, "payload", error);
	} else {
		reply_text(&frame, "type", action ? "action" : "info");
		reply_value(&frame, "payload", body->bytes != NULL ? body->bytes : "null");
	}
	reply_close(&frame, '}');
	reply_close(&frame, '}');
	reply_close(&frame, '}');
	socket->last_post = id;
	hyper_socket_send(socket, &frame);
	served_text_free(&frame);
}

static void give(const struct hyper_address_of_answer *to, int status, const char *content_type,
		 const struct served_text *body)
{
	if (to->socket != NULL) {
		give_post(to->socket, to->post_id, status, body, to->action);
		return;
	}
	const struct service_answer answer = {
		.status = status,
		.content_type = content_type,
		.body = body->length > 0 ? body->bytes : "",
		.length = body->length,
	};
	to->host->answer(to->request, &answer);
}

static void due(void *user)
{
	struct hyper_pending *pending = user;
	pending->due = 0;
	if (pending->to.host != NULL)
		give(&pending->to, pending->status, pending->content_type, &pending->body);
	hyper_pending_free(pending);
}

void hyper_answer(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		  int status, const char *content_type, const struct served_text *body,
		  int64_t delay_ns)
{
	delay_ns += hyper_fault_number(service, "rest.delay_ms", 0) * NS_PER_MS;
	if (delay_ns <= 0) {
		give(to, status, content_type, body);
		return;
	}
	struct hyper_pending *pending = hyper_pending_create(service, to);
	if (pending == NULL)
		return;
	pending->status = status;
	pending->content_type = content_type;
	reply_raw(&pending->body, body->bytes != NULL ? body->bytes : "", body->length);
	pending->due =
		scheduler_after(service->scheduler, delay_ns, SCHEDULE_COMPLETION, due, pending);
}

/* ---- actions -----------------------------------------------------------------------------------
 */

static void put_statuses(struct served_text *body, const struct hyper_pending *pending)
{
	reply_open(body, "data", '{');
	reply_open(body, "statuses", '[');
	for (unsigned i = 0; i < pending->slot_count; i++)
		reply_value(body, NULL, pending->slots[i].status);
	reply_close(body, ']');
	reply_close(body, '}');
}

static void put_accepted(struct served_text *body, const struct hyper_pending *pending)
{
	reply_open(body, NULL, '{');
	reply_text(body, "status", "ok");
	reply_open(body, "response", '{');
	reply_text(body, "type", pending->kind);
	if (strcmp(pending->kind, "default") != 0)
		put_statuses(body, pending);
	reply_close(body, '}');
	reply_close(body, '}');
}

static void put_refused(struct served_text *body, const char *text)
{
	reply_open(body, NULL, '{');
	reply_text(body, "status", "err");
	reply_text(body, "response", text);
	reply_close(body, '}');
}

static void replace(struct served_text *body, const char *text)
{
	served_text_clear(body);
	reply_raw(body, text, strlen(text));
}

static void close_connection(struct hyper_pending *pending, bool reset)
{
	const struct hyper_address_of_answer to = pending->to;
	if (to.socket != NULL) {
		hyper_socket_condemn(to.socket);
	} else {
		pending->to.request = NULL;
		to.host->drop(to.request, reset);
	}
}

/* False: there is no answer to give. */
static bool spoil(struct hyper_pending *pending)
{
	static const char PAGE[] = "<html><head><title>502 Bad Gateway</title></head><body>"
				   "<center><h1>502 Bad Gateway</h1></center></body></html>";
	struct served_text *body = &pending->body;
	switch (pending->spoil) {
	case HYPER_SPOIL_NOTHING:
		return true;
	case HYPER_SPOIL_DROP:
		return false;
	case HYPER_SPOIL_CLOSE:
	case HYPER_SPOIL_RESET:
		close_connection(pending, pending->spoil == HYPER_SPOIL_RESET);
		return false;
	case HYPER_SPOIL_STATUS:
		pending->status = pending->spoil_status;
		pending->content_type = pending->spoil_page[0] == '<' ? "text/html" : "text/plain";
		replace(body, pending->spoil_page);
		return true;
	case HYPER_SPOIL_TRUNCATED:
		if (body->length > 0)
			body->length /= 2;
		if (body->bytes != NULL)
			body->bytes[body->length] = '\0';
		return true;
	case HYPER_SPOIL_PAGE:
		pending->content_type = "text/html";
		replace(body, PAGE);
		return true;
	case HYPER_SPOIL_TYPE:
		replace(body, "{\"status\":\"ok\",\"response\":{\"type\":7,\"data\":"
			      "{\"statuses\":\"resting\"}}}");
		return true;
	case HYPER_SPOIL_EMPTY:
		served_text_clear(body);
		return true;
	}
	return true;
}

static void finish(struct hyper_pending *pending)
{
	struct hyperliquid_service *service = pending->service;
	if (pending->to.host == NULL) {
		hyper_pending_free(pending);
		return;
	}
	pending->status = 200;
	if (!spoil(pending)) {
		/* Over HTTP it waits until the peer goes; a socket's post is simply never
		 * answered. */
		if (pending->to.request == NULL)
			hyper_pending_free(pending);
		return;
	}
	if (pending->swapped && pending->to.socket != NULL)
		pending->to.post_id = pending->to.socket->last_post != 0
					      ? pending->to.socket->last_post
					      : pending->to.post_id + 1;
	int64_t delay_ns =
		pending->delay_ns + hyper_fault_number(service, "rest.delay_ms", 0) * NS_PER_MS;
	if (delay_ns > 0)
		pending->due = scheduler_after(service->scheduler, delay_ns, SCHEDULE_COMPLETION,
					       due, pending);
	else
		due(pending);
}

void hyper_pending_refuse(struct hyper_pending *pending, const char *text)
{
	pending->open_slots = 0;
	put_refused(&pending->body, text);
	finish(pending);
}

void hyper_pending_answer(struct hyper_pending *pending)
{
	if (pending->refusal != NULL) {
		hyper_pending_refuse(pending, pending->refusal);
		return;
	}
	put_accepted(&pending->body, pending);
	finish(pending);
}

/* ---- orders that answers wait for --------------------------------------------------------------
 */

static void release(struct hyper_pending *pending, struct hyper_slot *slot)
{
	slot->order->waiters--;
	slot->kind = HYPER_SLOT_DONE;
	pending->open_slots--;
}

static void send_replacements(void *user)
{
	struct hyper_pending *pending = user;
	struct hyperliquid_service *service = pending->service;
	pending->due = 0;
	for (unsigned i = 0; i < pending->slot_count; i++) {
		struct hyper_slot *slot = &pending->slots[i];
		struct hyper_order *replacement = slot->replacement;
		if (replacement == NULL || slot->kind != HYPER_SLOT_DONE)
			continue;
		slot->replacement = NULL;
		pending->open_slots--;
		hyper_order_send(service, replacement, slot, pending->expires_ns);
		if (slot->kind == HYPER_SLOT_PLACE)
			pending->open_slots++;
	}
	if (pending->open_slots == 0)
		hyper_actions_modified(pending);
}

static void order_ended(struct hyper_pending *pending, struct hyper_slot *slot)
{
	const struct hyper_order *order = slot->order;
	bool cancelled = order->floor->state == ORDER_STATE_CANCELLED;
	release(pending, slot);
	if (slot->replacement == NULL) {
		if (cancelled)
			snprintf(slot->status, sizeof(slot->status), "\"success\"");
		else
			hyper_slot_error(slot, HYPER_NEVER_PLACED, order->market);
		return;
	}
	if (!cancelled && !pending->always_place) {
		slot->replacement->lost = true;
		slot->replacement = NULL;
		hyper_slot_error(slot, HYPER_CANNOT_MODIFY, order->market);
		return;
	}
	/* Not from inside what the floor tells. */
	pending->open_slots++;
	if (pending->due == 0)
		pending->due = scheduler_at(pending->service->scheduler,
					    scheduler_now(pending->service->scheduler),
					    SCHEDULE_ORDER_EVENT, send_replacements, pending);
}

static void order_placed(struct hyper_pending *pending, struct hyper_slot *slot)
{
	const struct hyper_order *order = slot->order;
	if (order->lost)
		pending->refusal = "Action already expired";
	else
		hyper_order_answer(pending->service, order, slot->status);
	release(pending, slot);
}

static bool settle(struct hyper_pending *pending, struct hyper_order *order)
{
	bool settled = false;
	for (unsigned i = 0; i < pending->slot_count; i++) {
		struct hyper_slot *slot = &pending->slots[i];
		if (slot->order != order)
			continue;
		switch (slot->kind) {
		case HYPER_SLOT_DONE:
			continue;
		case HYPER_SLOT_PLACE:
			order_placed(pending, slot);
			break;
		case HYPER_SLOT_CANCEL:
		case HYPER_SLOT_MODIFY:
			if (order->floor->state == ORDER_STATE_OPEN)
				continue;
			order_ended(pending, slot);
			break;
		}
		settled = true;
	}
	return settled;
}

void hyper_pending_order_changed(struct hyperliquid_service *service, struct hyper_order *order)
{
	struct hyper_pending *at = service->pending;
	while (order->waiters > 0 && at != NULL) {
		struct hyper_pending *next = at->next;
		if (at->open_slots > 0 && settle(at, order) && at->open_slots == 0) {
			if (hyper_strikes_in(service, "ws.before_ack", order->market, true,
					     order->buy, NULL))
				at->delay_ns += BEFORE_ACK_NS;
			hyper_actions_modified(at);
		}
		at = next;
	}
}
