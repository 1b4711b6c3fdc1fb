/// The last reply of a mail server.
package struct MailReply: Sendable {
    /// The reply code of RFC 5321, section 4.2: 250 if the message was accepted, 400 to 599 if not.
    package let code: Int
    /// libcurl's description of a reply that did not accept the message; empty if it was accepted.
    package let text: String
}

/// The end of one mail. Every mail that is started and not cancelled has exactly one.
package struct MailCompletion: Sendable {
    package let id: RequestID
    package let result: Result<MailReply, HTTPFailure>
}
