/*
 * The official Lighter cases (venues/lighter.md §4.12), op by op. Every member of `in` and `out`
 * must be known to its op and is compared, so that a new kind of check cannot pass unseen.
 */
#include "tests/support/vector_cases.h"

#include "exchanges/lighter/lighter_sign.h"
#include "exchanges/lighter/poseidon2.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct single {
	const cJSON *in, *out;
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 2, 3))) static bool fails(const struct single *single,
							const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(single->why, single->why_size, format, arguments);
	va_end(arguments);
	return false;
}

/* ---- reading; what is missing or malformed reads as something that cannot be right ---- */

static const cJSON *member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *object, const char *key)
{
	const cJSON *item = member(object, key);
	return cJSON_IsString(item) ? item->valuestring : "";
}

static bool u64_of(const cJSON *item, uint64_t *out)
{
	char *end;
	if (!cJSON_IsString(item) || item->valuestring[0] < '0' || item->valuestring[0] > '9')
		return false;
	*out = strtoull(item->valuestring, &end, 10);
	return *end == '\0';
}

static bool i64_of(const cJSON *item, int64_t *out)
{
	char *end;
	if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
		return false;
	*out = strtoll(item->valuestring, &end, 10);
	return *end == '\0';
}

#define ELEMENTS_MAX 64

/* An array of elements; count or SIZE_MAX. */
static size_t elements_of(const cJSON *array, uint64_t out[ELEMENTS_MAX])
{
	size_t count = 0;
	const cJSON *item;
	if (!cJSON_IsArray(array))
		return SIZE_MAX;
	cJSON_ArrayForEach(item, array) if (count == ELEMENTS_MAX ||
					    !u64_of(item, &out[count++])) return SIZE_MAX;
	return count;
}

static bool quintic_of(const cJSON *array, struct quintic *out)
{
	uint64_t elements[ELEMENTS_MAX];
	if (elements_of(array, elements) != 5)
		return false;
	memcpy(out->c, elements, sizeof(out->c));
	return true;
}

static bool scalar_of(const cJSON *object, const char *key, struct scalar *out)
{
	uint8_t bytes[SCALAR_BYTES];
	return vector_hex(text_of(object, key), bytes, sizeof(bytes)) &&
	       scalar_from_bytes(out, bytes) != 0;
}

static bool point_of(const cJSON *object, const char *key, struct ecgfp5_point *out)
{
	uint8_t bytes[ECGFP5_BYTES];
	struct quintic w;
	return vector_hex(text_of(object, key), bytes, sizeof(bytes)) &&
	       quintic_from_bytes(&w, bytes) && ecgfp5_decode_vartime(out, &w);
}

/* ---- comparing with a member of out ---- */

static bool is_bytes(const struct single *single, const char *key, const uint8_t *bytes,
		     size_t length)
{
	uint8_t expected[256];
	if (length > sizeof(expected) || !vector_hex(text_of(single->out, key), expected, length))
		return fails(single, "out.%s is not %zu bytes of hex", key, length);
	if (memcmp(expected, bytes, length) != 0)
		return fails(single, "%s differs", key);
	return true;
}

static bool is_number(const struct single *single, const char *key, uint64_t value)
{
	uint64_t expected;
	if (!u64_of(member(single->out, key), &expected))
		return fails(single, "out.%s is no number", key);
	if (expected != value)
		return fails(single, "%s is %llu, not %llu", key, (unsigned long long)value,
			     (unsigned long long)expected);
	return true;
}

static bool is_text(const struct single *single, const char *key, const char *value)
{
	if (strcmp(text_of(single->out, key), value) != 0)
		return fails(single, "%s is \"%s\", not \"%s\"", key, value,
			     text_of(single->out, key));
	return true;
}

static bool is_bool(const struct single *single, const char *key, bool value)
{
	const cJSON *item = member(single->out, key);
	if (!cJSON_IsBool(item))
		return fails(single, "out.%s is no boolean", key);
	if (cJSON_IsTrue(item) != value)
		return fails(single, "%s is %s", key, value ? "true" : "false");
	return true;
}

static bool is_elements(const struct single *single, const char *key, const uint64_t *value,
			size_t count)
{
	uint64_t expected[ELEMENTS_MAX];
	if (elements_of(member(single->out, key), expected) != count)
		return fails(single, "out.%s is not %zu elements", key, count);
	if (memcmp(expected, value, count * sizeof(*value)) != 0)
		return fails(single, "%s differs", key);
	return true;
}

static bool is_quintic(const struct single *single, const char *key, const struct quintic *value)
{
	return is_elements(single, key, value->c, 5);
}

static bool is_quintic_bytes(const struct single *single, const char *key,
			     const struct quintic *value)
{
	uint8_t bytes[QUINTIC_BYTES];
	quintic_to_bytes(bytes, value);
	return is_bytes(single, key, bytes, sizeof(bytes));
}

static bool is_scalar(const struct single *single, const char *key, const struct scalar *value)
{
	uint8_t bytes[SCALAR_BYTES];
	scalar_to_bytes(bytes, value);
	return is_bytes(single, key, bytes, sizeof(bytes));
}

static bool is_point(const struct single *single, const char *key, const struct ecgfp5_point *value)
{
	struct quintic w;
	ecgfp5_encode(&w, value);
	return is_quintic_bytes(single, key, &w);
}

/* ---- fields ---- */

static bool check_fp(const struct single *single)
{
	uint64_t a, b, root = 0;
	if (!u64_of(member(single->in, "a"), &a) || !u64_of(member(single->in, "b"), &b))
		return fails(single, "a or b is no number");
	bool square = goldilocks_sqrt_vartime(a, &root);
	if (square != (goldilocks_legendre(a) <= 1))
		return fails(single, "Legendre symbol and root disagree");
	if (square != (member(single->out, "a_from_sqrt_squared") != NULL))
		return fails(single, "a_from_sqrt_squared is there only of a square");
	return is_number(single, "add", goldilocks_add(a, b)) &&
	       is_number(single, "sub", goldilocks_sub(a, b)) &&
	       is_number(single, "mul", goldilocks_mul(a, b)) &&
	       is_number(single, "neg_a", goldilocks_neg(a)) &&
	       is_number(single, "inv_a_or_zero", goldilocks_inverse(a)) &&
	       is_bool(single, "a_is_square", square) &&
	       (!square || is_number(single, "a_from_sqrt_squared", goldilocks_mul(root, root)));
}

/* The reference's choice of the two roots is the one with an odd c0. */
static bool check_root(const struct single *single, const struct quintic *a, const char *exists,
		       const char *key)
{
	struct quintic root;
	bool square = quintic_sqrt_vartime(&root, a);
	if (square && !(root.c[0] & 1))
		quintic_neg(&root, &root);
	if (square != (member(single->out, key) != NULL))
		return fails(single, "%s is there only of a square", key);
	return is_bool(single, exists, square) && (!square || is_quintic(single, key, &root));
}

static bool check_fp5(const struct single *single)
{
	struct quintic a, b, sum, difference, product, square, inverse, once, twice, again;
	uint8_t bytes[QUINTIC_BYTES];
	if (!quintic_of(member(single->in, "a"), &a) || !quintic_of(member(single->in, "b"), &b))
		return fails(single, "a or b is no element");
	quintic_add(&sum, &a, &b);
	quintic_sub(&difference, &a, &b);
	quintic_mul(&product, &a, &b);
	quintic_square(&square, &a);
	quintic_inverse(&inverse, &a);
	quintic_frobenius(&once, &a, 1);
	quintic_frobenius(&twice, &a, 2);
	quintic_to_bytes(bytes, &a);
	if (!quintic_from_bytes(&again, bytes) || !quintic_equal(&again, &a))
		return fails(single, "bytes do not give the element back");
	return is_bytes(single, "a_le_hex", bytes, sizeof(bytes)) &&
	       is_quintic(single, "add", &sum) && is_quintic(single, "sub", &difference) &&
	       is_quintic(single, "mul", &product) && is_quintic(single, "square_a", &square) &&
	       is_quintic(single, "inv_a", &inverse) && is_quintic(single, "frobenius_a", &once) &&
	       is_quintic(single, "frobenius2_a", &twice) &&
	       is_number(single, "legendre_a", quintic_legendre(&a)) &&
	       is_bool(single, "sgn0_a", !(a.c[0] & 1)) &&
	       check_root(single, &a, "canonical_sqrt_a_exists", "canonical_sqrt_a");
}

static bool check_fp5_sqrt(const struct single *single)
{
	struct quintic a;
	if (!quintic_of(member(single->in, "a"), &a))
		return fails(single, "a is no element");
	return check_root(single, &a, "exists", "canonical_sqrt");
}

/* ---- scalars ---- */

static bool check_scalar(const struct single *single)
{
	static const struct scalar ZERO = {{0}};
	struct scalar a, b, sum, difference, product, negated;
	if (!scalar_of(single->in, "a_le_hex", &a) || !scalar_of(single->in, "b_le_hex", &b))
		return fails(single, "a or b is no scalar");
	scalar_add(&sum, &a, &b);
	scalar_sub(&difference, &a, &b);
	scalar_mul(&product, &a, &b);
	scalar_sub(&negated, &ZERO, &b);
	return is_scalar(single, "add", &sum) && is_scalar(single, "sub", &difference) &&
	       is_scalar(single, "mul", &product) && is_scalar(single, "neg_b", &negated);
}

static bool check_scalar_from_bytes(const struct single *single)
{
	uint8_t bytes[SCALAR_BYTES];
	struct scalar scalar;
	if (!vector_hex(text_of(single->in, "bytes_le_hex"), bytes, sizeof(bytes)))
		return fails(single, "bytes_le_hex is not 40 bytes");
	scalar_from_bytes(&scalar, bytes);
	return is_scalar(single, "scalar_le_hex", &scalar);
}

static bool check_scalar_from_fp5(const struct single *single)
{
	uint8_t bytes[QUINTIC_BYTES];
	struct quintic element;
	struct scalar scalar;
	if (!quintic_of(member(single->in, "fp5"), &element))
		return fails(single, "fp5 is no element");
	quintic_to_bytes(bytes, &element);
	scalar_from_bytes(&scalar, bytes);
	return is_scalar(single, "scalar_le_hex", &scalar);
}

/* ---- hash ---- */

static bool check_permute(const struct single *single)
{
	uint64_t state[ELEMENTS_MAX];
	if (elements_of(member(single->in, "state"), state) != POSEIDON2_STATE)
		return fails(single, "state is not 12 elements");
	poseidon2_permute(state);
	return is_elements(single, "state", state, POSEIDON2_STATE);
}

static bool check_hash(const struct single *single, const char *key, size_t wanted)
{
	uint64_t elements[ELEMENTS_MAX], hash[POSEIDON2_STATE];
	size_t count = elements_of(member(single->in, "elements"), elements);
	if (count == SIZE_MAX)
		return fails(single, "elements are none");
	poseidon2_hash(elements, count, hash, wanted);
	return is_elements(single, key, hash, wanted);
}

static bool check_hash4(const struct single *single)
{
	return check_hash(single, "hash", 4);
}

static bool check_hash_to_12(const struct single *single)
{
	return check_hash(single, "elements", 12);
}

static bool check_hash_to_fp5(const struct single *single)
{
	uint64_t elements[ELEMENTS_MAX];
	struct quintic hash;
	size_t count = elements_of(member(single->in, "elements"), elements);
	if (count == SIZE_MAX)
		return fails(single, "elements are none");
	poseidon2_hash_to_fp5(elements, count, &hash);
	return is_quintic(single, "fp5", &hash) && is_quintic_bytes(single, "le_hex", &hash);
}

static bool check_two_to_one(const struct single *single)
{
	uint64_t left[ELEMENTS_MAX], right[ELEMENTS_MAX], hash[4];
	if (elements_of(member(single->in, "left"), left) != 4 ||
	    elements_of(member(single->in, "right"), right) != 4)
		return fails(single, "left or right is not 4 elements");
	poseidon2_two_to_one(left, right, hash);
	return is_elements(single, "hash", hash, 4);
}

/* ---- curve ---- */

static bool check_generator_mul(const struct single *single)
{
	struct scalar k;
	struct ecgfp5_point point, other;
	if (!scalar_of(single->in, "k_le_hex", &k))
		return fails(single, "k_le_hex is no scalar");
	ecgfp5_comb_multiply(&point, &ecgfp5_generator_comb, &k);
	ecgfp5_multiply_vartime(&other, &ecgfp5_generator, &k);
	if (!ecgfp5_equal(&point, &other))
		return fails(single, "the two ways to multiply disagree");
	return is_point(single, "encoded_le_hex", &point) &&
	       is_bool(single, "is_neutral", ecgfp5_equal(&point, &ecgfp5_neutral) != 0);
}

static bool check_point_ops(const struct single *single)
{
	struct scalar k;
	struct ecgfp5_point p, q, sum, doubled, added, multiple;
	if (!scalar_of(single->in, "k_le_hex", &k) || !point_of(single->in, "p_le_hex", &p) ||
	    !point_of(single->in, "q_le_hex", &q))
		return fails(single, "k, p or q is malformed");
	ecgfp5_add(&sum, &p, &q);
	ecgfp5_double(&doubled, &p, 1);
	ecgfp5_add(&added, &p, &p);
	if (!ecgfp5_equal(&doubled, &added))
		return fails(single, "doubling and adding to itself disagree");
	ecgfp5_multiply_vartime(&multiple, &p, &k);
	return is_point(single, "add", &sum) && is_point(single, "double_p", &doubled) &&
	       is_point(single, "k_mul_p", &multiple);
}

static bool check_point_decode(const struct single *single)
{
	uint8_t bytes[ECGFP5_BYTES];
	struct quintic w;
	struct ecgfp5_point point, doubled;
	if (!vector_hex(text_of(single->in, "w_le_hex"), bytes, sizeof(bytes)) ||
	    !quintic_from_bytes(&w, bytes))
		return fails(single, "w_le_hex is no element");
	bool decoded = ecgfp5_decode_vartime(&point, &w);
	if (!is_bool(single, "ok", decoded) || !decoded)
		return decoded ? false : cJSON_IsFalse(member(single->out, "ok"));
	if (member(single->out, "is_neutral") != NULL)
		return is_bool(single, "is_neutral", ecgfp5_equal(&point, &ecgfp5_neutral) != 0);
	ecgfp5_double(&doubled, &point, 1);
	return is_point(single, "reencoded_le_hex", &point) &&
	       is_point(single, "double_le_hex", &doubled);
}

/* ---- signature ---- */

static bool key_of(const struct single *single, struct lighter_key *key)
{
	struct error err;
	if (!lighter_key_load(text_of(single->in, "private_key_hex"), key, &err))
		return fails(single, "%s", err.text);
	return is_bytes(single, "public_key_hex", key->public_key, sizeof(key->public_key));
}

static bool check_public_key(const struct single *single)
{
	struct lighter_key key;
	return key_of(single, &key);
}

static bool check_sign_with_k(const struct single *single)
{
	struct lighter_key key;
	struct scalar secret, k;
	struct ecgfp5_point commitment;
	struct quintic message;
	uint8_t bytes[QUINTIC_BYTES], signature[SCHNORR_SIGNATURE_BYTES];
	if (!key_of(single, &key))
		return false;
	if (!scalar_of(single->in, "k_le_hex", &k) ||
	    !vector_hex(text_of(single->in, "message_le_hex"), bytes, sizeof(bytes)) ||
	    !quintic_from_bytes(&message, bytes))
		return fails(single, "k or message is malformed");
	scalar_from_bytes(&secret, key.secret);
	ecgfp5_comb_multiply(&commitment, &ecgfp5_generator_comb, &k);
	schnorr_sign_with_k(&secret, &k, &message, signature);
	if (!lighter_verify(key.public_key, bytes, signature) ||
	    !schnorr_verifier_check_vartime(&key.verifier, &message, signature))
		return fails(single, "the signature does not verify");
	return is_point(single, "r_le_hex", &commitment) &&
	       is_bytes(single, "signature_hex", signature, sizeof(signature));
}

static bool check_verify(const struct single *single)
{
	uint8_t public_key[ECGFP5_BYTES], hash[QUINTIC_BYTES], signature[SCHNORR_SIGNATURE_BYTES];
	if (!vector_hex(text_of(single->in, "public_key_hex"), public_key, sizeof(public_key)) ||
	    !vector_hex(text_of(single->in, "message_le_hex"), hash, sizeof(hash)) ||
	    !vector_hex(text_of(single->in, "signature_hex"), signature, sizeof(signature)))
		return fails(single, "key, message or signature is malformed");
	return is_bool(single, "valid", lighter_verify(public_key, hash, signature));
}

/* ---- transactions ---- */

static const struct {
	const char *kind;
	enum lighter_transaction_type type;
} KINDS[] = {
	{"create_order", LIGHTER_CREATE_ORDER},
	{"cancel_order", LIGHTER_CANCEL_ORDER},
	{"cancel_all_orders", LIGHTER_CANCEL_ALL},
	{"modify_order", LIGHTER_MODIFY_ORDER},
	{"update_leverage", LIGHTER_UPDATE_LEVERAGE},
	{"update_margin", LIGHTER_UPDATE_MARGIN},
	{"change_pub_key", LIGHTER_CHANGE_PUB_KEY},
	{"create_grouped_orders", LIGHTER_CREATE_GROUPED_ORDERS},
};

/* Reads each named member into its place; counts them, so that an unknown one is seen. */
struct place {
	const char *name;
	int64_t *wide;
	int *narrow;
};

static bool read_places(const cJSON *fields, const struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value;
		if (!i64_of(member(fields, places[i].name), &value))
			return false;
		if (places[i].wide != NULL)
			*places[i].wide = value;
		else
			*places[i].narrow = (int)value;
	}
	return (size_t)cJSON_GetArraySize(fields) == count;
}
#define READ(fields, ...)                                                                          \
	read_places(fields, (const struct place[]){__VA_ARGS__},                                   \
		    sizeof((const struct place[]){__VA_ARGS__}) / sizeof(struct place))

static bool read_order(const cJSON *fields, struct lighter_order *order)
{
	return READ(fields, {"MarketIndex", NULL, &order->market_index},
		    {"ClientOrderIndex", &order->client_order_index, NULL},
		    {"BaseAmount", &order->base_amount, NULL}, {"Price", &order->price, NULL},
		    {"IsAsk", NULL, &order->is_ask}, {"Type", NULL, &order->type},
		    {"TimeInForce", NULL, &order->time_in_force},
		    {"ReduceOnly", NULL, &order->reduce_only},
		    {"TriggerPrice", &order->trigger_price, NULL},
		    {"OrderExpiry", &order->order_expiry_ms, NULL});
}

static bool read_group(const cJSON *fields, struct lighter_transaction *transaction)
{
	int64_t grouping;
	const cJSON *order;
	if (cJSON_GetArraySize(fields) != 2 || !i64_of(member(fields, "GroupingType"), &grouping))
		return false;
	transaction->u.grouped.grouping = (int)grouping;
	cJSON_ArrayForEach(
		order,
		member(fields,
		       "Orders")) if (transaction->u.grouped.count == LIGHTER_GROUP_MAX ||
				      !read_order(order,
						  &transaction->u.grouped
							   .orders[transaction->u.grouped
									   .count++])) return false;
	return true;
}

static bool read_fields(const cJSON *fields, struct lighter_transaction *transaction)
{
	switch (transaction->type) {
	case LIGHTER_CREATE_ORDER:
		return read_order(fields, &transaction->u.create);
	case LIGHTER_CANCEL_ORDER:
		return READ(fields, {"MarketIndex", NULL, &transaction->u.cancel.market_index},
			    {"Index", &transaction->u.cancel.index, NULL});
	case LIGHTER_CANCEL_ALL:
		return READ(fields, {"TimeInForce", NULL, &transaction->u.cancel_all.time_in_force},
			    {"Time", &transaction->u.cancel_all.time_ms, NULL});
	case LIGHTER_MODIFY_ORDER:
		return READ(fields, {"MarketIndex", NULL, &transaction->u.modify.market_index},
			    {"Index", &transaction->u.modify.index, NULL},
			    {"BaseAmount", &transaction->u.modify.base_amount, NULL},
			    {"Price", &transaction->u.modify.price, NULL},
			    {"TriggerPrice", &transaction->u.modify.trigger_price, NULL});
	case LIGHTER_UPDATE_LEVERAGE:
		return READ(fields, {"MarketIndex", NULL, &transaction->u.leverage.market_index},
			    {"InitialMarginFraction", NULL,
			     &transaction->u.leverage.initial_margin_fraction},
			    {"MarginMode", NULL, &transaction->u.leverage.margin_mode});
	case LIGHTER_UPDATE_MARGIN:
		return READ(fields, {"MarketIndex", NULL, &transaction->u.margin.market_index},
			    {"USDCAmount", &transaction->u.margin.usdc_amount, NULL},
			    {"Direction", NULL, &transaction->u.margin.direction});
	case LIGHTER_CREATE_GROUPED_ORDERS:
		return read_group(fields, transaction);
	case LIGHTER_CHANGE_PUB_KEY:
		transaction->u.change_key.l1_signature = "";
		return cJSON_GetArraySize(fields) == 1 &&
		       vector_hex(text_of(fields, "PubKey_hex"),
				  transaction->u.change_key.public_key, 40);
	}
	return false;
}

static bool read_kind(const struct single *single, struct lighter_transaction *transaction)
{
	const char *kind = text_of(single->in, "kind");
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (strcmp(KINDS[i].kind, kind) == 0) {
			transaction->type = KINDS[i].type;
			if (read_fields(member(single->in, "fields"), transaction))
				return true;
			return fails(single, "fields of %s are not those known", kind);
		}
	return fails(single, "unknown kind \"%s\"", kind);
}

static bool read_attributes(const cJSON *object, struct lighter_attributes *attributes)
{
	const cJSON *item;
	if (cJSON_IsNull(object))
		return true;
	if (!cJSON_IsObject(object))
		return false;
	cJSON_ArrayForEach(item, object)
	{
		int type = item->string[0] - '0';
		if (type < 1 || type >= LIGHTER_ATTRIBUTE_TYPES || item->string[1] != '\0' ||
		    !i64_of(item, &attributes->value[type]))
			return false;
		attributes->present |= 1u << type;
	}
	return true;
}

/* Compares two tx_info texts but for the 108 characters of Sig. */
static bool same_but_signature(const char *expected, const char *made)
{
	const char *sig = strstr(expected, "\"Sig\":\"");
	if (sig == NULL || strlen(expected) != strlen(made))
		return false;
	size_t before = (size_t)(sig + strlen("\"Sig\":\"") - expected);
	return memcmp(expected, made, before) == 0 &&
	       strcmp(expected + before + 108, made + before + 108) == 0;
}

static const uint8_t EXTRA[32] = "any 32 bytes, the same each time";

/* The text that the account's Ethereum key signs (§4.11); the adapter does not need it. */
static bool check_l1_message(const struct single *single,
			     const struct lighter_transaction *transaction)
{
	char text[512];
	if ((transaction->type == LIGHTER_CHANGE_PUB_KEY) !=
	    (member(single->out, "l1_message_to_sign") != NULL))
		return fails(single, "l1_message_to_sign belongs to change_pub_key");
	if (transaction->type != LIGHTER_CHANGE_PUB_KEY)
		return true;
	snprintf(text, sizeof(text),
		 "Register Lighter Account\n\npubkey: 0x%s\nnonce: 0x%016llx\naccount index: "
		 "0x%016llx\napi key index: 0x%016llx\nOnly sign this message for a trusted "
		 "client!",
		 text_of(single->out, "public_key_hex"), (unsigned long long)transaction->nonce,
		 (unsigned long long)transaction->account_index,
		 (unsigned long long)transaction->api_key_index);
	return is_text(single, "l1_message_to_sign", text);
}

static bool check_tx(const struct single *single)
{
	struct lighter_transaction transaction = {0};
	struct lighter_signed made;
	struct lighter_key key;
	struct error err;
	int64_t chain_id, api_key_index;
	uint8_t hash[40], official[80];
	if (!read_kind(single, &transaction) || !key_of(single, &key))
		return false;
	if (!i64_of(member(single->in, "chain_id"), &chain_id) ||
	    !i64_of(member(single->in, "account_index"), &transaction.account_index) ||
	    !i64_of(member(single->in, "api_key_index"), &api_key_index) ||
	    !i64_of(member(single->in, "nonce"), &transaction.nonce) ||
	    !i64_of(member(single->in, "expired_at"), &transaction.expired_at_ms) ||
	    !read_attributes(member(single->in, "attributes"), &transaction.attributes))
		return fails(single, "a common member is malformed");
	transaction.api_key_index = (int32_t)api_key_index;
	if (!lighter_hash((uint32_t)chain_id, &transaction, hash, &err) ||
	    !lighter_sign(&key, (uint32_t)chain_id, &transaction, EXTRA, &made, &err))
		return fails(single, "%s", err.text);
	if (!is_bytes(single, "tx_hash_hex", hash, sizeof(hash)) ||
	    !is_bytes(single, "tx_hash_hex", made.hash, sizeof(made.hash)) ||
	    !is_text(single, "tx_hash_hex", made.hash_hex) ||
	    !is_number(single, "tx_type", (uint64_t)made.type) ||
	    !check_l1_message(single, &transaction))
		return false;
	if (!same_but_signature(text_of(single->out, "tx_info"), made.tx_info))
		return fails(single, "tx_info differs: %s", made.tx_info);
	if (!lighter_verify(key.public_key, hash, made.signature))
		return fails(single, "our signature does not verify");
	if (!vector_hex(text_of(single->out, "signature_hex"), official, sizeof(official)) ||
	    !lighter_verify(key.public_key, hash, official))
		return fails(single, "the official signature does not verify");
	return true;
}

static bool check_rejected(const struct single *single)
{
	struct lighter_transaction transaction = {
		.account_index = 1, .api_key_index = 4, .nonce = 1, .expired_at_ms = 1755533857345};
	uint8_t hash[40];
	struct error err;
	if (!read_kind(single, &transaction))
		return false;
	if (text_of(single->out, "error")[0] == '\0')
		return fails(single, "out.error is missing");
	if (lighter_hash(LIGHTER_CHAIN_TESTNET, &transaction, hash, &err))
		return fails(single, "was not refused (%s)", text_of(single->out, "error"));
	return true;
}

static bool check_auth_token(const struct single *single)
{
	struct lighter_key key;
	struct error err;
	int64_t deadline_s, account_index, api_key_index;
	const char *message = text_of(single->out, "message"), *official;
	char token[LIGHTER_AUTH_TOKEN_MAX];
	uint8_t hash[40], signature[80];
	uint64_t elements[ELEMENTS_MAX] = {0};
	size_t length = strlen(message);
	if (!key_of(single, &key))
		return false;
	if (!i64_of(member(single->in, "deadline_unix_s"), &deadline_s) ||
	    !i64_of(member(single->in, "account_index"), &account_index) ||
	    !i64_of(member(single->in, "api_key_index"), &api_key_index))
		return fails(single, "deadline, account or key is malformed");
	if (!lighter_auth_token(&key, deadline_s, account_index, (int32_t)api_key_index, EXTRA,
				token, &err))
		return fails(single, "%s", err.text);
	official = text_of(single->out, "token");
	if (strncmp(token, message, length) != 0 || token[length] != ':' ||
	    strncmp(official, message, length) != 0 || official[length] != ':')
		return fails(single, "token does not begin with the message");
	for (size_t i = 0; i < length && i / 8 < ELEMENTS_MAX; i++)
		elements[i / 8] |= (uint64_t)(uint8_t)message[i] << (8 * (i % 8));
	lighter_auth_hash(message, length, hash);
	if (!is_elements(single, "field_elements", elements, (length + 7) / 8) ||
	    !is_bytes(single, "message_hash_le_hex", hash, sizeof(hash)))
		return false;
	if (!vector_hex(token + length + 1, signature, sizeof(signature)) ||
	    !lighter_verify(key.public_key, hash, signature))
		return fails(single, "our token does not verify");
	if (!vector_hex(official + length + 1, signature, sizeof(signature)) ||
	    !lighter_verify(key.public_key, hash, signature))
		return fails(single, "the official token does not verify");
	return true;
}

/* ---- the table of ops ---- */

static const struct {
	const char *op;
	bool (*check)(const struct single *single);
	const char *in, *out; /* every member that may be there, between blanks */
} OPS[] = {
	{"fp", check_fp, " a b ",
	 " add sub mul neg_a inv_a_or_zero a_is_square a_from_sqrt_squared "},
	{"fp5", check_fp5, " a b ",
	 " a_le_hex add sub mul square_a inv_a frobenius_a frobenius2_a legendre_a sgn0_a "
	 "canonical_sqrt_a_exists canonical_sqrt_a "},
	{"fp5_sqrt", check_fp5_sqrt, " a ", " exists canonical_sqrt "},
	{"scalar", check_scalar, " a_le_hex b_le_hex ", " add sub mul neg_b "},
	{"scalar_from_bytes_mod_n", check_scalar_from_bytes, " bytes_le_hex ", " scalar_le_hex "},
	{"scalar_from_fp5", check_scalar_from_fp5, " fp5 ", " scalar_le_hex "},
	{"poseidon2_permute", check_permute, " state ", " state "},
	{"poseidon2_hash_to_fp5", check_hash_to_fp5, " elements ", " fp5 le_hex "},
	{"poseidon2_hash_no_pad_4", check_hash4, " elements ", " hash "},
	{"poseidon2_hash_n_to_12", check_hash_to_12, " elements ", " elements "},
	{"poseidon2_two_to_one", check_two_to_one, " left right ", " hash "},
	{"generator_mul", check_generator_mul, " k_le_hex ", " encoded_le_hex is_neutral "},
	{"point_ops", check_point_ops, " k_le_hex p_le_hex q_le_hex ", " add double_p k_mul_p "},
	/* weierstrass_*: coordinates of another form of the curve, which nothing here computes. */
	{"point_decode", check_point_decode, " w_le_hex ",
	 " ok is_neutral reencoded_le_hex double_le_hex weierstrass_x weierstrass_y "},
	{"public_key", check_public_key, " private_key_hex note ", " public_key_hex "},
	{"schnorr_sign_with_k", check_sign_with_k, " k_le_hex message_le_hex private_key_hex ",
	 " public_key_hex r_le_hex signature_hex "},
	{"schnorr_verify", check_verify, " message_le_hex note public_key_hex signature_hex ",
	 " valid "},
	{"tx", check_tx,
	 " account_index api_key_index attributes chain_id expired_at fields kind nonce "
	 "private_key_hex ",
	 " l1_message_to_sign public_key_hex signature_hex tx_hash_hex tx_info tx_type "},
	{"tx_rejected_by_client_validation", check_rejected, " fields kind ", " error "},
	{"auth_token", check_auth_token,
	 " account_index api_key_index deadline_unix_s private_key_hex ",
	 " field_elements message message_hash_le_hex public_key_hex token "},
};

static bool all_known(const struct single *single, const cJSON *object, const char *known)
{
	const cJSON *item;
	if (!cJSON_IsObject(object) || object->child == NULL)
		return fails(single, "in or out is missing");
	cJSON_ArrayForEach(item, object)
	{
		char wanted[64];
		snprintf(wanted, sizeof(wanted), " %s ", item->string);
		if (strstr(known, wanted) == NULL)
			return fails(single, "member \"%s\" is not known", item->string);
	}
	return true;
}

bool vector_case_lighter(const cJSON *single, char *why, size_t why_size)
{
	struct single read = {member(single, "in"), member(single, "out"), why, why_size};
	const char *op = text_of(single, "op");
	for (size_t i = 0; i < sizeof(OPS) / sizeof(OPS[0]); i++)
		if (strcmp(OPS[i].op, op) == 0)
			return all_known(&read, read.in, OPS[i].in) &&
			       all_known(&read, read.out, OPS[i].out) && OPS[i].check(&read);
	return fails(&read, "unknown op \"%s\"", op);
}
