import PolymarketAPI

/// A request that a look-up needs, and how long to wait before it is queued.
struct FollowUp {
    let request: APIRequest
    var delay = Duration.zero

    init(_ request: APIRequest, after delay: Duration = .zero) {
        self.request = request
        self.delay = delay
    }
}
