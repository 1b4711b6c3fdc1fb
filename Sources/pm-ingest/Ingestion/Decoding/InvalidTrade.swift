/// The reason why an object of a feed is not a valid trade.
struct InvalidTrade: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
