import CNATS

extension Connection {
    /// Publishes a message without waiting for the answer, which arrives in the ``Inbox`` under `number`.
    ///
    /// - Parameters:
    ///   - id: The id by which the server recognizes a second copy, within the stream's window for duplicates.
    ///   - number: Chosen by the caller, unique among the messages in flight.
    ///   - timeout: The longest wait for the server's answer; after it, the inbox reports a failure.
    /// - Throws: ``NATSError`` if the message could not be handed to the library; then no answer follows.
    package func publish(
        _ body: [UInt8], to subject: String, id: String, number: Int, timeout: Duration
    ) throws(NATSError) {
        guard let inbox else {
            preconditionFailure("a connection without an inbox cannot publish asynchronously")
        }
        var created: OpaquePointer?
        let status = body.withUnsafeBytes {
            natsMsg_Create(
                &created, subject, nil, $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count))
        }
        try check(status)
        guard let message = created else { throw NATSError(NATS_NO_MEMORY) }
        inbox.expect(number, for: message)
        var options = jsPubOptions()
        jsPubOptions_Init(&options)
        options.MaxWait = timeout.milliseconds
        let sent = id.withCString {
            options.MsgId = $0
            return js_PublishMsgAsync(jetStream, &created, &options)
        }
        guard sent == NATS_OK else {
            inbox.forget(message)
            let error = NATSError(sent)
            natsMsg_Destroy(created)
            throw error
        }
    }

    /// Publishes a message if the stream's last sequence is `last`, and waits for the answer.
    ///
    /// One of several writers that have read the stream up to the same sequence succeeds.
    /// - Returns: The message's sequence; `nil` if another message came first.
    package func append(
        _ body: [UInt8], to subject: String, id: String?, after last: UInt64
    ) throws(NATSError) -> UInt64? {
        var options = jsPubOptions()
        jsPubOptions_Init(&options)
        // The library takes a last sequence of 0 for "not given"; an empty subject is the same condition.
        if last == 0 { options.ExpectNoMessage = true } else { options.ExpectLastSeq = last }
        var answer: UnsafeMutablePointer<jsPubAck>?
        defer { jsPubAck_Destroy(answer) }
        do throws(NATSError) {
            try check { code in
                withOptionalCString(id) { id in
                    options.MsgId = id
                    return body.withUnsafeBytes {
                        js_Publish(
                            &answer, jetStream, subject, $0.baseAddress, CInt($0.count), &options, code)
                    }
                }
            }
        } catch {
            // 10071 "wrong last sequence", 10164 the same from a leader whose proposal is still in flight.
            if error.code == 10071 || error.code == 10164 { return nil }
            throw error
        }
        return answer?.pointee.Sequence
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result
{
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}
