/// A service's answer to one request, after all attempts.
package enum LookupAnswer: Sendable {
    case body([UInt8])
    /// 404.
    case notFound
    case failed(String)
}
