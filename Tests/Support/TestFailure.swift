import Glibc

/// What keeps a test from running at all: a missing program, a server that does not start.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// "unable to `deed`: `strerror(number)`".
    package static func unable(to deed: String, errno number: CInt = errno) -> TestFailure {
        TestFailure("unable to \(deed): \(String(cString: strerror(number)))")
    }
}
