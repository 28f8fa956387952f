#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/exchange_client.h"
#include "src/commands/rec.h"
#include <stdio.h>
#include <string.h>

/*
 * A record of a session as one line: the same columns as an event, its own details as name=value.
 * What an answer holds is given by its size; the whole of it is for programs, not for people.
 */

static const char *const READS[READ_KINDS] = {
	[READ_INSTRUMENTS] = "instruments",
	[READ_FUNDING] = "funding",
	[READ_FUNDING_HISTORY] = "funding_history",
	[READ_DEPTH] = "depth",
	[READ_BBO] = "bbo",
	[READ_MARK] = "mark",
	[READ_OPEN_INTEREST] = "open_interest",
	[READ_VOLUME] = "volume",
	[READ_BALANCES] = "balances",
	[READ_POSITIONS] = "positions",
	[READ_OPEN_ORDERS] = "open_orders",
	[READ_ORDER] = "order",
	[READ_FILLS] = "fills",
	[READ_FUNDING_PAYMENTS] = "funding_payments",
	[READ_FEES] = "fees",
	[READ_SERVER_TIME] = "server_time",
	[READ_OVERVIEW] = "overview",
	[READ_FUNDING_EVIDENCE] = "funding_evidence",
	[READ_ACCESS] = "access",
	[READ_ORDER_ROOM] = "order_room",
	[READ_LEVERAGE] = "leverage",
};
static const char *const READ_OUTCOMES[] = {"value", "absent", "unknown"};
static const char *const COMMANDS[] = {
	[COMMAND_PLACE] = "place",
	[COMMAND_PLACE_BATCH] = "place_batch",
	[COMMAND_CANCEL] = "cancel",
	[COMMAND_CANCEL_ALL] = "cancel_all",
	[COMMAND_SET_LEVERAGE] = "set_leverage",
	[COMMAND_SET_MARGIN_MODE] = "set_margin_mode",
	[COMMAND_DEAD_MANS_SWITCH] = "dead_mans_switch",
};
static const char *const COMMAND_OUTCOMES[] = {"acknowledged", "rejected", "unknown"};
static const char *const ACCOUNT_KINDS[] = {"order",   "fill",	  "position",
					    "balance", "funding", "liquidation"};
static const char *const ORDER_STATES[] = {"open", "filled", "cancelled", "rejected"};
static const char *const PHASES[] = {"began", "leaving", "ended"};

#define NAME_OF(names, index)                                                                      \
	((size_t)(index) < sizeof(names) / sizeof((names)[0]) && (names)[index] ? (names)[index]   \
										: "?")

struct output {
	bool json;
	const struct instrument *instrument; /* NULL: none */
};

static void put(const struct output *out, const char *name, const char *value)
{
	if (out->json) {
		printf(",\"%s\":", name);
		rec_print_json(value);
	} else {
		printf(" %s=", name);
		rec_print_plain(value);
	}
}

static void put_number(const struct output *out, const char *name, long long value)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", value);
	put(out, name, text);
}

static void put_time(const struct output *out, const char *name, int64_t ns)
{
	char text[UTC_TEXT_MAX];
	utc_format(ns, 9, text, sizeof(text));
	put(out, name, text);
}

static void put_money(const struct output *out, const char *name, struct money money)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(money.e18, MONEY_DECIMALS, text, sizeof(text));
	put(out, name, text);
}

static void put_quantity(const struct output *out, const char *name, struct quantity quantity)
{
	char text[DECIMAL_TEXT_MAX];
	if (out->instrument)
		quantity_format(out->instrument, quantity, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%lld", (long long)quantity.units);
	put(out, name, text);
}

static void put_answer(const struct output *out, const struct recorded_answer *answer)
{
	put(out, "read", NAME_OF(READS, answer->kind));
	put(out, "outcome", NAME_OF(READ_OUTCOMES, answer->outcome));
	put_time(out, "requested", answer->requested_ns);
	if (answer->event_count > 0)
		put_number(out, "events", answer->event_count);
	if (answer->event_count == 1 && answer->events[0].kind == EVENT_BOOK)
		put_number(out, "levels",
			   (long long)answer->events[0].u.book.bid_count +
				   answer->events[0].u.book.ask_count);
	if (answer->account_count > 0)
		put_number(out, "account_events", answer->account_count);
	if (answer->row_count > 0)
		put_number(out, "rows", answer->row_count);
}

static void put_command(const struct output *out, const struct recorded_command *command)
{
	put(out, "command", NAME_OF(COMMANDS, command->kind));
	put(out, "outcome", NAME_OF(COMMAND_OUTCOMES, command->outcome));
	if (command->reason != REJECT_NONE)
		put(out, "reason", reject_reason_text((enum reject_reason)command->reason));
	put_number(out, "client_id", command->client_id);
	put_time(out, "requested", command->requested_ns);
	put(out, "order_id", command->texts[0]);
	put(out, "code", command->texts[1]);
	put(out, "text", command->texts[2]);
}

static void put_fill(const struct output *out, const struct account_event *event)
{
	char text[DECIMAL_TEXT_MAX];
	put_number(out, "client_id", event->u.fill.client_id);
	put(out, "side", side_text(event->u.fill.side));
	if (out->instrument) {
		price_format(out->instrument, event->u.fill.price, text, sizeof(text));
		put(out, "price", text);
	}
	put_quantity(out, "quantity", event->u.fill.quantity);
	put_money(out, "fee", event->u.fill.fee);
	put(out, "id", event->u.fill.trade_id);
}

static void put_account(const struct output *out, const struct account_event *event)
{
	put(out, "account", NAME_OF(ACCOUNT_KINDS, event->kind));
	switch (event->kind) {
	case ACCOUNT_ORDER:
		put_number(out, "client_id", event->u.order.client_id);
		put(out, "state", NAME_OF(ORDER_STATES, event->u.order.state));
		if (event->u.order.reason != REJECT_NONE)
			put(out, "reason", reject_reason_text(event->u.order.reason));
		put_quantity(out, "executed", event->u.order.executed);
		put(out, "order_id", event->u.order.venue_order_id);
		return;
	case ACCOUNT_FILL:
		put_fill(out, event);
		return;
	case ACCOUNT_POSITION:
		put_quantity(out, "quantity", event->u.position.quantity);
		return;
	case ACCOUNT_BALANCE:
		put_money(out, "total", event->u.balance.total);
		return;
	case ACCOUNT_FUNDING:
		put_time(out, "boundary", event->u.funding.boundary_ns);
		put_quantity(out, "position", event->u.funding.position);
		put_money(out, "amount", event->u.funding.amount);
		return;
	case ACCOUNT_LIQUIDATION:
		put_quantity(out, "quantity", event->u.liquidation.quantity);
		return;
	}
}

static void put_session(const struct output *out, const struct recorded_session *session)
{
	char seed[24];
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)session->seed);
	put(out, "session", NAME_OF(PHASES, session->phase));
	put(out, "mode", session->mode);
	put(out, "seed", seed);
	put(out, "program", session->program);
	if (session->next_client_id > 0)
		put_number(out, "next_client_id", session->next_client_id);
}

struct rec_entry rec_entry_of(const struct recording_entry *entry)
{
	switch (entry->kind) {
	case RECORDED_EVENT:
		return (struct rec_entry){rec_kind_text(entry->u.event.kind),
					  rec_event_ns(&entry->u.event), entry->u.event.venue,
					  entry->u.event.instrument};
	case RECORDED_ANSWER:
		return (struct rec_entry){"answer", entry->u.answer.received_ns,
					  entry->u.answer.venue, entry->u.answer.instrument};
	case RECORDED_COMMAND:
		return (struct rec_entry){"command", entry->u.command.received_ns,
					  entry->u.command.venue, entry->u.command.instrument};
	case RECORDED_ACCOUNT:
		return (struct rec_entry){"account", entry->u.account.local_ns,
					  entry->u.account.venue, entry->u.account.instrument};
	case RECORDED_SESSION:
		return (struct rec_entry){"session", entry->u.session.local_ns, 0, 0};
	}
	return (struct rec_entry){"?", 0, 0, 0};
}

static void put_details(const struct output *out, const struct recording_entry *entry)
{
	switch (entry->kind) {
	case RECORDED_EVENT:
		return;
	case RECORDED_ANSWER:
		put_answer(out, &entry->u.answer);
		return;
	case RECORDED_COMMAND:
		put_command(out, &entry->u.command);
		return;
	case RECORDED_ACCOUNT:
		put_account(out, &entry->u.account);
		return;
	case RECORDED_SESSION:
		put_session(out, &entry->u.session);
		return;
	}
}

void rec_dump_entry(enum rec_format format, const struct instrument_table *table,
		    const struct recording_entry *entry)
{
	struct rec_entry head = rec_entry_of(entry);
	struct output out = {.json = format == REC_JSON};
	char local[UTC_TEXT_MAX], exch[UTC_TEXT_MAX] = "";
	const char *gap = format == REC_CSV ? "," : "  ";
	if (head.instrument != 0)
		out.instrument = instrument_get(table, head.instrument);
	const char *venue = head.venue == 0 ? "" : venue_name(table, head.venue);
	const char *symbol = out.instrument ? out.instrument->symbol : "";
	utc_format(head.ns, 9, local, sizeof(local));
	if (entry->kind == RECORDED_ACCOUNT && entry->u.account.exch_ns != 0)
		utc_format(entry->u.account.exch_ns, 9, exch, sizeof(exch));
	if (out.json) {
		printf("{\"local\":\"%s\",\"exchange\":\"%s\",\"venue\":", local, exch);
		rec_print_json(venue);
		fputs(",\"symbol\":", stdout);
		rec_print_json(symbol);
		printf(",\"kind\":\"%s\"", head.kind);
		put_details(&out, entry);
		puts("}");
		return;
	}
	printf("%s%s%s%s", local, gap, exch, gap);
	rec_print_plain(venue);
	fputs(gap, stdout);
	rec_print_plain(symbol);
	printf("%s%s%s%s%s%s%s", gap, gap, head.kind, gap, gap, gap, gap);
	put_details(&out, entry);
	putchar('\n');
}
