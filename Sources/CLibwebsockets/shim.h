#include <libwebsockets.h>

/// Bytes `lws_write` needs free in front of a payload. A function-like macro
/// upstream, which Swift cannot import.
static const int pm_lws_pre = LWS_PRE;
