/// A valid value of each option, for errors about an invalid one.
package enum OptionExample {
    /// Returns a valid value of an option.
    ///
    /// - Parameters:
    ///   - option: The option's name without dashes, such as `min-value`.
    ///   - valueName: The name of its value in the help, such as `usd`; `nil` when unknown.
    package static func value(of option: String, valueName: String?) -> String? {
        byOption[option] ?? valueName.flatMap { byValueName[$0] }
    }

    private static let byOption = [
        "gamma-url": "https://gamma-api.polymarket.com", "data-url": "https://data-api.polymarket.com",
        "clob-url": "https://clob.polymarket.com", "polygon-url": "https://polygon-rpc.com",
        "feed": "activity", "data-api": "v2-then-v1", "speed": "10", "chaos": "freeze=30s,dup=1%",
        "fsync": "batch",
        "wallet": "0x6af75d4e4aaf700450efbac3708cce1665810ff1", "side": "BUY", "tier": "WHALE=8001",
        "max-price": "0.97", "since": "2026-01-31T18:00:00Z", "until": "2026-01-31T18:00:00Z",
        "from": "2026-01-31T18:00:00Z", "log-format": "text", "log-level": "info", "in-doubt": "resend",
        "grade": "alerts", "accumulation": "20000", "informed-score": "70",
        "live-origin": "https://trades.example.org",
        "stages": "pm-ingest,pm-filter", "smtp": "smtp://localhost:25", "smtp-tls": "always",
        "port": "8787", "seed": "1", "email": "name@example.com", "roles": "all", "older-than": "90d",
        "url": "wss://ws-live-data.polymarket.com", "tiers": "WHALE,GOD_WHALE", "sides": "BUY",
        "types": "WHALE_MOVEMENT,SMART_MONEY_ENTRY", "categories": "politics,sports",
        "wallets": "0x6af75d4e4aaf700450efbac3708cce1665810ff1", "markets": "50",
    ]

    private static let byValueName = [
        "time": "30s", "period": "30s", "bytes": "64M", "size": "64M", "n": "4", "number": "4", "count": "4",
        "lines": "5000", "rows": "5000", "seq": "1200", "usd": "5000", "price": "0.97", "port": "8787",
        "host:port": "127.0.0.1:8787",
    ]
}
