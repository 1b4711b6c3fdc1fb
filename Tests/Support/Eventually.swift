import Glibc

/// How long tests wait for what must come. It costs nothing where all is well, and a busy machine is no failure.
package let patience = Duration.seconds(60)

/// Asks again and again until `condition` holds; `false` when it never did in time.
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

/// The same for conditions that wait themselves.
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
