#include <libpq-fe.h>

// Character macros upstream; Swift would import them as no `int`.
static const int pm_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int pm_diag_message_primary = PG_DIAG_MESSAGE_PRIMARY;
static const int pm_diag_message_detail = PG_DIAG_MESSAGE_DETAIL;
