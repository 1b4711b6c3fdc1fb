/// How one attempt at a request ended.
package enum Reply: Sendable {
    /// - Parameters:
    ///   - retryAfter: How long the service asked us to stay away, if it did.
    ///   - elapsed: From the request to the last byte of the answer.
    case answer(status: Int, retryAfter: Duration?, body: [UInt8], elapsed: Duration)
    /// There was no answer.
    case failure(String, isTransient: Bool)
}
