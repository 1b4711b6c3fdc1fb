/// A service's answer to one request, after all attempts.
package enum LookupAnswer: Sendable {
    case body([UInt8])
    /// 404, 410 or 501: there is no such thing. Of a route of the Data API: perhaps the route itself is gone.
    case absent(status: Int)
    case failed(String)
}
