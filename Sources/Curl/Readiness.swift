import CCurl

/// What ``HTTPClient/wait(upTo:for:)`` should watch a descriptor for, besides its own.
package struct DescriptorInterest: Sendable {
    package let descriptor: CInt
    package let events: Readiness

    package init(_ descriptor: CInt, _ events: Readiness) {
        self.descriptor = descriptor
        self.events = events
    }
}

/// What can be done with a descriptor without waiting.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: CShort

    package init(rawValue: CShort) {
        self.rawValue = rawValue
    }

    /// A read returns bytes, the end of input, or an error. A file is always ready.
    package static let readable = Readiness(rawValue: CShort(CURL_WAIT_POLLIN))
    /// A write takes some bytes, or says that the reader has gone.
    package static let writable = Readiness(rawValue: CShort(CURL_WAIT_POLLOUT))
}

extension Readiness {
    /// libcurl turns a hang-up into "readable" and an error into both, asked for or not. Whichever it was,
    /// the read or write that was meant will tell, and without it the next wait would return at once again.
    init(reported: CShort, asked: Readiness) {
        let answer = asked.intersection(Readiness(rawValue: reported))
        self = reported != 0 && answer.isEmpty ? asked : answer
    }
}
