#include "exchanges/exchange_client.h"

const char *order_type_text(enum order_type type)
{
	switch (type) {
	case ORDER_LIMIT:
		return "limit";
	case ORDER_POST_ONLY:
		return "post-only";
	case ORDER_IOC:
		return "ioc";
	case ORDER_MARKET:
		return "market";
	}
	return "?";
}
