import TestSupport
import Testing

/// Expects one warning when the database became unavailable, one notice when it returned, and nothing else.
///
/// - Parameter reason: A part of the warning.
func expectOneOutageLogged(_ child: ChildProcess, because reason: String = "") {
    let messages = child.errors.split(separator: "\n")
    #expect(messages.count == 2, "\(messages)")
    #expect(messages.first?.contains("warning: the database is unavailable") == true)
    #expect(messages.first?.contains(reason) != false || reason.isEmpty, "\(messages)")
    #expect(messages.last?.contains("the database is available again after") == true)
}
