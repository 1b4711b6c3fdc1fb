import Database
import Glibc
import PMPipe

/// Knows who subscribes: reads the database on a thread of its own, from time to time and when told to.
final class SubscriberList: Sendable {
    private struct State: Sendable {
        /// `nil` until the first reading that worked.
        var recipients: [Recipient]?
        /// Rises with every reading that worked.
        var version = 0
        var attempts = 0
        var isStale = true
    }

    private let state = Monitor(State())
    private let location: DatabaseLocation
    private let period: Duration
    private let log: StageLog

    /// - Parameters:
    ///   - period: Time between readings.
    ///   - onChange: Called after each reading, on the list's own thread.
    init(
        _ location: DatabaseLocation, every period: Duration, log: StageLog,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.location = location
        self.period = period
        self.log = log
        // Not joined: it lives as long as the process, and may be waiting for a database that never answers.
        _ = Worker { [self] in
            while true {
                read()
                onChange()
                _ = state.wait(upTo: self.period) { $0.isStale ? () : nil }
            }
        }
    }

    /// Who is to be told, if that has changed since the reading of that number.
    func changes(since version: inout Int) -> [Recipient]? {
        state.withLock { [version] state in
            state.version == version ? nil : (state.recipients ?? [], state.version)
        }
        .map { recipients, read in
            version = read
            return recipients
        }
    }

    /// Waits until there has been a first reading, or a first attempt has failed.
    func waitForFirst(upTo patience: Duration) {
        _ = state.wait(upTo: patience) { $0.attempts > 0 ? () : nil }
    }

    /// Reads again at once.
    func refresh() {
        state.withLock { $0.isStale = true }
    }

    private func read() {
        state.withLock { $0.isStale = false }
        do throws(StoreError) {
            let recipients = try load()
            state.withLock { state in
                state.attempts += 1
                guard recipients != state.recipients else { return }
                state.recipients = recipients
                state.version += 1
            }
        } catch {
            // Those known from the last reading stay.
            log.warning(.database, "unable to read the subscribers: \(error)")
            state.withLock { $0.attempts += 1 }
        }
    }

    private func load() throws(StoreError) -> [Recipient] {
        // A database that nobody has made yet has no subscribers, and is not for us to make.
        if case .sqlite(let path) = location, access(path, F_OK) != 0 { return [] }
        return try location.makeStore().subscribers().map(Recipient.init)
    }
}
