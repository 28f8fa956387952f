#include "src/import/import_session.h"
bool import_csv(struct import_session *session, struct error *err)
{
	(void)session;
	return error_set(err, ERROR_CONFIGURATION, "not yet");
}
