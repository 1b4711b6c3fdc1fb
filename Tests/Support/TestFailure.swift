import Glibc

/// An error that prevents a test from running, such as a missing program or a server that does not start.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// "unable to `action`: `strerror(number)`".
    package static func unable(to action: String, errno number: CInt = errno) -> TestFailure {
        TestFailure("unable to \(action): \(String(cString: strerror(number)))")
    }
}
