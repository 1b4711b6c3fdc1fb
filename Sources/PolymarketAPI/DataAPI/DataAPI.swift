/// The Data API, which knows the trades of the exchange and the results of its wallets:
/// `data-api.polymarket.com`.
///
/// Each read is a value in a file of its own: it makes the requests and reads the answers of both versions,
/// and gives the same rows for both.
package enum DataAPI {}
