// Nothing here needs a shim: `inflateInit2` and `deflateInit2` are macros, but the functions behind them,
// with an underscore at their end, are part of zlib's interface and import as they are.
#include <zlib.h>
