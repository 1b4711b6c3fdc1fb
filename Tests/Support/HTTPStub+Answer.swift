import Glibc

extension HTTPStub {
    /// The answer to one request: steps that are carried out one after another. An array literal of steps is
    /// one, too.
    package struct Answer: Sendable, ExpressibleByArrayLiteral {
        package var steps: [Step]

        package init(arrayLiteral steps: Step...) {
            self.steps = steps
        }

        /// A complete response with Content-Length.
        ///
        /// - Parameters:
        ///   - delay: The time before the response. The default is none.
        ///   - missing: Bytes that Content-Length announces but that are not sent: the connection is closed
        ///     instead.
        package static func reply(
            _ status: Int = 200, headers: [(String, String)] = [], body: String = "",
            after delay: Duration = .zero, missing: Int = 0
        ) -> Answer {
            var answer: Answer = [.reply(status, headers: headers, body, missing: missing)]
            if delay > .zero { answer.steps.insert(.pause(delay), at: 0) }
            if missing > 0 { answer.steps.append(.close) }
            return answer
        }

        /// No response until the client leaves.
        package static let hang: Answer = [.hang]
        package static let reset: Answer = [.reset]
    }

    package enum Step: Sendable {
        case send([UInt8])
        case pause(Duration)
        /// Closes the connection with a TCP reset.
        case reset
        case close
        /// Sends nothing more and waits until the client leaves.
        case hang

        package static func send(_ text: String) -> Step { .send(Array(text.utf8)) }

        /// A complete response with Content-Length.
        package static func reply(
            _ status: Int = 200, headers: [(String, String)] = [], _ body: String = "", missing: Int = 0
        ) -> Step {
            let lines = headers.map { "\($0): \($1)\r\n" }.joined()
            return .send(
                "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count + missing)\r\n\(lines)\r\n\(body)"
            )
        }
    }
}

extension HTTPStub.Step {
    /// Carries the step out.
    ///
    /// - Returns: `false` if the connection is to be closed.
    func perform(on connection: CInt) -> Bool {
        switch self {
        case .send(let bytes):
            return sendAll(bytes, to: connection)
        case .pause(let duration):
            usleep(UInt32(duration / .microseconds(1)))
            return true
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            return false
        case .close:
            return false
        case .hang:
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
            return false
        }
    }
}

/// - Returns: `false` if the client has left.
private func sendAll(_ bytes: [UInt8], to connection: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
