#include "execution/intent_sink.h"

#include <stdlib.h>

const char *intent_purpose_text(enum intent_purpose purpose)
{
	switch (purpose) {
	case INTENT_OPEN:
		return "open";
	case INTENT_CLOSE:
		return "close";
	case INTENT_HEDGE:
		return "hedge";
	case INTENT_TRIM:
		return "trim";
	case INTENT_UNWIND:
		return "unwind";
	}
	abort();
	return "";
}
