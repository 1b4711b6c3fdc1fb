import CCurl

/// A descriptor, and the events on it, that ``HTTPClient/wait(upTo:for:)`` also waits for.
package struct DescriptorInterest: Sendable {
    package let descriptor: CInt
    package let events: Readiness

    package init(_ descriptor: CInt, _ events: Readiness) {
        self.descriptor = descriptor
        self.events = events
    }
}

/// The operations that a descriptor permits without blocking.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: CShort

    package init(rawValue: CShort) {
        self.rawValue = rawValue
    }

    /// A read returns bytes, the end of input, or an error. A file is always ready.
    package static let readable = Readiness(rawValue: CShort(CURL_WAIT_POLLIN))
    /// A write accepts some bytes, or fails because the reader has gone.
    package static let writable = Readiness(rawValue: CShort(CURL_WAIT_POLLOUT))
}

extension Readiness {
    /// Combines the events that libcurl reported with those that were requested.
    ///
    /// libcurl reports a hang-up as readable and an error as readable and writable, even if not requested.
    /// Then all requested events are returned: the caller's read or write finds the cause. Otherwise the next
    /// wait would return at once again.
    init(reported: CShort, requested: Readiness) {
        let common = requested.intersection(Readiness(rawValue: reported))
        self = reported != 0 && common.isEmpty ? requested : common
    }
}
