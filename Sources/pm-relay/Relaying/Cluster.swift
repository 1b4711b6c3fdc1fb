import Glibc
import NATS
import PMFlow
import PMPipe

/// The cluster that a command works with, and the patience with it.
package struct Cluster: Sendable {
    package let address: ServerAddress
    /// The copies of a stream that is made: 1, 3 or 5.
    package let replicas: Int
    /// The longest time without the cluster.
    package let patience: Duration

    package init(_ address: ServerAddress, replicas: Int, patience: Duration) {
        self.address = address
        self.replicas = replicas
        self.patience = patience
    }

    /// Connects, and tries again until it succeeds.
    ///
    /// - Parameters:
    ///   - requestTimeout: The longest wait for the answer to one request.
    ///   - whileWaiting: Called between the attempts, at least every 200 ms; throws to give up.
    package func connect(
        as name: String, inbox: Inbox? = nil, requestTimeout: Duration = .seconds(5), log: StageLog,
        whileWaiting: () throws(StageError) -> Void
    ) throws(StageError) -> Connection {
        try retry("connect to \(address.urls.joined(separator: ", "))", log: log, whileWaiting: whileWaiting)
        {
            () throws(NATSError) in
            try Connection(to: address, name: name, inbox: inbox, requestTimeout: requestTimeout)
        }
    }

    /// Runs a request until it succeeds, with growing pauses.
    ///
    /// - Throws: ``ExitStatus/configuration`` for an error that no retry mends, and ``ExitStatus/unavailable`` when
    ///   the patience is used up.
    func retry<Answer: ~Copyable>(
        _ action: String, log: StageLog, whileWaiting: () throws(StageError) -> Void,
        _ request: () throws(NATSError) -> Answer
    ) throws(StageError) -> Answer {
        var backoff = Backoff(from: .milliseconds(100), to: .seconds(2))
        let start = ContinuousClock.now
        while true {
            let failure: NATSError
            do throws(NATSError) { return try request() } catch { failure = error }
            if failure.isPermanent { throw StageError(.configuration, "unable to \(action): \(failure)") }
            let sentence = "unable to \(action): \(failure)"
            if backoff.failures == 0 {
                log.warning(.database, "\(sentence); trying again")
            } else {
                log.count(.database)
            }
            let pause = ContinuousClock.now + backoff.next()
            while ContinuousClock.now < pause {
                try whileWaiting()
                usleep(20_000)
            }
            if ContinuousClock.now - start > patience { throw StageError(.unavailable, sentence) }
        }
    }
}
