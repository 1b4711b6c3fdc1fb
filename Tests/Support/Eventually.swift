import Glibc

/// The time limit for an event that must come. It is long, so that a busy machine fails no test.
package let patience = Duration.seconds(60)

/// Evaluates `condition` repeatedly until it is true; returns `false` if it was not true in time.
///
///     #expect(eventually { server.isReady })
package func eventually(
    within limit: Duration = patience, every pause: Duration = .milliseconds(5),
    _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try condition() { return true }
        guard .now < deadline else { return false }
        usleep(UInt32(pause / .microseconds(1)))
    }
}

/// The same for asynchronous conditions.
package func eventually(
    within limit: Duration = patience, every pause: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        guard .now < deadline else { return false }
        try? await Task.sleep(for: pause)
    }
}
