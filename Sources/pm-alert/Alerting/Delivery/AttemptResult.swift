/// The result of one attempt to deliver a message, as the channel interprets the receiver's answer.
package enum AttemptResult: Sendable, Equatable {
    /// - Parameters:
    ///   - reference: The receiver's id of the message, with which a follow-up can edit it.
    ///   - pause: The time for which the receiver accepts no further message.
    case delivered(reference: String?, pause: Duration? = nil)
    /// The receiver asks for fewer messages, and for none within this time if it names one.
    case rateLimited(Duration?)
    /// The message to edit does not exist any more.
    case editTargetMissing
    /// A later attempt may succeed.
    case failed(String)
    /// The receiver will never accept this message.
    case rejected(String)
    /// The receiver will never accept any message: it is gone, or has blocked us.
    case closed(String)
}
