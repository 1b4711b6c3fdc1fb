/// What a service said to one request, once all attempts are made.
package enum Answer: Sendable {
    case body([UInt8])
    /// 404: what was asked for is not there.
    case none
    case failed(String)
}
